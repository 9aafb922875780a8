/* poll(2) in each direction of each kind: told when a call would not wait; nothing is taken, nobody's turn either. */
#include "waiting.h"

#include "obj/pipe.h"
#include "obj/psem.h"

enum { TAKER, GIVER, LOOKER, OTHER, IN = SLUICE_READ, OUT = SLUICE_WRITE };

static uint32_t handle[AGENTS];

static struct sluice_request readiness(uint32_t h, uint32_t what)
{
    struct sluice_request r = request_of(SLUICE_OP_READY, h, NULL);
    r.args[0] = what;
    return r;
}

static int is_ready(int who, uint32_t what)
{
    struct sluice_request r = readiness(handle[who], what);
    return sluice_try(&s[who], &r);
}

static void looks(uint32_t what)
{
    waiting[LOOKER] = readiness(handle[LOOKER], what);
    check(sluice_advance(&s[LOOKER], &waiting[LOOKER]) == -SLUICE_EAGAIN);
}

/* --- kinds that are opened by name --------------------------------------------------------- */

struct kind {
    const char *name;
    uint32_t (*open)(int who);
    uint32_t take, give, length; /* of the longest */
    uint32_t most;               /* that it holds; 0: any number */
    bool handed;                 /* what comes is his who waits for it */
};

static uint32_t semaphore(int who)
{
    return (uint32_t)open_sem(&s[who], "/s", SLUICE_CREATE, 0);
}

static uint32_t bytes_ring(int who)
{
    return open_ring(&s[who], "/r", (struct shape){256, 0, 0});
}

static uint32_t cells_ring(int who)
{
    return open_ring(&s[who], "/r", (struct shape){16, 8, 3});
}

static uint32_t fifo(int who)
{
    struct sluice_request r = request_of(SLUICE_OP_FIFO_OPEN, 0, "/f");
    r.args[0] = (who == GIVER ? OUT : who == OTHER ? BOTH : IN) | SLUICE_CREATE | SLUICE_NONBLOCK;
    r.args[2] = 8192;
    int n = sluice_try(&s[who], &r);
    check(n >= 0);
    return (uint32_t)n;
}

static int takes(const struct kind *k)
{
    return once(TAKER, k->take, handle[TAKER], k->length);
}

static int gives(const struct kind *k)
{
    return once(GIVER, k->give, handle[GIVER], k->length);
}

/* Beside a waiter whose turn it is; and when that one was faster. */
static void to_take(const struct kind *k)
{
    check(is_ready(TAKER, IN) == -SLUICE_EAGAIN && is_ready(OTHER, IN) == -SLUICE_EAGAIN);
    looks(IN);
    hangs(TAKER, k->take, handle[TAKER], k->length);
    check(gives(k) >= 0 && is_told(TAKER) && is_told(LOOKER));
    check(is_ready(OTHER, IN) == (k->handed ? -SLUICE_EAGAIN : 0));
    check(told(TAKER) >= 0 && told(LOOKER) == -SLUICE_EAGAIN);
    check(!is_told(LOOKER) && gives(k) >= 0 && told(LOOKER) == 0 && is_ready(OTHER, IN) == 0);
    check(takes(k) >= 0 && is_ready(OTHER, IN) == -SLUICE_EAGAIN);
}

static void to_give(const struct kind *k)
{
    for (uint32_t i = 0; i < k->most; i++)
        check(is_ready(OTHER, OUT) == 0 && gives(k) >= 0);
    check(is_ready(OTHER, OUT) == (k->most ? -SLUICE_EAGAIN : 0));
    if (k->most == 0)
        return;
    waiting[OTHER] = readiness(handle[OTHER], OUT);
    check(sluice_advance(&s[OTHER], &waiting[OTHER]) == -SLUICE_EAGAIN);
    check(takes(k) >= 0 && told(OTHER) == 0 && is_ready(OTHER, OUT) == 0);
}

