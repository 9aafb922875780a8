/* Pairs of the semaphore's operations, and of names: create, open, unlink, close. */
#include "pairs_all.h"

static int open_sem(int who, int at, const char *name, uint32_t flags, uint32_t value)
{
    struct sluice_request r = request(SLUICE_OP_SEM_OPEN, 0, name);
    r.args[0] = flags;
    r.args[1] = 0600;
    r.args[2] = value;
    int n = sluice_try(&world.agent[who], &r);
    if (n >= 0)
        world.handle[who][at] = (uint32_t)n;
    return n;
}

/* --- states ---------------------------------------------------------------- */

static void valued(uint32_t value)
{
    attached();
    for (int i = 0; i < AGENTS; i++)
        check(open_sem(i, 0, "/s", SLUICE_CREATE, value) >= 0);
}

static void zero(void)
{
    valued(0);
}

static void one(void)
{
    valued(1);
}

static void largest(void)
{
    valued(SLUICE_SEM_VALUE_MAX);
}

static void unlinked(void)
{
    one();
    unlink_all();
}

static void keeper_waits(void)
{
    zero();
    world.request[KEEPER] = request(SLUICE_OP_SEM_WAIT, world.handle[KEEPER][0], NULL);
    check(sluice_advance(&world.agent[KEEPER], &world.request[KEEPER]) == -SLUICE_EAGAIN);
    world.pending[KEEPER] = true;
}

/* --- operations -------------------------------------------------------------- */

static struct sluice_request waiting(int who)
{
    return request(SLUICE_OP_SEM_WAIT, world.handle[who][0], NULL);
}

static struct sluice_request posting(int who)
{
    return request(SLUICE_OP_SEM_POST, world.handle[who][0], NULL);
}

static struct sluice_request ready_to_take(int who)
{
    return ready_to(world.handle[who][0], SLUICE_READ);
}

static struct sluice_request looking(int who)
{
    return request(SLUICE_OP_SEM_VALUE, world.handle[who][0], NULL);
}

static struct sluice_request closing(int who)
{
    return request(SLUICE_OP_CLOSE, world.handle[who][0], NULL);
}

static struct sluice_request unlinking(int who)
{
    struct sluice_request r = request(SLUICE_OP_UNLINK, 0, "/s");
    (void)who;
    r.args[0] = SLUICE_KIND_SEMAPHORE;
    return r;
}

static struct sluice_request opening(uint32_t flags, const char *name)
{
    struct sluice_request r = request(SLUICE_OP_SEM_OPEN, 0, name);
    r.args[0] = flags;
    r.args[2] = 5;
    return r;
}

static struct sluice_request opening_it(int who)
{
    (void)who;
    return opening(0, "/s");
}

static struct sluice_request creating(int who)
{
    (void)who;
    return opening(SLUICE_CREATE, "/s");
}

static struct sluice_request creating_first(int who)
{
    (void)who;
    return opening(SLUICE_CREATE | SLUICE_EXCLUSIVE, "/s");
}

static const struct operation all[] = {
    {"wait", waiting, 0, NULL},
    {"post", posting, 0, NULL},
    {"ready", ready_to_take, 0, NULL},
    {"value", looking, 0, NULL},
    {"close", closing, 0, NULL},
    {"unlink", unlinking, 0, NULL},
    {"open", opening_it, 0, NULL},
    {"create", creating, 0, NULL},
    {"create exclusively", creating_first, 0, NULL},
};

/* --- what it holds ------------------------------------------------------------- */

static void tell(char *text)
{
    if (world.pending[KEEPER]) {
        bool was_told = goes_on(KEEPER);
        add(text, "keeper %s %d, ", was_told ? "told" : "asleep", world.result[KEEPER]);
        end_pending(KEEPER);
    }
    add(text, "value %d, ", try(KEEPER, looking(KEEPER)));
    int there = open_sem(KEEPER, 1, "/s", 0, 0);
    if (there >= 0)
        there = try(KEEPER, request(SLUICE_OP_SEM_VALUE, (uint32_t)there, NULL));
    add(text, "named %d", there);
}

static void unlink_all(void)
{
    try(KEEPER, unlinking(KEEPER));
}

static const struct state states[] = {
    {"value 0", zero},
    {"value 1", one},
    {"the largest value", largest},
    {"another waits", keeper_waits},
    {"its name is gone", unlinked},
};

int main(int argc, char **argv)
{
    read_arguments(argc, argv);
    return explore_all("semaphore", states, COUNT(states), all, COUNT(all));
}
