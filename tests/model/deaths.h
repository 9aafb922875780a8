/*
 * Dies at every store: an agent after its 1st, 2nd, ... shared store of each operation in each state of a
 * table; then the settling, which dies after each of its own stores; then a second settling. After that every
 * invariant holds, whoever may go on has been told, and when all have left, all memory came back.
 *
 * A program gives its rows, what must hold of its objects, and the names that it used.
 */
#ifndef DEATHS_H
#define DEATHS_H

#include "port/fake/fake.h"
#include "prim/event.h"
#include "prim/heap.h"
#include "prim/table.h"
#include "reg/agent.h"
#include "reg/handle.h"
#include "reg/name.h"
#include "sluice.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES = 64 << 10, VICTIM = 0, OTHER, REPAIRER, SECOND, AGENTS };

/* Everything that an execution changes: copied back before each. */
static struct world {
    _Alignas(64) uint8_t region[BYTES];
    struct sluice agent[AGENTS];
    struct sluice_request wait[AGENTS], again; /* the victim may wait twice */
    uint32_t handle[AGENTS];
    uint8_t bytes[AGENTS][8]; /* of requests */
    struct sluice_au32 *word[4];
    uint32_t free_bytes;
} world, saved;

struct step {
    const char *name;
    void (*state)(void), (*operation)(void);
};

static const char *current;
static unsigned long cases;
static unsigned at_store; /* after which the victim died */
static int change;        /* of what an object holds, should the operation be done; set by it */
static bool wanted;       /* SECOND waits for a lock */
static bool repairer_is_dead;

/* The program's: what must hold of its objects as agent `by` finds them, and the names to unlink at the end. */
static void objects_hold(int by);
static void unlink_all(int who);

#define check(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("not ok deaths: %s: %s:%d: %s (k %u)\n", current, __FILE__, __LINE__,           \
                   #condition, at_store);                                                          \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

/* Those whom the operation or the settling let go on have done what they waited for: how many. */
static inline int done_since(uint32_t op)
{
    int n = 0;
    for (int i = OTHER; i < AGENTS; i++)
        n += saved.wait[i].waiter != 0 && saved.wait[i].op == op && world.wait[i].waiter == 0 &&
             (i != REPAIRER || !repairer_is_dead);
    return n;
}

/* The same place of the region as the state left it. */
static inline void *as_before(const void *place)
{
    return saved.region + ((const uint8_t *)place - world.region);
}

static inline struct sluice_object *object_of(int who)
{
    struct sluice *s = &world.agent[who];
    struct sluice_handle *handle = sluice__handle_find(s, world.handle[who]);
    return handle ? sluice__handle_object(s, handle) : NULL;
}

static inline struct sluice *victim(void)
{
    return &world.agent[VICTIM];
}

static inline struct sluice_request request(uint32_t op, uint32_t handle, const char *name)
{
    struct sluice_request r = {.op = op, .handle = handle, .name = name};
    r.name_length = name ? (uint32_t)strlen(name) : 0;
    return r;
}

static inline int ask(int who, uint32_t op, uint32_t handle, const char *name, uint32_t a0,
                      uint32_t a2)
{
    struct sluice_request r = request(op, handle, name);
    r.args[0] = a0;
    r.args[1] = 0600;
    r.args[2] = a2;
    return sluice_try(&world.agent[who], &r);
}

/* Free memory as after long use. */
static void soil(struct sluice_heap *heap)
{
    uint32_t from = load_relaxed(&heap->start) + (uint32_t)sizeof(struct sluice_block);
    memset(world.region + from, 0xa5, load_relaxed(&heap->end) - from);
    world.free_bytes = load_relaxed(&heap->free_bytes);
}

static void attached(void)
{
    memset(&world, 0, sizeof(world));
    check(sluice_format(world.region, BYTES, AGENTS, 0) == 0);
    soil(&((struct sluice_region *)world.region)->heap);
    for (int i = 0; i < AGENTS; i++) {
        check(sluice_attach(&world.agent[i], world.region, BYTES, (uint32_t)i + 1, 0, 0) == 0);
        world.agent[i].lock_tries = 2;
    }
}

/* Whoever was told goes on: true when somebody did. */
static bool goes_on(int who)
{
    struct sluice *s = &world.agent[who];
    struct sluice_request *r = &world.wait[who];
    bool told = false;
    if (r->waiter == 0 || load_relaxed(&s->me->bell) != SLUICE_BELL_RUNG)
        return false;
    sluice_bell_answer(s);
    for (uint32_t waiter; (waiter = sluice_ready(s)) != 0;)
        told |= waiter == r->waiter;
    if (told)
        sluice_advance(s, r);
    return told;
}

/* Waits until it is ready, and takes nothing then. */
static inline void looks(int who, uint32_t what)
{
    world.wait[who] = request(SLUICE_OP_READY, world.handle[who], NULL);
    world.wait[who].args[0] = what;
    sluice_advance(&world.agent[who], &world.wait[who]);
}

/* Nobody who could go on sleeps: all who were told try; then nobody who still waits would succeed. */
static void nobody_forgotten(void)
{
    for (bool moved = true; moved;) {
        moved = false;
        for (int i = OTHER; i < AGENTS; i++)
            moved |= goes_on(i);
    }
    for (int i = OTHER; i < AGENTS; i++) {
        struct sluice_request again = world.wait[i];
        if (again.waiter == 0)
            continue;
        again.waiter = again.op == SLUICE_OP_MQ_NOTIFY ? again.waiter : 0;
        check(again.op == SLUICE_OP_MQ_NOTIFY ||
              sluice_try(&world.agent[i], &again) == -SLUICE_EAGAIN);
        struct sluice_waiter *w = sluice__waiter(&world.agent[i], world.wait[i].waiter - 1);
        check(sluice__gate_valid(&world.agent[i],
                                 sluice__at(&world.agent[i], load_relaxed(&w->gate))));
    }
}

