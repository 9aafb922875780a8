/*
 * A gate: the lock of an object, and the events whose waiters it guards.
 *
 * The lock is held for a bounded number of steps and never across a wait. What
 * its holder changes goes through sluice__set(), which first notes the old
 * value in the holder's journal: whoever settles a dead holder takes its stores back,
 * so that a critical section happens wholly or not at all, at whichever store it died.
 *
 * A notification never waits for the lock: where it is held, it leaves a note in
 * the lock's word, and the unlock, a read-modify-write of the same word, delivers it.
 * Who must wait for the lock itself leaves SLUICE__CONTENDED there, and its bit in `wanting`.
 *
 * Death (a) holding: taken back by sluice__gate_recover(), then every waiter is marked;
 * (b) there is no claim; (c) waiting: see event.h.
 */
#ifndef SLUICE_PRIM_GATE_H
#define SLUICE_PRIM_GATE_H

#include "region.h"

/* Bits of the word. */
#define SLUICE__WAITS(event) (1u << (event))      /* the event has somebody on a list */
#define SLUICE__NOTE(event) (1u << (4 + (event))) /* notify the event at the unlock */
#define SLUICE__CONTENDED (1u << 8)               /* somebody waits for the lock */
#define SLUICE__SPOILT (1u << 9)                  /* one pronounced dead has stored here since */
#define SLUICE__ALL_WAITS 0x00fu
#define SLUICE__ALL_NOTES 0x0f0u
#define SLUICE__KEPT (SLUICE__ALL_WAITS | SLUICE__SPOILT) /* by an unlock */
#define SLUICE__BITS 0xffffu

static inline bool sluice__held(uint64_t word)
{
    return (word & 0xffff0000u) != 0;
}

/* The owner part of a gate's word that this agent holds. */
static inline uint64_t sluice__mine(const struct sluice *s)
{
    return (uint64_t)s->incarnation << 32 | (s->slot + 1) << 16;
}

/*
 * Takes the lock. Returns 0; SLUICE__NOT_NOW where it stayed held for s->lock_tries looks; -EUCLEAN where nobody who
 * could free it holds it; an error of sluice__gate_entered().
 */
int sluice__gate_lock(struct sluice *s, struct sluice_gate *gate);

/*
 * After the compare-and-swap that took it: 0. Where it gives an error the lock is free again: -ESRCH: this agent was
 * pronounced dead; -EUCLEAN: one that was has stored into what the lock guards, all who waited are told.
 */
int sluice__gate_entered(struct sluice *s, struct sluice_gate *gate);

/*
 * Whether no agent that is attached, or dead and not yet settled, holds a lock whose word that is: the slot does not exist, is
 * free, or somebody else's. A settling frees the locks before the slot [AG1-W]: where the word is still the same afterwards,
 * it is damaged. Who asks has acquired the word [GT7-R].
 */
bool sluice__gate_orphan(struct sluice *s, uint64_t word);

/* Stores `value` so that the settling can take it back. Only while this agent holds a gate. */
void sluice__set(struct sluice *s, struct sluice_au32 *word, uint32_t value);

/* What was set since the lock was taken, or since the last commit, stays. */
void sluice__gate_commit(struct sluice *s);

/* What was set since then is taken back: the holder met damage. */
void sluice__gate_revert(struct sluice *s);

/* Clears bits of the word while this agent holds the lock: those of whoever took it over stay. */
void sluice__gate_clear(struct sluice *s, struct sluice_gate *gate, uint32_t bits);

/* Commits, delivers the notes that others left, frees the lock, rings those who want it. */
void sluice__gate_unlock(struct sluice *s, struct sluice_gate *gate);

/* The same, and marks who waits for those events (a mask of SLUICE__WAITS), which the holder has made possible. */
void sluice__gate_unlock_telling(struct sluice *s, struct sluice_gate *gate, uint32_t events);

/*
 * After "not now": announces that this agent waits for that lock, to be rung when it is freed.
 * False when it is free by now: try again at once.
 */
bool sluice__gate_want(struct sluice *s);

/*
 * This agent is to be rung by the next sluice__gate_ring() of those words, `wanting` or `repairing`: which rings at most 256, and only
 * after contention. Whoever has that slot waits for nothing any more: retracted.
 */
void sluice__gate_announce(struct sluice *s, struct sluice_au32 *waiting);
void sluice__gate_ring(struct sluice *s, struct sluice_au32 *waiting);
void sluice__gate_retract(struct sluice *s, uint32_t slot);

/* In `blocked_on`: what it waits for is no lock, and knows of it. */
#define SLUICE__ANNOUNCED 0u

/*
 * Settles the critical section in which `dead` died, if it did: takes its stores back, marks
 * all who wait at the gate, frees the lock. The caller holds the right to repair. May be
 * run again after a repairer's own death.
 */
void sluice__gate_recover(struct sluice *s, uint32_t dead);

#endif
