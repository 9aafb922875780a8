/*
 * Pipes at their bounds: capacity, how much goes in, what a caller's memory ends with, words that are not what they were; and what a
 * FIFO remembers of its ends.
 */
#include "ring_world.h"

#include "obj/pipe.h"

enum { PAGE = 4096, LEAST = 4096 };

static struct sluice s;
static uint8_t *page;
static uint32_t reader, writer;

static void begin(void)
{
    join(&s, new_region(BYTES, 2), BYTES, 1);
    soil(&s);
    page = guarded(2 * PAGE, PAGE);
}

/* The caller's memory, of that many bytes: behind it, nothing. */
static uint8_t *last(uint32_t length)
{
    return page + 2 * PAGE - length;
}

static int put(uint32_t length)
{
    struct sluice_request r = moving(SLUICE_OP_PIPE_WRITE, writer, last(length), length);
    return sluice_try(&s, &r);
}

static int get(uint32_t length)
{
    struct sluice_request r = moving(SLUICE_OP_PIPE_READ, reader, last(length), length);
    return sluice_try(&s, &r);
}

static uint32_t readable(void)
{
    struct sluice_request r = request_of(SLUICE_OP_PIPE_ATTRIBUTES, reader, NULL);
    check(sluice_try(&s, &r) == 0);
    return r.out[1];
}

static void open_pipe(uint32_t capacity)
{
    struct sluice_request r = request_of(SLUICE_OP_PIPE_OPEN, 0, NULL);
    r.args[0] = capacity;
    check(sluice_try(&s, &r) == 0);
    reader = r.out[0];
    writer = r.out[1];
    struct sluice_pipe *pipe = (struct sluice_pipe *)inside(&s, reader);
    store_relaxed(&pipe->head, 0);
    store_relaxed(&pipe->tail, 0);
}

static void close_pipe(void)
{
    check(simply(&s, SLUICE_OP_CLOSE, reader) == 0 && simply(&s, SLUICE_OP_CLOSE, writer) == 0);
}

static struct sluice_pipe *inside_pipe(void)
{
    return (struct sluice_pipe *)inside(&s, reader);
}

