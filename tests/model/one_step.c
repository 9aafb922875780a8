/*
 * What has to be one step: words that several agents change side by side, on every schedule, with late stores. Were such a
 * change a load and a store, another's would be lost.
 *
 * Ready bits: one agent waits for two semaphores, two others post one each; he is told of both.
 * The lock's word: who frees it takes a note while another comes to want it; who settles its dead holder takes it while
 * another comes to want it; who is sent to gives up meanwhile, and another is told.
 * `wanting`: two want a lock that a third one frees; or one wants it while another, who did, leaves. Each gets it.
 * Slots, deaths, the right to repair, parties and sides of a ring: of two who reach for one, one gets it.
 */
#include "one_step.h"

/* --- ready bits ------------------------------------------------------------------ */

/* The second waiter is the first one's neighbour, or the first of the next chunk: then the bit of its chunk is another. */
static void both_hang(bool apart)
{
    struct sluice *s = &world.agent[WAITER];
    attach_all();
    world.handle[FIRST] = open_sem(FIRST, "/1");
    world.handle[SECOND] = open_sem(SECOND, "/2");
    hang(WAITER, 0, open_sem(WAITER, "/1"));
    for (int i = 1; apart && i < SLUICE_CHUNK; i++)
        sluice__waiter_new(s);
    hang(WAITER, 1, open_sem(WAITER, "/2"));
    sluice_bell_arm(s);
}

static void neighbours(void)
{
    both_hang(false);
}

static void apart(void)
{
    both_hang(true);
}

static void goes_on(uint32_t waiter)
{
    for (int i = 0; i < 2; i++)
        if (!world.done[i] && world.wait[i].waiter == waiter)
            world.done[i] = sluice_advance(&world.agent[WAITER], &world.wait[i]) == 0;
}

static void waits_for_both(void)
{
    struct sluice *s = &world.agent[WAITER];
    while (!world.done[0] || !world.done[1]) {
        sleep_until_rung(s);
        for (uint32_t waiter; (waiter = sluice_ready(s)) != 0;)
            goes_on(waiter);
    }
}

static void wait_and_post(void *ctx, int who)
{
    (void)ctx;
    struct sluice_request post = {.op = SLUICE_OP_SEM_POST, .handle = world.handle[who]};
    if (who == WAITER)
        waits_for_both();
    else if (sluice_try(&world.agent[who], &post) != 0)
        fake_fail("post");
}

/* --- wanting --------------------------------------------------------------------- */

static void wanted(void)
{
    held();
    sluice__gate_lock(&world.agent[SECOND], world.gate);
    sluice__gate_want(&world.agent[SECOND]);
}

static void free_and_take(void *ctx, int who)
{
    (void)ctx;
    if (who == WAITER)
        sluice__gate_unlock(&world.agent[who], world.gate);
    else
        takes_it(&world.agent[who]);
}

static void free_take_and_leave(void *ctx, int who)
{
    if (who != SECOND)
        free_and_take(ctx, who);
    else
        while (sluice_detach(&world.agent[who]) != 0)
            port_pause(1);
}

/* --- the lock's word ---------------------------------------------------------------- */

/* FIRST waits there, and has left a note. */
static void noted(void)
{
    attach_all();
    struct sluice *s = &world.agent[WAITER];
    uint32_t handle = open_sem(WAITER, "/1");
    world.handle[FIRST] = open_sem(FIRST, "/1");
    world.gate = &sluice__handle_object(s, sluice__handle_find(s, handle))->gate;
    hang(FIRST, 0, world.handle[FIRST]);
    sluice__gate_lock(s, world.gate);
    sluice__event_notify(&world.agent[FIRST], world.gate, 0, load64_seq(&world.gate->word));
}

static void free_and_take_one(void *ctx, int who)
{
    if (who != FIRST)
        free_and_take(ctx, who);
}

/* FIRST was marked; who holds the lock is dead. */
static void left_to_settle(void)
{
    noted();
    sluice__gate_unlock(&world.agent[WAITER], world.gate);
    sluice__gate_lock(&world.agent[WAITER], world.gate);
    sluice_died(&world.agent[SECOND], WAITER + 1);
}

