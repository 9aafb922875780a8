/* A submitted request until it has settled. */
#ifndef SLUICE_NATIVE_WAITER_H
#define SLUICE_NATIVE_WAITER_H

#include "object.h"
#include "sleeper.h"

#include <errno.h>

/* What starting a wait gives when there is no result yet; no request ends so. */
#define WAITER_WAITS (-EINPROGRESS)

enum waiter_state {
    WAITER_QUEUED,  /* behind another in its lane */
    WAITER_ACTIVE,  /* on a thread, polled or registered */
    WAITER_SETTLED, /* its result stands; JavaScript is still to be told */
};

struct waiter {
    struct waiter *next; /* in its lane, the jobs, the done, the settling: one at a time */
    struct waiter *next_job;
    const struct row *row;
    struct object *object; /* referenced; NULL for none */
    struct request request;
    napi_ref bytes; /* the caller's array, where it is still needed */
    bool owned;     /* request.bytes is ours, since another thread uses it */
    bool ended;     /* under the lock: its thread has left the call */
    bool removing;  /* its registration is being taken back */
    bool stalled;   /* in the space's list of those */
    bool sync;      /* block() waits for it: JavaScript is not told */
    uint32_t hangs; /* the core's number of it, while it hangs there */
    uint32_t token;
    int n;
    int reason; /* what a cancelled wait settles with */
    enum waiter_state state;
    struct sleeper sleeper;
};

/* A token; or -errno, when it could not even be remembered. `bytes`: the caller's array. */
int native_submit(struct env *env, const struct row *row, struct request *request,
                  napi_value bytes);
void native_cancel(struct env *env, struct waiter *waiter, int reason);

/* The result stands. */
void native_waiter_finish(struct env *env, struct waiter *waiter, int n);
void native_waiter_free(struct env *env, struct waiter *waiter);
struct waiter *native_waiter_new(struct env *env, const struct row *row, struct object *object,
                                 const struct request *request);

/* Has it wait by its row's way, first in its lane: WAITER_WAITS or -errno. */
int native_waiter_start(struct env *env, struct waiter *waiter);

/* On JavaScript's thread: takes what threads and descriptors have brought, and settles. */
void native_deliver(struct env *env);

#endif
