/* How requests go on: after a mark, a stall, a cancel, another's death; and what they find when they do. */
#include "world.h"

#include "api/op.h"
#include "obj/mqueue.h"
#include "obj/psem.h"
#include "reg/handle.h"
#include "reg/kind.h"

enum { BYTES = 1 << 18, AGENTS = 4, BOTH = SLUICE_READ | SLUICE_WRITE };

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

static struct sluice_object *object_of(int who, uint32_t handle)
{
    return sluice__handle_object(&s[who], sluice__handle_find(&s[who], handle));
}

static bool marked(int who, const struct sluice_request *r)
{
    return sluice__waiter_marked(sluice__waiter(&s[who], r->waiter - 1));
}

static struct sluice_request hung(int who, uint32_t op, uint32_t handle)
{
    static uint8_t byte[AGENTS];
    struct sluice_request r = request_of(op, handle, NULL);
    r.bytes = &byte[who];
    r.length = 1;
    check(sluice_advance(&s[who], &r) == -SLUICE_EAGAIN && r.waiter != 0);
    return r;
}

/* --- marks ------------------------------------------------------------------------------- */

/* Whoever was marked and came too late is the first again; who took it unmarked has left the list. */
static void turns(void)
{
    uint32_t sem[AGENTS];
    begin();
    for (int i = 0; i < AGENTS; i++)
        sem[i] = (uint32_t)open_sem(&s[i], "/s", SLUICE_CREATE, 0);
    struct sluice_request a = hung(0, SLUICE_OP_SEM_WAIT, sem[0]);
    struct sluice_request b = hung(1, SLUICE_OP_SEM_WAIT, sem[1]);
    check(simply(&s[2], SLUICE_OP_SEM_POST, sem[2]) == 0 && marked(0, &a) && !marked(1, &b));
    check(simply(&s[2], SLUICE_OP_SEM_WAIT, sem[2]) == 0);
    check(sluice_advance(&s[0], &a) == -SLUICE_EAGAIN && !marked(0, &a));
    check(simply(&s[2], SLUICE_OP_SEM_POST, sem[2]) == 0 && marked(0, &a) && !marked(1, &b));
    check(sluice_advance(&s[0], &a) == 0 && !marked(1, &b)); /* one post, one turn */

    a = hung(0, SLUICE_OP_SEM_WAIT, sem[0]);
    check(simply(&s[2], SLUICE_OP_SEM_POST, sem[2]) == 0 && marked(1, &b));
    check(sluice_advance(&s[0], &a) == 0 && a.waiter == 0); /* though it was another's turn */
    check(sluice_advance(&s[1], &b) == -SLUICE_EAGAIN);
    check(simply(&s[2], SLUICE_OP_SEM_POST, sem[2]) == 0 && sluice_advance(&s[1], &b) == 0);
    check((load64_relaxed(&object_of(0, sem[0])->gate.word) & SLUICE__ALL_WAITS) == 0);
    finish(&s[0],
           "going on: one turn a post, the first stays the first, who is served waits no more");
}

static uint32_t open_queue(int who, uint32_t flags)
{
    struct sluice_request r = request_of(SLUICE_OP_MQ_OPEN, 0, "/q");
    r.args[0] = flags;
    r.args[2] = r.args[3] = 1;
    int n = sluice_try(&s[who], &r);
    check(n > 0);
    return (uint32_t)n;
}

/* A turn that ends in an error has not been used. */
static void errors(void)
{
    begin();
    uint32_t q0 = open_queue(0, SLUICE_CREATE | BOTH), q1 = open_queue(1, BOTH);
    struct sluice_request a = hung(0, SLUICE_OP_MQ_RECEIVE, q0);
    struct sluice_request b = hung(1, SLUICE_OP_MQ_RECEIVE, q1);
    struct sluice_request send = request_of(SLUICE_OP_MQ_SEND, q1, NULL);
    send.bytes = &send;
    check(sluice_try(&s[1], &send) == 0 && marked(0, &a) && !marked(1, &b));
    store_relaxed(&object_of(0, q0)->damaged, 1);
    check(sluice_advance(&s[0], &a) == -SLUICE_EUCLEAN && marked(1, &b));
    check(sluice_advance(&s[1], &b) == -SLUICE_EUCLEAN);
    /* nor one whose waiter cannot be found */
    struct sluice_request c = hung(2, SLUICE_OP_SEM_WAIT, (uint32_t)open_sem(&s[2], NULL, 0, 0));
    uint32_t table = load_relaxed(&s[2].me->waiters);
    store_relaxed(&s[2].me->waiters, 8);
    check(sluice_advance(&s[2], &c) == -SLUICE_EUCLEAN && c.waiter == 0);
    store_relaxed(&s[2].me->waiters, table);
    finish(&s[0], "going on: who fails leaves his turn to the next");
}

