/* What a thread does in a round, an object each. */
#include "threads.h"

#include <sched.h>
#include <string.h>

static uint32_t below(struct member *m, uint32_t n)
{
    m->seed = m->seed * 1664525u + 1013904223u;
    return (m->seed >> 8) % n;
}

/* --- one operation ----------------------------------------------------------- */

/* Until it is done, at most a moment. */
static int waits(struct sluice *s, struct sluice_request *r)
{
    int64_t deadline = port_now_ns() + 50000;
    for (;;) {
        sluice_bell_answer(s);
        while (sluice_ready(s) != 0)
            ;
        int n = sluice_advance(s, r);
        if (n != -SLUICE_EAGAIN && n != SLUICE_STALLED)
            return n;
        if (!sluice_bell_arm(s) || port_park(&s->me->bell, SLUICE_BELL_ASLEEP, deadline))
            continue;
        while (sluice_cancel(s, r) != 0)
            sched_yield();
        return -SLUICE_ETIMEDOUT;
    }
}

/* A close that met a held lock has begun: what it gave back by then is gone. */
static int closes(struct sluice *s, struct sluice_request *r)
{
    int n;
    while ((n = sluice_try(s, r)) == -SLUICE_EAGAIN)
        sched_yield();
    return n;
}

/* The others' turn, so that operations overlap even where all share one core. */
static void now_and_then(struct member *m)
{
    if (below(m, 4) == 0)
        sched_yield();
}

/* Asks and writes down; in one of four it may wait. */
static int ask(struct member *m, struct sluice_request *r, bool may_wait)
{
    struct linear_op *op = &m->ops[m->count++];
    bool wait = may_wait && below(m, 4) == 0;
    linear_asked(op, m->number, r);
    op->begin = add_seq(&linear_clock, 1) + 1;
    now_and_then(m);
    int n = r->op == SLUICE_OP_CLOSE ? closes(&m->s, r)
            : wait                   ? waits(&m->s, r)
                                     : sluice_try(&m->s, r);
    now_and_then(m);
    op->end = add_seq(&linear_clock, 1) + 1;
    linear_answered(op, &m->s, r, n);
    return n;
}

static int simply(struct member *m, uint32_t op, uint32_t arg, bool may_wait)
{
    struct sluice_request r = {.op = op, .handle = m->handle, .args[0] = arg};
    return ask(m, &r, may_wait);
}

static int move(struct member *m, uint32_t op, uint32_t arg, uint32_t length)
{
    struct sluice_request r = {.op = op, .handle = m->handle, .args[0] = arg};
    r.bytes = m->bytes;
    r.length = length;
    return ask(m, &r, true);
}

/* Bytes that nobody else writes in this round. */
static void fill(struct member *m, uint8_t *bytes, uint32_t length)
{
    memset(bytes, (int)(m->number << 6 | (++m->made & 63)), length);
}

static uint32_t open_named(struct member *m, uint32_t op, uint32_t flags, uint32_t a2, uint32_t a3,
                           uint32_t a4)
{
    struct sluice_request r = {.op = op, .name = "/o", .name_length = 2};
    r.args[0] = flags;
    r.args[1] = 0600;
    r.args[2] = a2;
    r.args[3] = a3;
    r.args[4] = a4;
    int n = sluice_try(&m->s, &r);
    linear_must(n >= 0, "open");
    return (uint32_t)n;
}

/* --- semaphore, queue ---------------------------------------------------------- */

static void open_sem(struct member *m)
{
    m->handle = open_named(m, SLUICE_OP_SEM_OPEN, SLUICE_CREATE, linear_kind->params[0], 0, 0);
}

static void step_sem(struct member *m)
{
    static const uint32_t ops[] = {SLUICE_OP_SEM_WAIT, SLUICE_OP_SEM_POST, SLUICE_OP_SEM_WAIT,
                                   SLUICE_OP_SEM_POST, SLUICE_OP_SEM_VALUE};
    uint32_t op = ops[below(m, 5)];
    simply(m, op, 0, op == SLUICE_OP_SEM_WAIT);
}

