/*
 * A program once more where loads may return older values (fake.h): STALE of them in an execution, as the environment says; where
 * that is any, at least as many as the program's own `stale`.
 * All schedules, or the first MOST of them and then as many random walks.
 */
#ifndef STALE_H
#define STALE_H

#include "port/fake/fake.h"

#include <stdio.h>
#include <stdlib.h>

static inline int stale_loads(void)
{
    const char *text = getenv("STALE");
    return text ? atoi(text) : 0;
}

/* fake_explore(); *part: not all schedules were seen, but as many as were asked for. */
static inline int explore_stale(const struct fake_program *program,
                                const struct fake_options *options, struct fake_report *report,
                                bool *part)
{
    struct fake_program p = *program;
    struct fake_options o = *options;
    const char *most = getenv("MOST");
    p.stale = stale_loads();
    if (p.stale > 0 && p.stale < program->stale)
        p.stale = program->stale;
    *part = false;
    if (p.stale > 0 && most) {
        o.max_executions = strtoull(most, NULL, 10);
        o.max_seconds = 0;
    }
    int n = fake_explore(&p, &o, report);
    if (n == 2 && p.stale > 0 && o.mode != FAKE_RANDOM) {
        o.mode = FAKE_RANDOM;
        n = fake_explore(&p, &o, report);
    }
    *part = n == 2 && p.stale > 0;
    return n;
}

/*
 * The same of all schedules, those of a `large` program from state to state, where no load is stale; told in a line that begins
 * with `of`. False when something was found, or there was more to see.
 */
static inline bool tell_stale(const char *of, const struct fake_program *program, bool large)
{
    static struct fake_report report;
    enum fake_mode many = stale_loads() > 0 ? FAKE_RANDOM : FAKE_STATES;
    const struct fake_options options = {
        .mode = large ? many : FAKE_COMPLETE, .max_steps = 5000, .max_seconds = 600};
    bool part;
    int n = explore_stale(program, &options, &report, &part);
    bool good = n == 0 || part;
    const char *how = n == 0   ? "complete"
                      : part   ? "random walks"
                      : n == 1 ? "FAILED"
                               : "incomplete";
    printf(
        "%s %s: %s: %s, %lu schedules (%lu redundant), %lu states, %.1e ways through them, depth "
        "%d, %.1f s\n",
        good ? "ok" : "not ok", of, program->name, how, (unsigned long)report.executions,
        (unsigned long)report.redundant, (unsigned long)report.states, report.ways,
        report.max_depth, report.seconds);
    fflush(stdout);
    return good;
}

#endif
