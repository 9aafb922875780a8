/* What a handle names. Everything here belongs to JavaScript's thread, save that waits read `fd` and `sem`. */
#ifndef SLUICE_NATIVE_OBJECT_H
#define SLUICE_NATIVE_OBJECT_H

#include "request.h"

#include <semaphore.h>

struct waiter;

enum { LANES = 4 };

/* Waiters of one object and one direction, in the order they came; only the first is in the kernel. */
struct lane {
    struct waiter *first, *last;
};

struct object {
    uint32_t kind;   /* enum sluice_kind */
    uint32_t access; /* SLUICE_READ, SLUICE_WRITE */
    uint32_t handle;
    uint32_t refs; /* the handle, and each wait under way */
    int fd;        /* -1 for a semaphore */
    sem_t *sem;
    struct space *space;    /* the region it lies in; NULL for what is the kernel's */
    uint32_t core;          /* the core's handle there */
    uint32_t message_bytes; /* of a queue */
    char *name;             /* behind this; NULL for none */
    uint64_t inode;         /* of a queue or semaphore, for its tickets; 0: not known yet */
    bool polled;            /* known to the environment's epoll */
    struct lane lanes[LANES];
    struct waiter *notify; /* waits for this queue's notification */
};

/* So that native_object_new() without a name succeeds, the next time: 0, -ENOMEM or -EMFILE. */
int native_object_room(struct env *env);

/*
 * To be made before what it will name: nothing is left behind where it fails.
 *
 * name  copied; may be NULL
 * made  gets the object, to be filled in; may be NULL
 * gives the handle, or -ENOMEM, -EMFILE
 */
int native_object_new(struct env *env, struct object like, const char *name, struct object **made);

/* Fills in the inode of a kernel's queue or semaphore; of a semaphore its name's, should that be another's by now. 0 or -errno. */
int native_object_identify(struct object *object);

void native_object_unref(struct env *env, struct object *object);

/* Forgets the handle; pending requests settle -EBADF, unless they have won. 0 or -EBADF. */
int native_object_close(struct env *env, uint32_t handle);

#endif
