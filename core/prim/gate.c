#include "gate.h"

#include "event.h"

static uint64_t owner_part(uint64_t word)
{
    return word & ~(uint64_t)SLUICE__BITS;
}

bool sluice__gate_orphan(struct sluice *s, uint64_t word)
{
    uint32_t slot = (uint32_t)(word >> 16 & 0xffff) - 1;
    uint64_t life =
        slot < s->agents ? load64_acquire(&sluice__agent(s, slot)->life) : 0; /* [AG1-R] */
    return (life & 0xff) == SLUICE_LIFE_FREE || life >> 32 != word >> 32;
}

/*
 * Of a lock that stayed held: never by this agent itself, who holds one at a time. The word comes first: the holder's slot is not to
 * look as it did before he came.
 */
static bool held_by_nobody(struct sluice *s, struct sluice_gate *gate)
{
    uint64_t word = load64_acquire(&gate->word); /* [GT7-R] */
    bool nobody = owner_part(word) == sluice__mine(s) || sluice__gate_orphan(s, word);
    return nobody && sluice__held(word) &&
           owner_part(load64_relaxed(&gate->word)) == owner_part(word);
}

/* Of the bits of a lock that this agent holds, those stay: whoever took it over keeps all. Returns what the word was. */
static uint64_t keep(struct sluice *s, struct sluice_gate *gate, uint64_t bits)
{
    uint64_t word;
    do
        word = load64_relaxed(&gate->word);
    while (owner_part(word) == sluice__mine(s) &&
           !cas64_acqrel(&gate->word, word, word & bits)); /* [GT2-W] [GT5-R] */
    return word;
}

void sluice__gate_clear(struct sluice *s, struct sluice_gate *gate, uint32_t bits)
{
    keep(s, gate, ~(uint64_t)bits);
}

void sluice__gate_ring(struct sluice *s, struct sluice_au32 *waiting)
{
    for (uint32_t i = 0; i < SLUICE_AGENTS / 32; i++) {
        uint32_t bits = load_seq(&waiting[i]); /* [GT6-R] */
        for (; bits != 0; bits &= bits - 1)
            sluice__bell_ring(s, i * 32 + (uint32_t)__builtin_ctz(bits));
    }
}

/*
 * Who waits for the right to repair is not rung with those who want a lock, nor they with him: two who settle behind one lock
 * would ring each other for as long as it is held.
 */
static struct sluice_au32 *waiting_for(struct sluice *s, struct sluice_gate *gate)
{
    struct sluice_region *region = sluice__region(s);
    return gate == &region->repair ? region->repairing : region->wanting;
}

/* Frees it; where it is not this agent's any more it was taken over. Notes stay, for whoever comes next. */
static void free_late(struct sluice *s, struct sluice_gate *gate)
{
    if (keep(s, gate, SLUICE__BITS & ~SLUICE__CONTENDED) & SLUICE__CONTENDED)
        sluice__gate_ring(s, sluice__region(s)->wanting);
}

static void mark_all(struct sluice *s, struct sluice_gate *gate)
{
    for (uint32_t event = 0; event < SLUICE_EVENTS; event++)
        sluice__event_deliver_all(s, gate, event);
}

int sluice__gate_entered(struct sluice *s, struct sluice_gate *gate)
{
    if (!sluice__alive(s)) {
        free_late(s, gate);
        return -SLUICE_ESRCH;
    }
    if (!(load64_relaxed(&gate->word) & SLUICE__SPOILT))
        return 0;
    mark_all(s, gate);
    sluice__gate_unlock(s, gate);
    return -SLUICE_EUCLEAN;
}

/*
 * In moments, between two looks at a held lock: time for several short operations of who has it, whose lines of memory
 * are with it then. Two who take turns with each single one move all of those lines each time.
 */
enum { LONGEST_PAUSE = 64 };