static void open_queue(struct member *m)
{
    m->handle = open_named(m, SLUICE_OP_MQ_OPEN, SLUICE_CREATE | SLUICE_READ | SLUICE_WRITE,
                           linear_kind->params[0], 16, 0);
}

static void step_queue(struct member *m)
{
    uint32_t what = below(m, 9);
    if (what == 0)
        simply(m, SLUICE_OP_MQ_ATTRIBUTES, 0, false);
    else if (what < 5)
        move(m, SLUICE_OP_MQ_RECEIVE, 0, 16);
    else {
        fill(m, m->bytes, 16);
        move(m, SLUICE_OP_MQ_SEND, below(m, 3), 1 + below(m, 16));
    }
}

/* --- pipe: two write, two read --------------------------------------------------- */

static bool writes(const struct member *m)
{
    return m->number % 2 == 1; /* a FIFO's first reader comes first */
}

static void open_pipe(struct member *m)
{
    uint32_t flags = writes(m) ? SLUICE_WRITE : SLUICE_READ | SLUICE_CREATE;
    m->handle = open_named(m, SLUICE_OP_FIFO_OPEN, flags | SLUICE_NONBLOCK, SLUICE_PIPE_BUF, 0, 0);
}

static void step_pipe(struct member *m)
{
    if (m->closed)
        return;
    if (below(m, 12) == 0) {
        simply(m, SLUICE_OP_CLOSE, writes(m) ? SLUICE_WRITE : SLUICE_READ, false);
        m->closed = true;
        return;
    }
    uint32_t units = below(m, 6) ? 1 + below(m, LINEAR_PIPE_UNITS) : 1 + below(m, 12);
    for (uint32_t i = 0; i < units && writes(m); i++)
        fill(m, m->bytes + i * LINEAR_UNIT_BYTES, LINEAR_UNIT_BYTES);
    move(m, writes(m) ? SLUICE_OP_PIPE_WRITE : SLUICE_OP_PIPE_READ, 0, units * LINEAR_UNIT_BYTES);
}

/* --- rings ------------------------------------------------------------------------ */

static void open_ring(struct member *m)
{
    bool cells = linear_kind->spec == &linear_ring_cells;
    m->handle = open_named(m, SLUICE_OP_RING_OPEN, SLUICE_CREATE | SLUICE_READ | SLUICE_WRITE,
                           cells ? 24 * linear_kind->params[0] : linear_kind->params[0],
                           cells ? 24 : 0, cells ? 3 : 0);
}

static void note_claim(struct member *m, uint32_t op, uint32_t length)
{
    struct sluice_request r = {.op = op, .handle = m->handle, .args[0] = length};
    int n = ask(m, &r, true);
    if (n <= 0)
        return;
    m->claim[m->claims][0] = (uint32_t)n;
    m->claim[m->claims++][1] = r.out[0];
}

/* Ends the claim taken last: it stays open where it met a held lock. */
static void end_claim(struct member *m, uint32_t op, uint32_t length)
{
    uint32_t *claim = m->claim[m->claims - 1];
    struct sluice_request r = {.op = op, .handle = m->handle, .args[0] = claim[0]};
    r.args[1] = length;
    r.bytes = m->bytes;
    if (op == SLUICE_OP_RING_COMMIT) {
        fill(m, m->bytes, length);
        memcpy(linear_region + claim[1], m->bytes, length);
    }
    m->claims -= ask(m, &r, false) == 0;
}

static void send_many(struct member *m)
{
    uint32_t records = 1 + below(m, 4), length = 4 * below(m, 4);
    for (uint32_t i = 0; i < records; i++) {
        uint8_t *frame = m->bytes + i * (4 + length);
        memcpy(frame, &length, 4);
        fill(m, frame + 4, length);
    }
    move(m, SLUICE_OP_RING_SEND_MANY, 0, records * (4 + length));
}

