/*
 * The verbs of atomic.h as calls into the deterministic scheduler. Each shared
 * access is one point at which another agent may go first (fake.h).
 */
#ifndef SLUICE_PORT_FAKE_ATOMIC_FAKE_H
#define SLUICE_PORT_FAKE_ATOMIC_FAKE_H

enum fake_verb {
    FAKE_LOAD,
    FAKE_STORE,
    FAKE_CAS,
    FAKE_XCHG,
    FAKE_ADD,
    FAKE_OR,
    FAKE_AND,
    FAKE_COPY_IN,
    FAKE_COPY_OUT,
    FAKE_PARK,
    FAKE_UNPARK,
    FAKE_NOW,
    FAKE_CHOOSE,
    FAKE_WAIT_DEAD,
    FAKE_IS_DEAD,
    FAKE_EXIT,
};

enum fake_order {
    FAKE_RELAXED,
    FAKE_ACQUIRE,
    FAKE_RELEASE,
    FAKE_ACQREL,
    FAKE_SEQ,
};

/*
 * One access of `bytes` (4 or 8) at `word`; returns what the verb returns. Orders that no verb has are there too:
 * deliberate mistakes take them.
 */
uint64_t fake__access(unsigned verb, unsigned order, unsigned bytes, const void *word, uint64_t a,
                      uint64_t b);

#define SLUICE_FAKE_VERB static inline __attribute__((always_inline, unused))

#define SLUICE_FAKE_LOAD(name, bits, order)                                                        \
    SLUICE_FAKE_VERB uint##bits##_t name(const struct sluice_au##bits *p)                          \
    {                                                                                              \
        return (uint##bits##_t)fake__access(FAKE_LOAD, order, bits / 8, p, 0, 0);                  \
    }
#define SLUICE_FAKE_STORE(name, bits, order)                                                       \
    SLUICE_FAKE_VERB void name(struct sluice_au##bits *p, uint##bits##_t value)                    \
    {                                                                                              \
        fake__access(FAKE_STORE, order, bits / 8, p, value, 0);                                    \
    }
#define SLUICE_FAKE_CAS(name, bits, order)                                                         \
    SLUICE_FAKE_VERB bool name(struct sluice_au##bits *p, uint##bits##_t expected,                 \
                               uint##bits##_t desired)                                             \
    {                                                                                              \
        return fake__access(FAKE_CAS, order, bits / 8, p, expected, desired) != 0;                 \
    }
#define SLUICE_FAKE_RMW(name, bits, verb)                                                          \
    SLUICE_FAKE_VERB uint##bits##_t name(struct sluice_au##bits *p, uint##bits##_t value)          \
    {                                                                                              \
        return (uint##bits##_t)fake__access(verb, FAKE_SEQ, bits / 8, p, value, 0);                \
    }

#define SLUICE_FAKE_VERBS(bits, suffix)                                                            \
    SLUICE_FAKE_LOAD(load##suffix##_relaxed, bits, FAKE_RELAXED)                                   \
    SLUICE_FAKE_LOAD(load##suffix##_acquire, bits, FAKE_ACQUIRE)                                   \
    SLUICE_FAKE_LOAD(load##suffix##_seq, bits, FAKE_SEQ)                                           \
    SLUICE_FAKE_STORE(store##suffix##_relaxed, bits, FAKE_RELAXED)                                 \
    SLUICE_FAKE_STORE(store##suffix##_release, bits, FAKE_RELEASE)                                 \
    SLUICE_FAKE_STORE(store##suffix##_seq, bits, FAKE_SEQ)                                         \
    SLUICE_FAKE_CAS(cas##suffix##_acqrel, bits, FAKE_ACQREL)                                       \
    SLUICE_FAKE_CAS(cas##suffix##_seq, bits, FAKE_SEQ)                                             \
    SLUICE_FAKE_RMW(xchg##suffix##_seq, bits, FAKE_XCHG)                                           \
    SLUICE_FAKE_RMW(add##suffix##_seq, bits, FAKE_ADD)                                             \
    SLUICE_FAKE_RMW(or ##suffix##_seq, bits, FAKE_OR)                                              \
    SLUICE_FAKE_RMW(and##suffix##_seq, bits, FAKE_AND)

SLUICE_FAKE_VERBS(32, )
SLUICE_FAKE_VERBS(64, 64)

#undef SLUICE_FAKE_VERBS
#undef SLUICE_FAKE_LOAD
#undef SLUICE_FAKE_STORE
#undef SLUICE_FAKE_CAS
#undef SLUICE_FAKE_RMW

#endif
