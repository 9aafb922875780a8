/*
 * Is there an order of these operations, each at one moment between its call and its return, in which the
 * object does what its specification says? (Herlihy and Wing's linearizability; the search is Wing and Gong's,
 * with Lowe's memory of what was seen.) One history, one object.
 */
#ifndef LINEAR_H
#define LINEAR_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { LINEAR_OPS = 64, LINEAR_VALUES = 16, LINEAR_PARAMS = 3, LINEAR_WORDS = 64 };
#define LINEAR_NEVER UINT32_MAX
enum { LINEAR_PIPE_UNITS = 8 }; /* SLUICE_PIPE_BUF, in the units of pipes (specs_bytes.c) */

/* What `arg` and `values` mean stands with each specification, in specs.c. */
struct linear_op {
    uint32_t agent;
    uint32_t op; /* SLUICE_OP_* */
    uint32_t arg;
    int32_t result; /* of the call: >= 0 or -errno */
    uint32_t begin, end;
    bool
        lost; /* its agent died in it: it took effect by `end`, or never, and its result is unknown */
    uint32_t count; /* of values */
    uint32_t values[LINEAR_VALUES];
};

/* An object's state: copied, compared and hashed as it is, so what is unused is 0. */
struct linear_state {
    uint32_t word[LINEAR_WORDS];
};

struct linear_spec {
    const char *name;
    void (*start)(struct linear_state *, const uint32_t params[LINEAR_PARAMS]);

    /* Takes one step. False: from this state it would not have answered so. `late`: it may have met what `may_hinder`. */
    bool (*apply)(struct linear_state *, const struct linear_op *, bool late);

    /*
     * May `other`, which overlaps it in time, be why this one answered "not now" or moved less than it could?
     * Either it holds a lock that this one needs, or what it gives back shows later than its own effect.
     */
    bool (*may_hinder)(const struct linear_op *, const struct linear_op *other);
};

extern const struct linear_spec linear_semaphore, linear_queue, linear_names;
extern const struct linear_spec linear_pipe, linear_ring_bytes, linear_ring_cells;

struct linear_history {
    const struct linear_spec *spec;
    uint32_t params[LINEAR_PARAMS];
    uint32_t count;
    struct linear_op ops[LINEAR_OPS];
};

/* Whether it is linearizable. What timed out or was cancelled must have had no effect. */
bool linear_check(const struct linear_history *);

/* Pairs of operations that overlapped in time: without any, nothing was shown. */
unsigned linear_overlaps(const struct linear_history *);

/* As text, one operation a line, and back: false at the end of the file. Text that is no history ends the program. */
void linear_print(FILE *, const struct linear_history *);
bool linear_read(FILE *, struct linear_history *);

#endif