static void open_queues(void)
{
    attach_all();
    for (int i = 0; i < AGENTS; i++) {
        struct sluice_request r = {.op = SLUICE_OP_MQ_OPEN, .name = "/q", .name_length = 2};
        r.args[0] = SLUICE_CREATE | SLUICE_READ | SLUICE_WRITE;
        r.args[2] = r.args[3] = 4;
        world.handle[i] = (uint32_t)sluice_try(&world.agent[i], &r);
    }
}

/* FIRST receives; whoever that is is registered for what he leaves. */
static void received_and_registered(int registrant)
{
    open_queues();
    for (int i = 0; i < 2; i++) {
        int who = i ? registrant : FIRST;
        world.wait[i] =
            (struct sluice_request){.op = i ? SLUICE_OP_MQ_NOTIFY : SLUICE_OP_MQ_RECEIVE,
                                    .handle = world.handle[who],
                                    .bytes = world.bytes,
                                    .length = 4};
        sluice_advance(&world.agent[who], &world.wait[i]);
    }
    struct sluice *s = &world.agent[FIRST];
    world.gate = &sluice__handle_object(s, sluice__handle_find(s, world.handle[FIRST]))->gate;
}

static void received_and_observed(void)
{
    received_and_registered(FIRST);
}

static void received_and_other_observed(void)
{
    received_and_registered(SECOND);
}

static void sends(int who)
{
    struct sluice_request r = {.op = SLUICE_OP_MQ_SEND, .handle = world.handle[who]};
    r.bytes = "abc";
    r.length = 4;
    while (sluice_advance(&world.agent[who], &r) == SLUICE_STALLED)
        sleep_until_rung(&world.agent[who]);
}

static void send_and_take(void *ctx, int who)
{
    (void)ctx;
    if (who == SECOND)
        takes_it(&world.agent[who]);
    else if (who == WAITER)
        sends(who);
}

static void send_and_give_up(void *ctx, int who)
{
    (void)ctx;
    if (who == WAITER)
        sends(who);
    else if (who == FIRST)
        while (sluice_cancel(&world.agent[who], &world.wait[0]) == SLUICE_STALLED)
            sleep_until_rung(&world.agent[who]);
}

/* Nobody receives any more, so that SECOND is told of the message. */
static void other_is_told(void *ctx)
{
    struct sluice *s = &world.agent[SECOND];
    int n = -SLUICE_EAGAIN;
    (void)ctx;
    while (load_relaxed(&s->me->bell) == SLUICE_BELL_RUNG) {
        sluice_bell_answer(s);
        n = sluice_advance(s, &world.wait[1]);
    }
    fake_check(n == 0);
}

static void settle_and_take(void *ctx, int who)
{
    (void)ctx;
    if (who == FIRST)
        takes_it(&world.agent[who]);
    else if (who == SECOND)
        settles(who);
}

/* WAITER receives; FIRST sends two, then registers: nothing comes after that. */
static void receiver_waits(void)
{
    open_queues();
    waits(WAITER, SLUICE_OP_MQ_RECEIVE);
}

static void receive_or_register(void *ctx, int who)
{
    struct sluice *s = &world.agent[who];
    struct sluice_request *r = &world.wait[1];
    (void)ctx;
    if (who == WAITER)
        sluice_advance(s, &world.wait[0]);
    if (who != FIRST || moves(who, SLUICE_OP_MQ_SEND) != 0 || moves(who, SLUICE_OP_MQ_SEND) != 0)
        return;
    *r = (struct sluice_request){.op = SLUICE_OP_MQ_NOTIFY, .handle = world.handle[who]};
    for (int i = 0; i < 2; i++)
        fake_check(sluice_advance(s, r) != 0);
}

/* --- what is looked at without a lock ------------------------------------------------------ */

/* Two counters, of which one may have gone on behind the look at the other. */
static void fifo_opened(void)
{
    attach_all();
    for (int i = 0; i < AGENTS; i++) {
        struct sluice_request r = {.op = SLUICE_OP_FIFO_OPEN, .name = "f", .name_length = 1};
        r.args[0] = SLUICE_CREATE | SLUICE_READ | SLUICE_WRITE;
        r.args[2] = SLUICE_PIPE_BUF;
        world.handle[i] = (uint32_t)sluice_try(&world.agent[i], &r);
    }
}

