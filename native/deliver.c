/* Bringing results to JavaScript: on its thread, called by Node when tell() has asked for it. */
#include "env.h"
#include "io.h"
#include "marshal.h"
#include "space.h"
#include "waiter.h"

#include <string.h>

void native_tell(struct env *env)
{
    if (env->told)
        return;
    env->told = true;
    napi_call_threadsafe_function(env->tell, NULL, napi_tsfn_nonblocking);
}

/* A thread has left its call: its result stands, and the next in its lane may go. */
static void take_done(struct env *env, struct waiter *waiter)
{
    struct object *object = waiter->object;
    int lane = waiter->row->lane;
    if (object)
        object->refs++;
    native_waiter_finish(env, waiter, waiter->n);
    if (!object)
        return;
    native_lane_serve(env, object, lane);
    native_object_unref(env, object);
}

static void settle(struct env *env, struct waiter *waiter)
{
    napi_handle_scope scope;
    napi_value settled, self, args[2];
    napi_open_handle_scope(env->napi, &scope);
    if (waiter->owned && waiter->bytes && waiter->n > 0)
        waiter->n = native_bytes_give(env, waiter->bytes, &waiter->request, waiter->n);
    memcpy(env->words + 8, waiter->request.out, sizeof waiter->request.out);
    napi_create_uint32(env->napi, waiter->token, &args[0]);
    napi_create_int32(env->napi, waiter->n, &args[1]);
    native_waiter_free(env, waiter);
    napi_get_reference_value(env->napi, env->settled, &settled);
    napi_get_undefined(env->napi, &self);
    napi_status status = napi_call_function(env->napi, self, settled, 2, args, NULL);
    if (status == napi_pending_exception) {
        napi_value error;
        if (napi_get_and_clear_last_exception(env->napi, &error) == napi_ok)
            napi_fatal_exception(env->napi, error);
    }
    napi_close_handle_scope(env->napi, scope);
}

void native_deliver(struct env *env)
{
    napi_handle_scope scope;
    napi_open_handle_scope(env->napi, &scope);
    pthread_mutex_lock(&env->lock);
    /* Still told: what finishes here is settled here. */
    struct waiter *done = env->done;
    bool ready = env->monitor.io_ready, owner_ended = env->monitor.owner_ended;
    env->done = NULL;
    env->monitor.io_ready = env->monitor.owner_ended = false;
    pthread_mutex_unlock(&env->lock);
    while (done) {
        struct waiter *next = done->next_job;
        take_done(env, done);
        done = next;
    }
    if (ready && env->monitor.running)
        native_io_serve(env);
    native_spaces_serve(env, owner_ended);
    struct waiter *settling = env->settling;
    env->settling = NULL;
    pthread_mutex_lock(&env->lock);
    env->told = false;
    /* whoever told meanwhile was not heard */
    if (env->done || env->monitor.io_ready || env->monitor.owner_ended || native_spaces_rung(env))
        native_tell(env);
    pthread_mutex_unlock(&env->lock);
    while (settling) {
        struct waiter *next = settling->next;
        settle(env, settling);
        settling = next;
    }
    napi_close_handle_scope(env->napi, scope);
    if (env->closed && env->tokens.used == 0)
        native_env_rest(env);
}
