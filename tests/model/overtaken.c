/*
 * What has to be compared, and at once: a word that one agent looked at, and another has taken since; on every schedule, with
 * late stores. WAITER is pronounced dead falsely at any time; SECOND settles it and takes what it had: a lock, a slot, a side
 * of a ring, a waiter's record. What WAITER does to the word afterwards takes nothing from SECOND.
 *
 * The same of who settles: of two who begin one has the right; one pronounced dead since it began leaves the lock to the other.
 */
#include "one_step.h"

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

/* FIRST lives: what it takes nobody takes from it. */
static void takes_and_keeps(struct sluice *s)
{
    if (sluice__gate_lock(s, world.gate) != 0)
        return;
    fake_check((load64_relaxed(&world.gate->word) & ~(uint64_t)SLUICE__BITS) == sluice__mine(s));
    sluice__gate_unlock(s, world.gate);
}

static void take_beside_another(void *ctx, int who)
{
    if (who == FIRST)
        takes_and_keeps(&world.agent[who]);
    else
        take_and_settle(ctx, who);
}

static void free_beside_another(void *ctx, int who)
{
    if (who == FIRST)
        takes_and_keeps(&world.agent[who]);
    else
        free_and_settle(ctx, who);
}

/* What settles it may have taken something back when the lock is freed, and taken by FIRST. */
static void change_beside_another(void *ctx, int who)
{
    struct sluice *s = &world.agent[who];
    if (who == WAITER)
        sluice__set(s, &s->me->spare[0], 1);
    free_beside_another(ctx, who);
}

/* FIRST wants it, and sleeps until it is rung. */
static void take_and_wanted(void *ctx, int who)
{
    (void)ctx;
    if (who == WAITER)
        sluice__gate_lock(&world.agent[who], world.gate);
    else if (who == FIRST)
        takes_it(&world.agent[who]);
    else
        pronounces(WAITER);
}

/* Two words that the lock guards are the same, or it is told. */
static void held_by_waiter(void)
{
    attach_all();
    uint32_t handle = open_sem(WAITER, "/1");
    struct sluice *s = &world.agent[WAITER];
    world.sem = (struct sluice_psem *)sluice__handle_object(s, sluice__handle_find(s, handle));
    world.gate = &world.sem->object.gate;
    open_sem(SECOND, "/1");
}

static void change_both(void *ctx, int who)
{
    struct sluice *s = &world.agent[who];
    (void)ctx;
    if (who == WAITER && sluice__gate_lock(s, world.gate) == 0) {
        sluice__set(s, &world.sem->spare[0], 1);
        sluice__set(s, &world.sem->spare[1], 1);
        sluice__gate_unlock(s, world.gate);
    }
    if (who == SECOND)
        pronounces(WAITER);
}

static void same_or_told(void *ctx)
{
    lock_is_free(ctx);
    bool same = load_relaxed(&world.sem->spare[0]) == load_relaxed(&world.sem->spare[1]);
    fake_check(same || load64_relaxed(&world.gate->word) & SLUICE__SPOILT);
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

/* --- somebody who waits ----------------------------------------------------------------------- */

static void awaited(void)
{
    attach_all();
    for (int i = 0; i < AGENTS; i++)
        world.handle[i] = open_sem(i, "/s");
    world.gate = gate_of(FIRST, "/s");
    waits(FIRST, SLUICE_OP_SEM_WAIT);
}

/* FIRST is told by the late post, takes it, and waits again. */
static void post_and_wait_again(void *ctx, int who)
{
    (void)ctx;
    if (who == WAITER)
        moves(who, SLUICE_OP_SEM_POST);
    if (who != SECOND)
        return;
    pronounces(WAITER);
    world.got[FIRST] = sluice_advance(&world.agent[FIRST], &world.wait[0]) == 0;
    if (world.got[FIRST])
        waits(FIRST, SLUICE_OP_SEM_WAIT);
}

/* WAITER takes the lock; a note that is left to it then may wait for whoever comes next. */
static void lock_and_post(void *ctx, int who)
{
    (void)ctx;
    if (who == WAITER)
        sluice__gate_lock(&world.agent[who], world.gate);
    if (who != SECOND)
        return;
    pronounces(WAITER);
    moves(who, SLUICE_OP_SEM_POST);
    world.got[FIRST] = true;
}

/* Unless the late one's own last store lies in the list. */
static void the_next_post_tells(void *ctx)
{
    struct sluice_list *list = &gate_of(SECOND, "/s")->events[0].waiters;
    uint32_t first = load_relaxed(&list->head);
    (void)ctx;
    if (!world.got[FIRST] || is_told(FIRST) || first == 0 || first != load_relaxed(&list->tail))
        return;
    moves(SECOND, SLUICE_OP_SEM_POST);
    fake_check(is_told(FIRST));
}

static const struct program programs[] = {
    {"two begin to settle", nobody_dead, begin_to_settle, nobody_lost_it, 0, 0},
    {"one pronounced dead takes a lock", free_lock, take_and_settle, nobody_lost_it, 0, 0},
    {"one pronounced dead frees its lock", taken_lock, free_and_settle, lock_is_free, 0, 0},
    {"one pronounced dead takes a lock beside another", free_lock, take_beside_another, NULL, 0, 0},
    {"one pronounced dead frees its lock beside another", taken_lock, free_beside_another, NULL, 0,
     0},
    {"one pronounced dead frees its lock after a change beside another", taken_lock,
     change_beside_another, NULL, 0, 0},
    {"one pronounced dead takes a lock that another wants", free_lock, take_and_wanted, NULL, 3, 0},
    {"one pronounced dead frees its lock late", held_by_waiter, change_both, same_or_told, 0, 0},
    {"one pronounced dead settles a lock", settled_by_the_dead, both_settle_it, lock_is_free, 0, 0},
    {"one pronounced dead marks who gave up", gave_up, free_and_wait_elsewhere, waits_elsewhere, 0,
     20000},
    {"one pronounced dead leaves", attach_all, leave_and_settle, next_one_lives, 0, 0},
    {"one pronounced dead takes a lock beside posts", awaited, lock_and_post, the_next_post_tells,
     3, 0},
    {"one pronounced dead posts, who is told waits again", awaited, post_and_wait_again,
     the_next_post_tells, 1, 0},
};

int main(void)
{
    bool good = true;
    for (unsigned i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
        good &= explore(&programs[i]);
    return !good;
}
