#include "clock.h"
#include "env.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum { TAG_WAKE, TAG_IO, TAG_LOOP, TAG_OWNER };

#define REPEAT_NS (1 * (int64_t)CLOCK_MS) /* a signal not taken by then came too early */
#define CALM_NS (2 * (int64_t)CLOCK_MS)   /* a busy loop's rings are looked at this often at most */
#define RECHECK_NS (500 * (int64_t)CLOCK_MS) /* see ring() */

struct uv_loop_s;
/* libuv's, inside Node; missing elsewhere. */
extern int uv_backend_fd(const struct uv_loop_s *loop) __attribute__((weak));

static void wake(struct env *env)
{
    uint64_t one = 1;
    while (native_sys.write(env->monitor.wake, &one, sizeof one) < 0 && errno == EINTR)
        continue;
}

static void list(struct env *env, struct sleeper *sleeper)
{
    if (sleeper->listed)
        return;
    sleeper->listed = true;
    sleeper->next = env->monitor.listed;
    env->monitor.listed = sleeper;
}

void native_monitor_drop(struct env *env, struct sleeper *sleeper)
{
    if (!sleeper->listed)
        return;
    struct sleeper **at = &env->monitor.listed;
    while (*at != sleeper)
        at = &(*at)->next;
    *at = sleeper->next;
    sleeper->listed = false;
}

static void signal_sleeper(struct sleeper *sleeper, int64_t now)
{
    if (sleeper->running)
        native_sys.thread_kill(sleeper->thread, native_signal());
    sleeper->again_ns = now + REPEAT_NS;
}

