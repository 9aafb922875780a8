/* From requests of the core to operations of a history. */
#ifndef LINEAR_RECORD_H
#define LINEAR_RECORD_H

#include "linear.h"

#include "prim/region.h"

/* One unit of a pipe (linear.h). */
enum { LINEAR_UNIT_BYTES = SLUICE_PIPE_BUF / LINEAR_PIPE_UNITS };

/*
 * Before the call: what is asked. Two requests tell more than the core needs: RING_COMMIT has in `bytes` what was
 * written into the room, CLOSE of a pipe or ring in `args[0]` the ends that it closes.
 */
void linear_asked(struct linear_op *, uint32_t agent, const struct sluice_request *);

/* After it: what came of it. Whom a name's open got is asked of the object, whose value nobody changes. */
void linear_answered(struct linear_op *, struct sluice *, const struct sluice_request *, int n);

#endif
