#include "pipe.h"

#include "../prim/event.h"

#define MOST_CAPACITY 0x80000000u

uint32_t sluice__pipe_capacity(uint32_t bytes)
{
    uint32_t capacity = SLUICE_PIPE_BUF;
    while (capacity < bytes && capacity < MOST_CAPACITY)
        capacity *= 2;
    return capacity >= bytes ? capacity : 0;
}

/* Geometry and counters, read once. */
struct view {
    uint8_t *bytes;
    uint32_t capacity, head, tail;
};

static bool look(struct sluice *s, struct sluice_pipe *pipe, struct view *v)
{
    uint32_t at = sluice__offset(s, pipe + 1);
    v->capacity = load_relaxed(&pipe->capacity_bytes);
    v->tail = load_acquire(&pipe->tail); /* [PP1-R] */
    v->head = load_seq(&pipe->head);     /* [PP2-R] [EV1-S] look */
    v->bytes = sluice__at(s, at);
    bool sound = v->capacity >= SLUICE_PIPE_BUF && (v->capacity & (v->capacity - 1)) == 0 &&
                 sluice__inside(s, at, v->capacity);
    return sound && v->tail - v->head <= v->capacity;
}

static int damaged(struct sluice_pipe *pipe)
{
    store_relaxed(&pipe->object.damaged, 1);
    return -SLUICE_EUCLEAN;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Bytes from `at` on to the end of the buffer, at most `length`. */
static uint32_t up_to_wrap(const struct view *v, uint32_t at, uint32_t length)
{
    return smaller(length, v->capacity - (at & (v->capacity - 1)));
}

static void copy_in(struct sluice *s, const struct view *v, const uint8_t *from, uint32_t length)
{
    uint32_t first = up_to_wrap(v, v->tail, length);
    sluice__put_bytes(s, v->bytes + (v->tail & (v->capacity - 1)), from, first);
    if (first < length)
        sluice__put_bytes(s, v->bytes, from + first, length - first);
}

static void copy_out(const struct view *v, uint8_t *to, uint32_t length)
{
    uint32_t first = up_to_wrap(v, v->head, length);
    port_give(to, v->bytes + (v->head & (v->capacity - 1)), first);
    if (first < length)
        port_give(to + first, v->bytes, length - first);
}

/* For whoever holds one of the gates: the other counter may only go on. */
static uint32_t between(struct sluice_pipe *pipe)
{
    return load_acquire(&pipe->tail) - load_acquire(&pipe->head);
}

/* Bytes between the counters at one moment; false where these would not stand still: who moves them tells. [EV1-S] look */
static bool look_at_both(struct sluice *s, struct sluice_pipe *pipe, uint32_t *there)
{
    uint32_t was, now = load_seq(&pipe->head), left = s->lock_tries;
    do {
        was = now;
        *there = load_seq(&pipe->tail) - was; /* [PP1-R] [PP2-R] */
        now = load_seq(&pipe->head);
    } while (now != was && left-- > 0);
    return now == was;
}

uint32_t sluice__pipe_readable(struct sluice *s, struct sluice_pipe *pipe)
{
    uint32_t there;
    look_at_both(s, pipe, &there); /* or both were never so at once */
    return there;
}

int sluice__pipe_ready(struct sluice *s, struct sluice_pipe *pipe, uint32_t what, bool ended)
{
    uint32_t there, capacity = load_relaxed(&pipe->capacity_bytes);
    bool alone = sluice__pipe_peers(pipe, what) == 0; /* [PP3-R] before the tail that they left */
    bool steady = look_at_both(s, pipe, &there);
    if (load_relaxed(&pipe->object.damaged) != 0 || (steady && there > capacity))
        return sluice__object_damaged(s, &pipe->object);
    bool over = alone && (what == SLUICE_WRITE || ended);
    bool some = what == SLUICE_READ ? there != 0 : capacity - there >= SLUICE_PIPE_BUF;
    return over || (steady && some) ? 0 : -SLUICE_EAGAIN;
}

/* With the writers' gate held: what write(2) would give. */
static int write_some(struct sluice *s, struct sluice_pipe *pipe, const void *bytes,
                      uint32_t length)
{
    struct view v;
    if (load_acquire(&pipe->readers) == 0)
        return -SLUICE_EPIPE;
    if (!look(s, pipe, &v))
        return damaged(pipe);
    uint32_t room = v.capacity - (v.tail - v.head);
    if (room < (length <= SLUICE_PIPE_BUF ? length : 1))
        return -SLUICE_EAGAIN;
    uint32_t n = smaller(length, room);
    copy_in(s, &v, bytes, n);
    /* [PP1-W] bytes before tail. One that is late may have written over another's. */
    bool its = sluice__alive(s) && cas_acqrel(&pipe->tail, v.tail, v.tail + n);
    return its ? (int)n : damaged(pipe);
}

int sluice__pipe_write(struct sluice *s, struct sluice_pipe *pipe, const void *bytes,
                       uint32_t length)
{
    struct sluice_gate *gate = &pipe->object.gate;
    if (load_relaxed(&pipe->object.damaged) != 0)
        return sluice__object_damaged(s, &pipe->object);
    if (length == 0)
        return 0;
    int n = sluice__gate_lock(s, gate);
    if (n != 0) /* a lock that stays closed: neither side may wait for the other */
        return n == -SLUICE_EUCLEAN ? sluice__object_damaged(s, &pipe->object) : n;
    n = write_some(s, pipe, bytes, length);
    uint32_t events = n > 0 || n == -SLUICE_EUCLEAN ? SLUICE__WAITS(SLUICE__PIPE_READABLE) : 0;
    /* notes merge: who leaves room, or met what the next will meet, tells him */
    if (n < 0 ? n != -SLUICE_EAGAIN : between(pipe) < load_relaxed(&pipe->capacity_bytes))
        events |= SLUICE__WAITS(SLUICE__PIPE_WRITABLE);
    sluice__gate_unlock_telling(s, gate, events);
    return n;
}

/* With the readers' gate held; 0 at the end of file. Publishes, then looks for writers that wait: `word`. */
static int read_some(struct sluice *s, struct sluice_pipe *pipe, void *bytes, uint32_t room,
                     uint64_t *word)
{
    struct view v;
    bool written = load_acquire(&pipe->writers) != 0; /* [PP3-R] before the tail that they left */
    if (!look(s, pipe, &v))
        return -SLUICE_EUCLEAN;
    uint32_t n = smaller(room, v.tail - v.head);
    if (n == 0)
        return written ? -SLUICE_EAGAIN : 0;
    copy_out(&v, bytes, n);
    if (!sluice__alive(s))
        return -SLUICE_ESRCH;                      /* it has written nothing */
    if (!cas_seq(&pipe->head, v.head, v.head + n)) /* [PP2-W] */
        return -SLUICE_EUCLEAN;
    *word = load64_seq(&pipe->object.gate.word);
    return (int)n;
}

int sluice__pipe_read(struct sluice *s, struct sluice_pipe *pipe, void *bytes, uint32_t room)
{
    struct sluice_gate *gate = &pipe->object.gate;
    uint64_t word = 0;
    if (load_relaxed(&pipe->object.damaged) != 0)
        return sluice__object_damaged(s, &pipe->object);
    if (room == 0)
        return 0;
    int n = sluice__gate_lock(s, &pipe->reading);
    if (n != 0) /* a lock that stays closed: neither side may wait for the other */
        return n == -SLUICE_EUCLEAN ? sluice__object_damaged(s, &pipe->object) : n;
    n = read_some(s, pipe, bytes, room, &word);
    /* notes merge, of bytes and of the end: who takes the last bytes leaves the end to the next */
    bool more = n != -SLUICE_EAGAIN &&
                (n <= 0 || between(pipe) != 0 || load_acquire(&pipe->writers) == 0); /* [PP3-R] */
    sluice__gate_unlock(s, &pipe->reading);
    if (n == -SLUICE_EUCLEAN) /* one lock at a time: telling takes the other */
        return sluice__object_damaged(s, &pipe->object);
    sluice__event_notify(s, gate, SLUICE__PIPE_WRITABLE, word);
    if (more) /* the next reader has bytes, or the end of file */
        sluice__event_notify(s, gate, SLUICE__PIPE_READABLE, load64_seq(&gate->word));
    return n;
}

static void count(struct sluice *s, struct sluice_au32 *word, uint32_t change)
{
    sluice__set(s, word, load_relaxed(word) + change);
}

void sluice__pipe_enter(struct sluice *s, struct sluice_pipe *pipe, uint32_t flags)
{
    if (flags & SLUICE_READ) {
        count(s, &pipe->readers, 1);
        count(s, &pipe->reads_opened, 1);
    }
    if (flags & SLUICE_WRITE) {
        count(s, &pipe->writers, 1);
        count(s, &pipe->writes_opened, 1);
    }
}

void sluice__pipe_leave(struct sluice *s, struct sluice_pipe *pipe, uint32_t flags)
{
    if (flags & SLUICE_READ)
        count(s, &pipe->readers, 0u - 1);
    if (flags & SLUICE_WRITE)
        count(s, &pipe->writers, 0u - 1); /* [PP3-W] */
    /* a FIFO that nobody has open keeps no bytes: fifo(7) */
    if (load_relaxed(&pipe->readers) == 0 && load_relaxed(&pipe->writers) == 0)
        sluice__set(s, &pipe->head, load_relaxed(&pipe->tail));
}
