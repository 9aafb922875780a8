/* Rings between threads. */
#include "ring_world.h"

#include <pthread.h>
#include <sched.h>

struct race {
    void *base;
    struct shape shape;
    uint32_t senders, receivers, rounds; /* rounds: records a sender */
    struct sluice_au32 stopped;
    uint64_t got[4][2]; /* by receiver: count, sum */
};

struct member {
    struct race *race;
    uint32_t number;
};

struct record {
    uint32_t sender, number, sum;
    uint8_t rest[40];
};

static uint32_t sum_of(const struct record *r, uint32_t rest)
{
    uint32_t sum = r->sender * 31 + r->number;
    for (uint32_t i = 0; i < rest; i++)
        sum = sum * 33 + r->rest[i];
    return sum;
}

/* Attempts until it is done, or now and then gives up after a while. */
static int patiently(struct sluice *s, struct sluice_request *r, uint32_t i)
{
    struct sluice_request again = *r;
    for (;;) {
        *r = again;
        int n = wait_for(s, r, i % 5 ? PORT_FOREVER : port_now_ns() + 20000);
        if (n != -SLUICE_ETIMEDOUT)
            return n;
        i++;
    }
}

/* A record, by a send or by a claim; one that the core has locked just now is asked again. */
static void send_one(struct sluice *s, uint32_t h, struct record *r, uint32_t rest, uint32_t i)
{
    struct sluice_request ask = moving(SLUICE_OP_RING_SEND, h, r, 12 + rest);
    if (i % 3) {
        check(patiently(s, &ask, i) == 0);
        return;
    }
    ask = request_of(SLUICE_OP_RING_CLAIM, h, NULL);
    ask.args[0] = sizeof(*r);
    int n = patiently(s, &ask, i);
    check(n > 0);
    memcpy(s->base + ask.out[0], r, 12 + rest);
    ask = request_of(i % 7 ? SLUICE_OP_RING_COMMIT : SLUICE_OP_RING_ABORT, h, NULL);
    ask.args[0] = (uint32_t)n;
    ask.args[1] = 12 + rest;
    check(wait_for(s, &ask, PORT_FOREVER) == 0);
    if (i % 7 == 0)
        send_one(s, h, r, rest, 1);
}

static void *sender(void *arg)
{
    struct member *me = arg;
    struct race *race = me->race;
    struct sluice s;
    join(&s, race->base, BYTES, 10 + me->number);
    uint32_t h = open_ring(&s, "/race", race->shape);
    for (uint32_t i = 0; i < race->rounds;) {
        struct record r = {.sender = me->number, .number = i};
        uint32_t rest = (i * 7 + me->number) % 41;
        fill(r.rest, rest, i);
        r.sum = sum_of(&r, rest);
        if (i % 4 != 1) {
            send_one(&s, h, &r, rest, i++);
            continue;
        }
        uint8_t batch[640];
        uint32_t at = 0, count = 0;
        for (; count < 8 && i + count < race->rounds; count++) {
            r.number = i + count;
            rest = (r.number * 7 + me->number) % 41;
            fill(r.rest, rest, r.number);
            r.sum = sum_of(&r, rest);
            uint32_t length = 12 + rest;
            memcpy(batch + at, &length, 4);
            memcpy(batch + at + 4, &r, length);
            at += (length + 7) & ~3u;
        }
        struct sluice_request many = moving(SLUICE_OP_RING_SEND_MANY, h, batch, at);
        int n = patiently(&s, &many, i);
        check(n > 0 && n <= (int)count);
        i += (uint32_t)n;
    }
    leave(&s);
    return NULL;
}

/* In order from each sender, where one receives; the sums are right. */
static void took(struct member *me, const void *bytes, uint32_t length, uint32_t *next)
{
    struct record r;
    memcpy(&r, bytes, length);
    check(length >= 12 && r.sum == sum_of(&r, length - 12));
    check(r.sender < 4 && r.number >= next[r.sender]);
    if (me->race->receivers == 1)
        check(r.number == next[r.sender]);
    next[r.sender] = r.number + 1;
    me->race->got[me->number][0]++;
    me->race->got[me->number][1] += r.sum;
}

