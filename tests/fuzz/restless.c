/*
 * A peer that never rests: some words have another value at each look. A call ends all the same, within its steps, since it
 * counts its looks itself; and touches nothing outside.
 */
#include "answers.h"

#include "obj/mqueue.h"
#include "obj/pipe.h"
#include "obj/ring.h"
#include "prim/event.h"
#include "prim/table.h"
#include "reg/handle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES = 24 << 10, ME = 0, OTHER, AGENTS, BOTH = SLUICE_READ | SLUICE_WRITE };

static struct sluice s[AGENTS];
static uint8_t *region, bytes[64];
static uint32_t out[4];

#define check(condition) ((condition) ? (void)0 : port_fail("line %d: %s", __LINE__, #condition))

static struct sluice_request of(uint32_t op, uint32_t handle)
{
    return (struct sluice_request){.op = op, .handle = handle, .bytes = bytes, .length = 8};
}

static int attempt(int who, struct sluice_request r)
{
    port_begin(&s[who]);
    int n = sluice_try(&s[who], &r);
    answer_is_plausible(&r, n);
    memcpy(out, r.out, sizeof(out));
    return n;
}

static void wait(int who, struct sluice_request *r)
{
    port_begin(&s[who]);
    check(sluice_advance(&s[who], r) == -SLUICE_EAGAIN);
}

static void begin(void)
{
    memset(region, 0, BYTES);
    port.restless_count = 0;
    port.base = region;
    port.bytes = BYTES;
    port.strikes_at = UINT32_MAX;
    port_begin(&s[ME]);
    check(sluice_format(region, BYTES, AGENTS, 0) == 0);
    for (uint32_t i = 0; i < AGENTS; i++) {
        port_begin(&s[i]);
        check(sluice_attach(&s[i], region, BYTES, i + 1, 0, 0) == 0);
    }
}

static void restless(const void *word, uint32_t value, uint32_t step)
{
    uint32_t at = (uint32_t)((const uint8_t *)word - region);
    port.restless[port.restless_count++] = (struct restless){at, value, step, 0};
}

static struct sluice_object *object_of(uint32_t handle)
{
    return sluice__handle_object(&s[ME], sluice__handle_find(&s[ME], handle));
}

static uint32_t opened(int who, uint32_t op, const char *name, uint32_t a2, uint32_t a3)
{
    struct sluice_request r = of(op, 0);
    r.name = name;
    r.name_length = (uint32_t)strlen(name);
    r.args[0] = SLUICE_CREATE | BOTH;
    r.args[2] = a2;
    r.args[3] = a3;
    int n = attempt(who, r);
    check(n > 0);
    return (uint32_t)n;
}

/* --- counters of the other side --------------------------------------------------------- */

static void pipe_that_is_read(void)
{
    uint32_t handle = opened(ME, SLUICE_OP_FIFO_OPEN, "f", 1, 0);
    restless(&((struct sluice_pipe *)object_of(handle))->head, 0, 1);
    check(attempt(ME, of(SLUICE_OP_PIPE_ATTRIBUTES, handle)) == 0 && out[0] == SLUICE_PIPE_BUF);
    check(port.restless[0].value > s[ME].lock_tries);
}

static void ring_that_is_read(void)
{
    uint32_t handle = opened(ME, SLUICE_OP_RING_OPEN, "/r", 64, 0);
    restless(&((struct sluice_ring *)object_of(handle))->receivers.at, 0, 4);
    check(attempt(ME, of(SLUICE_OP_RING_ATTRIBUTES, handle)) == 0);
    check(port.restless[0].value > 4 * s[ME].lock_tries);
}

/* Whether it is ready cannot be told: not now. */
static int asked(uint32_t handle, uint32_t what)
{
    struct sluice_request r = of(SLUICE_OP_READY, handle);
    r.args[0] = what;
    return attempt(ME, r);
}

static void pipe_that_is_asked(void)
{
    uint32_t handle = opened(ME, SLUICE_OP_FIFO_OPEN, "f", 1, 0);
    restless(&((struct sluice_pipe *)object_of(handle))->head, 0, 1);
    check(asked(handle, SLUICE_READ) == -SLUICE_EAGAIN &&
          asked(handle, SLUICE_WRITE) == -SLUICE_EAGAIN);
    check(port.restless[0].value > 2 * s[ME].lock_tries);
}

static void ring_that_is_asked(void)
{
    uint32_t handle = opened(ME, SLUICE_OP_RING_OPEN, "/r", 64, 0);
    restless(&((struct sluice_ring *)object_of(handle))->receivers.at, 0, 4);
    check(asked(handle, SLUICE_READ) == -SLUICE_EAGAIN &&
          asked(handle, SLUICE_WRITE) == -SLUICE_EAGAIN);
    check(port.restless[0].value > 8 * s[ME].lock_tries);
}

/* --- a waiter ------------------------------------------------------------------------------ */

