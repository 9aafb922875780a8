/* What the tests of rings share: requests, by name. */
#ifndef RING_WORLD_H
#define RING_WORLD_H

#include "world.h"

#include "obj/ring.h"
#include "prim/heap.h"
#include "prim/table.h"
#include "reg/agent.h"
#include "reg/handle.h"
#include "reg/name.h"

enum { BYTES = 1 << 20, BOTH = SLUICE_READ | SLUICE_WRITE };

static inline bool valid(struct sluice *s)
{
    return sluice__heap_valid(s) && sluice__names_valid(s) && sluice__agents_valid(s);
}

static inline uint32_t free_bytes(struct sluice *s)
{
    return load_relaxed(&sluice__region(s)->heap.free_bytes);
}

struct shape {
    uint32_t capacity, record, many;
};

static inline int open_as(struct sluice *s, const char *name, struct shape shape, uint32_t out[4])
{
    struct sluice_request r = request_of(SLUICE_OP_RING_OPEN, 0, name);
    r.args[0] = BOTH | SLUICE_CREATE;
    r.args[2] = shape.capacity;
    r.args[3] = shape.record;
    r.args[4] = shape.many;
    int n = wait_for(s, &r, PORT_FOREVER);
    memcpy(out, r.out, sizeof(r.out));
    return n;
}

static inline uint32_t open_ring(struct sluice *s, const char *name, struct shape shape)
{
    uint32_t out[4];
    int n = open_as(s, name, shape, out);
    check(n >= 0);
    return (uint32_t)n;
}

static inline struct sluice_ring *inside(struct sluice *s, uint32_t handle)
{
    return (struct sluice_ring *)sluice__handle_object(s, sluice__handle_find(s, handle));
}

static inline struct sluice_request moving(uint32_t op, uint32_t handle, void *bytes,
                                           uint32_t length)
{
    struct sluice_request r = request_of(op, handle, NULL);
    r.bytes = bytes;
    r.length = length;
    return r;
}

static inline int send(struct sluice *s, uint32_t handle, const void *bytes, uint32_t length)
{
    struct sluice_request r = moving(SLUICE_OP_RING_SEND, handle, (void *)(uintptr_t)bytes, length);
    return sluice_try(s, &r);
}

static inline int receive(struct sluice *s, uint32_t handle, void *bytes, uint32_t room)
{
    struct sluice_request r = moving(SLUICE_OP_RING_RECEIVE, handle, bytes, room);
    return sluice_try(s, &r);
}

static inline int send_many(struct sluice *s, uint32_t handle, void *bytes, uint32_t length)
{
    struct sluice_request r = moving(SLUICE_OP_RING_SEND_MANY, handle, bytes, length);
    return sluice_try(s, &r);
}

static inline int receive_many(struct sluice *s, uint32_t handle, uint32_t most, void *bytes,
                               uint32_t room, uint32_t *used)
{
    struct sluice_request r = moving(SLUICE_OP_RING_RECEIVE_MANY, handle, bytes, room);
    r.args[0] = most;
    int n = sluice_try(s, &r);
    *used = r.out[0];
    return n;
}

static inline int claim(struct sluice *s, uint32_t handle, uint32_t length, uint8_t **bytes)
{
    struct sluice_request r = request_of(SLUICE_OP_RING_CLAIM, handle, NULL);
    r.args[0] = length;
    int n = sluice_try(s, &r);
    check(n < 0 || r.out[1] == length);
    *bytes = n < 0 ? NULL : s->base + r.out[0];
    return n;
}

static inline int peek(struct sluice *s, uint32_t handle, uint8_t **bytes, uint32_t *length)
{
    struct sluice_request r = request_of(SLUICE_OP_RING_PEEK, handle, NULL);
    int n = sluice_try(s, &r);
    *bytes = n < 0 ? NULL : s->base + r.out[0];
    *length = r.out[1];
    return n;
}

static inline int end(struct sluice *s, uint32_t op, uint32_t handle, int number, uint32_t length)
{
    struct sluice_request r = request_of(op, handle, NULL);
    r.args[0] = (uint32_t)number;
    r.args[1] = length;
    return sluice_try(s, &r);
}

static inline int commit(struct sluice *s, uint32_t handle, int number, uint32_t length)
{
    return end(s, SLUICE_OP_RING_COMMIT, handle, number, length);
}

static inline int abort_claim(struct sluice *s, uint32_t handle, int number)
{
    return end(s, SLUICE_OP_RING_ABORT, handle, number, 0);
}

static inline int release(struct sluice *s, uint32_t handle, int number)
{
    return end(s, SLUICE_OP_RING_RELEASE, handle, number, 0);
}

static inline uint32_t records(struct sluice *s, uint32_t handle)
{
    struct sluice_request r = request_of(SLUICE_OP_RING_ATTRIBUTES, handle, NULL);
    struct sluice_ring *ring = inside(s, handle);
    check(sluice_try(s, &r) == 0 && (r.out[2] != 0) == (r.out[3] != 0));
    check(r.out[0] == load_relaxed(&ring->capacity_bytes) &&
          r.out[1] == load_relaxed(&ring->record_bytes));
    return r.out[2];
}

static inline void fill(uint8_t *bytes, uint32_t length, uint32_t seed)
{
    for (uint32_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)(seed * 7 + i * 31);
}

static const struct shape shapes[] = {{1024, 0, 0}, {1024, 60, 1}, {1024, 60, 2}, {1024, 60, 3}};
enum { SHAPES = 4 };

#endif
