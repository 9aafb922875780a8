/* Agents: slots and incarnations, proofs of death, and what the settling gives back. */
#include "world.h"

#include "obj/psem.h"
#include "obj/ring.h"
#include "reg/handle.h"

#include <pthread.h>
#include <sched.h>

enum { BYTES = 1 << 18, AGENTS = 4 };

static struct sluice s[AGENTS];

static void begin(uint32_t agents)
{
    void *base = new_region(BYTES, AGENTS);
    for (uint32_t i = 0; i < agents; i++)
        check(sluice_attach(&s[i], base, BYTES, i + 1, 50 + i, 1) == 0);
}

static struct sluice_gate *repair(void)
{
    return &sluice__region(&s[0])->repair;
}

static void dies(uint32_t i)
{
    check(sluice__agent_died(&s[0], s[i].slot, s[i].incarnation));
}

static void slots(void)
{
    struct sluice more;
    struct sluice_attached who;
    begin(AGENTS);
    void *base = s[0].base;
    for (uint32_t i = 0; i < AGENTS; i++) {
        check(s[i].slot == i && s[i].me == sluice__agent(&s[0], i));
        check(sluice_bell(&s[i]) == &s[i].me->bell.v);
        check(sluice_attached(&s[0], i, &who) == 1 && who.owner == i + 1);
        check(who.incarnation == s[i].incarnation && who.started == (1ull << 32 | (50 + i)));
    }
    check(sluice_attach(&more, base, BYTES, 9, 0, 0) == -SLUICE_EMFILE);
    uint32_t incarnation = s[2].incarnation;
    check(sluice__agent_detach(&s[2]) == 0 && sluice_attached(&s[0], 2, &who) == 0);
    check(sluice_attach(&more, base, BYTES, SLUICE_OWNER_MAX, 0, 0) == 0 && more.slot == 2);
    check(more.incarnation == incarnation + 1);
    check(sluice_attached(&s[0], 2, &who) == 1 && who.owner == SLUICE_OWNER_MAX);
    check(who.incarnation == incarnation + 1 && who.started == 0);
    check(sluice_attach(&s[2], base, BYTES, 9, 0, 0) == -SLUICE_EMFILE);
    check(sluice_attached(&s[0], AGENTS, &who) == -SLUICE_EINVAL);
    check(sluice_attached(&s[0], UINT32_MAX, &who) == -SLUICE_EINVAL);
    leave(&more);
    check(sluice_attach(&more, base, BYTES, 0, 0, 0) == -SLUICE_EINVAL);
    check(sluice_attach(&more, base, BYTES, SLUICE_OWNER_MAX + 1, 0, 0) == -SLUICE_EINVAL);
    check(sluice_attached(&s[0], 2, &who) == 0);
    finish(&s[0],
           "agents: slots until EMFILE, free again after a detach, for the next incarnation");
}

/* Who is told of: a bit an owner. */
static uint32_t who_is_there(void)
{
    struct sluice_listed_agent page[AGENTS] = {0};
    struct sluice_request r = request_of(SLUICE_OP_AGENTS, 0, NULL);
    r.bytes = page;
    r.length = sizeof(page);
    int n = sluice_try(&s[2], &r);
    uint32_t seen = 0;
    check(n > 0 && n % (int)sizeof(*page) == 0);
    for (int i = 0; i < n / (int)sizeof(*page); i++) {
        check((seen & 1u << page[i].owner) == 0);
        seen |= 1u << page[i].owner;
        check(page[i].flags == (page[i].owner == 3 ? SLUICE_AGENT_SELF : 0));
        check(page[i].started == (1ull << 32 | (49 + page[i].owner)));
    }
    r.length = (uint32_t)n - 1;
    check(sluice_try(&s[2], &r) == -SLUICE_EMSGSIZE);
    return seen;
}

static void listed(void)
{
    begin(AGENTS);
    check(who_is_there() == (1 << 1 | 1 << 2 | 1 << 3 | 1 << 4));
    leave(&s[1]);
    dies(3);
    check(who_is_there() == (1 << 1 | 1 << 3));
    check(sluice__agents_settle(&s[0]) == 0);
    finish(&s[0], "agents: listed are all who live");
}

