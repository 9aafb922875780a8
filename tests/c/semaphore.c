/* The semaphore through the core's gate: names, counts, who waits, who dies. */
#include "world.h"

#include "prim/event.h"
#include "prim/heap.h"
#include "prim/table.h"
#include "reg/agent.h"
#include "reg/name.h"

#include <pthread.h>

enum { BYTES = 1 << 20 };

static bool valid(struct sluice *s)
{
    return sluice__heap_valid(s) && sluice__names_valid(s) && sluice__agents_valid(s);
}

static void names_and_counts(void)
{
    struct sluice s;
    join(&s, new_region(BYTES, 4), BYTES, 1);
    uint32_t free_bytes = load_relaxed(&sluice__region(&s)->heap.free_bytes);
    check(open_sem(&s, "/a", 0, 0) == -SLUICE_ENOENT);
    int a = open_sem(&s, "/a", SLUICE_CREATE | SLUICE_EXCLUSIVE, 2);
    check(a >= 0 && open_sem(&s, "/a", SLUICE_CREATE | SLUICE_EXCLUSIVE, 2) == -SLUICE_EEXIST);
    int b = open_sem(&s, "/a", SLUICE_CREATE, 9);
    check(b >= 0 && b != a && simply(&s, SLUICE_OP_SEM_VALUE, b) == 2);
    check(open_sem(&s, "a", SLUICE_CREATE, 0) == -SLUICE_EINVAL);
    check(open_sem(&s, "/", SLUICE_CREATE, 0) == -SLUICE_EINVAL);
    check(open_sem(&s, "/a/b", SLUICE_CREATE, 0) == -SLUICE_EINVAL);
    check(open_sem(&s, "/v", SLUICE_CREATE, 0x80000000u) == -SLUICE_EINVAL);
    check(simply(&s, SLUICE_OP_SEM_WAIT, a) == 0 && simply(&s, SLUICE_OP_SEM_WAIT, b) == 0);
    struct sluice_request wait = request_of(SLUICE_OP_SEM_WAIT, a, NULL);
    check(sluice_try(&s, &wait) == -SLUICE_EAGAIN);
    check(simply(&s, SLUICE_OP_SEM_POST, b) == 0 && simply(&s, SLUICE_OP_SEM_VALUE, a) == 1);

    struct sluice_request unlink = request_of(SLUICE_OP_UNLINK, 0, "/a");
    unlink.args[0] = SLUICE_KIND_SEMAPHORE;
    check(sluice_try(&s, &unlink) == 0 && sluice_try(&s, &unlink) == -SLUICE_ENOENT);
    check(simply(&s, SLUICE_OP_SEM_VALUE, a) == 1 && valid(&s));
    check(simply(&s, SLUICE_OP_CLOSE, a) == 0 && simply(&s, SLUICE_OP_CLOSE, a) == -SLUICE_EBADF);
    check(simply(&s, SLUICE_OP_SEM_POST, a) == -SLUICE_EBADF);
    check(simply(&s, SLUICE_OP_CLOSE, b) == 0 && valid(&s));

    int most = open_sem(&s, NULL, 0, SLUICE_SEM_VALUE_MAX);
    check(most >= 0 && simply(&s, SLUICE_OP_SEM_POST, most) == -SLUICE_EOVERFLOW);
    leave(&s);
    check(load_relaxed(&sluice__region(&s)->heap.free_bytes) == free_bytes && valid(&s));
    free(s.base);
    passed("semaphore: names, counts, errors; all memory came back");
}

static void full_region(void)
{
    struct sluice s;
    join(&s, new_region(64 << 10, 4), 64 << 10, 1);
    int count = 0, n;
    while ((n = open_sem(&s, NULL, 0, 0)) >= 0)
        count++;
    check(n == -SLUICE_ENOSPC && count > 10 && valid(&s));
    free(s.base);
    passed("semaphore: a full region says ENOSPC and is as before");
}

struct race {
    void *base;
    int rounds;
};

static void *poster(void *arg)
{
    struct race *race = arg;
    struct sluice s;
    join(&s, race->base, BYTES, 2);
    int jobs = open_sem(&s, "/jobs", SLUICE_CREATE, 0),
        room = open_sem(&s, "/room", SLUICE_CREATE, 3);
    for (int i = 0; i < race->rounds; i++) {
        struct sluice_request r = request_of(SLUICE_OP_SEM_WAIT, (uint32_t)room, NULL);
        check(wait_for(&s, &r, PORT_FOREVER) == 0);
        check(simply(&s, SLUICE_OP_SEM_POST, (uint32_t)jobs) == 0);
    }
    leave(&s);
    return NULL;
}

static void *taker(void *arg)
{
    struct race *race = arg;
    struct sluice s;
    join(&s, race->base, BYTES, 3);
    int jobs = open_sem(&s, "/jobs", SLUICE_CREATE, 0),
        room = open_sem(&s, "/room", SLUICE_CREATE, 3);
    for (int i = 0; i < race->rounds;) {
        struct sluice_request r = request_of(SLUICE_OP_SEM_WAIT, (uint32_t)jobs, NULL);
        int n = wait_for(&s, &r, i % 3 ? PORT_FOREVER : port_now_ns() + 20000);
        check(n == 0 || n == -SLUICE_ETIMEDOUT);
        if (n != 0)
            continue;
        check(simply(&s, SLUICE_OP_SEM_POST, (uint32_t)room) == 0);
        i++;
    }
    leave(&s);
    return NULL;
}

