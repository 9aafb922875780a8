#include "port_hostile.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct hostile_port port;

uint8_t *port_new_region(uint32_t bytes)
{
    uint8_t *all = mmap(NULL, GUARD_BEFORE + GUARD_BEHIND, PROT_NONE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (all == MAP_FAILED || mprotect(all + GUARD_BEFORE, bytes, PROT_READ | PROT_WRITE) != 0)
        abort();
    return all + GUARD_BEFORE;
}

void port_begin(struct sluice *caller)
{
    port.caller = caller;
    port.steps = 0;
}

void port_fail(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(port.failure, sizeof(port.failure), format, list);
    va_end(list);
    longjmp(port.out, 1);
}

uint32_t port_peek(uint32_t offset)
{
    uint32_t value;
    memcpy(&value, port.base + offset, sizeof(value));
    return value;
}

void port_poke(uint32_t offset, uint32_t value)
{
    memcpy(port.base + offset, &value, sizeof(value));
}

void port_damage(uint32_t offset, uint32_t value)
{
    port.damages += port_peek(offset) != value;
    port_poke(offset, value);
}

uint32_t port_nasty(uint32_t which, uint32_t old, uint32_t bits)
{
    uint32_t other = port.touched[bits % TOUCHED] & ~3u;
    switch (which) {
    case 0:
    case 1:
        return which;
    case 2:
        return UINT32_MAX;
    case 3:
        return 0x80000000u;
    case 4:
        return port.bytes;
    case 5: /* where a header fits and no object */
        return port.bytes - 128;
    case 6:
        return old + 8;
    case 7: /* kinds whose objects are larger than a semaphore */
        return 3;
    case 8:
        return 5;
    case 9:
        return ~old;
    case 10:
        return old ^ 1u << bits % 32;
    case 11:
        return old + bits % 33 - 16;
    case 12:
        return port_peek(other % port.bytes & ~3u);
    case 13:
        return other;
    case 14:
        return bits % port.bytes & ~7u;
    default:
        return bits;
    }
}

/* What the core touches: its offset, checked. */
static uint32_t place(const void *at, size_t bytes, size_t alignment)
{
    uintptr_t offset = (uintptr_t)at - (uintptr_t)port.base;
    if (bytes > port.bytes || offset > port.bytes - bytes)
        port_fail("outside: %zu bytes at %td of %u", bytes, (ptrdiff_t)offset, port.bytes);
    if (((uintptr_t)at & (alignment - 1)) != 0)
        port_fail("not aligned: %zu bytes at %zu", bytes, (size_t)offset);
    port.touched[port.touches++ % TOUCHED] = (uint32_t)offset;
    return (uint32_t)offset;
}

static void step(void)
{
    if (++port.steps > STEP_BUDGET)
        port_fail("more than %u steps", STEP_BUDGET);
    if (port.caller->logged > SLUICE_JOURNAL)
        port_fail("more than %u entries in the journal", SLUICE_JOURNAL);
    if (port.steps > port.most_steps)
        port.most_steps = port.steps;
}

/* The peer, around a read of `bytes` bytes, a word or two. */
static void strike(uint32_t offset, uint32_t bytes, bool after)
{
    uint32_t word = port.strikes_at - port.reads;
    if (word < bytes / 4 && after == port.strikes_after) {
        uint32_t at = offset + word * 4;
        port_damage(at, port_nasty(port.strikes_with, port_peek(at), 0));
    }
    if (after)
        port.reads += bytes / 4;
}

static void never_rest(uint32_t offset, uint32_t bytes)
{
    for (uint32_t i = 0; i < port.restless_count; i++) {
        struct restless *r = &port.restless[i];
        if (r->at == 0 || r->at - offset >= bytes)
            continue;
        port_poke(r->at, r->value);
        r->value += r->step;
        if (r->times != 0 && --r->times == 0)
            r->at = 0;
    }
}

static uint64_t get(uint32_t offset, unsigned bytes)
{
    uint64_t value;
    if (bytes == sizeof(uint32_t))
        return port_peek(offset);
    memcpy(&value, port.base + offset, sizeof(value));
    return value;
}

static void put(uint32_t offset, unsigned bytes, uint64_t value)
{
    if (bytes == sizeof(uint32_t))
        port_poke(offset, (uint32_t)value);
    else
        memcpy(port.base + offset, &value, sizeof(value));
}

uint64_t fake__access(unsigned verb, unsigned order, unsigned bytes, const void *word, uint64_t a,
                      uint64_t b)
{
    (void)order;
    step();
    uint32_t offset = place(word, bytes, bytes);
    if (verb == FAKE_LOAD)
        never_rest(offset, bytes);
    if (verb != FAKE_STORE)
        strike(offset, bytes, false);
    uint64_t old = get(offset, bytes), value, result = old;
    value = verb == FAKE_ADD ? old + a : verb == FAKE_OR ? old | a : verb == FAKE_AND ? old & a : a;
    if (verb == FAKE_CAS) {
        result = old == a;
        value = result ? b : old;
    }
    if (verb != FAKE_LOAD)
        put(offset, bytes, value);
    if (verb != FAKE_STORE)
        strike(offset, bytes, true);
    return result;
}

/* The core's own variables and the caller's bytes lie beyond the guards. */
static bool is_private(const void *at)
{
    return (uintptr_t)at - (uintptr_t)port.base + GUARD_BEFORE >= GUARD_BEFORE + GUARD_BEHIND;
}

/* Of bytes only the first word is the peer's: a frame's header, a name's beginning. */
void fake__copy(unsigned verb, void *to, const void *from, size_t bytes)
{
    step();
    if (!is_private(to))
        place(to, bytes, 1);
    if (verb == FAKE_COPY_IN) {
        if (bytes != 0 && from != NULL)
            memcpy(to, from, bytes);
        else if (bytes != 0)
            memset(to, 0, bytes);
        return;
    }
    uint32_t offset = is_private(from) ? 0 : place(from, bytes, 1);
    uint32_t word = !is_private(from) && bytes >= 4 && offset % 4 == 0 ? 4 : 0;
    strike(offset, word, false);
    if (bytes != 0)
        memcpy(to, from, bytes);
    strike(offset, word, true);
}

bool port_park(struct sluice_au32 *word, uint32_t expected, int64_t deadline_ns)
{
    (void)word, (void)expected, (void)deadline_ns;
    port_fail("parked"); /* the core never does by itself */
}

void port_unpark(struct sluice_au32 *word)
{
    step();
    place(word, sizeof(*word), sizeof(*word));
}

int64_t port_now_ns(void)
{
    return 0;
}

void port_pause(uint32_t moments)
{
    (void)moments;
    step();
}
