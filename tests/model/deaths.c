/*
 * Dies at every store: an agent after its 1st, 2nd, ... shared store of each operation in each state below;
 * then the settling, which dies after each of its own stores; then a second settling. After that every invariant
 * holds, whoever may go on has been told, and when all have left, all memory came back.
 */
#include "port/fake/fake.h"
#include "prim/event.h"
#include "prim/heap.h"
#include "prim/table.h"
#include "reg/agent.h"
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
    struct sluice_au32 *word[4];
    uint32_t free_bytes;
} world, saved;

static const char *current;
static unsigned long cases;
static bool wanted; /* SECOND waits for a lock */

#define check(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("not ok deaths: %s: %s:%d: %s\n", current, __FILE__, __LINE__, #condition);     \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

static struct sluice *victim(void)
{
    return &world.agent[VICTIM];
}

static int ask(int who, uint32_t op, uint32_t handle, const char *name, uint32_t a0, uint32_t a2)
{
    struct sluice_request r = {.op = op, .handle = handle, .name = name, .args = {a0, 0600, a2}};
    r.name_length = name ? (uint32_t)strlen(name) : 0;
    return sluice_try(&world.agent[who], &r);
}

static int open_sem(int who, const char *name, uint32_t flags, uint32_t value)
{
    int n = ask(who, SLUICE_OP_SEM_OPEN, 0, name, flags, value);
    if (n >= 0)
        world.handle[who] = (uint32_t)n;
    return n;
}

static int wait(int who)
{
    struct sluice_request *r = &world.wait[who];
    r->op = SLUICE_OP_SEM_WAIT;
    r->handle = world.handle[who];
    return sluice_advance(&world.agent[who], r);
}

static int post(int who)
{
    return ask(who, SLUICE_OP_SEM_POST, world.handle[who], NULL, 0, 0);
}

/* --- states ------------------------------------------------------------- */

static void attached(void)
{
    memset(&world, 0, sizeof(world));
    check(sluice_format(world.region, BYTES, AGENTS) == 0);
    world.free_bytes = load_relaxed(&((struct sluice_region *)world.region)->heap.free_bytes);
    for (int i = 0; i < AGENTS; i++) {
        check(sluice_attach(&world.agent[i], world.region, BYTES, (uint32_t)i + 1, 0, 0) == 0);
        world.agent[i].lock_tries = 2;
    }
}

/* The victim's desk is an array of words that own blocks. */
static void blocks(void)
{
    attached();
    check(sluice__heap_take(victim(), &victim()->me->desk, 64, 64) == 0);
    for (int i = 0; i < 4; i++)
        world.word[i] =
            (struct sluice_au32 *)(world.region + load_relaxed(&victim()->me->desk)) + i;
}

/* The desk's own words are unknown to the settling: what they own is given back by hand. */
static void four_blocks(void)
{
    blocks();
    for (int i = 0; i < 3; i++)
        check(sluice__heap_take(&world.agent[OTHER], &world.agent[i + 1].me->desk, 100u << i, 0) ==
              0);
}

static void all_open(void)
{
    attached();
    for (int i = 0; i < AGENTS - 1; i++)
        check(open_sem(i, "/s", SLUICE_CREATE, 0) >= 0);
}

static void one_open(void)
{
    attached();
    check(open_sem(VICTIM, "/s", SLUICE_CREATE, 0) >= 0);
}

static void unlinked(void)
{
    one_open();
    check(ask(VICTIM, SLUICE_OP_UNLINK, 0, "/s", SLUICE_KIND_SEMAPHORE, 0) == 0);
}

static void other_waits(void)
{
    all_open();
    check(wait(OTHER) == -SLUICE_EAGAIN);
}

static void victim_waits_first(void)
{
    all_open();
    check(wait(VICTIM) == -SLUICE_EAGAIN);
    world.again = (struct sluice_request){.op = SLUICE_OP_SEM_WAIT, .handle = world.handle[VICTIM]};
    check(sluice_advance(victim(), &world.again) == -SLUICE_EAGAIN);
    check(wait(OTHER) == -SLUICE_EAGAIN);
}

static void victim_marked(void)
{
    victim_waits_first();
    check(post(REPAIRER) == 0);
}

static void marked_for_nothing(void)
{
    victim_marked();
    check(ask(REPAIRER, SLUICE_OP_SEM_WAIT, world.handle[REPAIRER], NULL, 0, 0) == 0);
}

