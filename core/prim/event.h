/*
 * Events: who waits, in order, and the bells on which agents sleep.
 *
 *   agent that waits                         agent that makes it possible
 *   attempt: would wait
 *   hang(waiter)       PENDING, listed       change the object
 *   attempt again      [EV1: announce, look] notify: WAITS in the gate's word? [EV1: publish, look]
 *   sleep on the bell                          take the first off the list, MARKED,
 *                                              set its ready bit, ring its agent's bell
 *   ready: attempt again -> done, or hang in front
 *
 * A mark is permission to try again, not the result: somebody else may be faster.
 * Whoever leaves without having used its turn tells the next, and whoever takes and leaves
 * something behind notifies again; so no wake-up is lost, though notes merge.
 *
 * Death (a) holding a gate: gate.h; a mark in hand is finished by the settling;
 * (b) between change and notify: the settling notifies every event of every object that
 * the dead one had open; (c) waiting: the settling ends its waiters.
 *
 * After Reed and Kanodia's eventcounts (CACM 22(2), 1979) and nsync's waiter queues; the
 * permission-not-result rule is that of Mesa monitors (Lampson and Redell, 1980).
 */
#ifndef SLUICE_PRIM_EVENT_H
#define SLUICE_PRIM_EVENT_H

#include "gate.h"

/* In `marking`: who is about to give the waiter's table back is rung when it is 0. */
#define SLUICE__AWAITED 1u

enum sluice__place { SLUICE__LAST, SLUICE__FIRST };

/*
 * Hangs a waiter on an event, in order; FIRST is for one that was marked and found nothing.
 * The caller then attempts again before it sleeps.
 *
 * event    index, with SLUICE_OBSERVER for who only looks
 * returns  0, or SLUICE__NOT_NOW or -EUCLEAN: the waiter is as before
 * Order    [EV1-S]
 */
int sluice__event_hang(struct sluice *s, struct sluice_waiter *w, struct sluice_gate *gate,
                       uint32_t event, enum sluice__place place);

static inline bool sluice__waiter_marked(const struct sluice_waiter *w)
{
    return (load_acquire(&w->state) & 3) == SLUICE_WAITER_MARKED; /* [EV2-R] */
}

/*
 * Takes a waiter off, wherever it stands. `used`: it was seen marked before the attempt that
 * succeeded; otherwise the next is told. Never waits.
 *
 * returns  true when the record is free; false when it still hangs, GONE: the next notification frees it,
 *          or its owner's sweep
 */
bool sluice__event_end(struct sluice *s, struct sluice_waiter *w, bool used);

/* The same for a dead agent's waiter, whose memory goes away: 0, or SLUICE__NOT_NOW or -EUCLEAN with nothing done. */
int sluice__event_remove(struct sluice *s, struct sluice_waiter *w);

/*
 * Marks every observer and the first waiter of an event. `word` is the gate's word as the caller
 * saw it after its change [EV1-P]: without a waiter this is the whole cost.
 */
void sluice__event_notify(struct sluice *s, struct sluice_gate *gate, uint32_t event,
                          uint64_t word);

/*
 * The same of every event, after a change that was no seq read-modify-write itself: an end opened or closed, damage, a death. Who
 * hangs later has acquired the change [EV8-P].
 */
void sluice__event_notify_all(struct sluice *s, struct sluice_gate *gate);

/* The same for the gate's holder, after its commit. */
void sluice__event_deliver(struct sluice *s, struct sluice_gate *gate, uint32_t event);

/*
 * Poisons an object and tells who waits there: the first of each event, who tells the next when he gives up. Who was pronounced dead
 * tells nobody: whoever comes next does.
 *
 * returns  -EUCLEAN
 */
int sluice__object_damaged(struct sluice *s, struct sluice_object *object);

/* Marks all. For the holder; costs O(waiters). */
void sluice__event_deliver_all(struct sluice *s, struct sluice_gate *gate, uint32_t event);

/* Completes the mark that an agent had in hand. False when its waiter was gone. */
bool sluice__event_finish_mark(struct sluice *s, struct sluice_agent *agent);

/* Wakes an agent, or makes its next sleep end at once. */
void sluice__bell_ring(struct sluice *s, uint32_t slot);

/* Starts a round: whatever rings from here on is seen by the next sleep. */
void sluice__bell_answer(struct sluice *s);

/* True when this agent may sleep on its bell while that is SLUICE_BELL_ASLEEP; false when it was rung, or had armed already. */
bool sluice__bell_arm(struct sluice *s);

/* The next waiter of this agent whose ready bit is set, maybe for nothing: its index, or UINT32_MAX. */
uint32_t sluice__ready_take(struct sluice *s);

/* Whether both lists of each event hang together (tests). */
bool sluice__gate_valid(struct sluice *s, struct sluice_gate *gate);

#endif