static int is_ready(int who, uint32_t what)
{
    struct sluice_request r = {.op = SLUICE_OP_READY, .handle = world.handle[who]};
    r.args[0] = what;
    return sluice_try(&world.agent[who], &r);
}

static void moves_or_looks(int who, uint32_t give, uint32_t take)
{
    if (who == WAITER)
        fake_check(moves(who, give) >= 0 && moves(who, take) >= 0);
    if (who != FIRST)
        return;
    int in = is_ready(who, SLUICE_READ), out = is_ready(who, SLUICE_WRITE);
    fake_check((in == 0 || in == -SLUICE_EAGAIN) && (out == 0 || out == -SLUICE_EAGAIN));
}

static void stream_or_look(void *ctx, int who)
{
    (void)ctx;
    moves_or_looks(who, SLUICE_OP_PIPE_WRITE, SLUICE_OP_PIPE_READ);
}

static void record_or_look(void *ctx, int who)
{
    (void)ctx;
    moves_or_looks(who, SLUICE_OP_RING_SEND, SLUICE_OP_RING_RECEIVE);
}

static int asks_for(int who, uint32_t op, uint32_t length)
{
    struct sluice_request r = {.op = op, .handle = world.handle[who]};
    r.bytes = world.bytes;
    r.length = length;
    return sluice_try(&world.agent[who], &r);
}

static void until_ready(int who, uint32_t what)
{
    struct sluice *s = &world.agent[who];
    struct sluice_request r = {.op = SLUICE_OP_READY, .handle = world.handle[who]};
    r.args[0] = what;
    for (int n; (n = sluice_advance(s, &r)) == -SLUICE_EAGAIN || n == SLUICE_STALLED;) {
        sleep_until_rung(s);
        while (sluice_ready(s) != 0)
            ;
    }
}

/* A record is there; SECOND reads it in place. */
static void record_peeked(void)
{
    open_rings();
    fake_check(asks_for(WAITER, SLUICE_OP_RING_SEND, 4) == 0);
    fake_check(asks_for(SECOND, SLUICE_OP_RING_PEEK, 0) > 0);
}

/* ... and has closed its handle: who has its side next ends that. */
static void peeked_and_left(void)
{
    record_peeked();
    fake_check(asks_for(SECOND, SLUICE_OP_CLOSE, 0) == 0);
}

static void look_or_leave(void *ctx, int who)
{
    (void)ctx;
    if (who == WAITER)
        until_ready(who, SLUICE_READ);
    else if (who == SECOND)
        asks_for(who, SLUICE_OP_CLOSE, 0);
}

/* It takes the side, and nothing more: the record is longer than its room. */
static void look_or_take_the_side(void *ctx, int who)
{
    (void)ctx;
    if (who == WAITER)
        until_ready(who, SLUICE_READ);
    else if (who == FIRST)
        fake_check(asks_for(who, SLUICE_OP_RING_RECEIVE, 1) == -SLUICE_EMSGSIZE);
}

/* --- of two, one gets it ------------------------------------------------------------- */

static void one_got_it(void *ctx)
{
    (void)ctx;
    fake_check(world.got[FIRST] + world.got[SECOND] == 1);
}

static void got_different(void *ctx)
{
    (void)ctx;
    fake_check(world.got[FIRST] != world.got[SECOND]);
}

/* The other two have yet to come. */
static void one_attached(void)
{
    attach_all();
    for (int i = FIRST; i <= SECOND; i++)
        sluice_detach(&world.agent[i]);
}

static void attach(void *ctx, int who)
{
    (void)ctx;
    if (who != WAITER && sluice_attach(&world.agent[who], world.region, BYTES, 9, 0, 0) != 0)
        fake_fail("attach");
    world.got[who] = world.agent[who].slot;
}

static void pronounce(void *ctx, int who)
{
    (void)ctx;
    if (who != WAITER)
        world.got[who] = (uint32_t)sluice_died(&world.agent[who], WAITER + 1);
}

/* The dead one has changed a word under a lock; the others count in it. */
static void died_counting(void)
{
    held();
    world.word =
        &((struct sluice_psem *)((uint8_t *)world.gate - offsetof(struct sluice_object, gate)))
             ->value;
    sluice__set(&world.agent[WAITER], world.word, 9);
    sluice_died(&world.agent[SECOND], WAITER + 1);
}

