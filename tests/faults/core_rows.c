/* The states and operations whose allocations and locks fail. */
#include "core.h"

#include "obj/ring.h"

enum { NEW = SLUICE_CREATE | SLUICE_EXCLUSIVE, BOTH = SLUICE_READ | SLUICE_WRITE };

static int by(int who, struct sluice_request r)
{
    return sluice_try(&the_world->agent[who], &r);
}

static struct sluice_request mine(uint32_t op)
{
    struct sluice_request r = request(op, the_world->handle[VICTIM]);
    r.bytes = the_world->bytes;
    return r;
}

static struct sluice_request moving(int who, uint32_t op, uint32_t length)
{
    struct sluice_request r = request(op, the_world->handle[who]);
    r.bytes = the_world->bytes;
    r.length = length;
    return r;
}

/* --- openings ----------------------------------------------------------------- */

static struct sluice_request opening(uint32_t op, const char *name, uint32_t flags, uint32_t a2,
                                     uint32_t a3, uint32_t a4)
{
    struct sluice_request r = {.op = op, .name = name, .args = {flags, 0600, a2, a3, a4}};
    r.name_length = name ? (uint32_t)strlen(name) : 0;
    return r;
}

#define OPENING(name, ...)                                                                         \
    static struct sluice_request name(void)                                                        \
    {                                                                                              \
        return opening(__VA_ARGS__);                                                               \
    }
OPENING(sem_new, SLUICE_OP_SEM_OPEN, "/n", NEW, 1, 0, 0)
OPENING(sem_unnamed, SLUICE_OP_SEM_OPEN, NULL, 0, 1, 0, 0)
OPENING(sem_old, SLUICE_OP_SEM_OPEN, "/o", 0, 0, 0, 0)
OPENING(mq_new, SLUICE_OP_MQ_OPEN, "/n", NEW | BOTH, 2, 8, 0)
OPENING(mq_old, SLUICE_OP_MQ_OPEN, "/o", BOTH, 0, 0, 0)
OPENING(fifo_new, SLUICE_OP_FIFO_OPEN, "/n", NEW | BOTH, 64, 0, 0)
OPENING(fifo_alone, SLUICE_OP_FIFO_OPEN, "/n", NEW | SLUICE_READ, 64, 0, 0)
OPENING(fifo_old, SLUICE_OP_FIFO_OPEN, "/o", SLUICE_READ, 64, 0, 0)
OPENING(ring_new, SLUICE_OP_RING_OPEN, "/n", NEW | BOTH, 64, 0, 0)
OPENING(cells_new, SLUICE_OP_RING_OPEN, "/n", NEW | BOTH, 32, 8, 3)
OPENING(ring_old, SLUICE_OP_RING_OPEN, "/o", BOTH, 64, 0, 0)

static struct sluice_request pipe_new(void)
{
    return (struct sluice_request){.op = SLUICE_OP_PIPE_OPEN, .args = {64}};
}

static struct sluice_request by_ticket(void)
{
    struct sluice_request r = mine(SLUICE_OP_OPEN_TICKET);
    r.length = the_world->ticket;
    return r;
}

/* --- states ------------------------------------------------------------------- */

static void attached(void)
{
    memset(the_world, 0, sizeof *the_world);
    check(sluice_format(the_world->region, BYTES, AGENTS, 0) == 0);
    for (int i = 0; i < AGENTS; i++) {
        uint32_t owner = (uint32_t)i + 1;
        check(sluice_attach(&the_world->agent[i], the_world->region, BYTES, owner, 0, 0) == 0);
    }
}

/* Everybody has it open under "/o". */
static void opened(struct sluice_request r)
{
    attached();
    r.args[0] = (r.args[0] & ~(uint32_t)SLUICE_EXCLUSIVE) | SLUICE_CREATE;
    r.name = "/o";
    r.name_length = 2;
    for (int i = AGENTS; i-- > 0;) {
        int n = by(i, r);
        check(n > 0);
        the_world->handle[i] = (uint32_t)n;
    }
}

/* ... but the victim. */
static void others(struct sluice_request r)
{
    opened(r);
    check(by(VICTIM, mine(SLUICE_OP_CLOSE)) == 0);
}

static void ticketed(struct sluice_request r)
{
    opened(r);
    r = moving(OTHER, SLUICE_OP_TICKET, 64);
    the_world->ticket = (uint32_t)by(OTHER, r);
}

static void waits(int who, struct sluice_request r)
{
    the_world->wait[who] = r;
    check(sluice_advance(&the_world->agent[who], &the_world->wait[who]) == -SLUICE_EAGAIN);
}