/* Hung, it looks as if it did not hang, with the use count that it hung with: it hangs once more, and waits. */
static void waiter_that_seems_free(void)
{
    struct sluice_request r = of(SLUICE_OP_SEM_WAIT, opened(ME, SLUICE_OP_SEM_OPEN, "/s", 0, 0));
    wait(ME, &r);
    struct sluice_waiter *w = sluice__waiter(&s[ME], r.waiter - 1);
    port_begin(&s[ME]);
    check(sluice_cancel(&s[ME], &r) == 0);
    restless(&w->state, 5, 1); /* 5 to 9: a use count of 1, then of 2, which 9 has, too */
    port.restless[0].times = 5;
    wait(ME, &r);
    check(port.restless[0].value == 10);
}

/* --- a lock ------------------------------------------------------------------------------- */

/* Nobody holds it, but another nobody at each look: no proof of damage. */
static void lock_that_changes_hands(void)
{
    uint32_t handle = opened(ME, SLUICE_OP_MQ_OPEN, "/q", 1, 8);
    struct sluice_gate *gate = &object_of(handle)->gate;
    port_poke(sluice__offset(&s[ME], gate), 1u << 16);
    restless((uint8_t *)gate + 4, 100, 1);
    check(attempt(ME, of(SLUICE_OP_MQ_SEND, handle)) == -SLUICE_EAGAIN);
}

/* --- lists of those who wait ---------------------------------------------------------------- */

static struct sluice_event *event;
static struct sluice_request waiting;
static uint32_t sem;

/* The other waits at a semaphore of mine: its record's offset. */
static uint32_t awaited(void)
{
    sem = opened(ME, SLUICE_OP_SEM_OPEN, "/s", 0, 0);
    waiting = of(SLUICE_OP_SEM_WAIT, opened(OTHER, SLUICE_OP_SEM_OPEN, "/s", 0, 0));
    wait(OTHER, &waiting);
    event = &object_of(sem)->gate.events[0];
    return load_relaxed(&event->waiters.head);
}

static void observers_without_end(void)
{
    awaited();
    restless(&event->observers.head, 64, 64);
    check(attempt(ME, of(SLUICE_OP_SEM_POST, sem)) == 0);
    check(sluice_advance(&s[OTHER], &waiting) == 0);
}

/* Behind them waiters without end, of whom each has gone. */
static void gone_waiters_without_end(void)
{
    uint32_t at = awaited();
    struct sluice_waiter *w = sluice__at(&s[ME], at);
    restless(&event->observers.head, 64, 64);
    restless(&event->waiters.head, at, 0);
    restless(&event->waiters.tail, at, 0);
    restless(&w->state, SLUICE_WAITER_GONE, 4);
    check(attempt(ME, of(SLUICE_OP_SEM_POST, sem)) == 0);
}

/* A queue meets damage and tells all who wait. */
static void waiters_without_end(void)
{
    uint32_t handle = opened(ME, SLUICE_OP_MQ_OPEN, "/q", 1, 8);
    struct sluice_mqueue *mq = (struct sluice_mqueue *)object_of(handle);
    store_relaxed(&mq->cells.stride, 0);
    restless(&mq->object.gate.events[0].waiters.head, 64, 64);
    check(attempt(ME, of(SLUICE_OP_MQ_SEND, handle)) == -SLUICE_EUCLEAN);
}

/* Of another party, the one before itself: whoever closes looks for his own. */
static void claims_without_end(void)
{
    struct sluice_request ring = of(SLUICE_OP_RING_OPEN, 0), claim = of(SLUICE_OP_RING_CLAIM, 0);
    ring.args[0] = BOTH;
    ring.args[2] = ring.args[3] = 8;
    ring.args[4] = SLUICE__RING_MANY_SENDERS;
    int handle = attempt(ME, ring);
    claim.handle = (uint32_t)handle;
    check(handle > 0 && attempt(ME, claim) > 0);
    struct sluice_ring *r = (struct sluice_ring *)object_of(claim.handle);
    struct sluice_cell *cell = sluice__cell(&s[ME], &r->cells, 1, 0);
    store_relaxed(&cell->tag, 99);
    store_relaxed((struct sluice_au32 *)sluice__cell_payload(cell), 1);
    check(attempt(ME, of(SLUICE_OP_CLOSE, claim.handle)) == 0);
    check(load_relaxed(&r->object.damaged) != 0);
}

/* It waits, and is marked after it has looked at its waiter and at the object: it looks again before it hangs again. */
static void mark_that_comes_late(void)
{
    struct sluice_request wait = of(SLUICE_OP_SEM_WAIT, opened(ME, SLUICE_OP_SEM_OPEN, "/s", 0, 0));
    port_begin(&s[ME]);
    check(sluice_advance(&s[ME], &wait) == -SLUICE_EAGAIN);
    restless(&sluice__waiter(&s[ME], wait.waiter - 1)->state, SLUICE_WAITER_PENDING, 1);
    port.restless[0].times = 2;
    port_begin(&s[ME]);
    check(sluice_advance(&s[ME], &wait) == -SLUICE_EAGAIN);
}

