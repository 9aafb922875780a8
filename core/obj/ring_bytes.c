#include "ring_bytes.h"

int sluice__ring_damaged(struct sluice *s, struct sluice_ring *ring)
{
    store_relaxed(&ring->object.damaged, 1);
    sluice__ring_tell(s, ring, sluice__event_word(s, &ring->object.gate));
    return -SLUICE_EUCLEAN;
}

/* The record at `head`, which is not at `tail`: what lies there is read once, then checked. */
bool sluice__ring_read_header(const struct sluice__ring_view *v, uint32_t head, uint32_t tail,
                              struct sluice__ring_record *record)
{
    uint32_t left = tail - head, rest = sluice__ring_to_end(v, head);
    record->at = head;
    if (left > v->capacity || (head & 3) != 0)
        return false;
    record->length = sluice__ring_read_u32(v, head);
    if (record->length == SLUICE__RING_PAD) {
        if (left <= rest)
            return false;
        record->at = head + rest;
        record->length = sluice__ring_read_u32(v, record->at);
        left -= rest;
        rest = v->capacity;
    }
    return record->length <= v->longest && sluice__ring_frame(record->length) <= left &&
           sluice__ring_frame(record->length) <= rest;
}

/* The next number, never 0 and never above 2^31. */
int sluice__ring_new_claim(struct sluice_ring_side *side, uint32_t room)
{
    uint32_t number = (load_relaxed(&side->claims) + 1) & INT32_MAX;
    number += number == 0;
    store_relaxed(&side->claims, number);
    store_relaxed(&side->room, room);
    store_relaxed(&side->claim, number);
    return (int)number;
}

bool sluice__ring_bytes_valid(struct sluice *s, struct sluice_ring *ring)
{
    uint64_t sent = load64_acquire(&ring->senders.at), taken = load64_acquire(&ring->receivers.at);
    uint32_t head = (uint32_t)taken, tail = (uint32_t)sent, records = 0;
    struct sluice__ring_record record;
    struct sluice__ring_view v;
    bool sound = sluice__ring_look(s, ring, &v) && (tail & 3) == 0;
    for (; sound && head != tail; records++) {
        sound = sluice__ring_read_header(&v, head, tail, &record);
        head = record.at + sluice__ring_frame(record.length);
    }
    return sound && records == (uint32_t)(sent >> 32) - (uint32_t)(taken >> 32);
}
