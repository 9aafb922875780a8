/* Waiting on JavaScript's own thread. */
#ifndef SLUICE_NATIVE_BLOCK_H
#define SLUICE_NATIVE_BLOCK_H

#include "request.h"

/* The reply; -ETIMEDOUT when `ms` have passed, Infinity for never. */
int native_block(struct env *env, const struct row *row, struct request *request, double ms);

/* Only the blocking part: what the row's `wait` gives. */
int native_block_until(struct env *env, const struct row *row, struct object *object,
                       struct request *request, int64_t deadline_ns);

/* One try that never waits: the reply. */
int native_attempt(struct env *env, const struct row *row, struct request *request);

#endif
