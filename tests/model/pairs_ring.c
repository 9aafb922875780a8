/* Pairs of a ring's operations: one sender against one receiver (bytes), and many (cells). */
#include "pairs_all.h"

#include "obj/ring.h"

static uint32_t many; /* the shape of the present states */

static struct sluice_request opening(void)
{
    struct sluice_request r = request(SLUICE_OP_RING_OPEN, 0, "/r");
    r.args[0] = SLUICE_READ | SLUICE_WRITE | SLUICE_CREATE;
    r.args[2] = many ? 16 : 64;
    r.args[3] = many ? 8 : 0;
    r.args[4] = many;
    return r;
}

/* Records are texts of 8 bytes, so that a ring of bytes holds five, one of cells two. */
static const char *record(int who)
{
    static const char *const texts[AGENTS] = {"aaaaaaaa", "bbbbbbbb", "cccccccc", "dddddddd",
                                              "eeeeeeee"};
    return texts[who];
}

static struct sluice_request moving(int who, uint32_t op)
{
    struct sluice_request r = request(op, world.handle[who][0], NULL);
    r.bytes = op == SLUICE_OP_RING_SEND ? (void *)(uintptr_t)record(who) : world.bytes[who];
    r.length = 8;
    return r;
}

/* --- states ---------------------------------------------------------------- */

/* Where one sends, that is the first acting agent from the start, and where one receives the second. */
static void holds(int records)
{
    int sender = many & SLUICE__RING_MANY_SENDERS ? KEEPER : 0;
    int receiver = many & SLUICE__RING_MANY_RECEIVERS ? KEEPER : 1;
    attached();
    for (int i = 0; i < AGENTS; i++) {
        int n = try(i, opening());
        check(n >= 0);
        world.handle[i][0] = (uint32_t)n;
    }
    for (int i = 0; i <= records; i++)
        check(try(sender, moving(sender, SLUICE_OP_RING_SEND)) == 0 &&
              (i != 0 || try(receiver, moving(receiver, SLUICE_OP_RING_RECEIVE)) == 8));
}

static void empty(void)
{
    holds(0);
}

static void one_there(void)
{
    holds(1);
}

static void full(void)
{
    holds(many ? 2 : 5);
}

static uint32_t claimed(int who, uint32_t op)
{
    struct sluice_request r = request(op, world.handle[who][0], NULL);
    r.args[0] = 8;
    int n = sluice_try(&world.agent[who], &r);
    check(n > 0);
    if (op == SLUICE_OP_RING_CLAIM)
        memcpy(world.region + r.out[0], record(who), 8);
    return world.claim[who] = (uint32_t)n;
}

static void both_claim(void)
{
    empty();
    claimed(0, SLUICE_OP_RING_CLAIM);
    if (many)
        claimed(1, SLUICE_OP_RING_CLAIM);
}

static void one_reads(void)
{
    holds(many ? 2 : 5);
    claimed(1, SLUICE_OP_RING_PEEK);
}

/* --- operations -------------------------------------------------------------- */

static struct sluice_request sending(int who)
{
    return moving(who, SLUICE_OP_RING_SEND);
}

static struct sluice_request receiving(int who)
{
    return moving(who, SLUICE_OP_RING_RECEIVE);
}

static struct sluice_request ready_to_take(int who)
{
    return ready_to(world.handle[who][0], SLUICE_READ);
}

static struct sluice_request ready_to_put(int who)
{
    return ready_to(world.handle[who][0], SLUICE_WRITE);
}

static struct sluice_request claiming(int who)
{
    struct sluice_request r = request(SLUICE_OP_RING_CLAIM, world.handle[who][0], NULL);
    r.args[0] = 8;
    return r;
}

static struct sluice_request peeking(int who)
{
    return request(SLUICE_OP_RING_PEEK, world.handle[who][0], NULL);
}

static struct sluice_request ending(int who, uint32_t op)
{
    struct sluice_request r = request(op, world.handle[who][0], NULL);
    r.args[0] = world.claim[who];
    r.args[1] = 8;
    return r;
}

static struct sluice_request committing(int who)
{
    return ending(who, SLUICE_OP_RING_COMMIT);
}

static struct sluice_request aborting(int who)
{
    return ending(who, SLUICE_OP_RING_ABORT);
}

