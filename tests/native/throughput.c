/* The same calls as throughput.mjs, from C: pairs a second of send and receive, post and wait, write and read. */
#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { PAIRS = 300000, BYTES = 64 };

static char bytes[BYTES];

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static mqd_t queue;
static sem_t *sem;
static int ends[2];

static int by_queue(void)
{
    unsigned priority;
    return mq_send(queue, bytes, BYTES, 0) < 0 || mq_receive(queue, bytes, BYTES, &priority) < 0;
}

static int by_semaphore(void)
{
    return sem_post(sem) < 0 || sem_wait(sem) < 0;
}

static int by_pipe(void)
{
    return write(ends[1], bytes, BYTES) < 0 || read(ends[0], bytes, BYTES) < 0;
}

static void measure(const char *name, int (*pair)(void))
{
    double best = 0;
    for (int round = 0; round < 5; round++) {
        double start = now();
        for (int i = 0; i < PAIRS; i++)
            if (pair())
                exit(1);
        double rate = PAIRS / (now() - start);
        if (rate > best)
            best = rate;
    }
    printf("%s %.0f\n", name, best);
}

int main(void)
{
    struct mq_attr attributes = {.mq_maxmsg = 4, .mq_msgsize = BYTES};
    char name[64];
    snprintf(name, sizeof name, "/sluice-throughput-%d", (int)getpid());
    queue = mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, &attributes);
    sem = sem_open(name, O_CREAT | O_EXCL, 0600, 0);
    mq_unlink(name);
    sem_unlink(name);
    if (queue < 0 || sem == SEM_FAILED || pipe(ends) < 0)
        return 1;
    measure("mq", by_queue);
    measure("sem", by_semaphore);
    measure("pipe", by_pipe);
    return 0;
}
