/* Nobody is told for nothing: whoever waits sleeps on until there is something for him. One thread, so that none is late. */
#include "waiting.h"

#include "obj/pipe.h"

/* Each agent's handle of one object. Agents 1, 2 and 3 wait, in this order; 0 and 4 do not. */
static uint32_t h[AGENTS];

static void hang_three(uint32_t op, uint32_t length)
{
    for (int i = 1; i <= 3; i++)
        hangs(i, op, h[i], length);
}

/* Of those who wait, the first so many are told. */
static bool told_are(int first)
{
    for (int i = 1; i <= 3; i++)
        if (waiting[i].waiter != 0 && is_told(i) != (i <= first))
            return false;
    return true;
}

/* --- semaphores ---------------------------------------------------------------------------- */

static void semaphore(void)
{
    begin();
    for (int i = 0; i < AGENTS; i++)
        h[i] = (uint32_t)open_sem(&s[i], "/s", SLUICE_CREATE, 0);
    hang_three(SLUICE_OP_SEM_WAIT, 0);
    check(simply(&s[0], SLUICE_OP_SEM_POST, h[0]) == 0 && told_are(1));
    check(once(4, SLUICE_OP_SEM_VALUE, h[4], 0) == 1 && told_are(1));
    check(told(1) == 0 && told_are(1)); /* it was the only one */
    check(once(4, SLUICE_OP_SEM_WAIT, h[4], 0) == -SLUICE_EAGAIN && told_are(1));
    done("untold: a semaphore of one count wakes one");
}

/* Two posts while the lock is held are one note: who takes one count tells the next of the other. */
static void two_counts(void)
{
    begin();
    for (int i = 0; i < AGENTS; i++)
        h[i] = (uint32_t)open_sem(&s[i], "/s", SLUICE_CREATE, 0);
    hang_three(SLUICE_OP_SEM_WAIT, 0);
    struct sluice_gate *gate = &object(h[0])->gate;
    check(sluice__gate_lock(&s[4], gate) == 0);
    check(once(0, SLUICE_OP_SEM_POST, h[0], 0) == 0 && once(0, SLUICE_OP_SEM_POST, h[0], 0) == 0);
    sluice__gate_unlock(&s[4], gate);
    check(told_are(1) && told(1) == 0 && told_are(2) && told(2) == 0 && told_are(2));
    done("untold: ... and of two counts two");
}

/* --- pipes --------------------------------------------------------------------------------- */

static void open_fifos(void)
{
    begin();
    for (int i = 0; i < AGENTS; i++) {
        struct sluice_request r = request_of(SLUICE_OP_FIFO_OPEN, 0, "/f");
        r.args[0] = BOTH | SLUICE_CREATE;
        r.args[2] = 4096;
        int n = sluice_advance(&s[i], &r);
        check(n > 0);
        h[i] = (uint32_t)n;
    }
}

static int put(uint32_t length)
{
    return once(0, SLUICE_OP_PIPE_WRITE, h[0], length);
}

static int get(uint32_t length)
{
    return once(0, SLUICE_OP_PIPE_READ, h[0], length);
}

static void readers(void)
{
    open_fifos();
    hang_three(SLUICE_OP_PIPE_READ, 1);
    check(once(4, SLUICE_OP_PIPE_ATTRIBUTES, h[4], 0) == 0 && told_are(0));
    check(put(1) == 1 && told_are(1) && told(1) == 1 && told_are(1));
    check(put(2) == 2 && told_are(2));  /* the second */
    check(told(2) == 1 && told_are(3)); /* who leaves one to the third */
    check(told(3) == 1 && get(1) == -SLUICE_EAGAIN);
    hang_three(SLUICE_OP_PIPE_READ, 1);
    check(put(4096) == 4096 && put(1) == -SLUICE_EAGAIN && put(5000) == -SLUICE_EAGAIN);
    check(told_are(1)); /* by the bytes, not by those who found no room */
    done("untold: readers of a pipe, by bytes alone");
}

