/*
 * Agents, handles, names, tickets, semaphores, queues: the states, and the operation in each. A state that does not get what it
 * asks for is false.
 */
#include "double_fetch_states.h"

#include "obj/mqueue.h"

static bool nothing(void)
{
    return true;
}

static bool a_free_slot(void)
{
    detach(OTHER);
    return true;
}

static bool one_chunk_of_handles(void)
{
    for (int i = 0; i < 32; i++)
        if (!opened(ME, sem("", 0, 0)))
            return false;
    return true;
}

static bool sem_0(void)
{
    return two_have(sem("/s", NEW, 0));
}

static bool sem_2(void)
{
    return two_have(sem("/s", NEW, 2));
}

static bool sem_awaited(void)
{
    return sem_0() && waits(OTHER, of(SLUICE_OP_SEM_WAIT, world.handle[OTHER], 0)) < 0;
}

static bool i_wait(void)
{
    return sem_0() && waits(ME, of(SLUICE_OP_SEM_WAIT, world.handle[ME], 0)) < 0;
}

static bool both_wait(void)
{
    return i_wait() && waits(OTHER, of(SLUICE_OP_SEM_WAIT, world.handle[OTHER], 0)) < 0;
}

static bool i_am_told(void)
{
    return i_wait() && request(OTHER, of(SLUICE_OP_SEM_POST, world.handle[OTHER], 0)) == 0;
}

static bool sem_unlinked(void)
{
    struct sluice_request r = named(SLUICE_OP_UNLINK, "/s", SLUICE_KIND_SEMAPHORE);
    return opened(ME, sem("/s", NEW, 0)) && request(ME, r) == 0;
}

static bool queue_empty(void)
{
    return two_have(queue(NEW));
}

static bool sent(int who, uint32_t priority)
{
    struct sluice_request r = of(SLUICE_OP_MQ_SEND, world.handle[who], 20);
    r.args[0] = priority;
    return request(who, r) == 0;
}

static bool queue_of_two(void)
{
    return queue_empty() && sent(OTHER, 1) && sent(OTHER, 32767);
}

/* Damage that is there before: a message that is longer than its cell. */
static bool queue_of_one_too_long(void)
{
    if (!queue_of_two())
        return false;
    struct sluice_mqueue *mq = (struct sluice_mqueue *)object_of(world.handle[ME]);
    uint8_t *cells = port.base + load_relaxed(&mq->cells.start);
    struct sluice_cell *second = (void *)(cells + load_relaxed(&mq->cells.stride));
    store_relaxed(&second->length, 8192);
    return true;
}

static bool queue_full(void)
{
    return queue_of_two() && sent(OTHER, 1);
}

static bool receiver_waits(void)
{
    return queue_empty() && waits(OTHER, of(SLUICE_OP_MQ_RECEIVE, world.handle[OTHER], 40)) < 0;
}

static bool i_receive(void)
{
    return queue_empty() && waits(ME, of(SLUICE_OP_MQ_RECEIVE, world.handle[ME], 40)) < 0;
}

static bool i_am_told_to_receive(void)
{
    return i_receive() && sent(OTHER, 1);
}

static bool registered(void)
{
    return queue_empty() && waits(OTHER, of(SLUICE_OP_MQ_NOTIFY, world.handle[OTHER], 0)) < 0;
}

static bool i_registered(void)
{
    return queue_empty() && waits(ME, of(SLUICE_OP_MQ_NOTIFY, world.handle[ME], 0)) < 0;
}

static bool ticket_of_sem(void)
{
    return ticket_of(sem_2());
}

static bool ticket_of_queue(void)
{
    return ticket_of(queue_of_two());
}

/* Damage that is there before: names that lead in a circle, whose bytes lie nowhere, so that no page is ever full. */
static bool names_in_a_circle(void)
{
    if (!opened(ME, sem("/s", NEW, 0)))
        return false;
    struct sluice_object *o = object_of(world.handle[ME]);
    store_relaxed(&o->chain, sluice__offset(&world.s[ME], o));
    store_relaxed(&o->name, UINT32_MAX);
    return true;
}

static bool other_died_holding(void)
{
    if (!both_wait())
        return false;
    struct sluice_gate *gate = &object_of(world.handle[ME])->gate;
    bool held = sluice__gate_lock(&world.s[OTHER], gate) == 0;
    sluice__set(&world.s[OTHER], &gate->events[3].waiters.head, 8);
    return held;
}

/* The other holds the object's lock, and goes on holding it. */
static bool held(bool good)
{
    return good && sluice__gate_lock(&world.s[OTHER], &object_of(world.handle[ME])->gate) == 0;
}

static bool sem_awaited_and_held(void)
{
    return held(sem_awaited());
}

static bool i_wait_and_it_is_held(void)
{
    return held(i_wait());
}

static bool queue_held(void)
{
    return held(queue_of_two());
}

/* --- operations -------------------------------------------------------------------------- */

