/*
 * What the checker must find and must not find, on programs whose answer is known.
 * Its completeness is put to the test in selftest_fake_random.c.
 */
#include "port/fake/fake.h"
#include "port/port.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* All that an execution changes: the memory, and what each agent found. */
static struct {
    struct {
        struct sluice_au32 x, y;
        struct sluice_au64 wide;
        struct sluice_au32 many[64];
        unsigned char bytes[16];
    } memory;
    uint32_t found[4];
} world;
#define m world.memory
#define r world.found

static bool hit;
static int failed;
static struct fake_report report;

static void setup(void *ctx)
{
    (void)ctx;
    memset(&world, 0, sizeof world);
}

static struct fake_program program(int agents, void (*agent)(void *, int), void (*check)(void *))
{
    return (struct fake_program){.name = "selftest",
                                 .agents = agents,
                                 .setup = setup,
                                 .agent = agent,
                                 .check = check,
                                 .base = &m,
                                 .base_bytes = sizeof m,
                                 .memory = &world,
                                 .memory_bytes = sizeof world};
}

static void verdict(const char *name, bool good, const char *what)
{
    printf("%s %-46s %8llu executions%s%s\n", good ? "ok  " : "FAIL", name,
           (unsigned long long)report.executions, what && what[0] ? ", " : "", what ? what : "");
    failed += !good;
}

static int explore(const struct fake_program *p, enum fake_mode mode, int preemptions)
{
    struct fake_options o = {
        .mode = mode, .preemptions = preemptions, .quiet = true, .seed = 1, .max_steps = 500};
    hit = false;
    return fake_explore(p, &o, &report);
}

static const enum fake_mode both_ways[] = {FAKE_COMPLETE, FAKE_STATES};

/* The outcome that `check` looks for is reached, or is not; nothing fails. */
static void reaches(const char *name, struct fake_program p, bool reached)
{
    for (int i = 0; i < 2; i++) {
        int result = explore(&p, both_ways[i], 0);
        verdict(name, result == 0 && hit == reached,
                result ? report.message
                : hit  ? "reached"
                       : "never");
    }
}

static void fails_in(const char *name, struct fake_program p, enum fake_mode mode,
                     enum fake_failure failure)
{
    int result = explore(&p, mode, 0);
    verdict(name, report.failure == failure && result == (failure != FAKE_NONE), report.message);
}

static void fails(const char *name, struct fake_program p, enum fake_failure failure)
{
    for (int i = 0; i < 2; i++)
        fails_in(name, p, both_ways[i], failure);
}

static void counts(const char *name, struct fake_program p, unsigned executions)
{
    int result = explore(&p, FAKE_COMPLETE, 0);
    verdict(name, result == 0 && report.executions == executions && !report.redundant,
            report.message);
}

/* ---- litmus ---- */

static void sb(void *ctx, int who)
{
    const char *how = ctx;
    struct sluice_au32 *mine = who ? &m.y : &m.x, *theirs = who ? &m.x : &m.y;
    if (how[0] == 's')
        store_seq(mine, 1);
    else if (how[0] == 'r')
        store_release(mine, 1);
    else
        store_relaxed(mine, 1);
    r[who] = how[0] == 's' ? load_seq(theirs) : load_acquire(theirs);
}

static void sb_check(void *ctx)
{
    (void)ctx;
    hit |= !r[0] && !r[1];
}

/* Agent 0 publishes and looks, agent 1 announces and looks again. */
static void publish(void *ctx, int who)
{
    bool fenced = ctx != NULL;
    if (who == 0) {
        r[0] = (uint32_t)publish_then_look(&m.x, 1, &m.wide, fenced);
    } else {
        or64_seq(&m.wide, 1);
        port_before_sleep();
        r[1] = load_acquire(&m.x);
    }
}

static void mp(void *ctx, int who)
{
    if (who == 0) {
        store_relaxed(&m.x, 1);
        if (ctx)
            store_relaxed(&m.y, 1);
        else
            store_release(&m.y, 1);
    } else {
        r[0] = load_acquire(&m.y);
        r[1] = load_relaxed(&m.x);
    }
}

