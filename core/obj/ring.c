#include "ring.h"

#include "../prim/event.h"
#include "ring_bytes.h"
#include "ring_cells.h"

static int shape_bytes(struct sluice__ring_shape *shape, uint64_t *total)
{
    uint64_t least = ((uint64_t)shape->record_bytes + 2 * SLUICE__RING_HEADER - 1) & ~(uint64_t)3;
    uint64_t capacity = SLUICE_LINE;
    while (capacity < shape->capacity_bytes || capacity < 2 * least)
        capacity *= 2;
    if (capacity > UINT32_MAX)
        return -SLUICE_EINVAL;
    shape->capacity_bytes = (uint32_t)capacity;
    if (shape->record_bytes == 0)
        shape->record_bytes = shape->capacity_bytes / 2 - SLUICE__RING_HEADER;
    *total = sizeof(struct sluice_ring) + capacity;
    return 0;
}

static uint32_t cells_of(const struct sluice__ring_shape *shape)
{
    uint32_t whole = shape->capacity_bytes / shape->record_bytes;
    return whole + (shape->capacity_bytes % shape->record_bytes != 0);
}

static int shape_cells(struct sluice__ring_shape *shape, uint64_t *total)
{
    if (shape->record_bytes == 0 || shape->record_bytes > INT32_MAX)
        return -SLUICE_EINVAL;
    uint32_t cells = cells_of(shape);
    uint64_t capacity = (uint64_t)cells * shape->record_bytes;
    if (capacity > UINT32_MAX)
        return -SLUICE_EINVAL;
    shape->capacity_bytes = (uint32_t)capacity;
    *total = sizeof(struct sluice_ring) +
             sluice__cells_bytes(cells, sluice__ring_slot_bytes(shape->record_bytes));
    return 0;
}

int sluice__ring_shape(struct sluice__ring_shape *shape, uint64_t *total)
{
    if (shape->capacity_bytes == 0 || shape->many > 3)
        return -SLUICE_EINVAL;
    return shape->many ? shape_cells(shape, total) : shape_bytes(shape, total);
}

static void begin_side(struct sluice *s, struct sluice_ring_side *side)
{
    SLUICE__BEGIN64(s, &side->at);
    SLUICE__BEGIN64(s, &side->claim);
    SLUICE__BEGIN(s, &side->seen);
}

void sluice__ring_init(struct sluice *s, struct sluice_ring *ring,
                       const struct sluice__ring_shape *shape)
{
    sluice__put(s, &ring->capacity_bytes, shape->capacity_bytes);
    sluice__put(s, &ring->record_bytes, shape->record_bytes);
    sluice__put(s, &ring->many, shape->many);
    SLUICE__BEGIN(s, &ring->parties);
    begin_side(s, &ring->senders);
    begin_side(s, &ring->receivers);
    if (shape->many != 0)
        sluice__cells_init(s, &ring->cells, sluice__offset(s, ring + 1), cells_of(shape),
                           sluice__ring_slot_bytes(shape->record_bytes));
}

static bool is_many(struct sluice_ring *ring)
{
    return load_relaxed(&ring->many) != 0;
}

/* --- whose side it is --------------------------------------------------------- */

uint32_t sluice__ring_party(struct sluice *s, struct sluice_ring *ring,
                            struct sluice_handle *handle)
{
    uint32_t party = load_relaxed(&handle->seen);
    while (party == 0 && sluice__alive(s)) {
        party = add_seq(&ring->parties, 1); /* 0 is nobody's: the next */
        if (sluice__alive(s))
            store_release(&handle->seen, party);
    }
    return party;
}

