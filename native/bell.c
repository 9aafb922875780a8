#include "bell.h"
#include "env.h"

#include "port/port.h"
#include "sluice_abi.h"

#include <errno.h>

enum { ASLEEP = SLUICE_BELL_ASLEEP };

/* Under the lock, which it gives up while it sleeps. */
static void sleep_on(struct bell *bell)
{
    pthread_mutex_unlock(&bell->env->lock);
    while (load_seq(bell->word) == ASLEEP && !load_seq(&bell->stop))
        port_park(bell->word, ASLEEP, PORT_FOREVER);
    pthread_mutex_lock(&bell->env->lock);
    bell->asked = false;
    bell->rung = true;
    native_tell(bell->env);
}

static void *bell_main(void *argument)
{
    struct bell *bell = argument;
    pthread_setname_np(pthread_self(), "sluice-bell");
    pthread_mutex_lock(&bell->env->lock);
    while (!load_seq(&bell->stop)) {
        if (bell->asked)
            sleep_on(bell);
        else
            pthread_cond_wait(&bell->ask, &bell->env->lock);
    }
    pthread_mutex_unlock(&bell->env->lock);
    return NULL;
}

static int start(struct bell *bell)
{
    store_seq(&bell->stop, false);
    bell->asked = false;
    pthread_cond_init(&bell->ask, NULL);
    int n = native_thread_new(&bell->thread, bell_main, bell);
    bell->running = n == 0;
    return n;
}

int native_bell_listen(struct bell *bell)
{
    int n = bell->running ? 0 : start(bell);
    if (n < 0)
        return n;
    pthread_mutex_lock(&bell->env->lock);
    bell->asked = true;
    pthread_cond_signal(&bell->ask);
    pthread_mutex_unlock(&bell->env->lock);
    return 0;
}

void native_bell_touch(struct bell *bell)
{
    pthread_mutex_lock(&bell->env->lock);
    bell->rung = true;
    native_tell(bell->env);
    pthread_mutex_unlock(&bell->env->lock);
}

bool native_bell_take(struct bell *bell)
{
    pthread_mutex_lock(&bell->env->lock);
    bool rung = bell->rung;
    bell->rung = false;
    pthread_mutex_unlock(&bell->env->lock);
    return rung;
}

void native_bell_stop(struct bell *bell)
{
    if (!bell->running)
        return;
    pthread_mutex_lock(&bell->env->lock);
    store_seq(&bell->stop, true);
    pthread_cond_signal(&bell->ask);
    pthread_mutex_unlock(&bell->env->lock);
    /* of one that was pronounced dead nobody answers it; where it is another's by now, that one looks for nothing */
    xchg_seq(bell->word, SLUICE_BELL_RUNG);
    port_unpark(bell->word);
    pthread_join(bell->thread, NULL);
    pthread_cond_destroy(&bell->ask);
    bell->running = false;
}
