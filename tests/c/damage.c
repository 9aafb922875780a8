/*
 * Damage that was put there on purpose: the next operation tells EUCLEAN, or goes on, but never leaves the region, which
 * has forbidden pages on both sides, and never loops for long. Each case in a process of its own.
 */
#include "obj/mqueue.h"
#include "obj/pipe.h"
#include "obj/ring.h"
#include "reg/handle.h"
#include "sluice_abi.h"
#include "world.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BYTES = 1 << 20, GUARD = 2 << 20, WATCHDOG_S = 10, LAST = BYTES - 128 };

static uint8_t *region;
static struct sluice me, other;

static void guarded_region(void)
{
    region = guarded(BYTES, GUARD);
    check(sluice_format(region, BYTES, 4, 0) == 0);
    join(&me, region, BYTES, 1);
    join(&other, region, BYTES, 2);
}

static struct sluice_object *object_of(int handle)
{
    return sluice__handle_object(&me, sluice__handle_find(&me, (uint32_t)handle));
}

static int open_queue(void)
{
    struct sluice_request r = request_of(SLUICE_OP_MQ_OPEN, 0, "/q");
    r.args[0] = SLUICE_CREATE | SLUICE_READ | SLUICE_WRITE;
    r.args[2] = 10;
    r.args[3] = 8;
    return sluice_try(&me, &r);
}

static int transfer(struct sluice *s, uint32_t op, uint32_t handle)
{
    static char byte;
    struct sluice_request r = request_of(op, handle, NULL);
    r.bytes = &byte;
    r.length = 1;
    return sluice_try(s, &r);
}

static void directory_of_handles(void)
{
    for (int i = 0; i < 32; i++)
        check(open_sem(&me, NULL, 0, 0) >= 0);
    store_relaxed(&me.me->handles, BYTES + GUARD / 2);
    check(open_sem(&me, NULL, 0, 0) == -SLUICE_EUCLEAN);
}

static void nodes_of_a_queue(void)
{
    int handle = open_queue();
    struct sluice_mqueue *mq = (struct sluice_mqueue *)object_of(handle);
    store_relaxed(&mq->nodes.stride, sizeof(struct sluice_cell));
    store_relaxed(&mq->nodes.start, BYTES - sizeof(struct sluice_cell));
    check(transfer(&me, SLUICE_OP_MQ_SEND, (uint32_t)handle) == -SLUICE_EUCLEAN);
}

/* A handle that leads to the region's last bytes, where a header fits and no object. */
static void move_to_the_end(uint32_t handle, uint32_t kind)
{
    struct sluice_object *object = (struct sluice_object *)(region + LAST);
    store_relaxed(&object->kind, kind);
    store_relaxed(&sluice__handle_find(&me, handle)->object, LAST);
}

static void semaphore_at_the_end(void)
{
    uint32_t handle = (uint32_t)open_sem(&me, NULL, 0, 1);
    move_to_the_end(handle, SLUICE_KIND_SEMAPHORE);
    check(simply(&me, SLUICE_OP_SEM_VALUE, handle) == -SLUICE_EUCLEAN);
    check(simply(&me, SLUICE_OP_CLOSE, handle) <= 0);
}

static void open_pipe(uint32_t ends[2])
{
    struct sluice_request r = request_of(SLUICE_OP_PIPE_OPEN, 0, NULL);
    r.args[0] = 4096;
    check(sluice_try(&me, &r) >= 0);
    ends[0] = r.out[0];
    ends[1] = r.out[1];
}

static void pipe_at_the_end(void)
{
    uint32_t ends[2];
    open_pipe(ends);
    move_to_the_end(ends[0], SLUICE_KIND_PIPE);
    check(transfer(&me, SLUICE_OP_PIPE_READ, ends[0]) == -SLUICE_EUCLEAN);
    check(simply(&me, SLUICE_OP_CLOSE, ends[0]) <= 0);
}

static void count_of_a_semaphore(void)
{
    int handle = open_sem(&me, NULL, 0, 1);
    store_relaxed((struct sluice_au32 *)(object_of(handle) + 1), 0u - SLUICE_EAGAIN);
    check(simply(&me, SLUICE_OP_SEM_VALUE, (uint32_t)handle) == -SLUICE_EUCLEAN);
}

/* The one side meets the damage, the other waits: it is told. */
static void counters_of_a_pipe(void)
{
    static char bytes[4096];
    uint32_t ends[2];
    open_pipe(ends);
    struct sluice_request fill = request_of(SLUICE_OP_PIPE_WRITE, ends[1], NULL);
    fill.bytes = bytes;
    fill.length = sizeof(bytes);
    check(sluice_try(&me, &fill) == (int)sizeof(bytes));
    check(sluice_advance(&me, &fill) == -SLUICE_EAGAIN);
    struct sluice_pipe *pipe = (struct sluice_pipe *)object_of((int)ends[0]);
    store_relaxed(&pipe->capacity_bytes, 3);
    check(transfer(&me, SLUICE_OP_PIPE_READ, ends[0]) == -SLUICE_EUCLEAN);
    sluice_bell_answer(&me);
    check(sluice_ready(&me) == fill.waiter);
    check(sluice_advance(&me, &fill) == -SLUICE_EUCLEAN);
}

