#include "../obj/pipe.h"
#include "../prim/event.h"
#include "../prim/heap.h"
#include "../reg/handle.h"
#include "../reg/kind.h"
#include "op.h"

/* The pipe or FIFO behind a handle that is open for `access`: 0, -EBADF or -EUCLEAN. */
static int find_pipe(struct sluice *s, struct sluice_request *r, uint32_t access,
                     struct sluice_pipe **pipe)
{
    struct sluice_object *object;
    uint32_t kinds = 1u << SLUICE_KIND_PIPE | 1u << SLUICE_KIND_FIFO;
    int n = sluice__op_object(s, sluice__op_handle(r), kinds, access, &object);
    *pipe = (struct sluice_pipe *)object;
    return n;
}

static int build(struct sluice *s, struct sluice_request *r, enum sluice_kind kind,
                 struct sluice__name name, uint32_t bytes)
{
    uint32_t capacity = sluice__pipe_capacity(bytes);
    if (bytes == 0)
        return -SLUICE_EINVAL;
    if (capacity == 0 || capacity >= s->bytes)
        return -SLUICE_ENOSPC;
    int n = sluice__op_build(s, r, kind, name, (uint32_t)sizeof(struct sluice_pipe) + capacity,
                             sizeof(struct sluice_pipe));
    if (n != 0)
        return n;
    struct sluice_pipe *pipe = sluice__at(s, s->taken);
    sluice__put(s, &pipe->capacity_bytes, capacity);
    SLUICE__BEGIN(s, &pipe->reads_opened);
    SLUICE__BEGIN(s, &pipe->writes_opened);
    SLUICE__BEGIN(s, &pipe->tail);
    SLUICE__BEGIN(s, &pipe->head);
    return 0;
}

static int open_pipe(struct sluice *s, struct sluice_request *r)
{
    uint32_t index[2];
    int n = build(s, r, SLUICE_KIND_PIPE, (struct sluice__name){NULL, 0}, r->args[0]);
    if (n != 0)
        return n;
    struct sluice_pipe *pipe = sluice__at(s, s->taken);
    n = sluice__pipe_publish(s, index);
    sluice__op_built(s, r, n);
    if (n == 0) {
        r->out[0] = sluice__handle_number(s, index[0]);
        r->out[1] = sluice__handle_number(s, index[1]);
        r->out[2] = load_relaxed(&pipe->capacity_bytes);
    }
    return n;
}

/* mkfifo(3) and the first half of open(2): this end counts from here on. */
static int enter(struct sluice *s, struct sluice_request *r, uint32_t flags)
{
    struct sluice__name path = sluice__op_name(r);
    int n = sluice__op_find(s, r, SLUICE_KIND_FIFO, flags);
    if (n == -SLUICE_ENOENT && (flags & SLUICE_CREATE)) {
        if (s->trying && (flags & SLUICE__MEET) && !(flags & SLUICE_NONBLOCK))
            return -SLUICE_EAGAIN; /* one that was just made has no other end: nothing is left behind */
        n = build(s, r, SLUICE_KIND_FIFO, path, r->args[2]);
        n = n < 0 ? n : sluice__op_publish(s, r, SLUICE_KIND_FIFO, path, flags);
    }
    if (n < 0)
        return n;
    r->out[3] = sluice__handle_number(s, (uint32_t)n);
    return 0;
}

/* An end that its open has begun to take back is gone before it is opened again. */
static int finish_close(struct sluice *s, struct sluice_request *r)
{
    struct sluice_handle *handle = sluice__handle_find(s, r->out[3]);
    if (handle == NULL || load_relaxed(&handle->flags) != 0)
        return 0;
    int n = sluice__handle_close(s, r->out[3]);
    if (n == 0)
        r->out[3] = 0;
    return n == 0 || n == SLUICE__NOT_NOW ? n : -SLUICE_EUCLEAN;
}

/* What open(2) does with a FIFO: who reads without blocking needs nobody, who writes so needs a reader. */
static int open_fifo(struct sluice *s, struct sluice_request *r)
{
    uint32_t flags = r->args[0], ends = flags & (SLUICE_READ | SLUICE_WRITE);
    bool needs_peer = ends == SLUICE_WRITE || (ends == SLUICE_READ && !(flags & SLUICE_NONBLOCK));
    int n = ends ? sluice__op_path(sluice__op_name(r)) : -SLUICE_EINVAL;
    if (n == 0)
        n = finish_close(s, r);
    bool meets = needs_peer && r->out[3] == 0 && (s->trying || (flags & SLUICE_NONBLOCK));
    if (n == 0 && r->out[3] == 0)
        n = enter(s, r, meets ? flags | SLUICE__MEET : flags);
    if (n == -SLUICE_ENXIO && !(flags & SLUICE_NONBLOCK))
        return -SLUICE_EAGAIN;
    if (n != 0)
        return n;
    struct sluice_found *end;
    if (sluice__op_found(s, r->out[3], 1u << SLUICE_KIND_FIFO, ends, &end) != 0)
        return -SLUICE_EUCLEAN; /* it was just opened */
    struct sluice_pipe *fifo = (struct sluice_pipe *)end->object;
    if (needs_peer && !meets && sluice__pipe_peers(fifo, ends) == 0 &&
        sluice__pipe_peers_opened(fifo, ends) == load_relaxed(&end->handle->seen))
        return -SLUICE_EAGAIN;
    r->out[0] = load_relaxed(&fifo->capacity_bytes);
    sluice__event_notify_all(s, &fifo->object.gate); /* notes merge: one peer lets all of them in */
    return (int)r->out[3];
}

static int attributes(struct sluice *s, struct sluice_request *r, struct sluice_pipe *pipe)
{
    r->out[0] = load_relaxed(&pipe->capacity_bytes);
    r->out[1] = sluice__pipe_readable(s, pipe);
    return 0;
}

static uint32_t access_of(struct sluice_request *r)
{
    if (r->op == SLUICE_OP_PIPE_READ)
        return SLUICE_READ;
    return r->op == SLUICE_OP_PIPE_WRITE ? SLUICE_WRITE : 0;
}

int sluice__op_pipe(struct sluice *s, struct sluice_request *r)
{
    if (r->op == SLUICE_OP_PIPE_OPEN)
        return open_pipe(s, r);
    if (r->op == SLUICE_OP_FIFO_OPEN)
        return open_fifo(s, r);
    struct sluice_pipe *pipe;
    int n = find_pipe(s, r, access_of(r), &pipe);
    if (n != 0)
        return n;
    if (r->op == SLUICE_OP_PIPE_READ)
        return sluice__pipe_read(s, pipe, r->bytes, r->length);
    return r->op == SLUICE_OP_PIPE_WRITE ? sluice__pipe_write(s, pipe, r->bytes, r->length)
                                         : attributes(s, r, pipe);
}

struct sluice__place_to_wait sluice__op_pipe_waits(struct sluice *s, struct sluice_request *r)
{
    uint32_t event = r->op == SLUICE_OP_FIFO_OPEN   ? SLUICE__PIPE_OPENED
                     : r->op == SLUICE_OP_PIPE_READ ? SLUICE__PIPE_READABLE
                                                    : SLUICE__PIPE_WRITABLE;
    return sluice__op_place(s, sluice__op_handle(r), event);
}
