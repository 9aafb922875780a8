/* Deaths of rings: records, batches, claims, closing, of bytes and of cells. */
#include "deaths_ring.h"

/* --- operations ------------------------------------------------------------------ */

static void create(void)
{
    go(opening("/r"));
}

static void create_cells(void)
{
    many = 3;
    go(opening("/r"));
    many = 0;
}

static void send(void)
{
    go(moving(VICTIM, SLUICE_OP_RING_SEND, first + count));
}

static void send_many(void)
{
    go(batch(SLUICE_OP_RING_SEND_MANY, first + count));
}

static void receive(void)
{
    go(moving(VICTIM, SLUICE_OP_RING_RECEIVE, 0));
}

static void receive_many(void)
{
    go(batch(SLUICE_OP_RING_RECEIVE_MANY, 0));
}

static void claim(void)
{
    struct sluice_request r = request(SLUICE_OP_RING_CLAIM, world.handle[VICTIM], NULL);
    r.args[0] = 8;
    go(r);
}

static void commit(void)
{
    go(ending(SLUICE_OP_RING_COMMIT, claims[0]));
}

static void abort_claim(void)
{
    go(ending(SLUICE_OP_RING_ABORT, claims[0]));
}

static void abort_second(void)
{
    go(ending(SLUICE_OP_RING_ABORT, claims[1]));
}

static void peek(void)
{
    go(request(SLUICE_OP_RING_PEEK, world.handle[VICTIM], NULL));
}

static void release(void)
{
    go(ending(SLUICE_OP_RING_RELEASE, claims[0]));
}

static void give_up(void)
{
    sluice_cancel(victim(), &world.wait[VICTIM]);
}

static void look_at_attributes(void)
{
    ask(VICTIM, SLUICE_OP_RING_ATTRIBUTES, world.handle[VICTIM], NULL, 0, 0);
}

static void close_ring(void)
{
    ask(VICTIM, SLUICE_OP_CLOSE, world.handle[VICTIM], NULL, 0, 0);
}

static void other_looks(void)
{
    opened(0);
    looks(OTHER, SLUICE_READ);
}

static void cells_other_looks(void)
{
    opened(3);
    looks(OTHER, SLUICE_READ);
}

static const struct step steps[] = {
    {"ring: create", nobody, create},
    {"ring: create, cells", nobody, create_cells},
    {"ring: bytes: first send", unused, send},
    {"ring: bytes: send, crossing the end", victim_sends, send},
    {"ring: bytes: send, another receives", other_receives, send},
    {"ring: bytes: send, another waits until it is ready", other_looks, send},
    {"ring: bytes: send many, crossing the end", victim_sends, send_many},
    {"ring: bytes: send many, another receives", other_receives_at_start, send_many},
    {"ring: bytes: claim", victim_sends, claim},
    {"ring: bytes: commit, another receives", claimed, commit},
    {"ring: bytes: abort", claimed, abort_claim},
    {"ring: bytes: receive, another sends", other_sends, receive},
    {"ring: bytes: receive, empty", victim_received, receive},
    {"ring: bytes: receive many, another sends", other_sends, receive_many},
    {"ring: bytes: peek", other_sends, peek},
    {"ring: bytes: release, another sends", peeked, release},
    {"ring: bytes: close with claims", both_sides, close_ring},
    {"ring: cells: send", cells, send},
    {"ring: cells: send, two receive", cells_two_receive, send},
    {"ring: cells: send, another waits until it is ready", cells_other_looks, send},
    {"ring: cells: send many, two receive", cells_two_receive, send_many},
    {"ring: cells: send many, too many", cells_some, send_many},
    {"ring: cells: receive", cells_some, receive},
    {"ring: cells: receive, two send", cells_two_send, receive},
    {"ring: cells: receive many, two send", cells_two_send, receive_many},
    {"ring: cells: give a receive up, two receive", cells_victim_receives, give_up},
    {"ring: cells: give a receive up when marked", cells_victim_to_receive, give_up},
    {"ring: cells: attributes", cells_some, look_at_attributes},
    {"ring: cells: claim", cells_some, claim},
    {"ring: cells: commit, two receive", cells_claimed, commit},
    {"ring: cells: abort", cells_claimed, abort_second},
    {"ring: cells: peek", cells_full, peek},
    {"ring: cells: release, another sends", cells_peeked, release},
    {"ring: cells: close with claims", cells_both, close_ring},
    {"ring: cells: close with records read", cells_peeked, close_ring},
};