OPERATION(open_sem, request(ME, sem("/s", NEW, 1)))
OPERATION(open_sem_only, request(ME, sem("/s", BOTH, 1)))
OPERATION(open_unnamed, request(ME, sem("", 0, 1)))
OPERATION(open_queue, request(ME, queue(NEW)))
OPERATION(sem_wait, waits(ME, MINE(SEM_WAIT, 0)))
OPERATION(sem_post, request(ME, MINE(SEM_POST, 0)))
OPERATION(sem_value, request(ME, MINE(SEM_VALUE, 0)))
OPERATION(close_mine, request(ME, MINE(CLOSE, 0)))
OPERATION(unlink_sem, request(ME, named(SLUICE_OP_UNLINK, "/s", SLUICE_KIND_SEMAPHORE)))
OPERATION(list, request(ME, of(SLUICE_OP_LIST, 0, 300)))
OPERATION(agents, request(ME, of(SLUICE_OP_AGENTS, 0, 300)))
OPERATION(take_ticket, request(ME, MINE(TICKET, 16)))
OPERATION(mq_send, sent(ME, 77))
OPERATION(mq_receive_much, request(ME, MINE(MQ_RECEIVE, 8192)))
OPERATION(mq_receive, request(ME, MINE(MQ_RECEIVE, 40)))
OPERATION(mq_wait_to_receive, waits(ME, MINE(MQ_RECEIVE, 40)))
OPERATION(mq_wait_to_send, waits(ME, MINE(MQ_SEND, 8)))
OPERATION(mq_attributes, request(ME, MINE(MQ_ATTRIBUTES, 0)))
OPERATION(mq_notify, waits(ME, MINE(MQ_NOTIFY, 0)))
OPERATION(ready_to_take, ready(SLUICE_READ))
OPERATION(ready_to_put, ready(SLUICE_WRITE))
OPERATION(cancel_mine, cancel(ME))
OPERATION(i_go_on, go_on(ME))
OPERATION(attach_again, attach(ME))
OPERATION(attach_other, attach(OTHER))
OPERATION(settle_other, settle(ME))

const struct row rows_of_objects[] = {
    {"agents: attach", nothing, attach_again},
    {"agents: attach in a free slot", a_free_slot, attach_other},
    {"agents: settle", other_died_holding, settle_other},
    {"handles: the first of an agent", nothing, open_unnamed},
    {"handles: one more than a chunk", one_chunk_of_handles, open_unnamed},
    {"handles: close", sem_0, close_mine},
    {"handles: close the last", sem_unlinked, close_mine},
    {"handles: close, somebody waits", i_wait, close_mine},
    {"names: create a semaphore", used_before, open_sem},
    {"names: open a semaphore", sem_2, open_sem_only},
    {"names: none of that name", queue_empty, open_sem_only},
    {"names: unlink", sem_2, unlink_sem},
    {"names: list", sem_2, list},
    {"agents: list", other_died_holding, agents},
    {"names: list a circle", names_in_a_circle, list},
    {"ticket: take", sem_2, take_ticket},
    {"ticket: open a semaphore", ticket_of_sem, open_ticket},
    {"ticket: open a queue", ticket_of_queue, open_ticket},
    {"semaphore: wait", sem_2, sem_wait},
    {"semaphore: wait, none", sem_0, sem_wait},
    {"semaphore: wait behind another", sem_awaited, sem_wait},
    {"semaphore: post", sem_0, sem_post},
    {"semaphore: post, awaited", sem_awaited, sem_post},
    {"semaphore: post, two wait", both_wait, sem_post},
    {"semaphore: post, held", sem_awaited_and_held, sem_post},
    {"semaphore: cancel, held", i_wait_and_it_is_held, cancel_mine},
    {"semaphore: value", sem_2, sem_value},
    {"semaphore: cancel", both_wait, cancel_mine},
    {"semaphore: go on", i_am_told, i_go_on},
    {"semaphore: cancel when told", i_am_told, cancel_mine},
    {"semaphore: ready", sem_2, ready_to_take},
    {"semaphore: ready, none", sem_0, ready_to_take},
    {"queue: create", used_before, open_queue},
    {"queue: open", queue_of_two, open_queue},
    {"queue: send", queue_of_two, mq_send},
    {"queue: send, first", queue_empty, mq_send},
    {"queue: send, full", queue_full, mq_wait_to_send},
    {"queue: send, awaited", receiver_waits, mq_send},
    {"queue: send, registered", registered, mq_send},
    {"queue: receive", queue_of_two, mq_receive},
    {"queue: receive, held", queue_held, mq_wait_to_receive},
    {"queue: receive, longer than its cell", queue_of_one_too_long, mq_receive_much},
    {"queue: receive, full", queue_full, mq_receive},
    {"queue: cancel a receive", i_receive, cancel_mine},
    {"queue: cancel a receive when told", i_am_told_to_receive, cancel_mine},
    {"queue: attributes", queue_of_two, mq_attributes},
    {"queue: ready to take", queue_of_two, ready_to_take},
    {"queue: ready to take, empty", queue_empty, ready_to_take},
    {"queue: ready to put, full", queue_full, ready_to_put},
    {"queue: ready, held", queue_held, ready_to_take},
    {"queue: notify", queue_empty, mq_notify},
    {"queue: notify, registered", registered, mq_notify},
    {"queue: cancel a notify", i_registered, cancel_mine},
    {"queue: close", registered, close_mine},
    {NULL, NULL, NULL},
};
