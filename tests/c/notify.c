/* Who registered at a queue, beside receivers who were woken and have not run yet: mq_notify(3). */
#include "world.h"

#include "obj/mqueue.h"
#include "reg/handle.h"

enum { BYTES = 64 << 10, RECEIVER = 0, REGISTRANT, SENDER, OTHER, AGENTS };

static struct sluice s[AGENTS];
static int queue[AGENTS];
static uint8_t bytes[8];
static struct sluice_request receive, notify;

static struct sluice_request receives(int who)
{
    struct sluice_request r = request_of(SLUICE_OP_MQ_RECEIVE, (uint32_t)queue[who], NULL);
    r.bytes = bytes;
    r.length = sizeof(bytes);
    return r;
}

static void begin(void)
{
    void *base = new_region(BYTES, AGENTS);
    for (int who = RECEIVER; who < AGENTS; who++) {
        join(&s[who], base, BYTES, (uint32_t)who + 1);
        s[who].lock_tries = 1;
        struct sluice_request r = request_of(SLUICE_OP_MQ_OPEN, 0, "/q");
        r.args[0] = SLUICE_CREATE | SLUICE_READ | SLUICE_WRITE;
        r.args[2] = 4;
        r.args[3] = sizeof(bytes);
        queue[who] = sluice_try(&s[who], &r);
        check(queue[who] > 0);
    }
    receive = receives(RECEIVER);
    notify = request_of(SLUICE_OP_MQ_NOTIFY, (uint32_t)queue[REGISTRANT], NULL);
}

static void ended(const char *name)
{
    check(sound(&s[SENDER]));
    free(s[SENDER].base);
    passed(name);
}

static void sends(void)
{
    struct sluice_request r = request_of(SLUICE_OP_MQ_SEND, (uint32_t)queue[SENDER], NULL);
    r.bytes = bytes;
    r.length = sizeof(bytes);
    check(sluice_advance(&s[SENDER], &r) == 0);
}

static int waits(int who, struct sluice_request *r)
{
    return sluice_advance(&s[who], r);
}

static int takes(int who)
{
    struct sluice_request r = receives(who);
    return sluice_try(&s[who], &r);
}

/* The receiver has got the first: the second comes to a queue that is empty. */
static void second_message(bool runs_between, bool registers_between)
{
    begin();
    check(registers_between || waits(REGISTRANT, &notify) == -SLUICE_EAGAIN);
    check(waits(RECEIVER, &receive) == -SLUICE_EAGAIN);
    sends();
    check(!registers_between || waits(REGISTRANT, &notify) == -SLUICE_EAGAIN);
    check(!runs_between || waits(RECEIVER, &receive) == 8);
    check(waits(REGISTRANT, &notify) == -SLUICE_EAGAIN);
    sends();
    check(waits(REGISTRANT, &notify) == 0);
    check(runs_between || waits(RECEIVER, &receive) == 8);
    check(takes(OTHER) == 8 && takes(OTHER) == -SLUICE_EAGAIN);
    ended("notify: what comes after a message that was left to a receiver comes to an empty queue");
}

/* One that nobody waited for lies there: the queue is not empty. */
static void message_that_stays(void)
{
    begin();
    check(waits(RECEIVER, &receive) == -SLUICE_EAGAIN);
    sends();
    sends();
    check(waits(REGISTRANT, &notify) == -SLUICE_EAGAIN);
    check(waits(RECEIVER, &receive) == 8);
    sends();
    check(waits(REGISTRANT, &notify) == -SLUICE_EAGAIN);
    for (int left = 2; left > 0; left--)
        check(takes(OTHER) == 8);
    sends();
    check(waits(REGISTRANT, &notify) == 0);
    ended("notify: a queue with a message for anybody is not empty");
}

