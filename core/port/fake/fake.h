/*
 * A deterministic scheduler and stateless model checker for code written
 * against port.h. A program is a few agents over one memory; the checker runs
 * it again and again, each time in another order, until every order that can
 * make a difference has been seen.
 *
 * What a schedule may do at each shared access:
 *   - let any agent go next;
 *   - make a store late: store_relaxed and store_release go to the agent's store
 *     buffer and reach memory by a later *flush*. Relaxed stores to different words
 *     flush in any order, a release store after all earlier stores of its agent.
 *     The agent's own loads see its buffer. Read-modify-writes, seq verbs and
 *     port_park wait until the own buffer is empty.
 *   - end a park by its timeout, kill a killable agent, take each branch of fake_choose.
 * Loads return what is in memory: what a weak load would allow is found as a data race
 * instead, between two port_copy_* that no release/acquire pair orders.
 *
 * With `stale`, that many loads of an execution may return an older value, every one that C11 allows:
 *   - a relaxed or acquire load, any store of the word from the newest on that happens before it, or that
 *     was read by what happens before it (coherence). An acquire learns what the store that it read has
 *     released, a relaxed load nothing.
 *   - a seq load too, but nothing older than the newest seq store of the word; and it waits for no own
 *     store. "Write mine, then read yours" needs seq on both sides.
 *   - a compare-and-swap that fails is a load, stale or not, and needs no empty buffer.
 *   - proof of a death shows all that the dead one did.
 *   - what port_copy_in overwrites are stores that release nothing.
 * Nothing here comes out that C11 forbids. What C11 allows does, except:
 *   - a value read before the store of it was made (load buffering): RC11 forbids it, as do x86 and wasm; ARM64
 *     does it to a relaxed load before a relaxed store that does not depend on it.
 *   - a release store, or a read-modify-write, before an earlier access of its agent where no load tells (2+2W):
 *     no machine does it.
 *   - seq accesses in another total order than that of the steps: on ARM64 a seq load may come before an earlier
 *     relaxed load, a relaxed store before an earlier seq store or read-modify-write.
 */
#ifndef SLUICE_PORT_FAKE_FAKE_H
#define SLUICE_PORT_FAKE_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FAKE_MAX_AGENTS = 8 };

struct fake_program {
    const char *name;
    int agents;
    void (*setup)(void *ctx); /* before each execution: sets the memory back; not explored */
    void (*agent)(void *ctx, int who); /* one agent, from 0 */
    void (*check)(void *ctx);          /* after each execution that ended; may fail it */
    void *ctx;
    const void *base; /* offsets in messages count from here */
    size_t base_bytes;
    /* MERGED and STATES need this: all that an execution changes, set back by `setup`, `base` in it. Agents change */
    /* that by the verbs alone, and outside of it each what is its own. */
    void *memory;
    size_t memory_bytes;
    /* NULL, or the word that says the agent holds a lock, NULL: none; only he changes that meanwhile */
    const void *(*lock)(void *ctx, int who);
    unsigned killable_mask; /* agents that may be killed, at any access */
    int deaths;             /* how many kills in one execution */
    unsigned may_park_mask; /* agents that may sleep for ever without it being a deadlock */
    int spurious;           /* how many parks in one execution may return for no reason */
    int stale; /* how many loads in one execution may return an older value; 0: none, see above */
    bool ignore_races; /* of port_copy_* */
    bool prompt;       /* no store is late */
    bool sparse_kills; /* kill only before accesses that change something: fewer schedules, the
                               same memories; only what the agent noted privately may be missed */
};

enum fake_mode {
    FAKE_COMPLETE, /* every order up to commuting independent accesses */
    FAKE_BRUTE,    /* every order; for tiny programs, to check the checker */
    FAKE_BOUNDED,  /* every order with at most `preemptions` switches that were not forced */
    FAKE_MERGED,   /* the same, from each state of memory and agents once */
    FAKE_STATES, /* every order, from each state once: complete where COMPLETE is too long; a path */
                 /* that comes back to a state ends there, so that it finds no livelock */
    FAKE_RANDOM, /* max_executions random walks */
};

struct fake_options {
    enum fake_mode mode;
    int preemptions;
    uint64_t seed;
    uint64_t max_executions; /* 0: no limit (RANDOM: 10,000) */
    double max_seconds;      /* 0: no limit */
    int max_steps;           /* of one execution, more is a livelock; 0: 2,000; at most 16,383 */
    bool quiet;              /* print nothing when a failure is found */
};

enum fake_failure {
    FAKE_NONE,
    FAKE_CHECK_FAILED,
    FAKE_DEADLOCK,
    FAKE_DATA_RACE,
    FAKE_LIVELOCK,
    FAKE_MISUSE, /* the program asks what the checker cannot do */
};

struct fake_report {
    uint64_t executions;  /* all of them, the next ones included */
    uint64_t redundant;   /* cut short: the rest had been seen in another order */
    uint64_t states;      /* MERGED, STATES: that were gone on from */
    uint64_t transitions; /* of all executions, repeated prefixes included */
    double ways; /* 0, or, once all was explored, how many schedules it stands for, at least */
    int max_depth;
    double seconds;
    enum fake_failure failure;
    char message[256];
    char schedule[1 << 17]; /* for fake_replay */
};

/* 0: all explored, nothing found. 1: failure. 2: stopped by a limit, nothing found (RANDOM: always). */
int fake_explore(const struct fake_program *, const struct fake_options *, struct fake_report *);

/* Runs one schedule and prints each step; 1 when it fails. */
int fake_replay(const struct fake_program *, const char *schedule);

/* A check failed; does not return inside a program. */
void fake_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define fake_check(condition)                                                                      \
    ((condition) ? (void)0 : fake_fail("%s:%d: %s", __FILE__, __LINE__, #condition))

/* For agents: a number 0..n-1; every one is explored. */
int fake_choose(int n);

/*
 * For agents: waits for the death of another one, with everything it did visible.
 * False when nothing else can move any more: all others have ended, wait here too,
 * or sleep for ever.
 */
bool fake_wait_dead(int agent);

/* Is it dead? For agents one more access, for check functions a fact. */
bool fake_is_dead(int agent);

/* For check functions: it sleeps and nobody woke it. */
bool fake_is_parked(int agent);

/*
 * Runs fn(ctx) alone and in order, no store late, and lets it die just after its k-th
 * shared store; 0: before the first, UINT_MAX: never. A read-modify-write and a
 * port_copy_in count as one store, a compare-and-swap that fails as none.
 *
 * returns  true when it died; *stores = the stores it made
 */
bool fake_run_dying(void (*fn)(void *ctx), void *ctx, unsigned k, unsigned *stores);

/* The same, but it dies just before store k + 1, whatever it looks at in between seen. */
bool fake_run_dying_before(void (*fn)(void *ctx), void *ctx, unsigned k);

/*
 * Whoever died in the last fake_run_dying() lives all the same: it goes on where it was, to its end. `stores` is told where each
 * of its stores goes, and whether that is a copy; NULL: nobody.
 */
void fake_run_on(void (*stores)(const void *word, bool copies));

#endif
