/* Pipes and FIFOs: bytes in order, PIPE_BUF, ends and their counts, opens that wait. */
#include "world.h"

#include "prim/heap.h"
#include "port/port.h"
#include "reg/handle.h"

#include <pthread.h>

enum { BYTES = 1 << 20 };

static int pipe_of(struct sluice *s, uint32_t capacity, uint32_t ends[2])
{
    struct sluice_request r = request_of(SLUICE_OP_PIPE_OPEN, 0, NULL);
    r.args[0] = capacity;
    int n = wait_for(s, &r, PORT_FOREVER);
    ends[0] = r.out[0];
    ends[1] = r.out[1];
    return n < 0 ? n : (int)r.out[2];
}

static struct sluice_request moving(uint32_t op, uint32_t handle, void *bytes, uint32_t length)
{
    struct sluice_request r = request_of(op, handle, NULL);
    r.bytes = bytes;
    r.length = length;
    return r;
}

static int put(struct sluice *s, uint32_t handle, void *bytes, uint32_t length)
{
    struct sluice_request r = moving(SLUICE_OP_PIPE_WRITE, handle, bytes, length);
    return sluice_try(s, &r);
}

static int get(struct sluice *s, uint32_t handle, void *bytes, uint32_t length)
{
    struct sluice_request r = moving(SLUICE_OP_PIPE_READ, handle, bytes, length);
    return sluice_try(s, &r);
}

static uint32_t free_bytes(void *base)
{
    return load_relaxed(&((struct sluice_region *)base)->heap.free_bytes);
}

/* Pieces of every length, so that they wrap everywhere. */
static void wraps(void)
{
    struct sluice s;
    void *base = new_region(BYTES, 4);
    static uint8_t in[5000], out[5000];
    uint32_t ends[2], written = 0, read = 0;
    uint32_t before = free_bytes(base);
    join(&s, base, BYTES, 1);
    check(pipe_of(&s, 1, ends) == 4096);
    for (uint32_t round = 0; round < 20000; round++) {
        uint32_t length = 1 + round * 37 % 4999;
        for (uint32_t i = 0; i < length; i++)
            in[i] = (uint8_t)((written + i) * 31);
        int n = put(&s, ends[1], in, length);
        check(n > 0 || n == -SLUICE_EAGAIN);
        written += n > 0 ? (uint32_t)n : 0;
        n = get(&s, ends[0], out, 1 + round * 13 % 4999);
        check(n > 0 || n == -SLUICE_EAGAIN);
        for (int i = 0; i < n; i++)
            check(out[i] == (uint8_t)((read + (uint32_t)i) * 31));
        read += n > 0 ? (uint32_t)n : 0;
        check(sluice__heap_valid(&s));
    }
    leave(&s);
    check(free_bytes(base) == before);
    free(base);
    passed("pipe: bytes in order wherever they wrap");
}

/* write(2): up to PIPE_BUF wholly or not at all; end of file; EPIPE. */
static void ends_and_atomicity(void)
{
    struct sluice s;
    void *base = new_region(BYTES, 4);
    static uint8_t bytes[8192];
    uint32_t ends[2];
    join(&s, base, BYTES, 1);
    check(pipe_of(&s, 4096, ends) == 4096);
    check(put(&s, ends[1], bytes, 100) == 100);
    check(put(&s, ends[1], bytes, 4096) == -SLUICE_EAGAIN);
    check(put(&s, ends[1], bytes, 8192) == 3996);
    check(put(&s, ends[1], bytes, 1) == -SLUICE_EAGAIN);
    check(put(&s, ends[1], bytes, 0) == 0);
    check(put(&s, ends[0], bytes, 1) == -SLUICE_EBADF &&
          get(&s, ends[1], bytes, 1) == -SLUICE_EBADF);
    check(simply(&s, SLUICE_OP_CLOSE, ends[1]) == 0);
    check(get(&s, ends[0], bytes, 8192) == 4096);
    check(get(&s, ends[0], bytes, 8192) == 0);
    check(pipe_of(&s, 65537, ends) == 131072);
    check(simply(&s, SLUICE_OP_CLOSE, ends[0]) == 0);
    check(put(&s, ends[1], bytes, 1) == -SLUICE_EPIPE);
    check(pipe_of(&s, 0, ends) == -SLUICE_EINVAL);
    check(pipe_of(&s, BYTES, ends) == -SLUICE_ENOSPC);
    check(pipe_of(&s, UINT32_MAX, ends) == -SLUICE_ENOSPC);
    leave(&s);
    free(base);
    passed("pipe: PIPE_BUF, end of file, EPIPE, refusals");
}

