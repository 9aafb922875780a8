#include "ring_bytes.h"

#define FRAME(length) sluice__ring_frame(length)
#define HEADER SLUICE__RING_HEADER

static void write_u32(struct sluice *s, const struct sluice__ring_view *v, uint32_t at,
                      uint32_t value)
{
    if (sluice__alive(s))
        port_copy_in(sluice__ring_place(v, at), &value, sizeof(value));
}

/* A single number needs no call. */
static void write_bytes(struct sluice *s, const struct sluice__ring_view *v, uint32_t at,
                        const void *bytes, uint32_t length)
{
    if (length == 4)
        sluice__put_bytes(s, sluice__ring_place(v, at), bytes, 4);
    else if (length == 8)
        sluice__put_bytes(s, sluice__ring_place(v, at), bytes, 8);
    else
        sluice__put_bytes(s, sluice__ring_place(v, at), bytes, length);
}

/*
 * Where a record goes that is sent at `tail`: 0 and its frame's place, -EAGAIN or -EUCLEAN.
 * Looks at the receiver's counter only where the last look does not do.
 */
static int find_room(struct sluice *s, struct sluice_ring *ring, const struct sluice__ring_view *v,
                     uint32_t tail, uint32_t length, uint32_t *at)
{
    struct sluice_ring_side *side = &ring->senders;
    uint32_t frame = FRAME(length), rest = sluice__ring_to_end(v, tail);
    *at = frame <= rest ? tail : tail + rest;
    uint32_t end = *at + frame;
    if (tail & 3)
        return sluice__object_damaged(s, &ring->object);
    if (end - load_relaxed(&side->seen) <= v->capacity)
        return 0;
    uint32_t head = (uint32_t)load64_seq(&ring->receivers.at); /* [RNG2-R] [EV1-S] look */
    if (tail - head > v->capacity || (head & 3) != 0)
        return sluice__object_damaged(s, &ring->object);
    sluice__put(s, &side->seen, head);
    return end - head <= v->capacity ? 0 : -SLUICE_EAGAIN;
}

/* The record's header, and the padding in front of it. */
static void write_header(struct sluice *s, const struct sluice__ring_view *v, uint32_t tail,
                         uint32_t at, uint32_t length)
{
    if (at != tail)
        write_u32(s, v, tail, SLUICE__RING_PAD);
    write_u32(s, v, at, length);
}

int sluice__ring_bytes_send(struct sluice *s, struct sluice_ring *ring, const void *bytes,
                            uint32_t length)
{
    struct sluice_ring_side *side = &ring->senders;
    struct sluice__ring_view v;
    uint32_t at;
    if (!sluice__ring_look(s, ring, &v))
        return sluice__object_damaged(s, &ring->object);
    if (length > v.longest)
        return -SLUICE_EMSGSIZE;
    if (sluice__ring_is_claimed(side))
        return -SLUICE_EAGAIN;
    uint64_t sent = load64_relaxed(&side->at);
    int n = find_room(s, ring, &v, (uint32_t)sent, length, &at);
    if (n != 0)
        return n;
    write_header(s, &v, (uint32_t)sent, at, length);
    write_bytes(s, &v, at + HEADER, bytes, length);
    return sluice__ring_publish(s, ring, side, sent, 1, at + FRAME(length)); /* [RNG1-W] */
}

/* What of a batch has gone, and where the next of it goes. */
struct batch {
    const uint8_t *from;
    uint32_t length, done;
    uint32_t tail;
    int records;
};

/* The length of the next record, which lies in the caller's own memory; -EINVAL or -EMSGSIZE where it is refused. */
static int next_length(const struct sluice__ring_view *v, const struct batch *b)
{
    uint32_t left = b->length - b->done, length;
    if (left < HEADER)
        return -SLUICE_EINVAL;
    port_take(&length, b->from + b->done, HEADER);
    if (length > left - HEADER)
        return -SLUICE_EINVAL;
    return length <= v->longest ? (int)length : -SLUICE_EMSGSIZE;
}

/* Counts the whole frames of a piece where they lie, in room that is not published yet; from `tail` on, which they move. */
static void count_frames(const struct sluice__ring_view *v, struct batch *b, uint32_t piece)
{
    uint32_t whole = 0;
    while (whole + HEADER <= piece) {
        uint32_t length = sluice__ring_read_u32(v, b->tail + whole);
        if (length > v->longest || length > piece - whole - HEADER)
            break;
        whole += FRAME(length);
        b->records++;
    }
    b->tail += whole;
    b->done += whole < b->length - b->done ? whole : b->length - b->done;
}