void native_monitor_interrupt(struct env *env, struct sleeper *sleeper)
{
    or_seq(&sleeper->wanted, SLEEPER_CANCEL);
    signal_sleeper(sleeper, native_now_ns(CLOCK_MONOTONIC));
    list(env, sleeper);
    wake(env);
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Does what is due for a sleeper; gives the time of the next. */
static int64_t attend(struct sleeper *sleeper, int64_t now)
{
    if (load_seq(&sleeper->wanted) == 0 && now >= earlier(sleeper->alarm_ns, sleeper->look_ns)) {
        sleeper->looked_ns = now;
        sleeper->look_ns = sleeper->rung ? now + RECHECK_NS : CLOCK_NEVER;
        or_seq(&sleeper->wanted, SLEEPER_LOOK);
    }
    if (load_seq(&sleeper->wanted) == 0)
        return earlier(sleeper->alarm_ns, sleeper->look_ns);
    if (now >= sleeper->again_ns)
        signal_sleeper(sleeper, now);
    return sleeper->again_ns;
}

/*
 * Something came in for the loop of the blocked thread: perhaps its
 * termination. Node joins several such calls into one ring, so once it has rung
 * a termination may come without: look again from time to time.
 */
static void ring(struct sleeper *sleeper, int64_t now)
{
    sleeper->rung = true;
    int64_t calm = sleeper->looked_ns + CALM_NS;
    sleeper->look_ns = earlier(sleeper->look_ns, calm > now ? calm : now);
}

static void take_event(struct env *env, uint64_t tag, int64_t now)
{
    struct monitor *monitor = &env->monitor;
    uint64_t count;
    if (tag == TAG_WAKE) {
        while (native_sys.read(monitor->wake, &count, sizeof count) < 0 && errno == EINTR)
            continue;
    } else if (tag == TAG_IO) {
        monitor->io_ready = true;
        native_tell(env);
    } else if (tag == TAG_OWNER) {
        monitor->owner_ended = true;
        native_tell(env);
        if (monitor->blocked)
            monitor->blocked->look_ns = now;
    } else if (monitor->blocked)
        ring(monitor->blocked, now);
}

/* One turn, under the lock: false to end. */
static bool turn(struct env *env, struct timespec *left, struct timespec **timeout)
{
    struct epoll_event events[4];
    int count = native_sys.epoll_wait(env->monitor.epoll, events, 4, 0);
    int64_t now = native_now_ns(CLOCK_MONOTONIC), due = CLOCK_NEVER;
    for (int i = 0; i < count; i++)
        take_event(env, events[i].data.u64, now);
    for (struct sleeper *each = env->monitor.listed; each; each = each->next)
        due = earlier(due, attend(each, now));
    *timeout = native_left(due, left);
    return !env->monitor.stop;
}

static void *monitor_main(void *argument)
{
    struct env *env = argument;
    struct pollfd poll = {.fd = env->monitor.epoll, .events = POLLIN};
    struct timespec left, *timeout;
    pthread_setname_np(pthread_self(), "sluice-monitor");
    for (;;) {
        pthread_mutex_lock(&env->lock);
        bool on = turn(env, &left, &timeout);
        pthread_mutex_unlock(&env->lock);
        if (!on)
            return NULL;
        native_sys.ppoll(&poll, 1, timeout);
    }
}

static int add(struct monitor *monitor, int what, int fd, uint32_t events, uint64_t tag)
{
    struct epoll_event event = {.events = events, .data.u64 = tag};
    return native_sys.epoll_ctl(monitor->epoll, what, fd, &event) < 0 ? -errno : 0;
}

static void close_all(struct monitor *monitor)
{
    if (monitor->epoll >= 0)
        native_sys.close(monitor->epoll);
    if (monitor->wake >= 0)
        native_sys.close(monitor->wake);
    if (monitor->io >= 0)
        native_sys.close(monitor->io);
}

static int open_all(struct monitor *monitor)
{
    monitor->wake = monitor->io = -1;
    if ((monitor->epoll = native_sys.epoll_create()) < 0)
        return -errno;
    if ((monitor->wake = native_sys.eventfd()) < 0)
        return -errno;
    if ((monitor->io = native_sys.epoll_create()) < 0)
        return -errno;
    int n = add(monitor, EPOLL_CTL_ADD, monitor->wake, EPOLLIN, TAG_WAKE);
    return n < 0 ? n : add(monitor, EPOLL_CTL_ADD, monitor->io, EPOLLIN | EPOLLONESHOT, TAG_IO);
}

int native_monitor_start(struct env *env)
{
    struct monitor *monitor = &env->monitor;
    if (monitor->running)
        return 0;
    int n = native_signal();
    if (n < 0)
        return n;
    n = open_all(monitor);
    if (n == 0) {
        monitor->stop = monitor->io_ready = monitor->owner_ended = false;
        n = native_thread_new(&monitor->thread, monitor_main, env);
    }
    monitor->running = n == 0;
    if (n < 0)
        close_all(monitor);
    return n;
}

void native_monitor_stop(struct env *env)
{
    if (!env->monitor.running)
        return;
    pthread_mutex_lock(&env->lock);
    env->monitor.stop = true;
    pthread_mutex_unlock(&env->lock);
    wake(env);
    pthread_join(env->monitor.thread, NULL);
    env->monitor.running = false;
    close_all(&env->monitor);
}

/* The loop's descriptor, or -1 where nobody terminates the thread. */
static int loop_fd(struct env *env)
{
    struct uv_loop_s *loop;
    if (!env->worker || !uv_backend_fd || napi_get_uv_event_loop(env->napi, &loop) != napi_ok)
        return -1;
    return uv_backend_fd(loop);
}

int native_monitor_watch(struct env *env, struct sleeper *sleeper, bool alarm, bool owners)
{
    int fd = loop_fd(env), n;
    if (!alarm && !owners && fd < 0)
        return 0;
    if ((n = native_monitor_start(env)) < 0)
        return n;
    pthread_mutex_lock(&env->lock);
    sleeper->napi = env->napi;
    sleeper->thread = pthread_self();
    sleeper->running = true;
    sleeper->alarm_ns = alarm ? sleeper->deadline_ns : CLOCK_NEVER;
    env->monitor.blocked = sleeper;
    list(env, sleeper);
    pthread_mutex_unlock(&env->lock);
    if (alarm)
        wake(env);
    /* Edges only: what lay there before is told once, and the loop cannot take it while blocked. */
    if (fd >= 0)
        n = add(&env->monitor, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLET, TAG_LOOP);
    if (n < 0)
        native_monitor_unwatch(env, sleeper);
    return n;
}

void native_monitor_unwatch(struct env *env, struct sleeper *sleeper)
{
    int fd = loop_fd(env);
    if (fd >= 0 && env->monitor.running)
        add(&env->monitor, EPOLL_CTL_DEL, fd, 0, TAG_LOOP);
    pthread_mutex_lock(&env->lock);
    native_monitor_drop(env, sleeper);
    if (env->monitor.blocked == sleeper)
        env->monitor.blocked = NULL;
    pthread_mutex_unlock(&env->lock);
}

int native_monitor_owner(struct env *env, int pidfd)
{
    int n = native_monitor_start(env);
    return n < 0 ? n : add(&env->monitor, EPOLL_CTL_ADD, pidfd, EPOLLIN | EPOLLONESHOT, TAG_OWNER);
}

void native_monitor_io_again(struct env *env)
{
    add(&env->monitor, EPOLL_CTL_MOD, env->monitor.io, EPOLLIN | EPOLLONESHOT, TAG_IO);
}
