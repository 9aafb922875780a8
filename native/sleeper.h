/*
 * A thread inside a system call that waits, and how it is got out: a flag that
 * it looks at before each call, and a signal that interrupts the call. A signal
 * that comes between the look and the call is lost, so the monitor repeats it
 * until the flag is taken.
 */
#ifndef SLUICE_NATIVE_SLEEPER_H
#define SLUICE_NATIVE_SLEEPER_H

#include "port/atomic.h"
#include "request.h"

#include <node_api.h>
#include <pthread.h>

enum sleeper_wanted {
    SLEEPER_CANCEL = 1, /* leave with -ECANCELED, unless the call has won */
    SLEEPER_LOOK = 2,   /* see whether the deadline has come or the environment is ending */
};

struct sleeper {
    struct sluice_au32 wanted; /* enum sleeper_wanted; taken by the sleeper */
    int64_t deadline_ns;
    napi_env napi; /* JavaScript's thread: it may be terminated in its sleep; else NULL */

    /* Under the environment's lock. */
    pthread_t thread;
    bool running; /* `thread` is inside */
    bool listed;
    bool rung;         /* something came in for the sleeping loop */
    int64_t alarm_ns;  /* when the monitor must end the call */
    int64_t look_ns;   /* when to look again for a termination */
    int64_t looked_ns; /* when it did so last */
    int64_t again_ns;  /* when to repeat the signal */
    struct sleeper *next;
};

void native_sleeper_init(struct sleeper *sleeper, int64_t deadline_ns);

/* 0 to go on sleeping, -ECANCELED or -ETIMEDOUT. */
int native_sleeper_check(struct sleeper *sleeper);

/* The row's `wait`, as often as it takes. */
int native_sleep(struct sleeper *sleeper, const struct row *row, struct object *object,
                 struct request *request);

/* The signal that interrupts, its handler installed on first use; or -errno. */
int native_signal(void);

#endif
