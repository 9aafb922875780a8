/*
 * Rings on every schedule: one agent sends, one receives, stores become visible late, waits may time out, the
 * sender may die at any access. Bytes are read only as they were sent, room is filled only when it is free,
 * and nobody sleeps for ever for what is there.
 */
#include "port/fake/fake.h"
#include "obj/ring.h"
#include "prim/table.h"
#include "reg/agent.h"
#include "reg/handle.h"
#include "sluice.h"
#include "stale.h"

#include <stdio.h>
#include <string.h>

enum { BYTES = 64 << 10, SENDER = 0, RECEIVER, SETTLER, AGENTS };

static struct world {
    _Alignas(64) uint8_t region[BYTES];
    struct sluice agent[AGENTS];
    uint32_t handle[AGENTS];
    int got[AGENTS];
    uint64_t record[AGENTS];
    int claim;
} world, empty_bytes, full_bytes, empty_cells, full_cells, spoilt_claim, spoilt_peek;

static struct sluice_request request(int who, uint32_t op, uint64_t *record)
{
    return (struct sluice_request){
        .op = op, .handle = world.handle[who], .bytes = record, .length = sizeof(*record)};
}

static int send(int who, uint64_t number)
{
    struct sluice_request r = request(who, SLUICE_OP_RING_SEND, &number);
    return sluice_try(&world.agent[who], &r);
}

/* All attached, a ring open, its sides taken, full or empty, a chunk of waiters reserved: what is explored is the ring alone. */
static void prepare(struct world *into, uint32_t many, bool full)
{
    memset(&world, 0, sizeof(world));
    if (sluice_format(world.region, BYTES, AGENTS, 0) != 0)
        fake_fail("format");
    for (int i = 0; i < AGENTS; i++) {
        struct sluice *s = &world.agent[i];
        struct sluice_request r = {.op = SLUICE_OP_RING_OPEN, .name = "/r", .name_length = 2};
        r.args[0] = SLUICE_CREATE | SLUICE_READ | SLUICE_WRITE;
        r.args[2] = many ? 16 : 64;
        r.args[3] = many ? 8 : 0;
        r.args[4] = many;
        if (sluice_attach(s, world.region, BYTES, (uint32_t)i + 1, 0, 0) != 0)
            fake_fail("attach");
        s->lock_tries = 1;
        world.handle[i] = (uint32_t)sluice_try(s, &r);
        sluice__waiter_end(s, (uint32_t)sluice__waiter_new(s), true);
    }
    struct sluice_request r = request(RECEIVER, SLUICE_OP_RING_RECEIVE, &world.record[RECEIVER]);
    if (send(SENDER, 1) != 0 || sluice_try(&world.agent[RECEIVER], &r) != sizeof(uint64_t))
        fake_fail("sides");
    for (uint64_t i = 1; full && send(SENDER, i) == 0; i++)
        world.got[SETTLER]++; /* records that were there */
    memcpy(into, &world, sizeof(world));
}

/* One has a claim, or a record in hand, whose size is damaged; he will meet that. */
static void prepare_spoilt(struct world *into, int who, uint32_t op)
{
    prepare(into, 0, who == RECEIVER);
    struct sluice *s = &world.agent[who];
    struct sluice_request r = request(who, op, NULL);
    struct sluice_handle *handle = sluice__handle_find(s, world.handle[who]);
    struct sluice_ring *ring = (struct sluice_ring *)sluice__handle_object(s, handle);
    r.args[0] = 8;
    world.claim = sluice_try(s, &r);
    if (world.claim <= 0)
        fake_fail("claim");
    struct sluice_au64 *claim = who == SENDER ? &ring->senders.claim : &ring->receivers.claim;
    store64_relaxed(claim, (uint64_t)BYTES << 32 | (uint32_t)load64_relaxed(claim));
    memcpy(into, &world, sizeof(world));
}

static void setup(void *ctx)
{
    memcpy(&world, ctx, sizeof(world));
}

/* As every backend waits: answer, go as far as it gets, sleep. */
static int wait_for(int who, struct sluice_request *r, int64_t deadline)
{
    struct sluice *s = &world.agent[who];
    for (;;) {
        int n = sluice_advance(s, r);
        if (n != -SLUICE_EAGAIN && n != SLUICE_STALLED)
            return n;
        if (sluice_bell_arm(s) && !port_park(&s->me->bell, SLUICE_BELL_ASLEEP, deadline)) {
            sluice_cancel(s, r);
            return -SLUICE_ETIMEDOUT;
        }
        sluice_bell_answer(s);
        while (sluice_ready(s) != 0)
            ;
    }
}

