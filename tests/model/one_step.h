/*
 * What programs of three agents over one region share: their world, what an agent does in them, how they are explored.
 */
#ifndef ONE_STEP_H
#define ONE_STEP_H

#include "port/fake/fake.h"
#include "obj/psem.h"
#include "obj/ring.h"
#include "prim/event.h"
#include "prim/table.h"
#include "reg/agent.h"
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
    struct sluice_gate *gate, *other;
    struct sluice_psem *sem;
    struct sluice_au32 *word;
    uint8_t bytes[4];
    uint32_t got[AGENTS];
    bool done[2];
    struct sluice next; /* comes where another was */
} world, saved;

static inline uint32_t open_sem(int who, const char *name)
{
    struct sluice_request r = {.op = SLUICE_OP_SEM_OPEN, .name = name, .name_length = 2};
    r.args[0] = SLUICE_CREATE;
    return (uint32_t)sluice_try(&world.agent[who], &r);
}

static inline void hang(int who, int i, uint32_t handle)
{
    world.wait[i] = (struct sluice_request){.op = SLUICE_OP_SEM_WAIT, .handle = handle};
    sluice_advance(&world.agent[who], &world.wait[i]);
}

static inline void attach_all(void)
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

static inline void sleep_until_rung(struct sluice *s)
{
    if (sluice_bell_arm(s))
        port_park(&s->me->bell, SLUICE_BELL_ASLEEP, PORT_FOREVER);
    sluice_bell_answer(s);
}

static inline void held(void)
{
    attach_all();
    struct sluice *s = &world.agent[WAITER];
    uint32_t handle = open_sem(WAITER, "/1");
    world.gate = &sluice__handle_object(s, sluice__handle_find(s, handle))->gate;
    sluice__gate_lock(s, world.gate);
}

static inline void takes_it(struct sluice *s)
{
    while (sluice__gate_lock(s, world.gate) != 0)
        if (sluice__gate_want(s))
            sleep_until_rung(s);
    sluice__gate_unlock(s, world.gate);
}

static inline void settles(int who)
{
    while (sluice_settle(&world.agent[who]) != 0)
        sleep_until_rung(&world.agent[who]);
}

/* Dead, says SECOND, and settles it. */
static inline void pronounces(int who)
{
    sluice_died(&world.agent[SECOND], (uint32_t)who + 1);
    settles(SECOND);
}

static inline int moves(int who, uint32_t op)
{
    struct sluice_request r = {.op = op, .handle = world.handle[who]};
    r.bytes = world.bytes;
    r.length = sizeof(world.bytes);
    return sluice_try(&world.agent[who], &r);
}

static inline void waits(int who, uint32_t op)
{
    world.wait[0] = (struct sluice_request){.op = op, .handle = world.handle[who]};
    world.wait[0].bytes = world.bytes;
    world.wait[0].length = sizeof(world.bytes);
    world.got[who] = sluice_advance(&world.agent[who], &world.wait[0]) == -SLUICE_EAGAIN;
}

static inline bool is_told(int who)
{
    return sluice__waiter_marked(sluice__waiter(&world.agent[who], world.wait[0].waiter - 1));
}

static inline void open_rings(void)
{
    attach_all();
    for (int i = 0; i < AGENTS; i++) {
        struct sluice_request r = {.op = SLUICE_OP_RING_OPEN, .name = "/r", .name_length = 2};
        r.args[0] = SLUICE_CREATE | SLUICE_READ | SLUICE_WRITE;
        r.args[2] = 64;
        world.handle[i] = (uint32_t)sluice_try(&world.agent[i], &r);
    }
}

/* --- all of them --- */

struct program {
    const char *name;
    void (*prepare)(void);
    void (*agent)(void *, int);
    void (*check)(void *);
    int preemptions; /* at most so many switches that were not forced, no store late, copies may meet; 0: all schedules */
    unsigned most;   /* so many schedules; 0: all */
};

static inline bool explore(const struct program *p)
{
    static struct fake_report report;
    const struct fake_options options = {.mode = p->preemptions ? FAKE_BOUNDED : FAKE_COMPLETE,
                                         .preemptions = p->preemptions,
                                         .max_executions = p->most,
                                         .max_steps = 4000,
                                         .max_seconds = 1500};
    const struct fake_program program = {.name = p->name,
                                         .agents = AGENTS,
                                         .setup = setup,
                                         .agent = p->agent,
                                         .check = p->check,
                                         .base = world.region,
                                         .base_bytes = BYTES,
                                         .ignore_races = p->preemptions != 0,
                                         .prompt = p->preemptions != 0};
    p->prepare();
    memcpy(&saved, &world, sizeof(world));
    int n = fake_explore(&program, &options, &report);
    bool good = n == (p->most ? 2 : 0);
    const char *how = n == 1           ? "FAILED"
                      : p->preemptions ? "bounded"
                      : n == 2         ? "incomplete"
                                       : "complete";
    printf("%s one step: %s: %s, %lu schedules, depth %d, %.1f s\n", good ? "ok" : "not ok",
           p->name, how, (unsigned long)report.executions, report.max_depth, report.seconds);
    fflush(stdout);
    return good;
}

#endif
