/*
 * The checker against itself: for random tiny programs, the final states that the
 * complete search reaches must be those that brute force reaches, no more, no less. Likewise those with few
 * preemptions, with and without states being merged.
 * A state is the memory, everything each agent read, and who ended, sleeps, is dead.
 * The same again where loads may return older values, one of them in an execution, then two.
 *
 * selftest_fake_random [programs] [seed]
 */
#include "port/fake/fake.h"
#include "port/port.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPS = 4, LOG = 16, SET = 1 << 16 };

enum kind {
    LOAD_RELAXED,
    LOAD_ACQUIRE,
    LOAD_SEQ,
    STORE_RELAXED,
    STORE_RELEASE,
    STORE_SEQ,
    CAS,
    XCHG,
    ADD,
    OR,
    AND,
    STORE64,
    ADD64,
    PARK,
    PARK_UNTIL,
    UNPARK,
    NOW,
    COPY_IN,
    COPY_OUT,
    CHOOSE,
    WAIT_DEAD,
    IS_DEAD,
    SKIP_IF_ZERO,
    COPY_OVER,  /* a word */
    COPY_WORDS, /* two */
    KINDS,
};

static const char *const names[] = {
    "load_relaxed", "load_acquire", "load_seq",     "store_relaxed", "store_release",
    "store_seq",    "cas",          "xchg",         "add",           "or",
    "and",          "store64",      "add64",        "park",          "park_until",
    "unpark",       "now",          "copy_in",      "copy_out",      "choose",
    "wait_dead",    "is_dead",      "skip_if_zero", "copy_over",     "copy_words",
};

struct op {
    enum kind kind;
    unsigned word, value;
};

/* All that an execution changes. */
static struct {
    struct {
        struct sluice_au32 word[2];
        struct sluice_au64 wide;
        unsigned char bytes[8];
    } memory;
    struct {
        int count[3];
        uint64_t seen[3][LOG];
    } notes;
} world;

static struct {
    int agents, count[3];
    struct op op[3][OPS];
} code;

/* ---- the set of final states ---- */

struct set {
    uint64_t state[SET];
    unsigned count;
};

static struct set reached, all, *into;
static struct fake_report r;

static void set_add(struct set *s, uint64_t state)
{
    state |= state == 0;
    unsigned at = (unsigned)(state % SET);
    while (s->state[at] && s->state[at] != state)
        at = (at + 1) % SET;
    if (s->state[at] || s->count > SET / 2)
        return;
    s->state[at] = state;
    s->count++;
}

static bool set_has(const struct set *s, uint64_t state)
{
    unsigned at = (unsigned)(state % SET);
    while (s->state[at] && s->state[at] != state)
        at = (at + 1) % SET;
    return s->state[at] != 0;
}

static uint64_t missing(const struct set *from, const struct set *in)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < SET; i++)
        n += from->state[i] && !set_has(in, from->state[i]);
    return n;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 29;
}

static void note_state(void *ctx)
{
    (void)ctx;
    uint64_t hash = 1, bytes;
    memcpy(&bytes, world.memory.bytes, sizeof bytes);
    hash = mix(
        mix(mix(mix(hash, world.memory.word[0].v), world.memory.word[1].v), world.memory.wide.v),
        bytes);
    hash = mix(hash, (uint64_t)port_now_ns());
    for (int i = 0; i < code.agents; i++) {
        hash = mix(hash, (uint64_t)fake_is_dead(i) << 1 | fake_is_parked(i));
        for (int j = 0; j < world.notes.count[i]; j++)
            hash = mix(hash, world.notes.seen[i][j]);
        hash = mix(hash, 0x1234);
    }
    set_add(into, hash);
}

/* ---- running a program ---- */

static void setup(void *ctx)
{
    (void)ctx;
    memset(&world, 0, sizeof world);
    if (r.executions == 0) /* a search that begins again forgets what it reached */
        memset(into, 0, sizeof *into);
}

