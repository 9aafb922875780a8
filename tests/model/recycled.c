/*
 * One that waits is pronounced dead falsely while it looks again; its slot and its table of waiters go to a newcomer, who waits
 * there too. What looks damaged to the late one by then is no damage: it is told ESRCH, and does not give up the newcomer's wait.
 */
#include "port/fake/fake.h"
#include "prim/table.h"
#include "sluice.h"

#include <stdio.h>
#include <string.h>

enum { BYTES = 64 << 10, LATE = 0, POSTER, SETTLER, NEWCOMER, AGENTS };

static struct world {
    _Alignas(64) uint8_t region[BYTES];
    struct sluice agent[AGENTS];
    struct sluice_request wait[AGENTS];
    uint32_t handle[AGENTS];
    int result[AGENTS];
} world, saved;

static void attach(int who)
{
    if (sluice_attach(&world.agent[who], world.region, BYTES, (uint32_t)who + 1, 0, 0) != 0)
        fake_fail("attach");
    world.agent[who].lock_tries = 1;
}

/* False where a lock was held: it is not the newcomer's day. */
static bool open_semaphore(int who, const char *name)
{
    struct sluice_request r = {.op = SLUICE_OP_SEM_OPEN, .name = name, .name_length = 2};
    r.args[0] = SLUICE_CREATE;
    int n = sluice_try(&world.agent[who], &r);
    world.handle[who] = (uint32_t)n;
    return n > 0;
}

static struct sluice_request request(int who, uint32_t op)
{
    return (struct sluice_request){.op = op, .handle = world.handle[who]};
}

static void waits(int who)
{
    world.result[who] = sluice_advance(&world.agent[who], &world.wait[who]);
}

/* It leaves nothing, but marks who waits: he looks again and hangs once more. */
static void posts_and_takes(void)
{
    struct sluice_request post = request(POSTER, SLUICE_OP_SEM_POST),
                          take = request(POSTER, SLUICE_OP_SEM_WAIT);
    sluice_try(&world.agent[POSTER], &post);
    sluice_try(&world.agent[POSTER], &take);
}

static void prepare(void)
{
    sluice_format(world.region, BYTES, AGENTS, 0);
    for (int who = LATE; who <= SETTLER; who++) {
        attach(who);
        if (!open_semaphore(who, "/s"))
            fake_fail("open");
    }
    world.wait[LATE] = request(LATE, SLUICE_OP_SEM_WAIT);
    waits(LATE);
    posts_and_takes();
    memcpy(&saved, &world, sizeof(world));
}

static void setup(void *ctx)
{
    (void)ctx;
    memcpy(&world, &saved, sizeof(world));
}

static void settles_and_lets_in(void)
{
    sluice_died(&world.agent[SETTLER], LATE + 1);
    if (sluice_settle(&world.agent[SETTLER]) != 0)
        return;
    attach(NEWCOMER);
    if (!open_semaphore(NEWCOMER, "/n"))
        return;
    world.wait[NEWCOMER] = request(NEWCOMER, SLUICE_OP_SEM_WAIT);
    waits(NEWCOMER);
}

static void acts(void *ctx, int who)
{
    (void)ctx;
    if (who == LATE)
        waits(LATE);
    else if (who == POSTER)
        posts_and_takes();
    else
        settles_and_lets_in();
}

static unsigned long late, waiting;

static void the_newcomer_waits(void *ctx)
{
    (void)ctx;
    late += world.result[LATE] == -SLUICE_ESRCH;
    fake_check(world.result[LATE] != -SLUICE_EUCLEAN);
    if (world.result[NEWCOMER] != -SLUICE_EAGAIN)
        return;
    struct sluice_waiter *w =
        sluice__waiter(&world.agent[NEWCOMER], world.wait[NEWCOMER].waiter - 1);
    fake_check(w != NULL && (load_relaxed(&w->state) & 3) != SLUICE_WAITER_GONE);
    waiting++;
}

int main(void)
{
    static struct fake_report report;
    const struct fake_program program = {.name = "recycled",
                                         .agents = NEWCOMER,
                                         .setup = setup,
                                         .agent = acts,
                                         .check = the_newcomer_waits,
                                         .base = world.region,
                                         .base_bytes = BYTES,
                                         .memory = &world,
                                         .memory_bytes = sizeof(world),
                                         .prompt = true};
    const struct fake_options options = {
        .mode = FAKE_MERGED, .preemptions = 2, .max_steps = 4000, .max_seconds = 600};
    prepare();
    int n = fake_explore(&program, &options, &report);
    bool good = n == 0 && late > 0 && waiting > 0;
    printf(
        "%s recycled: a late one beside who has its slot: %lu schedules (%lu redundant), late %lu "
        "times, waiting beside it %lu\n",
        good ? "ok" : "not ok", (unsigned long)report.executions, (unsigned long)report.redundant,
        late, waiting);
    return !good;
}
