/*
 * What the core needs from the machine below it, in words. Implementations:
 * wasm/ (one instruction each), linux/ (futex, membarrier), fake/ (the
 * deterministic scheduler). Nothing above this folder knows which it has.
 */
#ifndef SLUICE_PORT_PORT_H
#define SLUICE_PORT_PORT_H

#include "atomic.h"

#include <stddef.h>

/* A deadline that never comes. */
#define PORT_FOREVER INT64_MAX

/*
 * Sleeps while *word is `expected`, until port_unpark(word) or the deadline.
 * May return early for no reason: the caller looks again.
 *
 * deadline_ns  absolute, on the clock of port_now_ns(); PORT_FOREVER for none
 * returns      true, or false when the deadline has come
 *
 * Where a thread may not sleep or has no clock (wasm), TypeScript parks on the
 * same word instead, and this function does not exist.
 */
bool port_park(struct sluice_au32 *word, uint32_t expected, int64_t deadline_ns);

/* Wakes everyone who sleeps on the word, in any agent. */
void port_unpark(struct sluice_au32 *word);

/* Monotonic time in nanoseconds (CLOCK_MONOTONIC); not on wasm. */
int64_t port_now_ns(void);

/* Tells the processor that this is a spin loop. In the fake port it means: another agent must move before I can. */
void port_pause(void);

/*
 * Publish, then look for a sleeper [PORT-SL].
 *
 * The publisher changes a word and then looks whether somebody sleeps; the
 * sleeper announces that it sleeps and then looks at the word again. That is
 * store->load on both sides: with acquire and release alone each may read the
 * other's old value, and the wake-up is lost. Publishing is the frequent side,
 * so the sleeper pays:
 *
 * publish_then_look  stores `value` with release order and returns what `watch` holds;
 *                    only a compiler barrier between the two, unless `fenced`.
 * port_before_sleep  between announcing and looking again: afterwards every store that
 *                    another agent made before its look is visible here, and every look made
 *                    later sees the announcement. False when it could not (the region's
 *                    `fenced` flag must then be set before anybody relies on it).
 *
 * The word is u32 (or u64, with 64 in the name), the watched word u64 (a gate's, see prim/gate.h).
 */
static inline uint64_t publish_then_look(struct sluice_au32 *word, uint32_t value,
                                         const struct sluice_au64 *watch, bool fenced);
static inline uint64_t publish64_then_look(struct sluice_au64 *word, uint64_t value,
                                           const struct sluice_au64 *watch, bool fenced);
bool port_before_sleep(void);

/* Makes this process one that others' port_before_sleep() reaches: before its first publication. False where it can't be. */
bool port_register(void);

#ifdef __wasm__
#define PORT_CALLERS_BYTES
#else
#define PORT_CALLERS_BYTES static inline
#endif

/*
 * Bytes of messages: plain memory, ordered by the labelled words around them.
 * The fake port counts each as one access of the whole range.
 */
static inline void port_copy_in(void *region, const void *from, size_t bytes);
static inline void port_copy_out(void *to, const void *region, size_t bytes);
static inline void port_clear(void *region, size_t bytes); /* to zero */

/*
 * The same with bytes of the caller's own, as request->bytes names them. Elsewhere a pointer; on wasm they lie outside
 * this memory and JavaScript copies them, between its own array and the address it is told: no copy in between, and no
 * room to keep one in.
 */
PORT_CALLERS_BYTES void port_take(void *region, const void *caller, size_t bytes);
PORT_CALLERS_BYTES void port_give(void *caller, const void *region, size_t bytes);

/*
 * How a place in the region is told to the outside: its address where that is a number of 32 bits that the outside
 * can use (wasm: an offset into the memory), elsewhere its offset from the region's start.
 */
static inline uint32_t port_address(const void *base, const void *p)
{
#ifdef __wasm__
    (void)base;
    return (uint32_t)(uintptr_t)p;
#else
    return (uint32_t)((const uint8_t *)p - (const uint8_t *)base);
#endif
}

#ifdef SLUICE_PORT_FAKE
#include "fake/port_fake.h"
#else

static inline uint64_t publish_then_look(struct sluice_au32 *word, uint32_t value,
                                         const struct sluice_au64 *watch, bool fenced)
{
    if (fenced) {
        store_seq(word, value);
        return load64_seq(watch);
    }
    store_release(word, value);
    __asm__ __volatile__("" ::: "memory");
    return load64_relaxed(watch);
}

static inline uint64_t publish64_then_look(struct sluice_au64 *word, uint64_t value,
                                           const struct sluice_au64 *watch, bool fenced)
{
    if (fenced) {
        store64_seq(word, value);
        return load64_seq(watch);
    }
    store64_release(word, value);
    __asm__ __volatile__("" ::: "memory");
    return load64_relaxed(watch);
}

static inline void port_copy_in(void *region, const void *from, size_t bytes)
{
    __builtin_memcpy(region, from, bytes);
}

static inline void port_copy_out(void *to, const void *region, size_t bytes)
{
    __builtin_memcpy(to, region, bytes);
}

static inline void port_clear(void *region, size_t bytes)
{
    __builtin_memset(region, 0, bytes);
}

#endif

#ifndef __wasm__
static inline void port_take(void *region, const void *caller, size_t bytes)
{
    port_copy_in(region, caller, bytes);
}

static inline void port_give(void *caller, const void *region, size_t bytes)
{
    port_copy_out(caller, region, bytes);
}
#endif
#endif
