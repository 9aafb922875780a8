/*
 * A core with every mistake in it, none of which is made but the one whose number stands in MUTANT. What generate.mjs
 * makes of the sources asks here.
 */
#ifndef MUTATION_H
#define MUTATION_H

#include "port/port.h"

extern unsigned mutant;
/* One byte a mistake: it would have made a difference. */
extern unsigned char *mutants_met;

#define MUTANT_INLINE static inline __attribute__((always_inline, unused))

MUTANT_INLINE bool mutated(unsigned number)
{
    __atomic_store_n(&mutants_met[number], 1, __ATOMIC_RELAXED);
    return mutant == number;
}

#define MUTANT_BINARY(number, now, then, left, right)                                              \
    (__extension__({                                                                               \
        __auto_type left_##number = left;                                                          \
        __auto_type right_##number = right;                                                        \
        __auto_type now_##number = left_##number now right_##number;                               \
        __auto_type then_##number = left_##number then right_##number;                             \
        now_##number != then_##number &&mutated(number) ? then_##number : now_##number;            \
    }))
#define MUTANT_CHANGE(number, now, then, left, right)                                              \
    (__extension__({                                                                               \
        __auto_type right_##number = right;                                                        \
        mutated(number) ? (left then right_##number) : (left now right_##number);                  \
    }))
/* Where the left side is true, && goes on and || does not. */
#define MUTANT_AND(number, now, then, left, right)                                                 \
    (__extension__({                                                                               \
        bool left_##number = left;                                                                 \
        left_##number ^ mutated(number) ? (bool)right : left_##number;                             \
    }))
#define MUTANT_OR(number, now, then, left, right)                                                  \
    (__extension__({                                                                               \
        bool left_##number = left;                                                                 \
        left_##number ^ mutated(number) ? left_##number : (bool)right;                             \
    }))
#define MUTANT_NOT(number, it) ((bool)it ^ mutated(number))
#define MUTANT_ADD(number, change, it) (it + (mutated(number) ? (change) : 0))
#define MUTANT_NONE(number, it) (mutated(number) ? 0 : it)
#define MUTANT_LEAVE_OUT(number, it) (mutated(number) ? (void)0 : (void)it)

/* --- orders: the verb's own number; then that of one step made two; then that of a comparison left out --- */

#define MUTANT_LOAD(bits, verb, weaker)                                                            \
    MUTANT_INLINE uint##bits##_t mutant_##verb(unsigned number, const struct sluice_au##bits *p)   \
    {                                                                                              \
        return mutated(number) ? weaker(p) : verb(p);                                              \
    }
#define MUTANT_STORE(bits, verb, weaker)                                                           \
    MUTANT_INLINE void mutant_##verb(unsigned number, struct sluice_au##bits *p,                   \
                                     uint##bits##_t value)                                         \
    {                                                                                              \
        if (mutated(number))                                                                       \
            weaker(p, value);                                                                      \
        else                                                                                       \
            verb(p, value);                                                                        \
    }
#define MUTANT_CAS(bits, suffix, order, weaker)                                                    \
    MUTANT_INLINE bool mutant_cas##suffix##_##order(unsigned number, struct sluice_au##bits *p,    \
                                                    uint##bits##_t expected,                       \
                                                    uint##bits##_t desired)                        \
    {                                                                                              \
        bool torn = mutated(number + 1), blind = mutated(number + 2);                              \
        if (mutated(number))                                                                       \
            return weaker(p, expected, desired);                                                   \
        if (!torn && !blind)                                                                       \
            return cas##suffix##_##order(p, expected, desired);                                    \
        if (torn && load##suffix##_acquire(p) != expected)                                         \
            return false;                                                                          \
        store##suffix##_release(p, desired);                                                       \
        return true;                                                                               \
    }
#define MUTANT_RMW(bits, suffix, verb, result)                                                     \
    MUTANT_INLINE uint##bits##_t mutant_##verb(unsigned number, struct sluice_au##bits *p,         \
                                               uint##bits##_t value)                               \
    {                                                                                              \
        if (!mutated(number))                                                                      \
            return verb(p, value);                                                                 \
        uint##bits##_t old = load##suffix##_acquire(p);                                            \
        store##suffix##_release(p, result);                                                        \
        return old;                                                                                \
    }

#ifdef SLUICE_PORT_FAKE
#define cas_relaxed(p, expected, desired)                                                          \
    (fake__access(FAKE_CAS, FAKE_RELAXED, 4, p, expected, desired) != 0)
#define cas64_relaxed(p, expected, desired)                                                        \
    (fake__access(FAKE_CAS, FAKE_RELAXED, 8, p, expected, desired) != 0)
#else
#define cas_relaxed(p, expected, desired)                                                          \
    __atomic_compare_exchange_n(&(p)->v, &expected, desired, false, __ATOMIC_RELAXED,              \
                                __ATOMIC_RELAXED)
#define cas64_relaxed cas_relaxed
#endif

#define MUTANT_VERBS(bits, suffix)                                                                 \
    MUTANT_LOAD(bits, load##suffix##_acquire, load##suffix##_relaxed)                              \
    MUTANT_LOAD(bits, load##suffix##_seq, load##suffix##_acquire)                                  \
    MUTANT_STORE(bits, store##suffix##_release, store##suffix##_relaxed)                           \
    MUTANT_STORE(bits, store##suffix##_seq, store##suffix##_release)                               \
    MUTANT_CAS(bits, suffix, acqrel, cas##suffix##_relaxed)                                        \
    MUTANT_CAS(bits, suffix, seq, cas##suffix##_acqrel)                                            \
    MUTANT_RMW(bits, suffix, xchg##suffix##_seq, value)                                            \
    MUTANT_RMW(bits, suffix, add##suffix##_seq, old + value)                                       \
    MUTANT_RMW(bits, suffix, or ##suffix##_seq, old | value)                                       \
    MUTANT_RMW(bits, suffix, and##suffix##_seq, old &value)

MUTANT_VERBS(32, )
MUTANT_VERBS(64, 64)

#endif