static void mp_check(void *ctx)
{
    (void)ctx;
    hit |= r[0] && !r[1];
}

static void lb(void *ctx, int who)
{
    (void)ctx;
    r[who] = load_relaxed(who ? &m.y : &m.x);
    store_relaxed(who ? &m.x : &m.y, 1);
}

static void lb_check(void *ctx)
{
    (void)ctx;
    hit |= r[0] && r[1];
}

static void corr(void *ctx, int who)
{
    (void)ctx;
    if (who == 0) {
        store_relaxed(&m.x, 1);
        store_relaxed(&m.x, 2);
    } else {
        r[0] = load_relaxed(&m.x);
        r[1] = load_relaxed(&m.x);
    }
}

static void corr_check(void *ctx)
{
    (void)ctx;
    hit |= r[0] > r[1];
}

static void two_writes(void *ctx, int who)
{
    store_relaxed(who ? &m.y : &m.x, 1);
    if (ctx)
        store_relaxed(who ? &m.x : &m.y, 2);
    else
        store_release(who ? &m.x : &m.y, 2);
}

static void two_writes_check(void *ctx)
{
    (void)ctx;
    hit |= m.x.v == 1 && m.y.v == 1;
}

static struct fake_program with(struct fake_program p, const void *ctx)
{
    p.ctx = (void *)(uintptr_t)ctx;
    return p;
}

static void test_litmus(void)
{
    struct fake_program p = program(2, publish, sb_check);
    reaches("SB relaxed", with(program(2, sb, sb_check), "x"), true);
    reaches("SB release", with(program(2, sb, sb_check), "r"), true);
    reaches("SB seq", with(program(2, sb, sb_check), "s"), false);
    reaches("SB publish_then_look, before_sleep", p, false);
    reaches("SB publish_then_look fenced, no membarrier", with(p, "f"), false);
    p.no_membarrier = true;
    reaches("SB publish_then_look, no membarrier", p, true);
    reaches("MP release", program(2, mp, mp_check), false);
    reaches("MP relaxed", with(program(2, mp, mp_check), "x"), true);
    reaches("LB", program(2, lb, lb_check), false);
    reaches("CoRR", program(2, corr, corr_check), false);
    reaches("2+2W release", program(2, two_writes, two_writes_check), false);
    reaches("2+2W relaxed", with(program(2, two_writes, two_writes_check), "x"), true);
}

/* ---- data races ---- */

/* ctx: 'r' weakens the release, 'a' the acquire, 'm' puts a read-modify-write between, 's' a relaxed store. */
static void copies(void *ctx, int who)
{
    const char *how = ctx;
    unsigned char buffer[8] = {1};
    if (who == 0) {
        port_copy_in(m.bytes, buffer, 8);
        if (how[0] == 'r')
            store_relaxed(&m.x, 1);
        else
            store_release(&m.x, 1);
        if (how[0] == 's')
            store_relaxed(&m.x, 3);
    } else if (who == 1) {
        uint32_t seen = how[0] == 'a' ? load_relaxed(&m.x) : load_acquire(&m.x);
        if (seen & 1 && (how[0] != 's' || seen == 3))
            port_copy_out(buffer, m.bytes + 4, 8);
    } else {
        add_seq(&m.x, 2);
    }
}

static void leaves_bytes(void *ctx, int who)
{
    unsigned char buffer[8] = {1};
    if (who == 0)
        port_copy_in(m.bytes, buffer, 8);
    else if (fake_wait_dead(0) || ctx)
        port_copy_out(buffer, m.bytes, 8);
}

/* Agent 0 says again what 1 has said: the memory is the same, but who hears of it from 0 has not seen what 1 wrote. */
static void says_again(void *ctx, int who)
{
    unsigned char buffer[8] = {1};
    (void)ctx;
    if (who == 0 && load_relaxed(&m.x) == 1)
        store_relaxed(&m.x, 1);
    if (who == 1) {
        port_copy_in(m.bytes, buffer, 8);
        store_release(&m.x, 1);
    }
    if (who == 2 && load_acquire(&m.x) == 1)
        port_copy_out(buffer, m.bytes, 8);
}

