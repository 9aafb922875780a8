/* Claims of cells: a claimed one stands in `taken` until its party ends the claim or is gone. */
#include "ring_cells.h"

/* Bits of a claim's number that are the cell's. */
static uint32_t number_bits(struct sluice_ring *ring)
{
    uint32_t most = load_relaxed(&ring->cells.most) | 1;
    return (32 - (uint32_t)__builtin_clz(most)) & 31; /* 32 would be damage */
}

static int claim_of(struct sluice_ring *ring, struct sluice__ring_cell_view *c)
{
    uint32_t uses = load_relaxed(&c->slot->use) >> 1;
    return (int)((uses << number_bits(ring) | c->number) & INT32_MAX);
}

/* The youngest claim's cell; 0: there is none. */
static uint32_t last_taken(struct sluice_ring *ring)
{
    return load_relaxed(&ring->taken.head) ? load_relaxed(&ring->taken.tail) : 0;
}

/* Hangs a cell that is on no list into `taken`; `read`: 1 where it holds a record. The claim's number or -EUCLEAN. */
static int hang(struct sluice *s, struct sluice_ring *ring, struct sluice__ring_cell_view *c,
                uint32_t party, uint32_t read)
{
    uint32_t last = last_taken(ring);
    uint32_t use = (load_relaxed(&c->slot->use) & ~1u) + 2;
    if (!sluice__cell_append(s, &ring->cells, &ring->taken, c->number))
        return -SLUICE_EUCLEAN;
    sluice__set(s, &c->slot->prev, last);
    sluice__set(s, &c->slot->use, use | read);
    sluice__set(s, &c->head->tag, party);
    return claim_of(ring, c);
}

/* Takes it out of `taken`. */
static int unhang(struct sluice *s, struct sluice_ring *ring, struct sluice__ring_cell_view *c)
{
    struct sluice__ring_cell_view prev, next;
    uint32_t prev_number = load_relaxed(&c->slot->prev);
    uint32_t next_number = load_relaxed(&c->head->next);
    struct sluice_au32 *to_next = &ring->taken.head, *to_prev = &ring->taken.tail;
    if (prev_number != 0) {
        if (!sluice__ring_cell(s, ring, prev_number, &prev))
            return -SLUICE_EUCLEAN;
        to_next = &prev.head->next;
    }
    if (next_number != 0) {
        if (!sluice__ring_cell(s, ring, next_number, &next))
            return -SLUICE_EUCLEAN;
        to_prev = &next.slot->prev;
    }
    if (load_relaxed(to_next) != c->number || load_relaxed(to_prev) != c->number)
        return -SLUICE_EUCLEAN;
    sluice__set(s, to_next, next_number);
    sluice__set(s, to_prev, prev_number);
    sluice__set(s, &c->head->tag, 0);
    return 0;
}

/* Takes the gate and the cell of an open claim of this party out of `taken`; with another result than 0 the gate is free. */
static int end_claim(struct sluice *s, struct sluice_ring *ring, uint32_t party, uint32_t claim,
                     uint32_t read, uint32_t least, struct sluice__ring_cell_view *c)
{
    int n = sluice__ring_lock(s, ring);
    if (n != 0)
        return n;
    uint32_t number = claim & ((1u << number_bits(ring)) - 1);
    bool is_open = number - 1 < load_relaxed(&ring->cells.fresh) &&
                   sluice__ring_cell(s, ring, number, c) && load_relaxed(&c->head->tag) == party &&
                   (load_relaxed(&c->slot->use) & 1) == read &&
                   (uint32_t)claim_of(ring, c) == claim && load_relaxed(&c->head->length) >= least;
    n = is_open ? unhang(s, ring, c) : -SLUICE_EINVAL;
    return n == 0 ? 0 : sluice__ring_unlock(s, ring, n);
}

