/*
 * Pairs: one operation against one, for every pair of an object's operations in each of its states, on every
 * schedule, with late stores. What comes out, all results and all that the object holds afterwards, must be what comes
 * out when the one follows the other, in some order: so each operation takes effect at once, or waits, or has
 * not begun.
 *
 * In three forms. Waiting: who would wait or meets a held lock sleeps until it is rung. Attempts: one may answer
 * "not now", and then has done nothing. Dying: the first may die at any store; KEEPER settles; it took effect or not,
 * and the second is as if nothing had happened.
 *
 * Triples and fours are the same with three and four agents; where they have too many schedules, on those with at most
 * three preemptions and no late store.
 *
 * A program gives its states, its operations, and how its object tells what it holds.
 */
#ifndef PAIRS_H
#define PAIRS_H

#include "port/fake/fake.h"
#include "prim/event.h"
#include "prim/heap.h"
#include "prim/table.h"
#include "reg/agent.h"
#include "reg/handle.h"
#include "reg/name.h"
#include "sluice.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A program may have more. What agents have for themselves is part of each state: little is fast. */
#ifndef REGION_KIB
#define REGION_KIB 64
#endif
#ifndef ANSWER_BYTES
#define ANSWER_BYTES 64
#endif
#ifndef OTHERS
#define OTHERS 1
#endif
enum {
    BYTES = REGION_KIB << 10,
    BLOCK = 256,
    KEEPER = 4,
    AGENTS,
    HANDLES = 3,
    TEXT = 400,
    OUTCOMES = 400
};

enum form { WAITING, ATTEMPTS, DYING, FORMS };

/* Everything that an execution changes: copied back before each. */
static struct world {
    _Alignas(BLOCK) uint8_t region[BYTES];
    struct sluice agent[AGENTS], other[OTHERS];
    uint32_t handle[AGENTS][HANDLES];
    uint32_t claim[AGENTS];
    uint8_t bytes[AGENTS][ANSWER_BYTES]; /* of requests */
    struct sluice_request request[AGENTS];
    int result[AGENTS];
    bool begun[AGENTS], pending[AGENTS], late[AGENTS]; /* late: "not now" */
    bool settled;                                      /* the first has died */
    uint32_t free_bytes;
} world, saved;

static uint32_t slots = AGENTS; /* of the region */

struct state {
    const char *name;
    void (*make)(void);
};

struct operation {
    const char *name;
    struct sluice_request (*request)(int who);
    unsigned
        except; /* bit a form in which it is made of several steps; bit FORMS + form: with more than one other */
    int (*act)(int who); /* instead of a request; SLUICE_STALLED: again, then */
};

/* The program's: what the object holds, as KEEPER finds it; the names that it used. */
static void tell(char *text);
static void unlink_all(void);

/* The operations of the present program, and what is allowed to come out of them. */
static const struct operation *operations[KEEPER];
static int acting;
static enum form form;
static struct outcome {
    char text[TEXT];
    bool late;  /* need not come out: somebody said "not now", or was settled early */
    bool early; /* comes out only where who lives had to wait for the settling */
    bool seen;
} outcomes[OUTCOMES];
static int outcome_count;

#define check(condition) fake_check(condition)

static inline struct sluice_request request(uint32_t op, uint32_t handle, const char *name)
{
    struct sluice_request r = {.op = op, .handle = handle, .name = name};
    r.name_length = name ? (uint32_t)strlen(name) : 0;
    return r;
}

/* poll(2) of a handle. */
static inline struct sluice_request ready_to(uint32_t handle, uint32_t what)
{
    struct sluice_request r = request(SLUICE_OP_READY, handle, NULL);
    r.args[0] = what;
    return r;
}

static inline int try(int who, struct sluice_request r)
{
    return sluice_try(&world.agent[who], &r);
}

static inline void add(char *text, const char *format, ...)
{
    va_list args;
    size_t length = strlen(text);
    va_start(args, format);
    check(vsnprintf(text + length, TEXT - length, format, args) < (int)(TEXT - length));
    va_end(args);
}

static void attached(void)
{
    memset(&world, 0, sizeof(world));
    check(sluice_format(world.region, BYTES, slots, 0) == 0);
    world.free_bytes = load_relaxed(&((struct sluice_region *)world.region)->heap.free_bytes);
    for (int i = 0; i < AGENTS; i++) {
        check(sluice_attach(&world.agent[i], world.region, BYTES, (uint32_t)i + 1, 0, 0) == 0);
        world.agent[i].lock_tries = 1;
        if (acting > 2)
            sluice__waiter_end(&world.agent[i], (uint32_t)sluice__waiter_new(&world.agent[i]),
                               true);
    }
}

