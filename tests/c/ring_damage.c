/*
 * One word of a ring is not what it was: what each operation answers. Who meets it changes nothing, and from then on everybody is
 * told, whatever the word says then. Pages that nobody may touch lie on both sides of the region.
 */
#include "ring_world.h"

enum { SMALL = 64 << 10, GUARD = 1 << 20, OPS = 9 };

static struct sluice s, saved;
static uint8_t *region, before[SMALL];
static uint32_t handle;
static int claimed, peeked;

static void begin(void)
{
    region = guarded(SMALL, GUARD);
    check(sluice_format(region, SMALL, 2, 0) == 0);
    join(&s, region, SMALL, 1);
    soil(&s);
}

static void save(void)
{
    saved = s;
    memcpy(before, region, SMALL);
}

static void restore(void)
{
    s = saved;
    memcpy(region, before, SMALL);
}

/* Each once, with four bytes or what was claimed or peeked. */
static int attempt(uint32_t op)
{
    uint8_t frame[8] = {4}, room[64], *place;
    uint32_t number, first = 4;
    memcpy(frame, &first, 4);
    switch (op) {
    case 0:
        return send(&s, handle, frame, 4);
    case 1:
        return send_many(&s, handle, frame, 8);
    case 2:
        return claim(&s, handle, 4, &place);
    case 3:
        return receive(&s, handle, room, sizeof(room));
    case 4:
        return receive_many(&s, handle, 1, room, sizeof(room), &number);
    case 5:
        return peek(&s, handle, &place, &number);
    case 6:
        return commit(&s, handle, claimed, 4);
    case 7:
        return abort_claim(&s, handle, claimed);
    default:
        return release(&s, handle, peeked);
    }
}

static char answer(int n)
{
    if (n >= 0)
        return '+';
    return n == -SLUICE_EUCLEAN ? 'E' : n == -SLUICE_EINVAL ? 'I' : n == -SLUICE_EAGAIN ? 'A' : '?';
}

struct row {
    uint32_t offset; /* from the ring's start */
    uint32_t value;
    const char *
        answers; /* of send, send_many, claim, receive, receive_many, peek, commit, abort, release */
};

/* Poisoned, and else as it was: the receiver's copy of the sender's counter apart. */
static void met(struct sluice_ring *ring, const struct sluice_ring *was, struct sluice_au32 *word)
{
    check(load_relaxed(&ring->object.damaged) != 0);
    check(load64_relaxed(&ring->senders.at) == load64_relaxed(&was->senders.at));
    check(load64_relaxed(&ring->receivers.at) == load64_relaxed(&was->receivers.at));
    check(memcmp(&ring->cells, &was->cells, sizeof(*ring) - offsetof(struct sluice_ring, cells)) ==
          0);
    store_relaxed(word, load_relaxed((struct sluice_au32 *)(before + sluice__offset(&s, word))));
    for (uint32_t op = 0; op < OPS; op++)
        if (op < 6)
            check(attempt(op) == -SLUICE_EUCLEAN);
}

static void row(const struct row *r, uint32_t from, uint32_t to)
{
    for (uint32_t op = from; op < to; op++) {
        restore();
        struct sluice_ring *ring = inside(&s, handle);
        struct sluice_au32 *word = (struct sluice_au32 *)((uint8_t *)ring + r->offset);
        store_relaxed(word, r->value);
        struct sluice_ring was = *ring;
        int n = attempt(op);
        if (answer(n) != r->answers[op])
            printf("# word %u is %u: operation %u answers %d\n", r->offset, r->value, op, n);
        check(answer(n) == r->answers[op]);
        if (n == -SLUICE_EUCLEAN)
            met(ring, &was, word);
        else
            check(load_relaxed(&ring->object.damaged) == 0);
    }
}

#define WORD(member) offsetof(struct sluice_ring, member)
#define ROOM(side) (WORD(side.claim) + 4)
#define BYTE(at) (sizeof(struct sluice_ring) + (at))
#define PAD UINT32_MAX

static void rows(const struct row *all, size_t count, uint32_t from, uint32_t to)
{
    save();
    for (size_t i = 0; i < count; i++)
        row(&all[i], from, to);
    restore();
}
#define ROWS(table, from, to) rows(table, sizeof(table) / sizeof(*(table)), from, to)