static void proofs(void)
{
    struct sluice more;
    struct sluice_attached who;
    begin(3);
    void *base = s[0].base;
    check(sluice_attach(&s[3], base, BYTES, 2, 0, 0) == 0); /* of the same owner as s[1] */
    check(!sluice__agent_died(&s[0], 2, s[2].incarnation + 1));
    check(!sluice__agent_died(&s[0], 2, s[2].incarnation - 1));
    check(sluice_agent_died(&s[0], AGENTS, 1) == 0);
    check(sluice__owner_died(&s[0], 9) == 0 && sound(&s[0]));
    check(sluice__owner_died(&s[0], 2) == 2 && sluice__owner_died(&s[0], 2) == 0);
    check(!sluice__agent_died(&s[0], 1, s[1].incarnation) && !sluice__agents_valid(&s[0]));
    check(sluice_attached(&s[0], 1, &who) == 0 && sluice_attached(&s[0], 2, &who) == 1);
    /* dead, but not yet settled: nobody may have the slot */
    check(sluice_attach(&more, base, BYTES, 9, 0, 0) == -SLUICE_EMFILE);
    check(sluice__agents_settle(&s[0]) == 0 && sound(&s[0]));
    check(sluice_attach(&more, base, BYTES, 9, 0, 0) == 0 && more.slot == 1);
    check(more.incarnation == s[1].incarnation + 1);
    /* the proof that came late is of the one before */
    check(!sluice__agent_died(&s[0], 1, s[1].incarnation));
    check(sluice_attached(&s[0], 1, &who) == 1);
    check(sluice_agent_died(&s[0], 1, more.incarnation) == 1);
    check(sluice_agent_died(&s[0], 1, more.incarnation) == 0 && sluice_settle(&s[0]) == 0);
    check(sluice_attached(&s[0], 2, &who) == 1 && sluice__agents_settle(&s[0]) == 0);
    finish(&s[0], "agents: a death is proven once, of that incarnation, or of all of an owner");
}

/* It holds everything an agent can hold. */
static void burden(struct sluice *dead, struct sluice_gate *gate)
{
    struct sluice_request wait = request_of(SLUICE_OP_SEM_WAIT, 0, NULL);
    struct sluice_request pipe = request_of(SLUICE_OP_PIPE_OPEN, 0, NULL);
    pipe.args[0] = 4096;
    check(sluice_try(dead, &pipe) == 0);
    check(open_sem(dead, NULL, 0, 0) > 0);
    wait.handle = (uint32_t)open_sem(dead, "/s", 0, 0);
    check(sluice_advance(dead, &wait) == -SLUICE_EAGAIN);
    check(sluice__heap_take(dead, &dead->me->desk, 100, 0) == 0);
    check(sluice__heap_take(dead, &dead->me->building, 100, 0) == 0);
    check(sluice__gate_lock(&s[0], gate) == 0);
    check(sluice__gate_lock(dead, gate) == SLUICE__NOT_NOW && sluice__gate_want(dead));
    sluice__gate_unlock(&s[0], gate);
}

static void given_back(void)
{
    begin(3);
    struct sluice_agent *slot = s[1].me;
    struct sluice_gate *gate = &new_bench(&s[0])->gate;
    uint32_t sem = (uint32_t)open_sem(&s[0], "/s", SLUICE_CREATE, 0);
    uint32_t before = bytes_free(&s[0]);
    burden(&s[1], gate);
    check(simply(&s[0], SLUICE_OP_SEM_POST, sem) == 0); /* its waiter is ready, too */
    check(bytes_free(&s[0]) < before &&
          load_relaxed(&sluice__region(&s[0])->wanting[0]) == 1u << 1);
    dies(1);
    check(sluice__bell_arm(&s[2]));
    check(sluice__agents_settle(&s[0]) == 0 && bytes_free(&s[0]) == before);
    check(rung(&s[0]) && rung(&s[2]) && load_relaxed(&sluice__region(&s[0])->wanting[0]) == 0);
    check(load64_relaxed(&slot->life) == ((uint64_t)s[1].incarnation << 32 | SLUICE_LIFE_FREE));
    check(load64_relaxed(&slot->started) == 0);
    check(simply(&s[0], SLUICE_OP_SEM_WAIT, sem) == 0);
    join(&s[1], s[0].base, BYTES, 1); /* who comes cleans it */
    for (uint32_t i = 0; i < SLUICE_CHUNKS / 32; i++)
        check(load_relaxed(&slot->ready[i]) == 0);
    check(sluice__ready_take(&s[1]) == UINT32_MAX && !rung(&s[1]));
    finish(&s[0], "agents: all that a dead one had comes back, every live one is rung");
}