/* It marks a waiter of mine as I leave, and is done before I have told it that I wait for that. */
static void mark_that_is_done(void)
{
    struct sluice_request wait = of(SLUICE_OP_SEM_WAIT, opened(ME, SLUICE_OP_SEM_OPEN, "/s", 0, 0));
    port_begin(&s[ME]);
    check(sluice_advance(&s[ME], &wait) == -SLUICE_EAGAIN);
    uint32_t at = sluice__offset(&s[ME], sluice__waiter(&s[ME], wait.waiter - 1));
    check(sluice_cancel(&s[ME], &wait) == 0);
    uint32_t other = opened(OTHER, SLUICE_OP_SEM_OPEN, "/o", 0, 0);
    port_begin(&s[OTHER]);
    struct sluice_handle *handle = sluice__handle_find(&s[OTHER], other);
    check(sluice__gate_lock(&s[OTHER], &sluice__handle_object(&s[OTHER], handle)->gate) == 0);
    restless(&s[OTHER].me->marking, at, 0u - at);
    port.restless[0].times = 2;
    port_begin(&s[ME]);
    check(sluice_detach(&s[ME]) == 0);
}

/* The lock at which a dead one waits is held as I try it, and free as I say that I want it: I try again. */
static void lock_that_comes_free(void)
{
    struct sluice_request wait =
        of(SLUICE_OP_SEM_WAIT, opened(OTHER, SLUICE_OP_SEM_OPEN, "/s", 0, 0));
    struct sluice_gate *gate = &object_of(opened(ME, SLUICE_OP_SEM_OPEN, "/s", 0, 0))->gate;
    port_begin(&s[OTHER]);
    check(sluice_advance(&s[OTHER], &wait) == -SLUICE_EAGAIN);
    port_begin(&s[ME]);
    check(sluice_died(&s[ME], OTHER + 1) == 1);
    s[ME].lock_tries = 1;
    restless(&gate->word, 3u << 16 | SLUICE__WAITS(0), 0u - (1u << 16));
    port.restless[0].times = 4;
    check(sluice_settle(&s[ME]) == 0);
}

/* A dead one's lock is another's as soon as I have taken back what the dead one stored, if anything: then whoever comes there is told. */
static void freed_late(bool stored)
{
    begin();
    struct sluice_object *o = object_of(opened(ME, SLUICE_OP_SEM_OPEN, "/s", 0, 0));
    port_begin(&s[OTHER]);
    check(sluice__gate_lock(&s[OTHER], &o->gate) == 0);
    if (stored)
        sluice__set(&s[OTHER], &o->spare[0], 1);
    port_begin(&s[ME]);
    check(sluice_died(&s[ME], OTHER + 1) == 1);
    restless((uint8_t *)&o->gate + 4, s[OTHER].incarnation, 1);
    port.restless[0].times = 2;
    check(sluice_settle(&s[ME]) == 0 && load_relaxed(&o->spare[0]) == 0);
    check(((load64_relaxed(&o->gate.word) & SLUICE__SPOILT) != 0) == stored);
}

static void lock_that_is_freed_late(void)
{
    freed_late(true);
    freed_late(false);
}

/* The right to repair is another's as I look, and nobody's as I say that I want it. */
static void right_that_comes_free(void)
{
    struct sluice_gate *repair = &sluice__region(&s[ME])->repair;
    port_poke(sluice__offset(&s[ME], repair) + 4, s[OTHER].incarnation);
    restless(&repair->word, (OTHER + 1) << 16, 0u - ((OTHER + 1) << 16));
    port.restless[0].times = 2;
    port_begin(&s[ME]);
    check(sluice_settle(&s[ME]) == 0);
}

static const struct {
    const char *name;
    void (*run)(void);
} cases[] = {
    {"a pipe's head", pipe_that_is_read},
    {"a ring's", ring_that_is_read},
    {"a pipe that is asked whether it is ready while its reader moves", pipe_that_is_asked},
    {"a ring that is asked whether it is ready while its receiver moves", ring_that_is_asked},
    {"a waiter that seems free", waiter_that_seems_free},
    {"a lock's holder", lock_that_changes_hands},
    {"a mark that comes late", mark_that_comes_late},
    {"a mark that is done", mark_that_is_done},
    {"a right that comes free", right_that_comes_free},
    {"a lock that comes free", lock_that_comes_free},
    {"a lock that is freed late", lock_that_is_freed_late},
    {"observers without end", observers_without_end},
    {"observers without end, then waiters", gone_waiters_without_end},
    {"waiters without end", waiters_without_end},
    {"claims without end", claims_without_end},
};

static bool run(const char *name, void (*test)(void))
{
    if (setjmp(port.out) != 0) {
        printf("not ok restless: %s: %s\n", name, port.failure);
        return false;
    }
    begin();
    test();
    printf("ok restless: %s\n", name);
    return true;
}

int main(void)
{
    int failed = 0;
    region = port_new_region(BYTES);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        failed += !run(cases[i].name, cases[i].run);
    return failed != 0;
}
