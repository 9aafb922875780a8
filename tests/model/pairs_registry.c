/*
 * Pairs of the registry's operations: what is there and who, tickets, names, and agents that come, leave, are pronounced dead and
 * settled.
 */
#define REGION_KIB 96    /* one more agent */
#define ANSWER_BYTES 192 /* a listing of twelve */
#define OTHERS (2 * AGENTS)
#include "pairs_all.h"

enum { FIRST = 0, SECOND = 1, DEAD_OWNER = AGENTS + 1 };

static uint8_t ticket[16];

/* --- states ---------------------------------------------------------------- */

static void open_sem(struct sluice *s, uint32_t *handle, const char *name)
{
    struct sluice_request r = request(SLUICE_OP_SEM_OPEN, 0, name);
    r.args[0] = SLUICE_CREATE;
    int n = sluice_try(s, &r);
    check(n >= 0);
    *handle = (uint32_t)n;
}

static void get_ticket(struct sluice *s, uint32_t handle)
{
    struct sluice_request r = request(SLUICE_OP_TICKET, handle, NULL);
    r.bytes = ticket;
    r.length = sizeof(ticket);
    check(sluice_try(s, &r) == (int)sizeof(ticket));
}

static struct sluice_request unlinking_of(const char *name)
{
    struct sluice_request r = request(SLUICE_OP_UNLINK, 0, name);
    r.args[0] = SLUICE_KIND_SEMAPHORE;
    return r;
}

static int unlink_it(const char *name)
{
    return try(KEEPER, unlinking_of(name));
}

/* Their tables of handles are there: that these grow is the semaphores' "its name is gone". `more` slots are free. */
static void all_have_tables(int more)
{
    slots = AGENTS + (uint32_t)more;
    attached();
    for (int i = 0; i < AGENTS; i++) {
        uint32_t handle;
        open_sem(&world.agent[i], &handle, "/t");
        check(try(i, request(SLUICE_OP_CLOSE, handle, NULL)) == 0);
    }
    check(unlink_it("/t") == 0);
}

static void open_by_all(void)
{
    all_have_tables(1);
    for (int i = 0; i < AGENTS; i++)
        open_sem(&world.agent[i], &world.handle[i][0], "/s");
    get_ticket(&world.agent[KEEPER], world.handle[KEEPER][0]);
}

/* Its second agent, that comes; its third, that leaves: KEEPER's is the one that is to die. */
static struct sluice *coming(int who)
{
    return &world.other[who];
}

static struct sluice *leaving(int who)
{
    return &world.other[AGENTS + who];
}

static int attach(struct sluice *s, uint32_t owner)
{
    int n = sluice_attach(s, world.region, BYTES, owner, 0, 0);
    s->lock_tries = 1;
    return n;
}

static void one_has_it(struct sluice *s, uint32_t *handle)
{
    open_sem(s, handle, "/s");
    get_ticket(s, *handle);
    check(unlink_it("/s") == 0);
}

static void first_has_it(void)
{
    all_have_tables(1);
    one_has_it(&world.agent[FIRST], &world.handle[FIRST][0]);
}

static void second_has_it(void)
{
    all_have_tables(1);
    one_has_it(&world.agent[SECOND], &world.handle[SECOND][0]);
}

/* One has it and the last slot. Who leaves has nothing: that there is much to give back is the other states'. */
static void to_die(void)
{
    uint32_t handle;
    all_have_tables(acting + 1);
    for (int i = 0; i < acting; i++)
        check(attach(leaving(i), (uint32_t)i + 1) == 0);
    check(attach(leaving(KEEPER), DEAD_OWNER) == 0);
    one_has_it(leaving(KEEPER), &handle);
}

static void dead(void)
{
    to_die();
    check(sluice_died(&world.agent[KEEPER], DEAD_OWNER) == 1);
}

/* --- operations -------------------------------------------------------------- */

