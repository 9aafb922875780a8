/* One life: joins, does its duty and other things in turn, leaves; or is killed at any moment. */
#include "kills.h"

#include "obj/pipe.h"
#include "reg/handle.h"

#include <signal.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

static bool closing(struct worker *w, uint32_t least)
{
    return load_acquire(&w->world->board->closing) >= least;
}

static int64_t soon(struct worker *w)
{
    return port_now_ns() + 1000 * (int64_t)roll(&w->dice, 2000);
}

static void nap(struct worker *w, uint32_t most_us)
{
    nanosleep(&(struct timespec){0, 1000 * (long)roll(&w->dice, most_us)}, NULL);
}

/* --- waiting --------------------------------------------------------------------- */

static bool sleeps(struct worker *w, int64_t deadline)
{
    struct sluice *s = &w->s;
    bool in_time = true;
    while (in_time && sluice_bell_arm(s) && !closing(w, 2))
        in_time = port_park(&s->me->bell, SLUICE_BELL_ASLEEP, deadline);
    return in_time;
}

/* Until this request's own turn has come, or whatever was locked may be free. False: no longer. */
static bool waits(struct worker *w, struct sluice_request *r, bool stalled, int64_t deadline)
{
    bool turn = false;
    while (!turn) {
        if (closing(w, 2) || !sleeps(w, deadline))
            return false;
        sluice_bell_answer(&w->s);
        turn = stalled;
        for (uint32_t ready; (ready = sluice_ready(&w->s)) != 0;)
            turn |= ready == r->waiter;
    }
    return true;
}

static int go_on(struct worker *w, struct sluice_request *r)
{
    sluice_bell_answer(&w->s);
    store64_release(&w->life->begun, (uint64_t)port_now_ns());
    return sluice_advance(&w->s, r);
}

/*
 * A receive that met a held lock as it was taken back is laid aside, for its holder may be stopped: whose time is over does not wait for
 * that one. A FIFO's end that is half open still counts, so that is waited for.
 */
static void take_back(struct worker *w, struct sluice_request *r)
{
    while (sluice_cancel(&w->s, r) == SLUICE_STALLED) {
        if (r->op == SLUICE_OP_MQ_RECEIVE && w->aside.op == 0) {
            w->aside = *r;
            return;
        }
        sluice_bell_answer(&w->s);
        sleeps(w, port_now_ns() + 1000000); /* the bell rings, or `closing` has come */
    }
}

/* There is room for one: another receive begins when that is taken back, which a stopped one's lock may put off. False: no longer. */
static bool aside_is_back(struct worker *w, int64_t deadline)
{
    while (w->aside.op != 0 && sluice_cancel(&w->s, &w->aside) == SLUICE_STALLED) {
        if (closing(w, 2) || !sleeps(w, deadline))
            return false;
        sluice_bell_answer(&w->s);
    }
    w->aside.op = 0;
    return true;
}

int finish_by(struct worker *w, struct sluice_request *r, enum thing thing, int64_t deadline)
{
    struct life *life = w->life;
    store_release(&life->on, thing);
    store_release(&life->doing, r->op);
    bool receives = r->op == SLUICE_OP_MQ_RECEIVE;
    bool begins = aside_is_back(w, receives ? deadline : 0) || !receives;
    int n = begins ? go_on(w, r) : closing(w, 2) ? -SLUICE_ECANCELED : -SLUICE_ETIMEDOUT;
    while (n == -SLUICE_EAGAIN || n == SLUICE_STALLED) {
        if (waits(w, r, n == SLUICE_STALLED, deadline)) {
            n = go_on(w, r);
            continue;
        }
        n = closing(w, 2) ? -SLUICE_ECANCELED : -SLUICE_ETIMEDOUT;
        take_back(w, r);
    }
    store_release(&life->doing, 0);
    if (n == -SLUICE_ETIMEDOUT)
        store_release(&life->timeouts, load_relaxed(&life->timeouts) + 1);
    store_release(&life->steps, load_relaxed(&life->steps) + 1);
    return n;
}