static void capacities(void)
{
    static const uint32_t cases[][2] = {
        {0, 4096},
        {1, 4096},
        {4096, 4096},
        {4097, 8192},
        {8192, 8192},
        {65537, 131072},
        {0x40000001u, 0x80000000u},
        {0x80000000u, 0x80000000u},
        {0x80000001u, 0},
        {UINT32_MAX, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        check(sluice__pipe_capacity(cases[i][0]) == cases[i][1]);
    passed("pipe bounds: capacities, the largest and the first that is none");
}

/* write(2): up to PIPE_BUF wholly or not at all, of more what there is room for. */
static void room(void)
{
    static const struct {
        uint32_t filled, length;
        int n;
    } cases[] = {
        {4095, 1, 1},    {4096, 1, -SLUICE_EAGAIN},    {4095, 2, -SLUICE_EAGAIN}, {0, 4096, 4096},
        {1, 4095, 4095}, {1, 4096, -SLUICE_EAGAIN},    {0, 4097, 4096},           {1, 4097, 4095},
        {4095, 4097, 1}, {4096, 4097, -SLUICE_EAGAIN},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        open_pipe(LEAST);
        check(cases[i].filled == 0 || put(cases[i].filled) == (int)cases[i].filled);
        check(put(cases[i].length) == cases[i].n);
        uint32_t expected = cases[i].filled + (cases[i].n > 0 ? (uint32_t)cases[i].n : 0);
        check(readable() == expected && get(LEAST + 1) == (int)expected);
        check(readable() == 0 && get(1) == -SLUICE_EAGAIN);
        close_pipe();
    }
    passed("pipe bounds: what is written wholly, in part, not at all");
}

/* From and to the very end of a caller's memory, whether they wrap or not. */
static void callers_bytes(void)
{
    static const uint32_t lengths[] = {1, 2, 7, 8, 100, 4095, 4096};
    open_pipe(LEAST);
    struct sluice_pipe *pipe = inside_pipe();
    for (uint32_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
        uint32_t length = lengths[i];
        for (int32_t start = -(int32_t)length - 1; start < 3; start += 1 + (int32_t)length / 8) {
            uint32_t at = (uint32_t)start;
            store_relaxed(&pipe->head, at);
            store_relaxed(&pipe->tail, at);
            fill(last(length), length, at);
            check(put(length) == (int)length);
            memset(last(length), 0, length);
            uint32_t some = 1 + length / 3;
            check(get(some) == (int)some && readable() == length - some);
            for (uint32_t j = 0; j < some; j++)
                check(last(some)[j] == (uint8_t)(at * 7 + j * 31));
            check(some == length || get(length - some) == (int)(length - some));
            for (uint32_t j = some; j < length; j++)
                check(last(length)[j] == (uint8_t)(at * 7 + j * 31));
        }
    }
    close_pipe();
    passed("pipe bounds: no byte of a caller's memory but his own");
}

/* One word is not what it was: both sides are told, nothing moves, and they are told from then on. */
static void damage(void)
{
    static const struct {
        uint32_t offset, value;
    } cases[] = {
        {offsetof(struct sluice_pipe, capacity_bytes), 0},
        {offsetof(struct sluice_pipe, capacity_bytes), 2048},
        {offsetof(struct sluice_pipe, capacity_bytes), 4097},
        {offsetof(struct sluice_pipe, capacity_bytes), 12288},
        {offsetof(struct sluice_pipe, capacity_bytes), BYTES},
        {offsetof(struct sluice_pipe, capacity_bytes), 0x80000000u},
        {offsetof(struct sluice_pipe, tail), 4097},
        {offsetof(struct sluice_pipe, tail), 0u - 1},
        {offsetof(struct sluice_pipe, head), 9},
        {offsetof(struct sluice_pipe, head), 0u - 4089},
    };
    for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(*cases); i++) {
        open_pipe(LEAST);
        check(put(8) == 8);
        struct sluice_pipe *pipe = inside_pipe();
        struct sluice_au32 *word = (struct sluice_au32 *)((uint8_t *)pipe + cases[i / 2].offset);
        uint32_t was = load_relaxed(word);
        store_relaxed(word, cases[i / 2].value);
        check((i % 2 ? put(1) : get(1)) == -SLUICE_EUCLEAN);
        check(load_relaxed(word) == cases[i / 2].value);
        store_relaxed(word, was);
        check(load_relaxed(&pipe->head) == 0 && load_relaxed(&pipe->tail) == 8);
        check(put(1) == -SLUICE_EUCLEAN && get(1) == -SLUICE_EUCLEAN);
        close_pipe();
    }
    open_pipe(LEAST);
    store_relaxed(&inside_pipe()->tail, LEAST);
    check(put(1) == -SLUICE_EAGAIN && get(LEAST) == LEAST && put(1) == 1); /* just full */
    close_pipe();
    passed("pipe bounds: a word that is not what it was");
}

/* --- what a FIFO remembers ------------------------------------------------------------------ */

static struct sluice_request opening(uint32_t flags)
{
    struct sluice_request r = request_of(SLUICE_OP_FIFO_OPEN, 0, "/f");
    r.args[0] = flags;
    r.args[2] = LEAST;
    return r;
}

static uint32_t open_end(uint32_t flags)
{
    struct sluice_request r = opening(flags | SLUICE_NONBLOCK | SLUICE_CREATE);
    int n = sluice_try(&s, &r);
    check(n > 0);
    return (uint32_t)n;
}

/* Bytes stay as long as anybody has it open, at whichever end, and no longer: fifo(7). */
static void bytes_of_a_fifo(void)
{
    reader = open_end(SLUICE_READ);
    writer = open_end(SLUICE_WRITE);
    check(put(5) == 5 && simply(&s, SLUICE_OP_CLOSE, reader) == 0);
    check(put(1) == -SLUICE_EPIPE);
    reader = open_end(SLUICE_READ);
    check(readable() == 5 && simply(&s, SLUICE_OP_CLOSE, writer) == 0);
    check(readable() == 5 && get(2) == 2);
    writer = open_end(SLUICE_WRITE);
    check(readable() == 3);
    close_pipe();
    reader = open_end(SLUICE_READ);
    check(readable() == 0 && get(1) == 0);
    writer = open_end(SLUICE_WRITE);
    check(get(1) == -SLUICE_EAGAIN && put(LEAST) == LEAST);
    close_pipe();
    passed("pipe bounds: a FIFO that nobody has open keeps no bytes");
}

/* Each waits for one who opens the other end from now on, or has it open. */
static void who_waits(uint32_t mine, uint32_t other)
{
    uint32_t both = open_end(BOTH);
    for (int i = 0; i < 3; i++) /* some came and went, of one kind more than of the other */
        check(simply(&s, SLUICE_OP_CLOSE, open_end(i < 2 ? mine : other)) == 0);
    check(simply(&s, SLUICE_OP_CLOSE, both) == 0);
    struct sluice_request r = opening(mine | SLUICE_CREATE), same = opening(mine);
    check(sluice_advance(&s, &r) == -SLUICE_EAGAIN);
    check(sluice_advance(&s, &same) == -SLUICE_EAGAIN);
    check(sluice_advance(&s, &r) == -SLUICE_EAGAIN); /* his like does not let him in */
    struct sluice_request peer = opening(other);
    int n = sluice_advance(&s, &peer);
    check(n > 0 && simply(&s, SLUICE_OP_CLOSE, (uint32_t)n) == 0);
    check((n = sluice_advance(&s, &r)) > 0 && simply(&s, SLUICE_OP_CLOSE, (uint32_t)n) == 0);
    check((n = sluice_advance(&s, &same)) > 0 && simply(&s, SLUICE_OP_CLOSE, (uint32_t)n) == 0);
}

int main(void)
{
    begin();
    capacities();
    room();
    callers_bytes();
    damage();
    bytes_of_a_fifo();
    who_waits(SLUICE_READ, SLUICE_WRITE);
    who_waits(SLUICE_WRITE, SLUICE_READ);
    finish(&s, "pipe bounds: who opens a FIFO waits for the other end, and no longer");
    return 0;
}