static struct sluice_request opening(uint32_t flags)
{
    struct sluice_request r = request_of(SLUICE_OP_FIFO_OPEN, 0, "/tmp/f");
    r.args[0] = flags;
    r.args[1] = 0600;
    r.args[2] = 4096;
    return r;
}

/* fifo(7), open(2). */
static void fifo_opens(void)
{
    struct sluice s;
    void *base = new_region(BYTES, 4);
    uint32_t before = free_bytes(base);
    join(&s, base, BYTES, 1);
    struct sluice_request r = opening(SLUICE_READ), w = opening(SLUICE_WRITE);
    check(sluice_advance(&s, &r) == -SLUICE_ENOENT);
    r = opening(SLUICE_READ | SLUICE_CREATE);
    check(sluice_try(&s, &r) == -SLUICE_EAGAIN && r.out[3] == 0);
    w = opening(SLUICE_WRITE | SLUICE_NONBLOCK);
    check(sluice_try(&s, &w) == -SLUICE_ENOENT); /* the attempt left nothing behind */
    w = opening(SLUICE_WRITE | SLUICE_NONBLOCK | SLUICE_CREATE);
    check(sluice_try(&s, &w) == -SLUICE_ENXIO);
    check(sluice_advance(&s, &r) == -SLUICE_EAGAIN);
    w = opening(SLUICE_WRITE);
    int writer = sluice_advance(&s, &w);
    check(writer >= 0);
    int reader = sluice_advance(&s, &r);
    check(reader >= 0 && r.waiter == 0 && r.out[0] == 4096);
    uint8_t byte = 7;
    check(put(&s, (uint32_t)writer, &byte, 1) == 1);
    check(simply(&s, SLUICE_OP_CLOSE, (uint32_t)writer) == 0);
    check(get(&s, (uint32_t)reader, &byte, 1) == 1 && get(&s, (uint32_t)reader, &byte, 1) == 0);
    check(simply(&s, SLUICE_OP_CLOSE, (uint32_t)reader) == 0);
    /* one that was given up leaves no end behind */
    r = opening(SLUICE_READ);
    check(sluice_advance(&s, &r) == -SLUICE_EAGAIN && sluice_cancel(&s, &r) == 0);
    w = opening(SLUICE_WRITE | SLUICE_NONBLOCK);
    check(sluice_try(&s, &w) == -SLUICE_ENXIO);
    /* a peer that came and went lets the waiting one in */
    r = opening(SLUICE_READ);
    check(sluice_advance(&s, &r) == -SLUICE_EAGAIN);
    w = opening(SLUICE_WRITE);
    check((writer = sluice_advance(&s, &w)) >= 0);
    check(simply(&s, SLUICE_OP_CLOSE, (uint32_t)writer) == 0);
    check((reader = sluice_advance(&s, &r)) >= 0);
    struct sluice_request u = request_of(SLUICE_OP_UNLINK, 0, "/tmp/f");
    u.args[0] = SLUICE_KIND_FIFO;
    check(sluice_try(&s, &u) == 0);
    leave(&s);
    check(free_bytes(base) == before);
    free(base);
    passed("fifo: opens meet, are given up, are refused");
}

/*
 * Three wait for a byte each. One gets the first; the last writer closes; another holds the lock, so both leave the same note. Whoever
 * takes the last byte leaves the end of file to the next.
 */
