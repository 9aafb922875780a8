/* Submitting and cancelling: all on JavaScript's thread. */
#include "waiter.h"
#include "core.h"
#include "env.h"
#include "io.h"
#include "notify.h"

#include <stdlib.h>
#include <string.h>

struct waiter *native_waiter_new(struct env *env, const struct row *row, struct object *object,
                                 const struct request *request)
{
    struct waiter *waiter = native_sys.alloc(1, sizeof *waiter);
    if (!waiter)
        return NULL;
    waiter->row = row;
    waiter->object = object;
    waiter->request = *request;
    waiter->request.name = NULL;
    waiter->reason = -ECANCELED;
    native_sleeper_init(&waiter->sleeper, INT64_MAX);
    int token = native_table_add(&env->tokens, waiter);
    if (token < 0) {
        free(waiter);
        return NULL;
    }
    waiter->token = (uint32_t)token;
    if (object)
        object->refs++;
    return waiter;
}

void native_waiter_free(struct env *env, struct waiter *waiter)
{
    native_table_remove(&env->tokens, waiter->token);
    if (waiter->object)
        native_object_unref(env, waiter->object);
    if (waiter->bytes)
        napi_delete_reference(env->napi, waiter->bytes);
    if (waiter->owned)
        free(waiter->request.bytes);
    free((char *)waiter->request.name);
    free(waiter);
}

/* The queue it has to stand in, or NULL. */
static struct lane *lane_of(struct waiter *waiter)
{
    bool queues = waiter->row->way == WAY_READY || waiter->row->way == WAY_THREAD;
    bool puts = waiter->request.op == SLUICE_OP_READY && waiter->request.args[0] == SLUICE_WRITE;
    return queues && waiter->object ? &waiter->object->lanes[waiter->row->lane + puts] : NULL;
}

static void enqueue(struct lane *lane, struct waiter *waiter)
{
    if (lane->first)
        lane->last->next = waiter;
    else
        lane->first = waiter;
    lane->last = waiter;
}

static void dequeue(struct waiter *waiter)
{
    struct lane *lane = lane_of(waiter);
    if (!lane)
        return;
    struct waiter **at = &lane->first, *before = NULL;
    while (*at && *at != waiter) {
        before = *at;
        at = &before->next;
    }
    if (!*at)
        return;
    *at = waiter->next;
    if (lane->last == waiter)
        lane->last = before;
    waiter->next = NULL;
}

void native_waiter_finish(struct env *env, struct waiter *waiter, int n)
{
    if (n == -ECANCELED)
        n = waiter->reason;
    if (n >= 0 && waiter->row->finish)
        n = waiter->row->finish(env, &waiter->request, n);
    if (waiter->object) {
        dequeue(waiter);
        if (waiter->object->notify == waiter)
            waiter->object->notify = NULL;
        /* Not kept until JavaScript has been told: a closed pipe end must be seen closed now. */
        native_object_unref(env, waiter->object);
        waiter->object = NULL;
    }
    waiter->n = n;
    waiter->state = WAITER_SETTLED;
    if (waiter->sync)
        return;
    if (env->settling)
        env->settling_last->next = waiter;
    else
        env->settling = waiter;
    env->settling_last = waiter;
    pthread_mutex_lock(&env->lock);
    native_tell(env);
    pthread_mutex_unlock(&env->lock);
}

/* What another thread may touch is copied: JavaScript can take an array's memory away. */
static int own_bytes(struct waiter *waiter)
{
    struct request *request = &waiter->request;
    uint32_t longest = waiter->object ? waiter->object->message_bytes : 0;
    if (waiter->row->use == USE_NO_BYTES)
        return 0;
    if (waiter->row->use == USE_BYTES_OUT && longest && request->length > longest)
        request->length = longest;
    uint8_t *copy = native_sys.alloc(request->length + 1, 1);
    if (!copy)
        return -ENOMEM;
    if (waiter->row->use == USE_BYTES_IN && request->length)
        memcpy(copy, request->bytes, request->length);
    request->bytes = copy;
    waiter->owned = true;
    return 0;
}

