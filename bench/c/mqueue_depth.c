/*
 * What a send and a receive cost when 100,000 messages of 1,000 priorities wait, against 10 of 10:
 * 64 bytes, random priorities, steady state. Pairs run in turn; the median of their ratios is judged.
 */
#include "sluice.h"

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PAIRS = 15, ROUNDS = 200000, MESSAGE = 64, BYTES = 32 << 20 };
static const double BAR = 4;

struct side {
    _Alignas(8) uint8_t view[SLUICE_VIEW_BYTES];
    struct sluice *s;
    uint32_t handle, depth, priorities, seed;
};

static void must(int n, const char *what)
{
    if (n >= 0)
        return;
    fprintf(stderr, "%s: %d\n", what, n);
    exit(1);
}

static uint32_t random_of(struct side *side, uint32_t below)
{
    side->seed = side->seed * 1664525 + 1013904223;
    return (uint32_t)((uint64_t)side->seed * below >> 32);
}

static void ask(struct side *side, uint32_t op, uint32_t priority, uint8_t *bytes)
{
    struct sluice_request r = {.op = op, .handle = side->handle, .args = {priority}};
    r.bytes = bytes;
    r.length = MESSAGE;
    must(sluice_try(side->s, &r), op == SLUICE_OP_MQ_SEND ? "send" : "receive");
}

static void send(struct side *side, uint8_t *bytes)
{
    uint32_t priority = random_of(side, side->priorities) * (SLUICE_PRIORITIES / side->priorities);
    ask(side, SLUICE_OP_MQ_SEND, priority, bytes);
}

/* A queue that holds `depth` messages; it takes one more. */
static void fill(struct side *side, uint32_t depth, uint32_t priorities)
{
    uint8_t bytes[MESSAGE] = {0};
    void *base = aligned_alloc(64, BYTES);
    memset(base, 0, BYTES);
    *side = (struct side){.depth = depth, .priorities = priorities, .seed = depth};
    side->s = (struct sluice *)side->view;
    must(sluice_format(base, BYTES, 2, 0), "format");
    must(sluice_attach(side->s, base, BYTES, 1, 0, 0), "attach");
    struct sluice_request r = {.op = SLUICE_OP_MQ_OPEN, .name = "/depth", .name_length = 6};
    r.args[0] = SLUICE_CREATE | SLUICE_READ | SLUICE_WRITE;
    r.args[2] = depth + 1;
    r.args[3] = MESSAGE;
    side->handle = (uint32_t)sluice_try(side->s, &r);
    must((int)side->handle, "open");
    for (uint32_t i = 0; i < depth; i++)
        send(side, bytes);
}

/* One after the other, the depth as it was. */
static void steady(struct side *side)
{
    uint8_t bytes[MESSAGE] = {0};
    for (int i = 0; i < ROUNDS; i++) {
        send(side, bytes);
        ask(side, SLUICE_OP_MQ_RECEIVE, 0, bytes);
    }
}

/* All out, all in again: touches every cell in an order that no cache foresees. */
static void drained(struct side *side)
{
    uint8_t bytes[MESSAGE] = {0};
    for (uint32_t done = 0; done < ROUNDS; done += side->depth) {
        for (uint32_t i = 0; i < side->depth; i++)
            ask(side, SLUICE_OP_MQ_RECEIVE, 0, bytes);
        for (uint32_t i = 0; i < side->depth; i++)
            send(side, bytes);
    }
}

/* Nanoseconds a send and a receive. */
static double measure(struct side *side, void (*work)(struct side *))
{
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    work(side);
    clock_gettime(CLOCK_MONOTONIC, &end);
    return ((double)(end.tv_sec - start.tv_sec) * 1e9 + (double)(end.tv_nsec - start.tv_nsec)) /
           ROUNDS;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values)
{
    qsort(values, PAIRS, sizeof(*values), by_value);
    return values[PAIRS / 2];
}

static bool judge(const char *name, struct side *few, struct side *many,
                  void (*work)(struct side *))
{
    double a[PAIRS], b[PAIRS], ratio[PAIRS];
    for (int i = 0; i < PAIRS; i++) {
        a[i] = measure(few, work);
        b[i] = measure(many, work);
        ratio[i] = b[i] / a[i];
    }
    double worse = median(ratio);
    printf("%s %s, a send and a receive: %.0f ns at 10 messages, %.0f ns at 100,000: "
           "ratio %.2f (%.2f to %.2f), at most %.0f\n",
           worse <= BAR ? "ok" : "not ok", name, median(a), median(b), worse, ratio[0],
           ratio[PAIRS - 1], BAR);
    return worse <= BAR;
}

int main(void)
{
    static struct side few, many;
    cpu_set_t first;
    CPU_ZERO(&first);
    CPU_SET(0, &first);
    sched_setaffinity(0, sizeof(first), &first);
    fill(&few, 10, 10);
    fill(&many, 100000, 1000);
    bool fine = judge("steady", &few, &many, steady);
    fine &= judge("drained and filled", &few, &many, drained);
    return !fine;
}
