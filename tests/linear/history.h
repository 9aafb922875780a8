/*
 * Histories inside a program of the deterministic scheduler: recorded by its agents, checked on every schedule.
 *
 *   setup:   history_start(AGENTS, &linear_semaphore, 0, 0, 0);      the object's state there: params in specs*.c
 *   agents:  int n = history_try(who, &world.agent[who], &request);  one attempt; or, around whatever waits:
 *            struct linear_op *op = history_begin(who, &request);
 *            int n = wait_for(...);
 *            history_end(op, &world.agent[who], &request, n);
 *            history_settled(dead);                                  after its settling: what it was about is decided
 *   check:   history_check();
 *
 * An object that is not as its specification starts is brought there by operations in `setup`, recorded like any.
 * A CLOSE that answers EAGAIN has begun: call again until it is done, between one begin and one end.
 * Who died in an operation did it or not; who sleeps for ever did not.
 *
 * "Ended before it began" is what the checker's orders are bound to. So that every schedule that differs in this is visited,
 * the end of an operation is a shared store of its agent's, the beginning of one looks at all the others' (atomics of
 * the scheduler; two schedules more for a pair of operations). The store also waits for the agent's late ones: an
 * operation is over when its effect has reached memory. The times themselves are private.
 */
#ifndef LINEAR_HISTORY_H
#define LINEAR_HISTORY_H

#include "record.h"

#include "port/fake/fake.h"
#include "sluice.h"

#include <string.h>

static struct {
    struct linear_history h;
    int agents;
    uint32_t clock;
    uint32_t settled[FAKE_MAX_AGENTS];         /* when; 0: not */
    struct sluice_au32 ended[FAKE_MAX_AGENTS]; /* operations, an agent */
} history;

static inline void history_start(int agents, const struct linear_spec *spec, uint32_t p0,
                                 uint32_t p1, uint32_t p2)
{
    memset(&history, 0, sizeof(history));
    history.agents = agents;
    history.h.spec = spec;
    history.h.params[0] = p0;
    history.h.params[1] = p1;
    history.h.params[2] = p2;
}

static inline struct linear_op *history_begin(int who, const struct sluice_request *r)
{
    for (int i = 0; i < history.agents; i++)
        if (i != who)
            load_seq(&history.ended[i]);
    if (history.h.count == LINEAR_OPS)
        fake_fail("history: too long");
    struct linear_op *op = &history.h.ops[history.h.count++];
    linear_asked(op, (uint32_t)who, r);
    op->begin = ++history.clock;
    return op;
}

static inline void history_end(struct linear_op *op, struct sluice *s,
                               const struct sluice_request *r, int n)
{
    linear_answered(op, s, r, n);
    store_seq(&history.ended[op->agent], op->begin);
    op->end = ++history.clock;
}

static inline int history_try(int who, struct sluice *s, struct sluice_request *r)
{
    struct linear_op *op = history_begin(who, r);
    int n = sluice_try(s, r);
    history_end(op, s, r, n);
    return n;
}

static inline void history_settled(int dead)
{
    store_seq(&history.ended[dead], LINEAR_NEVER);
    history.settled[dead] = ++history.clock;
}

static inline void history_check(void)
{
    for (uint32_t i = 0; i < history.h.count; i++) {
        struct linear_op *op = &history.h.ops[i];
        if (op->end != LINEAR_NEVER)
            continue;
        op->lost = fake_is_dead((int)op->agent);
        op->result = -SLUICE_ETIMEDOUT; /* asleep: without effect, as after a timeout */
        if (op->lost && history.settled[op->agent] != 0)
            op->end = history.settled[op->agent];
    }
    if (linear_check(&history.h))
        return;
    linear_print(stdout, &history.h);
    fake_fail("not linearizable");
}

#endif
