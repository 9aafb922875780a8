#include "notify.h"
#include "clock.h"
#include "env.h"
#include "io.h"

#include <string.h>
#include <sys/socket.h>

/* Each registration takes room in the socket's receive buffer; at its end the kernel would wait. */
enum { MOST = 128 };

/* NOTIFY_COOKIE_LEN of the kernel; it overwrites the last byte. */
struct cookie {
    uint32_t token;
    uint8_t free[27];
    uint8_t what; /* 1: a message came; 2: the registration is gone */
};
_Static_assert(sizeof(struct cookie) == 32, "the kernel copies 32 bytes");

static int open_socket(struct env *env)
{
    if (env->notify_fd >= 0)
        return 0;
    int n = native_monitor_start(env);
    if (n < 0)
        return n;
    if ((env->notify_fd = native_sys.netlink()) < 0)
        return -errno;
    n = native_io_watch_notify(env, true);
    if (n < 0)
        native_notify_end(env);
    return n;
}

void native_notify_end(struct env *env)
{
    if (env->notify_fd >= 0)
        native_sys.close(env->notify_fd);
    env->notify_fd = -1;
}

static int enroll(struct env *env, struct waiter *waiter)
{
    struct cookie cookie = {.token = waiter->token};
    struct sigevent event = {.sigev_notify = SIGEV_THREAD,
                             .sigev_signo = env->notify_fd,
                             .sigev_value.sival_ptr = &cookie};
    return native_sys.mq_notify(waiter->object->fd, &event) < 0 ? -errno : 0;
}

int native_notify_start(struct env *env, struct waiter *waiter)
{
    int n = open_socket(env);
    if (n == 0 && env->notifying == MOST)
        n = -EMFILE;
    if (n == 0)
        n = enroll(env, waiter);
    if (n == 0)
        n = native_io_watch_notify(env, false);
    if (n < 0)
        return n;
    env->notifying++;
    waiter->state = WAITER_ACTIVE;
    waiter->object->notify = waiter;
    return WAITER_WAITS;
}

static void finish(struct env *env, struct waiter *waiter, int n)
{
    env->notifying--;
    native_waiter_finish(env, waiter, n);
}

static void take(struct env *env, const struct cookie *cookie)
{
    struct waiter *waiter = native_table_get(&env->tokens, cookie->token);
    if (!waiter || waiter->row->way != WAY_NOTIFY || waiter->state != WAITER_ACTIVE)
        return;
    if (cookie->what == 1) {
        finish(env, waiter, 0);
        return;
    }
    /* Linux drops the registration when any descriptor of this process for the queue closes. */
    int n = waiter->removing ? -ECANCELED : enroll(env, waiter);
    if (n < 0)
        finish(env, waiter, n);
}

void native_notify_drain(struct env *env)
{
    struct cookie cookie;
    if (env->notify_fd < 0)
        return;
    while (native_sys.recv(env->notify_fd, &cookie, sizeof cookie, MSG_DONTWAIT) == sizeof cookie)
        take(env, &cookie);
    if (env->notifying)
        native_io_watch_notify(env, false);
}

void native_notify_cancel(struct env *env, struct waiter *waiter)
{
    waiter->removing = true;
    native_notify_drain(env); /* it may have won, and another be registered by now */
    if (waiter->state == WAITER_ACTIVE)
        native_sys.mq_notify(waiter->object->fd, NULL);
    native_notify_drain(env);
    if (waiter->state == WAITER_ACTIVE)
        finish(env, waiter, -ECANCELED);
}

static int wait_for(struct env *env, struct waiter *waiter, struct sleeper *sleeper)
{
    struct timespec left;
    while (waiter->state == WAITER_ACTIVE) {
        int n = native_sleeper_check(sleeper);
        if (n < 0) {
            native_notify_cancel(env, waiter);
            return waiter->n < 0 ? n : waiter->n;
        }
        struct pollfd poll = {.fd = env->notify_fd, .events = POLLIN};
        native_sys.ppoll(&poll, 1, native_left(sleeper->deadline_ns, &left));
        native_notify_drain(env);
    }
    return waiter->n;
}

int native_notify_block(struct env *env, const struct row *row, struct object *object,
                        struct request *request, struct sleeper *sleeper)
{
    struct waiter *waiter = native_waiter_new(env, row, object, request);
    if (!waiter)
        return -ENOMEM;
    waiter->sync = true;
    int n = native_notify_start(env, waiter);
    if (n == WAITER_WAITS)
        n = wait_for(env, waiter, sleeper);
    native_waiter_free(env, waiter);
    return n;
}
