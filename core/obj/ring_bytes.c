#include "ring_bytes.h"

int sluice__ring_publish(struct sluice *s, struct sluice_ring *ring, struct sluice_ring_side *side,
                         uint64_t was, uint32_t records, uint32_t at)
{
    uint64_t now = ((was >> 32) + records) << 32 | at;
    if (!sluice__alive(s) || !cas64_seq(&side->at, was, now)) /* [EV1-P] */
        return sluice__object_damaged(s, &ring->object);
    uint64_t word = load64_seq(&ring->object.gate.word);
    if (word & SLUICE__ALL_WAITS)
        sluice__ring_tell(s, ring, word);
    return 0;
}

/* The record at `head`, which is behind `tail` by no more than the capacity: what lies there is read once, then checked. */
bool sluice__ring_read_header(const struct sluice__ring_view *v, uint32_t head, uint32_t tail,
                              struct sluice__ring_record *record)
{
    uint32_t left = tail - head, rest = sluice__ring_to_end(v, head);
    record->at = head;
    if ((head & 3) != 0)
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

/* One that is late has opened it for nobody, written where the next one writes, or met his claim. */
int sluice__ring_new_claim(struct sluice *s, struct sluice_ring *ring,
                           struct sluice_ring_side *side, uint32_t room)
{
    uint64_t was = load64_relaxed(&side->claim);
    uint32_t number = (((uint32_t)was >> 1) + 1) & INT32_MAX;
    number += number == 0;
    uint64_t now = (uint64_t)room << 32 | (uint64_t)number << 1 | 1;
    if (!sluice__alive(s))
        return -SLUICE_ESRCH;
    if (sluice__ring_claimed(was) || !cas64_acqrel(&side->claim, was, now))
        return sluice__object_damaged(s, &ring->object);
    if (sluice__alive(s))
        return (int)number;
    sluice__ring_end_claim(side, now);
    return sluice__object_damaged(s, &ring->object);
}

/* Somebody fills or reads a record there: who sends or receives has to wait for that. [EV1-S] look */
static bool in_use(struct sluice_ring_side *side)
{
    return load64_seq(&side->holder) != 0 && sluice__ring_claimed(load64_seq(&side->claim));
}

/* Where the counters are at one moment; false where they would not stand still: who moves them tells. [EV1-S] look */
static bool look_at_both(struct sluice *s, struct sluice_ring *ring, uint32_t *head, uint32_t *tail)
{
    uint64_t was, now = load64_seq(&ring->receivers.at); /* [RNG2-R] */
    uint32_t left = s->lock_tries;
    do {
        was = now;
        *tail = (uint32_t)load64_seq(&ring->senders.at); /* [RNG1-R] */
        now = load64_seq(&ring->receivers.at);
    } while (now != was && left-- > 0);
    *head = (uint32_t)now;
    return now == was;
}

/* To put, the place of the longest record has to be free, at the tail or behind the padding. */
int sluice__ring_bytes_ready(struct sluice *s, struct sluice_ring *ring, bool reads)
{
    uint32_t head, tail;
    struct sluice__ring_view v;
    if (!sluice__ring_look(s, ring, &v))
        return sluice__object_damaged(s, &ring->object);
    if (in_use(reads ? &ring->receivers : &ring->senders) || !look_at_both(s, ring, &head, &tail))
        return -SLUICE_EAGAIN;
    if (tail - head > v.capacity)
        return sluice__object_damaged(s, &ring->object);
    uint32_t frame = sluice__ring_frame(v.longest), rest = sluice__ring_to_end(&v, tail);
    uint32_t end = tail + (frame <= rest ? 0 : rest) + frame;
    bool ready = reads ? tail != head : end - head <= v.capacity;
    return ready ? 0 : -SLUICE_EAGAIN;
}

bool sluice__ring_bytes_valid(struct sluice *s, struct sluice_ring *ring)
{
    uint64_t sent = load64_acquire(&ring->senders.at), taken = load64_acquire(&ring->receivers.at);
    uint32_t head = (uint32_t)taken, tail = (uint32_t)sent, records = 0;
    struct sluice__ring_record record;
    struct sluice__ring_view v;
    bool sound = sluice__ring_look(s, ring, &v) && (tail & 3) == 0 && tail - head <= v.capacity;
    for (; sound && head != tail; records++) {
        sound = sluice__ring_read_header(&v, head, tail, &record);
        head = record.at + sluice__ring_frame(record.length);
    }
    return sound && records == (uint32_t)(sent >> 32) - (uint32_t)(taken >> 32);
}