static void two_posted(void)
{
    other_waits();
    struct sluice_psem_view {
        struct sluice_object object;
        struct sluice_au32 value;
    } *sem = sluice__at(victim(), load_relaxed(&sluice__waiter(&world.agent[OTHER], 0)->gate));
    store_relaxed(&sem->value, 2); /* as two posts whose notes are still to come */
}

static struct sluice_gate *gate(void)
{
    return sluice__at(victim(), load_relaxed(&sluice__waiter(&world.agent[OTHER], 0)->gate));
}

/* The victim holds the semaphore's gate; OTHER hangs on it, REPAIRER has posted and left a note, SECOND wants the lock. */
static void held_by_victim(void)
{
    other_waits();
    check(sluice__gate_lock(victim(), gate()) == 0);
    check(post(REPAIRER) == 0);
    check(sluice__gate_lock(&world.agent[SECOND], gate()) != 0 &&
          sluice__gate_want(&world.agent[SECOND]));
}

static void observed(void)
{
    other_waits();
    int n = sluice__waiter_new(&world.agent[REPAIRER]);
    check(n >= 0 && sluice__event_hang(&world.agent[REPAIRER],
                                       sluice__waiter(&world.agent[REPAIRER], (uint32_t)n), gate(),
                                       SLUICE_OBSERVER, SLUICE__LAST) == 0);
}

/* --- operations --------------------------------------------------------- */

static void take(void)
{
    sluice__heap_take(victim(), &victim()->me->building, 200, 64);
}

static void take_and_give(void)
{
    take();
    sluice__heap_give(victim(), &victim()->me->building);
}

static void give_desk(void)
{
    sluice__heap_give(victim(), &victim()->me->desk);
}

static void create(void)
{
    open_sem(VICTIM, "/new", SLUICE_CREATE | SLUICE_EXCLUSIVE, 1);
}

static void create_unnamed(void)
{
    open_sem(VICTIM, NULL, 0, 1);
}

static void open_there(void)
{
    open_sem(VICTIM, "/s", SLUICE_CREATE, 1);
}

static void unlink_s(void)
{
    ask(VICTIM, SLUICE_OP_UNLINK, 0, "/s", SLUICE_KIND_SEMAPHORE, 0);
}

static void close_s(void)
{
    ask(VICTIM, SLUICE_OP_CLOSE, world.handle[VICTIM], NULL, 0, 0);
}

static void victim_posts(void)
{
    post(VICTIM);
}

static void victim_waits(void)
{
    wait(VICTIM);
}

static void cancel(void)
{
    sluice_cancel(victim(), &world.wait[VICTIM]);
}

static void unlock(void)
{
    sluice__gate_unlock(victim(), gate());
}

static void detach(void)
{
    sluice_cancel(victim(), &world.wait[VICTIM]);
    sluice_cancel(victim(), &world.again);
    sluice_detach(victim());
}

static const struct step {
    const char *name;
    void (*state)(void), (*operation)(void);
} steps[] = {
    {"heap: take", blocks, take},
    {"heap: take and give", blocks, take_and_give},
    {"heap: give between used blocks", four_blocks, give_desk},
    {"heap: give", blocks, give_desk},
    {"names: create", attached, create},
    {"names: create unnamed", attached, create_unnamed},
    {"names: create beside others", all_open, create},
    {"names: open what is there", all_open, open_there},
    {"names: unlink what others have open", all_open, unlink_s},
    {"names: unlink what only the dead has open", one_open, unlink_s},
    {"handles: close, named", one_open, close_s},
    {"handles: close the last", unlinked, close_s},
    {"semaphore: post, nobody waits", all_open, victim_posts},
    {"semaphore: post, another waits", other_waits, victim_posts},
    {"semaphore: post, another waits, one observes", observed, victim_posts},
    {"semaphore: wait, take and tell the next", two_posted, victim_waits},
    {"event: hang", all_open, victim_waits},
    {"event: hang behind another", other_waits, victim_waits},
    {"event: cancel", victim_waits_first, cancel},
    {"event: cancel what was marked", victim_marked, cancel},
    {"event: take by a mark", victim_marked, victim_waits},
    {"event: hang again in front", marked_for_nothing, victim_waits},
    {"gate: unlock with a note, wanted", held_by_victim, unlock},
    {"agents: detach", all_open, detach},
    {"agents: detach while waiting", victim_waits_first, detach},
    {"agents: detach when marked", victim_marked, detach},
};

