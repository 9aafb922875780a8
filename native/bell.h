/*
 * The thread that sleeps on an agent's bell, a futex in the mapped file, and tells JavaScript's thread when it was
 * rung. It starts with the first need and touches nothing else of the region: a view has one user.
 */
#ifndef SLUICE_NATIVE_BELL_H
#define SLUICE_NATIVE_BELL_H

#include "port/atomic.h"

#include <pthread.h>
#include <stdbool.h>

struct env;

struct bell {
    struct env *env;
    struct sluice_au32 *word;
    bool running;
    pthread_t thread;
    pthread_cond_t ask;

    /* Under the environment's lock. */
    bool asked; /* to sleep until the word changes */
    bool rung;  /* it did: to be taken by JavaScript's thread */

    struct sluice_au32 stop;
};

/* Has it told once when the word is no longer SLUICE_BELL_ASLEEP: 0 or -errno. */
int native_bell_listen(struct bell *bell);

/* Has JavaScript's thread see to it as if it had rung. */
void native_bell_touch(struct bell *bell);

/* Takes `rung`. */
bool native_bell_take(struct bell *bell);

/* Ends the thread: the bell is rung. */
void native_bell_stop(struct bell *bell);

#endif