/* Two claimed cells of another party in a circle, and no bound in the region that would end it. */
static void circle_of_claims(void)
{
    struct sluice_request r = request_of(SLUICE_OP_RING_OPEN, 0, NULL);
    r.args[0] = SLUICE_READ | SLUICE_WRITE;
    r.args[2] = 512;
    r.args[3] = 64;
    r.args[4] = 3;
    int handle = sluice_try(&me, &r);
    struct sluice_ring *ring = (struct sluice_ring *)object_of(handle);
    for (uint32_t number = 1; number <= 2; number++) {
        struct sluice_request claim = request_of(SLUICE_OP_RING_CLAIM, (uint32_t)handle, NULL);
        claim.args[0] = 8;
        check(sluice_try(&me, &claim) > 0);
        struct sluice_cell *cell = sluice__cell(&me, &ring->cells, number, 0);
        store_relaxed(&cell->tag, 999);
        store_relaxed((struct sluice_au32 *)sluice__cell_payload(cell), 3 - number);
    }
    store_relaxed(&ring->cells.most, UINT32_MAX);
    check(simply(&me, SLUICE_OP_CLOSE, (uint32_t)handle) <= 0);
}

static int open_fifo(struct sluice *s)
{
    struct sluice_request r = request_of(SLUICE_OP_FIFO_OPEN, 0, "/f");
    r.args[0] = SLUICE_CREATE | SLUICE_READ | SLUICE_WRITE;
    r.args[2] = 1;
    return sluice_try(s, &r);
}

/* A name that leads to the region's last bytes, where a header fits and no FIFO. */
static void name_at_the_end(void)
{
    struct sluice_object *fifo = object_of(open_fifo(&me));
    struct sluice_object *end = (struct sluice_object *)(region + LAST);
    store_relaxed(&end->kind, SLUICE_KIND_FIFO);
    store_relaxed(&end->hash, load_relaxed(&fifo->hash));
    store_relaxed(&end->name, load_relaxed(&fifo->name));
    store_relaxed(&end->name_bytes, load_relaxed(&fifo->name_bytes));
    store_relaxed(sluice__bucket(&me, load_relaxed(&fifo->hash)), LAST);
    check(open_fifo(&other) == -SLUICE_EUCLEAN);
}

/* By a slot that there is not, by an agent that left, by the one who asks. */
static void lock_that_nobody_holds(void)
{
    int handle = open_queue();
    struct sluice third;
    struct sluice_gate *gate = &object_of(handle)->gate;
    join(&third, region, BYTES, 3);
    uint64_t left = sluice__mine(&third);
    leave(&third);
    const uint64_t holders[] = {0xffff0000u, left, sluice__mine(&me)};
    for (int i = 0; i < 3; i++) {
        store64_relaxed(&gate->word, holders[i]);
        check(transfer(&me, SLUICE_OP_MQ_SEND, (uint32_t)handle) == -SLUICE_EUCLEAN);
    }
    store64_relaxed(&gate->word, sluice__mine(&other));
    check(transfer(&me, SLUICE_OP_MQ_SEND, (uint32_t)handle) == -SLUICE_EAGAIN);
}

/* Who leaves does not wait for somebody who only seems to have one of his waiters in hand, under no lock of his. */
static void mark_in_no_hand(void)
{
    struct sluice_gate *gate = &new_bench(&other)->gate;
    store64_relaxed(&gate->word, 0xffff0000u);
    const uint32_t locks[] = {0, 4, BYTES - 8, sluice__offset(&me, &sluice__region(&me)->names),
                              sluice__offset(&me, gate)};
    for (size_t i = 0; i < sizeof(locks) / sizeof(*locks); i++) {
        check(open_sem(&me, NULL, 0, 0) > 0);
        store_relaxed(&other.me->locking, locks[i]);
        store_relaxed(&other.me->marking, sluice__offset(&me, sluice__waiter(&me, 1)));
        check(sluice_detach(&me) == 0);
        join(&me, region, BYTES, 1);
    }
}

