#include "ring_cells.h"

#include "../prim/event.h"

enum { STEP = 64 }; /* records of a batch that one critical section moves */

bool sluice__ring_cell(struct sluice *s, struct sluice_ring *ring, uint32_t number,
                       struct sluice__ring_cell_view *c)
{
    c->number = number;
    c->longest = load_relaxed(&ring->record_bytes);
    c->head = sluice__cell(s, &ring->cells, number,
                           (uint64_t)c->longest + sizeof(struct sluice__ring_slot));
    if (c->head == NULL)
        return false;
    c->slot = sluice__cell_payload(c->head);
    c->bytes = (uint8_t *)(c->slot + 1);
    return true;
}

static bool has_room(struct sluice_ring *ring)
{
    return load_relaxed(&ring->cells.free) != 0 ||
           load_relaxed(&ring->cells.fresh) < load_relaxed(&ring->cells.most);
}

static bool has_record(struct sluice_ring *ring)
{
    return load_relaxed(&ring->ready.head) != 0;
}

int sluice__ring_lock(struct sluice *s, struct sluice_ring *ring)
{
    if (load_relaxed(&ring->object.damaged) != 0)
        return sluice__object_damaged(s, &ring->object);
    return sluice__gate_lock(s, &ring->object.gate);
}

int sluice__ring_unlock(struct sluice *s, struct sluice_ring *ring, int n)
{
    uint32_t events = 0;
    if (n == -SLUICE_EUCLEAN) {
        sluice__gate_revert(s);
        store_relaxed(&ring->object.damaged, 1);
        sluice__event_deliver_all(s, &ring->object.gate, SLUICE__RING_READABLE);
        sluice__event_deliver_all(s, &ring->object.gate, SLUICE__RING_WRITABLE);
    } else if (n != -SLUICE_EAGAIN) { /* notes merge: whoever leaves something tells the next */
        events |= has_record(ring) ? SLUICE__WAITS(SLUICE__RING_READABLE) : 0;
        events |= has_room(ring) ? SLUICE__WAITS(SLUICE__RING_WRITABLE) : 0;
    }
    sluice__gate_unlock_telling(s, &ring->object.gate, events);
    return n;
}

int sluice__ring_cells_ready(struct sluice *s, struct sluice_ring *ring, bool reads)
{
    int n = sluice__ring_lock(s, ring); /* else what it sees may be taken back */
    if (n != 0)
        return n;
    n = (reads ? has_record(ring) : has_room(ring)) ? 0 : -SLUICE_EAGAIN;
    sluice__gate_unlock(s, &ring->object.gate);
    return n;
}

void sluice__ring_count(struct sluice *s, struct sluice_ring *ring, uint32_t change)
{
    sluice__set(s, &ring->records, load_relaxed(&ring->records) + change);
}

int sluice__ring_take(struct sluice *s, struct sluice_ring *ring, struct sluice__ring_cell_view *c)
{
    if (!has_room(ring))
        return -SLUICE_EAGAIN;
    bool fresh = SLUICE__BIRTH && load_relaxed(&ring->cells.free) == 0;
    if (!sluice__ring_cell(s, ring, sluice__cell_take(s, &ring->cells), c))
        return -SLUICE_EUCLEAN;
    if (fresh)
        SLUICE__BEGIN(s, &c->slot->use);
    sluice__put(s, &c->head->tag, 0); /* a fresh one's may be anything */
    return 0;
}

int sluice__ring_oldest(struct sluice *s, struct sluice_ring *ring,
                        struct sluice__ring_cell_view *c, uint32_t *length)
{
    if (!has_record(ring))
        return -SLUICE_EAGAIN;
    if (!sluice__ring_cell(s, ring, load_relaxed(&ring->ready.head), c))
        return -SLUICE_EUCLEAN;
    *length = load_relaxed(&c->head->length);
    return *length <= c->longest ? 0 : -SLUICE_EUCLEAN;
}

int sluice__ring_append(struct sluice *s, struct sluice_ring *ring,
                        struct sluice__ring_cell_view *c)
{
    if (!sluice__cell_append(s, &ring->cells, &ring->ready, c->number))
        return -SLUICE_EUCLEAN;
    sluice__ring_count(s, ring, 1);
    sluice__gate_commit(s);
    return 0;
}

void sluice__ring_give(struct sluice *s, struct sluice_ring *ring, struct sluice__ring_cell_view *c)
{
    sluice__cell_give(s, &ring->cells, c->number);
    sluice__gate_commit(s);
}

/* --- one record, gate held -------------------------------------------------- */

static int put(struct sluice *s, struct sluice_ring *ring, const void *bytes, uint32_t length)
{
    struct sluice__ring_cell_view c;
    int n = sluice__ring_take(s, ring, &c);
    if (n != 0)
        return n;
    if (length > c.longest)
        return -SLUICE_EUCLEAN;
    sluice__put_bytes(s, c.bytes, bytes, length);
    sluice__put(s, &c.head->length, length);
    return sluice__ring_append(s, ring, &c);
}

/* Its length, which goes to `frame` too. All is the caller's before the record is gone: what a dead one took is whole. */
static int get(struct sluice *s, struct sluice_ring *ring, uint8_t *frame, void *bytes,
               uint32_t room)
{
    struct sluice__ring_cell_view c;
    uint32_t length;
    int n = sluice__ring_oldest(s, ring, &c, &length);
    if (n != 0)
        return n;
    if (length > room)
        return -SLUICE_EMSGSIZE;
    if (frame != NULL)
        port_give(frame, &length, sizeof(length));
    port_give(bytes, c.bytes, length);
    if (!sluice__cell_shift(s, &ring->cells, &ring->ready))
        return -SLUICE_EUCLEAN;
    sluice__ring_count(s, ring, 0u - 1);
    sluice__ring_give(s, ring, &c);
    return (int)length;
}

