#include "core.h"
#include "env.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the façade knows of a ticket and the core does not. */
static size_t skipped(const struct request *request)
{
    bool ticket = request->op == SLUICE_OP_TICKET || request->op == SLUICE_OP_OPEN_TICKET;
    return ticket ? sizeof(struct file_ticket) : 0;
}

/* Points the core's request at the caller's bytes, which may have moved. */
static void aim(struct request *request)
{
    size_t skip = skipped(request), length = request->length - skip;
    request->core.bytes = request->bytes ? request->bytes + skip : NULL;
    request->core.length = length < UINT32_MAX ? (uint32_t)length : UINT32_MAX;
}

static bool makes_region(const struct request *request)
{
    bool opens = request->op == SLUICE_OP_SEM_OPEN || request->op == SLUICE_OP_RING_OPEN;
    return opens && (!request->name || request->args[0] & SLUICE_CREATE);
}

/* So that no object, once made, is without a handle. */
static int make_room(const struct request *request)
{
    bool opens = request->op == SLUICE_OP_SEM_OPEN || request->op == SLUICE_OP_RING_OPEN ||
                 request->op == SLUICE_OP_OPEN_TICKET;
    return opens ? native_object_room(request->space->env) : 0;
}

static struct file_ticket file_of(const struct space *space)
{
    const struct region *region = &space->region;
    return (struct file_ticket){"shm:", (uint32_t)region->device, (uint32_t)(region->device >> 32),
                                (uint32_t)region->inode, (uint32_t)(region->inode >> 32)};
}

bool native_core_is_ticket(const struct request *request)
{
    return request->length >= 4 && memcmp(request->bytes, "shm:", 4) == 0;
}

/* 0, or what is wrong with the part of a ticket that is not the core's. */
static int check_ticket(const struct space *space, const struct request *request)
{
    struct file_ticket file = file_of(space);
    if (request->length < skipped(request))
        return request->op == SLUICE_OP_TICKET ? -EMSGSIZE : -EINVAL;
    if (request->op == SLUICE_OP_OPEN_TICKET && memcmp(request->bytes, &file, sizeof file) != 0)
        return -ESTALE; /* of another file, or of one that was there before */
    return 0;
}

static int prepare(struct object *object, struct request *request)
{
    if (object)
        request->space = object->space;
    if (!request->space)
        return -EINVAL;
    int n = native_space_attach(request->space, makes_region(request));
    if (n == -ENOENT && request->op == SLUICE_OP_OPEN_TICKET)
        return -ESTALE;
    n = n < 0 ? n : check_ticket(request->space, request);
    if (n < 0)
        return n;
    struct sluice_request *core = &request->core;
    *core = (struct sluice_request){.op = request->op, .handle = object ? object->core : 0};
    memcpy(core->args, request->args, sizeof core->args);
    aim(request);
    return 0;
}

static int tell(struct request *request, int n)
{
    memcpy(request->out, request->core.out, sizeof request->out);
    return n;
}

/* Answers that a dead process may be the cause of; when one was found, it is worth another try. */
static bool buried(struct space *space, int n)
{
    bool suspicious = n == -EBUSY || n == -ENOSPC || n == SLUICE_STALLED;
    return suspicious && native_space_bury(space) > 0;
}

/* The name lies with the request, which may have been copied since. */
static void name(struct request *request)
{
    request->core.name = request->name;
    request->core.name_length = request->name ? (uint32_t)strlen(request->name) : 0;
}

ATTEMPT(native_core_attempt)
{
    (void)env;
    int n = prepare(object, request);
    n = n < 0 ? n : make_room(request);
    if (n < 0)
        return n;
    name(request);
    n = sluice_try(native_view(request->space), &request->core);
    if (buried(request->space, n))
        n = sluice_try(native_view(request->space), &request->core);
    return tell(request, n);
}

int native_core_advance(struct request *request)
{
    struct sluice *view = native_view(request->space);
    int n = make_room(request);
    if (n < 0)
        return n;
    aim(request);
    name(request);
    n = sluice_advance(view, &request->core);
    if (buried(request->space, n))
        n = sluice_advance(view, &request->core);
    return tell(request, n);
}

FINISH(native_core_adopt)
{
    struct object like = {.fd = -1, .space = request->space, .core = (uint32_t)n};
    like.kind = request->op == SLUICE_OP_SEM_OPEN    ? SLUICE_KIND_SEMAPHORE
                : request->op == SLUICE_OP_RING_OPEN ? SLUICE_KIND_RING
                                                     : request->out[0];
    return native_object_new(env, like, NULL, NULL);
}

FINISH(native_core_ticket)
{
    (void)env;
    struct file_ticket file = file_of(request->space);
    memcpy(request->bytes, &file, sizeof file);
    return n + (int)sizeof file;
}

/* Of the core's names those of rings, and the file is one user's, whoever of his processes made the ring. */
FINISH(native_core_listed)
{
    struct sluice_listed record;
    int kept = 0, bytes;
    (void)env;
    for (int at = 0; at < n; at += bytes) {
        memcpy(&record, request->bytes + at, sizeof record);
        bytes = (int)(sizeof record + ((record.name_bytes + 3) & ~3u));
        if (record.kind != SLUICE_KIND_RING)
            continue;
        record.owner = geteuid();
        memmove(request->bytes + kept, request->bytes + at, (size_t)bytes);
        memcpy(request->bytes + kept, &record, sizeof record);
        kept += bytes;
    }
    request->out[1] = request->out[0] != 0;
    return kept;
}
