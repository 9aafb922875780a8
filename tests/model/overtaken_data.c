/*
 * overtaken.c's question of what carries data: WAITER, pronounced dead falsely at any time, goes on when SECOND has its side of a
 * ring, has claimed, sent, received or written in its place. SECOND keeps what it has, or is told: EUCLEAN.
 */
#include "one_step.h"

#include "obj/pipe.h"

/* --- a side of a ring ----------------------------------------------------------------------- */

static struct sluice_ring *ring_of(int who)
{
    struct sluice *s = &world.agent[who];
    return (struct sluice_ring *)sluice__handle_object(s,
                                                       sluice__handle_find(s, world.handle[who]));
}

/* A party from before: what it stores in its handle late is not looked at here. */
static void numbered(void)
{
    open_rings();
    sluice__ring_party(&world.agent[WAITER], ring_of(WAITER),
                       sluice__handle_find(&world.agent[WAITER], world.handle[WAITER]));
}

/* The ring is empty: whoever has the side is told to wait. */
static int receive(int who)
{
    struct sluice_request r = {.op = SLUICE_OP_RING_RECEIVE, .handle = world.handle[who]};
    r.bytes = world.bytes;
    r.length = sizeof(world.bytes);
    return sluice_try(&world.agent[who], &r);
}

static void receive_and_settle(void *ctx, int who)
{
    (void)ctx;
    if (who == WAITER)
        receive(who);
    if (who != SECOND)
        return;
    pronounces(WAITER);
    world.got[who] = receive(who) == -SLUICE_EAGAIN;
}

static void who_got_the_side_has_it(void *ctx)
{
    (void)ctx;
    uint64_t holder = load64_relaxed(&ring_of(SECOND)->receivers.holder);
    fake_check(world.got[SECOND] ? (holder & 0xffff) == SECOND + 1 : holder == 0);
}

/* WAITER, the receiver so far, closes. */
static void has_received(void)
{
    numbered();
    receive(WAITER);
}

static void close_and_settle(void *ctx, int who)
{
    struct sluice_request r = {.op = SLUICE_OP_CLOSE, .handle = world.handle[who]};
    if (who == WAITER)
        sluice_try(&world.agent[who], &r);
    else
        receive_and_settle(ctx, who);
}

/* --- a claim on a side ------------------------------------------------------------------------- */

static int claims(int who, uint32_t length)
{
    struct sluice_request r = {.op = SLUICE_OP_RING_CLAIM, .handle = world.handle[who]};
    r.args[0] = length;
    return sluice_try(&world.agent[who], &r);
}

static int ends(int who, uint32_t op, uint32_t claim, uint32_t length)
{
    struct sluice_request r = {.op = op, .handle = world.handle[who]};
    r.args[0] = claim;
    r.args[1] = length;
    return sluice_try(&world.agent[who], &r);
}

static void has_claimed(void)
{
    numbered();
    world.got[WAITER] = (uint32_t)claims(WAITER, 4);
}

/* What it has claimed it can commit, unless it is told. */
static void pronounces_and_commits(int who)
{
    pronounces(WAITER);
    int n = claims(who, 8);
    if (n > 0) {
        n = ends(who, SLUICE_OP_RING_COMMIT, (uint32_t)n, 8);
        fake_check(n == 0 || n == -SLUICE_EUCLEAN);
    }
}

static void claim_and_settle(void *ctx, int who)
{
    (void)ctx;
    if (who == WAITER)
        claims(who, 4);
    else if (who == SECOND)
        pronounces_and_commits(who);
}

static void commit_and_settle(void *ctx, int who)
{
    (void)ctx;
    if (who == WAITER)
        ends(who, SLUICE_OP_RING_COMMIT, world.got[who], 4);
    else if (who == SECOND)
        pronounces_and_commits(who);
}

/* --- what is written to a pipe ------------------------------------------------------------------ */

static struct sluice_pipe *pipe_of(int who)
{
    struct sluice *s = &world.agent[who];
    return (struct sluice_pipe *)sluice__handle_object(s,
                                                       sluice__handle_find(s, world.handle[who]));
}

static int transfers(int who, uint32_t op, char *bytes, uint32_t length)
{
    struct sluice_request r = {.op = op, .handle = world.handle[who]};
    r.bytes = (uint8_t *)bytes;
    r.length = length;
    return sluice_try(&world.agent[who], &r);
}