/* Takes what one request gave, a batch or a record; true where it was the one that says stop. */
static bool take(struct member *me, struct sluice *s, struct sluice_request *ask, int n,
                 uint32_t *next)
{
    const uint8_t *bytes = ask->bytes;
    uint32_t length = (uint32_t)n;
    if (ask->op == SLUICE_OP_RING_RECEIVE_MANY) {
        for (uint32_t at = 0; at < ask->out[0]; at += (length + 7) & ~3u) {
            memcpy(&length, bytes + at, 4);
            if (length == 1)
                return true;
            took(me, bytes + at + 4, length, next);
        }
        return false;
    }
    if (ask->op == SLUICE_OP_RING_PEEK) {
        bytes = s->base + ask->out[0];
        length = ask->out[1];
    }
    if (length != 1)
        took(me, bytes, length, next);
    if (ask->op == SLUICE_OP_RING_PEEK) {
        struct sluice_request done = request_of(SLUICE_OP_RING_RELEASE, ask->handle, NULL);
        done.args[0] = (uint32_t)n;
        check(wait_for(s, &done, PORT_FOREVER) == 0);
    }
    return length == 1;
}

static void *receiver(void *arg)
{
    static const uint32_t ops[] = {SLUICE_OP_RING_PEEK, SLUICE_OP_RING_RECEIVE_MANY,
                                   SLUICE_OP_RING_RECEIVE};
    struct member *me = arg;
    struct race *race = me->race;
    struct sluice s;
    uint32_t next[4] = {0};
    bool stopped = false;
    join(&s, race->base, BYTES, 20 + me->number);
    uint32_t h = open_ring(&s, "/race", race->shape);
    for (uint32_t i = 0; !stopped; i++) {
        uint8_t room[640];
        struct sluice_request ask = moving(ops[i % 3], h, room, sizeof(room));
        ask.args[0] = 1 + i % 9;
        int n = patiently(&s, &ask, i);
        check(n > 0);
        stopped = take(me, &s, &ask, n, next);
    }
    leave(&s);
    add_seq(&race->stopped, 1);
    return NULL;
}

/* Everything that was sent is taken once; waits that time out, claims that are aborted, batches among them. */
static void race(struct shape shape, uint32_t senders, uint32_t receivers, const char *name)
{
    static struct race r;
    struct sluice s;
    struct member members[4], takers[4];
    pthread_t sending[4], taking[4];
    uint64_t count = 0, sum = 0;
    r = (struct race){.base = new_region(BYTES, 8), .shape = shape};
    r.senders = senders;
    r.receivers = receivers;
    r.rounds = 40000;
    join(&s, r.base, BYTES, 9);
    uint32_t before = free_bytes(&s), h = open_ring(&s, "/race", shape);
    for (uint32_t i = 0; i < receivers; i++) {
        takers[i] = (struct member){&r, i};
        check(pthread_create(&taking[i], NULL, receiver, &takers[i]) == 0);
    }
    for (uint32_t i = 0; i < senders; i++) {
        members[i] = (struct member){&r, i};
        check(pthread_create(&sending[i], NULL, sender, &members[i]) == 0);
    }
    for (uint32_t i = 0; i < senders; i++)
        pthread_join(sending[i], NULL);
    for (uint32_t i = 0; i < receivers; i++) { /* one at a time: a batch must not take two */
        struct sluice_request stop = moving(SLUICE_OP_RING_SEND, h, "s", 1);
        check(wait_for(&s, &stop, PORT_FOREVER) == 0);
        while (load_acquire(&r.stopped) == i)
            sched_yield();
    }
    for (uint32_t i = 0; i < receivers; i++) {
        pthread_join(taking[i], NULL);
        count += r.got[i][0];
        sum += r.got[i][1];
    }
    check(count == (uint64_t)senders * r.rounds);
    for (uint32_t i = 0; i < senders; i++)
        for (uint32_t k = 0; k < r.rounds; k++) {
            struct record want = {.sender = i, .number = k};
            fill(want.rest, (k * 7 + i) % 41, k);
            sum -= sum_of(&want, (k * 7 + i) % 41);
        }
    check(sum == 0 && records(&s, h) == 0 && sluice__ring_valid(&s, inside(&s, h)));
    struct sluice_request unlink = request_of(SLUICE_OP_UNLINK, 0, "/race");
    unlink.args[0] = SLUICE_KIND_RING;
    check(sluice_try(&s, &unlink) == 0);
    leave(&s);
    check(free_bytes(&s) == before && valid(&s));
    free(r.base);
    printf("ok ring: %u to %u %s, waits that time out, nothing lost\n", senders, receivers, name);
}

int main(void)
{
    race(shapes[0], 1, 1, "by bytes");
    race((struct shape){256, 60, 0}, 1, 1, "by bytes, often full");
    race(shapes[1], 2, 1, "by cells");
    race(shapes[2], 1, 2, "by cells");
    race(shapes[3], 2, 2, "by cells");
    return 0;
}