static void looks_behind_barrier(void *ctx, int who)
{
    (void)ctx;
    if (who == 0) {
        store_relaxed(&m.x, 1);
        return;
    }
    port_before_sleep();
    r[0] = 1 + load_relaxed(&m.x);
}

static void saw_nothing(void *ctx)
{
    (void)ctx;
    hit |= r[0] == 1;
}

/* Whoever holds the lock adds one; agent 1 may do without. */
static void counts_under_lock(void *ctx, int who)
{
    const char *how = ctx;
    bool locks = who == 0 || *how == 'x';
    if (locks && !cas_seq(&m.x, 0, (uint32_t)who + 1))
        return;
    store_relaxed(&m.many[1], load_relaxed(&m.many[1]) + 1);
    store_relaxed(&m.many[2], load_relaxed(&m.many[1]) + 1);
    r[who] = load_relaxed(&m.many[1]);
    if (locks)
        store_release(&m.x, 0);
}

static const void *holds_x(void *ctx, int who)
{
    (void)ctx;
    return m.x.v == (uint32_t)who + 1 ? &m.x : NULL;
}

/* Looks once more when the store that releases the lock may still be on its way. */
static void looks_after(void *ctx, int who)
{
    bool looks = who == *(const char *)ctx - '0';
    if (!cas_seq(&m.x, 0, (uint32_t)who + 1))
        return;
    store_relaxed(&m.many[1], looks ? 1 : 2);
    store_release(&m.x, 0);
    if (looks)
        r[0] = load_relaxed(&m.many[1]);
}

static void saw_both(void *ctx)
{
    (void)ctx;
    hit |= r[0] == 2;
}

static void saw_half(void *ctx)
{
    (void)ctx;
    hit |= r[0] != 0 && r[1] != 0 && m.many[1].v == 1;
}

static void test_states(void)
{
    struct fake_program lock = program(2, counts_under_lock, saw_both);
    lock.lock = holds_x;
    fails("states: said again", program(3, says_again, NULL), FAKE_DATA_RACE);
    reaches("states: nothing to wait for", program(2, looks_behind_barrier, saw_nothing), true);
    reaches("states: under a lock", with(lock, "x"), true);
    reaches("states: one without the lock", with(lock, "n"), true);
    lock.agent = looks_after;
    reaches("states: a lock on its way to be free", with(lock, "0"), true);
    reaches("states: another's on its way", with(lock, "1"), true);
    lock.agent = counts_under_lock;
    lock.check = saw_half;
    struct fake_program unknown = lock;
    unknown.memory = NULL;
    fails_in("states: of what memory?", with(unknown, "x"), FAKE_STATES, FAKE_MISUSE);
    reaches("states: under a lock none is lost", with(lock, "x"), false);
    reaches("states: without it one is", with(lock, "n"), true);
}

static void test_races(void)
{
    struct fake_program dying = program(2, leaves_bytes, NULL);
    dying.killable_mask = dying.deaths = 1;
    fails("copies: release, acquire", with(program(2, copies, NULL), "x"), FAKE_NONE);
    fails("copies: weakened release", with(program(2, copies, NULL), "r"), FAKE_DATA_RACE);
    fails("copies: weakened acquire", with(program(2, copies, NULL), "a"), FAKE_DATA_RACE);
    fails("copies: release sequence", with(program(3, copies, NULL), "m"), FAKE_NONE);
    fails("copies: broken release sequence", with(program(2, copies, NULL), "s"), FAKE_DATA_RACE);
    fails("copies: after wait_dead", dying, FAKE_NONE);
    fails("copies: nobody died", with(dying, "x"), FAKE_DATA_RACE);
}

/* ---- counts ---- */

static void own_words(void *ctx, int who)
{
    (void)ctx;
    for (int i = 0; i < 6; i++)
        store_release(&m.many[8 * who + i], 1);
    store_seq(&m.many[8 * who + 6], 1);
}