/* Who was not waited for takes what was left to the receiver: he waits on. */
static void message_taken_by_another(void)
{
    begin();
    check(waits(REGISTRANT, &notify) == -SLUICE_EAGAIN);
    check(waits(RECEIVER, &receive) == -SLUICE_EAGAIN);
    sends();
    check(takes(OTHER) == 8 && waits(RECEIVER, &receive) == -SLUICE_EAGAIN);
    sends();
    check(waits(REGISTRANT, &notify) == -SLUICE_EAGAIN && waits(RECEIVER, &receive) == 8);
    sends();
    check(waits(REGISTRANT, &notify) == 0);
    ended("notify: a receiver who comes too late is one again");
}

/* He gives up before anybody registers: what was left to him is anybody's. */
static void gave_up(void)
{
    begin();
    check(waits(RECEIVER, &receive) == -SLUICE_EAGAIN);
    sends();
    check(sluice_cancel(&s[RECEIVER], &receive) == 0);
    check(waits(REGISTRANT, &notify) == -SLUICE_EAGAIN);
    sends();
    check(waits(REGISTRANT, &notify) == -SLUICE_EAGAIN);
    check(takes(OTHER) == 8 && takes(OTHER) == 8);
    sends();
    check(waits(REGISTRANT, &notify) == 0);
    ended("notify: a message whose receiver gave up makes the queue one that is not empty");
}

/* ... also when others have come before anybody registers. */
static void gave_up_before(void)
{
    begin();
    check(waits(RECEIVER, &receive) == -SLUICE_EAGAIN);
    sends();
    check(sluice_cancel(&s[RECEIVER], &receive) == 0);
    sends();
    check(waits(REGISTRANT, &notify) == -SLUICE_EAGAIN && takes(OTHER) == 8);
    sends();
    check(waits(REGISTRANT, &notify) == -SLUICE_EAGAIN);
    ended("notify: what a receiver has left counts as a message before anybody registers, too");
}

/* ... and after: it is told to who registered. The next one comes to a queue that is not empty. */
static void gave_up_later(void)
{
    begin();
    check(waits(RECEIVER, &receive) == -SLUICE_EAGAIN);
    check(waits(REGISTRANT, &notify) == -SLUICE_EAGAIN);
    sends();
    check(waits(REGISTRANT, &notify) == -SLUICE_EAGAIN);
    check(sluice_cancel(&s[RECEIVER], &receive) == 0);
    check(waits(REGISTRANT, &notify) == 0);
    notify = request_of(SLUICE_OP_MQ_NOTIFY, (uint32_t)queue[REGISTRANT], NULL);
    check(waits(REGISTRANT, &notify) == -SLUICE_EAGAIN);
    sends();
    check(waits(REGISTRANT, &notify) == -SLUICE_EAGAIN);
    ended("notify: who registered is told of a message whose receiver gave up, once");
}

/* It stays open, and is closed the next time. */
static void close_beside_a_held_lock(void)
{
    begin();
    check(waits(REGISTRANT, &notify) == -SLUICE_EAGAIN);
    struct sluice *me = &s[REGISTRANT], *holder = &s[OTHER];
    struct sluice_handle *handle = sluice__handle_find(me, (uint32_t)queue[REGISTRANT]);
    struct sluice_gate *names = &sluice__region(me)->names;
    or64_seq(&sluice__handle_object(me, handle)->gate.word, SLUICE__SPOILT);
    check(waits(REGISTRANT, &notify) == -SLUICE_EUCLEAN);
    struct sluice_request close = request_of(SLUICE_OP_CLOSE, (uint32_t)queue[REGISTRANT], NULL);
    check(sluice__gate_lock(holder, names) == 0);
    check(sluice_advance(me, &close) == SLUICE_STALLED);
    sluice__gate_unlock(holder, names);
    check(sluice_advance(me, &close) == -SLUICE_EUCLEAN);
    check(sluice__handle_find(me, (uint32_t)queue[REGISTRANT]) == NULL);
    free(me->base);
    passed("notify: a damaged queue is closed, too, once its name can be looked at");
}

int main(void)
{
    second_message(true, false);
    second_message(false, false);
    second_message(false, true);
    message_that_stays();
    message_taken_by_another();
    gave_up();
    gave_up_before();
    gave_up_later();
    close_beside_a_held_lock();
    return 0;
}
