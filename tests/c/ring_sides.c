/* Whose a ring's side is, when one pronounced dead goes on; claims that are closed, however many. One thread. */
#include "ring_world.h"

static struct sluice a, b, heir;
static uint32_t of_b;
static struct sluice_ring *ring;

/* A, whose slot is the first, and B have it open. */
static uint32_t begin(struct shape shape)
{
    void *base = new_region(BYTES, 3);
    join(&a, base, BYTES, 1);
    join(&b, base, BYTES, 2);
    soil(&b);
    uint32_t of_a = open_ring(&a, "/r", shape);
    of_b = open_ring(&b, "/r", shape);
    ring = inside(&b, of_b);
    return of_a;
}

static const struct shape of_bytes = {64, 8, 0};

/* Below the gate, where whoever was pronounced dead may still be. */
static int send_late(uint32_t party)
{
    return sluice__ring_send(&a, ring, party, "late", 4);
}

static void takes_no_free_side(void)
{
    begin(of_bytes);
    check(sluice_died(&b, 1) == 1 && sluice_settle(&b) == 0);
    check(send_late(99) == -SLUICE_ESRCH && load64_relaxed(&ring->senders.holder) == 0);
    check(sluice__ring_receive(&a, ring, 99, NULL, 0) == -SLUICE_ESRCH);
    check(send(&b, of_b, "b", 1) == 0 && records(&b, of_b) == 1);
    finish(&b, "ring sides: one pronounced dead takes none that is free");
}

/* His slot is another's by now, who is not he. */
static void is_not_his_heir(void)
{
    uint8_t *place;
    begin(of_bytes);
    check(sluice_died(&b, 1) == 1 && sluice_settle(&b) == 0);
    join(&heir, a.base, BYTES, 3);
    check(heir.slot == a.slot);
    uint32_t h = open_ring(&heir, "/r", of_bytes);
    check(send(&heir, h, "heir", 4) == 0);
    uint64_t holder = load64_relaxed(&ring->senders.holder);
    check(send_late(99) == -SLUICE_EBUSY && load64_relaxed(&ring->senders.holder) == holder);
    int n = claim(&heir, h, 4, &place);
    check(n > 0 && send_late(99) == -SLUICE_EBUSY && commit(&heir, h, n, 4) == 0);
    check(records(&b, of_b) == 2);
    finish(&b, "ring sides: ... nor that of who has his slot since");
}

/* What he would publish where he has the side is not seen; it may lie over another's: nobody uses the ring any more. */
static void publishes_nothing(void)
{
    uint8_t byte[8];
    uint32_t of_a = begin(of_bytes);
    check(send(&a, of_a, "a", 1) == 0 && receive(&b, of_b, byte, 1) == 1);
    struct sluice_request wait = moving(SLUICE_OP_RING_RECEIVE, of_b, byte, sizeof(byte));
    check(sluice_advance(&b, &wait) == -SLUICE_EAGAIN && sluice_died(&b, 1) == 1);
    uint64_t at = load64_relaxed(&ring->senders.at);
    struct sluice_handle *handle = sluice__handle_find(&a, of_a);
    send_late(load_relaxed(&handle->seen));
    check(load64_relaxed(&ring->senders.at) == at);
    check(sluice_settle(&b) == 0 && sluice_ready(&b) == wait.waiter);
    check(sluice_advance(&b, &wait) == -SLUICE_EUCLEAN);
    finish(&b, "ring sides: ... and what he publishes late is not seen");
}

/* A claim that was opened late in a side that was free by then. */
static void left_open(void)
{
    uint8_t byte;
    begin(of_bytes);
    store64_relaxed(&ring->senders.claim, 7 << 1 | 1);
    store64_relaxed(&ring->receivers.claim, 7 << 1 | 1);
    check(send(&b, of_b, "b", 1) == 0 && receive(&b, of_b, &byte, 1) == 1 && byte == 'b');
    finish(&b, "ring sides: a claim in a side that nobody has is none");
}

