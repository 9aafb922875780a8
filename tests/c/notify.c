/* Who registered at a queue, beside receivers who were woken and have not run yet: mq_notify(3). */
#include "world.h"

#include "api/op.h"
#include "obj/mqueue.h"
#include "prim/event.h"
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
    check(waits(REGISTRANT, &notify) == -SLUICE_EAGAIN && receive.out[3] == 1);
    check(waits(RECEIVER, &receive) == 8 && receive.out[3] == 0);
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

/* Two wait, there is one message: whoever takes it, it is not told. */
static void one_of_two_gives_up(bool the_first)
{
    begin();
    struct sluice_request second = receives(OTHER);
    check(waits(REGISTRANT, &notify) == -SLUICE_EAGAIN);
    check(waits(RECEIVER, &receive) == -SLUICE_EAGAIN && waits(OTHER, &second) == -SLUICE_EAGAIN);
    sends();
    check(sluice_cancel(&s[the_first ? RECEIVER : OTHER], the_first ? &receive : &second) == 0);
    check(waits(REGISTRANT, &notify) == -SLUICE_EAGAIN);
    check((the_first ? waits(OTHER, &second) : waits(RECEIVER, &receive)) == 8);
    check(waits(REGISTRANT, &notify) == -SLUICE_EAGAIN);
    sends();
    check(waits(REGISTRANT, &notify) == 0);
    ended("notify: of two who wait one may give up");
}

/* He has looked, and found nothing, and is to wait again: he receives all the same. */
static void marked_for_nothing(void)
{
    begin();
    check(waits(REGISTRANT, &notify) == -SLUICE_EAGAIN);
    check(waits(RECEIVER, &receive) == -SLUICE_EAGAIN);
    struct sluice_gate *gate = sluice__op_mq_waits(&s[RECEIVER], &receive).gate;
    sluice__event_notify_all(&s[OTHER], gate);
    sends();
    check(waits(REGISTRANT, &notify) == -SLUICE_EAGAIN && waits(RECEIVER, &receive) == 8);
    ended("notify: a receiver who was woken for nothing still receives");
}

/* Its own handle, twice; its agent dies, marked for one message of two. */
static void receiver_dies(uint32_t messages)
{
    begin();
    struct sluice_request again = receives(RECEIVER);
    check(waits(RECEIVER, &receive) == -SLUICE_EAGAIN && waits(RECEIVER, &again) == -SLUICE_EAGAIN);
    check(waits(REGISTRANT, &notify) == -SLUICE_EAGAIN);
    for (uint32_t i = 0; i < messages; i++)
        sends();
    check(waits(REGISTRANT, &notify) == -SLUICE_EAGAIN);
    check(sluice_died(&s[OTHER], RECEIVER + 1) == 1 && sluice_settle(&s[OTHER]) == 0);
    check(waits(REGISTRANT, &notify) == (messages ? 0 : -SLUICE_EAGAIN));
    check(messages != 0 || (sends(), waits(REGISTRANT, &notify) == 0));
    ended("notify: a message whose receiver has died is told");
}

/* A sender gives up, a mere attempt finds nothing: neither is a receiver. */
static void others_who_leave(void)
{
    begin();
    struct sluice_request full = request_of(SLUICE_OP_MQ_SEND, (uint32_t)queue[OTHER], NULL);
    full.bytes = bytes;
    full.length = 8;
    check(takes(OTHER) == -SLUICE_EAGAIN);
    check(waits(REGISTRANT, &notify) == -SLUICE_EAGAIN);
    check(waits(RECEIVER, &receive) == -SLUICE_EAGAIN);
    for (int i = 0; i < 4; i++)
        check(takes(OTHER) == -SLUICE_EAGAIN && (sends(), takes(OTHER)) == 8);
    sends();
    check(waits(REGISTRANT, &notify) == -SLUICE_EAGAIN);
    sends();
    check(waits(REGISTRANT, &notify) == 0);
    sends();
    sends();
    notify = request_of(SLUICE_OP_MQ_NOTIFY, (uint32_t)queue[REGISTRANT], NULL);
    check(waits(REGISTRANT, &notify) == -SLUICE_EAGAIN && waits(OTHER, &full) == -SLUICE_EAGAIN);
    check(sluice_cancel(&s[OTHER], &full) == 0);
    check(waits(REGISTRANT, &notify) == -SLUICE_EAGAIN && waits(RECEIVER, &receive) == 8);
    for (int i = 0; i < 3; i++)
        check(takes(OTHER) == 8);
    sends();
    check(waits(REGISTRANT, &notify) == 0);
    ended("notify: who sends or merely looks is no receiver");
}