int sluice__ring_cells_claim(struct sluice *s, struct sluice_ring *ring, uint32_t party,
                             uint32_t length, struct sluice__ring_room *room)
{
    struct sluice__ring_cell_view c;
    if (length > load_relaxed(&ring->record_bytes))
        return -SLUICE_EMSGSIZE;
    int n = sluice__ring_lock(s, ring);
    if (n != 0)
        return n;
    n = sluice__ring_take(s, ring, &c);
    if (n == 0) {
        sluice__put(s, &c.head->length, length);
        *room = (struct sluice__ring_room){c.bytes, length};
        n = length <= c.longest ? hang(s, ring, &c, party, 0) : -SLUICE_EUCLEAN;
    }
    return sluice__ring_unlock(s, ring, n);
}

int sluice__ring_cells_commit(struct sluice *s, struct sluice_ring *ring, uint32_t party,
                              uint32_t claim, uint32_t length)
{
    struct sluice__ring_cell_view c;
    int n = end_claim(s, ring, party, claim, 0, length, &c);
    if (n != 0)
        return n;
    sluice__set(s, &c.head->length, length);
    return sluice__ring_unlock(s, ring, sluice__ring_append(s, ring, &c));
}

int sluice__ring_cells_abort(struct sluice *s, struct sluice_ring *ring, uint32_t party,
                             uint32_t claim)
{
    struct sluice__ring_cell_view c;
    int n = end_claim(s, ring, party, claim, 0, 0, &c);
    if (n != 0)
        return n;
    sluice__ring_give(s, ring, &c);
    return sluice__ring_unlock(s, ring, 0);
}

int sluice__ring_cells_peek(struct sluice *s, struct sluice_ring *ring, uint32_t party,
                            struct sluice__ring_room *room)
{
    struct sluice__ring_cell_view c;
    uint32_t length;
    int n = sluice__ring_lock(s, ring);
    if (n != 0)
        return n;
    n = sluice__ring_oldest(s, ring, &c, &length);
    if (n == 0) {
        *room = (struct sluice__ring_room){c.bytes, length};
        n = sluice__cell_shift(s, &ring->cells, &ring->ready) ? hang(s, ring, &c, party, 1)
                                                              : -SLUICE_EUCLEAN;
    }
    return sluice__ring_unlock(s, ring, n);
}

int sluice__ring_cells_release(struct sluice *s, struct sluice_ring *ring, uint32_t party,
                               uint32_t claim)
{
    struct sluice__ring_cell_view c;
    int n = end_claim(s, ring, party, claim, 1, 0, &c);
    if (n != 0)
        return n;
    sluice__ring_count(s, ring, 0u - 1);
    sluice__ring_give(s, ring, &c);
    return sluice__ring_unlock(s, ring, 0);
}

/* The youngest claim first: records that go back to the front come to stand in their order. */
static int end_all(struct sluice *s, struct sluice_ring *ring, uint32_t party)
{
    uint32_t number = last_taken(ring);
    /* no sound list is longer */
    for (uint32_t left = s->bytes / sizeof(struct sluice_cell); number != 0; left--) {
        if (left == 0)
            return -SLUICE_EUCLEAN;
        struct sluice__ring_cell_view c;
        if (!sluice__ring_cell(s, ring, number, &c))
            return -SLUICE_EUCLEAN;
        number = load_relaxed(&c.slot->prev);
        if (load_relaxed(&c.head->tag) != party)
            continue;
        int n = unhang(s, ring, &c);
        if (n != 0)
            return n;
        if (load_relaxed(&c.slot->use) & 1)
            sluice__cell_prepend(s, &ring->cells, &ring->ready, c.number);
        else
            sluice__cell_give(s, &ring->cells, c.number);
        sluice__gate_commit(s);
    }
    return 0;
}

int sluice__ring_cells_leave(struct sluice *s, struct sluice_ring *ring, uint32_t party)
{
    if (load_acquire(&ring->taken.head) == 0)
        return 0;
    int n = sluice__ring_lock(s, ring);
    if (n == 0)
        n = sluice__ring_unlock(s, ring, end_all(s, ring, party));
    return n == SLUICE__NOT_NOW ? n : 0;
}