static void both_ways(const struct kind *k)
{
    begin();
    for (int i = 0; i < AGENTS; i++) /* a FIFO's reader comes first */
        handle[i] = k->open(i);
    to_take(k);
    to_give(k);
    done(k->name);
}

/* --- what else poll(2) tells of streams ------------------------------------------------------- */

static void ends(void)
{
    begin();
    handle[TAKER] = fifo(TAKER);
    check(is_ready(TAKER, IN) == -SLUICE_EAGAIN); /* nobody has come yet */
    handle[GIVER] = fifo(GIVER);
    handle[LOOKER] = fifo(LOOKER);
    check(is_ready(TAKER, OUT) == -SLUICE_EBADF && is_ready(GIVER, IN) == -SLUICE_EBADF);
    looks(IN);
    check(simply(&s[GIVER], SLUICE_OP_CLOSE, handle[GIVER]) == 0);
    check(told(LOOKER) == 0 && is_ready(TAKER, IN) == 0); /* the end of file */
    handle[GIVER] = fifo(GIVER);
    check(is_ready(TAKER, IN) == -SLUICE_EAGAIN);
    for (int i = 0; i < 2; i++)
        check(once(GIVER, SLUICE_OP_PIPE_WRITE, handle[GIVER], 4096) == 4096);
    check(is_ready(GIVER, OUT) == -SLUICE_EAGAIN);
    check(once(TAKER, SLUICE_OP_PIPE_READ, handle[TAKER], 4095) == 4095);
    check(is_ready(GIVER, OUT) == -SLUICE_EAGAIN); /* PIPE_BUF bytes would not go at once */
    check(once(TAKER, SLUICE_OP_PIPE_READ, handle[TAKER], 1) == 1 && is_ready(GIVER, OUT) == 0);
    check(once(GIVER, SLUICE_OP_PIPE_WRITE, handle[GIVER], 4096) == 4096);
    waiting[GIVER] = readiness(handle[GIVER], OUT);
    check(sluice_advance(&s[GIVER], &waiting[GIVER]) == -SLUICE_EAGAIN);
    check(simply(&s[TAKER], SLUICE_OP_CLOSE, handle[TAKER]) == 0);
    check(sluice_advance(&s[GIVER], &waiting[GIVER]) == -SLUICE_EAGAIN);
    check(simply(&s[LOOKER], SLUICE_OP_CLOSE, handle[LOOKER]) == 0);
    check(told(GIVER) == 0 && is_ready(GIVER, OUT) == 0); /* EPIPE */
    /* whom it met counts as one who came: so does the next */
    handle[TAKER] = fifo(TAKER);
    while (once(TAKER, SLUICE_OP_PIPE_READ, handle[TAKER], 4096) > 0)
        ;
    for (int i = 0; i < 2; i++) {
        check(simply(&s[GIVER], SLUICE_OP_CLOSE, handle[GIVER]) == 0 && is_ready(TAKER, IN) == 0);
        handle[GIVER] = fifo(GIVER);
        check(is_ready(TAKER, IN) == -SLUICE_EAGAIN);
    }
    done("ready: a FIFO's ends, and its end of file once a writer has come");
}

static void pipes(void)
{
    begin();
    struct sluice_request r = request_of(SLUICE_OP_PIPE_OPEN, 0, NULL);
    r.args[0] = 4096;
    check(sluice_try(&s[TAKER], &r) == 0);
    handle[TAKER] = r.out[0];
    check(is_ready(TAKER, IN) == -SLUICE_EAGAIN);
    struct sluice_request writes = readiness(r.out[1], OUT);
    check(sluice_try(&s[TAKER], &writes) == 0);
    check(simply(&s[TAKER], SLUICE_OP_CLOSE, r.out[1]) == 0 && is_ready(TAKER, IN) == 0);
    done("ready: a pipe whose writers are closed");
}

