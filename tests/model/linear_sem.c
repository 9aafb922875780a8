/*
 * Is a semaphore linearizable on every schedule? Posts, waits and looks at its value against each other, waits that
 * sleep, time out or are forgotten, posts and waits that die.
 */
#include "../linear/history.h"

#include "prim/table.h"
#include "stale.h"

enum { BYTES = 64 << 10, MOST = 4, STEPS = 3, SETTLER = MOST - 1 };

static struct world {
    _Alignas(64) uint8_t region[BYTES];
    struct sluice agent[MOST];
    uint32_t handle[MOST];
} world, saved;

/* What an agent does: attempts, or a wait that sleeps, or one that may give up. */
enum step { NOTHING, POST, TRY, VALUE, WAIT, BRIEFLY, SETTLE };

struct program {
    const char *name;
    uint32_t value;
    int agents;
    enum step steps[MOST][STEPS];
    unsigned killable, may_park;
};

static const uint32_t op_of[] = {[POST] = SLUICE_OP_SEM_POST,
                                 [TRY] = SLUICE_OP_SEM_WAIT,
                                 [VALUE] = SLUICE_OP_SEM_VALUE,
                                 [WAIT] = SLUICE_OP_SEM_WAIT,
                                 [BRIEFLY] = SLUICE_OP_SEM_WAIT};

/* All attached, the semaphore open, room for a waiter each: what is explored is the semaphore alone. */
static void prepare(uint32_t value)
{
    memset(&world, 0, sizeof(world));
    if (sluice_format(world.region, BYTES, MOST, 0) != 0)
        fake_fail("format");
    for (int i = 0; i < MOST; i++) {
        struct sluice *s = &world.agent[i];
        struct sluice_request r = {.op = SLUICE_OP_SEM_OPEN, .name = "/s", .name_length = 2};
        r.args[0] = SLUICE_CREATE;
        r.args[2] = value;
        if (sluice_attach(s, world.region, BYTES, (uint32_t)i + 1, 0, 0) != 0)
            fake_fail("attach");
        s->lock_tries = 1;
        world.handle[i] = (uint32_t)sluice_try(s, &r);
        sluice__waiter_end(s, (uint32_t)sluice__waiter_new(s), true);
    }
    memcpy(&saved, &world, sizeof(world));
}

static void setup(void *ctx)
{
    const struct program *p = ctx;
    memcpy(&world, &saved, sizeof(world));
    history_start(p->agents, &linear_semaphore, p->value, 0, 0);
}

static void sleeps(struct sluice *s)
{
    if (sluice_bell_arm(s))
        port_park(&s->me->bell, SLUICE_BELL_ASLEEP, PORT_FOREVER);
    sluice_bell_answer(s);
}

/* As every backend waits: answer, go as far as it gets, sleep. */
static int waits(struct sluice *s, struct sluice_request *r, int64_t deadline)
{
    for (;;) {
        int n = sluice_advance(s, r);
        if (n != -SLUICE_EAGAIN && n != SLUICE_STALLED)
            return n;
        if (sluice_bell_arm(s) && !port_park(&s->me->bell, SLUICE_BELL_ASLEEP, deadline)) {
            while (sluice_cancel(s, r) != 0)
                sleeps(s);
            return -SLUICE_ETIMEDOUT;
        }
        sluice_bell_answer(s);
        while (sluice_ready(s) != 0)
            ;
    }
}

static void settle(int dead)
{
    struct sluice *s = &world.agent[SETTLER];
    if (!fake_wait_dead(dead))
        return;
    sluice_died(s, (uint32_t)dead + 1);
    while (sluice_settle(s) != 0)
        sleeps(s);
    history_settled(dead);
}

static void agent(void *ctx, int who)
{
    const struct program *p = ctx;
    struct sluice *s = &world.agent[who];
    for (int i = 0; i < STEPS && p->steps[who][i] != NOTHING; i++) {
        enum step step = p->steps[who][i];
        struct sluice_request r = {.op = op_of[step % SETTLE], .handle = world.handle[who]};
        if (step == SETTLE) {
            settle(0);
            continue;
        }
        struct linear_op *op = history_begin(who, &r);
        bool attempt = step < WAIT;
        int n = attempt ? sluice_try(s, &r) : waits(s, &r, step == WAIT ? PORT_FOREVER : 1000);
        history_end(op, s, &r, n);
    }
}

/* What is left is part of the history. */
static void done(void *ctx)
{
    const struct program *p = ctx;
    struct sluice_request r = {.op = SLUICE_OP_SEM_VALUE, .handle = world.handle[SETTLER]};
    history_try(SETTLER, &world.agent[SETTLER], &r);
    history_check();
    for (int i = 0; i < p->agents; i++)
        fake_check(!fake_is_parked(i) || history.h.ops[history.h.count - 1].result == 0);
}

static const struct program programs[] = {
    {"post against try", 0, 2, {{POST}, {TRY}}, 0, 0},
    {"post against post", 0, 2, {{POST}, {POST}}, 0, 0},
    {"try against try for one", 1, 2, {{TRY}, {TRY}}, 0, 0},
    {"post against value, twice", 0, 2, {{POST}, {VALUE, VALUE}}, 0, 0},
    {"try and post against try and post", 1, 2, {{TRY, POST}, {TRY, POST}}, 0, 0},
    {"post and try against post and value", 0, 2, {{POST, TRY}, {POST, VALUE}}, 0, 0},
    {"post, try, value", 0, 3, {{POST}, {TRY}, {VALUE}}, 0, 0},
    {"wait against post", 0, 2, {{WAIT}, {POST}}, 0, 0},
    {"wait against post and try", 0, 2, {{WAIT}, {POST, TRY}}, 0, 1},
    {"wait with timeout against post", 0, 2, {{BRIEFLY}, {POST}}, 0, 0},
    {"post that dies against try", 0, 4, {{POST}, {TRY}, {NOTHING}, {SETTLE}}, 1, 0},
    {"try that dies against try", 1, 4, {{TRY}, {TRY}, {NOTHING}, {SETTLE}}, 1, 0},
};

static bool explore(const struct program *p)
{
    static struct fake_report report;
    struct fake_program fake = {.name = p->name,
                                .agents = p->agents,
                                .setup = setup,
                                .agent = agent,
                                .check = done,
                                .ctx = (void *)(uintptr_t)p,
                                .base = world.region,
                                .base_bytes = BYTES,
                                .killable_mask = p->killable,
                                .deaths = p->killable != 0,
                                .may_park_mask = p->may_park,
                                .sparse_kills = true};
    struct fake_options options = {.mode = FAKE_COMPLETE, .max_steps = 4000, .max_seconds = 600};
    prepare(p->value);
    bool part;
    int n = explore_stale(&fake, &options, &report, &part);
    printf("%s linear: semaphore: %s: %s, %lu schedules (%lu redundant), %lu transitions, depth "
           "%d, %.1f s\n",
           n == 0 || part ? "ok" : "not ok", p->name,
           n == 0   ? "complete"
           : part   ? "random walks"
           : n == 1 ? "FAILED"
                    : "incomplete",
           (unsigned long)report.executions, (unsigned long)report.redundant,
           (unsigned long)report.transitions, report.max_depth, report.seconds);
    fflush(stdout);
    return n == 0 || part;
}

int main(void)
{
    bool good = true;
    for (unsigned i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
        good &= explore(&programs[i]);
    return !good;
}