/* An observer that is its own neighbour would be the first of its list for ever. */
static void waiter_in_front_of_itself(void)
{
    int handle = open_queue();
    struct sluice_mqueue *mq = (struct sluice_mqueue *)object_of(handle);
    struct sluice_waiter *w = sluice__waiter(&other, 0);
    check(w == NULL && open_sem(&other, NULL, 0, 0) > 0);
    w = sluice__waiter(&other, 0);
    uint32_t at = sluice__offset(&other, w);
    store_relaxed(&w->next, at);
    store_relaxed(&w->prev, at);
    for (int i = 0; i < SLUICE_EVENTS; i++) {
        store_relaxed(&mq->object.gate.events[i].observers.head, at);
        store_relaxed(&mq->object.gate.events[i].observers.tail, at);
    }
    store_relaxed(&mq->cells.stride, 0);
    check(transfer(&me, SLUICE_OP_MQ_SEND, (uint32_t)handle) == -SLUICE_EUCLEAN);
}

/* Nobody on it waits, and it has no end: whoever registered is notified. */
static void circle_of_waiters(void)
{
    int handle = open_queue();
    struct sluice_mqueue *mq = (struct sluice_mqueue *)object_of(handle);
    struct sluice_request note = request_of(SLUICE_OP_MQ_NOTIFY, (uint32_t)handle, NULL);
    check(sluice_advance(&me, &note) == -SLUICE_EAGAIN);
    struct sluice_waiter *w = sluice__waiter(&me, 5);
    store_relaxed(&w->state, SLUICE_WAITER_GONE);
    store_relaxed(&w->next, sluice__offset(&me, w));
    store_relaxed(&mq->object.gate.events[SLUICE__MQ_READABLE].waiters.head,
                  sluice__offset(&me, w));
    check(transfer(&me, SLUICE_OP_MQ_SEND, (uint32_t)handle) == 0);
    check(load_relaxed(&mq->notifier) == 0 && sluice_advance(&me, &note) == 0);
}

/* A ring of 64 bytes, its counters where they are told. */
static uint32_t ring_at(uint32_t head, uint32_t tail)
{
    struct sluice_request r = request_of(SLUICE_OP_RING_OPEN, 0, NULL);
    r.args[0] = SLUICE_READ | SLUICE_WRITE;
    r.args[2] = 64;
    int handle = sluice_try(&me, &r);
    struct sluice_ring *ring = (struct sluice_ring *)object_of(handle);
    memset(ring + 1, 0, 64);
    store_relaxed((struct sluice_au32 *)(ring + 1) + (head & 63) / 4, 12);
    store64_relaxed(&ring->receivers.at, head);
    store_relaxed(&ring->receivers.seen, head);
    store64_relaxed(&ring->senders.at, tail);
    store_relaxed(&ring->senders.seen, head);
    return (uint32_t)handle;
}

static void record_beyond_the_end(void)
{
    check(transfer(&me, SLUICE_OP_RING_RECEIVE, ring_at(56, 56 + 32)) == -SLUICE_EUCLEAN);
}

static void counter_between_frames(void)
{
    check(transfer(&me, SLUICE_OP_RING_SEND, ring_at(2, 64)) == -SLUICE_EUCLEAN);
}

/* A free block in front that would reach the region's end. */
static void block_beyond_the_end(void)
{
    struct sluice_au32 *first = &me.me->building, *second = &me.me->desk;
    check(sluice__heap_take(&me, first, 64, 0) == 0 && sluice__heap_take(&me, second, 64, 0) == 0);
    uint32_t at = load_relaxed(first) - (uint32_t)sizeof(struct sluice_block);
    check(sluice__heap_take(&me, &other.me->desk, 64, 0) == 0 &&
          sluice__heap_give(&me, first) == 0);
    struct sluice_block *block = (struct sluice_block *)(region + at);
    store_relaxed(&block->size, (BYTES - at) & ~63u);
    check(sluice__heap_give(&me, second) == -SLUICE_EUCLEAN && load_relaxed(second) != 0);
}

/* Who gave a wait up while the lock was held has a record to take off, in a table that is gone. */
static void table_of_one_who_gave_up(void)
{
    struct sluice_request wait = request_of(SLUICE_OP_SEM_WAIT, 0, NULL);
    wait.handle = (uint32_t)open_sem(&me, NULL, 0, 0);
    struct sluice_gate *gate = &object_of((int)wait.handle)->gate;
    check(sluice_advance(&me, &wait) == -SLUICE_EAGAIN && sluice__gate_lock(&other, gate) == 0);
    check(sluice_cancel(&me, &wait) == 0);
    store_relaxed(&me.me->waiters, 0);
    check(simply(&me, SLUICE_OP_CLOSE, wait.handle) == -SLUICE_EUCLEAN);
}

