/*
 * The only way to touch a word of a region: struct-wrapped, the memory order
 * in the verb. One seam, so that the same sources build for real machines, for
 * the deterministic scheduler (core/port/fake) and for ThreadSanitizer.
 *
 *   load_relaxed   load_acquire   load_seq
 *   store_relaxed  store_release  store_seq
 *   cas_acqrel     cas_seq        true when *p was `expected` and is now `desired`; never fails by itself
 *   xchg_seq       add_seq        or_seq   and_seq      each returns the old value
 *
 * The same with 64 behind the noun for a u64 (load64_acquire, ...).
 *
 * `seq` verbs take part in one total order; they are for handshakes of the form
 * "write mine, then read yours". Everything else is acquire and release, and
 * each such pair bears a label at both ends (docs/memory-model.md).
 */
#ifndef SLUICE_PORT_ATOMIC_H
#define SLUICE_PORT_ATOMIC_H

#include <stdbool.h>
#include <stdint.h>

struct sluice_au32 {
    uint32_t v;
};

struct sluice_au64 {
    _Alignas(8) uint64_t v;
};

#ifdef SLUICE_PORT_FAKE
#include "fake/atomic_fake.h"
#else

#define SLUICE_ATOMIC_VERBS(bits, suffix)                                                          \
    static inline uint##bits##_t load##suffix##_relaxed(const struct sluice_au##bits *p)           \
    {                                                                                              \
        return __atomic_load_n(&p->v, __ATOMIC_RELAXED);                                           \
    }                                                                                              \
    static inline uint##bits##_t load##suffix##_acquire(const struct sluice_au##bits *p)           \
    {                                                                                              \
        return __atomic_load_n(&p->v, __ATOMIC_ACQUIRE);                                           \
    }                                                                                              \
    static inline uint##bits##_t load##suffix##_seq(const struct sluice_au##bits *p)               \
    {                                                                                              \
        return __atomic_load_n(&p->v, __ATOMIC_SEQ_CST);                                           \
    }                                                                                              \
    static inline void store##suffix##_relaxed(struct sluice_au##bits *p, uint##bits##_t value)    \
    {                                                                                              \
        __atomic_store_n(&p->v, value, __ATOMIC_RELAXED);                                          \
    }                                                                                              \
    static inline void store##suffix##_release(struct sluice_au##bits *p, uint##bits##_t value)    \
    {                                                                                              \
        __atomic_store_n(&p->v, value, __ATOMIC_RELEASE);                                          \
    }                                                                                              \
    static inline void store##suffix##_seq(struct sluice_au##bits *p, uint##bits##_t value)        \
    {                                                                                              \
        __atomic_store_n(&p->v, value, __ATOMIC_SEQ_CST);                                          \
    }                                                                                              \
    static inline bool cas##suffix##_acqrel(struct sluice_au##bits *p, uint##bits##_t expected,    \
                                            uint##bits##_t desired)                                \
    {                                                                                              \
        return __atomic_compare_exchange_n(&p->v, &expected, desired, false, __ATOMIC_ACQ_REL,     \
                                           __ATOMIC_ACQUIRE);                                      \
    }                                                                                              \
    static inline bool cas##suffix##_seq(struct sluice_au##bits *p, uint##bits##_t expected,       \
                                         uint##bits##_t desired)                                   \
    {                                                                                              \
        return __atomic_compare_exchange_n(&p->v, &expected, desired, false, __ATOMIC_SEQ_CST,     \
                                           __ATOMIC_SEQ_CST);                                      \
    }                                                                                              \
    static inline uint##bits##_t xchg##suffix##_seq(struct sluice_au##bits *p,                     \
                                                    uint##bits##_t value)                          \
    {                                                                                              \
        return __atomic_exchange_n(&p->v, value, __ATOMIC_SEQ_CST);                                \
    }                                                                                              \
    static inline uint##bits##_t add##suffix##_seq(struct sluice_au##bits *p,                      \
                                                   uint##bits##_t value)                           \
    {                                                                                              \
        return __atomic_fetch_add(&p->v, value, __ATOMIC_SEQ_CST);                                 \
    }                                                                                              \
    static inline uint##bits##_t or                                                                \
        ##suffix##_seq(struct sluice_au##bits *p, uint##bits##_t value)                            \
    {                                                                                              \
        return __atomic_fetch_or(&p->v, value, __ATOMIC_SEQ_CST);                                  \
    }                                                                                              \
    static inline uint##bits##_t and##suffix##_seq(struct sluice_au##bits *p,                      \
                                                   uint##bits##_t value)                           \
    {                                                                                              \
        return __atomic_fetch_and(&p->v, value, __ATOMIC_SEQ_CST);                                 \
    }

SLUICE_ATOMIC_VERBS(32, )
SLUICE_ATOMIC_VERBS(64, 64)
#undef SLUICE_ATOMIC_VERBS

#endif
#endif
