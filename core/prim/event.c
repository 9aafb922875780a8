#include "event.h"

#include "table.h"

static struct sluice_waiter *waiter_at(struct sluice *s, uint32_t offset)
{
    bool sound = sluice__inside(s, offset, sizeof(struct sluice_waiter));
    return sound ? sluice__at(s, offset) : NULL;
}

static struct sluice_gate *gate_at(struct sluice *s, uint32_t offset)
{
    bool sound = sluice__inside(s, offset, sizeof(struct sluice_gate));
    return sound ? sluice__at(s, offset) : NULL;
}

static bool listed(uint32_t state)
{
    return (state & 1) != 0; /* PENDING or GONE */
}

static uint32_t with_state(uint32_t word, enum sluice_waiter_state state)
{
    return (word & ~3u) | state;
}

static struct sluice_list *list_of(struct sluice_gate *gate, uint32_t event)
{
    struct sluice_event *e = &gate->events[event % SLUICE_EVENTS];
    return event & SLUICE_OBSERVER ? &e->observers : &e->waiters;
}

/* Links between two neighbours; 0 is the list's end. */
static void link_next(struct sluice *s, struct sluice_list *list, uint32_t prev, uint32_t next)
{
    struct sluice_waiter *p = waiter_at(s, prev);
    sluice__set(s, p ? &p->next : &list->head, next);
}

static void link_prev(struct sluice *s, struct sluice_list *list, uint32_t next, uint32_t prev)
{
    struct sluice_waiter *n = waiter_at(s, next);
    sluice__set(s, n ? &n->prev : &list->tail, prev);
}

/* False, and nothing done, when the neighbours do not know it: it never got onto the list, or the list is damaged. */
static bool unlink(struct sluice *s, struct sluice_list *list, struct sluice_waiter *w)
{
    uint32_t at = sluice__offset(s, w);
    uint32_t next = load_relaxed(&w->next), prev = load_relaxed(&w->prev);
    struct sluice_waiter *n = waiter_at(s, next), *p = waiter_at(s, prev);
    if (load_relaxed(p ? &p->next : &list->head) != at ||
        load_relaxed(n ? &n->prev : &list->tail) != at)
        return false;
    link_next(s, list, prev, next);
    link_prev(s, list, next, prev);
    return true;
}

static bool event_empty(struct sluice_event *e)
{
    return load_relaxed(&e->waiters.head) == 0 && load_relaxed(&e->observers.head) == 0;
}

static void clear_waits_if_empty(struct sluice *s, struct sluice_gate *gate, uint32_t event)
{
    event %= SLUICE_EVENTS;
    if (event_empty(&gate->events[event]))
        sluice__gate_clear(s, gate, SLUICE__WAITS(event));
}

int sluice__event_hang(struct sluice *s, struct sluice_waiter *w, struct sluice_gate *gate,
                       uint32_t event, enum sluice__place place)
{
    struct sluice_list *list = list_of(gate, event);
    uint32_t at = sluice__offset(s, w);
    int n = sluice__gate_lock(s, gate);
    if (n != 0)
        return n;
    uint32_t prev = place == SLUICE__LAST ? load_relaxed(&list->tail) : 0;
    uint32_t next = place == SLUICE__LAST ? 0 : load_relaxed(&list->head);
    sluice__put(s, &w->gate, sluice__offset(s, gate));
    sluice__put(s, &w->event, event);
    sluice__put(s, &w->next, next);
    sluice__put(s, &w->prev, prev);
    /* a new use count: a mark in a dead agent's hand cannot mean this wait */
    if (sluice__alive(s))
        store_release(&w->state, with_state(load_relaxed(&w->state) + 4, SLUICE_WAITER_PENDING));
    link_next(s, list, prev, at);
    link_prev(s, list, next, at);
    if (sluice__alive(s))
        or64_seq(&gate->word, SLUICE__WAITS(event % SLUICE_EVENTS)); /* [EV1-S] [EV8-S] */
    sluice__gate_unlock(s, gate);
    return 0;
}

static void free_record(struct sluice *s, struct sluice_waiter *w, uint32_t state)
{
    if (sluice__alive(s))
        store_release(&w->state, with_state(state, SLUICE_WAITER_FREE));
}

/* Takes it off its list, if it still is on one when the lock is ours. */
static int take_off(struct sluice *s, struct sluice_waiter *w, struct sluice_gate *gate,
                    uint32_t event)
{
    int n = sluice__gate_lock(s, gate);
    if (n != 0)
        return n;
    uint32_t state = load_acquire(&w->state);
    if (listed(state)) {
        unlink(s, list_of(gate, event), w);
        sluice__gate_commit(s);
        free_record(s, w, state);
        clear_waits_if_empty(s, gate, event);
    }
    sluice__gate_unlock(s, gate);
    return 0;
}

/* Who leaves without having used his turn leaves it to the next, even unmarked: he may have stood in its way. */
static void tell_next(struct sluice *s, struct sluice_gate *gate, uint32_t event)
{
    if (!(event & SLUICE_OBSERVER))
        sluice__event_notify(s, gate, event, load64_seq(&gate->word));
}