/* --- requests ---------------------------------------------------------------- */

int sluice__ring_cells_send(struct sluice *s, struct sluice_ring *ring, const void *bytes,
                            uint32_t length)
{
    if (length > load_relaxed(&ring->record_bytes))
        return -SLUICE_EMSGSIZE;
    int n = sluice__ring_lock(s, ring);
    return n != 0 ? n : sluice__ring_unlock(s, ring, put(s, ring, bytes, length));
}

int sluice__ring_cells_receive(struct sluice *s, struct sluice_ring *ring, void *bytes,
                               uint32_t room)
{
    int n = sluice__ring_lock(s, ring);
    return n != 0 ? n : sluice__ring_unlock(s, ring, get(s, ring, NULL, bytes, room));
}

/* What of a batch is still to be moved, in the caller's own memory. */
struct batch {
    uint8_t *bytes;
    uint32_t left;
    uint32_t most; /* records */
};

static void advance(struct batch *b, uint32_t length)
{
    uint32_t frame = (length + 7) & ~3u;
    frame = frame < b->left ? frame : b->left;
    b->bytes += frame;
    b->left -= frame;
    b->most--;
}

static int put_next(struct sluice *s, struct sluice_ring *ring, struct batch *b)
{
    uint32_t length;
    if (b->left < sizeof(length))
        return -SLUICE_EINVAL;
    port_take(&length, b->bytes, sizeof(length));
    if (length > b->left - sizeof(length))
        return -SLUICE_EINVAL;
    if (length > load_relaxed(&ring->record_bytes))
        return -SLUICE_EMSGSIZE;
    int n = put(s, ring, b->bytes + sizeof(length), length);
    if (n == 0)
        advance(b, length);
    return n;
}

static int get_next(struct sluice *s, struct sluice_ring *ring, struct batch *b)
{
    enum { FRAME = sizeof(uint32_t) };
    if (b->left < FRAME)
        return has_record(ring) ? -SLUICE_EMSGSIZE : -SLUICE_EAGAIN;
    int n = get(s, ring, b->bytes, b->bytes + FRAME, (b->left & ~3u) - FRAME);
    if (n < 0)
        return n;
    advance(b, (uint32_t)n);
    return 0;
}

/* Up to STEP records in one critical section; *moved counts. 0: there may be more to move. */
static int step(struct sluice *s, struct sluice_ring *ring, struct batch *b, bool send, int *moved)
{
    int n = sluice__ring_lock(s, ring);
    if (n != 0)
        return n;
    int before = *moved;
    while (n == 0 && b->most != 0 && *moved - before < STEP) {
        n = send ? put_next(s, ring, b) : get_next(s, ring, b);
        *moved += n == 0;
    }
    bool some = *moved != before && n != -SLUICE_EUCLEAN;
    sluice__ring_unlock(s, ring, some ? 0 : n);
    return n;
}

static int move_many(struct sluice *s, struct sluice_ring *ring, struct batch *b, bool send)
{
    int n = 0, moved = 0;
    while (n == 0 && b->most != 0)
        n = step(s, ring, b, send, &moved);
    return moved != 0 ? moved : n;
}

int sluice__ring_cells_send_many(struct sluice *s, struct sluice_ring *ring, const void *frames,
                                 uint32_t length)
{
    struct batch b = {(uint8_t *)(uintptr_t)frames, length, UINT32_MAX};
    return move_many(s, ring, &b, true);
}

int sluice__ring_cells_receive_many(struct sluice *s, struct sluice_ring *ring, uint32_t most,
                                    void *bytes, uint32_t room, uint32_t *used)
{
    struct batch b = {bytes, room, most};
    int n = move_many(s, ring, &b, false);
    *used = room - b.left;
    return n;
}

/* Cells of a list, each with the tag that belongs there; UINT32_MAX where one is not sound. */
static uint32_t length_of(struct sluice *s, struct sluice_ring *ring, uint32_t number, bool tagged,
                          uint32_t *reads)
{
    uint32_t n = 0, prev = 0;
    struct sluice__ring_cell_view c;
    for (; number != 0; n++, prev = number, number = load_relaxed(&c.head->next)) {
        if (n > load_relaxed(&ring->cells.fresh) || !sluice__ring_cell(s, ring, number, &c) ||
            (load_relaxed(&c.head->tag) != 0) != tagged ||
            (tagged && load_relaxed(&c.slot->prev) != prev))
            return UINT32_MAX;
        *reads += tagged && (load_relaxed(&c.slot->use) & 1);
    }
    return n;
}

bool sluice__ring_cells_valid(struct sluice *s, struct sluice_ring *ring)
{
    uint32_t reads = 0;
    uint64_t ready = length_of(s, ring, load_relaxed(&ring->ready.head), false, &reads);
    uint64_t taken = length_of(s, ring, load_relaxed(&ring->taken.head), true, &reads);
    uint64_t back = length_of(s, ring, load_relaxed(&ring->cells.free), false, &reads);
    return ready + taken + back == load_relaxed(&ring->cells.fresh) &&
           ready + reads == load_relaxed(&ring->records) &&
           load_relaxed(&ring->object.damaged) == 0;
}
