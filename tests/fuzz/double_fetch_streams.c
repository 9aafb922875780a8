/* Pipes, FIFOs, rings: the states, and the operation in each. */
#include "double_fetch_states.h"

static struct sluice_request fifo(uint32_t flags)
{
    struct sluice_request r = named(SLUICE_OP_FIFO_OPEN, "/f", flags | SLUICE_CREATE);
    r.args[2] = 1;
    return r;
}

static struct sluice_request ring(uint32_t many)
{
    struct sluice_request r = named(SLUICE_OP_RING_OPEN, "/r", NEW);
    r.args[2] = 128;
    r.args[3] = many ? 24 : 0;
    r.args[4] = many;
    return r;
}

/* --- states ----------------------------------------------------------------------------- */

static bool fifo_empty(void)
{
    return two_have(fifo(BOTH));
}

static bool fifo_of_some(void)
{
    return fifo_empty() &&
           request(OTHER, of(SLUICE_OP_PIPE_WRITE, world.handle[OTHER], 3000)) > 0 &&
           request(OTHER, of(SLUICE_OP_PIPE_READ, world.handle[OTHER], 2900)) > 0;
}

static bool reader_waits(void)
{
    return fifo_empty() && waits(OTHER, of(SLUICE_OP_PIPE_READ, world.handle[OTHER], 8)) < 0;
}

static bool writer_waits(void)
{
    return fifo_empty() &&
           request(OTHER, of(SLUICE_OP_PIPE_WRITE, world.handle[OTHER], 4096)) > 0 &&
           waits(OTHER, of(SLUICE_OP_PIPE_WRITE, world.handle[OTHER], 8)) < 0;
}

static bool other_opens(void)
{
    return used_before() && waits(OTHER, fifo(SLUICE_READ)) == -SLUICE_EAGAIN;
}

static bool i_open(void)
{
    return used_before() && waits(ME, fifo(SLUICE_READ)) == -SLUICE_EAGAIN;
}

static bool pipe_open(void)
{
    struct sluice_request r = of(SLUICE_OP_PIPE_OPEN, 0, 0);
    r.args[0] = 1;
    if (request(ME, r) != 0)
        return false;
    world.handle[ME] = world.out[0];
    world.more[ME] = world.out[1];
    return true;
}

static struct sluice_request sending(int who, uint32_t length)
{
    return of(SLUICE_OP_RING_SEND, world.handle[who], length);
}

static bool ring_of(uint32_t many, int records)
{
    bool good = two_have(ring(many));
    for (; good && records > 0; records--)
        good = request(OTHER, sending(OTHER, 20)) == 0;
    return good;
}

static bool bytes_none(void)
{
    return ring_of(0, 0);
}

static bool bytes_two(void)
{
    return ring_of(0, 2);
}

/* Its next record would wrap. */
static bool bytes_wrap(void)
{
    bool good = ring_of(0, 4);
    for (int i = 0; good && i < 3; i++)
        good = request(ME, of(SLUICE_OP_RING_RECEIVE, world.handle[ME], 64)) == 20;
    return good && request(OTHER, sending(OTHER, 4)) == 0;
}

static bool cells_none(void)
{
    return ring_of(3, 0);
}

static bool cells_two(void)
{
    return ring_of(3, 2);
}

static bool asks(uint32_t op, uint32_t a0)
{
    struct sluice_request r = of(op, world.handle[ME], 0);
    r.args[0] = a0;
    int n = request(ME, r);
    world.claim = (uint32_t)n;
    return n > 0;
}

/* The ring is mine to send to. */
static bool bytes_claimed(void)
{
    return opened(ME, ring(0)) && asks(SLUICE_OP_RING_CLAIM, 20);
}

static bool bytes_peeked(void)
{
    return ring_of(0, 2) && asks(SLUICE_OP_RING_PEEK, 0);
}

static bool cells_claimed(void)
{
    return ring_of(3, 1) && asks(SLUICE_OP_RING_CLAIM, 20) && asks(SLUICE_OP_RING_CLAIM, 10);
}

static bool cells_peeked(void)
{
    return ring_of(3, 3) && asks(SLUICE_OP_RING_PEEK, 0) && asks(SLUICE_OP_RING_PEEK, 0);
}

