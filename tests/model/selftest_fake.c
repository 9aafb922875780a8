/*
 * What the checker must find and must not find, on programs whose answer is known.
 * Its completeness is put to the test in selftest_fake_random.c.
 */
#include "selftest_fake.h"

#include <limits.h>

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

static void test_litmus(void)
{
    reaches("SB relaxed", with(program(2, sb, sb_check), "x"), true);
    reaches("SB release", with(program(2, sb, sb_check), "r"), true);
    reaches("SB seq", with(program(2, sb, sb_check), "s"), false);
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

/* From state to state: how many schedules that stands for. */
static void stands_for(const char *name, struct fake_program p, double ways)
{
    int result = explore(&p, FAKE_STATES, 0);
    verdict(name, result == 0 && report.ways == ways, report.message);
}

static void test_counts(void)
{
    static const int few = 1, some = 40;
    counts("independent stores", program(3, own_words, NULL), 1);
    counts("2 adders", program(2, adds, NULL), 2);
    counts("4 adders", program(4, adds, NULL), 24);
    counts("6 adders", program(6, adds, NULL), 720);
    stands_for("4 adders, states", program(4, adds, NULL), 24);
    stands_for("6 adders, states", program(6, adds, NULL), 720);
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

/* Agent 1 changes what would have kept agent 0 awake, or not, beside a wake-up that may come first. */
static void woken_before(void *ctx, int who)
{
    (void)ctx;
    if (who == 0)
        port_park(&m.y, 0, PORT_FOREVER);
    if (who == 1) {
        load_relaxed(&m.x);
        add_seq(&m.y, 2);
    }
    if (who == 2)
        port_unpark(&m.y);
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
        port_pause(1);
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
    fails("woken before it slept", program(3, woken_before, NULL), FAKE_DEADLOCK);
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
    test_counts();
    test_sleep();
    test_death();
    test_modes();
    return failed != 0;
}
