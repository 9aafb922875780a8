/* Units, and how they are sent and taken: each note before or after the call that it is about. */
#include "kills.h"

#include <stddef.h>

static uint32_t mix(uint32_t x)
{
    x = (x ^ x >> 16) * 0x7feb352du;
    x = (x ^ x >> 15) * 0x846ca68bu;
    return x ^ x >> 16;
}

static uint32_t sum_of(const struct unit *u)
{
    uint32_t about = (uint32_t)u->life << 16 | (uint32_t)u->thing << 8 | u->stream;
    return mix(about) ^ mix(u->seq + 0x9e3779b9u) ^ mix((uint32_t)u->part << 16 | u->parts);
}

uint32_t unit_bytes(const struct unit *u)
{
    return (uint32_t)sizeof(*u) + mix(u->seq ^ u->life) % (UNIT_MOST - (uint32_t)sizeof(*u) + 1);
}

void unit_write(void *to, struct unit u, uint32_t bytes)
{
    u.sum = sum_of(&u);
    memcpy(to, &u, sizeof(u));
    for (uint32_t i = sizeof(u); i < bytes; i++)
        ((uint8_t *)to)[i] = (uint8_t)(u.sum >> 24 ^ i);
}

bool unit_read(const void *from, uint32_t bytes, struct unit *u)
{
    memcpy(u, from, sizeof(*u));
    if (bytes < sizeof(*u) || u->life == 0 || u->sum != sum_of(u))
        return false;
    for (uint32_t i = sizeof(*u); i < bytes; i++)
        if (((const uint8_t *)from)[i] != (uint8_t)(u->sum >> 24 ^ i))
            return false;
    return true;
}

/* --- sending --------------------------------------------------------------------- */

static const uint32_t priorities[STREAMS] = {0, 5, 31, 1000};

struct batch {
    uint8_t bytes[5200];
    uint32_t length, units, stream;
};

static struct unit next_unit(struct worker *w, enum thing thing, uint32_t stream, uint32_t ahead)
{
    uint32_t seq = load_relaxed(&w->life->sent[thing][stream]) + ahead;
    return (struct unit){.life = (uint16_t)w->number,
                         .thing = (uint8_t)thing,
                         .stream = (uint8_t)stream,
                         .seq = seq};
}

/* Up to PIPE_BUF a write is whole or nothing; longer ones are not. */
static void fill_stream(struct worker *w, enum thing thing, struct batch *b)
{
    uint32_t units = roll(&w->dice, 16) ? 1 + roll(&w->dice, 40) : 256 + roll(&w->dice, 2) * 69;
    uint16_t parts = (uint16_t)(units <= 256 ? units : 0);
    for (b->units = 0; b->units < units; b->units++) {
        struct unit u = next_unit(w, thing, 0, b->units);
        u.part = parts ? (uint16_t)b->units : 0;
        u.parts = parts;
        unit_write(b->bytes + b->length, u, sizeof(u));
        b->length += sizeof(u);
    }
}

static void fill_frames(struct worker *w, enum thing thing, struct batch *b)
{
    uint32_t units = 1 + roll(&w->dice, 6);
    for (b->units = 0; b->units < units; b->units++) {
        struct unit u = next_unit(w, thing, 0, b->units);
        uint32_t length = unit_bytes(&u);
        memcpy(b->bytes + b->length, &length, 4);
        unit_write(b->bytes + b->length + 4, u, length);
        b->length += (length + 7) & ~3u;
    }
}

static void fill_one(struct worker *w, enum thing thing, struct batch *b)
{
    struct unit u = next_unit(w, thing, b->stream, 0);
    b->length = unit_bytes(&u);
    b->units = 1;
    unit_write(b->bytes, u, b->length);
}

/* What may arrive from here on, until sent() says what did. */
static void sending(struct worker *w, enum thing thing, uint32_t stream, uint32_t units)
{
    uint32_t sent = load_relaxed(&w->life->sent[thing][stream]);
    store_release(&w->life->sending[thing][stream], sent + units);
}

static void sent(struct worker *w, enum thing thing, uint32_t stream, uint32_t units)
{
    uint32_t before = load_relaxed(&w->life->sent[thing][stream]);
    store_release(&w->life->sent[thing][stream], before + units);
    store_release(&w->life->sending[thing][stream], before + units);
}