/* Who has been there as often as half a number counts is somebody, too. */
static void incarnations(void)
{
    void *base = new_region(BYTES, 3);
    uint8_t *place;
    join(&a, base, BYTES, 1);
    leave(&a);
    store64_relaxed(&a.me->life, (uint64_t)UINT16_MAX << 32 | SLUICE_LIFE_FREE);
    join(&a, base, BYTES, 1);
    check(a.slot == 0 && a.incarnation == UINT16_MAX + 1);
    uint32_t h = open_ring(&a, "/r", of_bytes);
    check(claim(&a, h, 1, &place) > 0 && simply(&a, SLUICE_OP_CLOSE, h) == 0);
    h = open_ring(&a, "/r", of_bytes);
    check(send(&a, h, "a", 1) == 0);
    finish(&a, "ring sides: the first agent, 65,536 times attached, has a side of its own");
}

/* Each handle is a party of its own, from the first. */
static void parties(void)
{
    uint32_t h[8], number[8];
    begin(of_bytes);
    for (int i = 0; i < 8; i++) {
        h[i] = open_ring(&b, "/r", of_bytes);
        struct sluice_handle *handle = sluice__handle_find(&b, h[i]);
        number[i] = sluice__ring_party(&b, ring, handle);
        check(number[i] != 0 && sluice__ring_party(&b, ring, handle) == number[i]);
        for (int j = 0; j < i; j++)
            check(number[j] != number[i]);
    }
    store_relaxed(&ring->parties, UINT32_MAX); /* as many have been */
    check(sluice__ring_party(&b, ring, sluice__handle_find(&b, of_b)) != 0);
    finish(&b, "ring sides: parties have numbers of their own, never 0");
}

/* Of a party that has one only; also where it is the first cell. */
static void one_claim(void)
{
    uint8_t *place, byte = 1;
    uint32_t length, of_a = begin((struct shape){2, 1, 3});
    check(claim(&a, of_a, 1, &place) > 0 && send(&b, of_b, &byte, 1) == 0);
    check(simply(&a, SLUICE_OP_CLOSE, of_a) == 0 && send(&b, of_b, &byte, 1) == 0);
    of_a = open_ring(&a, "/r", (struct shape){2, 1, 3});
    check(peek(&a, of_a, &place, &length) > 0 && simply(&a, SLUICE_OP_CLOSE, of_a) == 0);
    check(receive(&b, of_b, &byte, 1) == 1 && receive(&b, of_b, &byte, 1) == 1);
    finish(&b, "ring sides: a claim goes with its handle");
}

/* More than one critical section's journal has room for; records are there again, in their order. */
static void many_claims(void)
{
    enum { MANY = 100 };
    uint8_t *place, byte;
    uint32_t length, of_a = begin((struct shape){2 * MANY, 1, 3});
    for (uint8_t i = 0; i < MANY; i++)
        check(send(&b, of_b, &i, 1) == 0);
    for (int i = 0; i < MANY; i++)
        check(claim(&a, of_a, 1, &place) > 0 && peek(&a, of_a, &place, &length) > 0);
    check(send(&b, of_b, "x", 1) == -SLUICE_EAGAIN);
    check(receive(&b, of_b, &byte, 1) == -SLUICE_EAGAIN);
    check(simply(&a, SLUICE_OP_CLOSE, of_a) == 0 && sluice__ring_valid(&b, ring));
    for (uint8_t i = 0; i < MANY; i++)
        check(send(&b, of_b, &i, 1) == 0);
    check(send(&b, of_b, "x", 1) == -SLUICE_EAGAIN && records(&b, of_b) == 2 * MANY);
    for (int i = 0; i < 2 * MANY; i++)
        check(receive(&b, of_b, &byte, 1) == 1 && byte == i % MANY);
    finish(&b, "ring sides: two hundred claims are closed");
}

int main(void)
{
    takes_no_free_side();
    is_not_his_heir();
    publishes_nothing();
    left_open();
    incarnations();
    parties();
    one_claim();
    many_claims();
    return 0;
}
