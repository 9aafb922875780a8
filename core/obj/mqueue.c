#include "mqueue.h"

#include "../prim/event.h"
#include "mqueue_tree.h"

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Nodes that any set of that many priorities needs, the root apart. */
static uint32_t most_nodes(uint32_t max_messages)
{
    return smaller(max_messages, 32) + smaller(max_messages, SLUICE_PRIORITIES / 32);
}

static uint64_t nodes_bytes(uint32_t max_messages)
{
    return sluice__cells_bytes(most_nodes(max_messages), sizeof(struct sluice_mq_node));
}

uint64_t sluice__mqueue_bytes(uint32_t max_messages, uint32_t message_bytes)
{
    return sizeof(struct sluice_mqueue) + nodes_bytes(max_messages) +
           sluice__cells_bytes(max_messages, message_bytes);
}

void sluice__mqueue_init(struct sluice *s, struct sluice_mqueue *mq, uint32_t max_messages,
                         uint32_t message_bytes)
{
    uint32_t nodes_at = sluice__offset(s, mq + 1);
    uint32_t cells_at = nodes_at + (uint32_t)nodes_bytes(max_messages);
    sluice__put(s, &mq->max_messages, max_messages);
    sluice__put(s, &mq->message_bytes, message_bytes);
    SLUICE__BEGIN(s, &mq->registrations);
    sluice__cells_init(s, &mq->nodes, nodes_at, most_nodes(max_messages),
                       sizeof(struct sluice_mq_node));
    sluice__cells_init(s, &mq->cells, cells_at, max_messages, message_bytes);
}

static int lock(struct sluice *s, struct sluice_mqueue *mq)
{
    if (load_relaxed(&mq->object.damaged) != 0)
        return sluice__object_damaged(s, &mq->object);
    return sluice__gate_lock(s, &mq->object.gate);
}

static int unlock(struct sluice *s, struct sluice_mqueue *mq, uint32_t events, int n)
{
    sluice__gate_unlock_telling(s, &mq->object.gate, events);
    return n;
}

/* What the holder has changed so far is taken back: nothing was sent or received. */
static int damaged(struct sluice *s, struct sluice_mqueue *mq)
{
    sluice__gate_revert(s);
    store_relaxed(&mq->object.damaged, 1);
    for (uint32_t event = 0; event < SLUICE_EVENTS; event++)
        sluice__event_deliver_all(s, &mq->object.gate, event);
    return unlock(s, mq, 0, -SLUICE_EUCLEAN);
}

/* Whether each message has a receiver who waits: to the kernel, which hands them over, the queue is empty. */
static bool all_spoken_for(struct sluice_mqueue *mq)
{
    return load_relaxed(&mq->messages) <= load_relaxed(&mq->receivers);
}

/* Tells whoever registered if they were, and are no more: once, mq_notify(3). Returns the events to be told. */
static uint32_t serve_notifier(struct sluice *s, struct sluice_mqueue *mq, bool they_were)
{
    if (!they_were || all_spoken_for(mq))
        return 0;
    if (load_relaxed(&mq->notifier) != 0)
        sluice__set(s, &mq->notifier, 0);
    return SLUICE__WAITS(SLUICE__MQ_READABLE);
}

/* The handle counts its own, to be taken back should its agent die. */
static void count_receivers(struct sluice *s, struct sluice_mqueue *mq,
                            struct sluice_handle *handle, uint32_t more)
{
    sluice__set(s, &mq->receivers, load_relaxed(&mq->receivers) + more);
    sluice__set(s, &handle->receivers, load_relaxed(&handle->receivers) + more);
}

/* So many of the handle's wait no more; a close that goes on later may have ended them already. */
static void end_receivers(struct sluice *s, struct sluice_mqueue *mq, struct sluice_handle *handle,
                          uint32_t receivers)
{
    uint32_t ending = smaller(receivers, load_relaxed(&handle->receivers));
    if (ending != 0)
        count_receivers(s, mq, handle, -ending);
}

int sluice__mqueue_send(struct sluice *s, struct sluice_mqueue *mq, const void *bytes,
                        uint32_t length, uint32_t priority)
{
    if (priority >= SLUICE_PRIORITIES)
        return -SLUICE_EINVAL;
    if (length > load_relaxed(&mq->message_bytes))
        return -SLUICE_EMSGSIZE;
    int n = lock(s, mq);
    if (n != 0)
        return n;
    uint32_t before = load_relaxed(&mq->messages), most = load_relaxed(&mq->max_messages);
    if (before >= most)
        return unlock(s, mq, 0, -SLUICE_EAGAIN);
    uint32_t number = sluice__cell_take(s, &mq->cells);
    struct sluice_cell *cell = sluice__cell(s, &mq->cells, number, length);
    if (cell == NULL || !sluice__mq_tree_add(s, mq, number, priority))
        return damaged(s, mq);
    sluice__put_bytes(s, sluice__cell_payload(cell), bytes, length);
    sluice__put(s, &cell->length, length);
    bool they_were = all_spoken_for(mq);
    sluice__set(s, &mq->messages, before + 1);
    serve_notifier(s, mq, they_were);
    uint32_t events = SLUICE__WAITS(SLUICE__MQ_READABLE);
    if (before + 1 < most)
        events |= SLUICE__WAITS(SLUICE__MQ_WRITABLE); /* notes merge: room is left for the next */
    return unlock(s, mq, events, 0);
}