/* Each event, and one waiter of each. */
static void everybody_once(void)
{
    struct sluice_waiter *first[SLUICE_EVENTS], *second[SLUICE_EVENTS];
    begin();
    struct sluice_object *o = object_of(0, (uint32_t)open_sem(&s[0], NULL, 0, 0));
    for (uint32_t i = 0; i < SLUICE_EVENTS; i++) {
        first[i] = new_waiter(&s[1]), second[i] = new_waiter(&s[2]);
        check(sluice__event_hang(&s[1], first[i], &o->gate, i, SLUICE__LAST) == 0);
        check(sluice__event_hang(&s[2], second[i], &o->gate, i, SLUICE__LAST) == 0);
    }
    sluice__event_notify_all(&s[0], &o->gate);
    for (uint32_t i = 0; i < SLUICE_EVENTS; i++)
        check(sluice__waiter_marked(first[i]) && !sluice__waiter_marked(second[i]));
    leave(&s[1]), leave(&s[2]);
    finish(&s[0], "going on: who tells of everything tells the first of each event, once");
}

/* --- the bell ---------------------------------------------------------------------------- */

static void bells(void)
{
    begin();
    sluice__bell_ring(&s[1], 0);
    check(rung(&s[0]) && sluice_bell_arm(&s[0]) == 0);
    sluice_bell_answer(&s[0]);
    check(!rung(&s[0]) && sluice_bell_arm(&s[0]) == 1);
    check(load_relaxed(&s[0].me->bell) == SLUICE_BELL_ASLEEP);
    finish(&s[0], "going on: a bell that was answered may be slept on again");
}

/* Its slot is another's by now, whose first waiter has the number of its own. */
static void zombies(void)
{
    begin();
    uint32_t sem = (uint32_t)open_sem(&s[0], "/s", SLUICE_CREATE, 0);
    uint32_t mine = (uint32_t)open_sem(&s[1], "/s", 0, 0);
    struct sluice_request old = hung(0, SLUICE_OP_SEM_WAIT, sem);
    struct sluice_request older = hung(0, SLUICE_OP_SEM_WAIT, sem);
    check(sluice_agent_died(&s[1], 0, s[0].incarnation) == 1 && sluice_settle(&s[1]) == 0);
    struct sluice next;
    join(&next, s[0].base, BYTES, 9);
    struct sluice_request r[2];
    check(next.slot == 0);
    uint32_t its = (uint32_t)open_sem(&next, "/s", 0, 0);
    for (int i = 0; i < 2; i++) {
        r[i] = request_of(SLUICE_OP_SEM_WAIT, its, NULL);
        check(sluice_advance(&next, &r[i]) == -SLUICE_EAGAIN);
    }
    check(old.waiter + older.waiter == r[0].waiter + r[1].waiter);
    sluice__bell_ring(&s[1], 0);
    sluice_bell_answer(&s[0]);
    check(rung(&next) && sluice_ready(&s[0]) == 0);
    check(sluice_advance(&s[0], &old) == -SLUICE_ESRCH && old.waiter == 0);
    check(sluice_cancel(&s[0], &older) == 0 && older.waiter == 0);
    for (int i = 0; i < 2; i++) {
        check(simply(&s[1], SLUICE_OP_SEM_POST, mine) == 0 && sluice_advance(&next, &r[i]) == 0);
        check(load_relaxed(&object_of(1, mine)->gate.events[0].waiters.head) != 0 || i == 1);
    }
    leave(&next);
    finish(&s[1], "going on: who lives though pronounced dead ends no wait of who has its slot");
}

