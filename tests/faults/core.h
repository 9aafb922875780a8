/* States and operations of tests/faults/core.c; the rows stand in core_rows.c. */
#ifndef FAULTS_CORE_H
#define FAULTS_CORE_H

#include "prim/event.h"
#include "prim/heap.h"
#include "prim/table.h"
#include "reg/agent.h"
#include "reg/name.h"
#include "sluice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES = 128 << 10, VICTIM = 0, OTHER, OBSERVER, AGENTS };

/* Everything that a call changes: copied back before each. */
struct world {
    _Alignas(64) uint8_t region[BYTES];
    struct sluice agent[AGENTS];
    struct sluice_request wait[AGENTS];
    uint32_t handle[AGENTS];
    uint8_t bytes[64];
    uint32_t ticket, claim;
};
extern struct world *const the_world;

struct row {
    const char *name;
    void (*state)(void);
    struct sluice_request (*ask)(void);
};
extern const struct row rows[];

void failed(const char *file, int line, const char *condition);
#define check(condition) ((condition) ? (void)0 : failed(__FILE__, __LINE__, #condition))

static inline struct sluice_request request(uint32_t op, uint32_t handle)
{
    return (struct sluice_request){.op = op, .handle = handle};
}

#endif