static struct sluice_request releasing(int who)
{
    return ending(who, SLUICE_OP_RING_RELEASE);
}

static struct sluice_request batch(int who, uint32_t op)
{
    static uint8_t frames[AGENTS][24];
    struct sluice_request r = request(op, world.handle[who][0], NULL);
    for (int i = 0; i < 2; i++) {
        uint32_t length = 8;
        memcpy(frames[who] + 12 * i, &length, 4);
        memcpy(frames[who] + 12 * i + 4, record(who), 8);
    }
    r.bytes = op == SLUICE_OP_RING_SEND_MANY ? frames[who] : world.bytes[who];
    r.length = 24;
    r.args[0] = 2;
    return r;
}

static struct sluice_request sending_two(int who)
{
    return batch(who, SLUICE_OP_RING_SEND_MANY);
}

static struct sluice_request receiving_two(int who)
{
    return batch(who, SLUICE_OP_RING_RECEIVE_MANY);
}

static struct sluice_request looking(int who)
{
    return request(SLUICE_OP_RING_ATTRIBUTES, world.handle[who][0], NULL);
}

static struct sluice_request closing(int who)
{
    return request(SLUICE_OP_CLOSE, world.handle[who][0], NULL);
}

/*
 * Of cells a batch is committed record by record: who dies in it has moved some, and between two others a batch may
 * stop short. An attempt to close may have let go of a side and not yet of the handle, which a third sees.
 */
enum {
    BATCH = 1u << DYING | 1u << (FORMS + WAITING) | 1u << (FORMS + ATTEMPTS) | 1u << (FORMS + DYING)
};
enum { CLOSE = 1u << (FORMS + ATTEMPTS) };
/* Beside open claims there are no batches; what ends claims is nothing without them. */
static const struct operation every[] = {
    {"send two", sending_two, BATCH, NULL},
    {"receive two", receiving_two, BATCH, NULL},
    {"send", sending, 0, NULL},
    {"receive", receiving, 0, NULL},
    {"ready to take", ready_to_take, 0, NULL},
    {"ready to put", ready_to_put, 0, NULL},
    {"claim", claiming, 0, NULL},
    {"peek", peeking, 0, NULL},
    {"attributes", looking, 0, NULL},
    {"close", closing, CLOSE, NULL},
    {"commit", committing, 0, NULL},
    {"abort", aborting, 0, NULL},
    {"release", releasing, 0, NULL},
};
enum { BATCHES = 2, ENDS = 3 };

/* --- what it holds ------------------------------------------------------------- */

/* Both sides are free once the acting agents have left; KEEPER takes everything out. */
static void tell(char *text)
{
    struct sluice_request r;
    for (int i = 0; i < KEEPER; i++)
        try(i, closing(i));
    for (int n; r = receiving(KEEPER), (n = try(KEEPER, r)) >= 0;)
        add(text, "%.*s ", n, (char *)world.bytes[KEEPER]);
    int room = 0;
    while (try(KEEPER, sending(KEEPER)) == 0)
        room++;
    add(text, "room for %d", room);
}

static void unlink_all(void)
{
    struct sluice_request r = request(SLUICE_OP_UNLINK, 0, "/r");
    r.args[0] = SLUICE_KIND_RING;
    try(KEEPER, r);
}

static const struct state states[] = {{"empty", empty}, {"one record", one_there}, {"full", full}};

static const struct state claims[] = {{"open claims", both_claim},
                                      {"a record being read", one_reads}};

static int explore_one_sided(const char *name, uint32_t shape)
{
    many = shape;
    return explore_all(name, &states[1], 2, every, COUNT(every) - ENDS);
}

static int explore_shape(const char *name, uint32_t shape)
{
    many = shape;
    int bad = explore_all(name, states, COUNT(states), every, COUNT(every) - ENDS);
    return bad + explore_all(name, claims, COUNT(claims), &every[BATCHES], COUNT(every) - BATCHES);
}

int main(int argc, char **argv)
{
    read_arguments(argc, argv);
    return explore_shape("ring of bytes", 0) + explore_shape("ring of cells", 3) +
           explore_one_sided("ring of cells, one sends", SLUICE__RING_MANY_RECEIVERS) +
           explore_one_sided("ring of cells, one receives", SLUICE__RING_MANY_SENDERS);
}