static void open_and_claim(void)
{
    uint8_t *place;
    uint32_t length;
    check((claimed = claim(&s, handle, 4, &place)) > 0);
    check((peeked = peek(&s, handle, &place, &length)) > 0 && length == 4);
}

/* A ring of 64 bytes, its counters at 0. */
static struct sluice_ring *open_bytes(uint32_t record)
{
    handle = open_ring(&s, NULL, (struct shape){64, record, 0});
    struct sluice_ring *ring = inside(&s, handle);
    store64_relaxed(&ring->senders.at, 0);
    store64_relaxed(&ring->receivers.at, 0);
    store_relaxed(&ring->senders.seen, 0);
    store_relaxed(&ring->receivers.seen, 0);
    return ring;
}

/* Two records of 4 at 0 and 8. */
static void bytes(void)
{
    static const struct row all[] = {
        {WORD(capacity_bytes), 0, "EEEEEEE+E"},
        {WORD(capacity_bytes), 4, "EEEEEEE+E"},
        {WORD(capacity_bytes), 32, "EEEEEEE+E"},
        {WORD(capacity_bytes), 65, "EEEEEEE+E"},
        {WORD(capacity_bytes), 96, "EEEEEEE+E"},
        {WORD(capacity_bytes), SMALL, "EEEEEEE+E"},
        {WORD(capacity_bytes), 0x80000000u, "EEEEEEE+E"},
        {WORD(record_bytes), 28, "+++++++++"},
        {WORD(record_bytes), 29, "EEEEEEE+E"},
        {WORD(record_bytes), UINT32_MAX, "EEEEEEE+E"},
        {WORD(senders.at), 17, "EEEEEEE++"},
        {WORD(senders.at), 18, "EEEEEEE++"},
        {WORD(senders.at), 20, "+++++++++"},
        {WORD(senders.at), 64, "AAA+++E++"},
        {WORD(senders.at), 68, "EEEEEEE++"},
        {WORD(senders.at), 0u - 64, "EEEEEEE++"},
        {WORD(senders.at), 4, "+++EEE+++"},
        {WORD(senders.at), 0, "+++AAA+++"},
        {WORD(senders.seen), 1000, "+++++++++"},
        {WORD(receivers.at), 1, "+++EEE++E"},
        {WORD(receivers.at), 2, "+++EEE++E"},
        {WORD(receivers.at), 20, "+++EEE++E"},
        {WORD(receivers.seen), 4, "+++E+E++E"},
        {WORD(receivers.seen), 64, "+++++++++"},
        {WORD(receivers.seen), 68, "+++++++++"},
        {ROOM(senders), 8, "+++++++++"},
        {ROOM(senders), 9, "++++++E++"},
        {ROOM(senders), 3, "++++++I++"},
        {WORD(senders.claim), 0, "++++++II+"},
        {ROOM(receivers), 5, "++++++++E"},
        {WORD(receivers.claim), 0, "++++++++I"},
        {BYTE(0), 8, "++++++++E"},
        {BYTE(0), 9, "+++EEE++E"},
        {BYTE(0), PAD, "+++EEE++E"},
    };
    open_bytes(8);
    check(attempt(0) == 0 && attempt(0) == 0);
    ROWS(all, 0, 6);
    open_and_claim();
    ROWS(all, 6, OPS);
    check(simply(&s, SLUICE_OP_CLOSE, handle) == 0);
    passed("ring damage: bytes: geometry, counters, claims, headers");
}