/* The next is told before the record is free: who dies between has told it twice, not never. */
int sluice__event_remove(struct sluice *s, struct sluice_waiter *w)
{
    struct sluice_gate *gate = gate_at(s, load_relaxed(&w->gate));
    uint32_t event = load_relaxed(&w->event), state = load_acquire(&w->state); /* [EV3-R] */
    if (gate == NULL || (state & 3) == SLUICE_WAITER_FREE)
        return 0;
    int n = listed(state) ? take_off(s, w, gate, event) : 0;
    if (n != 0)
        return n;
    tell_next(s, gate, event);
    if (sluice__waiter_marked(w))
        free_record(s, w, load_relaxed(&w->state));
    return 0;
}

bool sluice__event_end(struct sluice *s, struct sluice_waiter *w, bool used)
{
    uint32_t state = load_acquire(&w->state);
    struct sluice_gate *gate = gate_at(s, load_relaxed(&w->gate));
    if (used) {
        free_record(s, w, state);
        return true;
    }
    if (sluice__event_remove(s, w) == 0)
        return true;
    if (!cas_acqrel(&w->state, state, with_state(state, SLUICE_WAITER_GONE))) /* [EV3-W] */
        return sluice__event_remove(s, w) == 0; /* marked after all: needs no lock */
    tell_next(s, gate, load_relaxed(&w->event));
    return false;
}

void sluice__bell_ring(struct sluice *s, uint32_t slot)
{
    if (slot >= s->agents)
        return;
    struct sluice_agent *agent = sluice__agent(s, slot);
    if (xchg_seq(&agent->bell, SLUICE_BELL_RUNG) == SLUICE_BELL_ASLEEP) /* [EV4-W] */
        port_unpark(&agent->bell);
}

/* Sets its ready bit, then its chunk's, then rings: the owner looks in the opposite order [EV5-W]. */
static void make_ready(struct sluice *s, struct sluice_waiter *w)
{
    uint32_t owner = load_relaxed(&w->owner);
    uint32_t slot = owner >> 16, index = owner & 0xffff;
    uint32_t in_chunk = index % SLUICE_CHUNK, chunk = index / SLUICE_CHUNK;
    uint32_t at = sluice__offset(s, w - in_chunk);
    if (slot >= s->agents || chunk >= SLUICE_CHUNKS ||
        !sluice__inside(s, at - offsetof(struct sluice_chunk, records),
                        sizeof(struct sluice_chunk)))
        return;
    struct sluice_chunk *c = sluice__at(s, at - offsetof(struct sluice_chunk, records));
    or_seq(&c->ready, 1u << in_chunk);
    or_seq(&sluice__agent(s, slot)->ready[chunk / 32], 1u << chunk % 32);
    sluice__bell_ring(s, slot);
}

bool sluice__event_finish_mark(struct sluice *s, struct sluice_agent *agent)
{
    struct sluice_waiter *w = waiter_at(s, load_relaxed(&agent->marking) & ~SLUICE__AWAITED);
    bool gone = false;
    if (w != NULL) {
        uint32_t was = load_relaxed(&agent->marked);
        gone = !cas_acqrel(&w->state, with_state(was, SLUICE_WAITER_PENDING),
                           with_state(was, SLUICE_WAITER_MARKED)) && /* [EV2-W] */
               cas_acqrel(&w->state, with_state(was, SLUICE_WAITER_GONE),
                          with_state(was, SLUICE_WAITER_FREE)); /* [EV3-R] */
        if (!sluice__alive(s))
            return true; /* the settling does the rest; the table may be gone */
        if (!gone)
            make_ready(s, w);
    }
    if (xchg_seq(&agent->marking, 0) & SLUICE__AWAITED) /* [EV6-W] */
        sluice__gate_ring(s, sluice__region(s)->wanting);
    return !gone;
}

/*
 * Takes the first off a list and marks it. The unlinking is committed before the mark shows: the
 * waiter's agent may reuse the record at once. `marking` bridges the two for the settling.
 * Returns whether its agent still waited.
 */
static bool mark_first(struct sluice *s, struct sluice_list *list)
{
    struct sluice_waiter *w = waiter_at(s, load_relaxed(&list->head));
    /* damaged: nobody is left to be found on it; a first that has somebody in front would stay there */
    if (w == NULL || load_relaxed(&w->prev) != 0 || !unlink(s, list, w)) {
        sluice__set(s, &list->head, 0);
        sluice__set(s, &list->tail, 0);
        sluice__gate_commit(s);
        return true;
    }
    sluice__set(s, &s->me->marked, load_relaxed(&w->state));
    sluice__set(s, &s->me->marking, sluice__offset(s, w));
    sluice__gate_commit(s);
    return sluice__event_finish_mark(s, s->me);
}

/* No list of a sound region is longer. */
static uint32_t most_waiters(struct sluice *s)
{
    return s->bytes / sizeof(struct sluice_waiter);
}

