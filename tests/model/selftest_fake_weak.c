/*
 * Litmus tests of stale loads: what acquire and release allow is seen, what they forbid is not, and the complete
 * search finds the very outcomes that brute force finds.
 */
#include "litmus.h"

#include <stdio.h>
#include <string.h>

enum { OUTCOMES = 1 << (2 * (REGISTERS + 2)) };

static bool seen[2][OUTCOMES], (*into)[OUTCOMES];
static bool weird; /* what the test looks for has come out */
static int failed;

struct litmus {
    const char *name;
    int agents;
    void (*agent)(void *ctx, int who);
    bool (*weird)(void);
    const char *how; /* letters: the orders of its accesses */
    enum { NEVER, SEEN } comes_out;
    enum { PLAIN, ONE_STALE, MAY_DIE } as;
};

static const struct litmus all[] = {
    {"MP release, acquire", 2, mp, first_not_second, "xrax", NEVER, PLAIN},
    {"MP weakened release", 2, mp, first_not_second, "xxax", SEEN, PLAIN},
    {"MP weakened acquire", 2, mp, first_not_second, "xrxx", SEEN, PLAIN},
    {"MP weakened acquire, data by acquire", 2, mp, first_not_second, "xrxa", SEEN, PLAIN},
    {"MP weakened acquire, data by seq", 2, mp, first_not_second, "xrxs", SEEN, PLAIN},
    {"MP weakened acquire, data stored and loaded by seq", 2, mp, first_not_second, "ssxs", NEVER,
     PLAIN},
    {"MP of two words, weakened", 2, mp_twice, first_not_others, "xrxx", SEEN, PLAIN},
    {"MP of two words, one stale load", 2, mp_twice, first_not_others, "xrxx", NEVER, ONE_STALE},
    {"MP compare-and-swap", 2, mp_cas, first_not_second, "xraa", NEVER, PLAIN},
    {"MP compare-and-swap, weakened acquire", 2, mp_cas, first_not_second, "xrxa", SEEN, PLAIN},
    {"MP compare-and-swap seq, weakened acquire", 2, mp_cas, first_not_second, "xrxs", SEEN, PLAIN},
    {"MP overwritten by relaxed", 2, mp_overwritten, second_value_not_data, "xrax", SEEN, PLAIN},
    {"MP an older flag", 2, mp_older, older_flag, "", SEEN, PLAIN},
    {"MP through a read-modify-write", 3, mp_modified, second_value_not_data, "xrax", NEVER, PLAIN},
    {"MP through a read-modify-write, weakened", 3, mp_modified, second_value_not_data, "xxax",
     SEEN, PLAIN},
    {"MP of a cleared word", 2, mp_cleared, first_not_second, "xrax", NEVER, PLAIN},
    {"MP of a cleared word, weakened release", 2, mp_cleared, first_not_second, "xxax", SEEN,
     PLAIN},
    {"MP of a cleared word, weakened acquire", 2, mp_cleared, first_not_second, "xrxx", SEEN,
     PLAIN},
    {"WRC", 3, wrc, third_is_behind, "xra", NEVER, PLAIN},
    {"WRC weakened release", 3, wrc, third_is_behind, "axa", SEEN, PLAIN},
    {"WRC weakened acquire", 3, wrc, third_is_behind, "arx", SEEN, PLAIN},
    {"SB release, acquire", 2, sb, both_zero, "ra", SEEN, PLAIN},
    {"SB seq", 2, sb, both_zero, "ss", NEVER, PLAIN},
    {"SB seq stores alone", 2, sb, both_zero, "sa", SEEN, PLAIN},
    {"SB seq loads alone", 2, sb, both_zero, "rs", SEEN, PLAIN},
    {"SB read-modify-writes, seq loads", 2, sb_modify, both_zero, "s", NEVER, PLAIN},
    {"SB read-modify-writes, acquire loads", 2, sb_modify, both_zero, "a", SEEN, PLAIN},
    {"SB failing compare-and-swaps", 2, sb_cas, both_zero, "ra", SEEN, PLAIN},
    {"SB failing compare-and-swaps, all seq", 2, sb_cas, both_zero, "ss", NEVER, PLAIN},
    {"a seq load leaves stores late", 2, stays_late, late_store_last, "rs", SEEN, PLAIN},
    {"a compare-and-swap that fails leaves stores late", 2, stays_late, late_store_last, "rc", SEEN,
     PLAIN},
    {"a read-modify-write leaves none late", 2, stays_late, late_store_last, "ra", NEVER, PLAIN},
    {"CoRR", 2, corr, backwards, "", NEVER, PLAIN},
    {"CoRW, CoWR", 2, corw, write_before_read, "", NEVER, PLAIN},
    {"IRIW release, acquire", 4, iriw, two_orders, "ra", SEEN, PLAIN},
    {"IRIW seq", 4, iriw, two_orders, "ss", NEVER, PLAIN},
    {"IRIW seq loads alone", 4, iriw, two_orders, "rs", SEEN, PLAIN},
    {"LB", 2, lb, both_one, "", NEVER, PLAIN},
    {"2+2W relaxed", 2, two_writes, first_writes_last, "x", SEEN, PLAIN},
    {"2+2W release", 2, two_writes, first_writes_last, "r", NEVER, PLAIN},
    {"what the dead one did", 2, dies, behind_the_dead, NULL, NEVER, MAY_DIE},
};