static void end_of_file_reaches_all(void)
{
    struct sluice s, other;
    uint32_t ends[2], woken = 0;
    uint8_t bytes[4];
    struct sluice_request reads[3];
    void *base = new_region(BYTES, 4);
    join(&s, base, BYTES, 1);
    join(&other, base, BYTES, 2);
    check(pipe_of(&s, 4096, ends) > 0);
    for (int i = 0; i < 3; i++) {
        reads[i] = moving(SLUICE_OP_PIPE_READ, ends[0], &bytes[i], 1);
        check(sluice_advance(&s, &reads[i]) == -SLUICE_EAGAIN);
    }
    check(put(&s, ends[1], "ab", 2) == 2);
    struct sluice_object *pipe = sluice__handle_object(&s, sluice__handle_find(&s, ends[0]));
    check(sluice__gate_lock(&other, &pipe->gate) == 0);
    uint32_t first = sluice_ready(&s), next;
    check(first == reads[0].waiter && sluice_advance(&s, &reads[0]) == 1);
    check(simply(&s, SLUICE_OP_CLOSE, ends[1]) == 0);
    sluice__gate_unlock(&other, &pipe->gate);
    while ((next = sluice_ready(&s)) != 0 && woken < 2) {
        struct sluice_request *r = next == reads[1].waiter ? &reads[1] : &reads[2];
        int n = sluice_advance(&s, r);
        check(n == (woken == 0)); /* the last byte, then the end of file */
        woken++;
    }
    check(woken == 2);
    free(base);
    passed("pipe: the end of file reaches all who wait, whoever else has a lock meanwhile");
}

enum { TOTAL = 3 << 20 };

static struct shared {
    void *base;
    uint32_t ends[2];
} shared;

static void *write_all(void *argument)
{
    struct sluice s;
    static uint8_t bytes[70000];
    join(&s, shared.base, BYTES, 2);
    struct sluice_request open = opening(SLUICE_WRITE | SLUICE_CREATE);
    int end = wait_for(&s, &open, PORT_FOREVER);
    check(end >= 0);
    for (uint32_t written = 0; written < TOTAL;) {
        uint32_t length = 1 + written % 69999;
        for (uint32_t i = 0; i < length; i++)
            bytes[i] = (uint8_t)((written + i) % 251);
        struct sluice_request r = moving(SLUICE_OP_PIPE_WRITE, (uint32_t)end, bytes,
                                         length < TOTAL - written ? length : TOTAL - written);
        int n = wait_for(&s, &r, port_now_ns() + 1000000);
        check(n > 0 || n == -SLUICE_ETIMEDOUT);
        written += n > 0 ? (uint32_t)n : 0;
    }
    leave(&s);
    return argument;
}

/* A writer and a reader in threads, both with timeouts; the end of file at the end. */
static void threads(void)
{
    struct sluice s;
    pthread_t writer;
    static uint8_t bytes[50000];
    shared.base = new_region(BYTES, 4);
    join(&s, shared.base, BYTES, 1);
    pthread_create(&writer, NULL, write_all, NULL);
    struct sluice_request open = opening(SLUICE_READ | SLUICE_CREATE);
    int end = wait_for(&s, &open, PORT_FOREVER);
    uint32_t read = 0;
    check(end >= 0);
    for (int n = 1; n != 0;) {
        struct sluice_request r =
            moving(SLUICE_OP_PIPE_READ, (uint32_t)end, bytes, 1 + read % 49999);
        n = wait_for(&s, &r, port_now_ns() + 1000000);
        check(n >= 0 || n == -SLUICE_ETIMEDOUT);
        for (int i = 0; i < n; i++)
            check(bytes[i] == (uint8_t)((read + (uint32_t)i) % 251));
        read += n > 0 ? (uint32_t)n : 0;
    }
    check(read == TOTAL);
    pthread_join(writer, NULL);
    leave(&s);
    free(shared.base);
    passed("fifo: two threads, nothing lost, end of file");
}

int main(void)
{
    wraps();
    ends_and_atomicity();
    fifo_opens();
    end_of_file_reaches_all();
    threads();
    return 0;
}
