#include "sleeper.h"
#include "clock.h"
#include "sys.h"

#include <errno.h>

static int chosen;
static struct sigaction before; /* whose signal it was, when all were taken */

static void on_signal(int number, siginfo_t *info, void *context)
{
    int saved = errno;
    if (before.sa_flags & SA_SIGINFO)
        before.sa_sigaction(number, info, context);
    else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN)
        before.sa_handler(number);
    errno = saved;
}

static bool is_free(int number)
{
    struct sigaction now;
    return native_sys.sigaction(number, NULL, &now) == 0 && !(now.sa_flags & SA_SIGINFO) &&
           now.sa_handler == SIG_DFL;
}

/* A disposition is the whole process's, hence once for all environments. */
static void choose(void)
{
    struct sigaction ours = {.sa_flags = SA_SIGINFO | SA_ONSTACK}; /* no SA_RESTART: calls end */
    int number = SIGRTMAX - 1;
    while (number > SIGRTMIN && !is_free(number))
        number--;
    if (!is_free(number))
        number = SIGRTMAX - 1;
    ours.sa_sigaction = on_signal;
    sigemptyset(&ours.sa_mask);
    if (native_sys.sigaction(number, NULL, &before) < 0 ||
        native_sys.sigaction(number, &ours, NULL) < 0)
        chosen = -errno;
    else
        chosen = number;
}

int native_signal(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, choose);
    return chosen;
}

void native_sleeper_init(struct sleeper *sleeper, int64_t deadline_ns)
{
    *sleeper = (struct sleeper){
        .deadline_ns = deadline_ns, .alarm_ns = CLOCK_NEVER, .look_ns = CLOCK_NEVER};
}

/* Cleanup hooks run only once the call has returned; but a script does not run while terminating. */
static bool is_terminating(napi_env napi)
{
    napi_handle_scope scope;
    napi_value source, result;
    napi_open_handle_scope(napi, &scope);
    bool runs = napi_create_string_utf8(napi, "0", 1, &source) == napi_ok &&
                napi_run_script(napi, source, &result) == napi_ok;
    napi_close_handle_scope(napi, scope);
    return !runs;
}

int native_sleeper_check(struct sleeper *sleeper)
{
    uint32_t wanted = xchg_seq(&sleeper->wanted, 0);
    if (wanted & SLEEPER_CANCEL)
        return -ECANCELED;
    if (wanted & SLEEPER_LOOK && sleeper->napi && is_terminating(sleeper->napi))
        return -ECANCELED;
    if (sleeper->deadline_ns != CLOCK_NEVER &&
        native_now_ns(CLOCK_MONOTONIC) >= sleeper->deadline_ns)
        return -ETIMEDOUT;
    return 0;
}

int native_sleep(struct sleeper *sleeper, const struct row *row, struct object *object,
                 struct request *request)
{
    for (bool tried = false;; tried = true) {
        int n = native_sleeper_check(sleeper);
        if (n < 0 &&
            (n != -ETIMEDOUT || tried)) /* a short patience is for one try, however late we are */
            return n;
        n = row->wait(object, request, sleeper->deadline_ns);
        if (n != -EINTR && n != -EAGAIN && n != -ETIMEDOUT)
            return n;
    }
}