int sluice__gate_lock(struct sluice *s, struct sluice_gate *gate)
{
    if (!sluice__alive(s))
        return -SLUICE_ESRCH; /* its last lock is for the settling to find */
    /* [GT1-W] before the lock can be ours, the settling knows where to look */
    store_release(&s->me->locking, sluice__offset(s, gate));
    for (uint32_t i = 0, moments = 1; i < s->lock_tries; i++) {
        uint64_t word = load64_relaxed(&gate->word);
        if (sluice__held(word)) {
            port_pause(moments);
            moments = moments < LONGEST_PAUSE ? moments * 2 : LONGEST_PAUSE;
        } else if (cas64_acqrel(&gate->word, word, word | sluice__mine(s))) { /* [GT2-R] [GT7-W] */
            return sluice__gate_entered(s, gate);
        }
    }
    store_relaxed(&s->me->locking, 0);
    s->blocked_on = sluice__offset(s, gate);
    return held_by_nobody(s, gate) ? -SLUICE_EUCLEAN : SLUICE__NOT_NOW;
}

void sluice__set(struct sluice *s, struct sluice_au32 *word, uint32_t value)
{
    if (!sluice__alive(s))
        return; /* its journal is for the settling to read */
    uint32_t n = s->logged++;
    s->wrote = true;
    uint64_t entry = (uint64_t)sluice__offset(s, word) << 32 | load_relaxed(word);
    store64_relaxed(&s->me->journal[n], entry);
    store_release(&s->me->logged, n + 1); /* [GT3-W] the entry before its count ... */
    if (sluice__alive(s))                 /* what nobody would take back any more is not stored */
        store_release(word, value);       /* ... and both before the store that they undo */
}

void sluice__gate_commit(struct sluice *s)
{
    if (!sluice__alive(s))
        return;
    s->logged = 0;
    store_release(&s->me->logged, 0); /* [GT4-W] all stores before the journal forgets them */
}

/* Takes back what an agent stored since its last commit, if anything: newest first, as often as need be. */
static bool undo(struct sluice *s, struct sluice_agent *agent)
{
    uint32_t n = load_acquire(&agent->logged); /* [GT3-R] [GT4-R] */
    if (n > SLUICE_JOURNAL)
        n = 0;
    bool some = n != 0;
    while (n-- > 0 && sluice__alive(s)) {
        uint64_t entry = load64_relaxed(&agent->journal[n]);
        uint32_t offset = (uint32_t)(entry >> 32);
        if ((offset & 3) == 0 && offset <= s->bytes - 4)
            store_relaxed(sluice__at(s, offset), (uint32_t)entry);
    }
    if (sluice__alive(s))
        store_release(&agent->logged, 0); /* [GT4-W] */
    return some;
}

void sluice__gate_revert(struct sluice *s)
{
    undo(s, s->me);
    s->logged = 0;
}

/*
 * Whether the lock whose word that is may be used and freed by this agent. One pronounced dead leaves it to the
 * settling; where that was here already, what it has stored since lies in others' hands: who comes next is told. So he is where its last store
 * may have come after the settling took it back.
 */
static bool holds(struct sluice *s, struct sluice_gate *gate, uint64_t word)
{
    bool its = owner_part(word) == sluice__mine(s), lives = sluice__alive(s);
    if (!its || (!lives && s->wrote))
        or64_seq(&gate->word, SLUICE__SPOILT); /* [GT2-W] */
    s->logged = 0;
    return its && lives;
}

