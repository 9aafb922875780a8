/* Sleepers whom a settling wakes, though their bells say that somebody has done it already. */
#include "world.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

enum { BYTES = 1 << 18, AGENTS = 3, WATCHDOG_S = 10 };

static struct sluice s[AGENTS];
static atomic_int woken; /* 1: it was; -1: it has slept for too long */

static void *sleeps(void *argument)
{
    struct sluice *me = argument;
    int64_t deadline = port_now_ns() + WATCHDOG_S * (int64_t)1000000000;
    bool in_time = port_park(&me->me->bell, SLUICE_BELL_ASLEEP, deadline);
    atomic_store(&woken, in_time ? 1 : -1);
    return NULL;
}

/* Where it does not sleep yet after that time it meets a bell that is not ASLEEP: good, too, and no false alarm. */
static void let_it_sleep(void)
{
    const struct timespec time = {0, 50000000};
    nanosleep(&time, NULL);
}

static void wakes(uint32_t sleeper, uint32_t dead, const char *name)
{
    pthread_t thread;
    void *base = new_region(BYTES, AGENTS);
    for (uint32_t i = 0; i < AGENTS; i++)
        join(&s[i], base, BYTES, i + 1);
    atomic_store(&woken, 0);
    check(sluice_bell_arm(&s[sleeper]) == 1);
    check(pthread_create(&thread, NULL, sleeps, &s[sleeper]) == 0);
    let_it_sleep();
    store_relaxed(&s[sleeper].me->bell, SLUICE_BELL_RUNG); /* who did this died before he woke it */
    check(sluice_died(&s[0], dead + 1) == 1 && sluice_settle(&s[0]) == 0);
    pthread_join(thread, NULL);
    check(atomic_load(&woken) == 1);
    finish(&s[0], name);
}

int main(void)
{
    wakes(1, 2, "woken: who sleeps though his bell was rung by a dead one");
    wakes(2, 2, "woken: who sleeps though pronounced dead");
    return 0;
}