/* Dead between its change and its notification; and a pipe's end of it is closed as close(2) would. */
static void told(void)
{
    begin(3);
    struct sluice_request pipe = request_of(SLUICE_OP_PIPE_OPEN, 0, NULL), read;
    uint8_t byte;
    pipe.args[0] = 4096;
    check(sluice_try(&s[1], &pipe) == 0);
    struct sluice_object *o = sluice__handle_object(&s[1], sluice__handle_find(&s[1], pipe.out[0]));
    int end =
        sluice__object_open(&s[2], sluice__offset(&s[1], o), load_relaxed(&o->serial), SLUICE_READ);
    read = request_of(SLUICE_OP_PIPE_READ, sluice__handle_number(&s[2], (uint32_t)end), NULL);
    read.bytes = &byte;
    read.length = 1;
    uint32_t number = (uint32_t)open_sem(&s[1], "/s", SLUICE_CREATE, 0);
    struct sluice_request wait =
        request_of(SLUICE_OP_SEM_WAIT, (uint32_t)open_sem(&s[2], "/s", 0, 0), NULL);
    check(sluice_advance(&s[2], &read) == -SLUICE_EAGAIN);
    check(sluice_advance(&s[2], &wait) == -SLUICE_EAGAIN);
    o = sluice__handle_object(&s[1], sluice__handle_find(&s[1], number));
    store_seq(&((struct sluice_psem *)o)->value, 1);
    dies(1);
    check(sluice__agents_settle(&s[0]) == 0);
    uint32_t first = sluice_ready(&s[2]), second = sluice_ready(&s[2]);
    check(first + second == read.waiter + wait.waiter && sluice_ready(&s[2]) == 0);
    check(sluice_advance(&s[2], &wait) == 0 && sluice_advance(&s[2], &read) == 0);
    finish(&s[0], "agents: who waits for what the dead one had open is told");
}

/* One dead agent's block lies behind another dead agent's lock. */
static void locks_first(void)
{
    begin(4);
    uint32_t before = bytes_free(&s[0]);
    struct bench *bench = new_bench(&s[1]);
    check(sluice__gate_lock(&s[3], &bench->gate) == 0);
    sluice__set(&s[3], &bench->words[0], 1);
    check(sluice__gate_lock(&s[2], heap_gate(&s[0])) == 0);
    dies(1);
    check(sluice__agents_settle(&s[0]) == SLUICE__NOT_NOW);
    check(s[0].blocked_on == SLUICE__ANNOUNCED && sluice__gate_want(&s[0]));
    check(!sluice__agents_valid(&s[0]));
    dies(2);
    check(sluice__agents_settle(&s[0]) == 0 && bytes_free(&s[0]) == before);
    sluice__gate_revert(&s[3]);
    store_relaxed(&s[3].me->locking, 0);
    finish(&s[0], "agents: all locks are freed before anything is given back");
}

static void one_repairer(void)
{
    begin(4);
    dies(3);
    check(sluice__gate_lock(&s[1], repair()) == 0);
    check(sluice__agents_settle(&s[0]) == SLUICE__NOT_NOW);
    check(s[0].blocked_on == sluice__offset(&s[0], repair()) && sluice__gate_want(&s[0]));
    check(!sluice__agents_valid(&s[0]));
    sluice__gate_unlock(&s[1], repair());
    check(rung(&s[0]) && sluice__agents_settle(&s[0]) == 0 && sound(&s[0]));
    join(&s[3], s[0].base, BYTES, 4);
    dies(3);
    check(sluice__gate_lock(&s[1], repair()) == 0);
    dies(1);
    check(sluice__agents_settle(&s[0]) == 0 && sound(&s[0])); /* its right goes to the next */
    check(!sluice__held(load64_relaxed(&repair()->word)));
    /* one who lives keeps it; a slot that cannot be: damage, and nobody's right */
    uint64_t word = load64_relaxed(&repair()->word);
    store64_relaxed(&repair()->word, word | sluice__mine(&s[2]));
    check(sluice__agents_settle(&s[0]) == SLUICE__NOT_NOW);
    store64_relaxed(&repair()->word, word | 0xffff0000u);
    check(sluice_settle(&s[2]) == 0 && !sluice__held(load64_relaxed(&repair()->word)));
    finish(&s[0], "agents: one repairer at a time; a dead one's right goes to the next");
}

static bool owner_alone(struct sluice_gate *gate, struct sluice *owner)
{
    return load64_relaxed(&gate->word) == sluice__mine(owner);
}

