/*
 * What goes while somebody waits for it: an object whose lock is wanted, a waiter that is being marked, an end that its open takes
 * back.
 */
#include "one_step.h"

#include "prim/heap.h"

/* --- who leaves ------------------------------------------------------------------------- */

/* WAITER waits for what FIRST posts. */
static void awaits_a_post(void)
{
    attach_all();
    for (int i = 0; i < SECOND; i++)
        world.handle[i] = open_sem(i, "/s");
    hang(WAITER, 0, world.handle[WAITER]);
}

static void post_and_leave(void *ctx, int who)
{
    (void)ctx;
    if (who == WAITER)
        while (sluice_detach(&world.agent[who]) != 0)
            sleep_until_rung(&world.agent[who]);
    else if (who == FIRST)
        sluice_try(&world.agent[who],
                   &(struct sluice_request){.op = SLUICE_OP_SEM_POST, .handle = world.handle[who]});
}

/* --- who settles --------------------------------------------------------------------------- */

enum { ELSE = 0xee };

/* WAITER, dead, waits at an object that SECOND alone has open beside it; its name is gone. */
static void dead_waits(void)
{
    attach_all();
    open_sem(SECOND, "/t");
    world.handle[WAITER] = open_sem(WAITER, "/s");
    world.handle[SECOND] = open_sem(SECOND, "/s");
    hang(WAITER, 0, world.handle[WAITER]);
    struct sluice *s = &world.agent[SECOND];
    struct sluice_request r = {.op = SLUICE_OP_UNLINK, .name = "/s", .name_length = 2};
    r.args[0] = SLUICE_KIND_SEMAPHORE;
    sluice_try(s, &r);
    world.gate = &sluice__handle_object(s, sluice__handle_find(s, world.handle[SECOND]))->gate;
    sluice_died(s, WAITER + 1);
}

/* SECOND closes it; something of its own comes there. */
static void close_and_reuse(struct sluice *s)
{
    struct sluice_request r = {.op = SLUICE_OP_CLOSE, .handle = world.handle[SECOND]};
    while (sluice_advance(s, &r) == SLUICE_STALLED)
        sleep_until_rung(s);
    while (sluice__heap_take(s, &s->me->desk, 12000, 0) == SLUICE__NOT_NOW)
        port_pause(1);
    uint32_t at = sluice__offset(s, world.gate);
    world.done[0] = at - load_relaxed(&s->me->desk) < 12000;
    if (world.done[0])
        store64_relaxed(&world.gate->word, ELSE * 0x0101010101010101u);
}

static void settle_and_reuse(void *ctx, int who)
{
    struct sluice *s = &world.agent[who];
    (void)ctx;
    if (who == FIRST)
        settles(who);
    if (who != SECOND)
        return;
    sluice_try(s, &(struct sluice_request){.op = SLUICE_OP_SEM_POST, .handle = world.handle[who]});
    settles(who);
    close_and_reuse(s);
}

static void bytes_are_whole(void *ctx)
{
    (void)ctx;
    if (world.done[0])
        fake_check(load64_relaxed(&world.gate->word) == ELSE * 0x0101010101010101u);
}

/* WAITER has the right to repair, and dies: who has just seen it alive sleeps until another settles. */
static void has_the_right(void)
{
    attach_all();
    struct sluice_gate *gate = &sluice__region(&world.agent[WAITER])->repair;
    store64_relaxed(&gate->word, sluice__mine(&world.agent[WAITER]));
}

static void pronounce_and_settle(void *ctx, int who)
{
    (void)ctx;
    if (who == FIRST)
        settles(who);
    else if (who == SECOND)
        pronounces(WAITER);
}

/* --- an end that its open takes back ------------------------------------------------------------ */

/* WAITER has as many waiters as a chunk has; there is no room for more. FIRST made the FIFO. */
static void no_room_to_wait(void)
{
    attach_all();
    struct sluice *s = &world.agent[WAITER];
    uint32_t handle = open_sem(WAITER, "/s");
    for (uint32_t i = 0; i < SLUICE_CHUNK; i++)
        hang(WAITER, 0, handle);
    struct sluice_request r = {.op = SLUICE_OP_FIFO_OPEN, .name = "f", .name_length = 1};
    r.args[0] = SLUICE_CREATE | SLUICE_READ | SLUICE_WRITE;
    r.args[2] = 512;
    uint32_t end = (uint32_t)sluice_try(&world.agent[FIRST], &r);
    sluice_try(&world.agent[FIRST], &(struct sluice_request){.op = SLUICE_OP_CLOSE, .handle = end});
    uint32_t bytes = BYTES;
    while (bytes >= 64)
        if (sluice__heap_take(s, &s->me->desk, bytes, 0) != 0)
            bytes /= 2;
        else
            store_relaxed(&s->me->desk, 0);
}

static void open_and_take_back(void *ctx, int who)
{
    struct sluice *s = &world.agent[who];
    (void)ctx;
    if (who == WAITER) {
        struct sluice_request r = {.op = SLUICE_OP_FIFO_OPEN, .name = "f", .name_length = 1};
        r.args[0] = SLUICE_READ;
        int n;
        while ((n = sluice_advance(s, &r)) == SLUICE_STALLED)
            sleep_until_rung(s);
        fake_check(n == -SLUICE_ENOSPC);
    } else if (who == FIRST) {
        struct sluice_gate *names = &sluice__region(s)->names;
        if (sluice__gate_lock(s, names) == 0)
            sluice__gate_unlock(s, names);
    }
}

static const struct program programs[] = {
    {"one leaves while its waiter is marked", awaits_a_post, post_and_leave, NULL, 2, 0},
    {"two settle, one frees the object, the other wants its lock", dead_waits, settle_and_reuse,
     bytes_are_whole, 2, 0},
    {"one settles as who has the right to is pronounced dead", has_the_right, pronounce_and_settle,
     NULL, 2, 0},
    {"an open takes its end back beside one who looks for a name", no_room_to_wait,
     open_and_take_back, NULL, 2, 0},
};

int main(void)
{
    bool good = true;
    for (unsigned i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
        good &= explore(&programs[i]);
    return !good;
}