static void fill(uint32_t op, uint32_t length)
{
    for (int n = 0; n >= 0;)
        n = by(OTHER, moving(OTHER, op, length));
}

#define STATE(name, ...)                                                                           \
    static void name(void)                                                                         \
    {                                                                                              \
        __VA_ARGS__;                                                                               \
    }
STATE(sem_there, others(sem_new()))
STATE(mq_there, others(mq_new()))
STATE(fifo_there, others(fifo_new()))
STATE(ring_there, others(ring_new()))
STATE(sem_ticketed, ticketed(sem_new()))
STATE(mq_ticketed, ticketed(mq_new()))
STATE(ring_ticketed, ticketed(cells_new()))
STATE(fifo_ticketed, ticketed(fifo_new()))
STATE(sem_one, opened(sem_new()))
STATE(sem_none, opened(sem_new()); check(by(OTHER, moving(OTHER, SLUICE_OP_SEM_WAIT, 0)) == 0))
STATE(sem_waited, sem_none(); waits(OTHER, moving(OTHER, SLUICE_OP_SEM_WAIT, 0)))
STATE(mq_empty, opened(mq_new()))
STATE(mq_some, mq_empty(); check(by(OTHER, moving(OTHER, SLUICE_OP_MQ_SEND, 8)) == 0))
STATE(mq_full, mq_empty(); fill(SLUICE_OP_MQ_SEND, 8))
STATE(mq_awaited, mq_empty(); waits(OTHER, moving(OTHER, SLUICE_OP_MQ_RECEIVE, 8)))
STATE(mq_noted, mq_empty(); waits(OTHER, moving(OTHER, SLUICE_OP_MQ_NOTIFY, 0)))
STATE(mq_sender, mq_full(); waits(OTHER, moving(OTHER, SLUICE_OP_MQ_SEND, 8)))
STATE(fifo_empty, opened(fifo_new()))
STATE(fifo_some, fifo_empty(); check(by(OTHER, moving(OTHER, SLUICE_OP_PIPE_WRITE, 8)) == 8))
STATE(fifo_full, fifo_empty(); fill(SLUICE_OP_PIPE_WRITE, 64))
STATE(fifo_reader, fifo_empty(); waits(OTHER, moving(OTHER, SLUICE_OP_PIPE_READ, 8)))
STATE(fifo_writer, fifo_full(); waits(OTHER, moving(OTHER, SLUICE_OP_PIPE_WRITE, 8)))
STATE(ring_empty, opened(ring_new()))
STATE(ring_some, ring_empty(); check(by(OTHER, moving(OTHER, SLUICE_OP_RING_SEND, 8)) == 0))
STATE(cells_empty, opened(cells_new()))
STATE(cells_some, cells_empty(); check(by(OTHER, moving(OTHER, SLUICE_OP_RING_SEND, 8)) == 0))
STATE(cells_full, cells_empty(); fill(SLUICE_OP_RING_SEND, 8))
STATE(cells_receiver, cells_empty(); waits(OTHER, moving(OTHER, SLUICE_OP_RING_RECEIVE, 8)))
STATE(cells_sender, cells_full(); waits(OTHER, moving(OTHER, SLUICE_OP_RING_SEND, 8)))

/* The victim's first chunk of handles, or of waiters, is used up. */
static void many_handles(void)
{
    sem_there();
    while (the_world->agent[VICTIM].handles == 0 || the_world->agent[VICTIM].free_handle != 0)
        check(by(VICTIM, sem_old()) > 0);
}

static void many_waiters(void)
{
    sem_none();
    do {
        struct sluice_request r = mine(SLUICE_OP_SEM_WAIT);
        check(sluice_advance(&the_world->agent[VICTIM], &r) == -SLUICE_EAGAIN);
    } while (the_world->agent[VICTIM].free_waiter != 0);
}

static void claim(uint32_t op)
{
    struct sluice_request r = mine(op);
    r.args[0] = 8;
    int n = by(VICTIM, r);
    check(n > 0);
    the_world->claim = (uint32_t)n;
}
STATE(ring_claimed, ring_empty(); claim(SLUICE_OP_RING_CLAIM))
STATE(cells_claimed, cells_receiver(); claim(SLUICE_OP_RING_CLAIM))
STATE(cells_peeked, cells_sender(); claim(SLUICE_OP_RING_PEEK))

/* --- operations --------------------------------------------------------------- */