int sluice__mqueue_receive(struct sluice *s, struct sluice_mqueue *mq, struct sluice_handle *handle,
                           void *bytes, uint32_t room, uint32_t *out)
{
    uint32_t *priority = &out[0], *waits = &out[3];
    uint32_t longest = load_relaxed(&mq->message_bytes);
    if (room < longest)
        return -SLUICE_EMSGSIZE;
    int n = lock(s, mq);
    if (n != 0)
        return n;
    uint32_t before = load_relaxed(&mq->messages);
    if (before == 0) {
        if (handle != NULL && *waits == 0)
            count_receivers(s, mq, handle, *waits = 1);
        return unlock(s, mq, 0, -SLUICE_EAGAIN);
    }
    uint32_t number = sluice__mq_tree_shift(s, mq, priority);
    struct sluice_cell *cell = sluice__cell(s, &mq->cells, number, longest);
    uint32_t length = cell ? load_relaxed(&cell->length) : 0;
    if (cell == NULL || length > longest)
        return damaged(s, mq);
    port_give(bytes, sluice__cell_payload(cell), length);
    sluice__cell_give(s, &mq->cells, number);
    sluice__set(s, &mq->messages, before - 1);
    if (handle != NULL)
        end_receivers(s, mq, handle, *waits);
    *waits = 0;
    uint32_t events = SLUICE__WAITS(SLUICE__MQ_WRITABLE);
    if (before > 1)
        events |= SLUICE__WAITS(SLUICE__MQ_READABLE);
    return unlock(s, mq, events, (int)length);
}

int sluice__mqueue_messages(struct sluice *s, struct sluice_mqueue *mq, uint32_t *messages)
{
    int n = lock(s, mq); /* else what it sees may be taken back: its sender may die */
    if (n != 0)
        return n;
    *messages = load_relaxed(&mq->messages);
    return unlock(s, mq, 0, 0);
}

int sluice__mqueue_ready(struct sluice *s, struct sluice_mqueue *mq, uint32_t what)
{
    int n = lock(s, mq); /* else what it sees may be taken back */
    if (n != 0)
        return n;
    bool ready = what == SLUICE_READ
                     ? !all_spoken_for(mq)
                     : load_relaxed(&mq->messages) < load_relaxed(&mq->max_messages);
    return unlock(s, mq, 0, ready ? 0 : -SLUICE_EAGAIN);
}

static int registered(struct sluice *s, struct sluice_mqueue *mq, struct sluice_handle *handle,
                      uint32_t *number)
{
    if (load_relaxed(&mq->notifier) != 0)
        return -SLUICE_EBUSY;
    /* where it is 0, nobody's, the next attempt takes 1 */
    uint32_t mine = load_relaxed(&mq->registrations) + 1;
    sluice__set(s, &mq->registrations, mine);
    sluice__set(s, &mq->notifier, mine);
    sluice__set(s, &handle->seen, mine);
    *number = mine;
    return -SLUICE_EAGAIN;
}

int sluice__mqueue_notify(struct sluice *s, struct sluice_mqueue *mq, struct sluice_handle *handle,
                          uint32_t *number)
{
    int n = lock(s, mq);
    if (n != 0)
        return n;
    if (*number == 0)
        n = registered(s, mq, handle, number);
    else if (load_relaxed(&mq->notifier) == *number)
        n = -SLUICE_EAGAIN;
    return unlock(s, mq, 0, n);
}

int sluice__mqueue_leave(struct sluice *s, struct sluice_mqueue *mq, struct sluice_handle *handle,
                         uint32_t number, uint32_t receivers)
{
    if (number == 0 && receivers == 0)
        return 0;
    int n = sluice__gate_lock(s, &mq->object.gate);
    if (n != 0)
        return n;
    if (number != 0 && load_relaxed(&mq->notifier) == number)
        sluice__set(s, &mq->notifier, 0);
    if (number != 0 && load_relaxed(&handle->seen) == number)
        sluice__set(s, &handle->seen, 0);
    bool they_were = all_spoken_for(mq);
    end_receivers(s, mq, handle, receivers);
    return unlock(s, mq, serve_notifier(s, mq, they_were), 0);
}

bool sluice__mqueue_valid(struct sluice *s, struct sluice_mqueue *mq)
{
    return sluice__mq_tree_count(s, mq) == load_relaxed(&mq->messages) &&
           sluice__gate_valid(s, &mq->object.gate);
}
