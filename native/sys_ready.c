/* poll(2) of whatever has a descriptor: pipes, FIFOs, queues. A named semaphore has none. */
#include "clock.h"
#include "families.h"
#include "sys.h"

#include <errno.h>

static int poll_until(struct object *object, struct request *request, const struct timespec *left)
{
    uint32_t what = request->args[0];
    struct pollfd poll = {.fd = object->fd, .events = what == SLUICE_WRITE ? POLLOUT : POLLIN};
    if (what != SLUICE_READ && what != SLUICE_WRITE)
        return -EINVAL;
    if (object->fd < 0)
        return -ENOTSUP;
    if (!(object->access & what))
        return -EBADF;
    int n = native_sys.ppoll(&poll, 1, left);
    return n < 0 ? -errno : n > 0 ? 0 : -EAGAIN;
}

ATTEMPT(native_try_ready)
{
    (void)env;
    static const struct timespec none;
    int n;
    while ((n = poll_until(object, request, &none)) == -EINTR)
        continue;
    return n;
}

WAIT(native_ready)
{
    struct timespec left;
    return poll_until(object, request, native_left(deadline_ns, &left));
}
