/* The message queue against a plain model: order, limits, notification, threads, a full tree. */
#include "world.h"

#include "obj/mqueue.h"
#include "prim/heap.h"
#include "reg/handle.h"

#include <pthread.h>

enum { BYTES = 1 << 20, MODEL = 200, SHORT = 64 };

static int open_queue(struct sluice *s, uint32_t flags, uint32_t most, uint32_t bytes)
{
    struct sluice_request r = request_of(SLUICE_OP_MQ_OPEN, 0, "/q");
    r.args[0] = flags | SLUICE_READ | SLUICE_WRITE;
    r.args[1] = 0600;
    r.args[2] = most;
    r.args[3] = bytes;
    int n = wait_for(s, &r, PORT_FOREVER);
    check(n < 0 || !(flags & SLUICE_CREATE) || (r.out[0] == most && r.out[1] == bytes));
    return n;
}

static struct sluice_request sending(uint32_t handle, const void *bytes, uint32_t length,
                                     uint32_t priority)
{
    struct sluice_request r = request_of(SLUICE_OP_MQ_SEND, handle, NULL);
    r.bytes = (void *)bytes;
    r.length = length;
    r.args[0] = priority;
    return r;
}

static struct sluice_request receiving(uint32_t handle, void *bytes, uint32_t room)
{
    struct sluice_request r = request_of(SLUICE_OP_MQ_RECEIVE, handle, NULL);
    r.bytes = bytes;
    r.length = room;
    return r;
}

static struct sluice_mqueue *queue(struct sluice *s, int handle)
{
    return (struct sluice_mqueue *)sluice__handle_object(s,
                                                         sluice__handle_find(s, (uint32_t)handle));
}

static struct {
    uint32_t priority, number;
} model[MODEL];
static uint32_t modelled;

/* The oldest of the highest priority. */
static uint32_t model_take(uint32_t *priority)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < modelled; i++)
        if (model[i].priority > model[best].priority)
            best = i;
    uint32_t number = model[best].number;
    *priority = model[best].priority;
    modelled--;
    for (uint32_t i = best; i < modelled; i++)
        model[i] = model[i + 1];
    return number;
}

static uint32_t random_of(uint32_t *seed)
{
    return *seed = *seed * 1664525 + 1013904223, *seed >> 8;
}

/* Random priorities out of `kinds`, neighbours and far ones. */
static void as_the_model(uint32_t kinds)
{
    struct sluice s;
    void *base = new_region(BYTES, 2);
    uint32_t seed = kinds, number = 0, priority, got;
    join(&s, base, BYTES, 1);
    uint32_t before = load_relaxed(&sluice__region(&s)->heap.free_bytes);
    int q = open_queue(&s, SLUICE_CREATE, MODEL, SHORT);
    modelled = 0;
    for (int step = 0; step < 20000; step++) {
        bool fill = (step / 500) % 2 == 0;
        if (random_of(&seed) % 4 < (fill ? 3 : 1)) {
            priority = random_of(&seed) % kinds * (SLUICE_PRIORITIES / kinds);
            struct sluice_request r = sending((uint32_t)q, &number, sizeof(number), priority);
            int n = sluice_try(&s, &r);
            check(n == (modelled == MODEL ? -SLUICE_EAGAIN : 0));
            if (n == 0) {
                model[modelled].priority = priority;
                model[modelled++].number = number++;
            }
        } else {
            uint8_t bytes[SHORT];
            struct sluice_request r = receiving((uint32_t)q, bytes, SHORT);
            int n = sluice_try(&s, &r);
            check(n == (modelled == 0 ? -SLUICE_EAGAIN : (int)sizeof(number)));
            if (n < 0)
                continue;
            memcpy(&got, bytes, sizeof(got));
            check(got == model_take(&priority) && r.out[0] == priority);
        }
        if (step % 100 == 0)
            check(sluice__mqueue_valid(&s, queue(&s, q)));
    }
    struct sluice_request u = request_of(SLUICE_OP_UNLINK, 0, "/q");
    u.args[0] = SLUICE_KIND_MESSAGE_QUEUE;
    check(sluice_try(&s, &u) == 0 && simply(&s, SLUICE_OP_CLOSE, (uint32_t)q) == 0);
    check(sluice_detach(&s) == 0);
    check(load_relaxed(&sluice__region(&s)->heap.free_bytes) >= before);
    free(base);
}

