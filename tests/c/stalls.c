/* What is left to be done while somebody holds a lock: it is done when the lock is free, once, and nothing is forgotten. */
#include "ring_world.h"

#include "obj/mqueue.h"

enum { AGENTS = 4 };

static struct sluice s[AGENTS];

static void begin(void)
{
    void *base = new_region(BYTES, AGENTS);
    for (uint32_t i = 0; i < AGENTS; i++) {
        join(&s[i], base, BYTES, i + 1);
        check(open_sem(&s[i], NULL, 0, 0) > 0); /* its tables have grown */
    }
}

static struct sluice_gate *names(void)
{
    return &sluice__region(&s[0])->names;
}

/* It has built, and met the held lock of the names. */
static struct sluice_request stalled_creation(void)
{
    struct sluice_request r = request_of(SLUICE_OP_SEM_OPEN, 0, NULL);
    r.args[2] = 5;
    check(sluice__gate_lock(&s[1], names()) == 0);
    check(sluice_advance(&s[0], &r) == SLUICE_STALLED && load_relaxed(&s[0].me->building) != 0);
    sluice__gate_unlock(&s[1], names());
    return r;
}

static void builds_again(void)
{
    begin();
    uint32_t before = bytes_free(&s[0]);
    struct sluice_request r = stalled_creation();
    struct sluice_request unlink = request_of(SLUICE_OP_UNLINK, 0, "/none");
    unlink.args[0] = SLUICE_KIND_SEMAPHORE;
    check(sluice_try(&s[0], &unlink) == -SLUICE_ENOENT); /* which needs the word */
    check(load_relaxed(&s[0].me->building) == 0 && bytes_free(&s[0]) == before);
    int n = sluice_advance(&s[0], &r);
    check(n > 0 && bytes_free(&s[0]) < before);
    check(simply(&s[0], SLUICE_OP_SEM_VALUE, (uint32_t)n) == 5);
    finish(&s[0], "stalls: a creation whose block was given back builds again");
}

static void gives_back_later(void)
{
    begin();
    uint32_t before = bytes_free(&s[0]);
    struct sluice_request r = stalled_creation();
    check(sluice__gate_lock(&s[1], heap_gate(&s[0])) == 0);
    check(sluice_cancel(&s[0], &r) == SLUICE_STALLED && bytes_free(&s[0]) < before);
    sluice__gate_unlock(&s[1], heap_gate(&s[0]));
    check(rung(&s[0]) && sluice_cancel(&s[0], &r) == 0 && bytes_free(&s[0]) == before);
    finish(&s[0], "stalls: a creation that is given up gives its block back, later where it must");
}

/* A refusal that has something to take back first. */
static void refuses_later(void)
{
    begin();
    struct sluice_request open = request_of(SLUICE_OP_MQ_OPEN, 0, "/q");
    open.args[0] = SLUICE_CREATE | BOTH;
    open.args[2] = 2;
    open.args[3] = 8;
    struct sluice_request note = request_of(SLUICE_OP_MQ_NOTIFY, 0, NULL);
    note.handle = (uint32_t)sluice_try(&s[0], &open);
    struct sluice_mqueue *mq = (struct sluice_mqueue *)inside(&s[0], note.handle);
    check(sluice_advance(&s[0], &note) == -SLUICE_EAGAIN && load_relaxed(&mq->notifier) != 0);
    store_relaxed(&mq->object.damaged, 1);
    check(sluice__gate_lock(&s[1], &mq->object.gate) == 0);
    check(sluice_advance(&s[0], &note) == SLUICE_STALLED && load_relaxed(&mq->notifier) != 0);
    sluice__gate_unlock(&s[1], &mq->object.gate);
    check(rung(&s[0]) && sluice_advance(&s[0], &note) == -SLUICE_EUCLEAN);
    check(load_relaxed(&mq->notifier) == 0);
    finish(&s[0], "stalls: a request that fails takes back what it began, later where it must");
}

/* A dead one's claim stands in a ring whose lock somebody holds. */
static void settles_later(void)
{
    uint8_t *bytes;
    begin();
    const struct shape shape = {64, 64, 3};
    uint32_t mine = open_ring(&s[0], "/r", shape), dead = open_ring(&s[1], "/r", shape);
    check(claim(&s[1], dead, 8, &bytes) > 0 && send(&s[0], mine, "x", 1) == -SLUICE_EAGAIN);
    struct sluice_gate *gate = &inside(&s[0], mine)->object.gate;
    check(sluice__gate_lock(&s[2], gate) == 0);
    /* another wants to settle meanwhile: he is rung when the right is given back, and nobody else */
    struct sluice_region *region = sluice__region(&s[0]);
    sluice__gate_announce(&s[2], region->repairing);
    or64_seq(&region->repair.word, SLUICE__CONTENDED);
    sluice_bell_answer(&s[0]);
    check(sluice_died(&s[0], 2) == 1 && sluice_settle(&s[0]) == SLUICE_STALLED);
    check(rung(&s[2]) && !rung(&s[0]));
    check(load64_relaxed(&gate->word) & SLUICE__CONTENDED);
    check(s[0].blocked_on == SLUICE__ANNOUNCED && !sluice__agents_valid(&s[0]));
    sluice__gate_unlock(&s[2], gate);
    check(rung(&s[0]) && sluice_settle(&s[0]) == 0 && send(&s[0], mine, "x", 1) == 0);
    check(sluice__ring_valid(&s[0], inside(&s[0], mine)));
    finish(&s[0], "stalls: what a dead one has in a held ring is settled later");
}

int main(void)
{
    builds_again();
    gives_back_later();
    refuses_later();
    settles_later();
    return 0;
}