/* At 56 eight bytes of padding, then a record of 4 at 0. */
static void padding(void)
{
    static const struct row all[] = {
        {BYTE(56), 4, "++++++++A"},
        {BYTE(56), 5, "+++EEE+++"},
        {BYTE(0), 0, "+++++++++"},
        {BYTE(0), 4, "+++++++++"},
        {BYTE(0), 5, "+++EEE+++"},
        {BYTE(0), 13, "+++EEE+++"},
        {BYTE(0), PAD, "+++EEE+++"},
        {WORD(senders.at), 64, "++++E++++"},
        {WORD(senders.at), 60, "++++E++++"},
        {WORD(receivers.seen), 64, "+++E+E+++"},
        {WORD(receivers.seen), 60, "+++E+E+++"},
        {WORD(receivers.at), 57, "EEEEEE+++"},
        {WORD(receivers.at), 58, "EEEEEE+++"},
    };
    struct sluice_ring *ring = open_bytes(28);
    store64_relaxed(&ring->senders.at, 72);
    store64_relaxed(&ring->receivers.at, 56);
    store_relaxed(&ring->receivers.seen, 72);
    store_relaxed((struct sluice_au32 *)(ring + 1) + 56 / 4, PAD);
    store_relaxed((struct sluice_au32 *)(ring + 1), 4);
    ROWS(all, 0, 6);
    check(simply(&s, SLUICE_OP_CLOSE, handle) == 0);
    passed("ring damage: bytes: where a lap ends");
}

/* None is taken, up to where the sender's copy of the receiver's counter says. */
static void how_far(void)
{
    static const struct row all[] = {
        {WORD(receivers.at), 0, "AAA++++++"},  {WORD(receivers.at), 8, "+++++++++"},
        {WORD(receivers.at), 9, "EEE++++++"},  {WORD(receivers.at), 10, "EEE++++++"},
        {WORD(receivers.at), 68, "EEE++++++"}, {WORD(receivers.at), 0u - 4, "EEE++++++"},
        {WORD(senders.seen), 8, "+++++++++"},
    };
    open_bytes(28);
    for (int i = 0; i < 8; i++)
        check(attempt(0) == 0);
    ROWS(all, 0, 3);
    check(simply(&s, SLUICE_OP_CLOSE, handle) == 0);
    passed("ring damage: bytes: how far the receiver is");
}

/* What lies there looks like a record. */
static void between_frames(void)
{
    struct sluice_ring *ring = open_bytes(28);
    memset(ring + 1, 0, 64);
    store64_relaxed(&ring->senders.at, 16);
    store_relaxed(&ring->receivers.seen, 16);
    save();
    for (uint32_t head = 1; head < 4; head++) {
        for (uint32_t op = 3; op < 6; op++) {
            restore();
            store64_relaxed(&ring->receivers.at, head);
            check(attempt(op) == -SLUICE_EUCLEAN);
        }
    }
    restore();
    check(simply(&s, SLUICE_OP_CLOSE, handle) == 0);
    passed("ring damage: bytes: between two frames");
}

/* --- cells ------------------------------------------------------------------------------ */

enum { STRIDE = 40 }; /* of records of 12 */

#define CELL(number) (sizeof(struct sluice_ring) + ((number)-1) * STRIDE)
#define NEXT(number) (CELL(number) + offsetof(struct sluice_cell, next))
#define LENGTH(number) (CELL(number) + offsetof(struct sluice_cell, length))
#define TAG(number) (CELL(number) + offsetof(struct sluice_cell, tag))
#define PREV(number) (CELL(number) + sizeof(struct sluice_cell))

