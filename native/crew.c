#include "clock.h"
#include "env.h"
#include "waiter.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define IDLE_NS (1000 * (int64_t)CLOCK_MS)
enum { STACK_BYTES = 128 * 1024 };

struct member {
    pthread_t thread;
    struct env *env;
    struct member *next;
    bool ended;
};

/* Faults stay the thread's own; our signal must come in. */
static void set_mask(sigset_t *blocked)
{
    static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};
    sigfillset(blocked);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        sigdelset(blocked, own[i]);
    if (native_signal() > 0)
        sigdelset(blocked, native_signal());
}

int native_thread_new(pthread_t *thread, void *(*start)(void *), void *argument)
{
    pthread_attr_t attributes;
    sigset_t blocked, before;
    set_mask(&blocked);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    pthread_sigmask(SIG_SETMASK, &blocked, &before);
    int error = native_sys.thread_create(thread, &attributes, start, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return error ? -ENOMEM : 0; /* EAGAIN would say something else */
}

void native_crew_init(struct env *env)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&env->crew.work, &attributes);
    pthread_condattr_destroy(&attributes);
}

/* Under the lock: the next job; NULL when none came in time, or when all shall end. */
static struct waiter *next_job(struct env *env)
{
    struct crew *crew = &env->crew;
    struct timespec until = native_timespec(native_now_ns(CLOCK_MONOTONIC) + IDLE_NS);
    int error = 0;
    while (!crew->jobs && !crew->stop && error == 0) {
        crew->idle++;
        error = pthread_cond_timedwait(&crew->work, &env->lock, &until);
        crew->idle--;
    }
    struct waiter *job = crew->jobs;
    if (job) {
        crew->jobs = job->next_job;
        crew->queued--;
    }
    return job;
}

/* Under the lock, which it gives up meanwhile. */
static void do_job(struct env *env, struct waiter *job)
{
    struct sleeper *sleeper = &job->sleeper;
    sleeper->thread = pthread_self();
    sleeper->running = true;
    pthread_mutex_unlock(&env->lock);
    int n = native_sleep(sleeper, job->row, job->object, &job->request);
    pthread_mutex_lock(&env->lock);
    sleeper->running = false;
    native_monitor_drop(env, sleeper);
    job->n = n;
    job->ended = true;
    job->next_job = NULL;
    if (env->done)
        env->done_last->next_job = job;
    else
        env->done = job;
    env->done_last = job;
    native_tell(env);
}

static void *member_main(void *argument)
{
    struct member *member = argument;
    struct env *env = member->env;
    struct waiter *job;
    pthread_setname_np(pthread_self(), "sluice-wait");
    pthread_mutex_lock(&env->lock);
    while ((job = next_job(env)))
        do_job(env, job);
    member->ended = true;
    pthread_mutex_unlock(&env->lock);
    return NULL;
}

/* Under the lock. */
static int hire(struct env *env)
{
    struct member *member = native_sys.alloc(1, sizeof *member);
    if (!member)
        return -ENOMEM;
    member->env = env;
    int n = native_thread_new(&member->thread, member_main, member);
    if (n < 0) {
        free(member);
        return n;
    }
    member->next = env->crew.members;
    env->crew.members = member;
    return 0;
}

int native_crew_start(struct env *env, struct waiter *waiter)
{
    struct crew *crew = &env->crew;
    int n = native_monitor_start(env);
    if (n < 0)
        return n;
    native_crew_reap(env);
    pthread_mutex_lock(&env->lock);
    if (crew->idle <= crew->queued)
        n = hire(env);
    else
        pthread_cond_signal(&crew->work);
    if (n == 0) {
        waiter->next_job = NULL;
        if (crew->jobs)
            crew->last_job->next_job = waiter;
        else
            crew->jobs = waiter;
        crew->last_job = waiter;
        crew->queued++;
    }
    pthread_mutex_unlock(&env->lock);
    return n;
}

/* Takes those out of the list that have ended, or all of them. */
static struct member *leavers(struct env *env, bool all)
{
    struct member *out = NULL, **at = &env->crew.members;
    while (*at) {
        struct member *member = *at;
        if (!all && !member->ended) {
            at = &member->next;
            continue;
        }
        *at = member->next;
        member->next = out;
        out = member;
    }
    return out;
}

static void join_all(struct member *members)
{
    while (members) {
        struct member *next = members->next;
        pthread_join(members->thread, NULL);
        free(members);
        members = next;
    }
}

void native_crew_reap(struct env *env)
{
    pthread_mutex_lock(&env->lock);
    struct member *ended = leavers(env, false);
    pthread_mutex_unlock(&env->lock);
    join_all(ended);
}

void native_crew_stop(struct env *env)
{
    pthread_mutex_lock(&env->lock);
    env->crew.stop = true;
    pthread_cond_broadcast(&env->crew.work);
    struct member *all = leavers(env, true);
    pthread_mutex_unlock(&env->lock);
    join_all(all);
    env->crew.stop = false;
}