static void settle_and_count(void *ctx, int who)
{
    struct sluice *s = &world.agent[who];
    (void)ctx;
    if (who == WAITER)
        return;
    settles(who);
    while (sluice__gate_lock(s, world.gate) != 0)
        if (sluice__gate_want(s))
            sleep_until_rung(s);
    sluice__set(s, world.word, load_relaxed(world.word) + 1);
    sluice__gate_unlock(s, world.gate);
}

static void both_counted(void *ctx)
{
    (void)ctx;
    fake_check(load_relaxed(world.word) == 2);
}

static void number(void *ctx, int who)
{
    struct sluice *s = &world.agent[who];
    struct sluice_handle *handle = sluice__handle_find(s, world.handle[who]);
    (void)ctx;
    if (who != WAITER)
        world.got[who] =
            sluice__ring_party(s, (struct sluice_ring *)sluice__handle_object(s, handle), handle);
}

static void send(void *ctx, int who)
{
    (void)ctx;
    struct sluice_request r = {.op = SLUICE_OP_RING_SEND, .handle = world.handle[who]};
    r.bytes = "abcd";
    r.length = 4;
    if (who != WAITER)
        world.got[who] = sluice_try(&world.agent[who], &r) >= 0;
}

static int asks(int who, uint32_t op)
{
    struct sluice_request r = {.op = op, .handle = world.handle[who]};
    r.bytes = "abcd";
    r.length = r.args[0] = 4;
    return sluice_try(&world.agent[who], &r);
}

/* SECOND has the side for a while, and leaves a claim open there. */
static void send_or_claim_and_close(void *ctx, int who)
{
    (void)ctx;
    if (who == FIRST)
        asks(who, SLUICE_OP_RING_SEND);
    if (who != SECOND)
        return;
    asks(who, SLUICE_OP_RING_CLAIM);
    asks(who, SLUICE_OP_CLOSE);
}

/* There is room, and nobody who lives has a claim. */
static void first_may_send(void *ctx)
{
    (void)ctx;
    fake_check(asks(FIRST, SLUICE_OP_RING_SEND) == 0);
}

/* --- all of them ----------------------------------------------------------------- */

static const struct program programs[] = {
    {"two posts against who waits for both", neighbours, wait_and_post, NULL, 0, 0},
    {"two posts against who waits for both, his waiters far apart", apart, wait_and_post, NULL, 0,
     0},
    {"one wants a lock that is freed, another leaves", wanted, free_take_and_leave, NULL, 0, 0},
    {"one wants a lock that is freed with a note", noted, free_and_take_one, NULL, 0, 0},
    {"one wants the lock of a queue that is sent to", received_and_observed, send_and_take, NULL, 0,
     0},
    {"one asks whether a FIFO is ready, another writes and reads", fifo_opened, stream_or_look,
     NULL, 0, 0},
    {"one asks whether a ring is ready, another sends and receives", open_rings, record_or_look,
     NULL, 0, 0},
    {"one asks whether a ring is ready, another who reads there leaves", record_peeked,
     look_or_leave, NULL, 0, 0},
    {"one asks whether a ring is ready, another takes the side of one who left", peeked_and_left,
     look_or_take_the_side, NULL, 0, 0},
    {"two are sent before one registers", receiver_waits, receive_or_register, NULL, 2, 0},
    {"two attach", one_attached, attach, got_different, 0, 0},
    {"two pronounce one dead", attach_all, pronounce, one_got_it, 0, 0},
    {"two open a ring and are numbered", open_rings, number, got_different, 0, 0},
    {"two take one side of a ring", open_rings, send, one_got_it, 0, 0},
    {"one takes a side of a ring, another has it and claims meanwhile", open_rings,
     send_or_claim_and_close, first_may_send, 0, 0},
    {"two want a lock that is freed", held, free_and_take, NULL, 0, 0},
    {"two settle, then count", died_counting, settle_and_count, both_counted, 2, 0},
    /* the longest */
    {"one who is sent to gives up, another is registered", received_and_other_observed,
     send_and_give_up, other_is_told, 0, 0},
    {"one wants the lock of a dead one that is settled", left_to_settle, settle_and_take, NULL, 0,
     0},
};

int main(void)
{
    bool good = true;
    for (unsigned i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
        good &= explore(&programs[i]);
    return !good;
}
