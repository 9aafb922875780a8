#include "kind.h"

#include "../obj/mqueue.h"
#include "../obj/pipe.h"
#include "../obj/psem.h"
#include "../obj/ring.h"
#include "../prim/event.h"

static bool is_pipe(uint32_t kind)
{
    return kind == SLUICE_KIND_PIPE || kind == SLUICE_KIND_FIFO;
}

static uint32_t bytes_of(uint32_t kind)
{
    switch (kind) {
    case SLUICE_KIND_SEMAPHORE:
        return sizeof(struct sluice_psem);
    case SLUICE_KIND_MESSAGE_QUEUE:
        return sizeof(struct sluice_mqueue);
    case SLUICE_KIND_RING:
        return sizeof(struct sluice_ring);
    default:
        return sizeof(struct sluice_pipe);
    }
}

struct sluice_object *sluice__object_at(struct sluice *s, uint32_t at, uint32_t *kind)
{
    struct sluice_object *object = sluice__at(s, at);
    if (!sluice__inside(s, at, sizeof(*object)))
        return NULL;
    *kind = load_relaxed(&object->kind);
    return sluice__inside(s, at, bytes_of(*kind)) ? object : NULL;
}

void sluice__kind_enter(struct sluice *s, struct sluice_object *object, uint32_t kind,
                        struct sluice_handle *handle, uint32_t flags)
{
    struct sluice_pipe *pipe = (struct sluice_pipe *)object;
    if (!is_pipe(kind))
        return;
    /* whom it meets counts as one who came since: when they go, they were there */
    bool meets = sluice__pipe_peers(pipe, flags) != 0;
    sluice__put(s, &handle->seen, sluice__pipe_peers_opened(pipe, flags) - meets);
    sluice__pipe_enter(s, pipe, flags);
}

bool sluice__kind_meets(struct sluice_object *object, uint32_t kind, uint32_t flags)
{
    return kind != SLUICE_KIND_FIFO || sluice__pipe_peers((struct sluice_pipe *)object, flags) != 0;
}

bool sluice__kind_reopens(struct sluice_object *object, uint32_t kind, uint32_t flags)
{
    struct sluice_pipe *pipe = (struct sluice_pipe *)object;
    if (kind != SLUICE_KIND_PIPE)
        return true;
    return (!(flags & SLUICE_READ) || load_relaxed(&pipe->readers) != 0) &&
           (!(flags & SLUICE_WRITE) || load_relaxed(&pipe->writers) != 0);
}

/* The ends are closed with the handle's right to them; then whoever waits is told. */
static int close_pipe(struct sluice *s, struct sluice_pipe *pipe, struct sluice_handle *handle)
{
    struct sluice_gate *names = &sluice__region(s)->names;
    uint32_t ends = load_relaxed(&handle->flags) & (SLUICE_READ | SLUICE_WRITE);
    if (ends == 0)
        return 0; /* closed before: two who close for the second time would be in each other's way for ever */
    int n = sluice__gate_lock(s, names);
    if (n != 0)
        return n;
    sluice__pipe_leave(s, pipe, ends);
    sluice__set(s, &handle->flags, 0);
    sluice__gate_unlock(s, names);
    sluice__event_notify_all(s, &pipe->object.gate);
    return 0;
}

int sluice__kind_close(struct sluice *s, struct sluice_object *object, uint32_t kind,
                       struct sluice_handle *handle)
{
    switch (kind) {
    case SLUICE_KIND_MESSAGE_QUEUE:
        return sluice__mqueue_leave(s, (struct sluice_mqueue *)object, handle,
                                    load_relaxed(&handle->seen), load_relaxed(&handle->receivers));
    case SLUICE_KIND_PIPE:
    case SLUICE_KIND_FIFO:
        return close_pipe(s, (struct sluice_pipe *)object, handle);
    case SLUICE_KIND_RING:
        return sluice__ring_close(s, (struct sluice_ring *)object, handle);
    default: /* a semaphore is as the closer left it */
        return 0;
    }
}
