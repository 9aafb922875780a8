/*
 * One thread an environment that does what a sleeping one cannot: it repeats
 * signals, ends calls that have no deadline of their own, sees that the loop of
 * a blocked JavaScript thread was rung (it may be terminated), and tells
 * JavaScript's thread that a polled descriptor is ready. It starts with the
 * first need and touches nothing but what the lock guards.
 */
#ifndef SLUICE_NATIVE_MONITOR_H
#define SLUICE_NATIVE_MONITOR_H

#include "sleeper.h"

struct monitor {
    bool running;
    pthread_t thread;
    int epoll; /* wake, io, and a blocked loop */
    int wake;  /* eventfd */
    int io;    /* epoll of pipes and notifications, read by JavaScript's thread only */

    /* Under the lock. */
    bool stop;
    bool io_ready;
    bool owner_ended;
    struct sleeper *listed;
    struct sleeper *blocked; /* JavaScript's thread in block() */
};

/* Once running, 0; or -errno. */
int native_monitor_start(struct env *env);
void native_monitor_stop(struct env *env);

/*
 * Watches this thread, JavaScript's, while it sleeps: 0 or -errno.
 *
 * alarm   it must be got out at its deadline
 * owners  ... and when an owner ends
 */
int native_monitor_watch(struct env *env, struct sleeper *sleeper, bool alarm, bool owners);
void native_monitor_unwatch(struct env *env, struct sleeper *sleeper);

/* Under the lock: gets the sleeper out of its call; it stays listed until it is dropped. */
void native_monitor_interrupt(struct env *env, struct sleeper *sleeper);
void native_monitor_drop(struct env *env, struct sleeper *sleeper);

/* Has JavaScript's thread look at the owners once this pidfd's process has ended: 0 or -errno. */
int native_monitor_owner(struct env *env, int pidfd);

/* Wants to be told once more when `io` has something. */
void native_monitor_io_again(struct env *env);

#endif