static void settle_by_repairer(void)
{
    sluice_settle(&world.agent[REPAIRER]);
}

static bool settled(int by)
{
    for (int i = 0; i < 10; i++)
        if (sluice_settle(&world.agent[by]) == 0)
            return true;
    return false;
}

static void leave(int who)
{
    struct sluice *s = &world.agent[who];
    if (world.wait[who].waiter != 0)
        check(sluice_cancel(s, &world.wait[who]) == 0);
    for (uint32_t w = 0; w < s->waiters * SLUICE_CHUNK; w++)
        sluice__event_remove(s, sluice__waiter(s, w));
    unlink_all(who);
    check(sluice_detach(s) == 0);
}

static void all_holds(int by, bool repairer_died)
{
    struct sluice *s = &world.agent[by];
    cases++;
    repairer_is_dead = repairer_died;
    check(settled(by));
    check(sluice__heap_valid(s) && sluice__names_valid(s) && sluice__agents_valid(s));
    if (repairer_died)
        world.wait[REPAIRER].waiter = 0;
    if (wanted)
        check(load_relaxed(&world.agent[SECOND].me->bell) == SLUICE_BELL_RUNG);
    nobody_forgotten();
    objects_hold(by);
    for (int i = OTHER; i < AGENTS; i++)
        if (!repairer_died || i != REPAIRER)
            leave(i);
    check(sluice__heap_valid(s) && sluice__agents_valid(s));
    check(load_relaxed(&((struct sluice_region *)world.region)->heap.free_bytes) ==
          world.free_bytes);
}

static void call(void *fn)
{
    (*(void (**)(void))fn)();
}

/* The victim dies after k stores of the operation: true while there are as many. */
static bool die_at(const struct step *step, unsigned k)
{
    unsigned stores;
    void (*operation)(void) = step->operation;
    memcpy(&world, &saved, sizeof(world));
    at_store = k;
    bool died = fake_run_dying(call, &operation, k, &stores);
    sluice_died(&world.agent[SECOND], VICTIM + 1);
    return died;
}

static void victim_goes_on(struct sluice_request *r)
{
    struct sluice_waiter *w = r->waiter ? sluice__waiter(victim(), r->waiter - 1) : NULL;
    if (w != NULL && sluice__waiter_marked(w))
        sluice_advance(victim(), r);
}

#include "false_proof.h"

/* Nobody dies: whom the operation must tell has been told by it, and not by the settling. */
static void lives(const struct step *step)
{
    memcpy(&world, &saved, sizeof(world));
    step->operation();
    cases++;
    check(!wanted || load_relaxed(&world.agent[SECOND].me->bell) == SLUICE_BELL_RUNG);
    victim_goes_on(&world.wait[VICTIM]);
    victim_goes_on(&world.again);
    nobody_forgotten();
}

/* All but the victim cancel what they wait for and close what they have open, which has no name any more. */
static void others_close(void)
{
    for (int i = OTHER; i < AGENTS; i++) {
        struct sluice_request *r = &world.wait[i];
        check(r->waiter == 0 || sluice_cancel(&world.agent[i], r) == 0);
        sluice__waiters_sweep(&world.agent[i]);
        ask(i, SLUICE_OP_CLOSE, world.handle[i], NULL, 0, 0);
    }
    unlink_all(OTHER);
}

/* The same row where the victim's death gives its object's memory to others: false proofs alone. */
static void live_on_alone(const struct step *step)
{
    step->state();
    others_close();
    memcpy(&saved, &world, sizeof(world));
    bool more = true;
    for (unsigned k = 0; more; k++) {
        more = die_at(step, k);
        for (enum when when = UNSETTLED; when <= AT_ITS_STORE; when++)
            live_on(step, k, when);
    }
}

static void die_everywhere(const struct step *step)
{
    unsigned long before = cases;
    void (*settle)(void) = settle_by_repairer;
    bool once = getenv("DEATHS_ONCE") != NULL; /* nobody dies who settles */
    current = step->name;
    change = 0;
    step->state();
    memcpy(&saved, &world, sizeof(world));
    lives(step);
    unsigned k = 0, stores;
    for (bool more = true; more; k++) {
        more = die_at(step, k);
        all_holds(SECOND, false);
        for (enum when when = UNSETTLED; when <= AT_ITS_STORE; when++)
            live_on(step, k, when);
        for (unsigned j = 0; !once && settler_lives_on(step, k, j); j++)
            ;
        for (unsigned j = 0; !once; j++) {
            die_at(step, k);
            bool died = fake_run_dying(call, &settle, j, &stores);
            if (died)
                sluice_died(&world.agent[SECOND], REPAIRER + 1);
            all_holds(SECOND, died);
            if (!died)
                break;
        }
    }
    live_on_alone(step);
    check(k > 1); /* it stores something, and somebody has died of it */
    printf("ok deaths: %s: %u stores, %lu cases\n", step->name, k - 1, cases - before);
}

static int report(void)
{
    printf("# %lu deaths and double deaths; %lu false proofs, %lu of them exact, %lu told, %lu "
           "with one store late\n",
           cases, exact + told + late, exact, told, late);
    return 0;
}

#endif