static void writers(void)
{
    open_fifos();
    check(put(4096) == 4096);
    hang_three(SLUICE_OP_PIPE_WRITE, 4096);
    check(get(1) == 1 && told_are(1));
    check(told(1) == -SLUICE_EAGAIN &&
          told_are(0)); /* too little room for him, who stays the first */
    check(get(4096) == 4095 && told_are(1) && get(1) == -SLUICE_EAGAIN && told_are(1));
    check(told(1) == 4096 && told_are(1)); /* full again */
    check(get(4096) == 4096 && told_are(2));
    waiting[2].length = 4095;
    check(told(2) == 4095 && told_are(3)); /* there is room for one */
    done("untold: writers to a pipe, by room alone");
}

/* Whoever meets damage tells those who wait, be he of their side or of the other. */
static void damaged_pipe(uint32_t op, int meets)
{
    open_fifos();
    bool full = op == SLUICE_OP_PIPE_WRITE;
    check(!full || put(4096) == 4096);
    hang_three(op, 4096);
    store_relaxed(&((struct sluice_pipe *)object(h[0]))->capacity_bytes, 0);
    uint32_t other = full ? SLUICE_OP_PIPE_READ : SLUICE_OP_PIPE_WRITE;
    check(once(4, meets == 0 ? op : other, h[4], 1) == -SLUICE_EUCLEAN);
    check(told(1) == -SLUICE_EUCLEAN && told(2) == -SLUICE_EUCLEAN && told(3) == -SLUICE_EUCLEAN);
    over();
}

/* --- queues -------------------------------------------------------------------------------- */

static void open_queues(void)
{
    begin();
    for (int i = 0; i < AGENTS; i++)
        h[i] = open_queue(i);
}

static void receivers_of_a_queue(void)
{
    open_queues();
    hang_three(SLUICE_OP_MQ_RECEIVE, 8);
    check(once(4, SLUICE_OP_MQ_ATTRIBUTES, h[4], 0) == 0);
    struct sluice_request note = request_of(SLUICE_OP_MQ_NOTIFY, h[4], NULL);
    check(sluice_advance(&s[4], &note) == -SLUICE_EAGAIN && sluice_cancel(&s[4], &note) == 0);
    check(told_are(0));
    check(once(0, SLUICE_OP_MQ_SEND, h[0], 1) == 0 && told_are(1) && told(1) == 1 && told_are(1));
    for (int i = 0; i < 2; i++)
        check(once(0, SLUICE_OP_MQ_SEND, h[0], 1) == 0);
    check(told_are(3) && told(2) == 1 && told(3) == 1); /* one each */
    hang_three(SLUICE_OP_MQ_RECEIVE, 8);
    for (int i = 0; i < 2; i++)
        check(once(0, SLUICE_OP_MQ_SEND, h[0], 1) == 0);
    check(once(0, SLUICE_OP_MQ_SEND, h[0], 1) == -SLUICE_EAGAIN && told_are(2));
    done("untold: receivers of a queue, by messages alone");
}

static void senders_to_a_queue(void)
{
    open_queues();
    for (int i = 0; i < 2; i++)
        check(once(0, SLUICE_OP_MQ_SEND, h[0], 1) == 0);
    hang_three(SLUICE_OP_MQ_SEND, 1);
    check(once(0, SLUICE_OP_MQ_SEND, h[0], 1) == -SLUICE_EAGAIN && told_are(0));
    check(once(0, SLUICE_OP_MQ_RECEIVE, h[0], 8) == 1 && told_are(1));
    check(told(1) == 0 && told_are(1)); /* full again */
    for (int i = 0; i < 2; i++)
        check(once(0, SLUICE_OP_MQ_RECEIVE, h[0], 8) == 1);
    check(once(0, SLUICE_OP_MQ_RECEIVE, h[0], 8) == -SLUICE_EAGAIN && told_are(3));
    done("untold: senders to a queue, by room alone");
}

/* --- rings of cells -------------------------------------------------------------------------- */

static uint8_t batch[3 * 8], *place;

