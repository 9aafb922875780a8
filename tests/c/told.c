/* Who waits is told: wakes that stand in for each other, each where it is the only one. One thread, so that none is late. */
#include "waiting.h"

/* --- whoever takes and leaves something tells the next ----------------------------------- */

/* Two who were marked leave while the lock is held: their two notes are one. */
static void two_leave(uint32_t op, uint32_t other, const char *name)
{
    uint32_t q[AGENTS], length = op == SLUICE_OP_MQ_SEND ? 1 : 8;
    begin();
    for (int i = 0; i < AGENTS; i++)
        q[i] = open_queue(i);
    for (int i = 0; i < 2 && op == SLUICE_OP_MQ_SEND; i++)
        check(once(0, op, q[0], 1) == 0);
    for (int i = 1; i <= 4; i++)
        hangs(i, op, q[i], length);
    for (int i = 0; i < 2; i++)
        check(once(0, other, q[0], other == SLUICE_OP_MQ_SEND ? 1 : 8) >= 0);
    struct sluice_gate *gate = &object(q[0])->gate;
    check(sluice__gate_lock(&s[5], gate) == 0);
    int left = op == SLUICE_OP_MQ_RECEIVE ? SLUICE_STALLED : 0; /* receivers are counted */
    check(sluice_cancel(&s[1], &waiting[1]) == left && sluice_cancel(&s[2], &waiting[2]) == left);
    sluice__gate_unlock(&s[5], gate);
    check(sluice_cancel(&s[1], &waiting[1]) == 0 && sluice_cancel(&s[2], &waiting[2]) == 0);
    check(told(3) >= 0 && told(4) >= 0);
    done(name);
}

/* One read makes room for two. */
static void room_for_two(void)
{
    struct sluice_request r = request_of(SLUICE_OP_PIPE_OPEN, 0, NULL);
    begin();
    r.args[0] = 8192;
    check(sluice_try(&s[0], &r) >= 0);
    check(once(0, SLUICE_OP_PIPE_WRITE, r.out[1], 8192) == 8192);
    waiting[0] = moving(SLUICE_OP_PIPE_WRITE, r.out[1], bytes[0], 4096);
    struct sluice_request second = waiting[0];
    check(sluice_advance(&s[0], &waiting[0]) == -SLUICE_EAGAIN);
    check(sluice_advance(&s[0], &second) == -SLUICE_EAGAIN);
    check(once(0, SLUICE_OP_PIPE_READ, r.out[0], 8192) == 8192);
    check(told(0) == 4096);
    waiting[0] = second;
    check(told(0) == 4096);
    done("told: one read makes room for two writers");
}

/* One writer lets all in who wait to read: notes merge, so each who gets in tells the next. */
static void readers_of_a_fifo(void)
{
    begin();
    for (int i = 0; i < 5; i++) {
        waiting[i] = request_of(SLUICE_OP_FIFO_OPEN, 0, "/tmp/f");
        waiting[i].args[2] = 4096;
        waiting[i].args[0] = SLUICE_CREATE | (i < 4 ? SLUICE_READ : SLUICE_WRITE);
        check(i == 4 || sluice_advance(&s[i], &waiting[i]) == -SLUICE_EAGAIN);
    }
    check(sluice_advance(&s[4], &waiting[4]) >= 0);
    for (int i = 0; i < 4; i++)
        check(told(i) >= 0);
    done("told: a writer lets four readers in");
}

/* The end of file is there for all, and who gets it has used his mark: he tells the next. */
static void end_of_file(void)
{
    uint32_t end[4];
    begin();
    for (int i = 0; i < 4; i++) {
        struct sluice_request r = request_of(SLUICE_OP_FIFO_OPEN, 0, "/tmp/f");
        r.args[0] = SLUICE_CREATE | SLUICE_NONBLOCK | (i < 3 ? SLUICE_READ : SLUICE_WRITE);
        r.args[2] = 4096;
        int n = sluice_try(&s[i], &r);
        check(n > 0);
        end[i] = (uint32_t)n;
    }
    for (int i = 0; i < 3; i++)
        hangs(i, SLUICE_OP_PIPE_READ, end[i], 1);
    check(simply(&s[3], SLUICE_OP_CLOSE, end[3]) == 0);
    for (int i = 0; i < 3; i++)
        check(told(i) == 0);
    done("told: the end of file reaches three readers");
}

