/*
 * The addon as JavaScript sees it. Requests pass through `words`, thirteen u32:
 * operation, handle, six arguments, four results, space.
 *
 *   open(settled)                  settled(token, n): a submitted request's result; results in words
 *   attempt(bytes, name)           n
 *   block(bytes, name, ms)         n
 *   submit(bytes, name)            token, or -errno
 *   cancel(token)
 *   space(namespace, bytes)        number of a space: which mapped file; or -errno
 *   close()                        closes everything that this environment opened
 *
 * See ts/backend/backend.ts for what they mean.
 */
#include "block.h"
#include "env.h"
#include "marshal.h"
#include "waiter.h"

#include <errno.h>
#include <string.h>

/* The environment's state and the arguments; missing ones are undefined. */
static struct env *arguments(napi_env napi, napi_callback_info info, size_t count,
                             napi_value *values)
{
    void *env;
    napi_get_cb_info(napi, info, &count, values, NULL, &env);
    return env;
}

static napi_value number(napi_env napi, int n)
{
    napi_value value = NULL;
    napi_create_int32(napi, n, &value);
    return value;
}

static napi_value reply(struct env *env, const struct request *request, int n)
{
    memcpy(env->words + 8, request->out, sizeof request->out);
    return number(env->napi, n);
}

static napi_value js_open(napi_env napi, napi_callback_info info)
{
    napi_value values[1];
    struct env *env = arguments(napi, info, 1, values);
    if (env->settled)
        napi_delete_reference(napi, env->settled);
    env->settled = NULL;
    env->closed = false;
    bool fine = napi_create_reference(napi, values[0], 1, &env->settled) == napi_ok;
    return number(napi, fine ? 0 : -EINVAL);
}

static napi_value js_attempt(napi_env napi, napi_callback_info info)
{
    napi_value values[2];
    struct env *env = arguments(napi, info, 2, values);
    struct request request;
    const struct row *row;
    int n = native_request_read(env, values[0], values[1], &request, &row);
    return reply(env, &request, n < 0 ? n : native_attempt(env, row, &request));
}

static napi_value js_block(napi_env napi, napi_callback_info info)
{
    napi_value values[3];
    struct env *env = arguments(napi, info, 3, values);
    struct request request;
    const struct row *row;
    double ms;
    int n = native_request_read(env, values[0], values[1], &request, &row);
    if (napi_get_value_double(napi, values[2], &ms) != napi_ok)
        n = -EINVAL;
    return reply(env, &request, n < 0 ? n : native_block(env, row, &request, ms));
}

static napi_value js_submit(napi_env napi, napi_callback_info info)
{
    napi_value values[2];
    struct env *env = arguments(napi, info, 2, values);
    struct request request;
    const struct row *row;
    int n = native_request_read(env, values[0], values[1], &request, &row);
    return number(napi, n < 0 ? n : native_submit(env, row, &request, values[0]));
}

static napi_value js_cancel(napi_env napi, napi_callback_info info)
{
    napi_value values[1];
    struct env *env = arguments(napi, info, 1, values);
    uint32_t token = 0;
    napi_get_value_uint32(napi, values[0], &token);
    struct waiter *waiter = native_table_get(&env->tokens, token);
    if (waiter)
        native_cancel(env, waiter, -ECANCELED);
    return NULL;
}

static napi_value js_space(napi_env napi, napi_callback_info info)
{
    napi_value values[2];
    struct env *env = arguments(napi, info, 2, values);
    size_t length;
    uint32_t bytes;
    bool fine = napi_get_value_string_utf8(napi, values[0], env->name, sizeof env->name, &length) ==
                    napi_ok &&
                strlen(env->name) == length &&
                napi_get_value_uint32(napi, values[1], &bytes) == napi_ok;
    return number(napi, fine ? native_space_new(env, env->name, bytes) : -EINVAL);
}

static napi_value js_close(napi_env napi, napi_callback_info info)
{
    native_env_close(arguments(napi, info, 0, NULL));
    return NULL;
}

/* Called by Node on JavaScript's thread; napi is NULL when nothing can be called any more. */
static void deliver(napi_env napi, napi_value function, void *context, void *data)
{
    (void)function, (void)data;
    if (napi)
        native_deliver(context);
}

static void end(napi_async_cleanup_hook_handle hook, void *argument)
{
    native_env_end(argument);
    napi_remove_async_cleanup_hook(hook);
}

static void forget(napi_env napi, void *env, void *hint)
{
    (void)napi, (void)hint;
    native_env_free(env);
}

static bool make_words(struct env *env, napi_value *words)
{
    napi_value buffer;
    void *data;
    size_t bytes = WORDS * sizeof(uint32_t);
    if (napi_create_arraybuffer(env->napi, bytes, &data, &buffer) != napi_ok)
        return false;
    env->words = data;
    return napi_create_typedarray(env->napi, napi_uint32_array, WORDS, buffer, 0, words) ==
               napi_ok &&
           napi_create_reference(env->napi, *words, 1, &env->words_ref) == napi_ok;
}

static bool make_tell(struct env *env)
{
    napi_env napi = env->napi;
    napi_value name;
    return napi_create_string_utf8(napi, "sluice", NAPI_AUTO_LENGTH, &name) == napi_ok &&
           napi_create_threadsafe_function(napi, NULL, NULL, name, 0, 1, NULL, NULL, env, deliver,
                                           &env->tell) == napi_ok &&
           napi_unref_threadsafe_function(napi, env->tell) == napi_ok;
}

static napi_value fail(napi_env napi)
{
    napi_throw_error(napi, NULL, "sluice: the addon could not start in this environment");
    return NULL;
}

NAPI_MODULE_EXPORT int32_t NODE_API_MODULE_GET_API_VERSION(void);

NAPI_MODULE_INIT()
{
    struct env *state = native_env_new(env);
    napi_value words;
    if (!state || napi_set_instance_data(env, state, forget, NULL) != napi_ok)
        return fail(env);
    /* The hook comes after the function, hence runs before the function's own. */
    if (!make_words(state, &words) || !make_tell(state) ||
        napi_add_async_cleanup_hook(env, end, state, NULL) != napi_ok)
        return fail(env);
    const napi_property_descriptor properties[] = {
        {"words", NULL, NULL, NULL, NULL, words, napi_enumerable, NULL},
        {"open", NULL, js_open, NULL, NULL, NULL, napi_enumerable, state},
        {"attempt", NULL, js_attempt, NULL, NULL, NULL, napi_enumerable, state},
        {"block", NULL, js_block, NULL, NULL, NULL, napi_enumerable, state},
        {"submit", NULL, js_submit, NULL, NULL, NULL, napi_enumerable, state},
        {"cancel", NULL, js_cancel, NULL, NULL, NULL, napi_enumerable, state},
        {"space", NULL, js_space, NULL, NULL, NULL, napi_enumerable, state},
        {"close", NULL, js_close, NULL, NULL, NULL, napi_enumerable, state},
    };
    napi_define_properties(env, exports, sizeof properties / sizeof *properties, properties);
    return exports;
}
