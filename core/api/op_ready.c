/*
 * poll(2): whether a call would have to wait. Nothing is taken, nobody comes into anybody's way: who waits for it is an observer. What
 * is ready may be another's a moment later.
 */
#include "../obj/mqueue.h"
#include "../obj/pipe.h"
#include "../obj/psem.h"
#include "../obj/ring.h"
#include "../reg/handle.h"
#include "op.h"

/* What the handle names, open for `what`; to post a semaphore needs no right. 0, -EBADF or -EUCLEAN. */
static int find(struct sluice *s, struct sluice_request *r, uint32_t what,
                struct sluice_found **found)
{
    int n = sluice__handle_get(s, r->handle, found);
    if (n != 0)
        return n;
    bool may = (*found)->kind == SLUICE_KIND_SEMAPHORE || ((*found)->flags & what) != 0;
    return may ? 0 : -SLUICE_EBADF;
}

static int semaphore(struct sluice_psem *sem, uint32_t what)
{
    return what == SLUICE_WRITE || load_seq(&sem->value) != 0 /* [EV1-S] look */ ? 0
                                                                                 : -SLUICE_EAGAIN;
}

/* A FIFO's reader meets the end of file where there was a writer since it was opened; a pipe's where none is left. */
static bool had_peer(struct sluice_pipe *pipe, uint32_t kind, struct sluice_handle *handle)
{
    return kind == SLUICE_KIND_PIPE ||
           sluice__pipe_peers_opened(pipe, SLUICE_READ) != load_relaxed(&handle->seen);
}

int sluice__op_ready(struct sluice *s, struct sluice_request *r)
{
    struct sluice_found *found;
    uint32_t what = r->args[0];
    if (what != SLUICE_READ && what != SLUICE_WRITE)
        return -SLUICE_EINVAL;
    int n = find(s, r, what, &found);
    if (n != 0)
        return n;
    struct sluice_object *object = found->object;
    struct sluice_pipe *pipe = (struct sluice_pipe *)object;
    switch (found->kind) {
    case SLUICE_KIND_SEMAPHORE:
        return semaphore((struct sluice_psem *)object, what);
    case SLUICE_KIND_MESSAGE_QUEUE:
        return sluice__mqueue_ready(s, (struct sluice_mqueue *)object, what);
    case SLUICE_KIND_RING:
        return sluice__ring_ready(s, (struct sluice_ring *)object, what);
    default:
        return sluice__pipe_ready(s, pipe, what, had_peer(pipe, found->kind, found->handle));
    }
}

/* Of every kind the first event is what is waited for to take, the second to put. */
_Static_assert(SLUICE__PSEM_POSITIVE == 0 && SLUICE__MQ_READABLE == 0 && SLUICE__MQ_WRITABLE == 1 &&
                   SLUICE__PIPE_READABLE == 0 && SLUICE__PIPE_WRITABLE == 1 &&
                   SLUICE__RING_READABLE == 0 && SLUICE__RING_WRITABLE == 1,
               "events");

struct sluice__place_to_wait sluice__op_ready_waits(struct sluice *s, struct sluice_request *r)
{
    return sluice__op_place(s, r->handle, (r->args[0] == SLUICE_WRITE) | SLUICE_OBSERVER);
}
