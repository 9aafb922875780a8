/* Pipe and ring of bytes: streams, whose room depends on where things lie. */
#include "specs.h"

/*
 * --- pipe: params: capacity, readers, writers ---------------------------------
 *
 * All counts are in units: so many bytes of one value. SLUICE_PIPE_BUF is PIPE_UNITS of them.
 *
 * PIPE_WRITE    values: the units; result: how many were written
 * PIPE_READ     arg: room; values: the units
 * CLOSE         arg: SLUICE_READ or SLUICE_WRITE, the end that is closed
 */

enum { MOST_UNITS = LINEAR_WORDS - 4, MOST_RECORDS = (LINEAR_WORDS - 7) / 2 };

struct pipe {
    uint32_t capacity, readers, writers, count;
    uint32_t units[MOST_UNITS];
} LINEAR_STATE;
_Static_assert(sizeof(struct pipe) <= sizeof(struct linear_state), "pipe");

static void pipe_start(struct linear_state *state, const uint32_t params[])
{
    struct pipe *p = (struct pipe *)state;
    LINEAR_FITS(params[0] <= MOST_UNITS);
    p->capacity = params[0];
    p->readers = params[1];
    p->writers = params[2];
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* The first `count` words go; what is behind them follows, then zeros. */
static void drop(uint32_t *words, uint32_t length, uint32_t count)
{
    for (uint32_t i = 0; i < length; i++)
        words[i] = i + count < length ? words[i + count] : 0;
}

/* A long write may be shorter than room allows where a read shows late what it gave back. */
static bool pipe_write(struct pipe *p, const struct linear_op *op, bool late)
{
    uint32_t want = op->count, room = p->capacity - p->count;
    bool whole = want <= LINEAR_PIPE_UNITS;
    if (p->readers == 0)
        return refused(op, -SLUICE_EPIPE);
    if (room < (whole ? want : 1))
        return refused(op, -SLUICE_EAGAIN);
    uint32_t n = smaller(want, room);
    if (!op->lost && op->result > 0 && (uint32_t)op->result < n && late && !whole)
        n = (uint32_t)op->result;
    for (uint32_t i = 0; i < n; i++)
        p->units[p->count++] = op->values[i];
    return gave(op, (int32_t)n);
}

static bool pipe_read(struct pipe *p, const struct linear_op *op)
{
    uint32_t n = smaller(op->arg, p->count);
    if (n == 0)
        return refused(op, p->writers ? -SLUICE_EAGAIN : 0);
    for (uint32_t i = 0; i < n && !op->lost; i++)
        if (op->values[i] != p->units[i])
            return false;
    drop(p->units, p->count, n);
    p->count -= n;
    return gave(op, (int32_t)n);
}

static bool pipe_apply(struct linear_state *state, const struct linear_op *op, bool late)
{
    struct pipe *p = (struct pipe *)state;
    if (late && refused(op, -SLUICE_EAGAIN))
        return true;
    switch (op->op) {
    case SLUICE_OP_PIPE_WRITE:
        return pipe_write(p, op, late);
    case SLUICE_OP_PIPE_READ:
        return pipe_read(p, op);
    case SLUICE_OP_CLOSE:
        p->readers -= (op->arg & SLUICE_READ) != 0;
        p->writers -= (op->arg & SLUICE_WRITE) != 0;
        return gave(op, 0);
    default:
        return false;
    }
}

/* Readers exclude each other; writers do, and meet whoever marks one of them, or gives room back late: readers. */
static bool pipe_hinders(const struct linear_op *op, const struct linear_op *other)
{
    return op->op != SLUICE_OP_PIPE_READ || other->op == SLUICE_OP_PIPE_READ;
}

const struct linear_spec linear_pipe = {"pipe", pipe_start, pipe_apply, pipe_hinders};

/*
 * --- ring of bytes: params: capacity in bytes ---------------------------------
 *
 * A record is a number, whose low 8 bits are its length.
 *
 * RING_SEND, RING_RECEIVE      values: the record
 * RING_SEND_MANY               values: the records; result: how many of them
 * RING_RECEIVE_MANY            arg: most; values: the records; result: how many
 * RING_CLAIM                   arg: length; result: the claim
 * RING_COMMIT                  arg: claim; values: the record
 * RING_ABORT, RING_RELEASE     arg: claim
 * RING_PEEK                    values: the record; result: the claim
 * CLOSE                        arg: SLUICE_READ or SLUICE_WRITE, the side whose claim it gives back
 */

struct ring {
    uint32_t capacity, head, tail, count;
    uint32_t claimed, claim,
        peeked; /* room and number of the sender's claim, number of the receiver's; 0: none */
    struct {
        uint32_t value, end;
    } records[MOST_RECORDS];
} LINEAR_STATE;
_Static_assert(sizeof(struct ring) <= sizeof(struct linear_state), "ring");

static void ring_start(struct linear_state *state, const uint32_t params[])
{
    ((struct ring *)state)->capacity = params[0];
}

static uint32_t frame(uint32_t length)
{
    return (length + 4 + 3) & ~3u;
}

/* Where a record's frame goes: it does not wrap. */
static uint32_t place(const struct ring *r, uint32_t length)
{
    uint32_t rest = r->capacity - r->tail % r->capacity;
    return frame(length) <= rest ? r->tail : r->tail + rest;
}

static bool fits(const struct ring *r, uint32_t length)
{
    return place(r, length) + frame(length) - r->head <= r->capacity;
}

/* `room`: what it was claimed for, or its length. */
static void ring_add(struct ring *r, uint32_t value, uint32_t room)
{
    LINEAR_FITS(r->count < MOST_RECORDS);
    r->tail = place(r, room) + frame(value & 0xff);
    r->records[r->count].value = value;
    r->records[r->count++].end = r->tail;
}

static void ring_shift(struct ring *r)
{
    r->head = r->records[0].end;
    drop(&r->records[0].value, 2 * r->count, 2);
    r->count--;
}

/* As many as there is room for; fewer where room shows late. */
static bool ring_send(struct ring *r, const struct linear_op *op, bool late)
{
    uint32_t n = 0;
    if (r->claim != 0 || !fits(r, op->values[0] & 0xff))
        return refused(op, -SLUICE_EAGAIN);
    for (; n < op->count && fits(r, op->values[n] & 0xff); n++) {
        if (late && !op->lost && n > 0 && (uint32_t)op->result == n)
            break;
        ring_add(r, op->values[n], op->values[n] & 0xff);
    }
    return gave(op, op->op == SLUICE_OP_RING_SEND ? 0 : (int32_t)n);
}

static bool ring_receive(struct ring *r, const struct linear_op *op)
{
    uint32_t n = op->op == SLUICE_OP_RING_RECEIVE ? 1 : smaller(op->arg, r->count);
    if (r->peeked != 0 || r->count == 0)
        return refused(op, -SLUICE_EAGAIN);
    if (!op->lost && (op->result < 0 || op->count != n))
        return false;
    for (uint32_t i = 0; i < n; i++, ring_shift(r))
        if (!op->lost && op->values[i] != r->records[0].value)
            return false;
    return true;
}

static bool ring_claim(struct ring *r, const struct linear_op *op)
{
    if (r->claim != 0 || !fits(r, op->arg))
        return refused(op, -SLUICE_EAGAIN);
    r->claim = op->lost ? UINT32_MAX : (uint32_t)op->result;
    r->claimed = op->arg;
    return op->lost || op->result > 0;
}

static bool ring_end_claim(struct ring *r, const struct linear_op *op)
{
    if (r->claim == 0 || r->claim != op->arg)
        return refused(op, -SLUICE_EINVAL);
    if (op->op == SLUICE_OP_RING_COMMIT)
        ring_add(r, op->values[0], r->claimed);
    r->claim = r->claimed = 0;
    return gave(op, 0);
}

static bool ring_peek(struct ring *r, const struct linear_op *op)
{
    if (r->peeked != 0 || r->count == 0)
        return refused(op, -SLUICE_EAGAIN);
    r->peeked = op->lost ? UINT32_MAX : (uint32_t)op->result;
    return op->lost || (op->result > 0 && op->values[0] == r->records[0].value);
}

static bool ring_release(struct ring *r, const struct linear_op *op)
{
    if (r->peeked == 0 || r->peeked != op->arg)
        return refused(op, -SLUICE_EINVAL);
    ring_shift(r);
    r->peeked = 0;
    return gave(op, 0);
}

static bool ring_apply(struct linear_state *state, const struct linear_op *op, bool late)
{
    struct ring *r = (struct ring *)state;
    switch (op->op) {
    case SLUICE_OP_RING_SEND:
    case SLUICE_OP_RING_SEND_MANY:
        return (late && refused(op, -SLUICE_EAGAIN)) || ring_send(r, op, late);
    case SLUICE_OP_RING_RECEIVE:
    case SLUICE_OP_RING_RECEIVE_MANY:
        return ring_receive(r, op);
    case SLUICE_OP_RING_CLAIM:
        return (late && refused(op, -SLUICE_EAGAIN)) || ring_claim(r, op);
    case SLUICE_OP_RING_COMMIT:
    case SLUICE_OP_RING_ABORT:
        return ring_end_claim(r, op);
    case SLUICE_OP_RING_PEEK:
        return ring_peek(r, op);
    case SLUICE_OP_RING_RELEASE:
        return ring_release(r, op);
    case SLUICE_OP_CLOSE:
        if (op->arg & SLUICE_WRITE)
            r->claim = r->claimed = 0;
        if (op->arg & SLUICE_READ)
            r->peeked = 0;
        return gave(op, 0);
    default:
        return false;
    }
}

/*
 * No lock here. But a batch that is received counts from its look at what there is, and gives its room back later; one that is sent
 * has looked at the room before it counts, and may be shorter than what came back since.
 */
static bool ring_hinders(const struct linear_op *op, const struct linear_op *other)
{
    bool is_short = op->op == SLUICE_OP_RING_SEND_MANY && op->result > 0;
    bool gives = other->op == SLUICE_OP_RING_RECEIVE || other->op == SLUICE_OP_RING_RELEASE;
    return other->op == SLUICE_OP_RING_RECEIVE_MANY || (is_short && gives);
}

const struct linear_spec linear_ring_bytes = {"ring-bytes", ring_start, ring_apply, ring_hinders};
