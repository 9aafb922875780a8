/* What the states share: requests, and what they open. */
#ifndef DOUBLE_FETCH_STATES_H
#define DOUBLE_FETCH_STATES_H

#include "double_fetch.h"

#include "prim/gate.h"
#include "reg/handle.h"

#include <string.h>

enum { BOTH = SLUICE_READ | SLUICE_WRITE, NEW = SLUICE_CREATE | BOTH };

static inline struct sluice_request of(uint32_t op, uint32_t handle, uint32_t length)
{
    static uint8_t bytes[8192];
    return (struct sluice_request){.op = op, .handle = handle, .bytes = bytes, .length = length};
}

static inline struct sluice_request named(uint32_t op, const char *name, uint32_t flags)
{
    struct sluice_request r = {.op = op, .name = name, .args = {flags, 0600}};
    r.name_length = (uint32_t)strlen(name);
    return r;
}

/* Opens for one: its handle. */
static inline bool opened(int who, struct sluice_request r)
{
    int n = r.op == SLUICE_OP_FIFO_OPEN ? waits(who, r) : request(who, r);
    world.more[who] = world.handle[who];
    world.handle[who] = (uint32_t)n;
    return n > 0;
}

static inline struct sluice_request sem(const char *name, uint32_t flags, uint32_t value)
{
    struct sluice_request r = named(SLUICE_OP_SEM_OPEN, name, flags);
    r.args[2] = value;
    return r;
}

static inline struct sluice_request queue(uint32_t flags)
{
    struct sluice_request r = named(SLUICE_OP_MQ_OPEN, "/q", flags);
    r.args[2] = 3;
    r.args[3] = 40;
    return r;
}

/* The object behind my handle. */
static inline struct sluice_object *object_of(uint32_t handle)
{
    return sluice__handle_object(&world.s[ME], sluice__handle_find(&world.s[ME], handle));
}

static inline bool used_before(void)
{
    return opened(ME, sem("", 0, 0)) && opened(OTHER, sem("", 0, 0));
}

/* Their tables are there before: the object is the last thing in the heap. */
static inline bool two_have(struct sluice_request r)
{
    return used_before() && opened(ME, r) && opened(OTHER, r);
}

static inline bool ticket_of(bool has)
{
    struct sluice_request r = of(SLUICE_OP_TICKET, world.handle[ME], 16);
    r.bytes = world.ticket;
    return has && request(ME, r) == 16;
}

static inline void open_ticket(void)
{
    struct sluice_request r = of(SLUICE_OP_OPEN_TICKET, 0, 16);
    r.bytes = world.ticket;
    request(OTHER, r);
}

#define OPERATION(name, call)                                                                      \
    static void name(void)                                                                         \
    {                                                                                              \
        call;                                                                                      \
    }

#define MINE(op, length) of(SLUICE_OP_##op, world.handle[ME], length)

#endif
