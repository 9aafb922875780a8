/*
 * The event on every schedule: one agent waits on a semaphore, one posts, stores become visible late, any of
 * them may die at any access, waits may time out; a third settles. Nobody sleeps for ever for a count that is there.
 */
#include "port/fake/fake.h"
#include "prim/event.h"
#include "prim/table.h"
#include "reg/agent.h"
#include "sluice.h"

#include <stdio.h>
#include <string.h>

enum { BYTES = 32 << 10, WAITER = 0, POSTER, SETTLER, AGENTS };

static struct world {
    _Alignas(64) uint8_t region[BYTES];
    struct sluice agent[AGENTS];
    struct sluice_request wait[AGENTS];
    uint32_t handle[AGENTS];
    int got[AGENTS];
} world, saved;

static struct sluice_request request(int who, uint32_t op)
{
    return (struct sluice_request){.op = op, .handle = world.handle[who]};
}

/* All attached, the semaphore open at 0, a chunk of waiters reserved: what is explored is the event alone. */
static void prepare(void)
{
    if (sluice_format(world.region, BYTES, AGENTS) != 0)
        fake_fail("format");
    for (int i = 0; i < AGENTS; i++) {
        struct sluice *s = &world.agent[i];
        struct sluice_request r = {.op = SLUICE_OP_SEM_OPEN, .name = "/s", .name_length = 2};
        r.args[0] = SLUICE_CREATE;
        if (sluice_attach(s, world.region, BYTES, (uint32_t)i + 1, 0, 0) != 0)
            fake_fail("attach");
        s->lock_tries = 1;
        world.handle[i] = (uint32_t)sluice_try(s, &r);
    }
    for (int i = 0; i < SETTLER; i++) { /* reserves the chunk */
        int n = sluice__waiter_new(&world.agent[i]);
        sluice__waiter_end(&world.agent[i], (uint32_t)n, true);
    }
    memcpy(&saved, &world, sizeof(world));
}

static void setup(void *ctx)
{
    (void)ctx;
    memcpy(&world, &saved, sizeof(world));
}

/* As every backend waits: answer, go as far as it gets, sleep. */
static int wait_for(int who, struct sluice_request *r, int64_t deadline)
{
    struct sluice *s = &world.agent[who];
    for (;;) {
        int n = sluice_advance(s, r);
        if (n != -SLUICE_EAGAIN && n != SLUICE_STALLED)
            return n;
        if (sluice_bell_arm(s) && !port_park(&s->me->bell, SLUICE_BELL_ASLEEP, deadline)) {
            sluice_cancel(s, r);
            return -SLUICE_ETIMEDOUT;
        }
        sluice_bell_answer(s);
        while (sluice_ready(s) != 0)
            ;
    }
}

static void settle(int dead)
{
    if (!fake_wait_dead(dead))
        return;
    sluice_died(&world.agent[SETTLER], (uint32_t)dead + 1);
    while (sluice_settle(&world.agent[SETTLER]) != 0) {
        struct sluice *s = &world.agent[SETTLER];
        if (sluice_bell_arm(s))
            port_park(&s->me->bell, SLUICE_BELL_ASLEEP, PORT_FOREVER);
        sluice_bell_answer(s);
    }
}

static void waits(int who, int64_t deadline)
{
    struct sluice_request r = request(who, SLUICE_OP_SEM_WAIT);
    world.got[who] = wait_for(who, &r, deadline) == 0 ? 1 : -1;
}

static void posts(int who)
{
    struct sluice_request r = request(who, SLUICE_OP_SEM_POST);
    if (sluice_try(&world.agent[who], &r) != 0)
        fake_fail("post");
    world.got[who] = 1;
}

static uint32_t value(void)
{
    struct sluice_request r = request(SETTLER, SLUICE_OP_SEM_VALUE);
    return (uint32_t)sluice_try(&world.agent[SETTLER], &r);
}

/* --- one waits, one posts ------------------------------------------------ */

static void wait_and_post(void *ctx, int who)
{
    (void)ctx;
    if (who == WAITER)
        waits(who, PORT_FOREVER);
    else
        posts(who);
}

static void count_was_taken(void *ctx)
{
    (void)ctx;
    fake_check(world.got[WAITER] == 1 && value() == 0);
}

static void wait_briefly_and_post(void *ctx, int who)
{
    (void)ctx;
    if (who == WAITER)
        waits(who, 1000);
    else
        posts(who);
}

static void count_is_somewhere(void *ctx)
{
    (void)ctx;
    fake_check((world.got[WAITER] == 1) + value() == 1);
}

/* --- one of them dies ----------------------------------------------------- */

static void poster_may_die(void *ctx, int who)
{
    if (who == SETTLER)
        settle(POSTER);
    else
        wait_and_post(ctx, who);
}

/* It may sleep for ever only when the post never happened. */
static void not_forgotten(void *ctx)
{
    (void)ctx;
    fake_check(!(fake_is_parked(WAITER) && value() > 0));
    fake_check(!(world.got[POSTER] == 1 && !fake_is_dead(POSTER)) || world.got[WAITER] == 1);
}

static void waiter_may_die(void *ctx, int who)
{
    if (who == SETTLER)
        settle(WAITER);
    else
        wait_and_post(ctx, who);
}

static void region_is_sound(void *ctx)
{
    (void)ctx;
    struct sluice *s = &world.agent[SETTLER];
    fake_check(sluice__agents_valid(s) && value() <= 1);
    fake_check(fake_is_dead(WAITER) || world.got[WAITER] == 1);
}

static const struct fake_program programs[] = {
    {.name = "wait against post",
     .agents = 2,
     .setup = setup,
     .agent = wait_and_post,
     .check = count_was_taken},
    {.name = "wait with timeout or abort against post",
     .agents = 2,
     .setup = setup,
     .agent = wait_briefly_and_post,
     .check = count_is_somewhere},
    {.name = "wait against a post that dies",
     .agents = 3,
     .setup = setup,
     .agent = poster_may_die,
     .check = not_forgotten,
     .killable_mask = 1u << POSTER,
     .deaths = 1,
     .may_park_mask = 1u << WAITER,
     .sparse_kills = true},
    {.name = "a wait that dies against post",
     .agents = 3,
     .setup = setup,
     .agent = waiter_may_die,
     .check = region_is_sound,
     .killable_mask = 1u << WAITER,
     .deaths = 1,
     .sparse_kills = true},
};

int main(void)
{
    int bad = 0;
    prepare();
    for (unsigned i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
        struct fake_program p = programs[i];
        static struct fake_report report;
        p.base = world.region;
        p.base_bytes = BYTES;
        int n = fake_explore(
            &p,
            &(struct fake_options){.mode = FAKE_COMPLETE, .max_steps = 5000, .max_seconds = 600},
            &report);
        printf(
            "%s event: %s: %s, %lu schedules (%lu redundant), %lu transitions, depth %d, %.1f s\n",
            n == 0 ? "ok" : "not ok", p.name, n == 2 ? "incomplete" : "complete",
            (unsigned long)report.executions, (unsigned long)report.redundant,
            (unsigned long)report.transitions, report.max_depth, report.seconds);
        bad |= n;
    }
    return bad;
}
