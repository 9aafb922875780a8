/* What lives do beside their duty: names, handles, tickets, listings, registrations, a new attach. */
#include "kills.h"

static bool gave_up(int n)
{
    return n == -SLUICE_ETIMEDOUT || n == -SLUICE_ECANCELED;
}

int act(struct worker *w, uint32_t op, uint32_t handle)
{
    struct sluice_request r = request_of(op, handle, NULL);
    int n = simply_do(w, &r);
    check(n >= 0 || gave_up(n));
    return n;
}

static void open_and_close(struct worker *w, struct sluice_request *r)
{
    int n = simply_do(w, r);
    check(n > 0 || gave_up(n));
    if (n > 0)
        act(w, SLUICE_OP_CLOSE, (uint32_t)n);
}

/* Names that come and go, of three kinds; they are opened, used by nobody and closed. */
static void names_come_and_go(struct worker *w)
{
    static const uint32_t kinds[] = {SLUICE_KIND_MESSAGE_QUEUE, SLUICE_KIND_RING,
                                     SLUICE_KIND_SEMAPHORE};
    static const enum thing like[] = {QUEUE, CELLS, POOL};
    uint32_t kind = roll(&w->dice, 3);
    char name[] = {'/', 'n', (char)('0' + roll(&w->dice, 3)), 0};
    struct sluice_request r = opening(w, like[kind]);
    if (roll(&w->dice, 3) == 0) {
        r = request_of(SLUICE_OP_UNLINK, 0, name);
        r.args[0] = kinds[kind];
        int n = simply_do(w, &r);
        check(n == 0 || n == -SLUICE_ENOENT || gave_up(n));
        return;
    }
    r.name = name;
    r.name_length = 3;
    open_and_close(w, &r);
}

/* A pipe of its own: what goes in comes out. */
static void pipe_of_its_own(struct worker *w)
{
    struct sluice_request made = request_of(SLUICE_OP_PIPE_OPEN, 0, NULL), r;
    uint64_t in = w->dice, out = 0;
    made.args[0] = 4096;
    int n = simply_do(w, &made);
    check(n == 0 || gave_up(n));
    if (n != 0)
        return;
    r = (struct sluice_request){.op = SLUICE_OP_PIPE_WRITE, .handle = made.out[1], .bytes = &in};
    r.length = sizeof(in);
    n = simply_do(w, &r);
    r = (struct sluice_request){.op = SLUICE_OP_PIPE_READ, .handle = made.out[0], .bytes = &out};
    r.length = sizeof(out);
    n = n > 0 ? simply_do(w, &r) : -SLUICE_ETIMEDOUT;
    check(gave_up(n) || (n == sizeof(out) && in == out));
    act(w, SLUICE_OP_CLOSE, made.out[0]);
    act(w, SLUICE_OP_CLOSE, made.out[1]);
}

static void unnamed(struct worker *w)
{
    struct sluice_request r = request_of(SLUICE_OP_SEM_OPEN, 0, NULL);
    uint32_t handle[40], some = roll(&w->dice, 8) ? 1 : 40; /* more than a chunk of handles */
    for (uint32_t i = 0; i < some; i++) {
        int n = simply_do(w, &r);
        check(n > 0 || gave_up(n));
        handle[i] = n > 0 ? (uint32_t)n : 0;
        r.waiter = 0;
    }
    for (uint32_t i = 0; i < some; i++)
        if (handle[i] != 0 && act(w, SLUICE_OP_SEM_POST, handle[i]) == 0 &&
            act(w, SLUICE_OP_SEM_WAIT, handle[i]) == 0)
            act(w, SLUICE_OP_CLOSE, handle[i]);
}

static void by_ticket(struct worker *w)
{
    uint8_t bytes[64];
    struct sluice_request r = request_of(SLUICE_OP_TICKET, w->handle[CELLS], NULL);
    r.bytes = bytes;
    r.length = sizeof(bytes);
    int n = simply_do(w, &r);
    check(n > 0 || gave_up(n));
    if (n <= 0)
        return;
    r = (struct sluice_request){.op = SLUICE_OP_OPEN_TICKET, .bytes = bytes, .length = (uint32_t)n};
    open_and_close(w, &r);
}

static void listing(struct worker *w)
{
    uint8_t bytes[1024];
    struct sluice_request r = request_of(SLUICE_OP_LIST, 0, NULL);
    r.bytes = bytes;
    r.length = sizeof(bytes);
    int n = simply_do(w, &r);
    check(n > 0 || gave_up(n));
}

/* Giving a registration back may meet a lock whose holder is stopped; it is waited for, as documented. */
static void registration(struct worker *w)
{
    if (w->patience)
        return;
    struct sluice_request r = request_of(SLUICE_OP_MQ_NOTIFY, w->handle[QUEUE], NULL);
    int n = finish_by(w, &r, QUEUE, port_now_ns() + 1000 * (int64_t)roll(&w->dice, 2000));
    check(n == 0 || n == -SLUICE_EBUSY || gave_up(n));
}

/* Leaving waits for every lock it needs, also a stopped one's. */
static void comes_again(struct worker *w)
{
    if (w->patience)
        return;
    leave_region(w);
    join_region(w);
    open_all(w);
    w->own = 0;
}

void chore(struct worker *w)
{
    static void (*const chores[])(struct worker *) = {
        names_come_and_go, pipe_of_its_own, unnamed,           by_ticket,
        listing,           registration,    names_come_and_go, comes_again};
    chores[roll(&w->dice, 8)](w);
}
