/*
 * One scenario, run by one engine: its ends are processes of their own, each pinned to a processor, that begin together.
 * An engine is a few functions; loops.h makes its work of them, so that each call is compiled into its loop.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>

enum { MOST_ENDS = 32, CHANNELS = 2 };

/* `capacity` and `batch` count messages; `count` is of all producers together. */
struct scenario {
    uint32_t bytes, count, batch, capacity, producers, consumers, priorities;
    uint32_t
        busy_us; /* before each message of a round trip, so that the other end sleeps; 0: both are ready */
};

enum work { SEND, RECEIVE, ASK, ANSWER, WORKS };

/* In memory that all ends share. */
struct end {
    uint32_t index, count;
    uint64_t sum; /* of the first four bytes of what was received */
    int64_t begun_ns, ended_ns, cpu_us, rss_bytes;
    uint32_t *latencies_ns; /* of each round trip, without the busy time */
};

struct engine {
    const char *name;
    void (*open)(void);                /* once, before the ends are born; NULL: nothing to do */
    void (*join)(struct end *);        /* in each end; NULL: nothing to do */
    void (*work[WORKS])(struct end *); /* NULL: it has none */
};

extern struct scenario scenario;
extern const struct engine kernel_engines[], limit_engines[], spsc_engines[], core_engines[],
    boost_engines[];

/* Ends this process where `fine` is false. */
void must(int fine, const char *what);

int64_t now_ns(void);
void be_busy(void);

/* Memory that every end shares, zero. */
void *share(uint64_t bytes);

/* Keeps the processor for a moment, or gives it up. */
static inline void pause_a_moment(void)
{
#ifdef __x86_64__
    __builtin_ia32_pause();
#endif
}
#endif
