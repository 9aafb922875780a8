/*
 * A FIFO's ends come and go, on every schedule: the reader gets what was written, and the end of file behind it; who comes to wait
 * while an end is opened or closed, or damage is met, is told.
 */
#include "port/fake/fake.h"
#include "obj/pipe.h"
#include "prim/event.h"
#include "prim/table.h"
#include "reg/handle.h"
#include "sluice.h"
#include "stale.h"

#include <string.h>

enum { BYTES = 64 << 10, READER = 0, WRITER, AGENTS, LOOKS = 2, CAPACITY = 4096 };

static struct world {
    _Alignas(64) uint8_t region[BYTES];
    struct sluice agent[AGENTS];
    uint32_t handle[AGENTS];
    char bytes[8];
    int got[LOOKS];
    bool wrote;
} world, saved;

static struct sluice_request request(int who, uint32_t op, void *bytes, uint32_t length)
{
    return (struct sluice_request){
        .op = op, .handle = world.handle[who], .bytes = bytes, .length = length};
}

/* Each has one end of a FIFO. */
static void prepare(void)
{
    memset(&world, 0, sizeof(world));
    if (sluice_format(world.region, BYTES, AGENTS, 0) != 0)
        fake_fail("format");
    for (int i = 0; i < AGENTS; i++) {
        struct sluice_request r = {.op = SLUICE_OP_FIFO_OPEN, .name = "f", .name_length = 1};
        r.args[0] = SLUICE_CREATE | (i == READER ? SLUICE_READ | SLUICE_NONBLOCK : SLUICE_WRITE);
        if (sluice_attach(&world.agent[i], world.region, BYTES, (uint32_t)i + 1, 0, 0) != 0)
            fake_fail("attach");
        r.args[2] = CAPACITY;
        world.agent[i].lock_tries = 1;
        world.handle[i] = (uint32_t)sluice_try(&world.agent[i], &r);
        sluice__waiter_end(&world.agent[i], (uint32_t)sluice__waiter_new(&world.agent[i]), true);
    }
}

static void setup(void *ctx)
{
    (void)ctx;
    memcpy(&world, &saved, sizeof(world));
}

static void writes_and_closes(void *ctx, int who)
{
    (void)ctx;
    struct sluice *s = &world.agent[who];
    if (who == WRITER) {
        struct sluice_request r = request(who, SLUICE_OP_PIPE_WRITE, "abc", 3);
        world.wrote = sluice_try(s, &r) == 3; /* or not now */
        r = request(who, SLUICE_OP_CLOSE, NULL, 0);
        sluice_try(s, &r);
        return;
    }
    for (int i = 0; i < LOOKS; i++) {
        struct sluice_request r = request(who, SLUICE_OP_PIPE_READ, world.bytes, 8);
        world.got[i] = sluice_try(s, &r);
    }
}

/* Nothing yet, then all of it, then the end. */
static void end_is_behind(void *ctx)
{
    (void)ctx;
    struct sluice_request r = request(READER, SLUICE_OP_PIPE_READ, world.bytes, 8);
    int last = sluice_try(&world.agent[READER], &r);
    bool met = !world.wrote;
    for (int i = 0; i < LOOKS; i++) {
        fake_check(met ? world.got[i] != 3 : world.got[i] != 0);
        met |= world.got[i] == 3;
    }
    fake_check((last == 3) == !met && (!world.wrote || memcmp(world.bytes, "abc", 3) == 0));
}

/* --- who comes to wait is told ------------------------------------------------------------------ */

static struct sluice_pipe *pipe_of(int who)
{
    struct sluice *s = &world.agent[who];
    return (struct sluice_pipe *)sluice__handle_object(s,
                                                       sluice__handle_find(s, world.handle[who]));
}

static void prepare_full(void)
{
    static char bytes[CAPACITY];
    prepare();
    struct sluice_request r = request(WRITER, SLUICE_OP_PIPE_WRITE, bytes, CAPACITY);
    if (sluice_try(&world.agent[WRITER], &r) != CAPACITY)
        fake_fail("full");
}