static uint64_t run_op(const struct op *op, int who)
{
    struct sluice_au32 *word = &world.memory.word[op->word];
    uint32_t value = op->value;
    unsigned char bytes[4] = {(unsigned char)value, (unsigned char)value, 1, 2};
    uint32_t copied;
    switch (op->kind) {
    case LOAD_RELAXED:
        return load_relaxed(word);
    case LOAD_ACQUIRE:
        return load_acquire(word);
    case LOAD_SEQ:
        return load_seq(word);
    case STORE_RELAXED:
        store_relaxed(word, value);
        return 0;
    case STORE_RELEASE:
        store_release(word, value);
        return 0;
    case STORE_SEQ:
        store_seq(word, value);
        return 0;
    case CAS:
        return value & 1 ? cas_acqrel(word, value - 1, value) : cas_seq(word, value - 1, value);
    case XCHG:
        return xchg_seq(word, value);
    case ADD:
        return add_seq(word, value);
    case OR:
        return or_seq(word, value);
    case AND:
        return and_seq(word, value);
    case STORE64:
        store64_relaxed(&world.memory.wide, value);
        return 0;
    case ADD64:
        return add64_seq(&world.memory.wide, value);
    case PARK:
        return port_park(word, value - 1, PORT_FOREVER);
    case PARK_UNTIL:
        return port_park(word, value - 1, (int64_t)value * 10);
    case UNPARK:
        port_unpark(word);
        return 0;
    case NOW:
        return (uint64_t)port_now_ns();
    case COPY_IN:
        port_copy_in(world.memory.bytes + op->word * 2, bytes, 4);
        return 0;
    case COPY_OUT:
        port_copy_out(&copied, world.memory.bytes + op->word * 2, 4);
        return copied;
    case COPY_OVER:
        port_copy_in(word, bytes, 4);
        return 0;
    case COPY_WORDS: {
        uint32_t words[2];
        port_copy_out(words, world.memory.word, sizeof words);
        return (uint64_t)words[0] << 8 | words[1];
    }
    case CHOOSE:
        return (uint64_t)fake_choose(2);
    case WAIT_DEAD:
        return fake_wait_dead((who + (int)value) % code.agents);
    case IS_DEAD:
        return fake_is_dead((who + (int)value) % code.agents);
    default:
        return 0;
    }
}

static void agent(void *ctx, int who)
{
    (void)ctx;
    uint64_t last = 0;
    for (int i = 0; i < code.count[who]; i++) {
        const struct op *op = &code.op[who][i];
        if (op->kind == SKIP_IF_ZERO) {
            i += last == 0;
            continue;
        }
        last = run_op(op, who);
        world.notes.seen[who][world.notes.count[who]++] = last;
    }
}

/* ---- making one ---- */

static uint64_t random_state;

static unsigned below(unsigned n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)((random_state >> 33) % n);
}

/* Where loads may be stale, half of them are accesses of words. */
static enum kind draw_kind(int stale)
{
    if (stale == 0)
        return (enum kind)below(KINDS);
    return (enum kind)below(below(2) ? PARK : KINDS);
}

/* A few kinds a program, so that they meet. */
static void make_program(struct fake_program *p, uint64_t seed, int stale)
{
    enum kind palette[5];
    random_state = mix(seed, 77) | 1;
    for (int i = 0; i < 10; i++)
        below(2);
    for (int i = 0; i < 5; i++)
        palette[i] = draw_kind(stale);
    memset(&code, 0, sizeof code);
    code.agents = 2 + (below(3) == 0);
    for (int i = 0; i < code.agents; i++) {
        code.count[i] = 2 + (int)below(code.agents == 2 ? 3 : 2);
        for (int j = 0; j < code.count[i]; j++) {
            code.op[i][j] = (struct op){palette[below(5)], below(2), 1 + below(2)};
            if (below(4) == 0)
                code.op[i][j].kind = draw_kind(stale);
        }
    }
    *p = (struct fake_program){.name = "random",
                               .agents = code.agents,
                               .setup = setup,
                               .agent = agent,
                               .check = note_state,
                               .base = &world.memory,
                               .base_bytes = sizeof world.memory,
                               .memory = &world,
                               .memory_bytes = sizeof world,
                               .may_park_mask = 7,
                               .stale = stale,
                               .ignore_races = true};
    if (below(2) == 0) {
        p->killable_mask = 1 + below(7);
        p->deaths = 1 + (below(3) == 0);
    }
    p->spurious = below(6) == 0;
}

static void print_program(const struct fake_program *p)
{
    printf("  killable %#x, deaths %d, spurious %d, stale %d\n", p->killable_mask, p->deaths,
           p->spurious, p->stale);
    for (int i = 0; i < code.agents; i++) {
        printf("  agent %d:", i);
        for (int j = 0; j < code.count[i]; j++)
            printf(" %s(%u,%u)", names[code.op[i][j].kind], code.op[i][j].word,
                   code.op[i][j].value);
        printf("\n");
    }
}

/* ---- comparing ---- */

static struct {
    uint64_t programs, skipped, killing, parking, brute, complete, redundant, states, failed;
    uint64_t searches, bounded, merged, from_state, races;
    double ways;
} total;

/* Brute force and plain bounds only where they come to an end soon. */
static int run(const struct fake_program *p, enum fake_mode mode, int preemptions, struct set *set)
{
    static const uint64_t most[] = {[FAKE_BRUTE] = 20000, [FAKE_BOUNDED] = 2000, [FAKE_STATES] = 0};
    struct fake_options o = {
        .mode = mode, .preemptions = preemptions, .max_executions = most[mode], .quiet = true};
    into = set;
    return fake_explore(p, &o, &r);
}

static bool uses(enum kind kind)
{
    for (int i = 0; i < code.agents; i++)
        for (int j = 0; j < code.count[i]; j++)
            if (code.op[i][j].kind == kind)
                return true;
    return false;
}

