/*
 * Agents: who is attached, and what is undone when one dies.
 *
 * A slot's `life` holds incarnation, owner and state in one word, so that whoever finds a
 * slot taken also finds whose end proves its death. The settling of a dead agent runs
 * under the right to repair (one repairer at a time; a dead repairer's right is taken over), and each
 * of its steps may be run again:
 *   1. the critical section it died in is taken back, all who wait there are marked;
 *   2. a block that belonged to nobody else is given back;
 *   3. its waiters are ended, their marks passed on;
 *   4. each of its handles: every event of the object notified, then closed as close(2) would;
 *   5. its tables and its desk are given back;
 *   6. every live agent is rung (the dead one may have freed a lock and not yet said so);
 *   7. the slot is free, with the next incarnation to come.
 */
#ifndef SLUICE_REG_AGENT_H
#define SLUICE_REG_AGENT_H

#include "../prim/region.h"

/*
 * Takes a slot for this agent; `s` was opened by sluice__region_open().
 *
 * owner    1 to SLUICE_OWNER_MAX: what sluice__agent_died() will be told; `started` its start time or 0
 * returns  0; -EMFILE: all slots are taken
 */
int sluice__agent_attach(struct sluice *s, uint32_t owner, uint64_t started);

/* Closes all handles, ends all waiters, gives the slot back. 0, or SLUICE__NOT_NOW: again, then. */
int sluice__agent_detach(struct sluice *s);

/* Proof of death of one agent. True when it was alive until now. */
bool sluice__agent_died(struct sluice *s, uint32_t slot, uint32_t incarnation);

/* Proof of death of all agents of an owner. How many were alive until now. */
int sluice__owner_died(struct sluice *s, uint32_t owner);

/* Settles all who are dead. 0; SLUICE__NOT_NOW: again after the next ring; -ESRCH: this agent was pronounced dead itself. */
int sluice__agents_settle(struct sluice *s);

/* Whether nobody is dead and unsettled, and free slots are clean (tests). */
bool sluice__agents_valid(struct sluice *s);

#endif
