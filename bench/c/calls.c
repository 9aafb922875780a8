/* The same calls as calls.mjs, from C: `calls queue|semaphore|pipe COUNT` prints pairs of calls a second. */
#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BYTES = 64 };

static char bytes[BYTES];

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
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

static const struct {
    const char *name;
    int (*pair)(void);
} pairs[] = {{"queue", by_queue}, {"semaphore", by_semaphore}, {"pipe", by_pipe}};

static double rate(int (*pair)(void), long calls)
{
    double start = now();
    for (long i = 0; i < calls; i++)
        if (pair())
            exit(1);
    return (double)calls / (now() - start);
}

int main(int count, char **args)
{
    struct mq_attr attributes = {.mq_maxmsg = 4, .mq_msgsize = BYTES};
    char name[64];
    if (count != 3)
        return 2;
    snprintf(name, sizeof name, "/sluice-calls-%d", (int)getpid());
    queue = mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, &attributes);
    sem = sem_open(name, O_CREAT | O_EXCL, 0600, 0);
    mq_unlink(name);
    sem_unlink(name);
    if (queue < 0 || sem == SEM_FAILED || pipe(ends) < 0)
        return 1;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (strcmp(pairs[i].name, args[1]) == 0)
            printf("%.0f\n", rate(pairs[i].pair, atol(args[2])));
    return 0;
}