#define ASK(name, op, length)                                                                      \
    static struct sluice_request name(void)                                                        \
    {                                                                                              \
        return moving(VICTIM, SLUICE_OP_##op, length);                                             \
    }
ASK(close_it, CLOSE, 0)
ASK(sem_wait, SEM_WAIT, 0)
ASK(sem_post, SEM_POST, 0)
ASK(sem_value, SEM_VALUE, 0)
ASK(pipe_attributes, PIPE_ATTRIBUTES, 0)
ASK(ring_attributes, RING_ATTRIBUTES, 0)
ASK(ring_send_many, RING_SEND_MANY, 8) /* two without a byte */
ASK(mq_send, MQ_SEND, 8)
ASK(mq_receive, MQ_RECEIVE, 8)
ASK(mq_notify, MQ_NOTIFY, 0)
ASK(mq_attributes, MQ_ATTRIBUTES, 0)
ASK(pipe_read, PIPE_READ, 8)
ASK(pipe_write, PIPE_WRITE, 8)
ASK(ring_send, RING_SEND, 8)
ASK(ring_receive, RING_RECEIVE, 16)
ASK(list, LIST, 64)
ASK(agents, AGENTS, 64)
ASK(ticket, TICKET, 64)

#define READY(name, what)                                                                          \
    static struct sluice_request name(void)                                                        \
    {                                                                                              \
        struct sluice_request r = mine(SLUICE_OP_READY);                                           \
        r.args[0] = what;                                                                          \
        return r;                                                                                  \
    }
READY(ready_to_take, SLUICE_READ)
READY(ready_to_put, SLUICE_WRITE)

static struct sluice_request ring_receive_many(void)
{
    struct sluice_request r = moving(VICTIM, SLUICE_OP_RING_RECEIVE_MANY, 40);
    r.args[0] = 3;
    return r;
}

static struct sluice_request unlink_of(enum sluice_kind kind)
{
    struct sluice_request r = opening(SLUICE_OP_UNLINK, "/o", 0, 0, 0, 0);
    r.args[0] = kind;
    return r;
}
#define UNLINK(name, kind)                                                                         \
    static struct sluice_request name(void)                                                        \
    {                                                                                              \
        return unlink_of(SLUICE_KIND_##kind);                                                      \
    }
UNLINK(sem_unlink, SEMAPHORE)
UNLINK(mq_unlink, MESSAGE_QUEUE)
UNLINK(fifo_unlink, FIFO)
UNLINK(ring_unlink, RING)

static struct sluice_request claiming(uint32_t op)
{
    struct sluice_request r = mine(op);
    bool first = op == SLUICE_OP_RING_CLAIM || op == SLUICE_OP_RING_PEEK;
    r.args[0] = first ? 8 : the_world->claim;
    r.args[1] = 8;
    return r;
}
#define CLAIM(name, op)                                                                            \
    static struct sluice_request name(void)                                                        \
    {                                                                                              \
        return claiming(SLUICE_OP_##op);                                                           \
    }
CLAIM(ring_claim, RING_CLAIM)
CLAIM(ring_peek, RING_PEEK)
CLAIM(ring_commit, RING_COMMIT)
CLAIM(ring_abort, RING_ABORT)
CLAIM(ring_release, RING_RELEASE)

const struct row rows[] = {
    {"open a new semaphore", attached, sem_new},
    {"open an unnamed semaphore", attached, sem_unnamed},
    {"open a new queue", attached, mq_new},
    {"open a new FIFO", attached, fifo_new},
    {"open a new FIFO, alone", attached, fifo_alone},
    {"open a new ring", attached, ring_new},
    {"open a new ring of cells", attached, cells_new},
    {"open a pipe", attached, pipe_new},
    {"open a semaphore that is there", sem_there, sem_old},
    {"open a queue that is there", mq_there, mq_old},
    {"open a FIFO that is there", fifo_there, fifo_old},
    {"open a ring that is there", ring_there, ring_old},
    {"open beyond a chunk of handles", many_handles, sem_old},
    {"create beyond a chunk of handles", many_handles, sem_new},
    {"open a pipe beyond a chunk of handles", many_handles, pipe_new},
    {"open a semaphore by ticket", sem_ticketed, by_ticket},
    {"open a queue by ticket", mq_ticketed, by_ticket},
    {"open a ring by ticket", ring_ticketed, by_ticket},
    {"open a FIFO by ticket", fifo_ticketed, by_ticket},
    {"unlink a semaphore", sem_one, sem_unlink},
    {"unlink a queue", mq_empty, mq_unlink},
    {"unlink a FIFO", fifo_empty, fifo_unlink},
    {"unlink a ring", cells_empty, ring_unlink},
    {"list", mq_empty, list},
    {"agents", mq_empty, agents},
    {"ticket", mq_empty, ticket},
    {"close a semaphore", sem_one, close_it},
    {"close a queue", mq_empty, close_it},
    {"close a FIFO that is read", fifo_reader, close_it},
    {"close a ring", ring_empty, close_it},
    {"close a ring of cells with a claim", cells_claimed, close_it},
    {"semaphore: wait", sem_one, sem_wait},
    {"semaphore: wait at none", sem_none, sem_wait},
    {"semaphore: wait beyond a chunk of waiters", many_waiters, sem_wait},
    {"FIFO: open alone beyond a chunk of waiters", many_waiters, fifo_alone},
    {"semaphore: post", sem_none, sem_post},
    {"semaphore: post to one who waits", sem_waited, sem_post},
    {"semaphore: value", sem_one, sem_value},
    {"queue: send", mq_empty, mq_send},
    {"queue: send to a full one", mq_full, mq_send},
    {"queue: send to one who receives", mq_awaited, mq_send},
    {"queue: send to one who is notified", mq_noted, mq_send},
    {"queue: receive", mq_some, mq_receive},
    {"queue: receive from an empty one", mq_empty, mq_receive},
    {"queue: receive where one sends", mq_sender, mq_receive},
    {"queue: notify", mq_empty, mq_notify},
    {"queue: notify, of another's", mq_noted, mq_notify},
    {"queue: attributes", mq_some, mq_attributes},
    {"semaphore: ready", sem_one, ready_to_take},
    {"semaphore: ready, none", sem_none, ready_to_take},
    {"semaphore: ready beyond a chunk of waiters", many_waiters, ready_to_take},
    {"queue: ready to take", mq_some, ready_to_take},
    {"queue: ready to take from an empty one", mq_empty, ready_to_take},
    {"queue: ready to put into a full one", mq_full, ready_to_put},
    {"pipe: ready to read", fifo_some, ready_to_take},
    {"pipe: ready to read from an empty one", fifo_empty, ready_to_take},
    {"pipe: ready to write to a full one", fifo_full, ready_to_put},
    {"ring: ready to take", ring_some, ready_to_take},
    {"ring: ready to put", ring_empty, ready_to_put},
    {"ring of cells: ready to take from an empty one", cells_empty, ready_to_take},
    {"ring of cells: ready to put into a full one", cells_full, ready_to_put},
    {"pipe: read", fifo_some, pipe_read},
    {"pipe: read from an empty one", fifo_empty, pipe_read},
    {"pipe: read where one writes", fifo_writer, pipe_read},
    {"pipe: write", fifo_empty, pipe_write},
    {"pipe: write to a full one", fifo_full, pipe_write},
    {"pipe: write to one who reads", fifo_reader, pipe_write},
    {"pipe: attributes", fifo_some, pipe_attributes},
    {"ring: send many", ring_empty, ring_send_many},
    {"ring: receive many", ring_some, ring_receive_many},
    {"ring: attributes", ring_some, ring_attributes},
    {"ring: send", ring_empty, ring_send},
    {"ring: receive", ring_some, ring_receive},
    {"ring: claim", ring_empty, ring_claim},
    {"ring: commit", ring_claimed, ring_commit},
    {"ring: abort", ring_claimed, ring_abort},
    {"ring of cells: send", cells_empty, ring_send},
    {"ring of cells: send to a full one", cells_full, ring_send},
    {"ring of cells: send to one who receives", cells_receiver, ring_send},
    {"ring of cells: send many to one who receives", cells_receiver, ring_send_many},
    {"ring of cells: receive many", cells_some, ring_receive_many},
    {"ring of cells: receive many where one sends", cells_sender, ring_receive_many},
    {"ring of cells: attributes", cells_some, ring_attributes},
    {"ring of cells: receive", cells_some, ring_receive},
    {"ring of cells: receive from an empty one", cells_empty, ring_receive},
    {"ring of cells: receive where one sends", cells_sender, ring_receive},
    {"ring of cells: claim", cells_empty, ring_claim},
    {"ring of cells: commit", cells_claimed, ring_commit},
    {"ring of cells: abort", cells_claimed, ring_abort},
    {"ring of cells: peek", cells_some, ring_peek},
    {"ring of cells: release", cells_peeked, ring_release},
    {NULL, NULL, NULL},
};
