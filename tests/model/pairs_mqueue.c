/* Pairs of the message queue's operations. */
#include "pairs_all.h"

enum { MOST = 2, LENGTH = 8 };

static struct sluice_request opening(uint32_t flags)
{
    struct sluice_request r = request(SLUICE_OP_MQ_OPEN, 0, "/q");
    r.args[0] = flags | SLUICE_READ | SLUICE_WRITE;
    r.args[1] = 0600;
    r.args[2] = MOST;
    r.args[3] = LENGTH;
    return r;
}

static struct sluice_request sending(int who, uint32_t priority)
{
    static char text[AGENTS][2];
    struct sluice_request r = request(SLUICE_OP_MQ_SEND, world.handle[who][0], NULL);
    snprintf(text[who], sizeof(text[who]), "%c", 'a' + who);
    r.bytes = text[who];
    r.length = 1;
    r.args[0] = priority;
    return r;
}

static struct sluice_request receiving(int who)
{
    struct sluice_request r = request(SLUICE_OP_MQ_RECEIVE, world.handle[who][0], NULL);
    r.bytes = world.bytes[who];
    r.length = LENGTH;
    return r;
}

/* --- states ---------------------------------------------------------------- */

static void empty(void)
{
    attached();
    for (int i = 0; i < AGENTS; i++) {
        int n = try(i, opening(SLUICE_CREATE));
        check(n >= 0);
        world.handle[i][0] = (uint32_t)n;
    }
}

static void one_there(void)
{
    empty();
    check(try(KEEPER, sending(KEEPER, 3)) == 0);
}

static void full(void)
{
    one_there();
    check(try(KEEPER, sending(KEEPER, 4)) == 0);
}

static void waits(struct sluice_request r)
{
    world.request[KEEPER] = r;
    check(sluice_advance(&world.agent[KEEPER], &world.request[KEEPER]) == -SLUICE_EAGAIN);
    world.pending[KEEPER] = true;
}

static void keeper_receives(void)
{
    empty();
    waits(receiving(KEEPER));
}

static void keeper_sends(void)
{
    full();
    waits(sending(KEEPER, 9));
}

static void keeper_registered(void)
{
    empty();
    waits(request(SLUICE_OP_MQ_NOTIFY, world.handle[KEEPER][0], NULL));
}

/* --- operations -------------------------------------------------------------- */

static struct sluice_request sending_low(int who)
{
    return sending(who, 3);
}

static struct sluice_request sending_high(int who)
{
    return sending(who, 7);
}

static struct sluice_request looking(int who)
{
    return request(SLUICE_OP_MQ_ATTRIBUTES, world.handle[who][0], NULL);
}

static struct sluice_request ready_to_take(int who)
{
    return ready_to(world.handle[who][0], SLUICE_READ);
}

static struct sluice_request ready_to_put(int who)
{
    return ready_to(world.handle[who][0], SLUICE_WRITE);
}

static struct sluice_request registering(int who)
{
    return request(SLUICE_OP_MQ_NOTIFY, world.handle[who][0], NULL);
}

static struct sluice_request closing(int who)
{
    return request(SLUICE_OP_CLOSE, world.handle[who][0], NULL);
}

static struct sluice_request unlinking(int who)
{
    struct sluice_request r = request(SLUICE_OP_UNLINK, 0, "/q");
    (void)who;
    r.args[0] = SLUICE_KIND_MESSAGE_QUEUE;
    return r;
}

static const struct operation all[] = {
    {"send", sending_low, 0, NULL},
    {"send with a higher priority", sending_high, 0, NULL},
    {"ready to take", ready_to_take, 0, NULL},
    {"ready to put", ready_to_put, 0, NULL},
    {"receive", receiving, 0, NULL},
    {"attributes", looking, 0, NULL},
    {"notify", registering, 0, NULL},
    {"close", closing, 0, NULL},
    {"unlink", unlinking, 0, NULL},
};

/* --- what it holds ------------------------------------------------------------- */

static void tell(char *text)
{
    if (world.pending[KEEPER]) {
        bool was_told = goes_on(KEEPER);
        add(text, "keeper %s %d, ", was_told ? "told" : "asleep", world.result[KEEPER]);
        end_pending(KEEPER);
    }
    struct sluice_request r = looking(KEEPER);
    check(try(KEEPER, r) == 0);
    for (int n; r = receiving(KEEPER), (n = sluice_try(&world.agent[KEEPER], &r)) >= 0;)
        add(text, "%u:%.*s ", r.out[0], n, (char *)world.bytes[KEEPER]);
    int there = try(KEEPER, opening(0));
    add(text, "%s", there >= 0 ? "named" : "gone");
    r = registering(KEEPER);
    int n = sluice_advance(&world.agent[KEEPER], &r);
    add(text, " %s", n == -SLUICE_EBUSY ? "registered" : "free");
    if (n == -SLUICE_EAGAIN)
        check(sluice_cancel(&world.agent[KEEPER], &r) == 0);
}

static void unlink_all(void)
{
    try(KEEPER, unlinking(KEEPER));
}

static const struct state states[] = {
    {"empty", empty},
    {"one message", one_there},
    {"full", full},
    {"empty, another receives", keeper_receives},
    {"full, another sends", keeper_sends},
    {"empty, another registered", keeper_registered},
};

int main(int argc, char **argv)
{
    read_arguments(argc, argv);
    return explore_all("message queue", states, COUNT(states), all, COUNT(all));
}
