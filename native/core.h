/* Requests that the C core answers: the object lies in a mapped file (see space.h). */
#ifndef SLUICE_NATIVE_CORE_H
#define SLUICE_NATIVE_CORE_H

#include "families.h"
#include "space.h"

struct waiter;

/* In front of the core's ticket: which file. */
struct file_ticket {
    char magic[4]; /* "shm:" */
    uint32_t device_low, device_high, inode_low, inode_high;
};
_Static_assert(sizeof(struct file_ticket) == 20, "no padding");

ATTEMPT(native_core_attempt);
WAIT(native_core_wait);
FINISH(native_core_adopt);
FINISH(native_core_ticket);
FINISH(native_core_listed);

/* After the last `wait` of a blocking call, however it ended. */
void native_core_waited(struct request *request);

/* As sluice_advance(), with the dead looked for where one may be in the way. */
int native_core_advance(struct request *request);

/* Goes as far as it can: the result, or WAITER_WAITS. */
int native_core_start(struct env *env, struct waiter *waiter);
void native_core_withdraw(struct waiter *waiter);

/* Closes the core's handle, at once or as soon as a held lock is free. */
void native_core_close(struct space *space, uint32_t handle);

/* Nothing of this space waits any more. */
void native_core_forget(struct space *space);

/* Whether the bytes are a ticket that the core is to open. */
bool native_core_is_ticket(const struct request *request);

#endif
