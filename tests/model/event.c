/*
 * The event on every schedule: one agent waits on a semaphore, one posts, stores become visible late, any of
 * them may die at any access, waits may time out; a third settles. Nobody sleeps for ever for a count that is there.
 *
 * Where they are too many one by one they are searched from state to state.
 */
#include "port/fake/fake.h"
#include "prim/event.h"
#include "prim/table.h"
#include "reg/agent.h"
#include "reg/handle.h"
#include "sluice.h"
#include "stale.h"

#include <string.h>

enum { BYTES = 64 << 10, WAITER = 0, POSTER, SETTLER, AGENTS };

static struct world {
    _Alignas(64) uint8_t region[BYTES];
    struct sluice agent[AGENTS];
    struct sluice_request wait[AGENTS];
    uint32_t handle[AGENTS];
    int got[AGENTS];
    struct sluice_chunk *left;
} world, saved;

static struct sluice_request request(int who, uint32_t op)
{
    return (struct sluice_request){.op = op, .handle = world.handle[who]};
}

/* All attached, the semaphore open at 0, a chunk of waiters reserved for who waits: what is explored is the event alone. */
static void prepare(void)
{
    if (sluice_format(world.region, BYTES, AGENTS, 0) != 0)
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
    int n = sluice__waiter_new(&world.agent[WAITER]); /* reserves the chunk */
    sluice__waiter_end(&world.agent[WAITER], (uint32_t)n, true);
    memcpy(&saved, &world, sizeof(world));
}

static void setup(void *ctx)
{
    (void)ctx;
    memcpy(&world, &saved, sizeof(world));
}

/* Answers the bell; whether the only request of this agent is to go on. */
static bool told(struct sluice *s)
{
    bool ready = false;
    sluice_bell_answer(s);
    while (sluice_ready(s) != 0)
        ready = true;
    return ready;
}

/* As every backend waits: go as far as it gets, sleep until it is rung and told to go on. */
static int wait_for(int who, struct sluice_request *r, int64_t deadline)
{
    struct sluice *s = &world.agent[who];
    int n = -SLUICE_EAGAIN;
    for (bool go_on = r->waiter == 0 || told(s);; go_on = told(s) || n == SLUICE_STALLED) {
        if (go_on)
            n = sluice_advance(s, r);
        if (n != -SLUICE_EAGAIN && n != SLUICE_STALLED)
            return n;
        if (sluice_bell_arm(s) && !port_park(&s->me->bell, SLUICE_BELL_ASLEEP, deadline)) {
            sluice_cancel(s, r);
            return -SLUICE_ETIMEDOUT;
        }
    }
}

static void settle_all(void)
{
    struct sluice *s = &world.agent[SETTLER];
    while (sluice_settle(s) != 0) {
        if (sluice_bell_arm(s))
            port_park(&s->me->bell, SLUICE_BELL_ASLEEP, PORT_FOREVER);
        sluice_bell_answer(s);
    }
}