/* --- what must hold ---------------------------------------------------------------- */

static struct sluice_ring *ring_of(int who)
{
    struct sluice *s = &world.agent[who];
    struct sluice_handle *handle = sluice__handle_find(s, world.handle[who]);
    return handle ? (struct sluice_ring *)sluice__handle_object(s, handle) : NULL;
}

/* Whoever may takes the oldest number, or UINT64_MAX; a side that was the dead one's is free. */
static uint64_t next_number(void)
{
    uint64_t number = UINT64_MAX;
    for (int who = OTHER; who < AGENTS; who++) {
        struct sluice_request r = moving(who, SLUICE_OP_RING_RECEIVE, 0);
        r.bytes = &number;
        int n = sluice_try(&world.agent[who], &r);
        check(n == 8 || n == -SLUICE_EAGAIN || n == -SLUICE_EBUSY || n == -SLUICE_EBADF);
        if (n == 8 || n == -SLUICE_EAGAIN)
            return number;
    }
    return number;
}

static void see(uint64_t number, uint32_t *seen)
{
    uint64_t at = number - first;
    check(at < count + 3 && !(*seen >> at & 1));
    *seen |= 1u << at;
}

/* What the dead one took lies in its memory, whole. */
static void lies_there(uint32_t records)
{
    const struct sluice_request *r = &world.wait[VICTIM];
    bool framed = r->op == SLUICE_OP_RING_RECEIVE_MANY;
    const uint8_t *from = r->bytes;
    for (uint64_t i = 0, number; i < records && (framed || r->op == SLUICE_OP_RING_RECEIVE); i++) {
        uint32_t length = 8;
        if (framed)
            memcpy(&length, from + 12 * i, 4);
        memcpy(&number, from + (framed ? 12 * i + 4 : 0), 8);
        check(length == 8 && number == first + i);
    }
}

/* Each record is there once, or somebody has it; the dead one may have taken as many as it asked for, or sent some behind the last. */
static void none_lost(uint32_t seen)
{
    uint32_t from = seen ? (uint32_t)__builtin_ctz(seen) : 0;
    uint32_t rest = seen >> from, were = (1u << count) - 1;
    check((rest & (rest + 1)) == 0);
    check(from <= world.wait[VICTIM].length && (seen & were) == (were >> from << from));
    lies_there(from);
}

/* What is in it are records as they were sent, whole and in order, and it takes more. */
static void objects_hold(int by)
{
    struct sluice_ring *ring = ring_of(by);
    uint64_t number, last = 0;
    uint32_t seen = 0;
    if (ring == NULL)
        return;
    check(sluice__ring_valid(&world.agent[by], ring));
    check(load_relaxed(&ring->taken.head) == 0); /* nobody living has claims */
    for (int who = OTHER; who < AGENTS; who++) {
        memcpy(&number, world.bytes[who], 8); /* what it was woken for and received */
        if (world.wait[who].op == SLUICE_OP_RING_RECEIVE && number != 0)
            see(number, &seen);
        if (world.wait[who].waiter != 0) /* so that its record does not come between */
            sluice_cancel(&world.agent[who], &world.wait[who]);
    }
    for (; (number = next_number()) != UINT64_MAX; last = number) {
        check(last == 0 || number > last);
        see(number, &seen);
    }
    none_lost(seen);
    check(sluice__ring_valid(&world.agent[by], ring));
    for (int who = OTHER; who < AGENTS; who++)
        if (try(who, moving(who, SLUICE_OP_RING_SEND, 7)) == 0) {
            check(next_number() == 7);
            return;
        }
    check(!"somebody may send");
}

static void unlink_all(int who)
{
    ask(who, SLUICE_OP_UNLINK, 0, "/r", SLUICE_KIND_RING, 0);
}

int main(void)
{
    for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        die_everywhere(&steps[i]);
    return report();
}
