/*
 * Rings at their bounds: the last that fits, the first that does not. What a caller gives or takes lies between two pages that nobody
 * may touch: not a byte more is read or written.
 */
#include "ring_world.h"

#include "obj/ring_cells.h"

enum { PAGE = 4096, LONGEST = 28 };

static struct sluice s;
static uint8_t *page;

static void begin(void)
{
    join(&s, new_region(BYTES, 2), BYTES, 1);
    soil(&s);
    page = guarded(PAGE, PAGE);
}

/* The caller's memory, of that many bytes: behind it, nothing. */
static uint8_t *last(uint32_t bytes)
{
    return page + PAGE - bytes;
}

/* --- sizes ------------------------------------------------------------------------ */

static void sizes(void)
{
    static const struct {
        struct shape asked;
        uint32_t capacity, record; /* 0: refused */
        uint64_t total;
    } cases[] = {
        {{1, 0, 0}, 64, 28, 64},
        {{64, 28, 0}, 64, 28, 64},
        {{64, 29, 0}, 128, 29, 128},
        {{65, 28, 0}, 128, 28, 128},
        {{0x80000000u, 0, 0}, 0x80000000u, 0x3ffffffcu, 0x80000000u},
        {{0x80000001u, 0, 0}, 0, 0, 0},
        {{64, 0x3ffffffcu, 0}, 0x80000000u, 0x3ffffffcu, 0x80000000u},
        {{64, 0x3ffffffdu, 0}, 0, 0, 0},
        {{64, UINT32_MAX, 0}, 0, 0, 0},
        {{0, 8, 0}, 0, 0, 0},
        {{0, 8, 3}, 0, 0, 0},
        {{8, 0, 1}, 0, 0, 0},
        {{8, 8, 3}, 8, 8, 32},
        {{8, 8, 4}, 0, 0, 0},
        {{9, 8, 2}, 16, 8, 64},
        {{16, 8, 1}, 16, 8, 64},
        {{16, 9, 1}, 18, 9, 80},
        {{1, INT32_MAX, 3}, INT32_MAX, INT32_MAX, 0x80000018u},
        {{1, INT32_MAX + 1u, 3}, 0, 0, 0},
        {{UINT32_MAX, 1, 3}, UINT32_MAX, 1, 32ull * UINT32_MAX},
        {{UINT32_MAX, 2, 3}, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct shape asked = cases[i].asked;
        struct sluice__ring_shape shape = {asked.capacity, asked.record, asked.many};
        uint64_t total = 0;
        int n = sluice__ring_shape(&shape, &total);
        check(n == (cases[i].capacity ? 0 : -SLUICE_EINVAL));
        if (n != 0)
            continue;
        check(shape.capacity_bytes == cases[i].capacity && shape.record_bytes == cases[i].record);
        check(shape.many == asked.many);
        check(total == sizeof(struct sluice_ring) + cases[i].total);
    }
    passed("ring bounds: sizes, the last that 32 bits hold and the first that they do not");
}

/* --- the caller's bytes --------------------------------------------------------------- */

static uint32_t frame(uint8_t *to, uint32_t length, uint32_t seed)
{
    memcpy(to, &length, 4);
    fill(to + 4, length, seed);
    return 4 + length;
}

/* Where a peek finds what was sent. */
static void peeked(uint32_t h, uint32_t length, uint32_t seed)
{
    uint8_t *place, expected[LONGEST];
    uint32_t found;
    int n = peek(&s, h, &place, &found);
    fill(expected, length, seed);
    check(n > 0 && found == length && memcmp(place, expected, length) == 0);
    check(release(&s, h, n) == 0);
}

static void one_record(uint32_t h, uint32_t length)
{
    uint32_t used = 77, framed = 4 + length, padded = (framed + 3) & ~3u;
    uint8_t expected[LONGEST + 4];
    check(frame(expected, length, length) == framed);
    fill(last(length), length, length);
    check(send(&s, h, last(length), length) == 0);
    memset(last(length), 0, length);
    check(length == 0 || receive(&s, h, last(length - 1), length - 1) == -SLUICE_EMSGSIZE);
    check(receive(&s, h, last(length), length) == (int)length);
    check(memcmp(last(length), expected + 4, length) == 0);

    memcpy(last(framed), expected, framed);
    check(send_many(&s, h, last(framed), framed) == 1);
    struct sluice_request r = moving(SLUICE_OP_RING_RECEIVE_MANY, h, last(padded - 1), padded - 1);
    r.args[0] = 1;
    r.out[0] = 99; /* a request that is used again */
    check(sluice_try(&s, &r) == -SLUICE_EMSGSIZE);
    r.bytes = last(padded);
    r.length = padded;
    check(sluice_try(&s, &r) == 1 && r.out[0] == padded);
    check(memcmp(last(padded), expected, framed) == 0);
    check(receive_many(&s, h, 1, last(4), 4, &used) == -SLUICE_EAGAIN);

    uint8_t *place;
    int n = claim(&s, h, length, &place);
    check(n > 0);
    fill(place, length, length + 1);
    check(commit(&s, h, n, length) == 0);
    peeked(h, length, length + 1);
}

static void callers_bytes(struct shape shape)
{
    uint32_t h = open_ring(&s, NULL, shape);
    for (uint32_t length = 0; length <= LONGEST; length++)
        for (uint32_t at = 0; at < 64; at += 4)
            one_record(h, length);
    check(send(&s, h, page, LONGEST + 1) == -SLUICE_EMSGSIZE);
    check(simply(&s, SLUICE_OP_CLOSE, h) == 0);
}

/* --- how many go in ------------------------------------------------------------------ */

/* Records of four bytes, twice round: as many as there is room for and no more. */
static void just_full(struct shape shape, uint32_t room)
{
    uint8_t *place, byte[4];
    uint32_t h = open_ring(&s, NULL, shape), length;
    for (uint32_t lap = 0; lap < 2; lap++) {
        for (uint32_t i = 0; i < room; i++) {
            fill(last(4), 4, lap * 99 + i);
            check(send(&s, h, last(4), 4) == 0 && records(&s, h) == i + 1);
        }
        check(send(&s, h, last(4), 4) == -SLUICE_EAGAIN);
        check(claim(&s, h, 4, &place) == -SLUICE_EAGAIN);
        length = 4;
        memcpy(last(8), &length, 4);
        check(send_many(&s, h, last(8), 8) == -SLUICE_EAGAIN);
        for (uint32_t i = 0; i < room; i++) {
            fill(byte, 4, lap * 99 + i);
            check(receive(&s, h, last(4), 4) == 4 && memcmp(last(4), byte, 4) == 0);
        }
        check(receive(&s, h, last(4), 4) == -SLUICE_EAGAIN && records(&s, h) == 0);
    }
    check(simply(&s, SLUICE_OP_CLOSE, h) == 0);
}

/* What a batch refuses behind a good frame: of a ring of bytes nothing goes, of cells the good one. */
static void behind_a_good_one(struct shape shape)
{
    static const struct {
        uint32_t second, left; /* its length, and what there is of it */
        int n;
    } cases[] = {
        {4, 4, 2},
        {3, 3, 2},
        {5, 4, -SLUICE_EINVAL},
        {UINT32_MAX, 4, -SLUICE_EINVAL},
        {LONGEST, LONGEST, 2},
        {LONGEST + 1, LONGEST + 1, -SLUICE_EMSGSIZE},
        {LONGEST + 1, LONGEST, -SLUICE_EINVAL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        uint32_t h = open_ring(&s, NULL, shape), length = 8 + 4 + cases[i].left;
        uint8_t *batch = last(length);
        frame(batch, 4, 1);
        memcpy(batch + 8, &cases[i].second, 4);
        int expected = cases[i].n < 0 && shape.many ? 1 : cases[i].n;
        check(send_many(&s, h, batch, length) == expected);
        check(records(&s, h) == (expected < 0 ? 0 : (uint32_t)expected));
        for (uint32_t rest = 1; rest < 4; rest++) { /* half a length */
            frame(last(8 + rest), 4, 1);
            check(send_many(&s, h, last(8 + rest), 8 + rest) < 2);
        }
        check(simply(&s, SLUICE_OP_CLOSE, h) == 0);
    }
}

/* The receiver has taken what was not sent yet: a batch may go round more than once, and no further than the ring. */
static void round_and_round(void)
{
    static uint8_t batch[32 + 13 * 8];
    uint32_t length = 28, at = 0;
    uint32_t h = open_ring(&s, NULL, (struct shape){64, LONGEST, 0});
    struct sluice_ring *ring = inside(&s, h);
    store64_relaxed(&ring->senders.at, 32);
    store64_relaxed(&ring->receivers.at, 128);
    store_relaxed(&ring->senders.seen, 64);
    memcpy(batch, &length, 4);
    fill(batch + 4, length, 1);
    for (at = 32, length = 4; at < sizeof(batch); at += 8) {
        memcpy(batch + at, &length, 4);
        fill(batch + at + 4, length, at);
    }
    /* its block is that much longer */
    memset((uint8_t *)(ring + 1) + 64, 0x5a, 32);
    check(send_many(&s, h, batch, sizeof(batch)) == 14);
    for (int i = 0; i < 32; i++)
        check(((uint8_t *)(ring + 1))[64 + i] == 0x5a);
    /* the last lap, 128 to 168, over the one before it */
    check(memcmp(ring + 1, batch + 96, 40) == 0);
    check(memcmp((uint8_t *)(ring + 1) + 40, batch + 72, 24) == 0);
    check(simply(&s, SLUICE_OP_CLOSE, h) == 0);
    passed("ring bounds: a batch that goes round twice stays in the ring");
}

/* --- claims ---------------------------------------------------------------------------- */

/* Each claim has a number of its own, which is good for it alone, and for its party. */
static void numbers(const char *name, struct shape shape)
{
    uint32_t h = open_ring(&s, name, shape), other = open_ring(&s, name, shape), length;
    uint8_t *place;
    int n[8];
    if (shape.many == 0) /* the fourth would be above what an int holds */
        store64_relaxed(&inside(&s, h)->senders.claim, (uint64_t)(INT32_MAX - 3) << 1);
    for (int i = 0; i < 8; i++) {
        check((n[i] = claim(&s, h, LONGEST, &place)) > 0);
        for (int j = 0; j < i; j++)
            check(n[j] != n[i] && commit(&s, h, n[j], 0) == -SLUICE_EINVAL &&
                  abort_claim(&s, h, n[j]) == -SLUICE_EINVAL);
        check(commit(&s, h, n[i], LONGEST + 1) == -SLUICE_EINVAL);
        check(release(&s, h, n[i]) == -SLUICE_EINVAL && records(&s, h) == 0);
        check(abort_claim(&s, h, n[i]) == 0);
    }
    check(send(&s, h, last(1), 1) == 0);
    int claimed = claim(&s, h, 1, &place), peeked = peek(&s, h, &place, &length);
    check(claimed > 0 && peeked > 0 && length == 1);
    /* another party has none of it, whatever number it tells */
    check(commit(&s, other, claimed, 1) == -SLUICE_EINVAL);
    check(abort_claim(&s, other, claimed) == -SLUICE_EINVAL);
    check(release(&s, other, peeked) == -SLUICE_EINVAL);
    check(abort_claim(&s, h, 0) == -SLUICE_EINVAL && release(&s, h, 0) == -SLUICE_EINVAL);
    check(commit(&s, h, claimed, 1) == 0 && release(&s, h, peeked) == 0);
    check(release(&s, h, peeked) == -SLUICE_EINVAL && records(&s, h) == 1);
    check(simply(&s, SLUICE_OP_CLOSE, h) == 0 && simply(&s, SLUICE_OP_CLOSE, other) == 0);
}

/* All cells of a ring are claimed at once; a cell's number differs from its last, and from one of long ago. */
static void apart(void)
{
    uint32_t h = open_ring(&s, NULL, (struct shape){7 * LONGEST, LONGEST, 3});
    struct sluice_ring *ring = inside(&s, h);
    uint8_t *place;
    int n[14];
    for (int i = 0; i < 14; i++) {
        check((n[i] = claim(&s, h, 1, &place)) > 0);
        for (int j = 0; j < i; j++)
            check(n[j] != n[i]);
        for (int j = 0; j < 7 && i == 6; j++)
            check(abort_claim(&s, h, n[j]) == 0);
    }
    /* the cell that was given back last is claimed next; half as many times as there are numbers lie between */
    check(abort_claim(&s, h, n[13]) == 0);
    uint32_t cell = load_relaxed(&ring->cells.free);
    struct sluice__ring_slot *slot = sluice__cell_payload(sluice__cell(&s, &ring->cells, cell, 0));
    store_relaxed(&slot->use, load_relaxed(&slot->use) - 2 + (1u << 28));
    int later = claim(&s, h, 1, &place);
    check(later > 0 && load_relaxed(&ring->cells.free) != cell && later != n[13]);
    check(simply(&s, SLUICE_OP_CLOSE, h) == 0);
}

/* While a claim is open, its side of a ring of bytes takes nothing else. */
static void claimed(void)
{
    uint32_t h = open_ring(&s, NULL, (struct shape){64, LONGEST, 0}), length, used;
    uint8_t *place;
    check(send(&s, h, last(1), 1) == 0 && claim(&s, h, LONGEST, &place) > 0);
    frame(last(8), 4, 1);
    check(send(&s, h, last(1), 1) == -SLUICE_EAGAIN && claim(&s, h, 1, &place) == -SLUICE_EAGAIN);
    check(send_many(&s, h, last(8), 8) == -SLUICE_EAGAIN);
    check(peek(&s, h, &place, &length) > 0 && peek(&s, h, &place, &length) == -SLUICE_EAGAIN);
    check(receive(&s, h, last(8), 8) == -SLUICE_EAGAIN);
    check(receive_many(&s, h, 1, last(8), 8, &used) == -SLUICE_EAGAIN && records(&s, h) == 1);
    check(simply(&s, SLUICE_OP_CLOSE, h) == 0);
}

int main(void)
{
    static const struct shape of_bytes = {64, LONGEST, 0}, of_cells = {8 * LONGEST, LONGEST, 3};
    sizes();
    begin();
    callers_bytes(of_bytes);
    callers_bytes(of_cells);
    passed("ring bounds: every length to and from the very end of a caller's memory");
    just_full(of_bytes, 8);
    just_full(of_cells, 8);
    passed("ring bounds: as many records as there is room for");
    behind_a_good_one(of_bytes);
    behind_a_good_one(of_cells);
    passed("ring bounds: a batch whose second frame is refused");
    round_and_round();
    numbers("/bytes", of_bytes);
    numbers("/cells", (struct shape){7 * LONGEST, LONGEST, 3});
    apart();
    claimed();
    finish(&s, "ring bounds: numbers of claims, and what they are good for");
    return 0;
}