/* --- damage ------------------------------------------------------------------------------- */

static void damaged_queue(uint32_t op, uint32_t other, const char *name)
{
    begin();
    uint32_t q0 = open_queue(0), q1 = open_queue(1), q2 = open_queue(2);
    for (int i = 0; i < 2 && op == SLUICE_OP_MQ_SEND; i++)
        check(once(0, op, q0, 1) == 0);
    hangs(1, op, q1, 8);
    hangs(2, op, q2, 8);
    struct sluice_mqueue *mq = (struct sluice_mqueue *)object(q0);
    store_relaxed(&mq->cells.stride, 0);
    check(once(0, other, q0, 8) == -SLUICE_EUCLEAN);
    check(told(1) == -SLUICE_EUCLEAN && told(2) == -SLUICE_EUCLEAN);
    done(name);
}

static void damaged_ring(bool full)
{
    static const struct shape shape = {16, 8, 3};
    begin();
    uint32_t ring[4];
    for (int i = 0; i < 4; i++)
        ring[i] = open_ring(&s[i], "/r", shape);
    for (int i = 0; i < 2 && full; i++)
        check(once(0, SLUICE_OP_RING_SEND, ring[0], 8) >= 0);
    hangs(1, full ? SLUICE_OP_RING_SEND : SLUICE_OP_RING_RECEIVE, ring[1], 8);
    hangs(2, full ? SLUICE_OP_RING_SEND : SLUICE_OP_RING_RECEIVE, ring[2], 8);
    store_relaxed(&inside(&s[0], ring[0])->cells.stride, 0);
    check(once(0, full ? SLUICE_OP_RING_RECEIVE : SLUICE_OP_RING_SEND, ring[0], 8) ==
          -SLUICE_EUCLEAN);
    check(told(1) == -SLUICE_EUCLEAN && told(2) == -SLUICE_EUCLEAN);
    done(full ? "told: of a full ring's damage" : "told: of an empty ring's damage");
}

/* --- a side of a ring, through another handle of the same agent ------------------------------- */

static const struct shape bytes_of_one = {64, 8, 0};

static void claim_that_ends(bool closes)
{
    uint8_t *room;
    begin();
    uint32_t first = open_ring(&s[0], "/r", bytes_of_one);
    uint32_t second = open_ring(&s[0], "/r", bytes_of_one);
    int number = claim(&s[0], first, 4, &room);
    check(number > 0);
    hangs(0, SLUICE_OP_RING_SEND, second, 4);
    if (closes)
        check(simply(&s[0], SLUICE_OP_CLOSE, first) == 0);
    else
        check(abort_claim(&s[0], first, number) == 0);
    check(told(0) >= 0);
    done(closes ? "told: the side's claim was closed" : "told: the side's claim was given up");
}

static void peek_that_closes(void)
{
    uint8_t *record;
    uint32_t length;
    begin();
    uint32_t first = open_ring(&s[0], "/r", bytes_of_one);
    uint32_t second = open_ring(&s[0], "/r", bytes_of_one);
    check(send(&s[0], first, "abcd", 4) >= 0);
    check(peek(&s[0], first, &record, &length) > 0);
    hangs(0, SLUICE_OP_RING_RECEIVE, second, 8);
    check(simply(&s[0], SLUICE_OP_CLOSE, first) == 0);
    check(told(0) == 4);
    done("told: the record that was looked at is there again");
}

int main(void)
{
    two_leave(SLUICE_OP_MQ_SEND, SLUICE_OP_MQ_RECEIVE, "told: senders, where two leave as one");
    two_leave(SLUICE_OP_MQ_RECEIVE, SLUICE_OP_MQ_SEND, "told: receivers, where two leave as one");
    room_for_two();
    readers_of_a_fifo();
    end_of_file();
    damaged_queue(SLUICE_OP_MQ_SEND, SLUICE_OP_MQ_RECEIVE, "told: of a full queue's damage");
    damaged_queue(SLUICE_OP_MQ_RECEIVE, SLUICE_OP_MQ_SEND, "told: of an empty queue's damage");
    damaged_ring(true);
    damaged_ring(false);
    claim_that_ends(false);
    claim_that_ends(true);
    peek_that_closes();
    return 0;
}