/* --- creations that meet a held lock --------------------------------------------------------- */

static struct sluice_request creation(const char *name)
{
    struct sluice_request r = request_of(SLUICE_OP_SEM_OPEN, 0, name);
    r.args[0] = SLUICE_CREATE;
    r.args[2] = 5;
    return r;
}

/* It has built, but not yet published. */
static struct sluice_request stalled(const char *name)
{
    struct sluice_request r = creation(name);
    uint32_t bytes = sizeof(struct sluice_psem);
    check(sluice__op_build(&s[0], &r, SLUICE_KIND_SEMAPHORE, sluice__op_name(&r), bytes, bytes) ==
          0);
    return r;
}

/* A semaphore of 5, of that many bytes of a name. */
static void goes_on(struct sluice_request *r, uint32_t name_bytes)
{
    int n = sluice_advance(&s[0], r);
    check(n > 0 && load_relaxed(&s[0].me->building) == 0);
    check(simply(&s[0], SLUICE_OP_SEM_VALUE, (uint32_t)n) == 5);
    check(load_relaxed(&object_of(0, (uint32_t)n)->name_bytes) == name_bytes);
}

static void attempts(void)
{
    begin();
    struct sluice_request r = creation(NULL);
    uint32_t before = bytes_free(&s[0]);
    check(sluice__gate_lock(&s[1], names()) == 0);
    check(sluice_try(&s[0], &r) == -SLUICE_EAGAIN && bytes_free(&s[0]) == before);
    check(r.out[1] == 0 && r.out[2] == 0 && load_relaxed(&s[0].me->building) == 0);
    sluice__gate_unlock(&s[1], names());
    finish(&s[0], "going on: an attempt at a creation leaves nothing behind");
}

/* Meanwhile the agent's table grows, for which it takes a block. */
static void after_growing(void)
{
    begin();
    struct sluice_request r = stalled("/s");
    for (int i = 0; i < SLUICE_CHUNK; i++)
        check(sluice__handle_new(&s[0]) >= 0);
    check(s[0].taken != load_relaxed(&s[0].me->building));
    goes_on(&r, 2);
    finish(&s[0], "going on: a creation goes on with its own block, whatever was taken since");
}

/* Meanwhile another has made it. */
static void after_another(void)
{
    begin();
    struct sluice_request r = stalled("/s");
    uint32_t other = (uint32_t)open_sem(&s[2], "/s", SLUICE_CREATE, 7);
    int n = sluice_advance(&s[0], &r);
    check(n > 0 && object_of(0, (uint32_t)n) == object_of(2, other));
    check(load_relaxed(&s[0].me->building) == 0);
    uint32_t used = bytes_free(&s[0]);
    struct sluice_request none = request_of(SLUICE_OP_UNLINK, 0, "/none");
    none.args[0] = SLUICE_KIND_SEMAPHORE;
    check(sluice_try(&s[0], &none) == -SLUICE_ENOENT && bytes_free(&s[0]) == used);
    finish(&s[0], "going on: what was built in vain is given back at once");
}

/* Its block was given back, and holds now what this agent was the last to let go. */
static void after_a_close(void)
{
    begin();
    struct sluice_request r = stalled(NULL);
    uint32_t block = load_relaxed(&s[0].me->building);
    struct sluice_request unlink = request_of(SLUICE_OP_UNLINK, 0, "/other");
    unlink.args[0] = SLUICE_KIND_SEMAPHORE;
    check(sluice_try(&s[0], &unlink) == -SLUICE_ENOENT); /* which needs the word */
    uint32_t other = (uint32_t)open_sem(&s[2], "/other", SLUICE_CREATE, 7);
    check(sluice__offset(&s[2], object_of(2, other)) == block);
    uint32_t mine = (uint32_t)open_sem(&s[0], "/other", 0, 0);
    check(sluice_try(&s[2], &unlink) == 0 && simply(&s[2], SLUICE_OP_CLOSE, other) == 0);
    check(sluice__gate_lock(&s[1], heap_gate(&s[0])) == 0);
    struct sluice_request shut = request_of(SLUICE_OP_CLOSE, mine, NULL);
    check(sluice_try(&s[0], &shut) == 0 && load_relaxed(&s[0].me->building) == block);
    sluice__gate_unlock(&s[1], heap_gate(&s[0]));
    goes_on(&r, 0);
    finish(&s[0], "going on: never with an object whose life is over");
}

