#include "core.h"
#include "env.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAGE_BYTES = 4096, TRIES = 100 };

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

/* One page of the core's listing, for which it needs a lock that others hold for a moment at most. */
static int read_page(struct space *space, struct sluice_request *list)
{
    int n = -EAGAIN;
    for (int i = 0; i < TRIES && n == -EAGAIN; i++) {
        n = sluice_try(native_view(space), list);
        if (n == -EAGAIN)
            native_space_bury(space);
    }
    return n;
}

/* The file is one user's, whoever of his processes made the ring. */
static void give_page(const uint8_t *page, int bytes, native_give give, void *to)
{
    char name[SLUICE_NAME_BYTES + 1];
    for (int at = 0; at < bytes;) {
        struct sluice_listed record;
        memcpy(&record, page + at, sizeof record);
        at += (int)sizeof record;
        memcpy(name, page + at, record.name_bytes);
        name[record.name_bytes] = 0;
        at += (int)(record.name_bytes + 3) & ~3;
        record.owner = geteuid();
        if (record.kind == SLUICE_KIND_RING)
            give(to, record, name);
    }
}

int native_core_list(struct space *space, native_give give, void *to)
{
    struct sluice_request list = {.op = SLUICE_OP_LIST, .length = PAGE_BYTES};
    int n = native_space_attach(space, false);
    if (n < 0)
        return n == -ENOENT ? 0 : n;
    if (!(list.bytes = native_sys.alloc(1, PAGE_BYTES)))
        return -ENOMEM;
    do {
        list.args[0] = list.out[0];
        if ((n = read_page(space, &list)) > 0)
            give_page(list.bytes, n, give, to);
    } while (n > 0 && list.out[0] != 0);
    free(list.bytes);
    return n < 0 ? n : 0;
}
