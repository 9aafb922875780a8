/* sem_overview(7). */
#include "clock.h"
#include "families.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>

int native_sem_open_named(struct env *env, const char *name, int flags, uint32_t mode,
                          uint32_t value)
{
    int n = native_posix_name(name);
    if (n < 0)
        return n;
    struct object like = {.kind = SLUICE_KIND_SEMAPHORE, .fd = -1}, *object;
    int handle = native_object_new(env, like, name, &object);
    if (handle < 0)
        return handle;
    sem_t *sem = native_sys.sem_open(name, flags, mode & 07777, value);
    if (sem == SEM_FAILED) {
        n = -errno;
        native_object_close(env, object->handle);
        return n;
    }
    object->sem = sem;
    native_object_identify(object);
    return handle;
}

ATTEMPT(native_sem_open)
{
    (void)object;
    uint32_t flags = request->args[0];
    int how = (flags & SLUICE_CREATE ? O_CREAT : 0) | (flags & SLUICE_EXCLUSIVE ? O_EXCL : 0);
    return native_sem_open_named(env, request->name, how, request->args[1], request->args[2]);
}

ATTEMPT(native_sem_trywait)
{
    (void)env, (void)request;
    int n;
    while ((n = native_sys.sem_trywait(object->sem)) < 0 && errno == EINTR)
        continue;
    return n < 0 ? -errno : 0;
}

WAIT(native_sem_wait)
{
    (void)request;
    struct timespec at = native_timespec(deadline_ns);
    int n = deadline_ns == CLOCK_NEVER
                ? native_sys.sem_wait(object->sem)
                : native_sys.sem_clockwait(object->sem, CLOCK_MONOTONIC, &at);
    return n < 0 ? -errno : 0;
}

ATTEMPT(native_sem_post)
{
    (void)env, (void)request;
    return native_sys.sem_post(object->sem) < 0 ? -errno : 0;
}

ATTEMPT(native_sem_value)
{
    (void)env, (void)request;
    int value;
    return native_sys.sem_getvalue(object->sem, &value) < 0 ? -errno : value;
}