int simply_do(struct worker *w, struct sluice_request *r)
{
    return finish_by(w, r, THINGS, w->patience ? port_now_ns() + w->patience : PORT_FOREVER);
}

/* --- things ---------------------------------------------------------------------- */

static const char *const names[] = {"/queue", "/bytes", "/cells", "/stream", "", "/ends", "/pool"};

struct sluice_request opening(struct worker *w, enum thing thing)
{
    const struct board *board = w->world->board;
    uint32_t op = thing == QUEUE                     ? SLUICE_OP_MQ_OPEN
                  : thing == BYTES || thing == CELLS ? SLUICE_OP_RING_OPEN
                  : thing == POOL                    ? SLUICE_OP_SEM_OPEN
                                                     : SLUICE_OP_FIFO_OPEN;
    struct sluice_request r = request_of(op, 0, names[thing]);
    r.args[0] = SLUICE_CREATE | SLUICE_READ | SLUICE_WRITE;
    r.args[1] = 0600;
    r.args[2] = thing == QUEUE ? board->depth : thing == POOL ? TOKENS : board->depth * CELL;
    r.args[3] = UNIT_MOST;
    r.args[4] = thing == CELLS ? 3 : 0;
    return r;
}

uint32_t open_thing(struct worker *w, enum thing thing)
{
    int n;
    do {
        struct sluice_request r = opening(w, thing);
        n = simply_do(w, &r);
    } while (n == -SLUICE_ETIMEDOUT);
    check(n > 0 || n == -SLUICE_ECANCELED);
    return n > 0 ? (uint32_t)n : 0;
}

void *thing_of(struct worker *w, enum thing thing)
{
    return sluice__handle_object(&w->s, sluice__handle_find(&w->s, w->handle[thing]));
}

void open_all(struct worker *w)
{
    for (enum thing thing = 0; thing <= POOL; thing++)
        if (thing != DUEL && thing != ENDS)
            w->handle[thing] = open_thing(w, thing);
}

void join_region(struct worker *w)
{
    w->aside.op = 0;
    join(&w->s, w->world->region, REGION, w->number + 1);
}

void leave_region(struct worker *w)
{
    while (sluice_detach(&w->s) == SLUICE_STALLED)
        while (sluice_bell_arm(&w->s))
            port_park(&w->s.me->bell, SLUICE_BELL_ASLEEP, PORT_FOREVER);
}

/* Whatever does not belong to one sender, one receiver, now and then. */
static void aside(struct worker *w)
{
    static const enum thing things[] = {QUEUE, CELLS, STREAM, POOL};
    enum thing thing = things[roll(&w->dice, 4)];
    int64_t deadline = roll(&w->dice, 2) ? 0 : soon(w);
    if (thing == POOL) {
        if (take_token(w, deadline))
            post_token(w);
    } else if (roll(&w->dice, 2))
        send_units(w, thing, deadline);
    else
        take_units(w, thing, deadline);
}

/* --- duties ---------------------------------------------------------------------- */

/* An end of a FIFO, open until the other side has gone. */
static void use_end(struct worker *w, int64_t deadline)
{
    bool sender = w->life->role == SENDER;
    if (w->own == 0) {
        struct sluice_request r = opening(w, ENDS);
        r.args[0] = sender ? SLUICE_WRITE : SLUICE_READ;
        int n = finish_by(w, &r, ENDS, deadline);
        check(n > 0 || n == -SLUICE_ETIMEDOUT || n == -SLUICE_ECANCELED);
        w->own = n > 0 ? (uint32_t)n : 0;
        return;
    }
    int n = sender ? send_units(w, ENDS, deadline) : take_units(w, ENDS, deadline);
    if (n == (sender ? -SLUICE_EPIPE : 0) || roll(&w->dice, 64) == 0) {
        act(w, SLUICE_OP_CLOSE, w->own);
        w->own = 0;
    }
}

