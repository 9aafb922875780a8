#include "agent.h"

#include "../prim/event.h"
#include "../prim/heap.h"
#include "../prim/table.h"
#include "handle.h"

#define LIFE(word) ((uint32_t)(word)&0xff)
#define WITH_LIFE(word, life) (((word) & ~(uint64_t)0xff) | (life))

static bool has_life(struct sluice *s, uint32_t slot, enum sluice_life life)
{
    return LIFE(load64_acquire(&sluice__agent(s, slot)->life)) == life;
}

/* The slot's new agent does it: who had it, or settles late though pronounced dead, may have stored here since. */
static void clean(struct sluice_agent *me)
{
    for (uint32_t i = 0; i < SLUICE_CHUNKS / 32; i++)
        store_relaxed(&me->ready[i], 0);
    store_relaxed(&me->locking, 0);
    store_relaxed(&me->marking, 0);
    store_relaxed(&me->logged, 0);
    store_relaxed(&me->bell, SLUICE_BELL_AWAKE);
}

int sluice__agent_attach(struct sluice *s, uint32_t owner, uint64_t started)
{
    for (uint32_t slot = 0; slot < s->agents; slot++) {
        struct sluice_agent *me = sluice__agent(s, slot);
        uint64_t life = load64_acquire(&me->life); /* [AG1-R] cleaned by whoever had it before */
        uint32_t incarnation = (uint32_t)(life >> 32) + 1;
        uint64_t mine = (uint64_t)incarnation << 32 | owner << 8 | SLUICE_LIFE_LIVE;
        if (LIFE(life) != SLUICE_LIFE_FREE || !cas64_acqrel(&me->life, life, mine))
            continue;
        clean(me);
        store64_release(&me->started, started);
        s->slot = slot;
        s->incarnation = incarnation;
        s->life = mine;
        s->me = me;
        return 0;
    }
    return -SLUICE_EMFILE;
}

bool sluice__agent_died(struct sluice *s, uint32_t slot, uint32_t incarnation)
{
    struct sluice_agent *agent = sluice__agent(s, slot);
    uint64_t life = load64_acquire(&agent->life);
    return (uint32_t)(life >> 32) == incarnation && LIFE(life) == SLUICE_LIFE_LIVE &&
           cas64_acqrel(&agent->life, life, WITH_LIFE(life, SLUICE_LIFE_DEAD));
}

int sluice__owner_died(struct sluice *s, uint32_t owner)
{
    int died = 0;
    for (uint32_t slot = 0; slot < s->agents; slot++) {
        uint64_t life = load64_acquire(&sluice__agent(s, slot)->life);
        if (((uint32_t)life >> 8) == owner)
            died += sluice__agent_died(s, slot, (uint32_t)(life >> 32));
    }
    return died;
}

/* Takes the right to repair; also from a repairer that is dead, or none. It guards no data of its own. */
static bool repair_begin(struct sluice *s)
{
    struct sluice_gate *gate = &sluice__region(s)->repair;
    uint64_t word;
    s->blocked_on = sluice__offset(s, gate);
    do {
        word = load64_acquire(&gate->word); /* [GT7-R] */
        uint32_t holder = (uint32_t)(word >> 16 & 0xffff) - 1;
        if (sluice__held(word) && !sluice__gate_orphan(s, word) &&
            !has_life(s, holder, SLUICE_LIFE_DEAD))
            return false;
        /* again where only a bit has changed: who set it sleeps, and counts on this one */
    } while (!cas64_acqrel(&gate->word, word,
                           (word & SLUICE__BITS) | sluice__mine(s))); /* [AG2-R] [GT7-W] */
    return true;
}

static void repair_end(struct sluice *s)
{
    sluice__gate_unlock(s, &sluice__region(s)->repair); /* [AG2-W] */
}

static bool end_waiters(struct sluice *s, struct sluice_agent *agent)
{
    struct sluice_chunk *c;
    for (uint32_t chunk = 0; (c = sluice__chunk(s, &agent->waiters, chunk)) != NULL; chunk++) {
        for (uint32_t i = 0; i < SLUICE_CHUNK && sluice__alive(s); i++) {
            if (sluice__event_remove(s, &c->records[i].waiter) == SLUICE__NOT_NOW)
                return false;
        }
    }
    return true;
}

static bool close_handles(struct sluice *s, struct sluice_agent *agent)
{
    struct sluice_chunk *c;
    for (uint32_t chunk = 0; (c = sluice__chunk(s, &agent->handles, chunk)) != NULL; chunk++) {
        for (uint32_t i = 0; i < SLUICE_CHUNK && sluice__alive(s); i++) {
            if (sluice__handle_settle(s, &c->records[i].handle) == SLUICE__NOT_NOW)
                return false;
        }
    }
    return true;
}

static bool in_table(struct sluice *s, const struct sluice_au32 *directory, uint32_t at)
{
    struct sluice_chunk *c;
    for (uint32_t chunk = 0; (c = sluice__chunk(s, directory, chunk)) != NULL; chunk++)
        if (at - sluice__offset(s, c) < sizeof(*c))
            return true;
    return false;
}

/* Whether that agent holds the lock that it names: without it marks nobody. The object stays as long as it does. */
static bool holds_one(struct sluice *s, uint32_t slot)
{
    struct sluice_agent *marker = sluice__agent(s, slot);
    uint32_t at = load_acquire(&marker->locking);
    if (!sluice__inside(s, at, sizeof(struct sluice_gate)))
        return false;
    struct sluice_gate *gate = sluice__at(s, at);
    uint64_t word = load64_acquire(&gate->word); /* [GT7-R] */
    return (uint32_t)(word >> 16 & 0xffff) == slot + 1 && !sluice__gate_orphan(s, word);
}

