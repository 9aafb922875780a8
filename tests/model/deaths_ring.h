/* Deaths of rings: the states that they happen in. */
#ifndef DEATHS_RING_H
#define DEATHS_RING_H

#include "deaths.h"
#include "obj/ring.h"

static uint32_t many;         /* the shape; set by the states, the same in every execution */
static uint32_t first, count; /* the records that the state left: first, first + 1, ... */
static uint32_t claims[4];

static struct sluice_request opening(const char *name)
{
    struct sluice_request r = request(SLUICE_OP_RING_OPEN, 0, name);
    r.args[0] = SLUICE_READ | SLUICE_WRITE | SLUICE_CREATE;
    r.args[2] = many ? 32 : 64;
    r.args[3] = many ? 8 : 0;
    r.args[4] = many;
    return r;
}

/* Records are numbers of 8 bytes: a frame takes 12, so that five fill a ring of bytes with room for a number left. */
static struct sluice_request moving(int who, uint32_t op, uint32_t number)
{
    static uint64_t numbers[64];
    struct sluice_request r = request(op, world.handle[who], NULL);
    bool sends = op == SLUICE_OP_RING_SEND;
    numbers[number % 64] = number;
    r.bytes = sends ? (uint8_t *)&numbers[number % 64] : world.bytes[who];
    r.length = 8;
    return r;
}

static struct sluice_request batch(uint32_t op, uint32_t number)
{
    static uint8_t frames[60];
    struct sluice_request r = request(op, world.handle[VICTIM], NULL);
    memset(frames, 0, sizeof(frames));
    for (uint64_t i = 0, each; op == SLUICE_OP_RING_SEND_MANY && i < 3; i++) {
        uint32_t length = 8;
        each = number + i;
        memcpy(frames + 12 * i, &length, 4);
        memcpy(frames + 12 * i + 4, &each, 8);
    }
    r.bytes = frames;
    r.length = op == SLUICE_OP_RING_SEND_MANY ? 36 : sizeof(frames);
    r.args[0] = 3;
    return r;
}

static void go(struct sluice_request r)
{
    bool takes = r.op == SLUICE_OP_RING_RECEIVE || r.op == SLUICE_OP_RING_RECEIVE_MANY ||
                 r.op == SLUICE_OP_RING_RELEASE;
    world.wait[VICTIM].op = r.op; /* for none_lost() */
    world.wait[VICTIM].bytes = r.bytes;
    world.wait[VICTIM].length = !takes ? 0 : r.op == SLUICE_OP_RING_RECEIVE_MANY ? 3 : 1;
    sluice_advance(victim(), &r);
}

static void waits(int who, struct sluice_request r)
{
    world.wait[who] = r;
    check(sluice_advance(&world.agent[who], &world.wait[who]) == -SLUICE_EAGAIN);
}

static int try(int who, struct sluice_request r)
{
    return sluice_try(&world.agent[who], &r);
}

static void send_as(int who)
{
    check(try(who, moving(who, SLUICE_OP_RING_SEND, first + count++)) == 0);
}

static void receive_as(int who)
{
    check(try(who, moving(who, SLUICE_OP_RING_RECEIVE, 0)) == 8);
    memset(world.bytes[who], 0, 8);
    first++;
    count--;
}

static uint32_t claim_as_victim(uint32_t op)
{
    struct sluice_request r = request(op, world.handle[VICTIM], NULL);
    r.args[0] = 8;
    int n = sluice_try(victim(), &r);
    check(n > 0);
    if (op == SLUICE_OP_RING_CLAIM) {
        uint64_t number = first + count;
        memcpy(world.region + r.out[0], &number, 8);
    }
    return (uint32_t)n;
}

static struct sluice_request ending(uint32_t op, uint32_t claim)
{
    struct sluice_request r = request(op, world.handle[VICTIM], NULL);
    r.args[0] = claim;
    r.args[1] = 8;
    return r;
}

/* --- states: bytes ------------------------------------------------------------ */

static void opened(uint32_t shape)
{
    attached();
    many = shape;
    first = 1;
    count = 0;
    for (int i = 0; i < AGENTS; i++) {
        struct sluice_request r = opening("/r");
        int n = sluice_advance(&world.agent[i], &r);
        check(n >= 0);
        world.handle[i] = (uint32_t)n;
    }
}