static void adds(void *ctx, int who)
{
    (void)ctx;
    (void)who;
    add_seq(&m.x, 1);
}

static void one_writes(void *ctx, int who)
{
    (void)ctx;
    if (who == 0)
        store_seq(&m.x, 1);
    else
        load_acquire(&m.x);
}

static void one_flushes(void *ctx, int who)
{
    (void)ctx;
    if (who == 0)
        store_relaxed(&m.x, 1);
    else
        load_acquire(&m.x);
}

static void chooses(void *ctx, int who)
{
    (void)ctx;
    r[who] = (uint32_t)(fake_choose(3) * 2 + fake_choose(2));
}

/* Under a lock: how many stores there are makes no difference when nobody looks in between. */
static void locked_stores(void *ctx, int who)
{
    int stores = *(const int *)ctx;
    if (!cas_acqrel(&m.x, 0, 1))
        return;
    for (int i = 0; i < stores; i++) {
        r[who] += load_relaxed(&m.many[i]);
        store_relaxed(&m.many[i], 1);
    }
    xchg_seq(&m.x, 0);
}

static void test_counts(void)
{
    static const int few = 1, some = 40;
    counts("independent stores", program(3, own_words, NULL), 1);
    counts("2 adders", program(2, adds, NULL), 2);
    counts("4 adders", program(4, adds, NULL), 24);
    counts("6 adders", program(6, adds, NULL), 720);
    counts("1 writer, 5 readers", program(6, one_writes, NULL), 32);
    counts("1 late writer, 5 readers", program(6, one_flushes, NULL), 32);
    counts("2 agents choose 6 each", program(2, chooses, NULL), 36);
    counts("1 store under a try-lock", with(program(2, locked_stores, NULL), &few), 4);
    counts("40 stores under a try-lock", with(program(2, locked_stores, NULL), &some), 4);
}

/* ---- sleeping, time ---- */

/* ctx NULL: the notifier does not change the word slept on. */
static void naive_wait(void *ctx, int who)
{
    if (who == 0) {
        if (load_acquire(&m.x) == 0)
            port_park(&m.y, 0, PORT_FOREVER);
    } else {
        store_release(&m.x, 1);
        if (ctx)
            add_seq(&m.y, 1);
        port_unpark(&m.y);
    }
}

static void waits_until(void *ctx, int who)
{
    (void)ctx;
    if (who == 0) {
        r[0] = 1 + port_park(&m.x, 0, 50);
        r[1] = (uint32_t)port_now_ns();
        fake_check(r[0] == 2 || r[1] == 50);
    } else {
        store_release(&m.x, 1);
        port_unpark(&m.x);
    }
}

static void timeouts_check(void *ctx)
{
    (void)ctx;
    hit |= r[0] == 1 && m.x.v == 1;
}

static void spins(void *ctx, int who)
{
    (void)ctx;
    while (who == 0 && load_acquire(&m.x) == 0)
        port_pause();
}

static void parks_once(void *ctx, int who)
{
    (void)ctx;
    (void)who;
    r[0] = port_park(&m.x, 0, PORT_FOREVER);
}

static void parks_check(void *ctx)
{
    (void)ctx;
    hit |= r[0] != 0;
}

static int replayed(const struct fake_program *p, const char *schedule)
{
    FILE *kept = stderr;
    stderr = fopen("/dev/null", "w");
    int result = fake_replay(p, schedule);
    fclose(stderr);
    stderr = kept;
    return result;
}

static void test_sleep(void)
{
    struct fake_program endless = program(2, spins, NULL);
    struct fake_program p = program(2, naive_wait, NULL), one = program(1, parks_once, parks_check);
    fails("lost wake-up", p, FAKE_DEADLOCK);
    verdict("  its replay", replayed(&p, report.schedule) == 1, report.schedule);
    verdict("  another order", replayed(&p, "1*2 f1:0 0 e0") == 0, NULL);
    fails("no lost wake-up", with(p, "x"), FAKE_NONE);
    p.may_park_mask = 1;
    fails("may sleep for ever", p, FAKE_NONE);
    reaches("a timeout at any moment", program(2, waits_until, timeouts_check), true);
    fails_in("livelock", endless, FAKE_COMPLETE, FAKE_LIVELOCK);
    int result = explore(&endless, FAKE_STATES, 0);
    verdict("livelock, from state to state: not to its end", result == 2, report.message);
    one.may_park_mask = 1;
    reaches("no spurious wake-up", one, false);
    one.spurious = 1;
    reaches("a spurious wake-up", one, true);
}