static void sends(struct member *m)
{
    uint32_t what = below(m, 8), length = below(m, 25);
    if (m->claims == 0 ? what == 0 : what < 2)
        note_claim(m, SLUICE_OP_RING_CLAIM, 24);
    else if (m->claims > 0)
        end_claim(m, what < 4 ? SLUICE_OP_RING_ABORT : SLUICE_OP_RING_COMMIT, length);
    else if (what < 3)
        send_many(m);
    else {
        fill(m, m->bytes, length);
        move(m, SLUICE_OP_RING_SEND, 0, length);
    }
}

static void receives(struct member *m)
{
    uint32_t what = below(m, 8);
    if (m->claims == 0 ? what == 0 : what < 2)
        note_claim(m, SLUICE_OP_RING_PEEK, 0);
    else if (m->claims > 0)
        end_claim(m, SLUICE_OP_RING_RELEASE, 0);
    else if (what < 3)
        move(m, SLUICE_OP_RING_RECEIVE_MANY, 1 + below(m, 4), ROOM);
    else
        move(m, SLUICE_OP_RING_RECEIVE, 0, 64);
}

/* More claims than are noted would have to be refused; a ring of cells would give them. A close gives them back. */
static void step_ring(struct member *m)
{
    if (m->closed)
        return;
    if (below(m, 16) == 0) {
        simply(m, SLUICE_OP_CLOSE, m->number % 2 ? SLUICE_READ : SLUICE_WRITE, false);
        m->closed = true;
    } else if (m->claims == CLAIMS)
        end_claim(m, m->number % 2 ? SLUICE_OP_RING_RELEASE : SLUICE_OP_RING_COMMIT, 8);
    else if (m->number % 2)
        receives(m);
    else
        sends(m);
}

/* --- names ------------------------------------------------------------------------ */

static void open_nothing(struct member *m)
{
    m->handle = 0;
}

static void step_names(struct member *m)
{
    static const uint32_t flags[] = {0, SLUICE_CREATE, SLUICE_CREATE | SLUICE_EXCLUSIVE};
    uint32_t what = below(m, 8);
    struct sluice_request r = {.op = SLUICE_OP_SEM_OPEN, .name = below(m, 2) ? "/a" : "/b"};
    r.name_length = 2;
    if (m->handle != 0 && what < 6) {
        simply(m, SLUICE_OP_CLOSE, 0, false);
        m->handle = 0;
    } else if (m->handle == 0 && what < 6) {
        r.args[0] = flags[below(m, 3)];
        r.args[2] = (m->number + 1) * 100 + ++m->made;
        int n = ask(m, &r, false);
        m->handle = n >= 0 ? (uint32_t)n : 0;
    } else {
        r.op = SLUICE_OP_UNLINK;
        r.args[0] = SLUICE_KIND_SEMAPHORE;
        ask(m, &r, false);
    }
}

const struct kind linear_kinds[] = {
    {"semaphore", &linear_semaphore, {1, 0, 0}, 4, 3, open_sem, step_sem},
    {"queue", &linear_queue, {2, 0, 0}, 4, 3, open_queue, step_queue},
    {"pipe", &linear_pipe, {8, 2, 2}, 4, 3, open_pipe, step_pipe},
    {"pipe, one each", &linear_pipe, {8, 1, 1}, 2, 5, open_pipe, step_pipe},
    {"ring of bytes", &linear_ring_bytes, {64, 0, 0}, 2, 6, open_ring, step_ring},
    {"ring of cells", &linear_ring_cells, {3, 0, 0}, 4, 4, open_ring, step_ring},
    {"names", &linear_names, {0, 0, 0}, 3, 4, open_nothing, step_names},
};
const uint32_t linear_kinds_count = sizeof(linear_kinds) / sizeof(linear_kinds[0]);
