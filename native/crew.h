/* The threads that sit in blocking calls: one a waiting request, reused, gone after a second of idleness. */
#ifndef SLUICE_NATIVE_CREW_H
#define SLUICE_NATIVE_CREW_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct env;
struct member;
struct waiter;

/* Under the environment's lock. */
struct crew {
    pthread_cond_t work;
    struct waiter *jobs, *last_job;
    uint32_t queued, idle;
    struct member *members;
    bool stop;
};

/* A thread with a small stack that leaves the process's signals to others: 0 or -ENOMEM. */
int native_thread_new(pthread_t *thread, void *(*start)(void *), void *argument);

void native_crew_init(struct env *env);

/* Has the waiter's request wait on a thread; it comes back in env->done. 0 or -errno. */
int native_crew_start(struct env *env, struct waiter *waiter);

/* Joins the threads that have ended by themselves. */
void native_crew_reap(struct env *env);

/* Ends all threads and joins them: what they wait for must have been cancelled. */
void native_crew_stop(struct env *env);

#endif
