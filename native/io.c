#include "io.h"
#include "env.h"
#include "marshal.h"
#include "notify.h"
#include "waiter.h"

#include <errno.h>

enum { TAG_NOTIFY = 0, AT_ONCE = 64 }; /* else the tag is a handle's number, never 0 */

/* One shot: an event without a waiter must not come again and again. */
static int watch(struct env *env, int fd, bool first, uint32_t events, uint64_t tag)
{
    struct epoll_event event = {.events = events | EPOLLONESHOT, .data.u64 = tag};
    int what = first ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    return native_sys.epoll_ctl(env->monitor.io, what, fd, &event) < 0 ? -errno : 0;
}

/* Not where its first is in the kernel, on a thread. */
static bool waits_for_fd(struct object *object, int lane)
{
    struct waiter *first = object->lanes[lane].first;
    return first && first->row->way == WAY_READY;
}

int native_io_watch(struct env *env, struct object *object)
{
    uint32_t events = 0;
    for (int lane = 0; lane < LANES; lane++)
        if (waits_for_fd(object, lane))
            events |= lane % 2 ? EPOLLOUT : EPOLLIN;
    int n = native_monitor_start(env);
    if (n == 0)
        n = watch(env, object->fd, !object->polled, events, object->handle);
    if (n == 0)
        object->polled = true;
    return n;
}

int native_io_watch_notify(struct env *env, bool first)
{
    return watch(env, env->notify_fd, first, EPOLLIN, TAG_NOTIFY);
}

static int attempt_again(struct env *env, struct waiter *waiter)
{
    struct request *request = &waiter->request;
    if (!waiter->owned && waiter->bytes && !native_bytes_of(env, waiter->bytes, request))
        return -EINVAL; /* JavaScript gave its memory away */
    return waiter->row->attempt(env, waiter->object, request);
}

void native_lane_serve(struct env *env, struct object *object, int lane)
{
    struct waiter *waiter;
    while ((waiter = object->lanes[lane].first)) {
        int n = attempt_again(env, waiter);
        if (n == -EAGAIN)
            n = native_waiter_start(env, waiter);
        if (n == WAITER_WAITS)
            return;
        native_waiter_finish(env, waiter, n);
    }
}

static void take(struct env *env, uint64_t tag)
{
    if (tag == TAG_NOTIFY) {
        native_notify_drain(env);
        return;
    }
    struct object *object = native_table_get(&env->handles, (uint32_t)tag);
    if (!object)
        return;
    object->refs++;
    for (int lane = 0; lane < LANES; lane++)
        if (waits_for_fd(object, lane))
            native_lane_serve(env, object, lane);
    native_object_unref(env, object);
}

void native_io_serve(struct env *env)
{
    struct epoll_event events[AT_ONCE];
    int count = native_sys.epoll_wait(env->monitor.io, events, AT_ONCE, 0);
    for (int i = 0; i < count; i++)
        take(env, events[i].data.u64);
    /* Level-triggered: what is left beyond these is told again. */
    native_monitor_io_again(env);
}
