/*
 * Ring of cells: params: cells. Operations as those of a ring of bytes; records are any numbers.
 * CLOSE: the agent's claims go back, the youngest first.
 */
#include "specs.h"

enum { MOST_RECORDS = 10, MOST_CLAIMS = MOST_RECORDS };

struct claim {
    uint32_t number, agent, read, value;
};

struct cells {
    uint32_t cells, count, claims;
    uint32_t records[MOST_RECORDS];
    struct claim claim[MOST_CLAIMS]; /* oldest first */
} LINEAR_STATE;
_Static_assert(sizeof(struct cells) <= sizeof(struct linear_state), "cells");

static void cells_start(struct linear_state *state, const uint32_t params[])
{
    LINEAR_FITS(params[0] <= MOST_CLAIMS);
    ((struct cells *)state)->cells = params[0];
}

static bool full(const struct cells *c)
{
    return c->count + c->claims == c->cells;
}

static uint32_t shift(struct cells *c)
{
    uint32_t first = c->records[0];
    c->count--;
    for (uint32_t i = 0; i < c->count; i++)
        c->records[i] = c->records[i + 1];
    c->records[c->count] = 0;
    return first;
}

static void unshift(struct cells *c, uint32_t value)
{
    for (uint32_t i = c->count++; i > 0; i--)
        c->records[i] = c->records[i - 1];
    c->records[0] = value;
}

static struct claim end_claim(struct cells *c, uint32_t i)
{
    struct claim claim = c->claim[i];
    c->claims--;
    for (; i < c->claims; i++)
        c->claim[i] = c->claim[i + 1];
    c->claim[c->claims] = (struct claim){0, 0, 0, 0};
    return claim;
}

static bool send(struct cells *c, const struct linear_op *op)
{
    uint32_t n = 0;
    if (full(c))
        return refused(op, -SLUICE_EAGAIN);
    for (; n < op->count && !full(c); n++)
        c->records[c->count++] = op->values[n];
    return gave(op, op->op == SLUICE_OP_RING_SEND ? 0 : (int32_t)n);
}

static bool receive(struct cells *c, const struct linear_op *op)
{
    uint32_t most = op->op == SLUICE_OP_RING_RECEIVE ? 1 : op->arg, n = 0;
    if (c->count == 0)
        return refused(op, -SLUICE_EAGAIN);
    for (; n < most && c->count != 0; n++)
        if (shift(c) != op->values[n] && !op->lost)
            return false;
    return op->lost || (op->result >= 0 && op->count == n);
}

static bool claim(struct cells *c, const struct linear_op *op)
{
    bool read = op->op == SLUICE_OP_RING_PEEK;
    if (read ? c->count == 0 : full(c))
        return refused(op, -SLUICE_EAGAIN);
    uint32_t value = read ? shift(c) : 0, number = op->lost ? UINT32_MAX : (uint32_t)op->result;
    c->claim[c->claims++] = (struct claim){number, op->agent, read, value};
    return op->lost || (op->result > 0 && (!read || value == op->values[0]));
}

static bool end(struct cells *c, const struct linear_op *op)
{
    bool read = op->op == SLUICE_OP_RING_RELEASE;
    for (uint32_t i = 0; i < c->claims; i++) {
        if (c->claim[i].number != op->arg || c->claim[i].agent != op->agent ||
            c->claim[i].read != read)
            continue;
        end_claim(c, i);
        if (op->op == SLUICE_OP_RING_COMMIT)
            c->records[c->count++] = op->values[0];
        return gave(op, 0);
    }
    return refused(op, -SLUICE_EINVAL);
}

static bool leave(struct cells *c, const struct linear_op *op)
{
    for (uint32_t i = c->claims; i-- > 0;) {
        if (c->claim[i].agent != op->agent)
            continue;
        struct claim was = end_claim(c, i);
        if (was.read)
            unshift(c, was.value);
    }
    return gave(op, 0);
}

static bool cells_apply(struct linear_state *state, const struct linear_op *op, bool late)
{
    struct cells *c = (struct cells *)state;
    if (late && refused(op, -SLUICE_EAGAIN))
        return true;
    switch (op->op) {
    case SLUICE_OP_RING_SEND:
    case SLUICE_OP_RING_SEND_MANY:
        return send(c, op);
    case SLUICE_OP_RING_RECEIVE:
    case SLUICE_OP_RING_RECEIVE_MANY:
        return receive(c, op);
    case SLUICE_OP_RING_CLAIM:
    case SLUICE_OP_RING_PEEK:
        return claim(c, op);
    case SLUICE_OP_RING_COMMIT:
    case SLUICE_OP_RING_ABORT:
    case SLUICE_OP_RING_RELEASE:
        return end(c, op);
    case SLUICE_OP_CLOSE:
        return leave(c, op);
    default:
        return false;
    }
}

/* All of it happens under the ring's gate, a batch of at most 64 in one piece. */
static bool cells_hinder(const struct linear_op *op, const struct linear_op *other)
{
    (void)op, (void)other;
    return true;
}

const struct linear_spec linear_ring_cells = {"ring-cells", cells_start, cells_apply, cells_hinder};