/* Makes the request last beyond this call. */
static int keep(struct env *env, struct waiter *waiter, const char *name, napi_value bytes)
{
    if (name) {
        size_t length = strlen(name) + 1;
        char *copy = native_sys.alloc(1, length);
        if (!copy)
            return -ENOMEM;
        waiter->request.name = memcpy(copy, name, length);
    }
    bool mine = waiter->row->way == WAY_THREAD;
    if (waiter->request.bytes && (!mine || waiter->row->use == USE_BYTES_OUT) &&
        napi_create_reference(env->napi, bytes, 1, &waiter->bytes) != napi_ok)
        return -ENOMEM;
    return mine ? own_bytes(waiter) : 0;
}

int native_waiter_start(struct env *env, struct waiter *waiter)
{
    waiter->state = WAITER_ACTIVE;
    int n = waiter->row->way == WAY_READY ? native_io_watch(env, waiter->object)
                                          : native_crew_start(env, waiter);
    return n < 0 ? n : WAITER_WAITS;
}

/* It cannot go on at once. */
static int wait_for(struct env *env, struct waiter *waiter)
{
    struct lane *lane = lane_of(waiter);
    if (waiter->row->way == WAY_NOTIFY)
        return native_notify_start(env, waiter);
    if (waiter->row->way == WAY_CORE)
        return native_core_start(env, waiter);
    if (lane)
        enqueue(lane, waiter);
    return lane && lane->first != waiter ? WAITER_WAITS : native_waiter_start(env, waiter);
}

/* Its result, or WAITER_WAITS. */
static int begin(struct env *env, struct waiter *waiter, const char *name, napi_value bytes)
{
    const struct row *row = waiter->row;
    struct lane *lane = lane_of(waiter);
    int n = -EAGAIN;
    if (!lane || !lane->first) {
        waiter->request.name = name;
        n = (row->begin ? row->begin : row->attempt)(env, waiter->object, &waiter->request);
        waiter->request.name = NULL;
    }
    if (n != -EAGAIN || row->way == WAY_NEVER)
        return n;
    n = keep(env, waiter, name, bytes);
    n = n < 0 ? n : wait_for(env, waiter);
    if (n < 0 && n != WAITER_WAITS && row->undo)
        row->undo(&waiter->request, name);
    return n;
}

int native_submit(struct env *env, const struct row *row, struct request *request, napi_value bytes)
{
    struct object *object;
    int n = native_target(env, &row, &object, request);
    static const struct row unknown = {0};
    struct waiter *waiter = native_waiter_new(env, row ? row : &unknown, object, request);
    if (!waiter)
        return -ENOMEM;
    int token = (int)waiter->token;
    if (n == 0)
        n = begin(env, waiter, request->name, bytes);
    if (n != WAITER_WAITS) {
        const char *kept = waiter->request.name;
        waiter->request.name = request->name;
        native_waiter_finish(env, waiter, n);
        waiter->request.name = kept;
    }
    return token;
}

void native_cancel(struct env *env, struct waiter *waiter, int reason)
{
    if (waiter->state == WAITER_SETTLED)
        return;
    waiter->reason = reason;
    if (waiter->row->way == WAY_NOTIFY) {
        native_notify_cancel(env, waiter);
        return;
    }
    if (waiter->row->way == WAY_CORE)
        native_core_withdraw(waiter);
    if (waiter->state == WAITER_QUEUED || waiter->row->way == WAY_CORE ||
        waiter->row->way == WAY_READY) {
        native_waiter_finish(env, waiter, -ECANCELED);
        return;
    }
    pthread_mutex_lock(&env->lock);
    if (!waiter->ended)
        native_monitor_interrupt(env, &waiter->sleeper);
    pthread_mutex_unlock(&env->lock);
}