/* One number on, one back: it may not be the same again. */
static void after_a_close_and_another(void)
{
    begin();
    uint32_t sem = (uint32_t)open_sem(&s[0], NULL, 0, 0);
    struct sluice_request r = stalled(NULL);
    uint32_t block = load_relaxed(&s[0].me->building);
    check(simply(&s[0], SLUICE_OP_CLOSE, sem) == 0 && load_relaxed(&s[0].me->building) == 0);
    check(sluice__heap_take(&s[0], &s[0].me->desk, sizeof(struct sluice_psem), 0) == 0);
    stalled("/other");
    check(load_relaxed(&s[0].me->building) == block);
    goes_on(&r, 0);
    finish(&s[0], "going on: never with what another request builds");
}

/* --- FIFOs and notifications ----------------------------------------------------------------- */

static struct sluice_request opening(uint32_t flags)
{
    struct sluice_request r = request_of(SLUICE_OP_FIFO_OPEN, 0, "f");
    r.args[0] = flags;
    r.args[2] = 1;
    return r;
}

/* Entered, and then no waiter to be had: the table must grow, and the heap is locked. */
static void opens_once(void)
{
    begin();
    struct sluice_request made = opening(SLUICE_CREATE | BOTH), r = opening(SLUICE_READ);
    int fifo = sluice_try(&s[1], &made);
    struct sluice_object *o = object_of(1, (uint32_t)fifo);
    for (int i = 0; i < SLUICE_CHUNK; i++)
        new_waiter(&s[0]);
    check(simply(&s[1], SLUICE_OP_CLOSE, (uint32_t)fifo) == 0 && load_relaxed(&o->refs) == 1);
    check(sluice__gate_lock(&s[2], heap_gate(&s[0])) == 0);
    check(sluice_advance(&s[0], &r) == SLUICE_STALLED && load_relaxed(&o->refs) == 2);
    sluice__gate_unlock(&s[2], heap_gate(&s[0]));
    check(sluice_advance(&s[0], &r) == -SLUICE_EAGAIN && load_relaxed(&o->refs) == 2);
    struct sluice_request again = r; /* as it stands: it would wait */
    again.waiter = 0;
    check(sluice_try(&s[0], &again) == -SLUICE_EAGAIN && load_relaxed(&o->refs) == 2);
    check(sluice__gate_lock(&s[2], names()) == 0);
    check(sluice_cancel(&s[0], &r) == SLUICE_STALLED && load_relaxed(&o->refs) == 2);
    sluice__gate_unlock(&s[2], names());
    check(sluice_cancel(&s[0], &r) == 0 && load_relaxed(&o->refs) == 1);
    /* who may not wait for a reader is told what it would have to do */
    struct sluice_request w = opening(SLUICE_CREATE | SLUICE_WRITE);
    check(sluice_try(&s[0], &w) == -SLUICE_EAGAIN);
    finish(&s[0], "going on: an end of a FIFO is opened once, and taken back whole");
}

