/* What the tests of gates and events share: a gate of their own, and agents at it. */
#ifndef GATE_WORLD_H
#define GATE_WORLD_H

#include "world.h"

static struct sluice s[SLUICE_AGENTS];
static struct bench *bench;
static struct sluice_gate *gate;

static inline void meet(void *base, uint32_t bytes, uint32_t agents)
{
    for (uint32_t i = 0; i < agents; i++)
        join(&s[i], base, bytes, i + 1);
    bench = new_bench(&s[0]);
    gate = &bench->gate;
}

static inline void done(const char *name)
{
    check(sluice__gate_valid(&s[0], gate));
    finish(&s[0], name);
}

static inline uint32_t word(uint32_t i)
{
    return load_relaxed(&bench->words[i]);
}

static inline uint64_t bits(void)
{
    return load64_relaxed(&gate->word) & SLUICE__BITS;
}

static inline struct sluice_waiter *hung(struct sluice *by, uint32_t event)
{
    struct sluice_waiter *w = new_waiter(by);
    check(sluice__event_hang(by, w, gate, event, SLUICE__LAST) == 0);
    return w;
}

#endif
