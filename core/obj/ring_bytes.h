/*
 * A ring of bytes between one sender and one receiver, after Lamport's (Proving the correctness of
 * multiprocess programs, 1977), with each side's copy of the other's counter.
 *
 *   frame: u32 length | bytes | padding to 4       a record lies in one piece;
 *   where it would wrap: u32 PAD | whatever        to the buffer's end, published with the record behind it
 *
 * Counters run freely and wrap at 2^32; frames start at multiples of 4, so a header always fits before the end.
 *
 * ring_bytes.c is what both sides share, ring_bytes_send.c and ring_bytes_receive.c are the sides.
 */
#ifndef SLUICE_OBJ_RING_BYTES_H
#define SLUICE_OBJ_RING_BYTES_H

#include "ring.h"

#include "../prim/event.h"

#define SLUICE__RING_HEADER 4u
#define SLUICE__RING_PAD 0xffffffffu

/* Bytes that a record takes; `length` is below 2^30. */
static inline uint32_t sluice__ring_frame(uint32_t length)
{
    return (length + SLUICE__RING_HEADER + 3) & ~3u;
}

/* Geometry, read once and checked. */
struct sluice__ring_view {
    uint8_t *bytes;
    uint32_t capacity;
    uint32_t longest; /* record */
};

static inline bool sluice__ring_look(struct sluice *s, struct sluice_ring *ring,
                                     struct sluice__ring_view *v)
{
    v->bytes = (uint8_t *)(ring + 1);
    v->capacity = load_relaxed(&ring->capacity_bytes);
    v->longest = load_relaxed(&ring->record_bytes);
    return load_relaxed(&ring->object.damaged) == 0 && v->capacity >= SLUICE_LINE &&
           (v->capacity & (v->capacity - 1)) == 0 &&
           v->longest <= v->capacity / 2 - SLUICE__RING_HEADER &&
           sluice__inside(s, sluice__offset(s, v->bytes), v->capacity);
}

static inline uint8_t *sluice__ring_place(const struct sluice__ring_view *v, uint32_t at)
{
    return v->bytes + (at & (v->capacity - 1));
}

/* Bytes from there to the buffer's end. */
static inline uint32_t sluice__ring_to_end(const struct sluice__ring_view *v, uint32_t at)
{
    return v->capacity - (at & (v->capacity - 1));
}

static inline uint32_t sluice__ring_read_u32(const struct sluice__ring_view *v, uint32_t at)
{
    uint32_t value;
    port_copy_out(&value, sluice__ring_place(v, at), sizeof(value));
    return value;
}

/* Marks the next of whoever waits, either side. */
static inline void sluice__ring_tell(struct sluice *s, struct sluice_ring *ring, uint64_t word)
{
    sluice__event_notify(s, &ring->object.gate, SLUICE__RING_READABLE, word);
    sluice__event_notify(s, &ring->object.gate, SLUICE__RING_WRITABLE, word);
}

/*
 * All of it at once, then a look for sleepers: 0. Whoever leaves something tells the next of his own side: notes merge. -EUCLEAN where
 * the side is another's by now: a proof of this one's death was false, and what each has written may lie over the other's.
 */
int sluice__ring_publish(struct sluice *s, struct sluice_ring *ring, struct sluice_ring_side *side,
                         uint64_t was, uint32_t records, uint32_t at);

/* A record and where its frame starts. */
struct sluice__ring_record {
    uint32_t at;
    uint32_t length;
};

/* The record at `head`, which is not at `tail` nor more than the capacity behind it; false where that is no frame. */
bool sluice__ring_read_header(const struct sluice__ring_view *v, uint32_t head, uint32_t tail,
                              struct sluice__ring_record *record);

/* Opens this side's claim: its number, never 0 and below 2^31; -EUCLEAN where the side is another's by now. */
int sluice__ring_new_claim(struct sluice *s, struct sluice_ring *ring,
                           struct sluice_ring_side *side, uint32_t room);

static inline bool sluice__ring_claimed(uint64_t claim)
{
    return (claim & 1) != 0;
}

static inline bool sluice__ring_is_claimed(struct sluice_ring_side *side)
{
    return sluice__ring_claimed(load64_relaxed(&side->claim));
}

/* The word of this side's open claim of that number; 0: there is none. */
static inline uint64_t sluice__ring_open_claim(struct sluice_ring_side *side, uint32_t number)
{
    uint64_t claim = load64_relaxed(&side->claim);
    bool its = number != 0 && number <= INT32_MAX && (uint32_t)claim == (number << 1 | 1);
    return its ? claim : 0;
}

/* False where it is not open any more. */
static inline bool sluice__ring_end_claim(struct sluice_ring_side *side, uint64_t claim)
{
    return cas64_seq(&side->claim, claim, claim & ~(uint64_t)1); /* [EV1-P] */
}

/* The requests; the side belongs to the caller. Results as in ring.h. */
int sluice__ring_bytes_send(struct sluice *s, struct sluice_ring *ring, const void *bytes,
                            uint32_t length);
int sluice__ring_bytes_send_many(struct sluice *s, struct sluice_ring *ring, const void *frames,
                                 uint32_t length);
int sluice__ring_bytes_receive(struct sluice *s, struct sluice_ring *ring, void *bytes,
                               uint32_t room);
int sluice__ring_bytes_receive_many(struct sluice *s, struct sluice_ring *ring, uint32_t most,
                                    void *bytes, uint32_t room, uint32_t *used);
int sluice__ring_bytes_claim(struct sluice *s, struct sluice_ring *ring, uint32_t length,
                             struct sluice__ring_room *room);
int sluice__ring_bytes_commit(struct sluice *s, struct sluice_ring *ring, uint32_t claim,
                              uint32_t length);
int sluice__ring_bytes_abort(struct sluice *s, struct sluice_ring *ring, uint32_t claim);
int sluice__ring_bytes_peek(struct sluice *s, struct sluice_ring *ring,
                            struct sluice__ring_room *room);
int sluice__ring_bytes_release(struct sluice *s, struct sluice_ring *ring, uint32_t claim);
int sluice__ring_bytes_ready(struct sluice *s, struct sluice_ring *ring, bool reads);
bool sluice__ring_bytes_valid(struct sluice *s, struct sluice_ring *ring);

#endif
