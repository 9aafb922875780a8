#include "../obj/mqueue.h"
#include "../reg/handle.h"
#include "op.h"

/* 0, -EBADF or -EUCLEAN. */
static int find_queue(struct sluice *s, uint32_t handle, uint32_t access, struct sluice_mqueue **mq)
{
    struct sluice_object *object;
    int n = sluice__op_object(s, handle, 1u << SLUICE_KIND_MESSAGE_QUEUE, access, &object);
    *mq = (struct sluice_mqueue *)object;
    return n;
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
    struct sluice_mqueue *mq;
    if (find_queue(s, (uint32_t)n, 0, &mq) != 0)
        return -SLUICE_EUCLEAN; /* it was just opened */
    sizes(r, mq);
    return n;
}

/* mq_notify(3); request->out[3] is the registration. A mere attempt registers nothing. */
static int notify(struct sluice *s, struct sluice_request *r, struct sluice_mqueue *mq)
{
    if (s->trying)
        return load_acquire(&mq->notifier) != 0 ? -SLUICE_EBUSY : -SLUICE_EAGAIN;
    struct sluice_handle *handle = sluice__handle_find(s, r->handle);
    return handle ? sluice__mqueue_notify(s, mq, handle, &r->out[3]) : -SLUICE_EBADF;
}

/* A mere attempt needs no handle: it is not counted. */
static int receive(struct sluice *s, struct sluice_request *r, struct sluice_mqueue *mq)
{
    bool counts = r->waiter != 0 || r->out[3] != 0;
    struct sluice_handle *handle = counts ? sluice__handle_find(s, r->handle) : NULL;
    return sluice__mqueue_receive(s, mq, handle, r->bytes, r->length, r->out);
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
    struct sluice_mqueue *mq;
    int n = find_queue(s, r->handle, access_of(r), &mq);
    if (n != 0)
        return n;
    switch (r->op) {
    case SLUICE_OP_MQ_SEND:
        return sluice__mqueue_send(s, mq, r->bytes, r->length, r->args[0]);
    case SLUICE_OP_MQ_RECEIVE:
        return receive(s, r, mq);
    case SLUICE_OP_MQ_NOTIFY:
        return notify(s, r, mq);
    default:
        sizes(r, mq);
        return sluice__mqueue_messages(s, mq, &r->out[2]);
    }
}

struct sluice__place_to_wait sluice__op_mq_waits(struct sluice *s, struct sluice_request *r)
{
    struct sluice_mqueue *mq;
    find_queue(s, r->handle, 0, &mq);
    uint32_t event = r->op == SLUICE_OP_MQ_SEND      ? SLUICE__MQ_WRITABLE
                     : r->op == SLUICE_OP_MQ_RECEIVE ? SLUICE__MQ_READABLE
                                                     : SLUICE__MQ_READABLE | SLUICE_OBSERVER;
    return (struct sluice__place_to_wait){mq ? &mq->object.gate : NULL, event};
}

int sluice__op_mq_withdraw(struct sluice *s, struct sluice_request *r)
{
    struct sluice_mqueue *mq;
    find_queue(s, r->handle, 0, &mq);
    struct sluice_handle *handle = mq ? sluice__handle_find(s, r->handle) : NULL;
    if (handle == NULL)
        return 0;
    bool receives = r->op == SLUICE_OP_MQ_RECEIVE;
    return sluice__mqueue_leave(s, mq, handle, receives ? 0 : r->out[3], receives ? r->out[3] : 0);
}