static void detaches(void)
{
    begin(3);
    struct sluice_agent *slot = s[1].me;
    struct sluice_gate *gate = &new_bench(&s[0])->gate;
    uint32_t before = bytes_free(&s[0]);
    check(open_sem(&s[1], NULL, 0, 0) > 0);
    struct sluice_waiter *w = new_waiter(&s[1]);
    check(sluice__gate_lock(&s[0], heap_gate(&s[0])) == 0);
    check(sluice__agent_detach(&s[1]) == SLUICE__NOT_NOW);
    check((load64_relaxed(&slot->life) & 0xff) == SLUICE_LIFE_LIVE);
    check(sluice_detach(&s[1]) == SLUICE_STALLED && !rung(&s[1]));
    sluice__gate_unlock(&s[0], heap_gate(&s[0]));
    check(rung(&s[1]));
    sluice_bell_answer(&s[1]);
    /* somebody is about to set a ready bit in a table of it */
    check(sluice__gate_lock(&s[2], gate) == 0);
    store_relaxed(&s[2].me->marking, sluice__offset(&s[1], w));
    check(sluice_detach(&s[1]) == SLUICE_STALLED && sluice_detach(&s[1]) == SLUICE_STALLED);
    /* his word is told, not his lock: its object may be gone by then */
    check(owner_alone(gate, &s[2]) && !rung(&s[1]));
    sluice__event_finish_mark(&s[2], s[2].me);
    check(load_relaxed(&s[2].me->marking) == 0 && rung(&s[1]));
    sluice__gate_unlock(&s[2], gate);
    check(sluice_detach(&s[1]) == 0 && bytes_free(&s[0]) == before);
    check((load64_relaxed(&slot->life) & 0xff) == SLUICE_LIFE_FREE);
    check(load_relaxed(&sluice__region(&s[0])->wanting[0]) == 0);
    finish(&s[0], "agents: a detach that meets a held lock goes on later, and leaves nothing");
}

static void passes_on(void)
{
    begin(3);
    struct sluice_gate *gate = &new_bench(&s[0])->gate;
    struct sluice_waiter *mine = new_waiter(&s[1]), *next = new_waiter(&s[2]);
    check(sluice__event_hang(&s[1], mine, gate, 2, SLUICE__LAST) == 0);
    check(sluice__event_hang(&s[2], next, gate, 2, SLUICE__LAST) == 0);
    sluice__event_notify(&s[0], gate, 2, load64_seq(&gate->word));
    check(sluice__waiter_marked(mine) && !sluice__waiter_marked(next));
    dies(1);
    check(sluice__agents_settle(&s[0]) == 0 && sluice__waiter_marked(next));
    join(&s[1], s[0].base, BYTES, 2);
    mine = new_waiter(&s[1]);
    check(sluice__event_hang(&s[1], mine, gate, 2, SLUICE__LAST) == 0);
    check(sluice__event_hang(&s[2], next, gate, 2, SLUICE__FIRST) == 0);
    sluice__event_notify(&s[0], gate, 2, load64_seq(&gate->word));
    check(sluice__waiter_marked(next) && sluice__agent_detach(&s[2]) == 0);
    check(sluice__waiter_marked(mine) && load64_relaxed(&gate->word) == 0);
    finish(&s[0], "agents: the mark of who dies or leaves goes to the next");
}

enum { ROUNDS = 4000, THREADS = 3, SLOTS = 2 };