static struct sluice_request answered(uint32_t op, int who)
{
    struct sluice_request r = request(op, world.handle[who][0], NULL);
    r.bytes = world.bytes[who];
    r.length = sizeof(world.bytes[who]);
    return r;
}

static struct sluice_request listing(int who)
{
    return answered(SLUICE_OP_LIST, who);
}

static struct sluice_request listing_agents(int who)
{
    return answered(SLUICE_OP_AGENTS, who);
}

static struct sluice_request giving_ticket(int who)
{
    return answered(SLUICE_OP_TICKET, who);
}

static struct sluice_request opening_ticket(int who)
{
    struct sluice_request r = request(SLUICE_OP_OPEN_TICKET, 0, NULL);
    (void)who;
    r.bytes = ticket;
    r.length = sizeof(ticket);
    return r;
}

static struct sluice_request closing(int who)
{
    return request(SLUICE_OP_CLOSE, world.handle[who][0], NULL);
}

static struct sluice_request unlinking(int who)
{
    (void)who;
    return unlinking_of("/s");
}

static struct sluice_request opening(int who)
{
    (void)who;
    return request(SLUICE_OP_SEM_OPEN, 0, "/s");
}

static struct sluice_request creating(int who)
{
    struct sluice_request r = opening(who);
    r.args[0] = SLUICE_CREATE;
    return r;
}

static int attaches(int who)
{
    return attach(coming(who), (uint32_t)who + 1);
}

static int leaves(int who)
{
    bool other = leaving(who)->me != NULL;
    return sluice_detach(other ? leaving(who) : &world.agent[who]);
}

static int pronounces(int who)
{
    return sluice_died(&world.agent[who], DEAD_OWNER);
}

static int settles(int who)
{
    return sluice_settle(&world.agent[who]);
}

enum { NO_ATTEMPT = 1 << ATTEMPTS | 1 << (FORMS + ATTEMPTS) };
/* slot by slot: with two others there is no one moment */
enum { BY_SLOTS = 7 << FORMS };

static const struct operation all[] = {
    {"list", listing, 0, NULL},
    {"agents", listing_agents, BY_SLOTS, NULL},
    {"ticket", giving_ticket, 0, NULL},
    {"open by ticket", opening_ticket, 0, NULL},
    {"close", closing, 0, NULL},
    {"unlink", unlinking, 0, NULL},
    {"open", opening, 0, NULL},
    {"create", creating, 0, NULL},
    {"attach", NULL, NO_ATTEMPT, attaches},
    {"detach", NULL, NO_ATTEMPT, leaves},
    {"pronounce dead", NULL, NO_ATTEMPT, pronounces},
    {"settle", NULL, NO_ATTEMPT, settles},
};

/* --- what it holds ------------------------------------------------------------- */

/* Then those leave who came, and who is to die does. */
static void tell(char *text)
{
    int n = try(KEEPER, answered(SLUICE_OP_LIST, KEEPER));
    check(n >= 0);
    tell_listed(text, world.bytes[KEEPER], (uint32_t)n);
    n = try(KEEPER, answered(SLUICE_OP_AGENTS, KEEPER));
    check(n > 0);
    tell_agents(text, world.bytes[KEEPER], (uint32_t)n);
    add(text, "by ticket %d", try(KEEPER, opening_ticket(KEEPER)) >= 0);
    pronounces(KEEPER);
    check(settles(KEEPER) == 0);
    for (int i = 0; i < acting; i++) {
        check(coming(i)->me == NULL || sluice_detach(coming(i)) == 0);
        check(leaving(i)->me == NULL || sluice_detach(leaving(i)) == 0);
    }
}

static void unlink_all(void)
{
    unlink_it("/s");
}

static const struct state states[] = {
    {"open by all", open_by_all},
    {"the first alone has it", first_has_it},
    {"the second alone has it", second_has_it},
    {"a dead one alone has it", dead},
    {"one that is to die alone has it", to_die},
};

int main(int argc, char **argv)
{
    read_arguments(argc, argv);
    return explore_all("registry", states, COUNT(states), all, COUNT(all));
}