/* Two posters and two takers on two semaphores, waits that time out among them: all counts are taken. */
static void race(void)
{
    struct race r = {.base = new_region(BYTES, 8), .rounds = 20000};
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        check(pthread_create(&threads[i], NULL, i < 2 ? poster : taker, &r) == 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    struct sluice s;
    join(&s, r.base, BYTES, 9);
    int jobs = open_sem(&s, "/jobs", 0, 0), room = open_sem(&s, "/room", 0, 0);
    check(simply(&s, SLUICE_OP_SEM_VALUE, (uint32_t)jobs) == 0);
    check(simply(&s, SLUICE_OP_SEM_VALUE, (uint32_t)room) == 3 && valid(&s));
    free(r.base);
    passed("semaphore: two posters, two takers with timeouts, nothing lost");
}

/* A waits in front of B and dies, woken or not: the count goes to B. */
static void waiter_dies(bool woken)
{
    struct sluice a, b, c;
    void *base = new_region(BYTES, 4);
    join(&a, base, BYTES, 1);
    join(&b, base, BYTES, 2);
    join(&c, base, BYTES, 3);
    struct sluice_request ra =
        request_of(SLUICE_OP_SEM_WAIT, (uint32_t)open_sem(&a, "/s", SLUICE_CREATE, 0), NULL);
    struct sluice_request rb =
        request_of(SLUICE_OP_SEM_WAIT, (uint32_t)open_sem(&b, "/s", 0, 0), NULL);
    int sem = open_sem(&c, "/s", 0, 0);
    check(sluice_advance(&a, &ra) == -SLUICE_EAGAIN && sluice_advance(&b, &rb) == -SLUICE_EAGAIN);
    struct sluice_request close = request_of(SLUICE_OP_CLOSE, rb.handle, NULL);
    check(sluice_try(&b, &close) == -SLUICE_EBUSY);
    if (woken)
        check(simply(&c, SLUICE_OP_SEM_POST, (uint32_t)sem) == 0 && sluice_ready(&b) == 0);
    check(sluice_died(&c, 1) == 1 && sluice_settle(&c) == 0 && sluice_died(&c, 1) == 0);
    if (!woken)
        check(simply(&c, SLUICE_OP_SEM_POST, (uint32_t)sem) == 0);
    check(load_relaxed(&b.me->bell) == SLUICE_BELL_RUNG && sluice_ready(&b) == rb.waiter);
    check(sluice_advance(&b, &rb) == 0);
    leave(&b);
    leave(&c);
    check(valid(&c));
    free(base);
    passed(woken ? "semaphore: a woken waiter dies, the next is woken"
                 : "semaphore: a waiter dies, the next is woken");
}

/* Cancelled after it was woken: the count is still there, and the next is woken for it. */
static void cancelled_when_woken(void)
{
    struct sluice a, b;
    void *base = new_region(BYTES, 4);
    join(&a, base, BYTES, 1);
    join(&b, base, BYTES, 2);
    int sa = open_sem(&a, "/s", SLUICE_CREATE, 0), sb = open_sem(&b, "/s", 0, 0);
    struct sluice_request ra = request_of(SLUICE_OP_SEM_WAIT, (uint32_t)sa, NULL);
    struct sluice_request rb = request_of(SLUICE_OP_SEM_WAIT, (uint32_t)sb, NULL);
    check(sluice_advance(&a, &ra) == -SLUICE_EAGAIN && sluice_advance(&b, &rb) == -SLUICE_EAGAIN);
    struct sluice_request post = request_of(SLUICE_OP_SEM_POST, (uint32_t)sb, NULL);
    check(sluice_try(&b, &post) == 0);
    check(sluice_ready(&a) == ra.waiter);
    sluice_cancel(&a, &ra);
    check(sluice_ready(&b) == rb.waiter && sluice_advance(&b, &rb) == 0);
    leave(&a);
    leave(&b);
    check(valid(&b));
    free(base);
    passed("semaphore: a cancelled waiter passes its mark on");
}

/* A wait that was given up while its gate was held still hangs there: its handle stays open so long. */
static void given_up_while_locked(void)
{
    struct sluice s[2];
    void *base = new_region(BYTES, 4);
    join(&s[0], base, BYTES, 1);
    join(&s[1], base, BYTES, 2);
    uint32_t sem = (uint32_t)open_sem(&s[0], "/s", SLUICE_CREATE, 0);
    struct sluice_request wait = request_of(SLUICE_OP_SEM_WAIT, sem, NULL);
    struct sluice_request shut = request_of(SLUICE_OP_CLOSE, sem, NULL);
    check(sluice_advance(&s[0], &wait) == -SLUICE_EAGAIN);
    struct sluice_gate *gate =
        sluice__at(&s[0], load_relaxed(&sluice__waiter(&s[0], wait.waiter - 1)->gate));
    check(sluice_try(&s[0], &shut) == -SLUICE_EBUSY);
    check(sluice__gate_lock(&s[1], gate) == 0);
    check(sluice_cancel(&s[0], &wait) == 0);
    check(sluice_try(&s[0], &shut) == -SLUICE_EAGAIN);
    sluice__gate_unlock(&s[1], gate);
    check(sluice_try(&s[0], &shut) == 0);
    check(sluice__gate_valid(&s[1], gate) && load_relaxed(&gate->events[0].waiters.head) == 0);
    leave(&s[0]);
    leave(&s[1]);
    free(base);
    passed("semaphore: what was given up while the gate was held keeps its handle until it is off");
}

int main(void)
{
    names_and_counts();
    full_region();
    waiter_dies(false);
    waiter_dies(true);
    cancelled_when_woken();
    race();
    given_up_while_locked();
    return 0;
}