/* A closing that stops half way, since this agent has yet to give back what it let go of before. */
static void closes_once(void)
{
    begin();
    uint32_t sem = (uint32_t)open_sem(&s[0], NULL, 0, 0);
    struct sluice_request pipe = request_of(SLUICE_OP_PIPE_OPEN, 0, NULL);
    pipe.args[0] = 1;
    check(sluice_try(&s[0], &pipe) == 0);
    struct sluice_object *o = object_of(0, pipe.out[0]);
    int reader =
        sluice__object_open(&s[2], sluice__offset(&s[0], o), load_relaxed(&o->serial), SLUICE_READ);
    check(reader >= 0 && sluice__gate_lock(&s[1], heap_gate(&s[0])) == 0);
    check(simply(&s[0], SLUICE_OP_CLOSE, sem) == 0 && load_relaxed(&s[0].me->building) != 0);
    struct sluice_request shut = request_of(SLUICE_OP_CLOSE, pipe.out[0], NULL);
    check(sluice_try(&s[0], &shut) == -SLUICE_EAGAIN && load_relaxed(&o->refs) == 3);
    sluice__gate_unlock(&s[1], heap_gate(&s[0]));
    check(sluice_try(&s[0], &shut) == 0 && load_relaxed(&o->refs) == 2);
    struct sluice_request write = request_of(SLUICE_OP_PIPE_WRITE, pipe.out[1], NULL);
    write.bytes = &write;
    write.length = 1;
    check(sluice_try(&s[0], &write) == 1); /* one reader is left */
    leave(&s[2]);
    check(sluice_try(&s[0], &write) == -SLUICE_EPIPE);
    finish(&s[0], "going on: an end of a pipe is closed once, however often it has to be tried");
}

static int registers(int who, uint32_t handle)
{
    struct sluice_request r = request_of(SLUICE_OP_MQ_NOTIFY, handle, NULL);
    return sluice_try(&s[who], &r);
}

static void registrations(void)
{
    begin();
    uint32_t maker = open_queue(2, SLUICE_CREATE | BOTH);
    uint32_t mine = open_queue(0, SLUICE_READ), yours = open_queue(1, BOTH);
    check(simply(&s[2], SLUICE_OP_CLOSE, maker) == 0);
    struct sluice_request first = hung(0, SLUICE_OP_MQ_NOTIFY, mine), refused = first;
    refused.waiter = refused.out[3] = 0;
    check(registers(1, yours) == -SLUICE_EBUSY);
    check(sluice_advance(&s[0], &refused) == -SLUICE_EBUSY); /* and takes nothing back */
    check(registers(1, yours) == -SLUICE_EBUSY);
    check(sluice_cancel(&s[0], &first) == 0 && registers(1, yours) == -SLUICE_EAGAIN);
    /* served, and before it is cancelled another of the same handle registers */
    first = hung(0, SLUICE_OP_MQ_NOTIFY, mine);
    struct sluice_request send = request_of(SLUICE_OP_MQ_SEND, yours, NULL);
    send.bytes = &send;
    check(sluice_try(&s[1], &send) == 0);
    struct sluice_request second = hung(0, SLUICE_OP_MQ_NOTIFY, mine);
    check(sluice_cancel(&s[0], &first) == 0 && registers(1, yours) == -SLUICE_EBUSY);
    check(sluice_cancel(&s[0], &second) == 0 && registers(1, yours) == -SLUICE_EAGAIN);
    finish(&s[0], "going on: a registration is taken back by the request that made it");
}

/* A record that served a ring, then a queue at which another is the first to register. */
static void earlier_lives(void)
{
    begin();
    struct sluice_request ring = request_of(SLUICE_OP_RING_OPEN, 0, NULL);
    ring.args[0] = BOTH;
    ring.args[2] = 64;
    uint32_t yours = open_queue(1, SLUICE_CREATE | BOTH),
             party = (uint32_t)sluice_try(&s[0], &ring);
    struct sluice_request send = request_of(SLUICE_OP_RING_SEND, party, NULL);
    send.bytes = &send;
    check(sluice_try(&s[0], &send) == 0 && simply(&s[0], SLUICE_OP_CLOSE, party) == 0);
    uint32_t mine = open_queue(0, BOTH);
    check(sluice__handle_index(mine) == sluice__handle_index(party));
    struct sluice_request r = hung(1, SLUICE_OP_MQ_NOTIFY, yours);
    check(simply(&s[0], SLUICE_OP_CLOSE, mine) == 0 && registers(1, yours) == -SLUICE_EBUSY);
    check(sluice_cancel(&s[1], &r) == 0);
    finish(&s[0], "going on: what a handle's record was before means nothing to the next object");
}

int main(void)
{
    turns();
    errors();
    everybody_once();
    bells();
    zombies();
    attempts();
    after_growing();
    after_another();
    after_a_close();
    after_a_close_and_another();
    opens_once();
    closes_once();
    registrations();
    earlier_lives();
    return 0;
}
