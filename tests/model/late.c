/*
 * A false proof of death, with a successor: pronounced dead at a store of its operation and settled, the late one goes on when
 * another has sent or received in its place. Either all that others were told is so, each record once, whole and in order; or
 * the object is closed, and both sides are told: EUCLEAN.
 */
#include "port/fake/fake.h"
#include "reg/handle.h"
#include "sluice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES = 64 << 10, LATE = 0, NEXT, PEER, AGENTS, MOST = 64 };

static struct world {
    _Alignas(64) uint8_t region[BYTES];
    struct sluice agent[AGENTS];
    uint32_t handle[AGENTS];
    uint64_t number[AGENTS]; /* that is on its way */
} world, saved;

/* What is sent and received, by its requests. */
struct thing {
    const char *name;
    uint32_t open, send, receive;
    uint32_t many; /* a ring's */
};

static const struct thing things[] = {
    {"ring of bytes", SLUICE_OP_RING_OPEN, SLUICE_OP_RING_SEND, SLUICE_OP_RING_RECEIVE, 0},
    {"ring of cells", SLUICE_OP_RING_OPEN, SLUICE_OP_RING_SEND, SLUICE_OP_RING_RECEIVE, 3},
    {"message queue", SLUICE_OP_MQ_OPEN, SLUICE_OP_MQ_SEND, SLUICE_OP_MQ_RECEIVE, 0},
    {"FIFO", SLUICE_OP_FIFO_OPEN, SLUICE_OP_PIPE_WRITE, SLUICE_OP_PIPE_READ, 0},
};

static const struct thing *thing;
static const char *operation;
static unsigned at_store;
static unsigned long cases, exact, told;

#define check(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("not ok late: %s: %s: %s:%d: %s (k %u)\n", thing->name, operation, __FILE__,    \
                   __LINE__, #condition, at_store);                                                \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

static struct sluice_request request(int who, uint32_t op)
{
    return (struct sluice_request){.op = op, .handle = world.handle[who]};
}

static void open_it(int who)
{
    struct sluice_request r = request(who, thing->open);
    r.name = "/n";
    r.name_length = 2;
    r.args[0] = SLUICE_CREATE | SLUICE_READ | SLUICE_WRITE;
    r.args[1] = 0600;
    r.args[2] = thing->open == SLUICE_OP_RING_OPEN ? 128 : thing->open == SLUICE_OP_MQ_OPEN ? 8 : 1;
    r.args[3] = 8;
    r.args[4] = thing->many;
    int n = sluice_advance(&world.agent[who], &r);
    check(n > 0);
    world.handle[who] = (uint32_t)n;
}

static int move(int who, uint32_t op)
{
    struct sluice_request r = request(who, op);
    r.bytes = (uint8_t *)&world.number[who];
    r.length = 8;
    return sluice_try(&world.agent[who], &r);
}

static int put(int who, uint64_t number)
{
    world.number[who] = number;
    return move(who, thing->send);
}

/* The number, or an error. */
static int64_t get(int who)
{
    world.number[who] = 0;
    int n = move(who, thing->receive);
    return n < 0 ? n : n == 8 ? (int64_t)world.number[who] : INT64_MAX;
}

/* --- what the late one does --------------------------------------------------- */

static uint32_t claim;

static void sends(void)
{
    put(LATE, 100);
}

static void receives(void)
{
    get(LATE);
}

static struct sluice_request batch(uint32_t op)
{
    static struct {
        uint32_t length, number[2];
    } frames[3];
    struct sluice_request r = request(LATE, op);
    for (uint32_t i = 0; i < 3; i++) {
        frames[i].length = 8;
        frames[i].number[0] = 100 + i;
        frames[i].number[1] = 0;
    }
    r.bytes = (uint8_t *)frames;
    r.length = sizeof(frames);
    r.args[0] = 3;
    return r;
}

static void sends_many(void)
{
    struct sluice_request r = batch(SLUICE_OP_RING_SEND_MANY);
    sluice_try(&world.agent[LATE], &r);
}

static void receives_many(void)
{
    struct sluice_request r = batch(SLUICE_OP_RING_RECEIVE_MANY);
    sluice_try(&world.agent[LATE], &r);
}

/* Claims, or peeks. */
static void opens(uint32_t op)
{
    struct sluice_request r = request(LATE, op);
    r.args[0] = 8;
    int n = sluice_try(&world.agent[LATE], &r);
    claim = n > 0 ? (uint32_t)n : 0;
    if (n > 0 && op == SLUICE_OP_RING_CLAIM)
        memcpy(world.region + r.out[0], &(uint64_t){100}, 8);
}

static void claims(void)
{
    opens(SLUICE_OP_RING_CLAIM);
}

static void peeks(void)
{
    opens(SLUICE_OP_RING_PEEK);
}

static void ends(uint32_t op)
{
    struct sluice_request r = request(LATE, op);
    r.args[0] = claim;
    r.args[1] = 8;
    sluice_try(&world.agent[LATE], &r);
}

static void commits(void)
{
    ends(SLUICE_OP_RING_COMMIT);
}