/* Whether the next round gets on: one pronounced dead takes nobody off a list. */
static bool goes_on(struct sluice *s, uint32_t head, uint32_t left)
{
    return head != 0 && left > 0 && sluice__alive(s);
}

void sluice__event_deliver(struct sluice *s, struct sluice_gate *gate, uint32_t event)
{
    struct sluice_event *e = &gate->events[event];
    for (uint32_t left = most_waiters(s); goes_on(s, load_relaxed(&e->observers.head), left);
         left--)
        mark_first(s, &e->observers);
    for (uint32_t left = most_waiters(s); goes_on(s, load_relaxed(&e->waiters.head), left); left--)
        if (mark_first(s, &e->waiters))
            break;
    clear_waits_if_empty(s, gate, event);
}

void sluice__event_deliver_all(struct sluice *s, struct sluice_gate *gate, uint32_t event)
{
    struct sluice_event *e = &gate->events[event];
    for (uint32_t left = most_waiters(s); goes_on(s, !event_empty(e), left); left--)
        sluice__event_deliver(s, gate, event);
    clear_waits_if_empty(s, gate, event);
}

void sluice__event_notify(struct sluice *s, struct sluice_gate *gate, uint32_t event, uint64_t word)
{
    event %= SLUICE_EVENTS;
    while (word & SLUICE__WAITS(event) && sluice__alive(s)) {
        if (!sluice__held(word)) {
            store_release(&s->me->locking, sluice__offset(s, gate));       /* [GT1-W] */
            if (cas64_acqrel(&gate->word, word, word | sluice__mine(s))) { /* [GT2-R] [GT7-W] */
                if (sluice__gate_entered(s, gate) == 0) {
                    sluice__event_deliver(s, gate, event);
                    sluice__gate_unlock(s, gate);
                }
                return;
            }
            store_relaxed(&s->me->locking, 0);
        } else if (cas64_acqrel(&gate->word, word, word | SLUICE__NOTE(event))) /* [GT5-W] */
            return;
        word = load64_seq(&gate->word);
    }
}

void sluice__event_notify_all(struct sluice *s, struct sluice_gate *gate)
{
    if (!sluice__alive(s)) /* something else may lie there */
        return;
    uint64_t word = add64_seq(&gate->word, 0); /* [EV8-P] */
    for (uint32_t event = 0; event < SLUICE_EVENTS; event++)
        sluice__event_notify(s, gate, event, word);
}

int sluice__object_damaged(struct sluice *s, struct sluice_object *object)
{
    store_relaxed(&object->damaged, 1);
    sluice__event_notify_all(s, &object->gate);
    return -SLUICE_EUCLEAN;
}

void sluice__bell_answer(struct sluice *s)
{
    xchg_seq(&s->me->bell, SLUICE_BELL_AWAKE); /* [EV4-R] */
    sluice__gate_retract(s, s->slot);
}

bool sluice__bell_arm(struct sluice *s)
{
    return cas_seq(&s->me->bell, SLUICE_BELL_AWAKE, SLUICE_BELL_ASLEEP);
}

uint32_t sluice__ready_take(struct sluice *s)
{
    while (s->ready_bits == 0) {
        uint32_t word = 0, i;
        for (i = 0; i < SLUICE_CHUNKS / 32 && word == 0; i++)
            word = load_relaxed(&s->me->ready[i]);
        if (word == 0)
            return UINT32_MAX;
        uint32_t bit = (uint32_t)__builtin_ctz(word);
        s->ready_chunk = (i - 1) * 32 + bit;
        and_seq(&s->me->ready[i - 1],
                ~(1u << bit)); /* [EV5-R] the chunk's bit before its waiters' */
        struct sluice_chunk *chunk = sluice__chunk(s, &s->me->waiters, s->ready_chunk);
        s->ready_bits = chunk ? xchg_seq(&chunk->ready, 0) : 0;
    }
    uint32_t bit = (uint32_t)__builtin_ctz(s->ready_bits);
    s->ready_bits &= s->ready_bits - 1;
    return s->ready_chunk * SLUICE_CHUNK + bit;
}

static bool list_valid(struct sluice *s, struct sluice_list *list)
{
    uint32_t prev = 0, at = load_relaxed(&list->head);
    while (at != 0) {
        struct sluice_waiter *w = waiter_at(s, at);
        if (w == NULL || load_relaxed(&w->prev) != prev || /* so it is no circle */
            !listed(load_relaxed(&w->state)))
            return false;
        prev = at;
        at = load_relaxed(&w->next);
    }
    return load_relaxed(&list->tail) == prev;
}

bool sluice__gate_valid(struct sluice *s, struct sluice_gate *gate)
{
    uint64_t word = load64_acquire(&gate->word);
    for (uint32_t i = 0; i < SLUICE_EVENTS; i++) {
        struct sluice_event *e = &gate->events[i];
        if (!list_valid(s, &e->waiters) || !list_valid(s, &e->observers) ||
            (!event_empty(e) && !(word & SLUICE__WAITS(i))))
            return false;
    }
    return !sluice__held(word) && !(word & SLUICE__ALL_NOTES);
}