/* What only meets locks is tried until it is done, or the world closes. */
static int insist(struct worker *w, struct sluice_request *r, enum thing thing)
{
    int n;
    do
        n = finish_by(w, r, thing, w->patience ? port_now_ns() + w->patience : PORT_FOREVER);
    while (n == -SLUICE_ETIMEDOUT);
    return n;
}

static void claim_and_commit(struct worker *w, enum thing thing, int64_t deadline)
{
    struct sluice_request r = request_of(SLUICE_OP_RING_CLAIM, w->handle[thing], NULL);
    struct unit u = next_unit(w, thing, 0, 0);
    r.args[0] = UNIT_MOST;
    int n = finish_by(w, &r, thing, deadline);
    if (n < 0)
        return;
    unit_write(w->s.base + r.out[0], u, unit_bytes(&u));
    bool give_up = roll(&w->dice, 4) == 0;
    uint32_t op = give_up ? SLUICE_OP_RING_ABORT : SLUICE_OP_RING_COMMIT;
    r = request_of(op, w->handle[thing], NULL);
    r.args[0] = (uint32_t)n;
    r.args[1] = unit_bytes(&u);
    if (!give_up)
        sending(w, thing, 0, 1);
    n = insist(w, &r, thing);
    check(n == 0 || n == -SLUICE_ECANCELED);
    if (!give_up)
        sent(w, thing, 0, n == 0);
}

int send_units(struct worker *w, enum thing thing, int64_t deadline)
{
    static struct batch b;
    bool ring = thing == BYTES || thing == CELLS;
    uint32_t form = ring ? roll(&w->dice, 3) : 0;
    b.length = b.stream = 0;
    struct sluice_request r = request_of(SLUICE_OP_RING_SEND, w->handle[thing], NULL);
    if (form == 2) {
        claim_and_commit(w, thing, deadline);
        return 0;
    }
    if (thing == QUEUE) {
        r.op = SLUICE_OP_MQ_SEND;
        b.stream = roll(&w->dice, STREAMS);
        r.args[0] = priorities[b.stream];
    } else if (!ring)
        r.op = SLUICE_OP_PIPE_WRITE;
    else if (form == 1)
        r.op = SLUICE_OP_RING_SEND_MANY;
    if (thing == QUEUE || (ring && form == 0))
        fill_one(w, thing, &b);
    else if (ring)
        fill_frames(w, thing, &b);
    else
        fill_stream(w, thing, &b);
    if (thing == ENDS || thing == DUEL)
        r.handle = w->own;
    r.bytes = b.bytes;
    r.length = b.length;
    sending(w, thing, b.stream, b.units);
    int n = finish_by(w, &r, thing, deadline);
    check(n >= 0 || n == -SLUICE_ETIMEDOUT || n == -SLUICE_ECANCELED || n == -SLUICE_EPIPE);
    check(n != -SLUICE_EPIPE || thing == ENDS || thing == DUEL);
    uint32_t units = thing == QUEUE || (ring && form == 0) ? n == 0
                     : ring                                ? (uint32_t)n
                                                           : (uint32_t)n / sizeof(struct unit);
    sent(w, thing, b.stream, n < 0 ? 0 : units);
    return n;
}

/* --- taking ---------------------------------------------------------------------- */

/* One more note; it counts when note_takes() says so. */
static void note(struct worker *w, enum thing thing, const void *bytes, uint32_t length,
                 uint32_t *took)
{
    struct take *take = &w->life->takes[*took];
    check(*took < TAKES);
    memcpy(&take->unit, bytes, sizeof(take->unit));
    length = thing == QUEUE || thing == BYTES || thing == CELLS ? length : 16;
    check(unit_read(bytes, length, &take->unit));
    check(take->unit.thing == thing);
    take->receiver = w->number;
    take->begun = (int64_t)load64_relaxed(&w->life->begun);
    take->ended = port_now_ns();
    ++*took;
}

/* All units of one receive count at once. */
static void note_takes(struct worker *w, uint32_t took)
{
    store_release(&w->life->took, took);
    store_release(&w->life->taking, NOTHING);
}

