/* bench ENGINE trip|stream name=value...: one run of one engine, printed as JSON: seconds, cpuSeconds, rssBytes, latenciesNs. */
#include "bench.h"

#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct scenario scenario = {.bytes = 64,
                            .count = 100000,
                            .batch = 1,
                            .capacity = 1024,
                            .producers = 1,
                            .consumers = 1,
                            .priorities = 1};

static const struct {
    const char *name;
    uint32_t *value;
} settings[] = {
    {"bytes", &scenario.bytes},           {"count", &scenario.count},
    {"batch", &scenario.batch},           {"capacity", &scenario.capacity},
    {"producers", &scenario.producers},   {"consumers", &scenario.consumers},
    {"priorities", &scenario.priorities}, {"busyUs", &scenario.busy_us},
};

static const struct engine *const all[] = {kernel_engines, limit_engines, spsc_engines,
                                           core_engines, boost_engines};

static struct {
    _Atomic uint32_t here; /* ends that are ready to begin */
    struct end ends[MOST_ENDS];
} * shared;

void must(int fine, const char *what)
{
    if (fine)
        return;
    perror(what);
    exit(1);
}

int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void be_busy(void)
{
    if (scenario.busy_us == 0)
        return;
    int64_t end = now_ns() + scenario.busy_us * 1000;
    while (now_ns() < end)
        ;
}

void *share(uint64_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(memory != MAP_FAILED, "mmap");
    return memory;
}

static void pin(uint32_t index)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(index % (uint32_t)sysconf(_SC_NPROCESSORS_ONLN), &one);
    must(sched_setaffinity(0, sizeof one, &one) == 0, "sched_setaffinity");
}

static int64_t cpu_us(const struct rusage *used)
{
    return (int64_t)(used->ru_utime.tv_sec + used->ru_stime.tv_sec) * 1000000 +
           used->ru_utime.tv_usec + used->ru_stime.tv_usec;
}

static void run_end(const struct engine *engine, enum work work, uint32_t index, uint32_t ends)
{
    struct end *end = &shared->ends[index];
    struct rusage before, after;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pin(index);
    if (engine->join)
        engine->join(end);
    atomic_fetch_add(&shared->here, 1);
    while (atomic_load(&shared->here) < ends)
        pause_a_moment();
    getrusage(RUSAGE_SELF, &before);
    end->begun_ns = now_ns();
    engine->work[work](end);
    end->ended_ns = now_ns();
    getrusage(RUSAGE_SELF, &after);
    end->cpu_us = cpu_us(&after) - cpu_us(&before);
    end->rss_bytes = after.ru_maxrss * 1024;
    _exit(0);
}

static const struct engine *find(const char *name)
{
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        for (const struct engine *each = all[i]; each->name; each++)
            if (strcmp(each->name, name) == 0)
                return each;
    fprintf(stderr, "no engine is called %s\n", name);
    exit(2);
}

static void set(char *pair)
{
    char *value = strchr(pair, '=');
    for (size_t i = 0; value != NULL && i < sizeof settings / sizeof *settings; i++)
        if (strncmp(settings[i].name, pair, (size_t)(value - pair)) == 0 &&
            settings[i].name[value - pair] == 0) {
            *settings[i].value = (uint32_t)strtoul(value + 1, NULL, 10);
            return;
        }
    fprintf(stderr, "what is %s?\n", pair);
    exit(2);
}

/* What all producers send, by their first four bytes. */
static uint64_t sum_expected(uint32_t producers)
{
    uint64_t each = scenario.count / producers;
    return producers * (each * (each - 1) / 2);
}

static void print(uint32_t ends)
{
    int64_t begun = INT64_MAX, ended = 0, cpu = 0, rss = 0;
    for (uint32_t i = 0; i < ends; i++) {
        const struct end *end = &shared->ends[i];
        begun = end->begun_ns < begun ? end->begun_ns : begun;
        ended = end->ended_ns > ended ? end->ended_ns : ended;
        cpu += end->cpu_us;
        rss += end->rss_bytes;
    }
    printf("{\"seconds\":%.9f,\"cpuSeconds\":%.6f,\"rssBytes\":%lld",
           (double)(ended - begun) * 1e-9, (double)cpu * 1e-6, (long long)rss);
    for (uint32_t i = 0; shared->ends[0].latencies_ns && i < scenario.count; i++)
        printf("%s%u", i ? "," : ",\"latenciesNs\":[", shared->ends[0].latencies_ns[i]);
    printf("%s}\n", shared->ends[0].latencies_ns ? "]" : "");
}

int main(int count, char **args)
{
    must(count >= 3, "bench ENGINE trip|stream name=value...");
    const struct engine *engine = find(args[1]);
    int trip = strcmp(args[2], "trip") == 0;
    for (int i = 3; i < count; i++)
        set(args[i]);
    uint32_t producers = trip ? 1 : scenario.producers, consumers = trip ? 1 : scenario.consumers;
    uint32_t ends = producers + consumers;
    must(ends <= MOST_ENDS, "as many ends");
    shared = share(sizeof *shared);
    if (trip)
        shared->ends[0].latencies_ns = share(scenario.count * sizeof(uint32_t));
    if (engine->open)
        engine->open();
    for (uint32_t i = 0; i < ends; i++) {
        enum work work = i < producers ? (trip ? ASK : SEND) : (trip ? ANSWER : RECEIVE);
        must(engine->work[work] != NULL, "such a work");
        shared->ends[i].index = i;
        shared->ends[i].count = scenario.count / (i < producers ? producers : consumers);
        if (fork() == 0)
            run_end(engine, work, i, ends);
    }
    uint64_t sum = 0;
    for (uint32_t i = 0; i < ends; i++) {
        int status;
        must(wait(&status) > 0 && status == 0, "an end");
    }
    for (uint32_t i = 0; i < ends; i++)
        sum += shared->ends[i].sum;
    must(sum == sum_expected(producers), "the sum of what was received");
    print(ends);
    return 0;
}
