/*
 * Words in which several agents set and clear bits side by side, on every schedule, with late stores.
 *
 * Ready bits: one agent waits for two semaphores, two others post one each; he is told of both.
 * `wanting`: two want a lock that a third one frees; or one wants it while another, who did, leaves. Each gets it.
 */
#include "port/fake/fake.h"
#include "prim/event.h"
#include "prim/table.h"
#include "reg/handle.h"
#include "sluice.h"

#include <stdio.h>
#include <string.h>

enum { BYTES = 64 << 10, WAITER = 0, FIRST, SECOND, AGENTS };

static struct world {
    _Alignas(64) uint8_t region[BYTES];
    struct sluice agent[AGENTS];
    uint32_t handle[AGENTS];
    struct sluice_request wait[2];
    struct sluice_gate *gate;
    bool done[2];
} world, saved;

static uint32_t open_sem(int who, const char *name)
{
    struct sluice_request r = {.op = SLUICE_OP_SEM_OPEN, .name = name, .name_length = 2};
    r.args[0] = SLUICE_CREATE;
    return (uint32_t)sluice_try(&world.agent[who], &r);
}

static void hang(int i, uint32_t handle)
{
    world.wait[i] = (struct sluice_request){.op = SLUICE_OP_SEM_WAIT, .handle = handle};
    sluice_advance(&world.agent[WAITER], &world.wait[i]);
}

static void attach_all(void)
{
    memset(&world, 0, sizeof(world));
    if (sluice_format(world.region, BYTES, AGENTS, 0) != 0)
        fake_fail("format");
    for (int i = 0; i < AGENTS; i++) {
        if (sluice_attach(&world.agent[i], world.region, BYTES, (uint32_t)i + 1, 0, 0) != 0)
            fake_fail("attach");
        world.agent[i].lock_tries = 1;
    }
}

static void setup(void *ctx)
{
    (void)ctx;
    memcpy(&world, &saved, sizeof(world));
}

static void sleep_until_rung(struct sluice *s)
{
    if (sluice_bell_arm(s))
        port_park(&s->me->bell, SLUICE_BELL_ASLEEP, PORT_FOREVER);
    sluice_bell_answer(s);
}

/* --- ready bits ------------------------------------------------------------------ */

/* The second waiter is the first one's neighbour, or the first of the next chunk: then the bit of its chunk is another. */
static void both_hang(bool apart)
{
    struct sluice *s = &world.agent[WAITER];
    attach_all();
    world.handle[FIRST] = open_sem(FIRST, "/1");
    world.handle[SECOND] = open_sem(SECOND, "/2");
    hang(0, open_sem(WAITER, "/1"));
    for (int i = 1; apart && i < SLUICE_CHUNK; i++)
        sluice__waiter_new(s);
    hang(1, open_sem(WAITER, "/2"));
    sluice_bell_arm(s);
}

static void neighbours(void)
{
    both_hang(false);
}

static void apart(void)
{
    both_hang(true);
}

static void goes_on(uint32_t waiter)
{
    for (int i = 0; i < 2; i++)
        if (!world.done[i] && world.wait[i].waiter == waiter)
            world.done[i] = sluice_advance(&world.agent[WAITER], &world.wait[i]) == 0;
}

static void waits_for_both(void)
{
    struct sluice *s = &world.agent[WAITER];
    while (!world.done[0] || !world.done[1]) {
        sleep_until_rung(s);
        for (uint32_t waiter; (waiter = sluice_ready(s)) != 0;)
            goes_on(waiter);
    }
}

static void wait_and_post(void *ctx, int who)
{
    (void)ctx;
    struct sluice_request post = {.op = SLUICE_OP_SEM_POST, .handle = world.handle[who]};
    if (who == WAITER)
        waits_for_both();
    else if (sluice_try(&world.agent[who], &post) != 0)
        fake_fail("post");
}

/* --- wanting --------------------------------------------------------------------- */

static void held(void)
{
    attach_all();
    struct sluice *s = &world.agent[WAITER];
    uint32_t handle = open_sem(WAITER, "/1");
    world.gate = &sluice__handle_object(s, sluice__handle_find(s, handle))->gate;
    sluice__gate_lock(s, world.gate);
}

static void wanted(void)
{
    held();
    sluice__gate_lock(&world.agent[SECOND], world.gate);
    sluice__gate_want(&world.agent[SECOND]);
}

static void takes_it(struct sluice *s)
{
    while (sluice__gate_lock(s, world.gate) != 0)
        if (sluice__gate_want(s))
            sleep_until_rung(s);
    sluice__gate_unlock(s, world.gate);
}

static void free_and_take(void *ctx, int who)
{
    (void)ctx;
    if (who == WAITER)
        sluice__gate_unlock(&world.agent[who], world.gate);
    else
        takes_it(&world.agent[who]);
}

static void free_take_and_leave(void *ctx, int who)
{
    if (who != SECOND)
        free_and_take(ctx, who);
    else
        while (sluice_detach(&world.agent[who]) != 0)
            port_pause();
}

/* --- all of them ----------------------------------------------------------------- */

static const struct program {
    const char *name;
    void (*prepare)(void);
    void (*agent)(void *, int);
} programs[] = {
    {"two posts against who waits for both", neighbours, wait_and_post},
    {"two posts against who waits for both, his waiters far apart", apart, wait_and_post},
    {"two want a lock that is freed", held, free_and_take},
    {"one wants a lock that is freed, another leaves", wanted, free_take_and_leave},
};

static bool explore(const struct program *p)
{
    static struct fake_report report;
    const struct fake_options options = {.max_steps = 4000, .max_seconds = 1500};
    const struct fake_program program = {.name = p->name,
                                         .agents = AGENTS,
                                         .setup = setup,
                                         .agent = p->agent,
                                         .base = world.region,
                                         .base_bytes = BYTES};
    p->prepare();
    memcpy(&saved, &world, sizeof(world));
    int n = fake_explore(&program, &options, &report);
    const char *how = n == 1 ? "FAILED" : n == 2 ? "incomplete" : "complete";
    printf("%s bits: %s: %s, %lu schedules, depth %d, %.1f s\n", n == 0 ? "ok" : "not ok", p->name,
           how, (unsigned long)report.executions, report.max_depth, report.seconds);
    fflush(stdout);
    return n == 0;
}

int main(void)
{
    bool good = true;
    for (unsigned i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
        good &= explore(&programs[i]);
    return !good;
}
