#include "ring_bytes.h"

#define FRAME(length) sluice__ring_frame(length)
#define HEADER SLUICE__RING_HEADER

/* A single number needs no call. */
static void read_bytes(const struct sluice__ring_view *v, uint32_t at, void *bytes, uint32_t length)
{
    if (length == 4)
        port_give(bytes, sluice__ring_place(v, at), 4);
    else if (length == 8)
        port_give(bytes, sluice__ring_place(v, at), 8);
    else
        port_give(bytes, sluice__ring_place(v, at), length);
}

/* The receiver's look at how far was sent: 0, -EAGAIN where that is no further than `head`, -EUCLEAN. */
static int look_for_more(struct sluice *s, struct sluice_ring *ring,
                         const struct sluice__ring_view *v, uint32_t head, uint32_t *tail)
{
    *tail = (uint32_t)load64_seq(&ring->senders.at); /* [RNG1-R] [EV1-S] look */
    if (*tail - head > v->capacity || ((*tail | head) & 3) != 0)
        return sluice__object_damaged(s, &ring->object);
    sluice__put(s, &ring->receivers.seen, *tail);
    return *tail == head ? -SLUICE_EAGAIN : 0;
}

/* The oldest record; `head` is the receiver's counter. 0, -EAGAIN or -EUCLEAN. */
static int oldest(struct sluice *s, struct sluice_ring *ring, const struct sluice__ring_view *v,
                  uint32_t head, struct sluice__ring_record *record)
{
    uint32_t tail = load_relaxed(&ring->receivers.seen);
    bool none = tail - head - 1 >= v->capacity; /* or that look was a late one's, behind head */
    int n = none ? look_for_more(s, ring, v, head, &tail) : 0;
    if (n != 0)
        return n;
    return sluice__ring_read_header(v, head, tail, record)
               ? 0
               : sluice__object_damaged(s, &ring->object);
}

int sluice__ring_bytes_receive(struct sluice *s, struct sluice_ring *ring, void *bytes,
                               uint32_t room)
{
    struct sluice_ring_side *side = &ring->receivers;
    struct sluice__ring_record record;
    struct sluice__ring_view v;
    if (!sluice__ring_look(s, ring, &v))
        return sluice__object_damaged(s, &ring->object);
    if (sluice__ring_is_claimed(side))
        return -SLUICE_EAGAIN;
    uint64_t taken = load64_relaxed(&side->at);
    int n = oldest(s, ring, &v, (uint32_t)taken, &record);
    if (n != 0)
        return n;
    if (record.length > room)
        return -SLUICE_EMSGSIZE;
    read_bytes(&v, record.at + HEADER, bytes, record.length);
    n = sluice__ring_publish(s, ring, side, taken, 1,
                             record.at + FRAME(record.length)); /* [RNG2-W] */
    return n < 0 ? n : (int)record.length;
}

/* Frames that lie in one piece are copied at once: lengths too, which a peer may change between the check and the copy. */
int sluice__ring_bytes_receive_many(struct sluice *s, struct sluice_ring *ring, uint32_t most,
                                    void *bytes, uint32_t room, uint32_t *used)
{
    struct sluice_ring_side *side = &ring->receivers;
    uint8_t *to = bytes;
    struct sluice__ring_record record;
    struct sluice__ring_view v;
    uint32_t tail, records = 0;
    if (!sluice__ring_look(s, ring, &v))
        return sluice__object_damaged(s, &ring->object);
    if (sluice__ring_is_claimed(side))
        return -SLUICE_EAGAIN;
    uint64_t taken = load64_relaxed(&side->at);
    uint32_t head = (uint32_t)taken, piece_at = head, piece = 0;
    int n = look_for_more(s, ring, &v, head, &tail);
    if (n != 0)
        return n;
    *used = 0;
    while (head != tail && records < most) {
        if (!sluice__ring_read_header(&v, head, tail, &record))
            return sluice__object_damaged(s, &ring->object);
        uint32_t frame = FRAME(record.length);
        if (frame > room - *used)
            break;
        if (sluice__ring_place(&v, record.at) == v.bytes) { /* the buffer starts anew */
            port_give(to + piece, sluice__ring_place(&v, piece_at), *used - piece);
            piece_at = record.at;
            piece = *used;
        }
        *used += frame;
        head = record.at + frame;
        records++;
    }
    if (records == 0)
        return -SLUICE_EMSGSIZE;
    port_give(to + piece, sluice__ring_place(&v, piece_at), *used - piece);
    n = sluice__ring_publish(s, ring, side, taken, records, head); /* [RNG2-W] */
    return n < 0 ? n : (int)records;
}

int sluice__ring_bytes_peek(struct sluice *s, struct sluice_ring *ring,
                            struct sluice__ring_room *room)
{
    struct sluice_ring_side *side = &ring->receivers;
    struct sluice__ring_record record;
    struct sluice__ring_view v;
    if (!sluice__ring_look(s, ring, &v))
        return sluice__object_damaged(s, &ring->object);
    if (sluice__ring_is_claimed(side))
        return -SLUICE_EAGAIN;
    int n = oldest(s, ring, &v, (uint32_t)load64_relaxed(&side->at), &record);
    if (n != 0)
        return n;
    *room = (struct sluice__ring_room){sluice__ring_place(&v, record.at + HEADER), record.length};
    return sluice__ring_new_claim(s, ring, side, record.length);
}

int sluice__ring_bytes_release(struct sluice *s, struct sluice_ring *ring, uint32_t claim)
{
    struct sluice_ring_side *side = &ring->receivers;
    uint64_t taken = load64_relaxed(&side->at);
    struct sluice__ring_record record;
    struct sluice__ring_view v;
    uint64_t open = sluice__ring_open_claim(side, claim);
    if (open == 0)
        return -SLUICE_EINVAL;
    if (!sluice__ring_look(s, ring, &v) || oldest(s, ring, &v, (uint32_t)taken, &record) != 0 ||
        record.length != (uint32_t)(open >> 32) || !sluice__ring_end_claim(side, open))
        return sluice__object_damaged(s, &ring->object);
    return sluice__ring_publish(s, ring, side, taken, 1,
                                record.at + FRAME(record.length)); /* [RNG2-W] */
}
