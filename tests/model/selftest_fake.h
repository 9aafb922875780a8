/* What the checker's own tests have in common: programs over a few words, and what must come out of them. */
#ifndef SELFTEST_FAKE_H
#define SELFTEST_FAKE_H

#include "port/fake/fake.h"
#include "port/port.h"

#include <stdio.h>
#include <string.h>

/* All that an execution changes: the memory, and what each agent found. */
static struct {
    struct {
        struct sluice_au32 x, y;
        struct sluice_au64 wide;
        struct sluice_au32 many[64];
        unsigned char bytes[16];
    } memory;
    uint32_t found[4];
} world;
#define m world.memory
#define r world.found

static bool hit;
static int failed;
static struct fake_report report;

static void setup(void *ctx)
{
    (void)ctx;
    memset(&world, 0, sizeof world);
    /* what counts is reached after the search has begun for the last time */
    hit &= report.executions != 0;
}

static struct fake_program program(int agents, void (*agent)(void *, int), void (*check)(void *))
{
    return (struct fake_program){.name = "selftest",
                                 .agents = agents,
                                 .setup = setup,
                                 .agent = agent,
                                 .check = check,
                                 .base = &m,
                                 .base_bytes = sizeof m,
                                 .memory = &world,
                                 .memory_bytes = sizeof world};
}

static void verdict(const char *name, bool good, const char *what)
{
    printf("%s %-46s %8llu executions%s%s\n", good ? "ok  " : "FAIL", name,
           (unsigned long long)report.executions, what && what[0] ? ", " : "", what ? what : "");
    failed += !good;
}

static int explore(const struct fake_program *p, enum fake_mode mode, int preemptions)
{
    struct fake_options o = {
        .mode = mode, .preemptions = preemptions, .quiet = true, .seed = 1, .max_steps = 500};
    hit = false;
    return fake_explore(p, &o, &report);
}

static const enum fake_mode both_ways[] = {FAKE_COMPLETE, FAKE_STATES};

/* The outcome that `check` looks for is reached, or is not; nothing fails. */
static void reaches(const char *name, struct fake_program p, bool reached)
{
    for (int i = 0; i < 2; i++) {
        int result = explore(&p, both_ways[i], 0);
        verdict(name, result == 0 && hit == reached,
                result ? report.message
                : hit  ? "reached"
                       : "never");
    }
}

static void fails_in(const char *name, struct fake_program p, enum fake_mode mode,
                     enum fake_failure failure)
{
    int result = explore(&p, mode, 0);
    verdict(name, report.failure == failure && result == (failure != FAKE_NONE), report.message);
}

static void fails(const char *name, struct fake_program p, enum fake_failure failure)
{
    for (int i = 0; i < 2; i++)
        fails_in(name, p, both_ways[i], failure);
}

static struct fake_program with(struct fake_program p, const void *ctx)
{
    p.ctx = (void *)(uintptr_t)ctx;
    return p;
}

#endif
