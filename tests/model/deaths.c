/* Deaths of heap, names, handles, events, agents and the semaphore. */
#include "deaths.h"

#include "obj/psem.h"

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

/* Four blocks in a row; the first and the third are free, and so on one list. */
static void neighbours(void)
{
    static const int order[] = {REPAIRER, SECOND, OTHER, VICTIM};
    attached();
    for (int i = 0; i < 4; i++)
        check(sluice__heap_take(&world.agent[OTHER], &world.agent[order[i]].me->desk, 100, 0) == 0);
    for (int i = 0; i < 4; i += 2)
        check(sluice__heap_give(&world.agent[OTHER], &world.agent[order[i]].me->desk) == 0);
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
    struct sluice_psem *sem = (struct sluice_psem *)object_of(OTHER);
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

static uint8_t ticket[16];

static void ticketed(void)
{
    all_open();
    struct sluice_request r = request(SLUICE_OP_TICKET, world.handle[OTHER], NULL);
    r.bytes = ticket;
    r.length = sizeof(ticket);
    check(sluice_try(&world.agent[OTHER], &r) == (int)sizeof(ticket));
}

static void gone(void)
{
    all_open();
    check(sluice_detach(victim()) == 0);
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

static void open_by_ticket(void)
{
    struct sluice_request r = request(SLUICE_OP_OPEN_TICKET, 0, NULL);
    r.bytes = ticket;
    r.length = sizeof(ticket);
    sluice_try(victim(), &r);
}

static void list(void)
{
    static uint8_t bytes[64];
    struct sluice_request r = request(SLUICE_OP_LIST, 0, NULL);
    r.bytes = bytes;
    r.length = sizeof(bytes);
    sluice_try(victim(), &r);
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
    change = 1;
    post(VICTIM);
}

static void victim_waits(void)
{
    change = -1;
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

static void attach(void)
{
    sluice_attach(victim(), world.region, BYTES, VICTIM + 1, 0, 0);
}

static void detach(void)
{
    sluice_cancel(victim(), &world.wait[VICTIM]);
    sluice_cancel(victim(), &world.again);
    sluice_detach(victim());
}

static const struct step steps[] = {
    {"heap: take", blocks, take},
    {"heap: take and give", blocks, take_and_give},
    {"heap: give between used blocks", four_blocks, give_desk},
    {"heap: give", blocks, give_desk},
    {"heap: give behind a free block with a neighbour in its list", neighbours, give_desk},
    {"names: create", attached, create},
    {"names: create unnamed", attached, create_unnamed},
    {"names: create beside others", all_open, create},
    {"names: open what is there", all_open, open_there},
    {"names: list", all_open, list},
    {"names: unlink what others have open", all_open, unlink_s},
    {"names: unlink what only the dead has open", one_open, unlink_s},
    {"handles: open by ticket", ticketed, open_by_ticket},
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
    {"agents: attach", gone, attach},
    {"agents: detach", all_open, detach},
    {"agents: detach while waiting", victim_waits_first, detach},
    {"agents: detach when marked", victim_marked, detach},
};

/* --- what must hold ------------------------------------------------------ */

/* What was posted stays: what the state left there, and what the operation did or did not. */
static void none_lost(void)
{
    struct sluice_psem *sem = (struct sluice_psem *)object_of(OTHER);
    if (sem == NULL)
        return;
    int before = (int)load_relaxed(&((struct sluice_psem *)as_before(sem))->value);
    int now = (int)load_relaxed(&sem->value) + done_since(SLUICE_OP_SEM_WAIT);
    check(now == before || now == before + change);
}

/* None lost; one more count reaches whoever waits. */
static void objects_hold(int by)
{
    none_lost();
    if (world.wait[OTHER].waiter == 0)
        return;
    check(post(by == OTHER ? SECOND : OTHER) == 0);
    nobody_forgotten();
    check(world.wait[OTHER].waiter == 0 ||
          ask(OTHER, SLUICE_OP_SEM_VALUE, world.handle[OTHER], NULL, 0, 0) == 0);
}

static void unlink_all(int who)
{
    ask(who, SLUICE_OP_UNLINK, 0, "/s", SLUICE_KIND_SEMAPHORE, 0);
    ask(who, SLUICE_OP_UNLINK, 0, "/new", SLUICE_KIND_SEMAPHORE, 0);
}

int main(void)
{
    for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        wanted = steps[i].operation == unlock;
        die_everywhere(&steps[i]);
    }
    return report();
}