/* A batch has the ring's own layout: as much as there is room for in one piece is copied at once. 0, -EAGAIN or refused. */
static int send_piece(struct sluice *s, struct sluice_ring *ring, const struct sluice__ring_view *v,
                      struct batch *b)
{
    uint32_t at, left = b->length - b->done;
    int was = b->records, length = next_length(v, b);
    int n = length < 0 ? length : find_room(s, ring, v, b->tail, (uint32_t)length, &at);
    if (n != 0)
        return n;
    if (at != b->tail)
        write_u32(s, v, b->tail, SLUICE__RING_PAD);
    uint32_t room = v->capacity - (at - load_relaxed(&ring->senders.seen));
    uint32_t rest = sluice__ring_to_end(v, at);
    uint32_t piece = room < rest ? room : rest;
    piece = piece < left ? piece : left;
    sluice__put_bytes(s, sluice__ring_place(v, at), b->from + b->done, piece);
    b->tail = at;
    count_frames(v, b, piece);
    return b->records > was ? 0
                            : sluice__object_damaged(s, &ring->object); /* somebody writes here */
}

int sluice__ring_bytes_send_many(struct sluice *s, struct sluice_ring *ring, const void *frames,
                                 uint32_t length)
{
    struct sluice_ring_side *side = &ring->senders;
    struct sluice__ring_view v;
    if (!sluice__ring_look(s, ring, &v))
        return sluice__object_damaged(s, &ring->object);
    if (sluice__ring_is_claimed(side))
        return -SLUICE_EAGAIN;
    uint64_t sent = load64_relaxed(&side->at);
    struct batch b = {.from = frames, .length = length, .tail = (uint32_t)sent};
    int n = length == 0 ? -SLUICE_EINVAL : 0; /* where it has no frame */
    while (n == 0 && b.done < length)
        n = send_piece(s, ring, &v, &b);
    if (n != 0 && (n != -SLUICE_EAGAIN || b.records == 0))
        return n;
    n = sluice__ring_publish(s, ring, side, sent, (uint32_t)b.records, b.tail); /* [RNG1-W] */
    return n < 0 ? n : b.records;
}

int sluice__ring_bytes_claim(struct sluice *s, struct sluice_ring *ring, uint32_t length,
                             struct sluice__ring_room *room)
{
    struct sluice_ring_side *side = &ring->senders;
    struct sluice__ring_view v;
    uint32_t at;
    if (!sluice__ring_look(s, ring, &v))
        return sluice__object_damaged(s, &ring->object);
    if (length > v.longest)
        return -SLUICE_EMSGSIZE;
    if (sluice__ring_is_claimed(side))
        return -SLUICE_EAGAIN;
    int n = find_room(s, ring, &v, (uint32_t)load64_relaxed(&side->at), length, &at);
    if (n != 0)
        return n;
    *room = (struct sluice__ring_room){sluice__ring_place(&v, at + HEADER), length};
    return sluice__ring_new_claim(s, ring, side, length);
}

int sluice__ring_bytes_commit(struct sluice *s, struct sluice_ring *ring, uint32_t claim,
                              uint32_t length)
{
    struct sluice_ring_side *side = &ring->senders;
    uint64_t open = sluice__ring_open_claim(side, claim);
    uint32_t room = (uint32_t)(open >> 32), at;
    struct sluice__ring_view v;
    if (open == 0 || length > room)
        return -SLUICE_EINVAL;
    uint64_t sent = load64_relaxed(&side->at);
    uint32_t tail = (uint32_t)sent;
    if (!sluice__ring_look(s, ring, &v) || room > v.longest ||
        find_room(s, ring, &v, tail, room, &at) != 0)
        return sluice__object_damaged(s, &ring->object);
    write_header(s, &v, tail, at, length);
    if (!sluice__ring_end_claim(side, open))
        return sluice__object_damaged(s, &ring->object);
    return sluice__ring_publish(s, ring, side, sent, 1, at + FRAME(length)); /* [RNG1-W] */
}

int sluice__ring_bytes_abort(struct sluice *s, struct sluice_ring *ring, uint32_t claim)
{
    uint64_t open = sluice__ring_open_claim(&ring->senders, claim);
    if (open == 0)
        return -SLUICE_EINVAL;
    if (!sluice__ring_end_claim(&ring->senders, open))
        return sluice__object_damaged(s, &ring->object);
    struct sluice_gate *gate = &ring->object.gate; /* whoever waits for its end */
    sluice__event_notify(s, gate, SLUICE__RING_WRITABLE, load64_seq(&gate->word));
    return 0;
}
