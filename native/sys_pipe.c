/* pipe(7), both kinds of it. The descriptors do not block. */
#include "clock.h"
#include "families.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/ioctl.h>

int native_pipe_capacity(int fd, uint32_t asked)
{
    int now = native_sys.fcntl(fd, F_GETPIPE_SZ, 0);
    if (now < 0)
        return -errno;
    if (asked == 0 || asked == (uint32_t)now)
        return now;
    if (asked > INT_MAX)
        return -EINVAL;
    int made = native_sys.fcntl(fd, F_SETPIPE_SZ, (int)asked);
    return made < 0 ? -errno : made;
}

int native_pipe_adopt(struct env *env, uint32_t kind, int fd, uint32_t access, const char *name)
{
    struct object like = {.kind = kind, .access = access & (SLUICE_READ | SLUICE_WRITE), .fd = fd};
    int n = native_object_new(env, like, name, NULL);
    if (n < 0)
        native_sys.close(fd);
    return n;
}

/* Both ends, or neither. */
static int adopt_ends(struct env *env, const int fds[2], struct request *request)
{
    int reader = native_pipe_adopt(env, SLUICE_KIND_PIPE, fds[0], SLUICE_READ, NULL);
    int writer = native_pipe_adopt(env, SLUICE_KIND_PIPE, fds[1], SLUICE_WRITE, NULL);
    if (reader > 0 && writer > 0) {
        request->out[0] = (uint32_t)reader;
        request->out[1] = (uint32_t)writer;
        return 0;
    }
    if (reader > 0)
        native_object_close(env, (uint32_t)reader);
    if (writer > 0)
        native_object_close(env, (uint32_t)writer);
    return reader < 0 ? reader : writer;
}

ATTEMPT(native_pipe_open)
{
    (void)object;
    int fds[2];
    if (native_sys.pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
        return -errno;
    int capacity = native_pipe_capacity(fds[1], request->args[0]);
    if (capacity < 0) {
        native_sys.close(fds[0]);
        native_sys.close(fds[1]);
        return capacity;
    }
    request->out[2] = (uint32_t)capacity;
    return adopt_ends(env, fds, request);
}

ATTEMPT(native_pipe_try_read)
{
    (void)env;
    size_t length = request->length < INT_MAX ? request->length : INT_MAX;
    ssize_t n;
    while ((n = native_sys.read(object->fd, request->bytes, length)) < 0 && errno == EINTR)
        continue;
    return n < 0 ? -errno : (int)n;
}

ATTEMPT(native_pipe_try_write)
{
    (void)env;
    size_t length = request->length < INT_MAX ? request->length : INT_MAX;
    ssize_t n;
    while ((n = native_sys.write(object->fd, request->bytes, length)) < 0 && errno == EINTR)
        continue;
    return n < 0 ? -errno : (int)n;
}

static int poll_until(int fd, short events, int64_t deadline_ns)
{
    struct timespec left;
    struct pollfd poll = {.fd = fd, .events = events};
    return native_sys.ppoll(&poll, 1, native_left(deadline_ns, &left)) < 0 ? -errno : 0;
}

WAIT(native_pipe_read)
{
    int n = poll_until(object->fd, POLLIN, deadline_ns);
    return n < 0 ? n : native_pipe_try_read(NULL, object, request);
}

WAIT(native_pipe_write)
{
    int n = poll_until(object->fd, POLLOUT, deadline_ns);
    return n < 0 ? n : native_pipe_try_write(NULL, object, request);
}

ATTEMPT(native_pipe_attributes)
{
    (void)env;
    int readable, capacity = native_sys.fcntl(object->fd, F_GETPIPE_SZ, 0);
    if (capacity < 0 || native_sys.ioctl(object->fd, FIONREAD, &readable) < 0)
        return -errno;
    request->out[0] = (uint32_t)capacity;
    request->out[1] = (uint32_t)readable;
    return 0;
}
