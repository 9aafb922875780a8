/* Deadlines: nanoseconds on CLOCK_MONOTONIC. */
#ifndef SLUICE_NATIVE_CLOCK_H
#define SLUICE_NATIVE_CLOCK_H

#include "sys.h"

#include <stdint.h>

#define CLOCK_NEVER INT64_MAX
#define CLOCK_MS 1000000

static inline int64_t native_now_ns(clockid_t clock)
{
    struct timespec now = {0};
    native_sys.clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline struct timespec native_timespec(int64_t ns)
{
    if (ns < 0)
        ns = 0;
    return (struct timespec){.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
}

/* Now and `ms` later; Infinity and whatever does not fit are never. */
static inline int64_t native_deadline_ns(double ms)
{
    if (!(ms < 1e12))
        return CLOCK_NEVER;
    return native_now_ns(CLOCK_MONOTONIC) + (ms > 0 ? (int64_t)(ms * CLOCK_MS) : 0);
}

/* What is left, for calls that take a duration; NULL for ever. */
static inline struct timespec *native_left(int64_t deadline_ns, struct timespec *left)
{
    if (deadline_ns == CLOCK_NEVER)
        return NULL;
    *left = native_timespec(deadline_ns - native_now_ns(CLOCK_MONOTONIC));
    return left;
}

/* The same moment on the wall clock, which mq_timed*() waits by; to be asked again for each try. */
static inline struct timespec *native_realtime(int64_t deadline_ns, struct timespec *at)
{
    if (deadline_ns == CLOCK_NEVER)
        return NULL;
    *at = native_timespec(native_now_ns(CLOCK_REALTIME) + deadline_ns -
                          native_now_ns(CLOCK_MONOTONIC));
    return at;
}

#endif