static void limits(void)
{
    struct sluice s;
    void *base = new_region(BYTES, 2);
    uint8_t bytes[SHORT + 1] = {0};
    join(&s, base, BYTES, 1);
    check(open_queue(&s, SLUICE_CREATE, 0, 1) == -SLUICE_EINVAL);
    check(open_queue(&s, SLUICE_CREATE, UINT32_MAX, UINT32_MAX) == -SLUICE_ENOSPC);
    check(open_queue(&s, 0, 0, 0) == -SLUICE_ENOENT);
    int q = open_queue(&s, SLUICE_CREATE | SLUICE_EXCLUSIVE, 1, SHORT);
    check(q >= 0 && open_queue(&s, SLUICE_CREATE | SLUICE_EXCLUSIVE, 1, SHORT) == -SLUICE_EEXIST);
    struct sluice_request r = sending((uint32_t)q, bytes, SHORT + 1, 0);
    check(sluice_try(&s, &r) == -SLUICE_EMSGSIZE);
    r = sending((uint32_t)q, bytes, SHORT, SLUICE_PRIORITIES);
    check(sluice_try(&s, &r) == -SLUICE_EINVAL);
    r = sending((uint32_t)q, bytes, 0, SLUICE_PRIORITIES - 1);
    check(sluice_try(&s, &r) == 0);
    r = receiving((uint32_t)q, bytes, SHORT - 1);
    check(sluice_try(&s, &r) == -SLUICE_EMSGSIZE);
    r = receiving((uint32_t)q, bytes, SHORT);
    check(sluice_try(&s, &r) == 0 && r.out[0] == SLUICE_PRIORITIES - 1);
    leave(&s);
    free(base);
    passed("mqueue: limits, refusals, an empty message");
}

/* mq_notify(3). */
static void notifies(void)
{
    struct sluice s[2];
    void *base = new_region(BYTES, 2);
    uint8_t bytes[SHORT];
    join(&s[0], base, BYTES, 1);
    join(&s[1], base, BYTES, 2);
    uint32_t q0 = (uint32_t)open_queue(&s[0], SLUICE_CREATE, 4, SHORT);
    uint32_t q1 = (uint32_t)open_queue(&s[1], 0, 0, 0);
    struct sluice_request note = request_of(SLUICE_OP_MQ_NOTIFY, q0, NULL), other;
    check(sluice_try(&s[0], &note) == -SLUICE_EAGAIN && note.out[3] == 0);
    check(sluice_advance(&s[0], &note) == -SLUICE_EAGAIN);
    other = request_of(SLUICE_OP_MQ_NOTIFY, q1, NULL);
    check(sluice_try(&s[1], &other) == -SLUICE_EBUSY);
    check(sluice_advance(&s[1], &other) == -SLUICE_EBUSY);
    /* a receiver waits: it gets the message, and the registration stays */
    struct sluice_request get = receiving(q1, bytes, SHORT), put = sending(q0, "a", 1, 0);
    check(sluice_advance(&s[1], &get) == -SLUICE_EAGAIN && sluice_try(&s[0], &put) == 0);
    check(sluice_advance(&s[1], &get) == 1 && sluice_advance(&s[0], &note) == -SLUICE_EAGAIN);
    /* nobody receives: told, once */
    put = sending(q1, "b", 1, 0);
    check(sluice_try(&s[1], &put) == 0 && sluice_advance(&s[0], &note) == 0);
    other = request_of(SLUICE_OP_MQ_NOTIFY, q1, NULL);
    check(sluice_advance(&s[1], &other) == -SLUICE_EAGAIN && sluice_cancel(&s[1], &other) == 0);
    note = request_of(SLUICE_OP_MQ_NOTIFY, q0, NULL);
    check(sluice_advance(&s[0], &note) == -SLUICE_EAGAIN);
    check(sluice_cancel(&s[0], &note) == 0);
    /* who gave up while the gate was held does not count as receiving */
    struct sluice_gate *gate = &queue(&s[0], (int)q0)->object.gate;
    get = receiving(q1, bytes, SHORT);
    check(sluice_advance(&s[1], &get) == 1 && sluice_advance(&s[1], &get) == -SLUICE_EAGAIN);
    check(sluice__gate_lock(&s[0], gate) == 0 && sluice_cancel(&s[1], &get) == SLUICE_STALLED);
    sluice__gate_unlock(&s[0], gate);
    check(sluice_cancel(&s[1], &get) == 0);
    note = request_of(SLUICE_OP_MQ_NOTIFY, q0, NULL);
    check(sluice_advance(&s[0], &note) == -SLUICE_EAGAIN);
    put = sending(q1, "c", 1, 0);
    check(sluice_try(&s[1], &put) == 0 && sluice_advance(&s[0], &note) == 0);
    note = request_of(SLUICE_OP_MQ_NOTIFY, q0, NULL);
    check(sluice_advance(&s[0], &note) == -SLUICE_EAGAIN);
    other = request_of(SLUICE_OP_MQ_NOTIFY, q1, NULL);
    /* its death takes the registration along */
    check(sluice_died(&s[1], 1) == 1 && sluice_settle(&s[1]) == 0);
    check(sluice_advance(&s[1], &other) == -SLUICE_EAGAIN);
    leave(&s[1]);
    free(base);
    passed("mqueue: notified once, when nobody receives; given up, or dead, it makes room");
}

enum { EACH = 20000 };

static struct shared {
    void *base;
    uint64_t sums[4];
} shared;

static void *sender(void *argument)
{
    struct sluice s;
    uint32_t who = *(uint32_t *)argument, seed = who;
    join(&s, shared.base, BYTES, who + 1);
    uint32_t q = (uint32_t)open_queue(&s, 0, 0, 0);
    for (uint32_t i = 0; i < EACH;) {
        struct sluice_request r = sending(q, &i, sizeof(i), random_of(&seed) % 40 * 800);
        int n = wait_for(&s, &r, port_now_ns() + 200000);
        check(n == 0 || n == -SLUICE_ETIMEDOUT);
        if (n == 0)
            shared.sums[who] += i++;
    }
    leave(&s);
    return NULL;
}

