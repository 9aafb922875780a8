/*
 * mq_notify(3), by the form that libc's SIGEV_THREAD uses: the kernel sends a
 * cookie of ours to a netlink socket, which can be polled.
 */
#ifndef SLUICE_NATIVE_NOTIFY_H
#define SLUICE_NATIVE_NOTIFY_H

#include "waiter.h"

/* Registers: WAITER_WAITS or -errno (EBUSY when somebody is registered). */
int native_notify_start(struct env *env, struct waiter *waiter);

/* Takes the registration back; the waiter has settled afterwards. */
void native_notify_cancel(struct env *env, struct waiter *waiter);

/* Settles those whose cookie has come. */
void native_notify_drain(struct env *env);

/* Waits for a notification on this thread. */
int native_notify_block(struct env *env, const struct row *row, struct object *object,
                        struct request *request, struct sleeper *sleeper);

/* Nobody waits any more. */
void native_notify_end(struct env *env);

#endif
