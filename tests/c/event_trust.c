/* Events: who leaves without a turn tells nobody, and what a peer has written leads nowhere. */
#include "world.h"

enum { BYTES = 1 << 18, AGENTS = 3, EVENT = 1, USES = 40 };

static struct sluice s[AGENTS];
static struct sluice_gate *gate;
static struct sluice_list *list;

static void begin(void)
{
    void *base = new_region(BYTES, AGENTS);
    for (uint32_t i = 0; i < AGENTS; i++)
        join(&s[i], base, BYTES, i + 1);
    gate = &new_bench(&s[0])->gate;
    list = &gate->events[EVENT].waiters;
}

static struct sluice_waiter *hung(struct sluice *by, uint32_t event)
{
    struct sluice_waiter *w = new_waiter(by);
    check(sluice__event_hang(by, w, gate, event, SLUICE__LAST) == 0);
    return w;
}

static uint64_t word(void)
{
    return load64_relaxed(&gate->word);
}

static void notify(void)
{
    sluice__event_notify(&s[0], gate, EVENT, word());
}

static uint32_t offset(struct sluice_waiter *w)
{
    return sluice__offset(&s[0], w);
}

/* --- leaving ---------------------------------------------------------------------------------- */

static void leaves_once(void)
{
    begin();
    struct sluice_waiter *a = hung(&s[1], EVENT), *b = hung(&s[2], EVENT);
    notify();
    check(sluice__event_end(&s[1], a, true) && !sluice__waiter_marked(b));
    check(sluice__event_end(&s[1], a, false) && sluice__event_remove(&s[1], a) == 0);
    check(!sluice__waiter_marked(b));
    check(sluice__event_remove(&s[2], b) == 0 && word() == 0);
    finish(&s[0], "event: who is free already has no turn to pass on");
}

static void observer_leaves(void)
{
    begin();
    struct sluice_waiter *o = hung(&s[1], EVENT | SLUICE_OBSERVER);
    check(word() == SLUICE__WAITS(EVENT) && sluice__event_remove(&s[1], o) == 0 && word() == 0);
    struct sluice_waiter *a = hung(&s[1], EVENT);
    check(sluice__gate_lock(&s[0], gate) == 0 && !sluice__event_end(&s[1], a, false));
    check(!sluice__waiter_marked(a)); /* gone: it may not try again */
    sluice__gate_unlock(&s[0], gate);
    finish(&s[0], "event: the last that looked leaves nobody waiting");
}

/* What the notifier saw is no more: somebody was quicker. */
static void seen_too_early(void)
{
    begin();
    struct sluice_waiter *a = hung(&s[1], EVENT);
    uint64_t before = word();
    check(sluice__event_remove(&s[1], a) == 0);
    sluice__event_notify(&s[0], gate, EVENT, before);
    check(word() == 0 && load_relaxed(&s[0].me->locking) == 0);
    a = hung(&s[1], EVENT);
    sluice__event_notify(&s[0], gate, EVENT, before | SLUICE__SPOILT);
    check(sluice__waiter_marked(a) && word() == 0 && load_relaxed(&s[0].me->locking) == 0);
    finish(&s[0], "event: a notification by an old look finds what there is now");
}

/* --- lists that a peer has written -------------------------------------------------------------- */

static void number_of_no_event(void)
{
    begin();
    struct sluice_waiter *a = hung(&s[1], EVENT), *b = hung(&s[2], EVENT);
    notify();
    store_relaxed(&a->event, EVENT + SLUICE_EVENTS);
    check(sluice__event_end(&s[1], a, false) && sluice__waiter_marked(b));
    finish(&s[0], "event: a number above those that there are stays in the gate");
}

static void unknown_to_a_neighbour(bool next)
{
    begin();
    struct sluice_waiter *a = hung(&s[1], EVENT), *b = hung(&s[2], EVENT), *c = hung(&s[1], EVENT);
    struct sluice_au32 *damaged = next ? &c->prev : &a->next, *other = next ? &a->next : &c->prev;
    check(load_relaxed(damaged) == offset(b) && load_relaxed(other) == offset(b));
    store_relaxed(damaged, 0);
    store_relaxed(&b->event, EVENT | SLUICE_OBSERVER); /* so that nobody else's mark follows */
    check(sluice__event_remove(&s[2], b) == 0 && load_relaxed(other) == offset(b));
    check((load_relaxed(&b->state) & 3) == SLUICE_WAITER_FREE && load_relaxed(damaged) == 0);
    free(s[0].base);
}

