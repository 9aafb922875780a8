#include "block.h"
#include "clock.h"
#include "core.h"
#include "env.h"
#include "notify.h"

#include <errno.h>

static int finish(struct env *env, const struct row *row, struct request *request, int n)
{
    return n >= 0 && row->finish ? row->finish(env, request, n) : n;
}

int native_attempt(struct env *env, const struct row *row, struct request *request)
{
    struct object *object;
    int n = native_target(env, &row, &object, request);
    if (n < 0)
        return n;
    return finish(env, row, request, row->attempt(env, object, request));
}

int native_block_until(struct env *env, const struct row *row, struct object *object,
                       struct request *request, int64_t deadline_ns)
{
    struct sleeper sleeper;
    native_sleeper_init(&sleeper, deadline_ns);
    bool alarm = row->alarm && deadline_ns != CLOCK_NEVER;
    int n = native_monitor_watch(env, &sleeper, alarm, row->way == WAY_CORE);
    if (n < 0 && row->undo)
        row->undo(request, request->name);
    if (n < 0)
        return n;
    if (object)
        object->refs++;
    n = row->way == WAY_NOTIFY ? native_notify_block(env, row, object, request, &sleeper)
                               : native_sleep(&sleeper, row, object, request);
    if (row->way == WAY_CORE)
        native_core_waited(request);
    if (object)
        native_object_unref(env, object);
    native_monitor_unwatch(env, &sleeper);
    return n;
}

int native_block(struct env *env, const struct row *row, struct request *request, double ms)
{
    struct object *object;
    int n = native_target(env, &row, &object, request);
    if (n < 0)
        return n;
    /* What is ready costs one system call, and nothing is prepared for a wait. */
    n = (row->begin ? row->begin : row->attempt)(env, object, request);
    if (n == -EAGAIN && row->way != WAY_NEVER) {
        if (!(ms > 0))
            return -ETIMEDOUT;
        n = native_block_until(env, row, object, request, native_deadline_ns(ms));
    }
    return finish(env, row, request, n);
}
