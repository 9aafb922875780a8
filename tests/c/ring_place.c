/* A ring's side by its bytes, as TypeScript has it: what is put there by hand the core receives, and the reverse. One thread. */
#include "ring_world.h"

static struct sluice a, b;
static uint32_t of_a, of_b;
static struct sluice_ring *ring;
static const struct shape of_bytes = {64, 8, 0}, of_cells = {64, 8, 3};

static void begin(struct shape shape)
{
    void *base = new_region(BYTES, 3);
    join(&a, base, BYTES, 1);
    join(&b, base, BYTES, 2);
    soil(&a);
    of_a = open_ring(&a, "/r", shape);
    of_b = open_ring(&b, "/r", shape);
    ring = inside(&a, of_a);
}

static uint32_t word(uint32_t address)
{
    return *(uint32_t *)(a.base + address);
}

static struct sluice_ring_place place_of(struct sluice *s, uint32_t handle, uint32_t access)
{
    struct sluice_ring_place place;
    check(sluice_ring_place(s, handle, access, &place) == 0);
    check(word(place.party) == place.own_party && (word(place.claim) & 1) == 0);
    check(place.capacity_bytes == 64 && place.record_bytes == 8);
    check(place.bytes == (uint32_t)((uint8_t *)(ring + 1) - a.base));
    return place;
}

/* A record of four bytes, at the tail or behind it; nobody knows of it yet. */
static uint32_t put(const struct sluice_ring_place *place, const char *text)
{
    uint32_t tail = word(place->at), four = 4;
    memcpy(a.base + place->bytes + tail % 64, &four, 4);
    memcpy(a.base + place->bytes + tail % 64 + 4, text, 4);
    return tail;
}

static void by_hand(void)
{
    char text[8] = "";
    struct sluice_ring_place place;
    begin(of_bytes);
    check(sluice_ring_place(&a, of_a, SLUICE_WRITE, &place) == -SLUICE_EAGAIN);
    check(send(&a, of_a, "core", 4) == 0 && receive(&b, of_b, text, 4) == 4);
    struct sluice_ring_place sender = place_of(&a, of_a, SLUICE_WRITE);
    struct sluice_ring_place receiver = place_of(&b, of_b, SLUICE_READ);
    check(sender.peer == receiver.at && receiver.peer == sender.at &&
          sender.own_party != receiver.own_party);
    check(sluice_ring_place(&b, of_b, SLUICE_WRITE, &place) == -SLUICE_EAGAIN);

    struct sluice_request wait = moving(SLUICE_OP_RING_RECEIVE, of_b, text, 4);
    check(sluice_advance(&b, &wait) == -SLUICE_EAGAIN);
    uint32_t tail = put(&sender, "hand");
    check(sluice_ring_publish(&a, of_a, SLUICE_WRITE, tail, tail + 8) == 0);
    check(sluice_ready(&b) == wait.waiter && sluice_advance(&b, &wait) == 4);
    check(memcmp(text, "hand", 4) == 0 && word(sender.peer) == tail + 8);

    check(send(&a, of_a, "back", 4) == 0 && records(&b, of_b) == 1);
    uint32_t head = word(receiver.at);
    check(memcmp(a.base + receiver.bytes + head % 64 + 4, "back", 4) == 0);
    check(sluice_ring_publish(&b, of_b, SLUICE_READ, head, head + 8) == 0);
    check(records(&b, of_b) == 0 && sluice__ring_valid(&a, ring));
    finish(&a, "ring place: what is put by hand is received, and the reverse");
}

static int publish(uint32_t was, uint32_t now)
{
    return sluice_ring_publish(&a, of_a, SLUICE_WRITE, was, now);
}

static void refused(void)
{
    struct sluice_ring_place place;
    uint8_t *room;
    begin(of_bytes);
    check(publish(0, 8) == -SLUICE_EINVAL); /* nobody's side */
    check(sluice_ring_place(&a, of_a + 1, SLUICE_WRITE, &place) == -SLUICE_EBADF);
    check(sluice_ring_publish(&a, of_a + 1, SLUICE_WRITE, 0, 8) == -SLUICE_EBADF);
    check(send(&a, of_a, "core", 4) == 0);
    check(sluice_ring_publish(&b, of_b, SLUICE_WRITE, 8, 16) == -SLUICE_EINVAL);
    check(sluice_ring_publish(&a, of_a, SLUICE_READ, 0, 8) == -SLUICE_EINVAL);
    uint64_t at = load64_relaxed(&ring->senders.at);
    uint32_t tail = (uint32_t)at;
    check(publish(tail, tail) == -SLUICE_EINVAL && publish(tail, tail + 6) == -SLUICE_EINVAL);
    check(publish(tail, tail + 36) == -SLUICE_EINVAL && publish(tail, tail - 8) == -SLUICE_EINVAL);
    int n = claim(&a, of_a, 4, &room);
    check(n > 0 && publish(tail, tail + 8) == -SLUICE_EINVAL && abort_claim(&a, of_a, n) == 0);
    check(load64_relaxed(&ring->senders.at) == at && load_relaxed(&ring->object.damaged) == 0);
    finish(&a, "ring place: what cannot be is refused, and has changed nothing");
}

static void cells(void)
{
    struct sluice_ring_place place;
    begin(of_cells);
    check(send(&a, of_a, "core", 4) == 0 && publish(0, 8) == -SLUICE_EINVAL);
    check(sluice_ring_place(&a, of_a, SLUICE_WRITE, &place) == -SLUICE_ENOTSUP);
    finish(&a, "ring place: a ring of cells has none");
}

static void damaged(void)
{
    struct sluice_ring_place place;
    begin(of_bytes);
    check(send(&a, of_a, "core", 4) == 0);
    place = place_of(&a, of_a, SLUICE_WRITE);
    uint32_t tail = word(place.at);
    check(publish(tail + 8, tail + 16) == -SLUICE_EUCLEAN); /* somebody else has moved it */
    check(publish(tail, tail + 8) == -SLUICE_EUCLEAN && word(place.at) == tail);
    check(sluice_ring_place(&a, of_a, SLUICE_WRITE, &place) == -SLUICE_EUCLEAN);
    finish(&a, "ring place: a side that is not where its owner left it is damaged");
}

static void dead(void)
{
    struct sluice_ring_place place;
    begin(of_bytes);
    check(send(&a, of_a, "core", 4) == 0 && sluice_died(&b, 1) == 1);
    uint64_t at = load64_relaxed(&ring->senders.at);
    check(sluice_ring_place(&a, of_a, SLUICE_WRITE, &place) == -SLUICE_ESRCH);
    check(publish((uint32_t)at, (uint32_t)at + 8) == -SLUICE_ESRCH);
    check(load64_relaxed(&ring->senders.at) == at && load_relaxed(&ring->object.damaged) == 0);
    check(sluice_settle(&b) == 0 && send(&b, of_b, "next", 4) == 0 && records(&b, of_b) == 2);
    finish(&b, "ring place: one pronounced dead publishes nothing");
}

int main(void)
{
    by_hand();
    refused();
    cells();
    damaged();
    dead();
    return 0;
}
