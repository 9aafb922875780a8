/*
 * What the core needs from the machine below it, in words. Implementations:
 * wasm/ (one instruction each), linux/ (futex), fake/ (the
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

/* Lets so many moments pass, of some 20 ns each, and tells the processor that this is a spin loop. */
void port_pause(uint32_t moments);

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
