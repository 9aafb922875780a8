/* Deaths of the message queue. */
#include "deaths.h"

#include "obj/mqueue.h"

enum { MOST = 4, LENGTH = 8 };

static int open_queue(int who, const char *name, uint32_t flags)
{
    struct sluice_request r = request(SLUICE_OP_MQ_OPEN, 0, name);
    r.args[0] = flags | SLUICE_READ | SLUICE_WRITE;
    r.args[2] = MOST;
    r.args[3] = LENGTH;
    int n = sluice_try(&world.agent[who], &r);
    if (n >= 0)
        world.handle[who] = (uint32_t)n;
    return n;
}

/* A message says its priority, twice. */
static struct sluice_request sending(int who, uint32_t priority)
{
    struct sluice_request r = request(SLUICE_OP_MQ_SEND, world.handle[who], NULL);
    uint32_t text[2] = {priority, ~priority};
    memcpy(world.bytes[who], text, LENGTH);
    r.bytes = world.bytes[who];
    r.length = LENGTH;
    r.args[0] = priority;
    return r;
}

static struct sluice_request receiving(int who)
{
    struct sluice_request r = request(SLUICE_OP_MQ_RECEIVE, world.handle[who], NULL);
    r.bytes = world.bytes[who];
    r.length = LENGTH;
    return r;
}

static void fill(uint32_t a, uint32_t b)
{
    struct sluice_request r = sending(OTHER, a);
    check(sluice_try(&world.agent[OTHER], &r) == 0);
    r = sending(OTHER, b);
    check(sluice_try(&world.agent[OTHER], &r) == 0);
}

/* --- states ------------------------------------------------------------- */

static void all_open(void)
{
    attached();
    for (int i = 0; i < AGENTS; i++)
        check(open_queue(i, "/q", SLUICE_CREATE) >= 0);
}

static void same_twice(void)
{
    all_open();
    fill(7, 7);
}

static void two_priorities(void)
{
    all_open();
    fill(7, 30000);
}

static void full(void)
{
    all_open();
    fill(1, 2);
    fill(3, 3);
}

static void other_receives(void)
{
    all_open();
    world.wait[OTHER] = receiving(OTHER);
    check(sluice_advance(&world.agent[OTHER], &world.wait[OTHER]) == -SLUICE_EAGAIN);
}

static void other_looks(void)
{
    all_open();
    looks(OTHER, SLUICE_READ);
}

static void victim_looks(void)
{
    all_open();
    looks(VICTIM, SLUICE_READ);
}

static void other_looks_for_room(void)
{
    full();
    looks(OTHER, SLUICE_WRITE);
}

static void two_receive(void)
{
    other_receives();
    world.wait[REPAIRER] = receiving(REPAIRER);
    check(sluice_advance(&world.agent[REPAIRER], &world.wait[REPAIRER]) == -SLUICE_EAGAIN);
}

static void other_sends(void)
{
    full();
    world.wait[OTHER] = sending(OTHER, 40);
    check(sluice_advance(&world.agent[OTHER], &world.wait[OTHER]) == -SLUICE_EAGAIN);
}

static void victim_receives_first(void)
{
    all_open();
    world.wait[VICTIM] = receiving(VICTIM);
    check(sluice_advance(victim(), &world.wait[VICTIM]) == -SLUICE_EAGAIN);
    world.wait[OTHER] = receiving(OTHER);
    check(sluice_advance(&world.agent[OTHER], &world.wait[OTHER]) == -SLUICE_EAGAIN);
}

/* What it was woken for is the other's, should it not take it. */
static void victim_to_receive(void)
{
    victim_receives_first();
    struct sluice_request r = sending(REPAIRER, 7);
    check(sluice_try(&world.agent[REPAIRER], &r) == 0);
}

static void registered(int who)
{
    all_open();
    world.wait[who] = request(SLUICE_OP_MQ_NOTIFY, world.handle[who], NULL);
    check(sluice_advance(&world.agent[who], &world.wait[who]) == -SLUICE_EAGAIN);
}

static void other_registered(void)
{
    registered(OTHER);
}

static void victim_registered(void)
{
    registered(VICTIM);
}

static void waits_to_receive(int who)
{
    world.wait[who] = receiving(who);
    check(sluice_advance(&world.agent[who], &world.wait[who]) == -SLUICE_EAGAIN);
}

