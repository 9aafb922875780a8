#include "record.h"

#include "port/port.h"
#include "sluice.h"

#include <string.h>

enum { MOST_BYTES = 256 }; /* of a record */

/* Contents as a number (FNV-1a): a torn message is another one. */
static uint32_t content(const void *bytes, uint32_t length)
{
    uint32_t h = 2166136261u;
    for (uint32_t i = 0; i < length; i++)
        h = (h ^ ((const uint8_t *)bytes)[i]) * 16777619u;
    return h;
}

/* A record's low 8 bits are its length. */
static uint32_t record(const void *bytes, uint32_t length)
{
    return content(bytes, length) << 8 | length;
}

static void add(struct linear_op *op, uint32_t value)
{
    if (op->count < LINEAR_VALUES)
        op->values[op->count++] = value;
}

/* A unit has one value throughout; a torn one has one that nobody wrote. */
static void add_units(struct linear_op *op, const uint8_t *bytes, uint32_t length)
{
    for (uint32_t at = 0; at < length; at += LINEAR_UNIT_BYTES) {
        bool torn = memcmp(bytes + at, bytes + at + 1, LINEAR_UNIT_BYTES - 1) != 0;
        add(op, torn ? UINT32_MAX : bytes[at]);
    }
}

static void add_frames(struct linear_op *op, const uint8_t *frames, uint32_t bytes)
{
    uint32_t length;
    for (uint32_t at = 0; at < bytes; at += (length + 7) & ~3u) {
        memcpy(&length, frames + at, sizeof(length));
        add(op, record(frames + at + sizeof(length), length));
    }
}

/* A record read in place; the copy is the region's, and checked for races as any. */
static void add_peeked(struct linear_op *op, struct sluice *s, const struct sluice_request *r)
{
    uint8_t bytes[MOST_BYTES];
    uint32_t length = r->out[1] < MOST_BYTES ? r->out[1] : MOST_BYTES;
    port_copy_out(bytes, s->base + r->out[0], length);
    add(op, record(bytes, length));
}

static uint32_t letter(const struct sluice_request *r)
{
    return ((const uint8_t *)r->name)[r->name_length - 1];
}

void linear_asked(struct linear_op *op, uint32_t agent, const struct sluice_request *r)
{
    *op = (struct linear_op){.agent = agent, .op = r->op, .end = LINEAR_NEVER};
    op->arg = r->args[0];
    switch (r->op) {
    case SLUICE_OP_MQ_SEND:
        add(op, content(r->bytes, r->length));
        break;
    case SLUICE_OP_PIPE_WRITE:
        add_units(op, r->bytes, r->length);
        break;
    case SLUICE_OP_PIPE_READ:
        op->arg = r->length / LINEAR_UNIT_BYTES;
        break;
    case SLUICE_OP_RING_SEND:
        add(op, record(r->bytes, r->length));
        break;
    case SLUICE_OP_RING_COMMIT:
        add(op, record(r->bytes, r->args[1]));
        break;
    case SLUICE_OP_RING_SEND_MANY:
        add_frames(op, r->bytes, r->length);
        break;
    case SLUICE_OP_SEM_OPEN:
        add(op, letter(r));
        add(op, r->args[2]);
        break;
    case SLUICE_OP_UNLINK:
        add(op, letter(r));
        break;
    default:
        break;
    }
}

void linear_answered(struct linear_op *op, struct sluice *s, const struct sluice_request *r, int n)
{
    struct sluice_request value = {.op = SLUICE_OP_SEM_VALUE, .handle = (uint32_t)n};
    op->result = n;
    if (n < 0)
        return;
    switch (r->op) {
    case SLUICE_OP_MQ_RECEIVE:
        op->arg = r->out[0];
        add(op, content(r->bytes, (uint32_t)n));
        break;
    case SLUICE_OP_MQ_ATTRIBUTES:
        add(op, r->out[2]);
        break;
    case SLUICE_OP_PIPE_READ:
        add_units(op, r->bytes, (uint32_t)n);
        op->result = n / LINEAR_UNIT_BYTES;
        break;
    case SLUICE_OP_PIPE_WRITE:
        op->result = n / LINEAR_UNIT_BYTES;
        break;
    case SLUICE_OP_RING_RECEIVE:
        add(op, record(r->bytes, (uint32_t)n));
        break;
    case SLUICE_OP_RING_RECEIVE_MANY:
        add_frames(op, r->bytes, r->out[0]);
        break;
    case SLUICE_OP_RING_PEEK:
        add_peeked(op, s, r);
        break;
    case SLUICE_OP_SEM_OPEN:
        add(op, (uint32_t)sluice_try(s, &value));
        break;
    default:
        break;
    }
}