static void *receiver(void *argument)
{
    struct sluice s;
    uint32_t who = *(uint32_t *)argument;
    join(&s, shared.base, BYTES, who + 1);
    uint32_t q = (uint32_t)open_queue(&s, 0, 0, 0);
    for (uint32_t i = 0; i < EACH;) {
        uint8_t bytes[SHORT];
        uint32_t got;
        struct sluice_request r = receiving(q, bytes, SHORT);
        int n = wait_for(&s, &r, port_now_ns() + 200000);
        check(n == sizeof(got) || n == -SLUICE_ETIMEDOUT);
        memcpy(&got, bytes, sizeof(got));
        if (n > 0)
            shared.sums[who] += got, i++;
    }
    leave(&s);
    return NULL;
}

static void threads(void)
{
    struct sluice s;
    pthread_t thread[4];
    uint32_t who[4] = {0, 1, 2, 3};
    shared.base = new_region(BYTES, 8);
    join(&s, shared.base, BYTES, 9);
    int q = open_queue(&s, SLUICE_CREATE, 8, SHORT);
    for (int i = 0; i < 4; i++)
        pthread_create(&thread[i], NULL, i < 2 ? sender : receiver, &who[i]);
    for (int i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
    check(shared.sums[0] + shared.sums[1] == shared.sums[2] + shared.sums[3]);
    check(load_relaxed(&queue(&s, q)->messages) == 0 && sluice__mqueue_valid(&s, queue(&s, q)));
    leave(&s);
    free(shared.base);
    passed("mqueue: two senders, two receivers with timeouts, nothing lost or doubled");
}

/* Who was woken for the message leaves without it: then nobody was receiving, and who registered is told. */
static void told_when_the_receiver_leaves(void)
{
    struct sluice s[2];
    void *base = new_region(BYTES, 2);
    uint8_t bytes[SHORT];
    join(&s[0], base, BYTES, 1);
    join(&s[1], base, BYTES, 2);
    uint32_t q0 = (uint32_t)open_queue(&s[0], SLUICE_CREATE, 4, SHORT);
    uint32_t q1 = (uint32_t)open_queue(&s[1], 0, 0, 0);
    struct sluice_request note = request_of(SLUICE_OP_MQ_NOTIFY, q0, NULL);
    struct sluice_request get = receiving(q1, bytes, SHORT), put = sending(q0, "a", 1, 0);
    check(sluice_advance(&s[0], &note) == -SLUICE_EAGAIN);
    check(sluice_advance(&s[1], &get) == -SLUICE_EAGAIN && sluice_try(&s[0], &put) == 0);
    sluice_bell_answer(&s[0]);
    check(sluice_cancel(&s[1], &get) == 0 && sluice_ready(&s[0]) == note.waiter);
    check(sluice_advance(&s[0], &note) == 0);
    leave(&s[0]);
    leave(&s[1]);
    free(base);
    passed("mqueue: notified also when the receiver who was woken leaves without the message");
}

/* ... and not while another still waits to receive. */
static void not_told_while_another_receives(void)
{
    struct sluice s[4];
    struct sluice_request get[4];
    void *base = new_region(BYTES, 4);
    uint8_t bytes[SHORT];
    uint32_t q[4];
    for (uint32_t i = 0; i < 4; i++) {
        join(&s[i], base, BYTES, i + 1);
        q[i] = (uint32_t)open_queue(&s[i], SLUICE_CREATE, 4, SHORT);
    }
    struct sluice_request note = request_of(SLUICE_OP_MQ_NOTIFY, q[0], NULL);
    struct sluice_request put = sending(q[0], "a", 1, 0);
    check(sluice_advance(&s[0], &note) == -SLUICE_EAGAIN);
    for (int i = 1; i < 4; i++) {
        get[i] = receiving(q[i], bytes, SHORT);
        check(sluice_advance(&s[i], &get[i]) == -SLUICE_EAGAIN);
    }
    /* the first is woken and leaves, the second is told; the third still waits */
    check(sluice_try(&s[0], &put) == 0 && sluice_cancel(&s[1], &get[1]) == 0);
    check(sluice_ready(&s[2]) == get[2].waiter && sluice_ready(&s[3]) == 0);
    check(sluice_advance(&s[0], &note) == -SLUICE_EAGAIN);
    check(sluice_advance(&s[2], &get[2]) == 1 && sluice_advance(&s[0], &note) == -SLUICE_EAGAIN);
    for (int i = 0; i < 4; i++)
        leave(&s[i]);
    free(base);
    passed("mqueue: not notified while another still receives");
}

int main(void)
{
    as_the_model(1);
    as_the_model(3);
    as_the_model(64);
    as_the_model(32768);
    passed("mqueue: order as the model, 1 to 32,768 priorities");
    limits();
    notifies();
    told_when_the_receiver_leaves();
    not_told_while_another_receives();
    threads();
    return 0;
}