/* Plain memory, the slot's: TSan sees whether who leaves it is ordered before who takes it. */
static struct {
    uint32_t taken;
} seen[SLOTS];
/* A proof of death that was false: whoever lives all the same has nothing in the region any more, and is told. */
static void false_proof(void)
{
    begin(2);
    int sem = open_sem(&s[0], "/s", SLUICE_CREATE, 0), other = open_sem(&s[1], "/s", 0, 0);
    struct sluice_request wait = request_of(SLUICE_OP_SEM_WAIT, (uint32_t)sem, NULL);
    struct sluice_request post = request_of(SLUICE_OP_SEM_POST, (uint32_t)sem, NULL);
    struct sluice_request value = request_of(SLUICE_OP_SEM_VALUE, (uint32_t)other, NULL);
    check(sluice_advance(&s[0], &wait) == -SLUICE_EAGAIN && sluice_bell_arm(&s[0]) == 1);
    check(sluice_agent_died(&s[1], 0, s[0].incarnation) == 1 && sluice_settle(&s[1]) == 0);
    check(load_relaxed(&s[0].me->bell) != SLUICE_BELL_ASLEEP); /* it does not sleep on */
    check(sluice_bell_arm(&s[0]) == -SLUICE_ESRCH);
    check(sluice_advance(&s[0], &wait) == -SLUICE_ESRCH && wait.waiter == 0);
    check(sluice_advance(&s[0], &post) == -SLUICE_ESRCH);
    check(sluice_try(&s[0], &post) == -SLUICE_ESRCH && sluice_settle(&s[0]) == -SLUICE_ESRCH);
    check(sluice_try(&s[1], &value) == 0);

    struct sluice next; /* in its slot */
    check(sluice_attach(&next, s[0].base, s[0].bytes, 9, 0, 0) == 0 && next.slot == 0);
    check(sluice_advance(&s[0], &post) == -SLUICE_ESRCH);
    check(sluice_bell_arm(&s[0]) == -SLUICE_ESRCH && sluice_ready(&s[0]) == 0);
    check(sluice_cancel(&s[0], &wait) == 0 && sluice_detach(&s[0]) == 0);
    sluice_bell_answer(&s[0]);
    check(load64_relaxed(&next.me->life) == next.life && sluice_bell_arm(&next) == 1);
    leave(&next);
    finish(&s[1], "agents: who lives though pronounced dead is told, and disturbs nobody");
}

/* The same of who settles, and goes on: what the dead one had is for another to settle. */
static void late_settler(void)
{
    begin(4);
    struct sluice_gate *gate = &new_bench(&s[0])->gate;
    struct sluice_request ring = request_of(SLUICE_OP_RING_OPEN, 0, NULL);
    struct sluice_request send = request_of(SLUICE_OP_RING_SEND, 0, NULL);
    ring.args[0] = SLUICE_READ | SLUICE_WRITE;
    ring.args[2] = 64;
    send.bytes = &ring; /* of which none is sent */
    send.handle = (uint32_t)sluice_try(&s[1], &ring);
    check(sluice_try(&s[1], &send) == 0);
    struct sluice_handle *handle = sluice__handle_find(&s[1], send.handle);
    struct sluice_ring *its = (struct sluice_ring *)sluice__handle_object(&s[1], handle);
    check(sluice__gate_lock(&s[1], gate) == 0);
    sluice__set(&s[1], &s[1].me->spare[0], 1);
    dies(1);
    dies(2);
    check(sluice__agents_settle(&s[2]) == -SLUICE_ESRCH);
    check(sluice__ring_close(&s[2], its, handle) == 0 && load64_relaxed(&its->senders.holder) != 0);
    check(load_relaxed(&s[1].me->spare[0]) == 1 && load_relaxed(&s[1].me->logged) == 1);
    check(sluice__agents_settle(&s[0]) == 0 && load_relaxed(&s[1].me->spare[0]) == 0);
    check(sluice__gate_lock(&s[0], gate) == -SLUICE_EUCLEAN);
    finish(&s[0], "agents: who settles though pronounced dead leaves all to another");
}

static void *crowded;

static void *comes_and_goes(void *argument)
{
    uint32_t owner = *(uint32_t *)argument;
    for (uint32_t round = 0; round < ROUNDS;) {
        struct sluice me;
        int n = sluice_attach(&me, crowded, BYTES, owner, round, 0);
        check(n == 0 || n == -SLUICE_EMFILE);
        if (n != 0) {
            sched_yield();
            continue;
        }
        check(me.incarnation == SLUICE__BIRTH + seen[me.slot].taken + 1);
        seen[me.slot].taken++;
        int index;
        while ((index = sluice__waiter_new(&me)) == SLUICE__NOT_NOW)
            port_pause(1);
        check(index == 0);
        leave(&me);
        round++;
    }
    return NULL;
}

static void threads(void)
{
    pthread_t thread[THREADS];
    uint32_t owner[THREADS] = {1, 2, 3};
    crowded = new_region(BYTES, SLOTS);
    for (int i = 0; i < THREADS; i++)
        check(pthread_create(&thread[i], NULL, comes_and_goes, &owner[i]) == 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    check(seen[0].taken + seen[1].taken == THREADS * ROUNDS);
    join(&s[0], crowded, BYTES, 9);
    finish(&s[0], "agents: three threads come and go in two slots, one at a time in each");
}

int main(void)
{
    slots();
    listed();
    proofs();
    given_back();
    told();
    locks_first();
    one_repairer();
    detaches();
    passes_on();
    false_proof();
    late_settler();
    threads();
    return 0;
}