/* ---- death ---- */

static void dies_locked(void *ctx, int who)
{
    if (who == 0) {
        cas_acqrel(&m.x, 0, 1);
        store_relaxed(&m.y, 1);
        store_relaxed(&m.many[0], 1);
        store_release(&m.x, 0);
        return;
    }
    if (!fake_wait_dead(0)) {
        fake_check(load_acquire(&m.x) == 0);
        return;
    }
    if (ctx && load_acquire(&m.x) == 1)
        store_release(&m.x, 0);
    fake_check(load_acquire(&m.x) == 0);
    hit |= load_relaxed(&m.y) && !load_relaxed(&m.many[0]);
}

static void stores_five(void *ctx)
{
    (void)ctx;
    store_relaxed(&m.x, 1);
    cas_seq(&m.x, 7, 8);
    cas_seq(&m.x, 1, 2);
    load_acquire(&m.x);
    add_seq(&m.x, 1);
    port_copy_in(m.bytes, "abcd", 4);
    store64_release(&m.wide, 9);
}

static void test_death(void)
{
    struct fake_program p = program(2, dies_locked, NULL);
    unsigned stores = 0, wrong = 0;
    p.killable_mask = p.deaths = 1;
    fails("killed in a critical section", p, FAKE_CHECK_FAILED);
    reaches("killed and repaired", with(p, "x"), true);
    p.sparse_kills = true;
    fails("killed in a critical section, sparse", p, FAKE_CHECK_FAILED);
    reaches("killed and repaired, sparse", with(p, "x"), true);
    for (unsigned k = 0; k <= 6; k++) {
        setup(NULL);
        bool died = fake_run_dying(stores_five, NULL, k, &stores);
        wrong += died != (k <= 5) || stores != (k < 5 ? k : 5) || (k == 2 && m.x.v != 2) ||
                 (m.bytes[0] != 0) != (k >= 4) || (m.wide.v != 0) != (k >= 5);
    }
    wrong += fake_run_dying(stores_five, NULL, UINT_MAX, &stores);
    verdict("fake_run_dying", !wrong && stores == 5, NULL);
}

/* ---- the other modes ---- */

static void lost_update(void *ctx, int who)
{
    (void)ctx;
    (void)who;
    store_seq(&m.x, load_seq(&m.x) + 1);
}

static void lost_update_check(void *ctx)
{
    (void)ctx;
    fake_check(m.x.v == 2);
}

static void test_modes(void)
{
    struct fake_program p = program(2, lost_update, lost_update_check);
    verdict("lost update, complete", explore(&p, FAKE_COMPLETE, 0) == 1, report.schedule);
    verdict("lost update, 0 preemptions", explore(&p, FAKE_BOUNDED, 0) == 0, report.message);
    verdict("lost update, 1 preemption", explore(&p, FAKE_BOUNDED, 1) == 1, report.schedule);
    verdict("  its replay", replayed(&p, report.schedule) == 1, NULL);
    verdict("lost update, random walks", explore(&p, FAKE_RANDOM, 0) == 1, report.schedule);
    p = with(program(2, sb, sb_check), "x");
    verdict("SB relaxed, 1 preemption", explore(&p, FAKE_BOUNDED, 1) == 0 && hit, NULL);
    verdict("SB relaxed, random walks", explore(&p, FAKE_RANDOM, 0) == 2 && hit, NULL);
}

int main(void)
{
    test_litmus();
    test_races();
    test_states();
    test_counts();
    test_sleep();
    test_death();
    test_modes();
    return failed != 0;
}
