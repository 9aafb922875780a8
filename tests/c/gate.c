/* The gate: one holder, a journal that takes back, notes left for the unlock, and who wants the lock. */
#include "gate_world.h"

#include <pthread.h>
#include <sched.h>

enum { BYTES = 1 << 21, AGENTS = SLUICE_AGENTS };

static void begin(uint32_t agents)
{
    meet(new_region(BYTES, AGENTS), BYTES, agents);
}

static void notify(struct sluice *by, uint32_t event)
{
    sluice__event_notify(by, gate, event, load64_seq(&gate->word));
}

static void one_holder(void)
{
    begin(2);
    uint32_t at = sluice__offset(&s[0], gate);
    hung(&s[1], 3);
    check(bits() == SLUICE__WAITS(3));
    check(sluice__gate_lock(&s[0], gate) == 0 && load_relaxed(&s[0].me->locking) == at);
    check(load64_relaxed(&gate->word) == (sluice__mine(&s[0]) | SLUICE__WAITS(3)));
    check(!sluice__gate_valid(&s[0], gate));
    s[1].blocked_on = 0;
    check(sluice__gate_lock(&s[1], gate) == SLUICE__NOT_NOW && s[1].blocked_on == at);
    check(load_relaxed(&s[1].me->locking) == 0);
    check(load64_relaxed(&gate->word) == (sluice__mine(&s[0]) | SLUICE__WAITS(3)));
    sluice__gate_unlock(&s[0], gate);
    /* who waits for an event stays listed: that nobody notified is no reason */
    check(load64_relaxed(&gate->word) == SLUICE__WAITS(3));
    check(load_relaxed(&s[0].me->locking) == 0);
    check(sluice__gate_lock(&s[1], gate) == 0);
    check(load64_relaxed(&gate->word) == (sluice__mine(&s[1]) | SLUICE__WAITS(3)));
    sluice__gate_unlock(&s[1], gate);
    done("gate: one holder, the other is told not now and where; waiters outlast the lock");
}

static void commits_and_reverts(void)
{
    begin(1);
    check(sluice__gate_lock(s, gate) == 0);
    sluice__set(s, &bench->words[0], 1);
    check(word(0) == 1);
    sluice__gate_commit(s);
    sluice__set(s, &bench->words[0], 2);
    sluice__set(s, &bench->words[1], 7);
    sluice__set(s, &bench->words[0], 3);
    sluice__gate_revert(s);
    check(word(0) == 1 && word(1) == 0 && sluice__held(load64_relaxed(&gate->word)));
    sluice__gate_revert(s);
    check(word(0) == 1);
    /* a journal that is quite full; the word it starts with was set before, outside of it */
    for (uint32_t i = 0; i < SLUICE_JOURNAL; i++)
        sluice__set(s, &bench->words[i], i + 100);
    check(word(SLUICE_JOURNAL - 1) == SLUICE_JOURNAL + 99);
    sluice__gate_revert(s);
    for (uint32_t i = 0; i < SLUICE_JOURNAL; i++)
        check(word(i) == (i == 0));
    sluice__set(s, &bench->words[1], 5);
    sluice__gate_unlock(s, gate);
    check(sluice__gate_lock(s, gate) == 0);
    sluice__gate_revert(s);
    check(word(0) == 1 && word(1) == 5);
    sluice__gate_unlock(s, gate);
    done("gate: a commit stays, a revert takes back to the last one, an unlock commits");
}

static void notes(void)
{
    begin(3);
    struct sluice_waiter *a = hung(&s[1], 1), *b = hung(&s[1], 1), *other = hung(&s[1], 2);
    check(sluice__gate_lock(&s[0], gate) == 0);
    notify(&s[2], 0);
    check((bits() & SLUICE__ALL_NOTES) == 0); /* nobody waits for that */
    notify(&s[2], 1);
    notify(&s[2], 1);
    check((bits() & SLUICE__ALL_NOTES) == SLUICE__NOTE(1));
    check(!sluice__waiter_marked(a) && !rung(&s[1]));
    sluice__gate_unlock(&s[0], gate);
    /* two notes have merged into one */
    check(sluice__waiter_marked(a) && !sluice__waiter_marked(b) && rung(&s[1]));
    check(bits() == (SLUICE__WAITS(1) | SLUICE__WAITS(2)));
    check(sluice__gate_lock(&s[0], gate) == 0);
    notify(&s[2], 2);
    notify(&s[1], 1);
    sluice__gate_unlock(&s[0], gate);
    check(sluice__waiter_marked(b) && sluice__waiter_marked(other) && bits() == 0);
    done("gate: notes left while it is held are delivered at the unlock, once an event");
}

