/* One request of the waist, and what is known of each operation. */
#ifndef SLUICE_NATIVE_REQUEST_H
#define SLUICE_NATIVE_REQUEST_H

#include "sluice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct env;
struct object;
struct space;

struct request {
    uint32_t op, handle;
    uint32_t args[6];
    uint32_t out[4];
    uint8_t *bytes;
    size_t length;
    const char *name;           /* NULL for none */
    struct space *space;        /* which region, where the core answers */
    struct sluice_request core; /* ... and its request */
    bool begun;                 /* ... which has been advanced */
};

/* How a request that cannot go on at once waits when it is submitted. */
enum way {
    WAY_NEVER,  /* it has no need to */
    WAY_THREAD, /* in `wait`, on a thread of its own */
    WAY_READY,  /* until its descriptor is ready, then it is attempted again */
    WAY_NOTIFY, /* until the queue's notification comes */
    WAY_CORE,   /* in the region, until the core has marked it */
};

enum use { USE_NO_BYTES, USE_BYTES_IN, USE_BYTES_OUT };

/* Results are >= 0 or -errno. */
struct row {
    /* One try that never waits: -EAGAIN where it would have to. */
    int (*attempt)(struct env *env, struct object *object, struct request *request);
    /* Instead of `attempt`, once before a wait: -EAGAIN to wait. */
    int (*begin)(struct env *env, struct object *object, struct request *request);
    /* One real blocking call, on any thread: -EINTR, -EAGAIN or -ETIMEDOUT when it ended early. */
    int (*wait)(struct object *object, struct request *request, int64_t deadline_ns);
    /* On JavaScript's thread: turns the result of `wait`, `begin` and `attempt` into the reply's. */
    int (*finish)(struct env *env, struct request *request, int n);
    /* Gives back a result that nobody is left to take. */
    void (*discard)(int n);
    /* Takes back what `begin` did, when the wait cannot begin. */
    void (*undo)(struct request *request, const char *name);
    enum way way;
    enum use use;
    uint8_t kinds; /* a bit for each kind of object that the handle may name; 0: no handle */
    uint8_t
        lane; /* which queue of waiters: what takes out of the object 0, what puts in 1; who only looks 2, and 3 to put */
    bool named;
    bool alarm; /* `wait` cannot end itself at the deadline */
};

/* NULL for an operation that is not implemented. */
const struct row *native_row(uint32_t op);

/*
 * The object of a request, and the row: the kernel's or the core's, as the object is.
 *
 * row    as native_row() gave it
 * gives  0; -ENOSYS; -EBADF: the handle names none, or one of another kind
 */
int native_target(struct env *env, const struct row **row, struct object **object,
                  const struct request *request);

#endif
