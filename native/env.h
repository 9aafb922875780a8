/* The state of one JavaScript environment: the main thread has one, each worker has one. */
#ifndef SLUICE_NATIVE_ENV_H
#define SLUICE_NATIVE_ENV_H

#include "crew.h"
#include "monitor.h"
#include "object.h"
#include "space.h"
#include "sys.h"
#include "table.h"

enum { WORDS = 13, PATH_BYTES = 4096 };

struct env {
    /* JavaScript's thread. */
    napi_env napi;
    napi_ref settled; /* JavaScript's function (token, n) */
    napi_ref words_ref;
    uint32_t *words; /* op, handle, six arguments, four results, space: JavaScript's Uint32Array */
    bool worker;     /* not the process's first thread */
    bool closed;     /* the machinery stops with the last pending request */
    struct table handles; /* struct object */
    struct object *spare; /* for native_object_room() */
    struct table tokens;  /* struct waiter */
    struct space *spaces;
    struct waiter *settling, *settling_last;
    int notify_fd; /* netlink socket, or -1 */
    uint32_t notifying;
    char name[PATH_BYTES + 2];

    /* Shared with the environment's own threads. */
    pthread_mutex_t lock;
    napi_threadsafe_function tell;
    bool told;
    struct waiter *done, *done_last;
    struct crew crew;
    struct monitor monitor;
};

struct env *native_env_new(napi_env napi);

/* Closes all handles and cancels what is pending; afterwards, threads and their descriptors are gone. */
void native_env_close(struct env *env);

/* With nothing pending: ends the threads and closes their descriptors. They come back when needed. */
void native_env_rest(struct env *env);

/* JavaScript ends here: like close, but at once, and no result is told. */
void native_env_end(struct env *env);
void native_env_free(struct env *env);

/* Under the lock: has native_deliver() called on JavaScript's thread. */
void native_tell(struct env *env);

#endif