static void fifos(void)
{
    attach_all();
    for (int i = 0; i < AGENTS; i++) {
        struct sluice_request r = {.op = SLUICE_OP_FIFO_OPEN, .name = "/f", .name_length = 2};
        r.args[0] = SLUICE_CREATE | SLUICE_READ | SLUICE_WRITE;
        r.args[2] = 512;
        world.handle[i] = (uint32_t)sluice_try(&world.agent[i], &r);
    }
}

/* The late one has written its bytes where they go, and has but to publish them: no other's are touched. */
static void write_and_settle(void *ctx, int who)
{
    char late[] = "late", next[] = "ab", got[8];
    (void)ctx;
    if (who == WAITER)
        transfers(who, SLUICE_OP_PIPE_WRITE, late, 4);
    if (who != SECOND || memcmp(pipe_of(who) + 1, late, 4) != 0)
        return;
    pronounces(WAITER);
    if (transfers(who, SLUICE_OP_PIPE_WRITE, next, 2) != 2)
        return;
    int n = transfers(who, SLUICE_OP_PIPE_READ, got, sizeof(got));
    fake_check(n == -SLUICE_EUCLEAN || (n == 2 && memcmp(got, "ab", 2) == 0) ||
               (n == 6 && memcmp(got, "lateab", 6) == 0));
}

static void of_one(uint32_t open, uint32_t send, uint32_t many)
{
    attach_all();
    for (int i = 0; i < AGENTS; i++) {
        struct sluice_request r = {.op = open, .name = "/r", .name_length = 2};
        r.args[0] = SLUICE_CREATE | SLUICE_READ | SLUICE_WRITE;
        r.args[2] = 4; /* messages, or bytes */
        r.args[3] = sizeof(world.bytes);
        r.args[4] = many;
        world.handle[i] = (uint32_t)sluice_try(&world.agent[i], &r);
    }
    if (moves(SECOND, send) != 0)
        fake_fail("send");
}

static void queue_of_one(void)
{
    of_one(SLUICE_OP_MQ_OPEN, SLUICE_OP_MQ_SEND, 0);
}

static void cells_of_one(void)
{
    of_one(SLUICE_OP_RING_OPEN, SLUICE_OP_RING_SEND, 3);
}

/* Two receive the same; then FIRST waits for more. */
static void receive_late(int who, uint32_t op)
{
    if (who == WAITER)
        moves(who, op);
    if (who != SECOND)
        return;
    pronounces(WAITER);
    moves(who, op);
    waits(FIRST, op);
}

static void receive_message(void *ctx, int who)
{
    (void)ctx;
    receive_late(who, SLUICE_OP_MQ_RECEIVE);
}

static void receive_record(void *ctx, int who)
{
    (void)ctx;
    receive_late(who, SLUICE_OP_RING_RECEIVE);
}

/* What is sent, or that nothing can be. */
static void is_told_of(uint32_t send)
{
    int n = moves(SECOND, send);
    fake_check(n == 0 || n == -SLUICE_EUCLEAN);
    fake_check(!world.got[FIRST] || is_told(FIRST));
}

static void the_message_tells(void *ctx)
{
    (void)ctx;
    is_told_of(SLUICE_OP_MQ_SEND);
}

static void the_record_tells(void *ctx)
{
    (void)ctx;
    is_told_of(SLUICE_OP_RING_SEND);
}

static const struct program programs[] = {
    {"one pronounced dead takes a side of a ring", numbered, receive_and_settle,
     who_got_the_side_has_it, 0, 0},
    {"one pronounced dead closes a side of a ring", has_received, close_and_settle,
     who_got_the_side_has_it, 2, 0},
    {"one pronounced dead claims", numbered, claim_and_settle, NULL, 2, 0},
    {"one pronounced dead commits", has_claimed, commit_and_settle, NULL, 2, 0},
    {"one pronounced dead writes to a pipe", fifos, write_and_settle, NULL, 2, 0},
    {"one pronounced dead receives a message that another has taken", queue_of_one, receive_message,
     the_message_tells, 2, 0},
    {"one pronounced dead receives a record that another has taken", cells_of_one, receive_record,
     the_record_tells, 2, 0},
};

int main(void)
{
    bool good = true;
    for (unsigned i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
        good &= explore(&programs[i]);
    return !good;
}