static void compare_bounded(const struct fake_program *p, uint64_t seed, int preemptions)
{
    int bounded = run(p, FAKE_BOUNDED, preemptions, &all);
    if (bounded == 2)
        return;
    total.searches++;
    total.bounded += r.executions;
    int merged = run(p, FAKE_MERGED, preemptions, &reached);
    total.merged += r.executions;
    uint64_t lost = missing(&all, &reached), invented = missing(&reached, &all);
    if (bounded == merged && !lost && !invented)
        return;
    total.failed++;
    printf("program %llu, %d preemptions%s: plain %d, merged %d; of %u states %llu missed, %llu "
           "invented\n",
           (unsigned long long)seed, preemptions, p->prompt ? ", prompt" : "", bounded, merged,
           all.count, (unsigned long long)lost, (unsigned long long)invented);
    print_program(p);
}

/* From state to state: the same final states, no more schedules than there are, and the same word of who copies what another may copy to. */
static void compare_states(struct fake_program *p, uint64_t seed, int brute, uint64_t schedules)
{
    int states = run(p, FAKE_STATES, 0, &reached);
    uint64_t lost = missing(&all, &reached), invented = missing(&reached, &all);
    double ways = r.ways, least = (double)(r.executions - r.redundant);
    bool counted = ways >= least && ways <= (double)schedules;
    total.from_state += r.executions;
    total.ways += ways;
    p->ignore_races = false;
    bool races = run(p, FAKE_COMPLETE, 0, &reached) == 1;
    bool found = run(p, FAKE_STATES, 0, &reached) == 1;
    p->ignore_races = true;
    total.races += races;
    if (states == brute && !lost && !invented && races == found && counted)
        return;
    total.failed++;
    printf("program %llu: brute force %d, from state to state %d; of %u states %llu missed, %llu "
           "invented; races %d, %d; of %llu schedules it stands for %.0f, %.0f went to their end\n",
           (unsigned long long)seed, brute, states, all.count, (unsigned long long)lost,
           (unsigned long long)invented, races, found, (unsigned long long)schedules, ways, least);
    print_program(p);
}

static void compare(uint64_t seed, int stale)
{
    struct fake_program p;
    make_program(&p, seed, stale);
    for (int preemptions = 0; preemptions < 4 && stale == 0; preemptions++) {
        p.prompt = (uint64_t)preemptions % 2 == seed % 2;
        compare_bounded(&p, seed, preemptions);
    }
    p.prompt = false;
    int brute = run(&p, FAKE_BRUTE, 0, &all);
    if (brute == 2) {
        total.skipped++;
        return;
    }
    uint64_t brute_executions = r.executions;
    int complete = run(&p, FAKE_COMPLETE, 0, &reached);
    uint64_t lost = missing(&all, &reached), invented = missing(&reached, &all);
    total.complete += r.executions;
    total.redundant += r.redundant;
    total.states += all.count;
    if (stale == 0)
        compare_states(&p, seed, brute, brute_executions);
    total.programs++;
    total.killing += p.deaths > 0;
    total.parking += uses(PARK) || uses(PARK_UNTIL);
    total.brute += brute_executions;
    if (brute == 0 && complete == 0 && !lost && !invented)
        return;
    total.failed++;
    printf("program %llu: brute force %d, complete %d; of %u states %llu missed, %llu invented\n",
           (unsigned long long)seed, brute, complete, all.count, (unsigned long long)lost,
           (unsigned long long)invented);
    print_program(&p);
}

static bool compare_all(uint64_t programs, uint64_t seed, int stale)
{
    memset(&total, 0, sizeof total);
    for (uint64_t i = 0; i < programs && total.failed < 10; i++)
        compare(seed * 1000000 + i, stale);
    printf("%s random programs, %d stale loads: %llu compared (%llu with kills, %llu with parks), "
           "%llu too large for brute force\n",
           total.failed ? "not ok" : "ok", stale, (unsigned long long)total.programs,
           (unsigned long long)total.killing, (unsigned long long)total.parking,
           (unsigned long long)total.skipped);
    printf("     %llu final states; brute force %llu executions, complete %llu, of these redundant "
           "%llu\n",
           (unsigned long long)total.states, (unsigned long long)total.brute,
           (unsigned long long)total.complete, (unsigned long long)total.redundant);
    if (stale == 0)
        printf("     from state to state %llu executions, for %.0f; %llu programs with a race\n"
               "     %llu searches with few preemptions: plain %llu executions, merged %llu\n",
               (unsigned long long)total.from_state, total.ways, (unsigned long long)total.races,
               (unsigned long long)total.searches, (unsigned long long)total.bounded,
               (unsigned long long)total.merged);
    return total.failed == 0;
}

int main(int argc, char **argv)
{
    uint64_t programs = argc > 1 ? strtoull(argv[1], NULL, 10) : 4000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    bool good = true;
    for (int stale = 0; stale <= 2; stale++)
        good &= compare_all(programs, seed, stale);
    return !good;
}
