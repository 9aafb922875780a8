/*
 * The port for one thread (the seam is core/port/fake's): each access is checked against what may be touched, counted, and
 * may find a peer that changes the word just before or just after it was read.
 */
#ifndef PORT_HOSTILE_H
#define PORT_HOSTILE_H

#include "prim/region.h"

#include <setjmp.h>

enum { NASTY = 10, NASTIER = 16, TOUCHED = 256, RESTLESS = 4 };

/* Behind a region lies more than an offset of 32 bits can reach. */
#define GUARD_BEFORE ((size_t)2 << 20)
#define GUARD_BEHIND ((size_t)8 << 30)

/* More than any call on a region of 32 KiB takes, however damaged. */
#define STEP_BUDGET 50000u

extern struct hostile_port {
    struct sluice *caller;
    uint8_t *base;
    uint32_t bytes; /* that may be touched: as told to sluice_attach() */
    uint32_t steps; /* of this call */
    uint32_t reads; /* words read since it was set to 0 */
    /* the peer */
    uint32_t strikes_at; /* which read; UINT32_MAX: never */
    bool strikes_after;
    uint32_t strikes_with; /* 0 to NASTY - 1 */
    /* words that a peer never leaves alone: each look at one finds its next value */
    struct restless {
        uint32_t at, value, step; /* at 0: none */
        uint32_t times;           /* then it rests; 0: never */
    } restless[RESTLESS];
    uint32_t restless_count;
    /* offsets of words touched last */
    uint32_t touched[TOUCHED];
    uint32_t touches;
    uint32_t most_steps; /* of any call so far */
    uint32_t damages;    /* words changed by the peer since it was set to 0 */
    jmp_buf out;         /* where failures go */
    char failure[160];
} port;

/* Memory between two areas that nobody may touch. */
uint8_t *port_new_region(uint32_t bytes);

/* A call of this agent begins: steps are counted from 0. */
void port_begin(struct sluice *caller);

/* Says what is wrong and leaves through port.out. */
_Noreturn void port_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What a hostile peer may write where `old` stands: `which` of NASTY, or of NASTIER, which need some bits more. */
uint32_t port_nasty(uint32_t which, uint32_t old, uint32_t bits);

uint32_t port_peek(uint32_t offset);
void port_poke(uint32_t offset, uint32_t value);

/* The same by the peer: counted where it changes something. */
void port_damage(uint32_t offset, uint32_t value);

#endif
