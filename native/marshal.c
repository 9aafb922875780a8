#include "marshal.h"
#include "env.h"

#include <errno.h>
#include <string.h>

/* Takes a Uint8Array; anything else counts as none. */
static bool read_bytes(napi_env napi, napi_value value, uint8_t **bytes, size_t *length)
{
    napi_typedarray_type type;
    void *data;
    if (!value ||
        napi_get_typedarray_info(napi, value, &type, length, &data, NULL, NULL) != napi_ok ||
        type != napi_uint8_array) {
        *bytes = NULL;
        *length = 0;
        return false;
    }
    *bytes = data;
    return true;
}

static int read_name(struct env *env, napi_value value, struct request *request)
{
    size_t length;
    if (!value || napi_get_value_string_utf8(env->napi, value, env->name, sizeof env->name,
                                             &length) != napi_ok)
        return 0; /* no string: no name */
    if (length >= PATH_BYTES)
        return -ENAMETOOLONG;
    if (strlen(env->name) != length)
        return -EINVAL;
    request->name = env->name;
    return 0;
}

int native_request_read(struct env *env, napi_value bytes, napi_value name, struct request *request,
                        const struct row **row)
{
    const uint32_t *words = env->words;
    *request = (struct request){.op = words[0], .handle = words[1]};
    memcpy(request->args, words + 2, sizeof request->args);
    request->space = native_space_of(env, words[12]);
    *row = native_row(request->op);
    if (!*row)
        return 0;
    if ((*row)->use != USE_NO_BYTES)
        read_bytes(env->napi, bytes, &request->bytes, &request->length);
    return (*row)->named ? read_name(env, name, request) : 0;
}

static bool dereference(struct env *env, napi_ref bytes, uint8_t **data, size_t *length)
{
    napi_value value;
    return napi_get_reference_value(env->napi, bytes, &value) == napi_ok &&
           read_bytes(env->napi, value, data, length);
}

bool native_bytes_of(struct env *env, napi_ref bytes, struct request *request)
{
    size_t length;
    return dereference(env, bytes, &request->bytes, &length) && length >= request->length;
}

int native_bytes_give(struct env *env, napi_ref bytes, const struct request *request, int n)
{
    uint8_t *data;
    size_t length;
    if (!dereference(env, bytes, &data, &length) || length < (size_t)n)
        return -EINVAL;
    memcpy(data, request->bytes, (size_t)n);
    return n;
}
