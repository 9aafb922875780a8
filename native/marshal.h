/* JavaScript's values as requests. */
#ifndef SLUICE_NATIVE_MARSHAL_H
#define SLUICE_NATIVE_MARSHAL_H

#include "request.h"

#include <node_api.h>

/*
 * Reads env->words and what the operation's row takes. The name lies in the
 * environment until the next request.
 *
 * row    NULL for an operation that is not implemented
 * gives  0, or -EINVAL or -ENAMETOOLONG for a name that no object can have
 */
int native_request_read(struct env *env, napi_value bytes, napi_value name, struct request *request,
                        const struct row **row);

/* Points the request at its array again; false when its memory is not there any more. */
bool native_bytes_of(struct env *env, napi_ref bytes, struct request *request);

/* Copies what was received into the caller's array: n, or -EINVAL when its memory is gone. */
int native_bytes_give(struct env *env, napi_ref bytes, const struct request *request, int n);

#endif