static bool receiver_of(uint32_t many)
{
    return ring_of(many, 0) &&
           waits(OTHER, of(SLUICE_OP_RING_RECEIVE, world.handle[OTHER], 64)) == -SLUICE_EAGAIN;
}

static bool bytes_awaited(void)
{
    return receiver_of(0);
}

static bool cells_awaited(void)
{
    return receiver_of(3);
}

static bool full(uint32_t many)
{
    bool good = ring_of(many, 1);
    for (int i = 0; good && request(OTHER, sending(OTHER, 20)) == 0; i++)
        good = i < 16;
    return good;
}

static bool bytes_full(void)
{
    return full(0);
}

static bool cells_full(void)
{
    return full(3);
}

static bool i_receive(uint32_t many)
{
    return ring_of(many, 0) &&
           waits(ME, of(SLUICE_OP_RING_RECEIVE, world.handle[ME], 64)) == -SLUICE_EAGAIN;
}

static bool bytes_i_receive(void)
{
    return i_receive(0);
}

static bool cells_i_receive(void)
{
    return i_receive(3);
}

static bool cells_i_am_told(void)
{
    return i_receive(3) && request(OTHER, sending(OTHER, 20)) == 0;
}

static bool i_read(void)
{
    return fifo_empty() && waits(ME, of(SLUICE_OP_PIPE_READ, world.handle[ME], 8)) < 0;
}

static bool ticket_of_pipe(void)
{
    return used_before() && ticket_of(pipe_open());
}

static bool ticket_of_ring(void)
{
    return ticket_of(ring_of(0, 1));
}

static bool one_of_each(void)
{
    return opened(ME, sem("/s", NEW, 0)) && waits(ME, MINE(SEM_WAIT, 0)) < 0 &&
           opened(ME, queue(NEW)) && opened(ME, ring(3)) && pipe_open();
}

/* --- operations -------------------------------------------------------------------------- */

OPERATION(open_fifo, waits(ME, fifo(SLUICE_WRITE)))
OPERATION(open_fifo_both, request(ME, fifo(BOTH)))
OPERATION(open_bytes, request(ME, ring(0)))
OPERATION(open_cells, request(ME, ring(3)))
OPERATION(open_pipe, pipe_open())
OPERATION(pipe_read, waits(ME, MINE(PIPE_READ, 60)))
OPERATION(pipe_write, waits(ME, MINE(PIPE_WRITE, 2000)))
OPERATION(pipe_attributes, request(ME, MINE(PIPE_ATTRIBUTES, 0)))
OPERATION(ring_send, waits(ME, sending(ME, 17)))
OPERATION(other_sends, waits(OTHER, sending(OTHER, 17)))
OPERATION(ring_receive, waits(ME, MINE(RING_RECEIVE, 64)))
OPERATION(ring_send_many, waits(ME, MINE(RING_SEND_MANY, 12)))
OPERATION(ring_claim, asks(SLUICE_OP_RING_CLAIM, 13))
OPERATION(ring_peek, asks(SLUICE_OP_RING_PEEK, 0))
OPERATION(ring_commit, asks(SLUICE_OP_RING_COMMIT, world.claim))
OPERATION(ring_abort, asks(SLUICE_OP_RING_ABORT, world.claim))
OPERATION(ring_release, asks(SLUICE_OP_RING_RELEASE, world.claim))
OPERATION(ring_attributes, request(ME, MINE(RING_ATTRIBUTES, 0)))
OPERATION(close_more, request(ME, of(SLUICE_OP_CLOSE, world.more[ME], 0)))
OPERATION(close_mine, request(ME, MINE(CLOSE, 0)))
OPERATION(ready_to_take, ready(SLUICE_READ))
OPERATION(ready_to_put, ready(SLUICE_WRITE))
OPERATION(cancel_mine, cancel(ME))
OPERATION(i_go_on, go_on(ME))
OPERATION(detach_me, detach(ME))
OPERATION(settle_me, settle(OTHER))

static void ring_receive_many(void)
{
    struct sluice_request r = MINE(RING_RECEIVE_MANY, 64);
    r.args[0] = 9;
    waits(ME, r);
}