static void nobody(void)
{
    attached();
    many = count = 0;
}

static void unused(void)
{
    opened(0);
}

/* The victim sends, OTHER receives; the next frame would cross the buffer's end. */
static void victim_sends(void)
{
    opened(0);
    for (int i = 0; i < 5; i++)
        send_as(VICTIM);
    for (int i = 0; i < 5; i++)
        receive_as(OTHER);
}

static void other_receives(void)
{
    victim_sends();
    waits(OTHER, moving(OTHER, SLUICE_OP_RING_RECEIVE, 0));
}

static void other_receives_at_start(void)
{
    opened(0);
    waits(OTHER, moving(OTHER, SLUICE_OP_RING_RECEIVE, 0));
}

/* The victim has the receiver's side, and nothing is there. */
static void victim_received(void)
{
    opened(0);
    send_as(OTHER);
    receive_as(VICTIM);
}

static void claimed(void)
{
    other_receives();
    claims[0] = claim_as_victim(SLUICE_OP_RING_CLAIM);
}

/* The victim receives, OTHER sends and waits for room; a frame crosses the end. */
static void other_sends(void)
{
    opened(0);
    for (int i = 0; i < 5; i++)
        send_as(OTHER);
    for (int i = 0; i < 4; i++)
        receive_as(VICTIM);
    while (count < 5)
        send_as(OTHER);
    waits(OTHER, moving(OTHER, SLUICE_OP_RING_SEND, first + count));
}

static void peeked(void)
{
    other_sends();
    claims[0] = claim_as_victim(SLUICE_OP_RING_PEEK);
}

/* Both sides are the victim's, with claims open; nobody else can use the ring. */
static void both_sides(void)
{
    opened(0);
    send_as(VICTIM);
    send_as(VICTIM);
    claims[0] = claim_as_victim(SLUICE_OP_RING_PEEK);
    claims[1] = claim_as_victim(SLUICE_OP_RING_CLAIM);
}

/* --- states: cells -------------------------------------------------------------- */

static void cells(void)
{
    opened(3);
}

static void cells_two_receive(void)
{
    opened(3);
    waits(OTHER, moving(OTHER, SLUICE_OP_RING_RECEIVE, 0));
    waits(REPAIRER, moving(REPAIRER, SLUICE_OP_RING_RECEIVE, 0));
}

static void cells_victim_receives(void)
{
    opened(3);
    waits(VICTIM, moving(VICTIM, SLUICE_OP_RING_RECEIVE, 0));
    waits(OTHER, moving(OTHER, SLUICE_OP_RING_RECEIVE, 0));
}

static void cells_victim_to_receive(void)
{
    cells_victim_receives();
    send_as(REPAIRER);
}

static void cells_some(void)
{
    opened(3);
    for (int i = 0; i < 3; i++)
        send_as(OTHER);
    receive_as(SECOND);
}

static void cells_full(void)
{
    opened(3);
    for (int i = 0; i < 4; i++)
        send_as(OTHER);
}

static void cells_two_send(void)
{
    cells_full();
    waits(OTHER, moving(OTHER, SLUICE_OP_RING_SEND, first + count));
    waits(REPAIRER, moving(REPAIRER, SLUICE_OP_RING_SEND, first + count + 1));
}

static void cells_claimed(void)
{
    cells_two_receive();
    claims[0] = claim_as_victim(SLUICE_OP_RING_CLAIM);
    claims[1] = claim_as_victim(SLUICE_OP_RING_CLAIM);
    claims[2] = claim_as_victim(SLUICE_OP_RING_CLAIM);
}

static void cells_peeked(void)
{
    cells_full();
    for (int i = 0; i < 3; i++)
        claims[i] = claim_as_victim(SLUICE_OP_RING_PEEK);
    waits(OTHER, moving(OTHER, SLUICE_OP_RING_SEND, first + count));
}

static void cells_both(void)
{
    cells_some();
    claims[0] = claim_as_victim(SLUICE_OP_RING_PEEK);
    claims[1] = claim_as_victim(SLUICE_OP_RING_CLAIM);
    claims[2] = claim_as_victim(SLUICE_OP_RING_PEEK);
    claims[3] = claim_as_victim(SLUICE_OP_RING_CLAIM);
    waits(OTHER, moving(OTHER, SLUICE_OP_RING_RECEIVE, 0));
}

#endif
