/*
 * One attaches and takes a lock while another tries it, on every schedule: who finds it held is told "not now", never
 * that nobody holds it (EUCLEAN).
 */
#include "port/fake/fake.h"
#include "prim/event.h"
#include "reg/handle.h"
#include "sluice.h"
#include "stale.h"

#include <string.h>

enum { BYTES = 64 << 10, KEEPER = 0, NEWCOMER, DEAD, AGENTS };

static struct world {
    _Alignas(64) uint8_t region[BYTES];
    struct sluice agent[AGENTS];
    struct sluice_request wait;
    struct sluice_gate *gate;
} world, saved;

static void attach(int who)
{
    if (sluice_attach(&world.agent[who], world.region, BYTES, (uint32_t)who + 1, 0, 0) != 0)
        fake_fail("attach");
    world.agent[who].lock_tries = 1;
}

static void setup(void *ctx)
{
    (void)ctx;
    memcpy(&world, &saved, sizeof(world));
}

/* A semaphore's lock; the newcomer has yet to come. */
static void prepare(void)
{
    struct sluice *s = &world.agent[KEEPER];
    struct sluice_request r = {.op = SLUICE_OP_SEM_OPEN, .name = "/s", .name_length = 2};
    r.args[0] = SLUICE_CREATE;
    memset(&world, 0, sizeof(world));
    if (sluice_format(world.region, BYTES, AGENTS, 0) != 0)
        fake_fail("format");
    attach(KEEPER);
    uint32_t handle = (uint32_t)sluice_try(s, &r);
    world.gate = &sluice__handle_object(s, sluice__handle_find(s, handle))->gate;
    world.wait = (struct sluice_request){.op = SLUICE_OP_SEM_WAIT, .handle = handle};
}

/* The keeper waits there: who notifies takes the lock, too. */
static void prepare_waiter(void)
{
    prepare();
    sluice_advance(&world.agent[KEEPER], &world.wait);
}

/* A third has died with the lock; whoever settles takes it. */
static void prepare_dead(void)
{
    struct sluice *s = &world.agent[DEAD];
    prepare();
    attach(NEWCOMER);
    attach(DEAD);
    sluice__gate_lock(s, world.gate);
    sluice_detach(&world.agent[NEWCOMER]);
    sluice_died(&world.agent[KEEPER], DEAD + 1);
}

static void takes(int who)
{
    struct sluice *s = &world.agent[who];
    int n = sluice__gate_lock(s, world.gate);
    if (n == 0)
        sluice__gate_unlock(s, world.gate);
    else if (n != SLUICE__NOT_NOW)
        fake_fail("a sound lock: %d", n);
}

static void comes(void *ctx, int who)
{
    (void)ctx;
    if (who == NEWCOMER)
        attach(who);
    takes(who);
}

/* The same slot has another life then. */
static void comes_twice(void *ctx, int who)
{
    if (who == NEWCOMER) {
        comes(ctx, who);
        if (sluice_detach(&world.agent[who]) != 0)
            fake_fail("detach");
    }
    comes(ctx, who);
}

static void comes_and_notifies(void *ctx, int who)
{
    struct sluice *s = &world.agent[who];
    if (who == KEEPER) {
        comes(ctx, who);
        return;
    }
    attach(who);
    sluice__event_notify(s, world.gate, 0, load64_seq(&world.gate->word));
}

static void comes_and_settles(void *ctx, int who)
{
    if (who == KEEPER) {
        comes(ctx, who);
        return;
    }
    attach(who);
    if (sluice_settle(&world.agent[who]) != 0)
        fake_fail("settle");
}

static void lock_is_free(void *ctx)
{
    (void)ctx;
    fake_check(sluice__gate_valid(&world.agent[KEEPER], world.gate));
}

static const struct program {
    const char *name;
    void (*prepare)(void);
    void (*agent)(void *, int);
} programs[] = {
    {"one attaches and takes a lock that another tries", prepare, comes},
    {"one attaches and notifies at a lock that another tries", prepare_waiter, comes_and_notifies},
    {"one attaches and settles a dead one, whose lock another tries", prepare_dead,
     comes_and_settles},
    {"one attaches, leaves, and attaches again", prepare, comes_twice},
};

static bool explore(const struct program *p)
{
    const struct fake_program program = {.name = p->name,
                                         .agents = DEAD,
                                         .setup = setup,
                                         .agent = p->agent,
                                         .check = lock_is_free,
                                         .base = world.region,
                                         .base_bytes = BYTES};
    p->prepare();
    memcpy(&saved, &world, sizeof(world));
    return tell_stale("newcomer", &program, false);
}

int main(void)
{
    bool good = true;
    for (unsigned i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
        good &= explore(&programs[i]);
    return !good;
}
