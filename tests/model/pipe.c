/*
 * A FIFO's last writer writes and closes, on every schedule: the reader gets the bytes, and the end of file behind them.
 */
#include "port/fake/fake.h"
#include "prim/event.h"
#include "sluice.h"
#include "stale.h"

#include <stdio.h>
#include <string.h>

enum { BYTES = 64 << 10, READER = 0, WRITER, AGENTS, LOOKS = 2 };

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

static void prepare(void)
{
    if (sluice_format(world.region, BYTES, AGENTS, 0) != 0)
        fake_fail("format");
    for (int i = 0; i < AGENTS; i++) {
        struct sluice_request r = {.op = SLUICE_OP_FIFO_OPEN, .name = "f", .name_length = 1};
        r.args[0] = SLUICE_CREATE | (i == READER ? SLUICE_READ | SLUICE_NONBLOCK : SLUICE_WRITE);
        if (sluice_attach(&world.agent[i], world.region, BYTES, (uint32_t)i + 1, 0, 0) != 0)
            fake_fail("attach");
        r.args[2] = 4096;
        world.agent[i].lock_tries = 1;
        world.handle[i] = (uint32_t)sluice_try(&world.agent[i], &r);
    }
    memcpy(&saved, &world, sizeof(world));
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

int main(void)
{
    static struct fake_report report;
    const struct fake_program program = {.name = "written, then closed",
                                         .agents = AGENTS,
                                         .setup = setup,
                                         .agent = writes_and_closes,
                                         .check = end_is_behind,
                                         .base = world.region,
                                         .base_bytes = BYTES};
    const struct fake_options options = {.max_steps = 4000, .max_seconds = 600};
    bool part;
    prepare();
    int n = explore_stale(&program, &options, &report, &part);
    bool good = n == 0 || part;
    printf("%s pipe: %s: %s, %lu schedules (%lu redundant), depth %d, %.1f s\n",
           good ? "ok" : "not ok", program.name,
           n == 0   ? "complete"
           : part   ? "random walks"
           : n == 1 ? "FAILED"
                    : "incomplete",
           (unsigned long)report.executions, (unsigned long)report.redundant, report.max_depth,
           report.seconds);
    return !good;
}