/* Where the lock is held his leaving goes on later. */
static void leaves_beside_a_held_lock(void)
{
    begin();
    check(waits(REGISTRANT, &notify) == -SLUICE_EAGAIN);
    check(waits(RECEIVER, &receive) == -SLUICE_EAGAIN);
    sends();
    struct sluice_gate *gate = sluice__op_mq_waits(&s[RECEIVER], &receive).gate;
    check(sluice__gate_lock(&s[OTHER], gate) == 0);
    check(sluice_cancel(&s[RECEIVER], &receive) == SLUICE_STALLED);
    sluice__gate_unlock(&s[OTHER], gate);
    check(waits(REGISTRANT, &notify) == -SLUICE_EAGAIN);
    check(receive.waiter == 0 && receive.out[3] == 1);
    sluice_bell_answer(&s[REGISTRANT]);
    check(sluice_cancel(&s[RECEIVER], &receive) == 0 && receive.out[3] == 0);
    check(rung(&s[REGISTRANT]) && waits(REGISTRANT, &notify) == 0);
    ended("notify: a receiver who leaves beside a held lock is one until that is free");
}

/* Of one handle: a registration that is given up takes no receiver with it. */
static void registered_and_receiving(void)
{
    begin();
    struct sluice_request both = request_of(SLUICE_OP_MQ_NOTIFY, (uint32_t)queue[RECEIVER], NULL);
    check(waits(RECEIVER, &receive) == -SLUICE_EAGAIN && waits(RECEIVER, &both) == -SLUICE_EAGAIN);
    check(sluice_cancel(&s[RECEIVER], &both) == 0);
    check(waits(REGISTRANT, &notify) == -SLUICE_EAGAIN);
    sends();
    check(waits(REGISTRANT, &notify) == -SLUICE_EAGAIN && waits(RECEIVER, &receive) == 8);
    check(sluice_cancel(&s[REGISTRANT], &notify) == 0);
    struct sluice_handle *handle = sluice__handle_find(&s[OTHER], (uint32_t)queue[OTHER]);
    check(simply(&s[OTHER], SLUICE_OP_CLOSE, (uint32_t)queue[OTHER]) == 0);
    store_relaxed(&handle->receivers, 3); /* as damage may have left it */
    check(open_sem(&s[OTHER], NULL, 0, 0) > 0 && load_relaxed(&handle->receivers) == 0);
    ended("notify: a handle that registers and receives");
}

/* Its leaving has met the queue's lock; the close comes first, and meets the names' half way: it is counted out once. */
static void closes_before_it_has_left(bool another)
{
    begin();
    struct sluice_request close = request_of(SLUICE_OP_CLOSE, (uint32_t)queue[RECEIVER], NULL);
    struct sluice_request second = receives(OTHER);
    struct sluice_gate *names = &sluice__region(&s[RECEIVER])->names;
    check(!another || waits(OTHER, &second) == -SLUICE_EAGAIN);
    check(waits(RECEIVER, &receive) == -SLUICE_EAGAIN);
    check(waits(REGISTRANT, &notify) == -SLUICE_EAGAIN);
    struct sluice_gate *gate = sluice__op_mq_waits(&s[RECEIVER], &receive).gate;
    check(sluice__gate_lock(&s[SENDER], gate) == 0);
    check(sluice_cancel(&s[RECEIVER], &receive) == SLUICE_STALLED);
    sluice__gate_unlock(&s[SENDER], gate);
    check(sluice__gate_lock(&s[SENDER], names) == 0);
    check(sluice_advance(&s[RECEIVER], &close) == SLUICE_STALLED);
    sluice__gate_unlock(&s[SENDER], names);
    check(sluice_cancel(&s[RECEIVER], &receive) == 0);
    sends();
    check(waits(REGISTRANT, &notify) == (another ? -SLUICE_EAGAIN : 0));
    check(sluice_advance(&s[RECEIVER], &close) == 0);
    ended("notify: a receiver whose handle is closed meanwhile is counted out once");
}

