/* The port on Linux: what parking answers, in each way that it ends. */
#include "world.h"

#include <pthread.h>

static struct sluice_au32 word, done;

static void ends_by_itself(void)
{
    int64_t now = port_now_ns();
    store_seq(&word, 1);
    check(!port_park(&word, 1, now) && !port_park(&word, 1, now + 1000000));
    check(port_now_ns() >= now + 1000000);
    check(port_park(&word, 2, PORT_FOREVER) &&
          port_park(&word, 2, now)); /* it is another already */
    passed("port: parked until the deadline, not at all where the word has changed");
}

static void *sleeps(void *unused)
{
    (void)unused;
    check(port_park(&word, 1, PORT_FOREVER));
    store_seq(&done, 1);
    return NULL;
}

/* Whether it sleeps yet cannot be seen: so until it is up. */
static void is_woken(void)
{
    pthread_t thread;
    check(pthread_create(&thread, NULL, sleeps, NULL) == 0);
    while (load_seq(&done) == 0)
        port_unpark(&word);
    check(pthread_join(thread, NULL) == 0);
    passed("port: woken without a deadline, with the word as it was");
}

int main(void)
{
    ends_by_itself();
    is_woken();
    return 0;
}
