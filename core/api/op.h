/*
 * One attempt of each request, and where it waits when the answer is -EAGAIN.
 */
#ifndef SLUICE_API_OP_H
#define SLUICE_API_OP_H

#include "../prim/region.h"

struct sluice__place_to_wait {
    struct sluice_gate *gate; /* NULL: this request does not wait */
    uint32_t event;
};

/* The result or -errno; -EAGAIN where it would wait; SLUICE__NOT_NOW where a lock was held. */
int sluice__op_attempt(struct sluice *s, struct sluice_request *request);

struct sluice__place_to_wait sluice__op_waits(struct sluice *s, struct sluice_request *request);

#endif