static void open_rings(void)
{
    uint32_t length = 4;
    begin();
    for (int i = 0; i < AGENTS; i++)
        h[i] = open_ring(&s[i], "/r", (struct shape){8, 4, 3});
    for (int i = 0; i < 3; i++)
        memcpy(batch + 8 * i, &length, 4);
}

static int send_one(void)
{
    return send(&s[0], h[0], batch, 4);
}

static void receivers_of_a_ring(void)
{
    open_rings();
    hang_three(SLUICE_OP_RING_RECEIVE, 4);
    int one = claim(&s[0], h[0], 4, &place), two = claim(&s[4], h[4], 4, &place);
    check(one > 0 && two > 0 && records(&s[0], h[0]) == 0 && told_are(0)); /* no room, no record */
    check(send_one() == -SLUICE_EAGAIN && claim(&s[0], h[0], 1, &place) == -SLUICE_EAGAIN);
    check(send_many(&s[0], h[0], batch, 8) == -SLUICE_EAGAIN && told_are(0));
    check(abort_claim(&s[0], h[0], one) == 0 && abort_claim(&s[4], h[4], two) == 0 && told_are(0));
    check(send_one() == 0 && told_are(1) && told(1) == 4 && told_are(1));
    check(send_many(&s[0], h[0], batch, 24) == 2 && told_are(2)); /* the third had no room */
    check(send_one() == -SLUICE_EAGAIN && send_many(&s[0], h[0], batch, 8) == -SLUICE_EAGAIN);
    check(told_are(2) && told(2) == 4 && told_are(3)); /* who leaves one to the third */
    check(told(3) == 4);
    done("untold: receivers of a ring, by records alone");
}

static void senders_to_a_ring(void)
{
    uint8_t room[64];
    uint32_t used;
    open_rings();
    check(send_many(&s[0], h[0], batch, 16) == 2);
    hang_three(SLUICE_OP_RING_SEND, 4);
    check(send_one() == -SLUICE_EAGAIN && told_are(0));
    check(receive(&s[0], h[0], room, 4) == 4 && told_are(1) && told(1) == 0 && told_are(1));
    check(receive_many(&s[0], h[0], 9, room, sizeof(room), &used) == 2 && told_are(2));
    check(receive(&s[0], h[0], room, 4) == -SLUICE_EAGAIN && told_are(2));
    check(receive_many(&s[0], h[0], 9, room, sizeof(room), &used) == -SLUICE_EAGAIN);
    check(peek(&s[0], h[0], &place, &used) == -SLUICE_EAGAIN && told_are(2));
    check(told(2) == 0 && told_are(3)); /* there is room for one more */
    done("untold: senders to a ring, by room alone");
}

/* Of a ring of bytes: one side meets the damage, the other waits. */
static void damaged_bytes(bool full)
{
    begin();
    for (int i = 0; i < 2; i++)
        h[i] = open_ring(&s[i], "/r", (struct shape){64, 0, 0});
    while (full && send(&s[1], h[1], bytes[0], 28) == 0)
        ;
    if (full)
        hangs(1, SLUICE_OP_RING_SEND, h[1], 28);
    else
        hangs(1, SLUICE_OP_RING_RECEIVE, h[1], 28);
    store_relaxed(&inside(&s[0], h[0])->capacity_bytes, 0);
    check(once(0, full ? SLUICE_OP_RING_RECEIVE : SLUICE_OP_RING_SEND, h[0], 28) ==
          -SLUICE_EUCLEAN);
    check(told(1) == -SLUICE_EUCLEAN);
    done(full ? "untold: ... of damage, who sends bytes" : "untold: ... of damage, who receives");
}

int main(void)
{
    semaphore();
    two_counts();
    readers();
    writers();
    for (int meets = 0; meets < 2; meets++) {
        damaged_pipe(SLUICE_OP_PIPE_READ, meets);
        damaged_pipe(SLUICE_OP_PIPE_WRITE, meets);
    }
    passed("untold: ... or by damage, whoever meets it");
    receivers_of_a_queue();
    senders_to_a_queue();
    receivers_of_a_ring();
    senders_to_a_ring();
    damaged_bytes(false);
    damaged_bytes(true);
    return 0;
}
