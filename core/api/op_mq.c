#include "../obj/mqueue.h"
#include "../reg/handle.h"
#include "op.h"

/* 0, -EBADF or -EUCLEAN. */
static int find_queue(struct sluice *s, uint32_t handle, uint32_t access,
                      struct sluice_found **found)
{
    return sluice__op_found(s, handle, 1u << SLUICE_KIND_MESSAGE_QUEUE, access, found);
}

static int create(struct sluice *s, struct sluice_request *r, struct sluice__name name)
{
    uint32_t most = r->args[2], message_bytes = r->args[3];
    if (most == 0 || message_bytes == 0)
        return -SLUICE_EINVAL;
    if (most >= s->bytes) /* else the product may not fit 64 bits */
        return -SLUICE_ENOSPC;
    uint64_t bytes = sluice__mqueue_bytes(most, message_bytes);
    if (bytes >= s->bytes)
        return -SLUICE_ENOSPC;
    int n = sluice__op_build(s, r, SLUICE_KIND_MESSAGE_QUEUE, name, (uint32_t)bytes,
                             sizeof(struct sluice_mqueue));
    if (n != 0)
        return n;
    sluice__mqueue_init(s, sluice__at(s, s->taken), most, message_bytes);
    return sluice__op_publish(s, r, SLUICE_KIND_MESSAGE_QUEUE, name, r->args[0]);
}

static void sizes(struct sluice_request *r, struct sluice_mqueue *mq)
{
    r->out[0] = load_relaxed(&mq->max_messages);
    r->out[1] = load_relaxed(&mq->message_bytes);
}

static int open_queue(struct sluice *s, struct sluice_request *r)
{
    struct sluice__name name = sluice__op_name(r);
    int n = sluice__op_posix_name(name);
    if (n == 0 && !(r->args[0] & (SLUICE_READ | SLUICE_WRITE)))
        n = -SLUICE_EINVAL;
    if (n != 0)
        return n;
    n = sluice__op_find(s, r, SLUICE_KIND_MESSAGE_QUEUE, r->args[0]);
    if (n == -SLUICE_ENOENT && (r->args[0] & SLUICE_CREATE))
        n = create(s, r, name);
    n = sluice__op_opened(s, n);
    if (n < 0)
        return n;
    struct sluice_found *found;
    if (find_queue(s, (uint32_t)n, 0, &found) != 0)
        return -SLUICE_EUCLEAN; /* it was just opened */
    sizes(r, (struct sluice_mqueue *)found->object);
    return n;
}

/* mq_notify(3); request->out[3] is the registration. A mere attempt registers nothing. */
static int notify(struct sluice *s, struct sluice_request *r, struct sluice_mqueue *mq,
                  struct sluice_handle *handle)
{
    if (s->trying)
        return load_acquire(&mq->notifier) != 0 ? -SLUICE_EBUSY : -SLUICE_EAGAIN;
    return sluice__mqueue_notify(s, mq, handle, &r->out[3]);
}

/* A mere attempt needs no handle: it is not counted. */
static int receive(struct sluice *s, struct sluice_request *r, struct sluice_mqueue *mq,
                   struct sluice_handle *handle)
{
    bool counts = r->waiter != 0 || r->out[3] != 0;
    return sluice__mqueue_receive(s, mq, counts ? handle : NULL, r->bytes, r->length, r->out);
}

static uint32_t access_of(struct sluice_request *r)
{
    if (r->op == SLUICE_OP_MQ_SEND)
        return SLUICE_WRITE;
    return r->op == SLUICE_OP_MQ_RECEIVE ? SLUICE_READ : 0;
}

int sluice__op_mq(struct sluice *s, struct sluice_request *r)
{
    if (r->op == SLUICE_OP_MQ_OPEN)
        return open_queue(s, r);
    struct sluice_found *found;
    int n = find_queue(s, r->handle, access_of(r), &found);
    if (n != 0)
        return n;
    struct sluice_mqueue *mq = (struct sluice_mqueue *)found->object;
    switch (r->op) {
    case SLUICE_OP_MQ_SEND:
        return sluice__mqueue_send(s, mq, r->bytes, r->length, r->args[0]);
    case SLUICE_OP_MQ_RECEIVE:
        return receive(s, r, mq, found->handle);
    case SLUICE_OP_MQ_NOTIFY:
        return notify(s, r, mq, found->handle);
    default:
        sizes(r, mq);
        return sluice__mqueue_messages(s, mq, &r->out[2]);
    }
}

struct sluice__place_to_wait sluice__op_mq_waits(struct sluice *s, struct sluice_request *r)
{
    uint32_t event = r->op == SLUICE_OP_MQ_SEND      ? SLUICE__MQ_WRITABLE
                     : r->op == SLUICE_OP_MQ_RECEIVE ? SLUICE__MQ_READABLE
                                                     : SLUICE__MQ_READABLE | SLUICE_OBSERVER;
    return sluice__op_place(s, r->handle, event);
}

int sluice__op_mq_withdraw(struct sluice *s, struct sluice_request *r)
{
    struct sluice_found *found;
    if (find_queue(s, r->handle, 0, &found) != 0)
        return 0;
    bool receives = r->op == SLUICE_OP_MQ_RECEIVE;
    return sluice__mqueue_leave(s, (struct sluice_mqueue *)found->object, found->handle,
                                receives ? 0 : r->out[3], receives ? r->out[3] : 0);
}
