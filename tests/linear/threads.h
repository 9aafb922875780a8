/* What the threads' rounds (threads.c) and the objects' steps (threads_steps.c) share. */
#ifndef LINEAR_THREADS_H
#define LINEAR_THREADS_H

#include "record.h"

#include "sluice.h"

enum { BYTES = 256 << 10, MOST = 4, STEPS = 24, ROOM = 16 * LINEAR_UNIT_BYTES, CLAIMS = 2 };

struct member {
    struct sluice s;
    uint32_t number, seed, handle, made; /* made: contents so far, each another */
    bool closed;
    uint32_t claims, claim[CLAIMS][2]; /* of this side: number, place in the region */
    uint32_t count;
    struct linear_op ops[STEPS];
    uint8_t bytes[ROOM];
};

struct kind {
    const char *name;
    const struct linear_spec *spec;
    uint32_t params[LINEAR_PARAMS], members, steps;
    void (*open)(struct member *);
    void (*step)(struct member *);
};

extern const struct kind linear_kinds[];
extern const uint32_t linear_kinds_count;
extern uint8_t linear_region[BYTES];
extern const struct kind *linear_kind; /* the one that is played */
extern struct sluice_au32 linear_clock;

/* Ends the program unless it is so. */
void linear_must(bool good, const char *what);

#endif
