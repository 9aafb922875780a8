/* What the specifications share. */
#ifndef LINEAR_SPECS_H
#define LINEAR_SPECS_H

#include "linear.h"

#include "sluice.h"

#include <stdio.h>
#include <stdlib.h>

/* The history holds more than a specification's state can. */
#define LINEAR_FITS(condition) ((condition) ? (void)0 : linear_too_large(#condition))

static inline void linear_too_large(const char *what)
{
    fprintf(stderr, "history beyond the checker: not %s\n", what);
    exit(2);
}

/* A specification's own view of struct linear_state. */
#define LINEAR_STATE __attribute__((may_alias))

/* It did what gives `n`: who died there never told. */
static inline bool gave(const struct linear_op *op, int32_t n)
{
    return op->lost || op->result == n;
}

/* It did nothing, and said so. Who died and did nothing is left out of the order. */
static inline bool refused(const struct linear_op *op, int32_t n)
{
    return !op->lost && op->result == n;
}

#endif