/* Nobody has it open. */
static void prepare_closed(void)
{
    prepare();
    for (int i = 0; i < AGENTS; i++) {
        struct sluice_request r = request(i, SLUICE_OP_CLOSE, NULL, 0);
        sluice_try(&world.agent[i], &r);
    }
}

/* As every backend waits: answer, go as far as it gets, sleep. */
static int wait_for(int who, struct sluice_request r)
{
    struct sluice *s = &world.agent[who];
    for (;;) {
        int n = sluice_advance(s, &r);
        if (n != -SLUICE_EAGAIN && n != SLUICE_STALLED)
            return n;
        if (sluice_bell_arm(s))
            port_park(&s->me->bell, SLUICE_BELL_ASLEEP, PORT_FOREVER);
        sluice_bell_answer(s);
        while (sluice_ready(s) != 0)
            ;
    }
}

static int moves(int who)
{
    uint32_t op = who == READER ? SLUICE_OP_PIPE_READ : SLUICE_OP_PIPE_WRITE;
    return wait_for(who, request(who, op, world.bytes, 1));
}

static void reads_what_is_closed(void *ctx, int who)
{
    (void)ctx;
    if (who == READER)
        fake_check(moves(who) == 0);
    else
        wait_for(who, request(who, SLUICE_OP_CLOSE, NULL, 0));
}

static void writes_what_is_closed(void *ctx, int who)
{
    (void)ctx;
    if (who == WRITER)
        fake_check(moves(who) == -SLUICE_EPIPE);
    else
        wait_for(who, request(who, SLUICE_OP_CLOSE, NULL, 0));
}

/* Who opens both ends waits for nobody. */
static void both_open(void *ctx, int who)
{
    (void)ctx;
    struct sluice_request r = {.op = SLUICE_OP_FIFO_OPEN, .name = "f", .name_length = 1};
    r.args[0] = who == READER ? SLUICE_READ : SLUICE_READ | SLUICE_WRITE;
    fake_check(wait_for(who, r) > 0);
}

/* The reader meets damage that is gone a moment later: the writer finds none himself. */
static void writes_what_was_damaged(void *ctx, int who)
{
    (void)ctx;
    if (who == WRITER) {
        fake_check(moves(who) == -SLUICE_EUCLEAN);
        return;
    }
    struct sluice_au32 *capacity = &pipe_of(who)->capacity_bytes;
    store_relaxed(capacity, 3);
    fake_check(moves(who) == -SLUICE_EUCLEAN);
    store_relaxed(capacity, CAPACITY);
}

static const struct program {
    const char *name;
    void (*prepare)(void);
    void (*agent)(void *, int);
    void (*check)(void *);
    int stale; /* at least so many loads, where any: the fault takes them; 0: no matter */
} programs[] = {
    {"written, then closed", prepare, writes_and_closes, end_is_behind, 0},
    {"the last writer closes, one comes to read", prepare, reads_what_is_closed, NULL, 0},
    {"the last reader closes, one comes to write", prepare_full, writes_what_is_closed, NULL, 0},
    {"one opens both ends, one comes to open", prepare_closed, both_open, NULL, 2},
    {"one meets damage, one comes to write", prepare_full, writes_what_was_damaged, NULL, 0},
};

static bool explore(const struct program *p)
{
    const struct fake_program program = {.name = p->name,
                                         .agents = AGENTS,
                                         .setup = setup,
                                         .agent = p->agent,
                                         .check = p->check,
                                         .base = world.region,
                                         .base_bytes = BYTES,
                                         .stale = p->stale};
    p->prepare();
    memcpy(&saved, &world, sizeof(world));
    return tell_stale("pipe", &program, false);
}

int main(void)
{
    bool good = true;
    for (unsigned i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
        good &= explore(&programs[i]);
    return !good;
}