/* OTHER is registered, so many messages come to those who wait to receive: the victim, and perhaps another behind it or in front. */
enum { ALONE, IN_FRONT, BEHIND, TWICE };

static void told_of_the_rest(int place, uint32_t messages)
{
    registered(OTHER);
    if (place == BEHIND)
        waits_to_receive(REPAIRER);
    waits_to_receive(VICTIM);
    if (place == IN_FRONT)
        waits_to_receive(REPAIRER);
    if (place == TWICE) {
        world.again = receiving(VICTIM);
        check(sluice_advance(victim(), &world.again) == -SLUICE_EAGAIN);
    }
    for (uint32_t i = 0; i < messages; i++) {
        struct sluice_request r = sending(SECOND, 7);
        check(sluice_try(&world.agent[SECOND], &r) == 0);
    }
}

#define TOLD_OF_THE_REST(name, place, messages)                                                    \
    static void name(void)                                                                         \
    {                                                                                              \
        told_of_the_rest(place, messages);                                                         \
    }
TOLD_OF_THE_REST(alone, ALONE, 0)
TOLD_OF_THE_REST(alone_to_receive, ALONE, 1)
TOLD_OF_THE_REST(in_front, IN_FRONT, 0)
TOLD_OF_THE_REST(in_front_to_receive, IN_FRONT, 1)
TOLD_OF_THE_REST(both_to_receive, IN_FRONT, 2)
TOLD_OF_THE_REST(behind, BEHIND, 0)
TOLD_OF_THE_REST(behind_and_one_sent, BEHIND, 1)
TOLD_OF_THE_REST(twice_to_receive, TWICE, 2)

/* --- operations --------------------------------------------------------- */

static void create(void)
{
    open_queue(VICTIM, "/new", SLUICE_CREATE | SLUICE_EXCLUSIVE);
}

static void send(uint32_t priority)
{
    struct sluice_request r = sending(VICTIM, priority);
    change = 1;
    sluice_advance(victim(), &r);
}

static void send_7(void)
{
    send(7);
}

static void send_far(void)
{
    send(20000);
}

static void receive(void)
{
    struct sluice_request r = receiving(VICTIM);
    change = -1;
    sluice_advance(victim(), &r);
}

static void look_at_attributes(void)
{
    ask(VICTIM, SLUICE_OP_MQ_ATTRIBUTES, world.handle[VICTIM], NULL, 0, 0);
}

static void looks_there(void)
{
    looks(VICTIM, SLUICE_READ);
}

static void register_victim(void)
{
    world.wait[VICTIM] = request(SLUICE_OP_MQ_NOTIFY, world.handle[VICTIM], NULL);
    sluice_advance(victim(), &world.wait[VICTIM]);
}

static void cancel(void)
{
    sluice_cancel(victim(), &world.wait[VICTIM]);
}

static void go_on(void)
{
    change = -1;
    sluice_advance(victim(), &world.wait[VICTIM]);
}

static void leave_region(void)
{
    sluice_detach(victim());
}

static void close_queue(void)
{
    sluice_cancel(victim(), &world.wait[VICTIM]);
    if (world.again.waiter != 0)
        sluice_cancel(victim(), &world.again);
    ask(VICTIM, SLUICE_OP_CLOSE, world.handle[VICTIM], NULL, 0, 0);
}