/* --- what must hold ------------------------------------------------------ */

/* Whoever waits for a semaphore that has counts left has been told, he or one before him. */
static void nobody_forgotten(void)
{
    bool told = false, forgotten = false;
    for (int i = 0; i < AGENTS; i++) {
        struct sluice_waiter *w = world.wait[i].waiter && i != VICTIM
                                      ? sluice__waiter(&world.agent[i], world.wait[i].waiter - 1)
                                      : NULL;
        if (w == NULL)
            continue;
        int value = ask(i, SLUICE_OP_SEM_VALUE, world.handle[i], NULL, 0, 0);
        told |=
            sluice__waiter_marked(w) && load_relaxed(&world.agent[i].me->bell) == SLUICE_BELL_RUNG;
        forgotten |= value > 0;
    }
    check(told || !forgotten);
}

/* Whoever waits still is on a sound list, and one more count reaches somebody. */
static void still_works(void)
{
    struct sluice_request *r = &world.wait[OTHER];
    if (r->waiter == 0)
        return;
    struct sluice *s = &world.agent[OTHER];
    struct sluice_waiter *w = sluice__waiter(s, r->waiter - 1);
    check(sluice__gate_valid(s, sluice__at(s, load_relaxed(&w->gate))));
    check(post(OTHER) == 0);
    nobody_forgotten();
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

static void all_holds(int by, bool repairer_died)
{
    struct sluice *s = &world.agent[by];
    cases++;
    check(settled(by));
    check(sluice__heap_valid(s) && sluice__names_valid(s) && sluice__agents_valid(s));
    if (repairer_died)
        world.wait[REPAIRER].waiter = 0;
    nobody_forgotten();
    if (wanted)
        check(load_relaxed(&world.agent[SECOND].me->bell) == SLUICE_BELL_RUNG);
    still_works();
    for (int i = OTHER; i < AGENTS; i++) {
        if (repairer_died && i == REPAIRER)
            continue;
        sluice_cancel(&world.agent[i], &world.wait[i]);
        for (uint32_t w = 0; w < world.agent[i].waiters * SLUICE_CHUNK; w++)
            sluice__event_remove(&world.agent[i], sluice__waiter(&world.agent[i], w));
        ask(i, SLUICE_OP_UNLINK, 0, "/s", SLUICE_KIND_SEMAPHORE, 0);
        ask(i, SLUICE_OP_UNLINK, 0, "/new", SLUICE_KIND_SEMAPHORE, 0);
        check(sluice_detach(&world.agent[i]) == 0);
    }
    check(sluice__heap_valid(s) && sluice__agents_valid(s));
    check(load_relaxed(&((struct sluice_region *)world.region)->heap.free_bytes) ==
          world.free_bytes);
}

static void restore(void)
{
    memcpy(&world, &saved, sizeof(world));
}

static void run(void (*fn)(void))
{
    fn();
}

static void call(void *fn)
{
    run(*(void (**)(void))fn);
}

/* The victim dies after k stores of the operation: true while there are as many. */
static bool die_at(const struct step *step, unsigned k)
{
    unsigned stores;
    void (*operation)(void) = step->operation;
    restore();
    bool died = fake_run_dying(call, &operation, k, &stores);
    sluice_died(&world.agent[SECOND], VICTIM + 1);
    return died;
}

static void die_everywhere(const struct step *step)
{
    unsigned long before = cases;
    void (*settle)(void) = settle_by_repairer;
    current = step->name;
    wanted = step->operation == unlock;
    step->state();
    memcpy(&saved, &world, sizeof(world));
    unsigned k = 0, stores;
    for (bool more = true; more; k++) {
        more = die_at(step, k);
        all_holds(SECOND, false);
        for (unsigned j = 0;; j++) {
            die_at(step, k);
            bool died = fake_run_dying(call, &settle, j, &stores);
            if (died)
                sluice_died(&world.agent[SECOND], REPAIRER + 1);
            all_holds(SECOND, died);
            if (!died)
                break;
        }
    }
    printf("ok deaths: %s: %u stores, %lu cases\n", step->name, k - 1, cases - before);
}

int main(void)
{
    for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        die_everywhere(&steps[i]);
    printf("# %lu deaths and double deaths\n", cases);
    return 0;
}