static bool hushed(struct worker *w)
{
    return load_acquire(&w->world->board->hush) != 0;
}

static void keep_quiet(struct worker *w)
{
    store_release(&w->life->quiet, 1);
    while (hushed(w))
        nap(w, 200);
    store_release(&w->life->quiet, 0);
}

static void duty(struct worker *w)
{
    enum thing thing = w->life->duty;
    bool hasty = w->patience || (roll(&w->dice, 8) == 0 && !hushed(w));
    int64_t deadline = hasty ? soon(w) : PORT_FOREVER;
    if (thing == ENDS)
        use_end(w, deadline);
    else if (thing != POOL && w->life->role == SENDER)
        send_units(w, thing, deadline);
    else if (thing != POOL)
        take_units(w, thing, deadline);
    else if (take_token(w, deadline)) {
        if (roll(&w->dice, 4) == 0)
            nap(w, 200);
        post_token(w);
    }
}

static void work(struct worker *w)
{
    open_all(w);
    bool receives = w->life->role == RECEIVER;
    while (!closing(w, receives ? 2 : 1)) {
        uint32_t took = load_relaxed(&w->life->took);
        if (took > TAKES / 2) /* it is a long world: its pages are to last */
            nap(w, 10000);
        if (took + 600 > TAKES) {
            store_release(&w->life->full, 1);
            return;
        }
        if (hushed(w) && !receives)
            keep_quiet(w);
        uint32_t die = roll(&w->dice, 64);
        if (die == 0)
            nap(w, 200);
        else if (die > 20 || closing(w, 1) || hushed(w))
            duty(w);
        else if (die > 10)
            aside(w);
        else
            chore(w);
    }
}

/* One end of a pipe, until the other is gone. */
static void fight(struct worker *w)
{
    struct board *board = w->world->board;
    bool sender = w->life->role == SENDER;
    struct sluice_request r = {.op = SLUICE_OP_OPEN_TICKET, .bytes = board->ticket[sender]};
    r.length = board->tickets;
    int n = finish_by(w, &r, DUEL, PORT_FOREVER);
    check(n > 0);
    w->own = (uint32_t)n;
    do
        n = sender ? send_units(w, DUEL, PORT_FOREVER) : take_units(w, DUEL, PORT_FOREVER);
    while (n != (sender ? -SLUICE_EPIPE : 0) && load_relaxed(&w->life->took) + 600 < TAKES);
    store64_release(&w->life->ended, (uint64_t)port_now_ns());
}

/* Proves deaths and settles them when asked to. */
static void bury(struct worker *w)
{
    struct board *board = w->world->board;
    while (!closing(w, 2)) {
        uint32_t request = load_acquire(&board->request);
        if (request == load_relaxed(&w->life->buried)) {
            port_park(&board->request, request, PORT_FOREVER);
            continue;
        }
        for (uint32_t i = 0; i < 4 && board->dead[i] != 0; i++)
            sluice_died(&w->s, board->dead[i] + 1);
        sluice_bell_answer(&w->s);
        while (sluice_settle(&w->s) == SLUICE_STALLED) {
            sleeps(w, PORT_FOREVER);
            sluice_bell_answer(&w->s);
        }
        store_release(&w->life->buried, request);
    }
}

void live(struct world *world, uint32_t number)
{
    struct worker w = {.world = world, .life = &world->board->lives[number], .number = number};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != world->board->parent)
        _exit(0);
    prctl(PR_SET_TIMERSLACK, 1);
    w.dice = dice_of(world->board->seed, number);
    w.patience = world->board->stops ? PATIENCE_NS : 0;
    join_region(&w);
    if (w.life->role == JANITOR)
        bury(&w);
    else if (w.life->duty == DUEL)
        fight(&w);
    else
        work(&w);
    leave_region(&w);
    _exit(0);
}