static void tells(void)
{
    begin(2);
    struct sluice_waiter *w[SLUICE_EVENTS];
    for (uint32_t event = 0; event < SLUICE_EVENTS; event++)
        w[event] = hung(&s[1], event);
    struct sluice_waiter *second = hung(&s[1], 2);
    check(sluice__gate_lock(&s[0], gate) == 0);
    sluice__set(&s[0], &bench->words[0], 4);
    notify(&s[1], 3);
    sluice__gate_unlock_telling(&s[0], gate, SLUICE__WAITS(0) | SLUICE__WAITS(2));
    check(sluice__waiter_marked(w[0]) && sluice__waiter_marked(w[2]));
    check(!sluice__waiter_marked(w[1]) && !sluice__waiter_marked(second));
    check(sluice__waiter_marked(w[3])); /* somebody else's note */
    check(bits() == (SLUICE__WAITS(1) | SLUICE__WAITS(2)));
    check(load_relaxed(&s[0].me->logged) == 0 && word(0) == 4);
    done("gate: an unlock that tells marks one of each event it names");
}

static uint32_t wanting(uint32_t i)
{
    return load_relaxed(&sluice__region(s)->wanting[i]);
}

static void wanted(void)
{
    begin(AGENTS);
    check(sluice__gate_lock(&s[0], gate) == 0);
    for (uint32_t i = 2; i < AGENTS; i++)
        check(sluice__gate_lock(&s[i], gate) == SLUICE__NOT_NOW && sluice__gate_want(&s[i]));
    check((bits() & SLUICE__CONTENDED) && !rung(&s[2]) && wanting(0) == ~3u);
    for (uint32_t i = 1; i < AGENTS / 32; i++)
        check(wanting(i) == UINT32_MAX);
    sluice__gate_unlock(&s[0], gate);
    check(bits() == 0 && !rung(&s[0]) && !rung(&s[1]));
    for (uint32_t i = 2; i < AGENTS; i++) {
        check(rung(&s[i]) && (wanting(i / 32) >> i % 32 & 1));
        sluice__bell_answer(&s[i]);
        check(!rung(&s[i]) && !(wanting(i / 32) >> i % 32 & 1));
    }
    for (uint32_t i = 0; i < AGENTS / 32; i++)
        check(wanting(i) == 0);
    /* nobody wants it any more: an unlock rings nobody */
    check(sluice__gate_lock(&s[0], gate) == 0);
    check(sluice__gate_lock(&s[2], gate) == SLUICE__NOT_NOW);
    sluice__gate_unlock(&s[0], gate);
    check(!rung(&s[2]) && !sluice__gate_want(&s[2]) && bits() == 0);
    done("gate: who wants the lock is rung when it is freed; when it is free, told so");
}

static void wanted_elsewhere(void)
{
    begin(4);
    struct sluice_gate *other = &new_bench(&s[1])->gate;
    hung(&s[3], 0);
    check(sluice__gate_lock(&s[1], other) == 0);
    check(sluice__gate_lock(&s[2], other) == SLUICE__NOT_NOW && sluice__gate_want(&s[2]));
    check(sluice__gate_lock(&s[0], gate) == 0);
    sluice__gate_unlock(&s[0], gate);
    check(!rung(&s[2]) && !rung(&s[3]));
    sluice__gate_unlock(&s[1], other);
    check(rung(&s[2]));
    done("gate: a lock that nobody wants rings nobody who wants another");
}

/* What an unlock tells is not part of the critical section: that may have filled the journal. */
static void full_journal(void)
{
    static const struct sluice_au32 zero[sizeof(s->me->spare2) / sizeof(uint32_t)];
    begin(2);
    struct sluice_waiter *w[SLUICE_EVENTS];
    for (uint32_t event = 0; event < SLUICE_EVENTS; event++)
        w[event] = hung(&s[1], event);
    check(sluice__gate_lock(&s[0], gate) == 0);
    for (uint32_t i = 0; i < SLUICE_JOURNAL; i++)
        sluice__set(&s[0], &bench->words[i], i + 1);
    sluice__gate_unlock_telling(&s[0], gate, SLUICE__ALL_WAITS);
    for (uint32_t event = 0; event < SLUICE_EVENTS; event++)
        check(sluice__waiter_marked(w[event]));
    check(word(0) == 1 && word(SLUICE_JOURNAL - 1) == SLUICE_JOURNAL && bits() == 0);
    check(memcmp(s[0].me->spare2, zero, sizeof(zero)) == 0);
    done("gate: a full journal has room for those who are told");
}

