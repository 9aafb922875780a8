/*
 * What the search from state to state leaves out makes no difference: programs in which it would, were one of its reasons
 * taken too far. Whatever else there is to it is put to the test in selftest_fake_random.c.
 */
#include "selftest_fake.h"

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

static void first_is_one(void *ctx)
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

/* ---- late stores: each no later than somebody looks ---- */

static void asks_whether_dead(void *ctx, int who)
{
    (void)ctx;
    if (who == 0) {
        store_relaxed(&m.x, 1);
        store_relaxed(&m.y, 1);
    } else {
        r[0] = fake_is_dead(0);
        r[1] = load_relaxed(&m.x);
    }
}

static void dead_with_a_store(void *ctx)
{
    (void)ctx;
    hit |= r[0] && m.x.v == 1;
}

static void both_are_one(void *ctx)
{
    (void)ctx;
    hit |= r[0] == 1 && r[1] == 1;
}

/* All of agent 0's stores must be out before its last access; agent 1 may look between two of them. */
static void looks_between(void *ctx, int who)
{
    (void)ctx;
    if (who == 0) {
        store_relaxed(&m.x, 1);
        store_release(&m.y, 1);
        store_relaxed(&m.many[0], 1);
        or64_seq(&m.wide, 1);
    } else {
        r[0] = load_acquire(&m.y);
        r[1] = load_relaxed(&m.many[0]);
        r[2] = load_relaxed(&m.x);
    }
}

static void saw_the_first(void *ctx)
{
    (void)ctx;
    hit |= r[0] == 1 && r[1] == 0;
}

static void store_both(void *ctx, int who)
{
    (void)ctx;
    store_relaxed(&m.x, (uint32_t)who + 1);
}

static void last_is(void *ctx)
{
    const char *value = ctx;
    hit |= m.x.v == (uint32_t)(*value - '0');
}

static void copies_words(void *ctx, int who)
{
    (void)ctx;
    if (who == 0)
        store_relaxed(&m.x, 1);
    else
        port_copy_out(r, &m.x, 2 * sizeof m.x);
}

/* A copy of many[0] and many[1] waits for the stores there, not for that of y: it may still be late behind the copy. */
static void stores_and_copies(void *ctx, int who)
{
    const char *how = ctx;
    unsigned char bytes[8];
    if (who == 0) {
        if (*how == 'r') { /* a release store, which waits for another */
            store_relaxed(&m.many[2], 1);
            store_release(&m.many[0], 1);
        }
        if (*how == 'f')
            store_relaxed(&m.many[0], 1);
        store_relaxed(&m.y, 1);
        if (*how == 'l')
            store_relaxed(&m.many[0], 1);
        port_copy_out(bytes, &m.many[0], sizeof bytes);
        r[0] = 1 + load_relaxed(&m.x);
    } else {
        store_seq(&m.x, 1);
        r[1] = 1 + load_relaxed(&m.y);
        r[2] = load_relaxed(&m.many[0]) + load_relaxed(&m.many[2]);
    }
}

static void test_late(void)
{
    struct fake_program dying = program(2, asks_whether_dead, dead_with_a_store);
    struct fake_program copying = program(2, copies_words, first_is_one);
    dying.killable_mask = dying.deaths = 1;
    copying.ignore_races = true;
    reaches("late: dead when somebody asks", dying, true);
    reaches("late: one of a row is seen", program(2, looks_between, saw_the_first), true);
    reaches("late: the first of two comes last", with(program(2, store_both, last_is), "1"), true);
    reaches("late: the second of two does", with(program(2, store_both, last_is), "2"), true);
    reaches("late: seen in a copy", copying, true);
    copying = program(2, stores_and_copies, both_are_one);
    copying.ignore_races = true;
    reaches("late: behind a copy of the first", with(copying, "f"), true);
    reaches("late: behind a copy of the last", with(copying, "l"), true);
    reaches("late: behind a copy of a release store", with(copying, "r"), true);
}

static void test_states(void)
{
    struct fake_program lock = program(2, counts_under_lock, saw_both);
    lock.lock = holds_x;
    fails("states: said again", program(3, says_again, NULL), FAKE_DATA_RACE);
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

int main(void)
{
    test_states();
    test_late();
    return failed != 0;
}