/* Who registered with a queue whose lock stays closed. */
static void queue_that_stays_closed(void)
{
    struct sluice_request notify = request_of(SLUICE_OP_MQ_NOTIFY, (uint32_t)open_queue(), NULL);
    struct sluice_gate *gate = &object_of((int)notify.handle)->gate;
    check(sluice_advance(&me, &notify) == -SLUICE_EAGAIN);
    or64_seq(&gate->word, SLUICE__SPOILT);
    check(sluice_cancel(&me, &notify) == 0);
    check(simply(&me, SLUICE_OP_CLOSE, notify.handle) == -SLUICE_EUCLEAN);
    check(simply(&me, SLUICE_OP_CLOSE, notify.handle) == -SLUICE_EBADF);
}

/* More names in a bucket than a cursor can count: a listing goes on behind them. */
static void names_without_end(void)
{
    struct sluice_request list = request_of(SLUICE_OP_LIST, 0, NULL);
    struct sluice_object *o = object_of(open_sem(&me, "/s", SLUICE_CREATE, 0));
    store_relaxed(&o->chain, sluice__offset(&me, o));
    list.args[0] = (load_relaxed(&o->hash) & (me.buckets - 1)) << 13 | 8191;
    check(sluice_try(&me, &list) == 0 && list.out[0] == 0);
}

/* Its name: at the very end, then a byte behind that; longer than any; and a chain of such that goes round. */
static void name_that_ends_outside(void)
{
    uint8_t page[64];
    struct sluice_object *o = object_of(open_sem(&me, "/s", SLUICE_CREATE, 0));
    struct sluice_request list = request_of(SLUICE_OP_LIST, 0, NULL);
    list.bytes = page;
    list.length = sizeof(page);
    memcpy(region + BYTES - 2, "/s", 2);
    store_relaxed(&o->name, BYTES - 2);
    check(open_sem(&me, "/s", 0, 0) > 0 && sluice_try(&me, &list) == 20 && page[16] == '/');
    store_relaxed(&o->name, BYTES - 1);
    check(open_sem(&me, "/s", 0, 0) == -SLUICE_ENOENT && sluice_try(&me, &list) == 0);
    store_relaxed(&o->name, BYTES - 1000);
    store_relaxed(&o->name_bytes, SLUICE_NAME_BYTES + 1);
    check(sluice_try(&me, &list) == 0 && list.out[0] == 0);
    store_relaxed(&o->chain, sluice__offset(&me, o));
    check(sluice_try(&me, &list) == 0 && list.out[0] == 0);
}

/* A waiter in its agent's own journal: what its own hanging records there makes it look as if it did not hang. */
static void waiter_in_the_journal(void)
{
    struct sluice_request wait = request_of(SLUICE_OP_SEM_WAIT, 0, NULL);
    wait.handle = (uint32_t)open_sem(&me, NULL, 0, 0);
    check(sluice_advance(&me, &wait) == -SLUICE_EAGAIN && sluice_cancel(&me, &wait) == 0);
    struct sluice_directory *table = sluice__at(&me, load_relaxed(&me.me->waiters));
    uint32_t before_records = offsetof(struct sluice_chunk, records);
    store_relaxed(&table->chunks[0], sluice__offset(&me, me.me->journal) - before_records);
    check(sluice_advance(&me, &wait) == -SLUICE_EUCLEAN && wait.waiter == 0);
}

static const struct {
    const char *name;
    void (*run)(void);
} cases[] = {
    {"a name that would end outside", name_that_ends_outside},
    {"the directory of handles", directory_of_handles},
    {"a queue's nodes", nodes_of_a_queue},
    {"a semaphore that would end outside", semaphore_at_the_end},
    {"a pipe that would end outside", pipe_at_the_end},
    {"a semaphore's count", count_of_a_semaphore},
    {"a pipe's capacity", counters_of_a_pipe},
    {"a ring's list of claims", circle_of_claims},
    {"a name that leads to the end", name_at_the_end},
    {"a lock that nobody holds", lock_that_nobody_holds},
    {"a mark in nobody's hand", mark_in_no_hand},
    {"a waiter in front of itself", waiter_in_front_of_itself},
    {"waiters in a circle", circle_of_waiters},
    {"a record that would end outside", record_beyond_the_end},
    {"a counter between two frames", counter_between_frames},
    {"a free block that would end outside", block_beyond_the_end},
    {"the table of one who gave up", table_of_one_who_gave_up},
    {"a queue that stays closed", queue_that_stays_closed},
    {"names without end", names_without_end},
    {"a waiter in its own journal", waiter_in_the_journal},
};

int main(void)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        int status;
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            alarm(WATCHDOG_S);
            guarded_region();
            cases[i].run();
            exit(0);
        }
        check(waitpid(child, &status, 0) == child);
        if (status != 0) {
            printf("not ok damage: %s: %s\n", cases[i].name,
                   WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "see above");
            return 1;
        }
    }
    passed("damage: each kind an error, nothing outside the region, no long loop");
    return 0;
}