/* Of a ring of bytes there has to be room for the longest, wherever it would have to lie. */
static void room(void)
{
    begin();
    handle[GIVER] = bytes_ring(GIVER);
    handle[TAKER] = bytes_ring(TAKER);
    for (int i = 0; i < 2; i++) {
        check(send(&s[GIVER], handle[GIVER], bytes[GIVER], 36) == 0); /* 40 of 256 */
        check(is_ready(GIVER, OUT) == 0);
    }
    check(send(&s[GIVER], handle[GIVER], bytes[GIVER], 52) == 0); /* 136: it would have to wrap */
    check(is_ready(GIVER, OUT) == -SLUICE_EAGAIN);
    for (int i = 0; i < 2; i++)
        check(receive(&s[TAKER], handle[TAKER], bytes[TAKER], 124) == 36);
    check(is_ready(GIVER, OUT) == -SLUICE_EAGAIN); /* 80 at the start, 120 at the end */
    check(receive(&s[TAKER], handle[TAKER], bytes[TAKER], 124) == 52);
    check(is_ready(GIVER, OUT) == 0);
    done("ready: room for the longest record");
}

/* Nothing is left there that would tell who takes, too. */
static void room_for_one(void)
{
    struct sluice_request r = request_of(SLUICE_OP_MQ_OPEN, 0, "/one");
    begin();
    r.args[0] = BOTH | SLUICE_CREATE;
    r.args[2] = 1;
    r.args[3] = 8;
    for (int i = 0; i < 3; i++)
        handle[i] = (uint32_t)sluice_try(&s[i], &r);
    check(once(GIVER, SLUICE_OP_MQ_SEND, handle[GIVER], 8) == 0);
    looks(OUT);
    check(once(TAKER, SLUICE_OP_MQ_RECEIVE, handle[TAKER], 8) == 8 && told(LOOKER) == 0);
    done("ready: room for the only message");
}

/* While a record is filled, or read in place, who sends or receives has to wait: of a ring of bytes. */
static void claimed(void)
{
    uint8_t *at;
    uint32_t length;
    begin();
    for (int i = 0; i < 3; i++)
        handle[i] = bytes_ring(i);
    int n = claim(&s[GIVER], handle[GIVER], 8, &at);
    check(n > 0 && is_ready(LOOKER, OUT) == -SLUICE_EAGAIN);
    looks(OUT);
    check(abort_claim(&s[GIVER], handle[GIVER], n) == 0 && told(LOOKER) == 0);
    n = claim(&s[GIVER], handle[GIVER], 8, &at);
    looks(OUT);
    check(commit(&s[GIVER], handle[GIVER], n, 8) == 0 && told(LOOKER) == 0);
    check(send(&s[GIVER], handle[GIVER], bytes[GIVER], 8) == 0 && is_ready(LOOKER, IN) == 0);
    n = peek(&s[TAKER], handle[TAKER], &at, &length);
    check(n > 0 && is_ready(LOOKER, IN) == -SLUICE_EAGAIN);
    looks(IN);
    check(release(&s[TAKER], handle[TAKER], n) == 0 && told(LOOKER) == 0);
    /* one that was left open does not count */
    n = claim(&s[GIVER], handle[GIVER], 8, &at);
    check(n > 0);
    looks(OUT);
    check(simply(&s[GIVER], SLUICE_OP_CLOSE, handle[GIVER]) == 0 && told(LOOKER) == 0);
    done("ready: not while a record is filled or read in place");
}

/* A counter that cannot be where it is. */
static void damage_seen(void)
{
    begin();
    handle[TAKER] = bytes_ring(TAKER);
    struct sluice_ring *ring = (struct sluice_ring *)object(handle[TAKER]);
    store64_relaxed(&ring->receivers.at, load64_relaxed(&ring->senders.at) + 4);
    check(is_ready(TAKER, OUT) == -SLUICE_EUCLEAN && is_ready(TAKER, IN) == -SLUICE_EUCLEAN);
    handle[OTHER] = fifo(OTHER);
    struct sluice_pipe *pipe = (struct sluice_pipe *)sluice__handle_object(
        &s[OTHER], sluice__handle_find(&s[OTHER], handle[OTHER]));
    store_relaxed(&pipe->head, load_relaxed(&pipe->tail) + 1);
    check(is_ready(OTHER, OUT) == -SLUICE_EUCLEAN && is_ready(OTHER, IN) == -SLUICE_EUCLEAN);
    free(s[0].base);
    passed("ready: a counter that cannot be");
}

