/*
 * A region: one block of shared memory, and one agent's private view of it.
 *
 * Death (a) holding: nothing is held here; (b) between claim and commit: a block in
 * `building` is given back by the settling; (c) waiting: see event.h.
 */
#ifndef SLUICE_PRIM_REGION_H
#define SLUICE_PRIM_REGION_H

#include "../include/sluice_abi.h"
#include "../port/port.h"

/* A handle that was found open not long ago. Whatever its agent closes it forgets; nobody else closes what is open. */
struct sluice_found {
    uint32_t number; /* 0: none */
    uint32_t flags;
    uint32_t kind;
    struct sluice_handle *handle;
    struct sluice_object *object;
};
enum { SLUICE__FOUND = 4 };

/*
 * An agent's view, in memory that no other agent writes. Geometry is copied here
 * at attach: what is read from the region afterwards is checked against it.
 */
struct sluice {
    uint8_t *base;
    uint32_t bytes;
    uint32_t agents;
    uint32_t buckets;
    uint32_t slot;
    uint32_t incarnation;
    uint64_t life; /* what me->life says as long as this agent lives */
    struct sluice_agent *me;
    uint32_t logged;     /* entries in me->journal */
    bool wrote;          /* since it took its lock */
    uint32_t taken;      /* the block that sluice__heap_take() gave last */
    uint32_t lock_tries; /* before an attempt says "not now" */
    uint32_t waiters;    /* chunks in the table of waiters */
    uint32_t handles;    /* ... of handles */
    uint32_t free_waiter, gone_waiter, free_handle; /* lists through `link`: index + 1 */
    uint32_t ready_chunk;                           /* whose ready bits ... */
    uint32_t ready_bits;                            /* ... were taken and not yet handed out */
    uint32_t built;      /* counts what stood in `building`: see sluice__op_build() */
    bool trying;         /* an attempt that must leave nothing behind: sluice_try() */
    uint32_t blocked_on; /* the gate that made the last attempt say "not now"; SLUICE__ANNOUNCED */
    struct sluice_found found[SLUICE__FOUND]; /* by number */
};

/* What an attempt answers that met a held lock: -EAGAIN to the caller, after its announcement inside. */
#define SLUICE__NOT_NOW (-4096)

/*
 * Where counters that run freely begin: at 0, as the memory is. A test's build has them wrap soon; a multiple of 16,
 * so that bits that stand below a count are 0.
 */
#ifndef SLUICE__BIRTH
#define SLUICE__BIRTH 0u
#endif

/* A slot's incarnations, which nobody has yet. */
#define SLUICE__BEGIN_LIFE(agent)                                                                  \
    do                                                                                             \
        if (SLUICE__BIRTH)                                                                         \
            store64_relaxed(&(agent)->life, (uint64_t)SLUICE__BIRTH << 32);                        \
    while (0)

/* False once somebody has pronounced this agent dead: nothing in the region is its own any more. */
static inline bool sluice__alive(const struct sluice *s)
{
    return load64_relaxed(&s->me->life) == s->life;
}

/* Into what is this agent's own, or nobody knows yet; where it was pronounced dead that may be somebody else's by now. */
static inline void sluice__put(const struct sluice *s, struct sluice_au32 *word, uint32_t value)
{
    if (sluice__alive(s))
        store_relaxed(word, value);
}

/* The same of bytes that are the caller's own. */
static inline void sluice__put_bytes(const struct sluice *s, void *to, const void *from,
                                     uint32_t length)
{
    if (sluice__alive(s))
        port_take(to, from, length);
}

/* At its birth: nobody else sees it. Nothing, not even its place is worked out, where it begins at 0. */
#define SLUICE__BEGIN(s, counter)                                                                  \
    do                                                                                             \
        if (SLUICE__BIRTH)                                                                         \
            sluice__put(s, counter, SLUICE__BIRTH);                                                \
    while (0)

#define SLUICE__BEGIN64(s, counter)                                                                \
    do                                                                                             \
        if (SLUICE__BIRTH && sluice__alive(s))                                                     \
            store64_relaxed(counter, (uint64_t)SLUICE__BIRTH << 32 | SLUICE__BIRTH);               \
    while (0)

static inline struct sluice_region *sluice__region(struct sluice *s)
{
    return (struct sluice_region *)s->base;
}

static inline void *sluice__at(struct sluice *s, uint32_t offset)
{
    return s->base + offset;
}

static inline uint32_t sluice__offset(struct sluice *s, const void *p)
{
    return (uint32_t)((const uint8_t *)p - s->base);
}

/* Whether `bytes` bytes at `offset`, read from the region, may be touched as a struct of 8-aligned words. */
static inline bool sluice__inside(struct sluice *s, uint64_t offset, uint32_t bytes)
{
    return (offset & 7) == 0 && offset >= sizeof(struct sluice_region) &&
           offset + bytes <= s->bytes;
}

/* The slot's record. `slot` < s->agents. */
struct sluice_agent *sluice__agent(struct sluice *s, uint32_t slot);

/*
 * Makes an empty region of memory that is all zero.
 *
 * bytes   whole size, a multiple of 64; agents  slots, 1 to SLUICE_AGENTS; serial  objects are numbered from here
 * returns 0; -EINVAL where the sizes are refused, -ENOSPC where nothing would be left for objects
 */
int sluice__region_format(void *base, uint32_t bytes, uint32_t agents, uint32_t serial);

/*
 * Takes the geometry of a formatted region into `s`, checked.
 *
 * returns 0; -EINVAL where it is no region of this ABI or is larger than `bytes`; -EUCLEAN where its geometry is impossible
 */
int sluice__region_open(struct sluice *s, void *base, uint32_t bytes);

/* The head of the name table's chain for a hash. */
struct sluice_au32 *sluice__bucket(struct sluice *s, uint32_t hash);

#endif