static void setup(void *ctx)
{
    (void)ctx;
    memset(&m, 0, sizeof m);
    memset(r, 0, sizeof r);
    m.z.v = 1;
}

static const struct litmus *test;

static void note(void *ctx)
{
    unsigned outcome = (m.x.v & 3) << 2 | (m.y.v & 3);
    (void)ctx;
    for (int i = 0; i < REGISTERS; i++)
        outcome = outcome << 2 | (r[i] & 3);
    (*into)[outcome] = true;
    weird |= test->weird();
}

static uint64_t explore(enum fake_mode mode)
{
    static struct fake_report report;
    struct fake_program p = {.name = test->name,
                             .agents = test->agents,
                             .setup = setup,
                             .agent = test->agent,
                             .check = note,
                             .ctx = (void *)(uintptr_t)test->how,
                             .base = &m,
                             .base_bytes = sizeof m,
                             .killable_mask = test->as == MAY_DIE,
                             .deaths = test->as == MAY_DIE,
                             .stale = test->as == ONE_STALE ? 1 : 2};
    into = &seen[mode == FAKE_BRUTE];
    weird = false;
    memset(into, 0, sizeof *into);
    int n = fake_explore(&p, &(struct fake_options){.mode = mode}, &report);
    return n == 0 ? report.executions : 0;
}

static void run(const struct litmus *litmus)
{
    test = litmus;
    uint64_t brute = explore(FAKE_BRUTE), complete = explore(FAKE_COMPLETE);
    bool same = memcmp(seen[0], seen[1], sizeof seen[0]) == 0;
    bool good = brute && complete && same && weird == (test->comes_out == SEEN);
    printf("%s weak: %-60s %-7s %5llu executions, by brute force %7llu%s\n", good ? "ok" : "not ok",
           test->name, weird ? "reached" : "never", (unsigned long long)complete,
           (unsigned long long)brute, same ? "" : ": other outcomes");
    failed += !good;
}

/* A schedule with a stale load is written down, and runs again. */
static void fails_when_weird(void *ctx)
{
    (void)ctx;
    fake_check(!first_not_second());
}

static void test_replay(void)
{
    static struct fake_report report;
    struct fake_program p = {.name = "replay", .agents = 2, .setup = setup, .agent = mp};
    p.check = fails_when_weird;
    p.ctx = (void *)(uintptr_t) "xrxx";
    p.base = &m;
    p.base_bytes = sizeof m;
    p.stale = 1;
    FILE *kept = stderr;
    int found = fake_explore(&p, &(struct fake_options){.quiet = true}, &report);
    stderr = fopen("/dev/null", "w");
    int again = fake_replay(&p, report.schedule);
    fclose(stderr);
    stderr = kept;
    bool good = found == 1 && again == 1 && strchr(report.schedule, 'o');
    printf("%s weak: a stale load's schedule, replayed: %s\n", good ? "ok" : "not ok",
           report.schedule);
    failed += !good;
}

int main(void)
{
    for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        run(&all[i]);
    test_replay();
    return failed != 0;
}