/* A message whose receiver gives up is anybody's: told. */
static void given_up(void)
{
    begin();
    for (int i = 0; i < 3; i++)
        handle[i] = open_queue(i);
    hangs(TAKER, SLUICE_OP_MQ_RECEIVE, handle[TAKER], 8);
    looks(IN);
    check(once(GIVER, SLUICE_OP_MQ_SEND, handle[GIVER], 8) == 0 && told(LOOKER) == -SLUICE_EAGAIN);
    check(sluice_cancel(&s[TAKER], &waiting[TAKER]) == 0 && told(LOOKER) == 0);
    done("ready: a message that its receiver has left");
}

static void refused(void)
{
    begin();
    handle[TAKER] = semaphore(TAKER);
    for (uint32_t what = 0; what < 8; what++)
        check((is_ready(TAKER, what) == -SLUICE_EINVAL) == (what != IN && what != OUT));
    handle[OTHER] = 77;
    check(is_ready(OTHER, IN) == -SLUICE_EBADF);
    handle[TAKER] = open_queue(TAKER);
    store_relaxed(&object(handle[TAKER])->damaged, 1);
    check(is_ready(TAKER, IN) == -SLUICE_EUCLEAN);
    handle[TAKER] = cells_ring(TAKER);
    store_relaxed(&object(handle[TAKER])->damaged, 1);
    check(is_ready(TAKER, OUT) == -SLUICE_EUCLEAN);
    check(simply(&s[TAKER], SLUICE_OP_CLOSE, handle[TAKER]) == 0);
    struct sluice_request unlink = request_of(SLUICE_OP_UNLINK, 0, "/r");
    unlink.args[0] = SLUICE_KIND_RING;
    check(sluice_try(&s[TAKER], &unlink) == 0);
    handle[TAKER] = bytes_ring(TAKER);
    store_relaxed(&object(handle[TAKER])->damaged, 1);
    check(is_ready(TAKER, OUT) == -SLUICE_EUCLEAN);
    handle[TAKER] = fifo(TAKER);
    store_relaxed(&object(handle[TAKER])->damaged, 1);
    check(is_ready(TAKER, IN) == -SLUICE_EUCLEAN);
    struct sluice_handle *found = sluice__handle_find(&s[TAKER], handle[TAKER]);
    store_relaxed(&found->object, 4);
    check(is_ready(TAKER, IN) == -SLUICE_EUCLEAN);
    free(s[0].base);
    passed("ready: neither direction, no handle, damage");
}

int main(void)
{
    const struct kind kinds[] = {
        {"ready: semaphore", semaphore, SLUICE_OP_SEM_WAIT, SLUICE_OP_SEM_POST, 0, 0, false},
        {"ready: queue", open_queue, SLUICE_OP_MQ_RECEIVE, SLUICE_OP_MQ_SEND, 8, 2, true},
        {"ready: ring of bytes", bytes_ring, SLUICE_OP_RING_RECEIVE, SLUICE_OP_RING_SEND, 124, 2,
         false},
        {"ready: ring of cells", cells_ring, SLUICE_OP_RING_RECEIVE, SLUICE_OP_RING_SEND, 8, 2,
         false},
        {"ready: FIFO", fifo, SLUICE_OP_PIPE_READ, SLUICE_OP_PIPE_WRITE, 4096, 2, false},
    };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
        both_ways(&kinds[i]);
    ends();
    pipes();
    room();
    room_for_one();
    claimed();
    given_up();
    damage_seen();
    refused();
    return 0;
}