static void one_step(int who, int64_t deadline)
{
    uint64_t number = 77;
    struct sluice_request r = request(who, SLUICE_OP_RING_SEND, &number);
    if (who == RECEIVER)
        r.op = SLUICE_OP_RING_RECEIVE;
    world.got[who] = wait_for(who, &r, deadline) >= 0 ? 1 : -1;
    world.record[who] = number;
}

static uint32_t left(void)
{
    struct sluice_request r = request(SETTLER, SLUICE_OP_RING_ATTRIBUTES, NULL);
    if (sluice_try(&world.agent[SETTLER], &r) != 0)
        fake_fail("attributes");
    return r.out[2];
}

static bool sound(void)
{
    struct sluice *s = &world.agent[SETTLER];
    struct sluice_handle *handle = sluice__handle_find(s, world.handle[SETTLER]);
    return sluice__ring_valid(s, (struct sluice_ring *)sluice__handle_object(s, handle));
}

static void both(void *ctx, int who)
{
    (void)ctx;
    one_step(who, PORT_FOREVER);
}

/* The receiver has the oldest, what was sent is behind it. */
static void both_done(void *ctx)
{
    (void)ctx;
    uint64_t oldest = world.got[SETTLER] ? 1 : 77;
    fake_check(world.got[SENDER] == 1 && world.got[RECEIVER] == 1);
    fake_check(world.record[RECEIVER] == oldest && left() == (uint32_t)world.got[SETTLER]);
    fake_check(sound());
}

/* One attempt each, of what is there or not. */
static void once(void *ctx, int who)
{
    (void)ctx;
    uint64_t number = 77;
    struct sluice_request r = request(who, SLUICE_OP_RING_SEND, &number);
    if (who == RECEIVER)
        r.op = SLUICE_OP_RING_RECEIVE;
    world.got[who] = sluice_try(&world.agent[who], &r) >= 0 ? 1 : -1;
    world.record[who] = number;
}

static void briefly(void *ctx, int who)
{
    (void)ctx;
    one_step(who, 1000);
}

static void all_accounted(void *ctx)
{
    (void)ctx;
    uint32_t in = (uint32_t)world.got[SETTLER] + (world.got[SENDER] == 1);
    fake_check(left() + (world.got[RECEIVER] == 1) == in && sound());
}

/* The sender sends and closes; who sends next, if it gets the side, sends behind that. */
static void hands_over(void *ctx, int who)
{
    (void)ctx;
    struct sluice_request r = request(who, SLUICE_OP_CLOSE, NULL);
    if (who == RECEIVER)
        return;
    world.got[who] = send(who, 70 + (uint64_t)who) == 0;
    if (who == SENDER && sluice_try(&world.agent[who], &r) != 0)
        world.got[who] = 0; /* not now */
}

static void both_are_there(void *ctx)
{
    (void)ctx;
    struct sluice_request r = request(RECEIVER, SLUICE_OP_RING_RECEIVE, &world.record[RECEIVER]);
    for (uint64_t who = SENDER; who < AGENTS; who += SETTLER)
        if (who == SENDER || world.got[who])
            fake_check(sluice_try(&world.agent[RECEIVER], &r) == sizeof(uint64_t) &&
                       world.record[RECEIVER] == 70 + who);
    fake_check(left() == 0 && sound());
}

static void meets_damage(int who, uint32_t op)
{
    struct sluice_request r = request(who, op, NULL);
    r.args[0] = (uint32_t)world.claim;
    fake_check(sluice_try(&world.agent[who], &r) == -SLUICE_EUCLEAN);
}

static void commits_or_comes(void *ctx, int who)
{
    struct sluice_request r = request(who, SLUICE_OP_RING_RECEIVE, &world.record[who]);
    (void)ctx;
    if (who == SENDER)
        meets_damage(who, SLUICE_OP_RING_COMMIT);
    else
        fake_check(wait_for(who, &r, PORT_FOREVER) == -SLUICE_EUCLEAN);
}