void sluice__gate_unlock(struct sluice *s, struct sluice_gate *gate)
{
    uint64_t word;
    sluice__gate_commit(s);
    for (;;) {
        word = load64_relaxed(&gate->word);
        if (!holds(s, gate, word))
            return;
        if (word & SLUICE__ALL_NOTES) {
            uint32_t event = (uint32_t)__builtin_ctz((uint32_t)word & SLUICE__ALL_NOTES) - 4;
            sluice__gate_clear(s, gate, SLUICE__NOTE(event));
            sluice__event_deliver(s, gate, event);
        } else if (cas64_acqrel(&gate->word, word, word & SLUICE__KEPT)) /* [GT2-W] */
            break;
    }
    s->wrote = false;
    store_release(&s->me->locking, 0); /* [EV6-W] */
    if (word & SLUICE__CONTENDED)
        sluice__gate_ring(s, waiting_for(s, gate));
}

void sluice__gate_unlock_telling(struct sluice *s, struct sluice_gate *gate, uint32_t events)
{
    uint32_t waits = events & SLUICE__ALL_WAITS;
    sluice__gate_commit(s);
    /* nobody can hang meanwhile, and whoever hangs later sees the change [GT2-W] */
    uint64_t word = load64_relaxed(&gate->word);
    for (uint32_t bits = (uint32_t)word & waits; bits != 0 && sluice__alive(s); bits &= bits - 1)
        sluice__event_deliver(s, gate, (uint32_t)__builtin_ctz(bits));
    sluice__gate_unlock(s, gate);
}

/* [GT6-W] before the word says so that is looked at when the wait is over */
void sluice__gate_announce(struct sluice *s, struct sluice_au32 *waiting)
{
    or_seq(&waiting[s->slot / 32], 1u << s->slot % 32);
}

void sluice__gate_retract(struct sluice *s, uint32_t slot)
{
    struct sluice_region *region = sluice__region(s);
    struct sluice_au32 *waiting[] = {&region->wanting[slot / 32], &region->repairing[slot / 32]};
    for (int i = 0; i < 2; i++)
        if (load_relaxed(waiting[i]) & 1u << slot % 32)
            and_seq(waiting[i], ~(1u << slot % 32));
}

bool sluice__gate_want(struct sluice *s)
{
    struct sluice_gate *gate = sluice__at(s, s->blocked_on);
    if (s->blocked_on == SLUICE__ANNOUNCED)
        return true;
    sluice__gate_announce(s, waiting_for(s, gate));
    for (;;) {
        uint64_t word = load64_relaxed(&gate->word);
        if (!sluice__held(word))
            return false;
        if (cas64_acqrel(&gate->word, word, word | SLUICE__CONTENDED))
            return true;
    }
}

void sluice__gate_recover(struct sluice *s, uint32_t slot)
{
    struct sluice_agent *dead = sluice__agent(s, slot);
    uint32_t at = load_acquire(&dead->locking); /* [GT1-R] */
    uint64_t owner = load64_acquire(&dead->life) >> 32 << 32 | (uint64_t)(slot + 1) << 16;
    if (at == 0 || (at & 7) != 0 || at > s->bytes - sizeof(struct sluice_gate))
        return;
    struct sluice_gate *gate = sluice__at(s, at);
    if (owner_part(load64_acquire(&gate->word)) != owner)
        return;
    bool undone = undo(s, dead);
    sluice__event_finish_mark(s, dead);
    store_release(&s->me->locking, at); /* [GT1-W] */
    uint64_t word;
    do {
        word = load64_acquire(&gate->word); /* [GT2-R] */
        if (!sluice__alive(s)) {
            /* its last store may lie in another's hands */
            or64_seq(&gate->word, SLUICE__SPOILT); /* [GT2-W] */
            return;
        }
        if (owner_part(word) != owner) {
            /* pronounced dead, it has freed its lock all the same; perhaps between what was taken back */
            if (undone)
                or64_seq(&gate->word, SLUICE__SPOILT); /* [GT2-W] */
            store_relaxed(&s->me->locking, 0);
            return;
        }
    } while (!cas64_acqrel(&gate->word, word,
                           (word & SLUICE__BITS) | sluice__mine(s))); /* [GT2-R] [GT7-W] */
    mark_all(s, gate);
    sluice__gate_unlock(s, gate);
}