/* --- one operation --------------------------------------------------------------- */

static int step(int who)
{
    struct sluice *s = &world.agent[who];
    struct sluice_request *r = &world.request[who];
    if (who < acting && operations[who]->act != NULL)
        return operations[who]->act(who);
    return form == ATTEMPTS ? sluice_try(s, r) : sluice_advance(s, r);
}

/* As far as it goes without sleeping. */
static void advance(int who)
{
    int n = step(who);
    world.result[who] = n;
    world.pending[who] = form != ATTEMPTS && (n == -SLUICE_EAGAIN || n == SLUICE_STALLED);
}

static void begin(int who)
{
    if (operations[who]->request != NULL)
        world.request[who] = operations[who]->request(who);
    world.begun[who] = true;
    advance(who);
}

static void answer(int who)
{
    sluice_bell_answer(&world.agent[who]);
    while (sluice_ready(&world.agent[who]) != 0)
        ;
}

static void runs(void *ctx, int who)
{
    struct sluice *s = &world.agent[who];
    (void)ctx;
    for (begin(who); world.pending[who]; advance(who)) {
        if (sluice_bell_arm(s))
            port_park(&s->me->bell, SLUICE_BELL_ASLEEP, PORT_FOREVER);
        answer(who);
    }
}

static bool told(int who)
{
    return world.pending[who] && load_relaxed(&world.agent[who].me->bell) == SLUICE_BELL_RUNG;
}

static bool goes_on(int who)
{
    if (!told(who))
        return false;
    answer(who);
    advance(who);
    return true;
}

/* --- what came out ----------------------------------------------------------------- */

static bool opens(uint32_t op)
{
    return op == SLUICE_OP_SEM_OPEN || op == SLUICE_OP_MQ_OPEN || op == SLUICE_OP_FIFO_OPEN ||
           op == SLUICE_OP_RING_OPEN || op == SLUICE_OP_OPEN_TICKET;
}

/* The records of a batch, each behind its length. */
static void tell_frames(char *text, const uint8_t *bytes, uint32_t length)
{
    for (uint32_t at = 0, each; at < length; at += each) {
        memcpy(&each, bytes + at, sizeof(each));
        at += (uint32_t)sizeof(each);
        check(each <= length - at);
        add(text, "[%.*s] ", (int)each, (const char *)bytes + at);
    }
}

/* What is there, in a LIST's answer. */
static void tell_listed(char *text, const uint8_t *bytes, uint32_t length)
{
    struct sluice_listed listed;
    for (uint32_t at = 0; at < length; at += (listed.name_bytes + 3) & ~3u) {
        memcpy(&listed, bytes + at, sizeof(listed));
        at += (uint32_t)sizeof(listed);
        add(text, "%u %.*s, ", listed.kind, (int)listed.name_bytes, (const char *)bytes + at);
    }
}

/* Whose agents are there, in an AGENTS' answer. */
static void tell_agents(char *text, const uint8_t *bytes, uint32_t length)
{
    struct sluice_listed_agent listed;
    for (uint32_t at = 0; at < length; at += (uint32_t)sizeof(listed)) {
        memcpy(&listed, bytes + at, sizeof(listed));
        add(text, "@%u ", listed.owner);
    }
}

/* Numbers of handles and claims, and addresses, may differ. */
static void tell_result(char *text, int who)
{
    struct sluice_request *r = &world.request[who];
    int n = world.result[who];
    bool claims = r->op == SLUICE_OP_RING_CLAIM || r->op == SLUICE_OP_RING_PEEK;
    if (form == DYING && who == 0)
        return;
    if (world.pending[who])
        add(text, "waits; ");
    else if (n >= 0 && (opens(r->op) || claims))
        add(text, "done; ");
    else
        add(text, "%d; ", n);
    if (n < 0 || world.pending[who])
        return;
    if (r->op == SLUICE_OP_MQ_RECEIVE || r->op == SLUICE_OP_PIPE_READ ||
        r->op == SLUICE_OP_RING_RECEIVE)
        add(text, "[%.*s] %u; ", n, (char *)world.bytes[who], r->out[0]);
    if (r->op == SLUICE_OP_RING_RECEIVE_MANY)
        tell_frames(text, world.bytes[who], r->out[0]);
    if (r->op == SLUICE_OP_LIST)
        tell_listed(text, world.bytes[who], (uint32_t)n);
    if (r->op == SLUICE_OP_AGENTS)
        tell_agents(text, world.bytes[who], (uint32_t)n);
    if (r->op == SLUICE_OP_MQ_ATTRIBUTES || r->op == SLUICE_OP_PIPE_ATTRIBUTES ||
        r->op == SLUICE_OP_RING_ATTRIBUTES)
        add(text, "%u %u %u %u; ", r->out[0], r->out[1], r->out[2], r->out[3]);
}