static void settle(int dead)
{
    if (!fake_wait_dead(dead))
        return;
    sluice_died(&world.agent[SETTLER], (uint32_t)dead + 1);
    settle_all();
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

/* And the waiter's record has come back, from whoever had it in hand. */
static void count_is_somewhere(void *ctx)
{
    (void)ctx;
    struct sluice_waiter *w = sluice__waiter(&world.agent[WAITER], 0);
    fake_check((world.got[WAITER] == 1) + value() == 1);
    fake_check((load_relaxed(&w->state) & 3) == SLUICE_WAITER_FREE);
}

/* --- one of them dies ----------------------------------------------------- */

static void poster_may_die(void *ctx, int who)
{
    if (who == SETTLER)
        settle(POSTER);
    else
        wait_and_post(ctx, who);
}

/* The waiter has been asleep since before. */
static void setup_asleep(void *ctx)
{
    struct sluice *s = &world.agent[WAITER];
    setup(ctx);
    world.wait[WAITER] = request(WAITER, SLUICE_OP_SEM_WAIT);
    sluice_advance(s, &world.wait[WAITER]);
    sluice_bell_arm(s);
}

static void sleeper_and_poster_who_may_die(void *ctx, int who)
{
    struct sluice *s = &world.agent[WAITER];
    if (who != WAITER) {
        poster_may_die(ctx, who);
        return;
    }
    port_park(&s->me->bell, SLUICE_BELL_ASLEEP, PORT_FOREVER);
    world.got[who] = wait_for(who, &world.wait[who], PORT_FOREVER) == 0 ? 1 : -1;
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

/* --- one dies while another is settled ------------------------------------- */

/* The waiter hangs, and is dead from the start. */
static void setup_dead_waiter(void *ctx)
{
    struct sluice_request r = request(WAITER, SLUICE_OP_SEM_WAIT);
    setup(ctx);
    sluice_advance(&world.agent[WAITER], &r);
    sluice_died(&world.agent[SETTLER], WAITER + 1);
}

/* The first only tells the settler of the poster's death. */
static void poster_may_die_late(void *ctx, int who)
{
    (void)ctx;
    struct sluice *s = &world.agent[SETTLER];
    if (who == POSTER)
        posts(who);
    else if (who == SETTLER)
        settle_all();
    else if (fake_wait_dead(POSTER) && sluice_died(s, POSTER + 1)) {
        sluice__bell_ring(s, SETTLER); /* who is told goes on, whatever its bell says */
        port_unpark(&s->me->bell);
    }
}

static void lock_is_free(void *ctx)
{
    (void)ctx;
    struct sluice *s = &world.agent[SETTLER];
    struct sluice_handle *handle = sluice__handle_find(s, world.handle[SETTLER]);
    fake_check(sluice_settle(s) == 0 && sluice__agents_valid(s));
    fake_check(sluice__gate_valid(s, &sluice__handle_object(s, handle)->gate));
}

/* --- the waiter leaves ------------------------------------------------------- */

/* Sleeps where it must, as every backend does. What it has left belongs to whoever takes it: here, who stores 0. */
static void leaves(int who)
{
    struct sluice *s = &world.agent[who];
    struct sluice_chunk *chunk = sluice__chunk(s, &s->me->waiters, 0);
    if (sluice_cancel(s, &world.wait[who]) != 0)
        fake_fail("cancel");
    while (sluice_detach(s) != 0) {
        if (sluice_bell_arm(s))
            port_park(&s->me->bell, SLUICE_BELL_ASLEEP, PORT_FOREVER);
        sluice_bell_answer(s);
    }
    store_seq(&chunk->ready, 0);
    world.left = chunk;
}

static void post_and_leave(void *ctx, int who)
{
    (void)ctx;
    if (who == WAITER)
        leaves(who);
    else
        posts(who);
}

static void nothing_was_written_late(void *ctx)
{
    (void)ctx;
    fake_check(value() == 1 && load_relaxed(&world.left->ready) == 0);
}

static const struct program {
    const char *name;
    void (*agent)(void *, int);
    void (*check)(void *);
    void (*setup)(void *);
    int agents;
    unsigned killable, may_park;
    bool large; /* from state to state */
} programs[] = {
    {"wait against post", wait_and_post, count_was_taken, setup, 2, 0, 0, false},
    {"wait with timeout or abort against post", wait_briefly_and_post, count_is_somewhere, setup, 2,
     0, 0, false},
    {"a post against a waiter that gives up and leaves", post_and_leave, nothing_was_written_late,
     setup_asleep, 2, 0, 0, false},
    {"a post that dies in the middle of a settling", poster_may_die_late, lock_is_free,
     setup_dead_waiter, 3, 1u << POSTER, 0, false},
    {"a wait that dies against post", waiter_may_die, region_is_sound, setup, 3, 1u << WAITER, 0,
     true},
    {"wait against a post that dies", poster_may_die, not_forgotten, setup, 3, 1u << POSTER,
     1u << WAITER, true},
    {"a sleeper against a post that dies", sleeper_and_poster_who_may_die, not_forgotten,
     setup_asleep, 3, 1u << POSTER, 1u << WAITER, true},
};

static struct fake_program for_fake(const struct program *p)
{
    return (struct fake_program){.name = p->name,
                                 .agents = p->agents,
                                 .setup = p->setup,
                                 .agent = p->agent,
                                 .check = p->check,
                                 .base = world.region,
                                 .base_bytes = BYTES,
                                 .memory = &world,
                                 .memory_bytes = sizeof(world),
                                 .killable_mask = p->killable,
                                 .deaths = p->killable != 0,
                                 .may_park_mask = p->may_park,
                                 .sparse_kills = true};
}

int main(void)
{
    int bad = 0;
    prepare();
    for (unsigned i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
        const struct fake_program p = for_fake(&programs[i]);
        bad += !tell_stale("event", &p, programs[i].large);
    }
    return bad != 0;
}