static int peek_and_release(struct worker *w, enum thing thing, int64_t deadline)
{
    struct sluice_request r = request_of(SLUICE_OP_RING_PEEK, w->handle[thing], NULL);
    uint32_t took = load_relaxed(&w->life->took);
    store_release(&w->life->taking, PEEKING);
    int n = finish_by(w, &r, thing, deadline);
    if (n < 0) {
        check(n == -SLUICE_ETIMEDOUT || n == -SLUICE_ECANCELED);
        store_release(&w->life->taking, NOTHING);
        return n;
    }
    uint32_t length = r.out[1];
    check(length <= UNIT_MOST);
    memcpy(w->life->room, w->s.base + r.out[0], length); /* whose death gives back which */
    store_release(&w->life->taking, PEEKED);
    r = (struct sluice_request){.op = SLUICE_OP_RING_RELEASE, .handle = r.handle};
    r.args[0] = (uint32_t)n;
    note(w, thing, w->life->room, length, &took);
    store_release(&w->life->taking, RELEASING);
    n = insist(w, &r, thing);
    check(n == 0 || n == -SLUICE_ECANCELED);
    if (n != 0)
        return n;
    note_takes(w, took);
    return 1;
}

static uint32_t take_op(struct worker *w, enum thing thing)
{
    if (thing == QUEUE)
        return SLUICE_OP_MQ_RECEIVE;
    if (thing != BYTES && thing != CELLS)
        return SLUICE_OP_PIPE_READ;
    static const uint32_t ops[] = {SLUICE_OP_RING_RECEIVE, SLUICE_OP_RING_RECEIVE_MANY,
                                   SLUICE_OP_RING_PEEK};
    return ops[roll(&w->dice, 3)];
}

int take_units(struct worker *w, enum thing thing, int64_t deadline)
{
    struct sluice_request r = request_of(take_op(w, thing), w->handle[thing], NULL);
    uint32_t took = load_relaxed(&w->life->took), step = 0;
    if (r.op == SLUICE_OP_RING_PEEK)
        return peek_and_release(w, thing, deadline);
    bool stream = r.op == SLUICE_OP_PIPE_READ;
    if (thing == ENDS || thing == DUEL)
        r.handle = w->own;
    r.bytes = w->life->room;
    r.length = stream ? 16 * (1 + roll(&w->dice, roll(&w->dice, 8) ? 64 : 512)) : 512;
    r.args[0] = 6;
    memset(w->life->room, 0, r.length + sizeof(struct unit)); /* and its end */
    store_release(&w->life->taking, stream                                ? STREAMED
                                    : r.op == SLUICE_OP_RING_RECEIVE_MANY ? FRAMED
                                                                          : ONE);
    int n = finish_by(w, &r, thing, deadline);
    if (n < 0) {
        check(n == -SLUICE_ETIMEDOUT || n == -SLUICE_ECANCELED);
        store_release(&w->life->taking, NOTHING);
        return n;
    }
    if (r.op == SLUICE_OP_RING_RECEIVE_MANY) {
        for (uint32_t at = 0, length; at < r.out[0]; at += (length + 7) & ~3u) {
            memcpy(&length, w->life->room + at, 4);
            note(w, thing, w->life->room + at + 4, length, &took);
        }
    } else if (stream) {
        check(n % 16 == 0);
        for (; step < (uint32_t)n; step += 16)
            note(w, thing, w->life->room + step, 16, &took);
    } else {
        note(w, thing, w->life->room, (uint32_t)n, &took);
        struct unit *u = &w->life->takes[took - 1].unit;
        check(unit_bytes(u) == (uint32_t)n);
        check(thing != QUEUE || r.out[0] == priorities[u->stream]);
    }
    note_takes(w, took);
    return n;
}

void drain(struct worker *w, enum thing thing)
{
    while (take_units(w, thing, 0) > 0)
        continue;
}

/* --- tokens ---------------------------------------------------------------------- */

void post_token(struct worker *w)
{
    struct sluice_request r = request_of(SLUICE_OP_SEM_POST, w->handle[POOL], NULL);
    store_release(&w->life->posting, load_relaxed(&w->life->posts) + 1);
    check(insist(w, &r, POOL) == 0);
    store_release(&w->life->posts, load_relaxed(&w->life->posting));
}

bool take_token(struct worker *w, int64_t deadline)
{
    struct sluice_request r = request_of(SLUICE_OP_SEM_WAIT, w->handle[POOL], NULL);
    store_release(&w->life->waiting, load_relaxed(&w->life->waits) + 1);
    int n = finish_by(w, &r, POOL, deadline);
    check(n == 0 || n == -SLUICE_ETIMEDOUT || n == -SLUICE_ECANCELED);
    if (n == 0)
        store_release(&w->life->waits, load_relaxed(&w->life->waiting));
    else
        store_release(&w->life->waiting, load_relaxed(&w->life->waits));
    return n == 0;
}