/*
 * Who marks a waiter sets its ready bits after the mark, though the mark alone frees it. So the table stays
 * as long as somebody's `marking` points into it. That word itself is told that it is awaited: the marker's object may be gone when it is
 * done. It takes no other of these waiters in hand: they are off their lists. Nobody waits at the locks in the region's head.
 */
static bool await_markers(struct sluice *s, struct sluice_agent *agent)
{
    for (uint32_t slot = 0; slot < s->agents; slot++) {
        struct sluice_agent *marker = sluice__agent(s, slot);
        uint32_t at = load_acquire(&marker->marking); /* [EV6-R] it may be awaited already */
        if (!in_table(s, &agent->waiters, at) || !holds_one(s, slot))
            continue;
        sluice__gate_announce(s, sluice__region(s)->wanting);
        cas_seq(&marker->marking, at, at | SLUICE__AWAITED);
        if (load_seq(&marker->marking) != (at | SLUICE__AWAITED)) /* [EV6-R] */
            continue;
        s->blocked_on = SLUICE__ANNOUNCED;
        return false;
    }
    return true;
}

/* Damage is left where it is: it must not stop the rest. */
static bool done(int n)
{
    return n != SLUICE__NOT_NOW;
}

/* All that an agent has in the region goes. False: again, then. */
static bool give_all_back(struct sluice *s, struct sluice_agent *agent)
{
    return done(sluice__heap_give(s, &agent->building)) && end_waiters(s, agent) &&
           close_handles(s, agent) && done(sluice__heap_give(s, &agent->building)) &&
           await_markers(s, agent) && done(sluice__table_drop(s, &agent->waiters)) &&
           done(sluice__table_drop(s, &agent->handles)) && done(sluice__heap_give(s, &agent->desk));
}

/* Leaves the slot that had that life to the next: once, for it may be another's by now. */
static void free_slot(struct sluice *s, uint32_t slot, uint64_t life)
{
    struct sluice_agent *agent = sluice__agent(s, slot);
    store64_relaxed(&agent->started, 0); /* the next one's owner shows first */
    cas64_acqrel(&agent->life, life, life >> 32 << 32 | SLUICE_LIFE_FREE); /* [AG1-W] */
}

/* Also those whose bell says RUNG already: the dead one may not have lived to wake them. */
static void ring_all(struct sluice *s)
{
    for (uint32_t slot = 0; slot < s->agents; slot++) {
        if (!has_life(s, slot, SLUICE_LIFE_LIVE))
            continue;
        sluice__bell_ring(s, slot);
        port_unpark(&sluice__agent(s, slot)->bell);
    }
}

static int settle(struct sluice *s, uint32_t slot)
{
    struct sluice_agent *dead = sluice__agent(s, slot);
    uint64_t life = load64_acquire(&dead->life);
    sluice__gate_recover(s, slot); /* again: it may have died since the others' locks were freed */
    if (!give_all_back(s, dead))
        return SLUICE__NOT_NOW;
    if (!sluice__alive(s))
        return -SLUICE_ESRCH; /* the slot may be another's by now */
    sluice__gate_retract(s, slot);
    ring_all(s);
    free_slot(s, slot, life);
    sluice__bell_ring(s, slot); /* should it live all the same, it is to know, */
    port_unpark(&dead->bell);   /* also where somebody did not live to wake it */
    return 0;
}

static int settle_all(struct sluice *s)
{
    int n = 0;
    /* every lock first: what one dead agent left may lie behind another's */
    for (uint32_t slot = 0; slot < s->agents; slot++)
        if (has_life(s, slot, SLUICE_LIFE_DEAD))
            sluice__gate_recover(s, slot);
    for (uint32_t slot = 0; slot < s->agents && n == 0; slot++)
        if (has_life(s, slot, SLUICE_LIFE_DEAD))
            n = settle(s, slot);
    return n;
}

/* A lock that is held is wanted as long as the right to repair is: then its object goes, with what the dead one had open. */
int sluice__agents_settle(struct sluice *s)
{
    int n;
    if (!repair_begin(s))
        return SLUICE__NOT_NOW;
    do
        n = settle_all(s);
    while (n == SLUICE__NOT_NOW && !sluice__gate_want(s));
    s->blocked_on = SLUICE__ANNOUNCED;
    repair_end(s);
    return n;
}

int sluice__agent_detach(struct sluice *s)
{
    if (!give_all_back(s, s->me))
        return SLUICE__NOT_NOW;
    if (sluice__alive(s)) {
        sluice__gate_retract(s, s->slot);
        free_slot(s, s->slot, s->life);
    }
    return 0;
}

bool sluice__agents_valid(struct sluice *s)
{
    for (uint32_t slot = 0; slot < s->agents; slot++) {
        struct sluice_agent *a = sluice__agent(s, slot);
        uint32_t life = LIFE(load64_acquire(&a->life));
        uint32_t at = life == SLUICE_LIFE_FREE ? 0 : load_relaxed(&a->locking); /* see clean() */
        uint32_t rest =
            at | load_relaxed(&a->marking) | load_relaxed(&a->logged) | load_relaxed(&a->building);
        uint32_t had =
            load_relaxed(&a->waiters) | load_relaxed(&a->handles) | load_relaxed(&a->desk);
        if (rest != 0 || life == SLUICE_LIFE_DEAD || (life == SLUICE_LIFE_FREE && had != 0))
            return false;
    }
    return sluice__gate_valid(s, &sluice__region(s)->repair);
}
