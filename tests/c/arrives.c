/* Who waits at a pipe or a ring is told of what comes, of its end, of damage: from agent to agent, and between threads. */
#include "ring_world.h"

#include <pthread.h>

enum { COUNT = 20000 };

static struct sluice s[2];

static void begin(void)
{
    void *base = new_region(BYTES, 2);
    for (uint32_t i = 0; i < 2; i++)
        join(&s[i], base, BYTES, i + 1);
}

static int get(struct sluice *by, uint32_t op, uint32_t handle, uint32_t *number)
{
    struct sluice_request r = moving(op, handle, number, sizeof(*number));
    return wait_for(by, &r, port_now_ns() + 30000000000);
}

struct side {
    uint32_t op, handle;
};

static void *takes(void *argument)
{
    struct side *side = argument;
    uint32_t number;
    for (uint32_t i = 0; i < COUNT; i++)
        check(get(&s[1], side->op, side->handle, &number) == sizeof(number) && number == i);
    return NULL;
}

/* Numbers through it, in both directions of waiting: there is room for few. */
static void all_arrive(uint32_t op, uint32_t handle, struct side other)
{
    pthread_t thread;
    check(pthread_create(&thread, NULL, takes, &other) == 0);
    for (uint32_t i = 0; i < COUNT; i++) {
        struct sluice_request r = moving(op, handle, &i, sizeof(i));
        check(wait_for(&s[0], &r, port_now_ns() + 30000000000) >= 0);
    }
    check(pthread_join(thread, NULL) == 0);
}

/* --- of a pipe, and of a ring ----------------------------------------------------------------- */

static uint32_t writer, reader, sender, receiver;

static void open_all(void)
{
    const struct shape shape = {64, 0, 0};
    begin();
    struct sluice_request fifo = request_of(SLUICE_OP_FIFO_OPEN, 0, "f");
    fifo.args[0] = SLUICE_CREATE | BOTH;
    fifo.args[2] = 1;
    writer = (uint32_t)wait_for(&s[0], &fifo, PORT_FOREVER);
    fifo = request_of(SLUICE_OP_FIFO_OPEN, 0, "f");
    fifo.args[0] = SLUICE_READ;
    reader = (uint32_t)wait_for(&s[1], &fifo, PORT_FOREVER);
    sender = open_ring(&s[0], "/r", shape);
    receiver = open_ring(&s[1], "/r", shape);
}

static void told(void)
{
    uint8_t byte = 7, got = 0;
    open_all();
    struct sluice_request read = moving(SLUICE_OP_PIPE_READ, reader, &got, 1);
    struct sluice_request write = moving(SLUICE_OP_PIPE_WRITE, writer, &byte, 1);
    check(sluice_advance(&s[1], &read) == -SLUICE_EAGAIN && sluice_try(&s[0], &write) == 1);
    check(sluice_ready(&s[1]) == read.waiter && sluice_advance(&s[1], &read) == 1 && got == 7);
    struct sluice_request look = request_of(SLUICE_OP_RING_PEEK, receiver, NULL);
    check(sluice_advance(&s[1], &look) == -SLUICE_EAGAIN && send(&s[0], sender, "x", 1) == 0);
    check(sluice_ready(&s[1]) == look.waiter);
    int record = sluice_advance(&s[1], &look);
    check(record > 0 && look.out[1] == 1 && release(&s[1], receiver, record) == 0);
    finish(&s[0], "arrives: who waits at a pipe or a ring is told");
}

/* What a waiter sleeps for in vain: the last writer closes, the sender meets damage. */
static void told_of_ends(void)
{
    uint8_t got = 0;
    open_all();
    struct sluice_request read = moving(SLUICE_OP_PIPE_READ, reader, &got, 1);
    struct sluice_request close = request_of(SLUICE_OP_CLOSE, writer, NULL);
    check(sluice_advance(&s[1], &read) == -SLUICE_EAGAIN && sluice_try(&s[0], &close) == 0);
    check(sluice_ready(&s[1]) == read.waiter && sluice_advance(&s[1], &read) == 0);
    struct sluice_request take = moving(SLUICE_OP_RING_RECEIVE, receiver, &got, 1);
    check(sluice_advance(&s[1], &take) == -SLUICE_EAGAIN);
    store_relaxed(&inside(&s[0], sender)->capacity_bytes, 3);
    check(send(&s[0], sender, "x", 1) == -SLUICE_EUCLEAN && sluice_ready(&s[1]) == take.waiter);
    check(sluice_advance(&s[1], &take) == -SLUICE_EUCLEAN);
    finish(&s[0], "arrives: who waits at a pipe or a ring is told of its end, of damage");
}

static void threads(void)
{
    open_all();
    all_arrive(SLUICE_OP_PIPE_WRITE, writer, (struct side){SLUICE_OP_PIPE_READ, reader});
    all_arrive(SLUICE_OP_RING_SEND, sender, (struct side){SLUICE_OP_RING_RECEIVE, receiver});
    finish(&s[0], "arrives: all that is sent arrives, nobody sleeps for ever");
}

int main(void)
{
    told();
    told_of_ends();
    threads();
    return 0;
}
