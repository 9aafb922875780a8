/*
 * What has to be compared, and at once: a word that one agent looked at, and another has taken since; on every schedule, with
 * late stores. WAITER is pronounced dead falsely at any time; SECOND settles it and takes what it had: a lock, a slot, a side
 * of a ring, a waiter's record. What WAITER does to the word afterwards takes nothing from SECOND.
 *
 * The same of who settles: of two who begin one has the right; one pronounced dead since it began leaves the lock to the other.
 */
#include "one_step.h"

static void pronounces(int who)
{
    sluice_died(&world.agent[SECOND], (uint32_t)who + 1);
    settles(SECOND);
}

static void lock_is_free(void *ctx)
{
    (void)ctx;
    fake_check(!sluice__held(load64_relaxed(&world.gate->word)));
}

/* Whoever frees a lock and finds it taken from him tells so there. */
static void nobody_lost_it(void *ctx)
{
    lock_is_free(ctx);
    fake_check(!(load64_relaxed(&world.gate->word) & SLUICE__SPOILT));
}

/* --- a lock --------------------------------------------------------------------------- */

static void free_lock(void)
{
    attach_all();
    world.gate = &sluice__region(&world.agent[WAITER])->names;
}

static void taken_lock(void)
{
    free_lock();
    sluice__gate_lock(&world.agent[WAITER], world.gate);
}

/* A lock that it got while it lived it does not free. */
static void take_and_settle(void *ctx, int who)
{
    (void)ctx;
    if (who == WAITER)
        sluice__gate_lock(&world.agent[who], world.gate);
    if (who != SECOND)
        return;
    pronounces(WAITER);
    if (sluice__gate_lock(&world.agent[who], world.gate) == 0)
        sluice__gate_unlock(&world.agent[who], world.gate);
}

static void free_and_settle(void *ctx, int who)
{
    (void)ctx;
    if (who == WAITER)
        sluice__gate_unlock(&world.agent[who], world.gate);
    else if (who == SECOND)
        pronounces(WAITER);
}

/* WAITER is dead; FIRST settles it, and has been pronounced dead since it began. */
static void settled_by_the_dead(void)
{
    taken_lock();
    store64_relaxed(&sluice__region(&world.agent[FIRST])->repair.word,
                    sluice__mine(&world.agent[FIRST]));
    sluice_died(&world.agent[SECOND], WAITER + 1);
    sluice_died(&world.agent[SECOND], FIRST + 1);
}

static void both_settle_it(void *ctx, int who)
{
    (void)ctx;
    if (who == FIRST)
        sluice__gate_recover(&world.agent[who], WAITER);
    else if (who == SECOND)
        settles(who);
}

/* --- the right to repair ---------------------------------------------------------------- */

static void nobody_dead(void)
{
    attach_all();
    world.gate = &sluice__region(&world.agent[WAITER])->repair;
}

static void begin_to_settle(void *ctx, int who)
{
    (void)ctx;
    if (who != WAITER)
        settles(who);
}

/* --- a waiter's record ---------------------------------------------------------------------- */

static struct sluice_gate *gate_of(int who, const char *name)
{
    struct sluice *s = &world.agent[who];
    return &sluice__handle_object(s, sluice__handle_find(s, open_sem(who, name)))->gate;
}

static int hangs(struct sluice *s, struct sluice_gate *gate)
{
    int index = sluice__waiter_new(s);
    sluice__event_hang(s, sluice__waiter(s, (uint32_t)index), gate, 0, SLUICE__LAST);
    return index;
}

/* SECOND has given up while WAITER held the lock: its record is gone, which WAITER finds when he frees the lock. */
static void gave_up(void)
{
    struct sluice *s = &world.agent[SECOND];
    attach_all();
    world.gate = gate_of(FIRST, "/1");
    world.other = gate_of(FIRST, "/2");
    int index = hangs(s, world.gate);
    sluice__gate_lock(&world.agent[WAITER], world.gate);
    sluice__waiter_end(s, (uint32_t)index, false);
}

/* The record comes back to SECOND, who waits with it elsewhere. */
static void free_and_wait_elsewhere(void *ctx, int who)
{
    struct sluice *s = &world.agent[who];
    (void)ctx;
    if (who == WAITER)
        sluice__gate_unlock(s, world.gate);
    if (who != SECOND)
        return;
    sluice_died(s, WAITER + 1);
    sluice__gate_recover(s, WAITER);
    sluice__waiters_sweep(s);
    hangs(s, world.other);
}

static void waits_elsewhere(void *ctx)
{
    (void)ctx;
    fake_check(load_relaxed(&world.other->events[0].waiters.head) != 0);
    fake_check(sluice__gate_valid(&world.agent[SECOND], world.other));
}

/* --- a slot ------------------------------------------------------------------------------- */

static void leave_and_settle(void *ctx, int who)
{
    (void)ctx;
    if (who == WAITER)
        sluice_detach(&world.agent[who]);
    if (who != SECOND)
        return;
    pronounces(WAITER);
    if (sluice_attach(&world.next, world.region, BYTES, AGENTS + 1, 0, 0) != 0)
        fake_fail("attach");
}

static void next_one_lives(void *ctx)
{
    (void)ctx;
    fake_check(world.next.slot == WAITER && sluice__alive(&world.next));
}

/* --- a side of a ring ----------------------------------------------------------------------- */

static struct sluice_ring *ring_of(int who)
{
    struct sluice *s = &world.agent[who];
    return (struct sluice_ring *)sluice__handle_object(s,
                                                       sluice__handle_find(s, world.handle[who]));
}

/* A party from before: what it stores in its handle late is not looked at here. */
static void numbered(void)
{
    open_rings();
    sluice__ring_party(ring_of(WAITER),
                       sluice__handle_find(&world.agent[WAITER], world.handle[WAITER]));
}

/* The ring is empty: whoever has the side is told to wait. */
static int receive(int who)
{
    struct sluice_request r = {.op = SLUICE_OP_RING_RECEIVE, .handle = world.handle[who]};
    r.bytes = world.bytes;
    r.length = sizeof(world.bytes);
    return sluice_try(&world.agent[who], &r);
}

static void receive_and_settle(void *ctx, int who)
{
    (void)ctx;
    if (who == WAITER)
        receive(who);
    if (who != SECOND)
        return;
    pronounces(WAITER);
    world.got[who] = receive(who) == -SLUICE_EAGAIN;
}

static void who_got_the_side_has_it(void *ctx)
{
    (void)ctx;
    uint64_t holder = load64_relaxed(&ring_of(SECOND)->receivers.holder);
    fake_check(world.got[SECOND] ? (holder & 0xffff) == SECOND + 1 : holder == 0);
}

static const struct program programs[] = {
    {"two begin to settle", nobody_dead, begin_to_settle, nobody_lost_it, 0, 0},
    {"one pronounced dead takes a lock", free_lock, take_and_settle, nobody_lost_it, 0, 0},
    {"one pronounced dead frees its lock", taken_lock, free_and_settle, lock_is_free, 0, 0},
    {"one pronounced dead settles a lock", settled_by_the_dead, both_settle_it, lock_is_free, 0, 0},
    {"one pronounced dead marks who gave up", gave_up, free_and_wait_elsewhere, waits_elsewhere, 0,
     20000},
    {"one pronounced dead leaves", attach_all, leave_and_settle, next_one_lives, 0, 0},
    {"one pronounced dead takes a side of a ring", numbered, receive_and_settle,
     who_got_the_side_has_it, 0, 0},
};

int main(void)
{
    bool good = true;
    for (unsigned i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
        good &= explore(&programs[i]);
    return !good;
}
