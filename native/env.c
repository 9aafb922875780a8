#include "env.h"
#include "notify.h"
#include "waiter.h"

#include <stdlib.h>
#include <unistd.h>

struct env *native_env_new(napi_env napi)
{
    struct env *env = native_sys.alloc(1, sizeof *env);
    if (!env)
        return NULL;
    env->napi = napi;
    env->worker = gettid() != getpid();
    env->notify_fd = -1;
    pthread_mutex_init(&env->lock, NULL);
    native_crew_init(env);
    return env;
}

static void close_handles(struct env *env)
{
    uint32_t cursor = 0;
    for (struct object *each; (each = native_table_next(&env->handles, &cursor));)
        native_object_close(env, each->handle);
}

static void cancel_all(struct env *env)
{
    uint32_t cursor = 0;
    for (struct waiter *each; (each = native_table_next(&env->tokens, &cursor));)
        native_cancel(env, each, -EBADF);
}

void native_env_rest(struct env *env)
{
    native_crew_stop(env);
    native_notify_end(env);
    for (struct space *each = env->spaces; each; each = each->next)
        native_space_detach(each);
    native_monitor_stop(env);
}

void native_env_close(struct env *env)
{
    close_handles(env);
    cancel_all(env);
    env->closed = true;
    if (env->tokens.used == 0)
        native_env_rest(env);
}

/* Results that nobody is left to take. */
static void discard_done(struct env *env)
{
    for (struct waiter *each = env->done; each; each = each->next_job)
        if (each->n >= 0 && each->row->discard)
            each->row->discard(each->n);
    env->done = NULL;
}

void native_env_end(struct env *env)
{
    uint32_t cursor = 0;
    close_handles(env);
    cancel_all(env);
    native_crew_stop(env);
    discard_done(env);
    for (struct waiter *each; (each = native_table_next(&env->tokens, &cursor));)
        native_waiter_free(env, each);
    close_handles(env); /* those that a request gave which had settled, untold */
    native_env_rest(env);
    napi_release_threadsafe_function(env->tell, napi_tsfn_abort);
    env->settling = NULL;
}

void native_env_free(struct env *env)
{
    native_spaces_free(env);
    native_table_free(&env->handles);
    free(env->spare);
    native_table_free(&env->tokens);
    pthread_cond_destroy(&env->crew.work);
    pthread_mutex_destroy(&env->lock);
    free(env);
}