/* Six cells: 2 and 4 are sent, 3 is claimed and then 1 peeked, 5 is free, 6 was never used. */
static void cells(void)
{
    static const struct row all[] = {
        {WORD(record_bytes), 16, "+++++++++"},
        {WORD(record_bytes), 17, "EEEEEEIII"},
        {WORD(cells.stride), 0, "EEEEEEIII"},
        {WORD(cells.stride), 32, "EEEEEEIII"},
        {WORD(cells.start), SMALL, "EEEEEEIII"},
        {WORD(cells.most), 0, "EEEEEEIII"},
        {WORD(cells.most), 0x80000000u, "++++++III"},
        {WORD(cells.free), 7, "EEE++++++"},
        {WORD(cells.free), 0, "+++++++++"},
        {WORD(cells.fresh), 0, "++++++III"},
        {WORD(cells.fresh), 1, "++++++II+"},
        {WORD(cells.fresh), 2, "++++++II+"},
        {WORD(cells.fresh), 3, "+++++++++"},
        {WORD(ready.head), 7, "+++EEE+++"},
        {WORD(ready.head), 0, "+++AAA+++"},
        {WORD(ready.tail), 7, "EE++++E++"},
        {LENGTH(2), 12, "+++++++++"},
        {LENGTH(2), 13, "+++EEE+++"},
        {LENGTH(3), 3, "++++++I++"},
        {TAG(3), 99, "++++++II+"},
        {TAG(1), 0, "++++++++I"},
        {WORD(taken.head), 5, "++++++EE+"},
        {WORD(taken.tail), 5, "++++++++E"},
        {WORD(taken.tail), 7, "++E++E++E"},
        {NEXT(3), 7, "++++++EEE"},
        {NEXT(3), 5, "++++++EEE"},
        {NEXT(3), 0, "++++++EEE"},
        {PREV(1), 7, "++++++EEE"},
        {PREV(1), 5, "++++++EEE"},
        {PREV(1), 0, "++++++EEE"},
    };
    uint8_t *place;
    handle = open_ring(&s, NULL, (struct shape){6 * 12, 12, 3});
    check(attempt(0) == 0 && attempt(0) == 0);
    open_and_claim();
    int given_up = 0;
    check(attempt(0) == 0 && (given_up = claim(&s, handle, 1, &place)) > 0);
    check(abort_claim(&s, handle, given_up) == 0 && sluice__ring_valid(&s, inside(&s, handle)));
    ROWS(all, 0, OPS);
    passed("ring damage: cells: geometry, lists, claims");
}

/* A batch that meets it behind its first record has moved that one. */
static void within_a_batch(void)
{
    uint8_t room[64];
    uint32_t used;
    struct sluice_ring *ring = inside(&s, handle);
    restore();
    store_relaxed((struct sluice_au32 *)((uint8_t *)ring + LENGTH(4)), 13);
    check(receive_many(&s, handle, 9, room, sizeof(room), &used) == 1 && used == 8);
    check(load_relaxed(&ring->object.damaged) != 0 && attempt(3) == -SLUICE_EUCLEAN);
    restore();
    passed("ring damage: cells: in the midst of a batch");
}

/* Whoever closes meets it: the others are told. */
static void at_the_close(void)
{
    static const struct row all[] = {
        {WORD(taken.tail), 7, "E"}, {NEXT(3), 7, "E"}, {PREV(1), 7, "E"},
        {PREV(1), 0, "E"},          {TAG(1), 99, "+"}, {NEXT(2), 7, "+"},
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
        restore();
        struct sluice_ring *ring = inside(&s, handle);
        store_relaxed((struct sluice_au32 *)((uint8_t *)ring + all[i].offset), all[i].value);
        check(sluice__ring_close(&s, ring, sluice__handle_find(&s, handle)) == 0);
        check((load_relaxed(&ring->object.damaged) != 0) == (all[i].answers[0] == 'E'));
        check(answer(attempt(0)) == all[i].answers[0]);
    }
    /* others' claims, in a circle */
    restore();
    struct sluice_ring *ring = inside(&s, handle);
    const uint32_t words[][2] = {{TAG(1), 99}, {TAG(3), 99}, {PREV(3), 1}};
    for (int i = 0; i < 3; i++)
        store_relaxed((struct sluice_au32 *)((uint8_t *)ring + words[i][0]), words[i][1]);
    check(sluice__ring_close(&s, ring, sluice__handle_find(&s, handle)) == 0);
    check(attempt(0) == -SLUICE_EUCLEAN);
    passed("ring damage: cells: met by whoever closes");
}

/* What lies where no cell was used yet is nobody's claim, whatever it looks like. */
static void never_used(void)
{
    restore();
    struct sluice_ring *ring = inside(&s, handle);
    memcpy((uint8_t *)ring + CELL(6), (uint8_t *)ring + CELL(3), STRIDE);
    check(commit(&s, handle, claimed + 3, 4) == -SLUICE_EINVAL);
    check(abort_claim(&s, handle, claimed + 3) == -SLUICE_EINVAL);
    check(commit(&s, handle, claimed, 4) == 0 && sluice__ring_valid(&s, ring));
    passed("ring damage: cells: one that was never used is not claimed");
}

int main(void)
{
    begin();
    bytes();
    padding();
    how_far();
    between_frames();
    cells();
    within_a_batch();
    at_the_close();
    never_used();
    return 0;
}
