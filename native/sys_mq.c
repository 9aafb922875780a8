/*
 * mq_overview(7). The descriptors are left blocking: an attempt is a timed call
 * whose deadline was in 1970, which the kernel answers without sleeping. So one
 * descriptor serves both, and who waits does it inside mq_timedreceive(): only
 * there does the kernel count him as receiving, when it decides whether to
 * notify, and serve him in turn with C programs.
 */
#include "clock.h"
#include "families.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>

static const struct timespec long_ago;

static void report(struct request *request, const struct mq_attr *now)
{
    request->out[0] = (uint32_t)now->mq_maxmsg;
    request->out[1] = (uint32_t)now->mq_msgsize;
}

static uint32_t access_of(int flags)
{
    int access = flags & O_ACCMODE;
    return (access != O_WRONLY ? SLUICE_READ : 0) | (access != O_RDONLY ? SLUICE_WRITE : 0);
}

int native_mq_open_named(struct env *env, const char *name, int flags, struct request *request,
                         struct mq_attr *wanted)
{
    struct mq_attr now;
    int n = native_posix_name(name);
    if (n < 0)
        return n;
    struct object like = {.kind = SLUICE_KIND_MESSAGE_QUEUE, .access = access_of(flags), .fd = -1};
    struct object *object;
    int handle = native_object_new(env, like, name, &object);
    if (handle < 0)
        return handle;
    object->fd = native_sys.mq_open(name, flags | O_CLOEXEC, request->args[1] & 07777, wanted);
    if (object->fd < 0 || native_sys.mq_getattr(object->fd, &now) < 0) {
        n = -errno;
        native_object_close(env, object->handle);
        return n;
    }
    object->message_bytes = (uint32_t)now.mq_msgsize;
    report(request, &now);
    native_object_identify(object);
    return handle;
}

ATTEMPT(native_mq_open)
{
    (void)object;
    uint32_t flags = request->args[0];
    struct mq_attr wanted = {.mq_maxmsg = request->args[2], .mq_msgsize = request->args[3]};
    int how = native_access(flags);
    if (how < 0)
        return how;
    if (flags & SLUICE_CREATE)
        how |= O_CREAT;
    if (flags & SLUICE_EXCLUSIVE)
        how |= O_EXCL;
    return native_mq_open_named(env, request->name, how, request, &wanted);
}

static int send_by(struct object *object, struct request *request, const struct timespec *deadline)
{
    int n = native_sys.mq_timedsend(object->fd, (char *)request->bytes, request->length,
                                    request->args[0], deadline);
    return n < 0 ? -errno : 0;
}

static int receive_by(struct object *object, struct request *request,
                      const struct timespec *deadline)
{
    unsigned priority;
    ssize_t n = native_sys.mq_timedreceive(object->fd, (char *)request->bytes, request->length,
                                           &priority, deadline);
    if (n < 0)
        return -errno;
    request->out[0] = priority;
    return (int)n;
}

ATTEMPT(native_mq_try_send)
{
    (void)env;
    int n;
    while ((n = send_by(object, request, &long_ago)) == -EINTR)
        continue;
    return n == -ETIMEDOUT ? -EAGAIN : n;
}

WAIT(native_mq_send)
{
    struct timespec at;
    return send_by(object, request, native_realtime(deadline_ns, &at));
}

ATTEMPT(native_mq_try_receive)
{
    (void)env;
    int n;
    while ((n = receive_by(object, request, &long_ago)) == -EINTR)
        continue;
    return n == -ETIMEDOUT ? -EAGAIN : n;
}

WAIT(native_mq_receive)
{
    struct timespec at;
    return receive_by(object, request, native_realtime(deadline_ns, &at));
}

ATTEMPT(native_mq_attributes)
{
    (void)env;
    struct mq_attr now;
    if (native_sys.mq_getattr(object->fd, &now) < 0)
        return -errno;
    report(request, &now);
    request->out[2] = (uint32_t)now.mq_curmsgs;
    return 0;
}

/* Whether a message will come cannot be tried; whether somebody waits for it shows in a registration that is taken back. */
ATTEMPT(native_mq_try_notify)
{
    (void)env, (void)request;
    struct sigevent none = {.sigev_notify = SIGEV_NONE};
    if (native_sys.mq_notify(object->fd, &none) < 0)
        return -errno;
    native_sys.mq_notify(object->fd, NULL);
    return -EAGAIN;
}