/* A side that is not this party's: 0 when it is from now on. */
static int take_side(struct sluice *s, struct sluice_ring *ring, struct sluice_ring_side *side,
                     uint32_t party)
{
    uint32_t me = s->incarnation << 16 | (s->slot + 1);
    uint64_t word = load64_acquire(&side->holder);
    bool mine = (uint32_t)word == me; /* another handle's */
    if (word != 0 && !mine)
        return -SLUICE_EBUSY;
    if (mine && sluice__ring_is_claimed(side))
        return -SLUICE_EAGAIN;
    uint64_t mine_now = (uint64_t)party << 32 | me;
    if (!sluice__alive(s))
        return -SLUICE_ESRCH;
    if (!cas64_acqrel(&side->holder, word, mine_now)) /* [RNG3-R] */
        return -SLUICE_EBUSY;
    /* before the look: what one who lives finds here was left open by whoever had the side last */
    uint64_t claim = load64_acquire(&side->claim);
    if (sluice__alive(s)) {
        if (sluice__ring_claimed(claim)) { /* who looked since the side was taken found it in use */
            sluice__ring_end_claim(side, claim);
            sluice__ring_tell(s, ring, load64_seq(&ring->object.gate.word));
        }
        return 0;
    }
    cas64_acqrel(&side->holder, mine_now, 0); /* [RNG3-W] else nobody would ever */
    return -SLUICE_ESRCH;
}

static bool holds(struct sluice_ring_side *side, uint32_t party)
{
    return load64_relaxed(&side->holder) >> 32 == party;
}

static int begin(struct sluice *s, struct sluice_ring *ring, struct sluice_ring_side *side,
                 uint32_t many, uint32_t party)
{
    if (holds(side, party) || (load_relaxed(&ring->many) & many) != 0)
        return 0;
    return take_side(s, ring, side, party);
}

static int begin_send(struct sluice *s, struct sluice_ring *ring, uint32_t party)
{
    return begin(s, ring, &ring->senders, SLUICE__RING_MANY_SENDERS, party);
}

static int begin_receive(struct sluice *s, struct sluice_ring *ring, uint32_t party)
{
    return begin(s, ring, &ring->receivers, SLUICE__RING_MANY_RECEIVERS, party);
}

/* Gives a side up, with the claim that is open there. */
static void leave_side(struct sluice *s, struct sluice_ring *ring, struct sluice_ring_side *side,
                       uint32_t party)
{
    uint64_t word = load64_relaxed(&side->holder);
    bool its = word >> 32 == party && sluice__alive(s);
    if (its && cas64_seq(&side->holder, word, 0)) /* [RNG3-W] [EV1-P] */
        sluice__ring_tell(s, ring, load64_seq(&ring->object.gate.word));
}

int sluice__ring_close(struct sluice *s, struct sluice_ring *ring, struct sluice_handle *handle)
{
    uint32_t party = load_relaxed(&handle->seen);
    if (party == 0)
        return 0;
    int n = is_many(ring) ? sluice__ring_cells_leave(s, ring, party) : 0;
    if (n != 0)
        return n;
    leave_side(s, ring, &ring->senders, party);
    leave_side(s, ring, &ring->receivers, party);
    return 0;
}

/* --- requests: whoever may goes to the one layout or the other ------------------ */

int sluice__ring_send(struct sluice *s, struct sluice_ring *ring, uint32_t party, const void *bytes,
                      uint32_t length)
{
    int n = begin_send(s, ring, party);
    if (n != 0)
        return n;
    return is_many(ring) ? sluice__ring_cells_send(s, ring, bytes, length)
                         : sluice__ring_bytes_send(s, ring, bytes, length);
}

int sluice__ring_send_many(struct sluice *s, struct sluice_ring *ring, uint32_t party,
                           const void *frames, uint32_t length)
{
    int n = begin_send(s, ring, party);
    if (n != 0)
        return n;
    return is_many(ring) ? sluice__ring_cells_send_many(s, ring, frames, length)
                         : sluice__ring_bytes_send_many(s, ring, frames, length);
}

int sluice__ring_receive(struct sluice *s, struct sluice_ring *ring, uint32_t party, void *bytes,
                         uint32_t room)
{
    int n = begin_receive(s, ring, party);
    if (n != 0)
        return n;
    return is_many(ring) ? sluice__ring_cells_receive(s, ring, bytes, room)
                         : sluice__ring_bytes_receive(s, ring, bytes, room);
}