static void end_pending(int who)
{
    if (world.pending[who])
        check(sluice_cancel(&world.agent[who], &world.request[who]) == 0);
    world.pending[who] = false;
}

/* All leave: everything comes back. */
static void all_leave(void)
{
    struct sluice *s = &world.agent[KEEPER];
    check(sluice__heap_valid(s) && sluice__names_valid(s));
    unlink_all();
    for (int i = 0; i < AGENTS; i++)
        check((form == DYING && i == 0) || sluice_detach(&world.agent[i]) == 0);
    check(sluice__heap_valid(s) && sluice__agents_valid(s));
    check(load_relaxed(&((struct sluice_region *)world.region)->heap.free_bytes) ==
          world.free_bytes);
}

static void tell_all(char *text)
{
    text[0] = 0;
    for (int i = 0; i < acting; i++)
        tell_result(text, i);
    for (int i = 0; i < acting; i++)
        end_pending(i);
    tell(text);
}

static void settle(void)
{
    sluice_died(&world.agent[KEEPER], 1);
    check(sluice_settle(&world.agent[KEEPER]) == 0);
    world.pending[0] = false;
    world.settled = true;
}

/* Also where it did not die: then it has left by now, as far as the others can see. */
static void settle_the_first(void)
{
    if (form != DYING)
        return;
    if (!world.settled)
        settle();
    for (bool moved = true; moved;) {
        moved = false;
        for (int i = 1; i < acting; i++)
            moved |= goes_on(i);
    }
}

static struct outcome *known(const char *text)
{
    for (int i = 0; i < outcome_count; i++)
        if (strcmp(text, outcomes[i].text) == 0)
            return &outcomes[i];
    return NULL;
}

/* What was judged in the present program, so that nothing is judged twice: many schedules end in the same world. */
enum { JUDGED = 1 << 12 };
static uint64_t judged[JUDGED];
static int judged_count;

static void judge_anew(void)
{
    memset(judged, 0, sizeof(judged));
    judged_count = 0;
}

/* What differs from the state that all began in; never 0. */
static uint64_t digest(void)
{
    enum { WORDS = BLOCK / 8 };
    const uint64_t *now = (void *)&world, *then = (void *)&saved;
    uint64_t sum = 1;
    for (size_t at = 0; at < sizeof(world) / sizeof(*now); at += WORDS) {
        if (memcmp(now + at, then + at, WORDS * sizeof(*now)) == 0)
            continue;
        for (size_t i = at; i < at + WORDS; i++) {
            sum = (sum ^ (now[i] + i)) * 0x9e3779b97f4a7c15u;
            sum ^= sum >> 29;
        }
    }
    return sum | 1;
}
_Static_assert(sizeof(struct world) % BLOCK == 0, "digest");

static bool judged_before(void)
{
    uint64_t sum = digest();
    uint64_t *at = &judged[sum >> 1 & (JUDGED - 1)];
    while (*at != 0 && *at != sum)
        at = at == &judged[JUDGED - 1] ? judged : at + 1;
    bool before = *at == sum;
    if (!before && judged_count < JUDGED / 2) {
        *at = sum;
        judged_count++;
    }
    return before;
}

static void outcome_is_allowed(void *ctx)
{
    char text[TEXT];
    (void)ctx;
    if (judged_before())
        return;
    bool waited = false;
    for (int i = 1; i < acting; i++)
        waited |= world.pending[i];
    settle_the_first();
    tell_all(text);
    struct outcome *outcome = known(text);
    if (outcome == NULL || (outcome->early && !waited))
        fake_fail("%s", text);
    outcome->seen = true;
    all_leave();
}

#endif