static void releases_or_comes(void *ctx, int who)
{
    struct sluice_request r = request(who, SLUICE_OP_RING_SEND, &world.record[who]);
    (void)ctx;
    if (who == RECEIVER)
        meets_damage(who, SLUICE_OP_RING_RELEASE);
    else
        fake_check(wait_for(who, &r, PORT_FOREVER) == -SLUICE_EUCLEAN);
}

static void settle(int dead)
{
    struct sluice *s = &world.agent[SETTLER];
    if (!fake_wait_dead(dead))
        return;
    sluice_died(s, (uint32_t)dead + 1);
    while (sluice_settle(s) != 0) {
        if (sluice_bell_arm(s))
            port_park(&s->me->bell, SLUICE_BELL_ASLEEP, PORT_FOREVER);
        sluice_bell_answer(s);
    }
}

static void sender_may_die(void *ctx, int who)
{
    if (who == SETTLER)
        settle(SENDER);
    else
        both(ctx, who);
}

/* It may sleep for ever only when nothing was sent. */
static void not_forgotten(void *ctx)
{
    (void)ctx;
    fake_check(!(fake_is_parked(RECEIVER) && left() > 0));
    fake_check(fake_is_dead(SENDER) || world.got[RECEIVER] == 1);
    fake_check(world.got[RECEIVER] != 1 || world.record[RECEIVER] == 77);
}

#define PAIR(text, world, fn, result)                                                              \
    {                                                                                              \
        .name = text, .agents = 2, .setup = setup, .agent = fn, .check = result, .ctx = &world     \
    }

static const struct fake_program programs[] = {
    PAIR("bytes: send against receive", empty_bytes, both, both_done),
    PAIR("bytes, full: send against receive", full_bytes, both, both_done),
    PAIR("bytes: with timeouts", empty_bytes, briefly, all_accounted),
    PAIR("bytes, full: with timeouts", full_bytes, briefly, all_accounted),
    {.name = "bytes: the sender meets damage, one comes to receive",
     .agents = 2,
     .setup = setup,
     .agent = commits_or_comes,
     .ctx = &spoilt_claim},
    {.name = "bytes, full: the receiver meets damage, one comes to send",
     .agents = 2,
     .setup = setup,
     .agent = releases_or_comes,
     .ctx = &spoilt_peek},
    {.name = "bytes: a side handed over",
     .agents = 3,
     .setup = setup,
     .agent = hands_over,
     .check = both_are_there,
     .ctx = &empty_bytes},
    PAIR("cells: one attempt each", empty_cells, once, all_accounted),
    PAIR("cells, full: one attempt each", full_cells, once, all_accounted),
};

/* Too many schedules to see them one by one: from state to state. */
static const struct fake_program large[] = {
    PAIR("cells: send against receive", empty_cells, both, both_done),
    PAIR("cells, full: send against receive", full_cells, both, both_done),
    PAIR("cells: with timeouts", empty_cells, briefly, all_accounted),
    {.name = "bytes: a send that dies against receive",
     .agents = 3,
     .setup = setup,
     .agent = sender_may_die,
     .check = not_forgotten,
     .ctx = &empty_bytes,
     .killable_mask = 1u << SENDER,
     .deaths = 1,
     .may_park_mask = 1u << RECEIVER,
     .sparse_kills = true},
};

static int explore(const struct fake_program *program, bool is_large)
{
    struct fake_program p = *program;
    p.base = world.region;
    p.base_bytes = BYTES;
    p.memory = &world;
    p.memory_bytes = sizeof(world);
    return !tell_stale("ring", &p, is_large);
}

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

int main(void)
{
    int bad = 0;
    prepare(&empty_bytes, 0, false);
    prepare(&full_bytes, 0, true);
    prepare(&empty_cells, 3, false);
    prepare(&full_cells, 3, true);
    prepare_spoilt(&spoilt_claim, SENDER, SLUICE_OP_RING_CLAIM);
    prepare_spoilt(&spoilt_peek, RECEIVER, SLUICE_OP_RING_PEEK);
    for (unsigned i = 0; i < COUNT(programs); i++)
        bad |= explore(&programs[i], false);
    for (unsigned i = 0; i < COUNT(large); i++)
        bad |= explore(&large[i], true);
    return bad;
}