const struct row rows_of_streams[] = {
    {"agents: detach", one_of_each, detach_me},
    {"agents: settle one with much", one_of_each, settle_me},
    {"agents: settle one with claims", cells_claimed, settle_me},
    {"agents: settle one with peeks", cells_peeked, settle_me},
    {"agents: settle one with a claim of bytes", bytes_claimed, settle_me},
    {"ticket: open a pipe", ticket_of_pipe, open_ticket},
    {"ticket: open a ring", ticket_of_ring, open_ticket},
    {"pipe: create", used_before, open_pipe},
    {"pipe: close the reader", ticket_of_pipe, close_mine},
    {"pipe: close the writer", ticket_of_pipe, close_more},
    {"pipe: read", fifo_of_some, pipe_read},
    {"pipe: read, empty", fifo_empty, pipe_read},
    {"pipe: read, a writer waits", writer_waits, pipe_read},
    {"pipe: write, wrapping", fifo_of_some, pipe_write},
    {"pipe: write, a reader waits", reader_waits, pipe_write},
    {"pipe: write, full", writer_waits, pipe_write},
    {"pipe: cancel a read", i_read, cancel_mine},
    {"pipe: attributes", fifo_of_some, pipe_attributes},
    {"pipe: ready to read", fifo_of_some, ready_to_take},
    {"pipe: ready to read, empty", fifo_empty, ready_to_take},
    {"pipe: ready to write, full", writer_waits, ready_to_put},
    {"fifo: create and wait", used_before, open_fifo},
    {"fifo: create", used_before, open_fifo_both},
    {"fifo: open, one waits for it", other_opens, open_fifo},
    {"fifo: give an open up", i_open, cancel_mine},
    {"fifo: go on", i_open, i_go_on},
    {"bytes: create", used_before, open_bytes},
    {"bytes: send", bytes_none, ring_send},
    {"bytes: send, wrapping", bytes_wrap, other_sends},
    {"bytes: send, awaited", bytes_awaited, ring_send},
    {"bytes: send, full", bytes_full, other_sends},
    {"bytes: cancel a receive", bytes_i_receive, cancel_mine},
    {"bytes: send many", bytes_none, ring_send_many},
    {"bytes: receive", bytes_two, ring_receive},
    {"bytes: receive, wrapping", bytes_wrap, ring_receive},
    {"bytes: receive, none", bytes_none, ring_receive},
    {"bytes: receive many", bytes_wrap, ring_receive_many},
    {"bytes: ready to take", bytes_two, ready_to_take},
    {"bytes: ready to take, none", bytes_none, ready_to_take},
    {"bytes: ready to put", bytes_wrap, ready_to_put},
    {"bytes: ready to put, full", bytes_full, ready_to_put},
    {"bytes: claim", bytes_none, ring_claim},
    {"bytes: commit", bytes_claimed, ring_commit},
    {"bytes: abort", bytes_claimed, ring_abort},
    {"bytes: peek", bytes_two, ring_peek},
    {"bytes: peek, none", bytes_none, ring_peek},
    {"bytes: release", bytes_peeked, ring_release},
    {"bytes: close with a claim", bytes_claimed, close_mine},
    {"bytes: attributes", bytes_two, ring_attributes},
    {"cells: create", used_before, open_cells},
    {"cells: send", cells_two, ring_send},
    {"cells: send, awaited", cells_awaited, ring_send},
    {"cells: send, full", cells_full, other_sends},
    {"cells: cancel a receive", cells_i_receive, cancel_mine},
    {"cells: cancel when told", cells_i_am_told, cancel_mine},
    {"cells: send many", cells_none, ring_send_many},
    {"cells: receive", cells_two, ring_receive},
    {"cells: receive, none", cells_none, ring_receive},
    {"cells: receive many", cells_two, ring_receive_many},
    {"cells: ready to take", cells_two, ready_to_take},
    {"cells: ready to take, none", cells_none, ready_to_take},
    {"cells: ready to put, full", cells_full, ready_to_put},
    {"cells: claim", cells_two, ring_claim},
    {"cells: commit", cells_claimed, ring_commit},
    {"cells: abort", cells_claimed, ring_abort},
    {"cells: peek", cells_two, ring_peek},
    {"cells: peek, none", cells_none, ring_peek},
    {"cells: release", cells_peeked, ring_release},
    {"cells: close with claims", cells_claimed, close_mine},
    {"cells: close with peeks", cells_peeked, close_mine},
    {"cells: attributes", cells_two, ring_attributes},
    {NULL, NULL, NULL},
};