static void recovers(void)
{
    begin(4);
    struct sluice_waiter *a = hung(&s[2], 0), *b = hung(&s[2], 0), *c = hung(&s[2], 3);
    struct sluice_waiter *looks = hung(&s[2], 1 | SLUICE_OBSERVER);
    check(sluice__gate_lock(&s[1], gate) == 0);
    sluice__set(&s[1], &bench->words[0], 1);
    sluice__gate_commit(&s[1]);
    sluice__set(&s[1], &bench->words[0], 2);
    sluice__set(&s[1], &bench->words[1], 3);
    sluice__set(&s[1], &bench->words[1], 4);
    check(sluice__gate_lock(&s[3], gate) == SLUICE__NOT_NOW && sluice__gate_want(&s[3]));
    or64_seq(&gate->word, SLUICE__WAITS(2)); /* it was about to hang somebody there */
    check(sluice__agent_died(&s[0], s[1].slot, s[1].incarnation));
    sluice__gate_recover(&s[0], s[1].slot);
    check(word(0) == 1 && word(1) == 0 && load64_relaxed(&gate->word) == 0);
    check(sluice__waiter_marked(a) && sluice__waiter_marked(b) && sluice__waiter_marked(c));
    check(sluice__waiter_marked(looks) && rung(&s[2]) && rung(&s[3]));
    check(load_relaxed(&s[0].me->locking) == 0);
    /* a repairer that died half way is followed by another */
    store_relaxed(&bench->words[0], 9);
    sluice__gate_recover(&s[3], s[1].slot);
    check(word(0) == 9 && load64_relaxed(&gate->word) == 0);
    check(sluice__agents_settle(&s[0]) == 0);
    done("gate: the dead holder's stores are taken back to its commit, all who wait are marked");
}

/* Dead between announcing the lock and taking it: another holds it, and what it does is its own. */
static void recovers_nothing(void)
{
    begin(3);
    check(sluice__gate_lock(&s[2], gate) == 0);
    sluice__set(&s[2], &bench->words[0], 1);
    uint64_t held = load64_relaxed(&gate->word);
    store_relaxed(&s[1].me->locking, sluice__offset(&s[1], gate));
    check(sluice__agent_died(&s[0], s[1].slot, s[1].incarnation));
    sluice__gate_recover(&s[0], s[1].slot);
    check(load64_relaxed(&gate->word) == held && word(0) == 1);
    sluice__gate_revert(&s[2]);
    check(word(0) == 0);
    sluice__gate_unlock(&s[2], gate);
    sluice__gate_recover(&s[0], s[1].slot);
    check(load64_relaxed(&gate->word) == 0 && sluice__agents_settle(&s[0]) == 0);
    done("gate: a lock that the dead one did not get is left to its holder");
}

enum { ROUNDS = 20000 };

/* Plain memory under the lock: TSan sees whether the lock orders it. */
static uint32_t counted;
static pthread_barrier_t started;

static void lock_or_sleep(struct sluice *me)
{
    for (;;) {
        sluice__bell_answer(me);
        if (sluice__gate_lock(me, gate) == 0)
            return;
        if (sluice__gate_want(me))
            sleep_until_rung(me);
    }
}

/* The first holder waits until the other has announced itself, so that one contention is certain. */
static void hold_until_wanted(void)
{
    pthread_barrier_wait(&started);
    while (!(bits() & SLUICE__CONTENDED))
        sched_yield();
}

static void *contend(void *argument)
{
    struct sluice *me = argument;
    bool first = me == &s[1];
    me->lock_tries = 2;
    if (!first)
        pthread_barrier_wait(&started);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        lock_or_sleep(me);
        if (first && i == 0)
            hold_until_wanted();
        check(word(0) == word(1) && word(0) == counted);
        sluice__set(me, &bench->words[0], word(0) + 1);
        if (i % 64 == 0)
            sched_yield();
        sluice__set(me, &bench->words[1], word(1) + 1);
        if (i % 3 == 0)
            sluice__gate_revert(me);
        else
            counted++;
        sluice__gate_unlock(me, gate);
    }
    return NULL;
}

static void contended(void)
{
    pthread_t thread[2];
    begin(3);
    counted = 0;
    pthread_barrier_init(&started, NULL, 2);
    for (int i = 0; i < 2; i++)
        check(pthread_create(&thread[i], NULL, contend, &s[i + 1]) == 0);
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    pthread_barrier_destroy(&started);
    check(counted == 2 * (ROUNDS - (ROUNDS + 2) / 3) && word(0) == counted);
    done("gate: two threads contend for it, sleep until it is freed, and lose no count");
}

int main(void)
{
    one_holder();
    commits_and_reverts();
    notes();
    tells();
    wanted();
    wanted_elsewhere();
    full_journal();
    recovers();
    recovers_nothing();
    contended();
    return 0;
}