/* Nobody is left to be found on it; and that is so for good, whatever the holder takes back. */
static void list_that_cannot_be(bool behind)
{
    begin();
    struct sluice_waiter *a = hung(&s[1], EVENT), *b = hung(&s[2], EVENT);
    store_relaxed(behind ? &b->prev : &a->prev, behind ? 0 : offset(b));
    check(sluice__gate_lock(&s[0], gate) == 0);
    sluice__event_deliver(&s[0], gate, EVENT);
    sluice__gate_revert(&s[0]);
    check(load_relaxed(&list->head) == 0 && load_relaxed(&list->tail) == 0);
    check(!sluice__waiter_marked(a) && !sluice__waiter_marked(b));
    sluice__gate_unlock(&s[0], gate);
    check(word() == 0);
    finish(&s[0], behind ? "event: a first that the second does not know ends the list"
                         : "event: a first with somebody in front ends the list");
}

/* --- ready bits of a table that cannot be --------------------------------------------------------- */

/* A mark in a dead one's hand, finished: nothing but the mark itself is stored. */
static void marked_only(struct sluice_waiter *w)
{
    struct sluice_agent *dead = s[2].me;
    uint32_t was = load_relaxed(&w->state);
    uint8_t *before = malloc(BYTES);
    store_relaxed(&w->state, USES | SLUICE_WAITER_PENDING);
    store_relaxed(&dead->marked, USES | SLUICE_WAITER_PENDING);
    store_relaxed(&dead->marking, offset(w));
    memcpy(before, s[0].base, BYTES);
    check(sluice__event_finish_mark(&s[1], dead) && load_relaxed(&dead->marking) == 0);
    check(load_relaxed(&w->state) == (USES | SLUICE_WAITER_MARKED));
    store_relaxed(&w->state, USES | SLUICE_WAITER_PENDING);
    store_relaxed(&dead->marking, offset(w));
    check(memcmp(before, s[0].base, BYTES) == 0);
    /* ... by himself, who was pronounced dead: not even that it is finished */
    uint64_t life = load64_relaxed(&dead->life);
    store64_relaxed(&dead->life, life + SLUICE_LIFE_DEAD - SLUICE_LIFE_LIVE);
    check(sluice__event_finish_mark(&s[2], dead));
    check(load_relaxed(&dead->marking) == offset(w));
    store64_relaxed(&dead->life, life);
    store_relaxed(&dead->marking, 0);
    store_relaxed(&w->state, was);
    free(before);
}

static void owner_that_is_none(void)
{
    begin();
    struct sluice_waiter *w = new_waiter(&s[1]);
    uint32_t owner = load_relaxed(&w->owner);
    const uint32_t owners[] = {AGENTS << 16, 0xffffu << 16, owner | SLUICE_CHUNKS * SLUICE_CHUNK,
                               owner | 0xffe0};
    for (uint32_t i = 0; i < sizeof(owners) / sizeof(*owners); i++) {
        store_relaxed(&w->owner, owners[i]);
        marked_only(w);
    }
    /* at the region's start, where the first slot lies: its chunk would lie in front of what is anybody's */
    w = sluice__at(&s[0], sizeof(struct sluice_region));
    owner = load_relaxed(&w->owner);
    store_relaxed(&w->owner, 1);
    marked_only(w);
    store_relaxed(&w->owner, owner);
    finish(&s[0], "event: an owner or a place that cannot be gets no ready bit");
}

static void ready_in_no_chunk(void)
{
    begin();
    struct sluice_agent *me = s[1].me;
    uint32_t table = load_relaxed(&me->waiters);
    store_relaxed(&me->ready[5], 1u << 7); /* it has not so many chunks */
    check(sluice__ready_take(&s[1]) == UINT32_MAX && load_relaxed(&me->ready[5]) == 0);
    store_relaxed(&me->waiters, 4);
    store_relaxed(&me->ready[0], 1);
    check(sluice__ready_take(&s[1]) == UINT32_MAX);
    store_relaxed(&me->waiters, table);
    /* what stands behind the bits is no bit */
    check(sluice__gate_lock(&s[1], gate) == 0 && sluice__ready_take(&s[1]) == UINT32_MAX);
    check(load_relaxed(&me->locking) == sluice__offset(&s[1], gate));
    sluice__gate_unlock(&s[1], gate);
    finish(&s[0], "event: a ready bit of no chunk is nobody's");
}

int main(void)
{
    leaves_once();
    observer_leaves();
    seen_too_early();
    number_of_no_event();
    unknown_to_a_neighbour(false);
    unknown_to_a_neighbour(true);
    passed("event: who is unknown to a neighbour changes no link");
    list_that_cannot_be(false);
    list_that_cannot_be(true);
    owner_that_is_none();
    ready_in_no_chunk();
    return 0;
}
