#include "ring_bytes.h"

static struct sluice_ring_side *side_of(struct sluice_ring *ring, bool sends)
{
    return sends ? &ring->senders : &ring->receivers;
}

static bool is_its(struct sluice_ring *ring, struct sluice_ring_side *side, uint32_t party)
{
    return load_relaxed(&ring->many) == 0 && party != 0 &&
           load64_relaxed(&side->holder) >> 32 == party;
}

int sluice__ring_tell_place(struct sluice *s, struct sluice_ring *ring, uint32_t party, bool sends,
                            struct sluice_ring_place *place)
{
    struct sluice_ring_side *side = side_of(ring, sends);
    struct sluice__ring_view v;
    if (load_relaxed(&ring->many) != 0)
        return -SLUICE_ENOTSUP;
    if (!sluice__ring_look(s, ring, &v))
        return sluice__object_damaged(s, &ring->object);
    if (!is_its(ring, side, party))
        return -SLUICE_EAGAIN;
    *place = (struct sluice_ring_place){
        .at = port_address(s->base, &side->at),
        .peer = port_address(s->base, &side_of(ring, !sends)->at),
        .seen = port_address(s->base, &side->seen),
        .party = port_address(s->base, &side->holder) + 4,
        .claim = port_address(s->base, &side->claim),
        .bytes = port_address(s->base, v.bytes),
        .capacity_bytes = v.capacity,
        .record_bytes = v.longest,
        .own_party = party,
    };
    return 0;
}

int sluice__ring_move(struct sluice *s, struct sluice_ring *ring, uint32_t party, bool sends,
                      uint32_t was, uint32_t now)
{
    struct sluice_ring_side *side = side_of(ring, sends);
    uint32_t frame = now - was;
    if (!is_its(ring, side, party) || sluice__ring_is_claimed(side) || (frame & 3) != 0 ||
        frame == 0 || frame > load_relaxed(&ring->capacity_bytes) / 2)
        return -SLUICE_EINVAL;
    uint64_t at = load64_relaxed(&side->at);
    if ((uint32_t)at != was || load_relaxed(&ring->object.damaged) != 0)
        return sluice__object_damaged(s, &ring->object);
    return sluice__ring_publish(s, ring, side, at, 1, now); /* [RNG1-W] [RNG2-W] */
}