/* A close that found nobody waiting went half way; then it waits after all, and the handle stays. */
static void waits_in_the_middle_of_a_close(void)
{
    begin();
    static struct sluice_request all[SLUICE_CHUNK];
    struct sluice_request close = request_of(SLUICE_OP_CLOSE, (uint32_t)queue[RECEIVER], NULL);
    struct sluice_request sem = request_of(SLUICE_OP_SEM_OPEN, 0, NULL);
    struct sluice_region *region = sluice__region(&s[RECEIVER]);
    int n = sluice_try(&s[RECEIVER], &sem);
    for (int i = 0; i < SLUICE_CHUNK; i++) { /* all waiters that there are */
        all[i] = request_of(SLUICE_OP_SEM_WAIT, (uint32_t)n, NULL);
        check(waits(RECEIVER, &all[i]) == -SLUICE_EAGAIN);
    }
    check(sluice__gate_lock(&s[OTHER], &region->heap.gate) == 0);
    check(waits(RECEIVER, &receive) == SLUICE_STALLED && receive.waiter == 0);
    sluice__gate_unlock(&s[OTHER], &region->heap.gate);
    check(sluice__gate_lock(&s[OTHER], &region->names) == 0);
    check(waits(RECEIVER, &close) == SLUICE_STALLED);
    sluice__gate_unlock(&s[OTHER], &region->names);
    check(waits(RECEIVER, &receive) == -SLUICE_EAGAIN && waits(RECEIVER, &close) == -SLUICE_EBUSY);
    check(waits(REGISTRANT, &notify) == -SLUICE_EAGAIN);
    sends();
    check(waits(REGISTRANT, &notify) == -SLUICE_EAGAIN && waits(RECEIVER, &receive) == 8);
    sends();
    check(waits(REGISTRANT, &notify) == 0);
    ended("notify: a receiver counts from when it waits, so that its handle stays open");
}

/* It was to be taken back, and goes on instead: it is counted out with its message. */
static void goes_on_after_all(void)
{
    begin();
    check(waits(RECEIVER, &receive) == -SLUICE_EAGAIN);
    struct sluice_gate *gate = sluice__op_mq_waits(&s[RECEIVER], &receive).gate;
    check(sluice__gate_lock(&s[OTHER], gate) == 0);
    check(sluice_cancel(&s[RECEIVER], &receive) == SLUICE_STALLED && receive.waiter == 0);
    sluice__gate_unlock(&s[OTHER], gate);
    sends();
    check(waits(REGISTRANT, &notify) == -SLUICE_EAGAIN);
    check(waits(RECEIVER, &receive) == 8 && receive.out[3] == 0);
    sends();
    check(waits(REGISTRANT, &notify) == 0);
    ended("notify: a receiver who was to leave, and stays");
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
    one_of_two_gives_up(true);
    one_of_two_gives_up(false);
    marked_for_nothing();
    receiver_dies(0);
    receiver_dies(1);
    receiver_dies(2);
    others_who_leave();
    leaves_beside_a_held_lock();
    registered_and_receiving();
    closes_before_it_has_left(true);
    closes_before_it_has_left(false);
    waits_in_the_middle_of_a_close();
    goes_on_after_all();
    close_beside_a_held_lock();
    return 0;
}