static const struct step steps[] = {
    {"queue: create", all_open, create},
    {"queue: send, empty", all_open, send_7},
    {"queue: send behind others", same_twice, send_7},
    {"queue: send a new priority", two_priorities, send_far},
    {"queue: send to who receives", other_receives, send_7},
    {"queue: send, two receive", two_receive, send_7},
    {"queue: send and notify", other_registered, send_7},
    {"queue: send, full", full, send_7},
    {"queue: receive one of two", same_twice, receive},
    {"queue: receive the last of a priority", two_priorities, receive},
    {"queue: receive, another waits to send", other_sends, receive},
    {"queue: receive, empty", all_open, receive},
    {"queue: give a receive up, another receives", victim_receives_first, cancel},
    {"queue: give a receive up when marked", victim_to_receive, cancel},
    {"queue: attributes", same_twice, look_at_attributes},
    {"queue: wait until it is ready", all_open, looks_there},
    {"queue: wait no more until it is ready", victim_looks, cancel},
    {"queue: send, another waits until it is ready", other_looks, send_7},
    {"queue: receive, another waits until there is room", other_looks_for_room, receive},
    {"queue: register for notification", all_open, register_victim},
    {"queue: give the registration up", victim_registered, cancel},
    {"queue: close, registered", victim_registered, close_queue},
    {"queue: receive, another is registered", other_registered, receive},
    {"queue: send to who stands in front, another is registered", in_front, send_7},
#define ROWS(who, state)                                                                           \
    {"queue: go on, " who, state, go_on}, {"queue: give up, " who, state, cancel},                 \
        {"queue: close, " who, state, close_queue},                                                \
    {                                                                                              \
        "queue: leave, " who, state, leave_region                                                  \
    }
    ROWS("alone", alone),
    ROWS("alone, marked", alone_to_receive),
    ROWS("in front", in_front),
    ROWS("in front, marked", in_front_to_receive),
    ROWS("both marked", both_to_receive),
    ROWS("behind", behind),
    ROWS("behind one who is marked", behind_and_one_sent),
    ROWS("twice, both marked", twice_to_receive),
#undef ROWS
};

/* --- what must hold ------------------------------------------------------ */

static uint32_t received_one(int by)
{
    struct sluice_request r = receiving(by);
    int n = sluice_try(&world.agent[by], &r);
    uint32_t text[2];
    if (n == -SLUICE_EAGAIN)
        return UINT32_MAX;
    memcpy(text, world.bytes[by], LENGTH);
    check(n == LENGTH && r.out[0] == text[0] && text[1] == ~text[0]);
    return text[0];
}

static int drain(int by)
{
    uint32_t last = UINT32_MAX;
    int n = 0;
    for (uint32_t priority; (priority = received_one(by)) != UINT32_MAX; last = priority, n++)
        check(priority <= last);
    return n;
}

/* What was sent stays: what the state left there, and what the operation did or did not. */
static void none_lost(struct sluice_mqueue *mq, int found)
{
    struct sluice_mqueue *before = as_before(mq);
    int were = (int)load_relaxed(&before->messages) + done_since(SLUICE_OP_MQ_SEND);
    found += done_since(SLUICE_OP_MQ_RECEIVE);
    check(found == were || found == were + change);
}

/* As many receivers as those who are alive have. */
static void receivers_are_counted(struct sluice_mqueue *mq, struct sluice *s)
{
    uint32_t sum = 0;
    for (uint32_t slot = 0; slot < s->agents; slot++) {
        struct sluice_chunk *c = sluice__chunk(s, &sluice__agent(s, slot)->handles, 0);
        for (uint32_t i = 0; c != NULL && i < SLUICE_CHUNK; i++) {
            struct sluice_handle *handle = &c->records[i].handle;
            bool open = load_relaxed(&handle->state) & 1;
            if (open && load_relaxed(&handle->object) == sluice__offset(s, mq))
                sum += load_relaxed(&handle->receivers);
        }
    }
    check(sum == load_relaxed(&mq->receivers));
}

/*
 * Every message whole, in order, none lost; a registration of the dead is gone, that of another stays until it is told: when there is
 * something for nobody else.
 */
static void objects_hold(int by)
{
    struct sluice *s = &world.agent[by];
    struct sluice_mqueue *mq = (struct sluice_mqueue *)object_of(by);
    if (mq == NULL)
        return;
    check(sluice__mqueue_valid(s, mq));
    bool other_waits = world.wait[OTHER].waiter != 0 && world.wait[OTHER].op == SLUICE_OP_MQ_NOTIFY;
    check(other_waits == (load_relaxed(&mq->notifier) != 0));
    receivers_are_counted(mq, s);
    int found = drain(by);
    if (world.wait[OTHER].op == SLUICE_OP_MQ_NOTIFY)
        check((found > 0) == (done_since(SLUICE_OP_MQ_NOTIFY) != 0));
    nobody_forgotten(); /* who waited to send */
    none_lost(mq, found + drain(by));
}

static void unlink_all(int who)
{
    ask(who, SLUICE_OP_UNLINK, 0, "/q", SLUICE_KIND_MESSAGE_QUEUE, 0);
    ask(who, SLUICE_OP_UNLINK, 0, "/new", SLUICE_KIND_MESSAGE_QUEUE, 0);
}

int main(void)
{
    for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        die_everywhere(&steps[i]);
    return report();
}