static void aborts(void)
{
    ends(SLUICE_OP_RING_ABORT);
}

static void releases(void)
{
    ends(SLUICE_OP_RING_RELEASE);
}

static const struct row {
    const char *name;
    void (*operation)(void), (*before)(void);
    bool sends, rings; /* of rings only */
    int takes;         /* how many records it may have taken before it was late */
} rows[] = {
    {"send", sends, NULL, true, false, 0},
    {"receive", receives, NULL, false, false, 1},
    {"send many", sends_many, NULL, true, true, 0},
    {"receive many", receives_many, NULL, false, true, 3},
    {"claim", claims, NULL, true, true, 0},
    {"commit", commits, claims, true, true, 0},
    {"abort", aborts, claims, true, true, 0},
    {"peek", peeks, NULL, false, true, 0},
    {"release", releases, peeks, false, true, 1},
};

/* --- what becomes of it --------------------------------------------------------- */

/* 1, 2 and 3 have been sent; the late one has its side. */
static void prepare(const struct row *row)
{
    memset(&world, 0, sizeof(world));
    check(sluice_format(world.region, BYTES, AGENTS, 0) == 0);
    for (int who = LATE; who < AGENTS; who++) {
        check(sluice_attach(&world.agent[who], world.region, BYTES, (uint32_t)who + 1, 0, 0) == 0);
        world.agent[who].lock_tries = 2;
        open_it(who);
    }
    int sender = row->sends ? LATE : PEER, receiver = row->sends ? PEER : LATE;
    check(put(sender, 9) == (thing->send == SLUICE_OP_PIPE_WRITE ? 8 : 0) && get(receiver) == 9);
    for (uint64_t i = 1; i <= 3; i++)
        check(put(sender, i) >= 0);
    if (row->before)
        row->before();
    memcpy(&saved, &world, sizeof(world));
}

/* What was sent and not refused, in order; what was received. */
static int64_t sent[MOST], got[MOST];
static int sent_count, got_count;

static int send_one(int who, int64_t number)
{
    int n = put(who, (uint64_t)number);
    if (n >= 0)
        sent[sent_count++] = number;
    return n;
}

static int64_t receive_one(int who)
{
    int64_t n = get(who);
    if (n >= 0)
        got[got_count++] = n;
    return n;
}

/*
 * All that was received was sent, each once and in order; the late one's own may be among it, or be missing. How many were sent
 * and not received so far; -1: it was not so.
 */
static int left_over(const struct row *row)
{
    int at = 0;
    while (got_count > 0 && at < row->takes && sent[at] != got[0])
        at++; /* the late one took those before it was late */
    for (int i = 0; i < got_count; i++) {
        bool its = row->sends && got[i] >= 100 && got[i] < 103;
        if (!its && (at >= sent_count || got[i] != sent[at++]))
            return -1;
    }
    return sent_count - at;
}

static void call(void *fn)
{
    (*(void (**)(void))fn)();
}

static bool late_at(const struct row *row, unsigned k, int by_then)
{
    void (*does)(void) = row->operation;
    int sender = row->sends ? NEXT : PEER, receiver = row->sends ? PEER : NEXT;
    memcpy(&world, &saved, sizeof(world));
    at_store = k;
    if (!fake_run_dying_before(call, &does, k))
        return false;
    cases++;
    sluice_died(&world.agent[PEER], LATE + 1);
    for (int i = 0; i < 10 && sluice_settle(&world.agent[PEER]) != 0; i++)
        ;
    sent_count = got_count = 0;
    for (int i = 1; i <= 3; i++)
        sent[sent_count++] = i;
    for (int i = 0; i < 2; i++)
        send_one(sender, 200 + i);
    for (int i = 0; i < by_then; i++)
        receive_one(receiver);
    fake_run_on(NULL);
    int last = send_one(sender, 300);
    int64_t n = 0;
    while (got_count < MOST && (n = receive_one(receiver)) >= 0)
        ;
    if (last == -SLUICE_EUCLEAN || n == -SLUICE_EUCLEAN) {
        told++;
        check(left_over(row) >= 0);
        check(put(sender, 301) == -SLUICE_EUCLEAN && get(receiver) == -SLUICE_EUCLEAN);
        return true;
    }
    check(last >= 0 && n == -SLUICE_EAGAIN && left_over(row) == 0);
    exact++;
    return true;
}

int main(void)
{
    for (size_t t = 0; t < sizeof(things) / sizeof(*things); t++) {
        thing = &things[t];
        for (size_t r = 0; r < sizeof(rows) / sizeof(*rows); r++) {
            if (rows[r].rings && thing->open != SLUICE_OP_RING_OPEN)
                continue;
            operation = rows[r].name;
            prepare(&rows[r]);
            for (int by_then = 0; by_then <= 5; by_then++)
                for (unsigned k = 0; late_at(&rows[r], k, by_then); k++)
                    ;
        }
    }
    printf("ok late: %lu false proofs with a successor: %lu exact, %lu told\n", cases, exact, told);
    return 0;
}
