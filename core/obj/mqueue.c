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
    store_relaxed(&mq->max_messages, max_messages);
    store_relaxed(&mq->message_bytes, message_bytes);
    SLUICE__BEGIN(&mq->registrations);
    sluice__cells_init(&mq->nodes, nodes_at, most_nodes(max_messages),
                       sizeof(struct sluice_mq_node));
    sluice__cells_init(&mq->cells, cells_at, max_messages, message_bytes);
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

/*
 * A message that comes to the empty queue and finds no receiver is told to whoever registered: once. Empty is a queue, too, whose
 * messages have all been left to receivers who waited, and have not run yet: mq_notify(3).
 */
static void serve_notifier(struct sluice *s, struct sluice_mqueue *mq, uint32_t before)
{
    struct sluice_gate *gate = &mq->object.gate;
    uint32_t owed = load_relaxed(&mq->owed), notifier = load_relaxed(&mq->notifier);
    if (owed != 0 && notifier == 0 && load64_relaxed(&gate->word) & SLUICE__LEFT) {
        sluice__set(s, &mq->owed, 0); /* what they left is anybody's */
        owed = 0;
    }
    if (before > owed)
        return;
    /* whoever leaves from here on may be who is awaited */
    if (load64_relaxed(&gate->word) & SLUICE__LEFT)
        sluice__gate_clear(s, gate, SLUICE__LEFT);
    if (sluice__event_awaited(s, gate, SLUICE__MQ_READABLE))
        sluice__set(s, &mq->owed, owed + 1);
    else if (notifier != 0)
        sluice__set(s, &mq->notifier, 0);
}

/* A message is taken, of `before`: one that was left to its receiver, if he was marked for it. */
static void take_owed(struct sluice *s, struct sluice_mqueue *mq, uint32_t before)
{
    uint32_t owed = load_relaxed(&mq->owed);
    bool its = s->waiting != NULL && sluice__waiter_marked(s->waiting);
    if (owed != 0 && (its || owed == before))
        sluice__set(s, &mq->owed, owed - 1);
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
    port_take(sluice__cell_payload(cell), bytes, length);
    store_relaxed(&cell->length, length);
    sluice__set(s, &mq->messages, before + 1);
    uint32_t events = SLUICE__WAITS(SLUICE__MQ_READABLE);
    serve_notifier(s, mq, before);
    if (before + 1 < most)
        events |= SLUICE__WAITS(SLUICE__MQ_WRITABLE); /* notes merge: room is left for the next */
    return unlock(s, mq, events, 0);
}

int sluice__mqueue_receive(struct sluice *s, struct sluice_mqueue *mq, void *bytes, uint32_t room,
                           uint32_t *priority)
{
    uint32_t longest = load_relaxed(&mq->message_bytes);
    if (room < longest)
        return -SLUICE_EMSGSIZE;
    int n = lock(s, mq);
    if (n != 0)
        return n;
    uint32_t before = load_relaxed(&mq->messages);
    if (before == 0)
        return unlock(s, mq, 0, -SLUICE_EAGAIN);
    uint32_t number = sluice__mq_tree_shift(s, mq, priority);
    struct sluice_cell *cell = sluice__cell(s, &mq->cells, number, longest);
    uint32_t length = cell ? load_relaxed(&cell->length) : 0;
    if (cell == NULL || length > longest)
        return damaged(s, mq);
    port_give(bytes, sluice__cell_payload(cell), length);
    sluice__cell_give(s, &mq->cells, number);
    sluice__set(s, &mq->messages, before - 1);
    take_owed(s, mq, before);
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

static int registered(struct sluice *s, struct sluice_mqueue *mq, struct sluice_handle *handle,
                      uint32_t *number)
{
    if (load_relaxed(&mq->notifier) != 0)
        return -SLUICE_EBUSY;
    /* where it is 0, nobody's, the next attempt takes 1 */
    uint32_t mine = load_relaxed(&mq->registrations) + 1;
    sluice__set(s, &mq->registrations, mine);
    sluice__set(s, &mq->notifier, mine);
    if (load64_relaxed(&mq->object.gate.word) & SLUICE__LEFT) /* what they left is anybody's */
        sluice__set(s, &mq->owed, 0);
    sluice__set(s, &handle->seen, mine);
    *number = mine;
    return -SLUICE_EAGAIN;
}

/* Whom the message was left to has gone without it, and nobody else receives. */
static bool still_owed(struct sluice *s, struct sluice_mqueue *mq)
{
    struct sluice_gate *gate = &mq->object.gate;
    uint64_t word = load64_seq(&gate->word); /* [EV7-R] */
    return load_relaxed(&mq->owed) != 0 && (word & SLUICE__LEFT) != 0 &&
           !sluice__event_awaited(s, gate, SLUICE__MQ_READABLE);
}

int sluice__mqueue_notify(struct sluice *s, struct sluice_mqueue *mq, struct sluice_handle *handle,
                          uint32_t *number)
{
    int n = lock(s, mq);
    if (n != 0)
        return n;
    if (*number == 0)
        n = registered(s, mq, handle, number);
    else if (load_relaxed(&mq->notifier) == *number) {
        if (still_owed(s, mq)) {
            sluice__set(s, &mq->notifier, 0);
            sluice__set(s, &mq->owed, load_relaxed(&mq->owed) - 1);
        } else
            n = -SLUICE_EAGAIN;
    }
    return unlock(s, mq, 0, n);
}

int sluice__mqueue_forget(struct sluice *s, struct sluice_mqueue *mq, struct sluice_handle *handle)
{
    uint32_t mine = load_relaxed(&handle->seen);
    if (mine == 0)
        return 0;
    int n = sluice__gate_lock(s, &mq->object.gate);
    if (n != 0)
        return n;
    if (load_relaxed(&mq->notifier) == mine)
        sluice__set(s, &mq->notifier, 0);
    sluice__set(s, &handle->seen, 0);
    return unlock(s, mq, 0, 0);
}

bool sluice__mqueue_valid(struct sluice *s, struct sluice_mqueue *mq)
{
    return sluice__mq_tree_count(s, mq) == load_relaxed(&mq->messages) &&
           sluice__gate_valid(s, &mq->object.gate);
}