int sluice__ring_receive_many(struct sluice *s, struct sluice_ring *ring, uint32_t party,
                              uint32_t most, void *bytes, uint32_t room, uint32_t *used)
{
    int n = most == 0 ? -SLUICE_EINVAL : begin_receive(s, ring, party);
    if (n != 0)
        return n;
    return is_many(ring) ? sluice__ring_cells_receive_many(s, ring, most, bytes, room, used)
                         : sluice__ring_bytes_receive_many(s, ring, most, bytes, room, used);
}

int sluice__ring_claim(struct sluice *s, struct sluice_ring *ring, uint32_t party, uint32_t length,
                       struct sluice__ring_room *room)
{
    int n = begin_send(s, ring, party);
    if (n != 0)
        return n;
    return is_many(ring) ? sluice__ring_cells_claim(s, ring, party, length, room)
                         : sluice__ring_bytes_claim(s, ring, length, room);
}

int sluice__ring_commit(struct sluice *s, struct sluice_ring *ring, uint32_t party, uint32_t claim,
                        uint32_t length)
{
    if (is_many(ring))
        return sluice__ring_cells_commit(s, ring, party, claim, length);
    if (!holds(&ring->senders, party))
        return -SLUICE_EINVAL;
    return sluice__ring_bytes_commit(s, ring, claim, length);
}

int sluice__ring_abort(struct sluice *s, struct sluice_ring *ring, uint32_t party, uint32_t claim)
{
    if (is_many(ring))
        return sluice__ring_cells_abort(s, ring, party, claim);
    if (!holds(&ring->senders, party))
        return -SLUICE_EINVAL;
    return sluice__ring_bytes_abort(s, ring, claim);
}

int sluice__ring_peek(struct sluice *s, struct sluice_ring *ring, uint32_t party,
                      struct sluice__ring_room *room)
{
    int n = begin_receive(s, ring, party);
    if (n != 0)
        return n;
    return is_many(ring) ? sluice__ring_cells_peek(s, ring, party, room)
                         : sluice__ring_bytes_peek(s, ring, room);
}

int sluice__ring_release(struct sluice *s, struct sluice_ring *ring, uint32_t party, uint32_t claim)
{
    if (is_many(ring))
        return sluice__ring_cells_release(s, ring, party, claim);
    if (!holds(&ring->receivers, party))
        return -SLUICE_EINVAL;
    return sluice__ring_bytes_release(s, ring, claim);
}

int sluice__ring_ready(struct sluice *s, struct sluice_ring *ring, uint32_t what)
{
    bool reads = what == SLUICE_READ;
    return is_many(ring) ? sluice__ring_cells_ready(s, ring, reads)
                         : sluice__ring_bytes_ready(s, ring, reads);
}

static int cells_waiting(struct sluice *s, struct sluice_ring *ring, uint32_t *records,
                         uint32_t *bytes)
{
    int n = sluice__ring_lock(s, ring); /* else what it sees may be taken back */
    if (n != 0)
        return n;
    *records = load_relaxed(&ring->records);
    *bytes = *records * load_relaxed(&ring->record_bytes);
    sluice__gate_unlock(s, &ring->object.gate);
    return 0;
}

int sluice__ring_waiting(struct sluice *s, struct sluice_ring *ring, uint32_t *records,
                         uint32_t *bytes)
{
    if (is_many(ring))
        return cells_waiting(s, ring, records, bytes);
    uint64_t sent, taken, now = load64_acquire(&ring->receivers.at);
    uint32_t left = s->lock_tries;
    do {
        taken = now;
        sent = load64_acquire(&ring->senders.at); /* [RNG1-R] [RNG2-R] */
        now = load64_acquire(&ring->receivers.at);
    } while (now != taken && left-- > 0); /* else both were never so at once */
    *records = (uint32_t)(sent >> 32) - (uint32_t)(taken >> 32);
    *bytes = (uint32_t)sent - (uint32_t)taken;
    return 0;
}

bool sluice__ring_valid(struct sluice *s, struct sluice_ring *ring)
{
    bool sound =
        is_many(ring) ? sluice__ring_cells_valid(s, ring) : sluice__ring_bytes_valid(s, ring);
    return sound && sluice__gate_valid(s, &ring->object.gate);
}
