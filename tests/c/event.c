/* Events: who is marked and in which order, who leaves and tells the next, observers, bells, ready bits. */
#include "gate_world.h"

#include <pthread.h>
#include <sched.h>

enum { BYTES = 1 << 20, AGENTS = 8, EVENT = 1 };

static void begin(void)
{
    meet(new_region(BYTES, AGENTS), BYTES, 4);
}

static int hang(struct sluice *by, struct sluice_waiter *w, uint32_t event,
                enum sluice__place place)
{
    return sluice__event_hang(by, w, gate, event, place);
}

static void notify(uint32_t event)
{
    sluice__event_notify(&s[0], gate, event, load64_seq(&gate->word));
}

static uint32_t state(struct sluice_waiter *w)
{
    return load_acquire(&w->state) & 3;
}

static bool waits(uint32_t event)
{
    return load64_relaxed(&gate->word) & SLUICE__WAITS(event);
}

static void in_order(void)
{
    begin();
    struct sluice_waiter *a = hung(&s[1], EVENT), *b = hung(&s[2], EVENT), *c = hung(&s[1], EVENT);
    struct sluice_waiter *elsewhere = hung(&s[3], EVENT + 1);
    check(state(a) == SLUICE_WAITER_PENDING && waits(EVENT) && !waits(0));
    /* whoever saw nobody wait when it made its change marks nobody */
    sluice__event_notify(&s[0], gate, EVENT, 0);
    check(!sluice__waiter_marked(a));
    notify(EVENT);
    check(sluice__waiter_marked(a) && !sluice__waiter_marked(b) && rung(&s[1]) && !rung(&s[2]));
    /* one that found nothing goes back in front of those who came later */
    check(hang(&s[1], a, EVENT, SLUICE__FIRST) == 0 && !sluice__waiter_marked(a));
    notify(EVENT);
    check(sluice__waiter_marked(a) && !sluice__waiter_marked(b));
    check(hang(&s[1], a, EVENT, SLUICE__LAST) == 0);
    notify(EVENT);
    check(sluice__waiter_marked(b) && rung(&s[2]) && !sluice__waiter_marked(c));
    notify(EVENT);
    check(sluice__waiter_marked(c) && !sluice__waiter_marked(a) && waits(EVENT));
    notify(EVENT);
    check(sluice__waiter_marked(a) && !waits(EVENT));
    check(!sluice__waiter_marked(elsewhere) && waits(EVENT + 1) && !rung(&s[3]));
    done("event: one mark a notification, in order; who found nothing comes first again");
}

static void not_now(void)
{
    begin();
    struct sluice_waiter *w = new_waiter(&s[1]);
    uint32_t before = load_relaxed(&w->state);
    check(sluice__gate_lock(&s[0], gate) == 0);
    check(hang(&s[1], w, EVENT, SLUICE__LAST) == SLUICE__NOT_NOW);
    check(load_relaxed(&w->state) == before && !waits(EVENT));
    sluice__gate_unlock(&s[0], gate);
    check(hang(&s[1], w, EVENT, SLUICE__LAST) == 0);
    before = load_relaxed(&w->state);
    check(sluice__gate_lock(&s[0], gate) == 0);
    check(sluice__event_remove(&s[1], w) == SLUICE__NOT_NOW);
    check(load_relaxed(&w->state) == before && waits(EVENT));
    sluice__gate_unlock(&s[0], gate);
    check(sluice__event_remove(&s[1], w) == 0 && state(w) == SLUICE_WAITER_FREE && !waits(EVENT));
    check(sluice__event_remove(&s[1], w) == 0);
    done("event: not now leaves the waiter as it was");
}

static void leaves(void)
{
    begin();
    struct sluice_waiter *w[6];
    for (int i = 0; i < 6; i++)
        w[i] = hung(&s[1 + i % 2], EVENT);
    notify(EVENT);
    check(sluice__event_end(&s[1], w[0], true) && state(w[0]) == SLUICE_WAITER_FREE);
    check(!sluice__waiter_marked(w[1])); /* the turn was used */
    notify(EVENT);
    check(sluice__event_end(&s[2], w[1], false) && state(w[1]) == SLUICE_WAITER_FREE);
    check(sluice__waiter_marked(w[2])); /* it was not */
    /* unmarked, from the middle: the next is told all the same */
    check(sluice__event_end(&s[1], w[4], false) && sluice__waiter_marked(w[3]));
    check(!sluice__waiter_marked(w[5]) && waits(EVENT));
    check(sluice__event_remove(&s[2], w[3]) == 0 && state(w[3]) == SLUICE_WAITER_FREE);
    check(sluice__waiter_marked(w[5]) && !waits(EVENT));
    check(sluice__event_end(&s[2], w[5], false) && sluice__event_end(&s[1], w[2], false));
    check(sluice__event_end(&s[1], w[2], false)); /* free already */
    done("event: who leaves with its turn unused tells the next, whoever used it does not");
}

static void gone(void)
{
    begin();
    struct sluice_waiter *a = hung(&s[1], EVENT), *b = hung(&s[2], EVENT);
    check(sluice__gate_lock(&s[0], gate) == 0);
    check(!sluice__event_end(&s[1], a, false) && state(a) == SLUICE_WAITER_GONE);
    check(!sluice__event_end(&s[2], b, false) && state(b) == SLUICE_WAITER_GONE);
    sluice__gate_unlock(&s[0], gate);
    check(state(a) == SLUICE_WAITER_FREE && state(b) == SLUICE_WAITER_FREE);
    check(load64_relaxed(&gate->word) == 0);
    a = hung(&s[1], EVENT), b = hung(&s[2], EVENT);
    check(sluice__gate_lock(&s[0], gate) == 0 && !sluice__event_end(&s[1], a, false));
    sluice__gate_unlock(&s[0], gate);
    check(state(a) == SLUICE_WAITER_FREE && sluice__waiter_marked(b) && !waits(EVENT));
    done("event: one that ended while the lock was held is passed over and freed");
}

static void observers(void)
{
    begin();
    uint32_t look = EVENT | SLUICE_OBSERVER;
    struct sluice_waiter *o = hung(&s[3], look);
    check(waits(EVENT));
    struct sluice_waiter *a = hung(&s[1], EVENT), *p = hung(&s[3], look), *b = hung(&s[2], EVENT);
    notify(EVENT);
    check(sluice__waiter_marked(o) && sluice__waiter_marked(p) && rung(&s[3]));
    check(sluice__waiter_marked(a) && !sluice__waiter_marked(b));
    check(hang(&s[3], o, look, SLUICE__LAST) == 0 && hang(&s[3], p, look, SLUICE__LAST) == 0);
    /* it never had a turn: nobody gets one of it */
    check(sluice__event_end(&s[3], o, false) && !sluice__waiter_marked(b));
    check(!sluice__waiter_marked(p));
    check(sluice__event_end(&s[1], a, false));
    check(sluice__waiter_marked(b) && sluice__waiter_marked(p) && !waits(EVENT));
    done("event: observers are all marked, beside a waiter, and take no turn");
}

static void all_of_them(void)
{
    begin();
    struct sluice_waiter *w[5];
    for (uint32_t i = 0; i < 5; i++)
        w[i] = hung(&s[1 + i % 3], i == 3 ? EVENT | SLUICE_OBSERVER : EVENT);
    struct sluice_waiter *other = hung(&s[1], EVENT + 1);
    check(sluice__gate_lock(&s[0], gate) == 0);
    sluice__event_deliver(&s[0], gate, EVENT);
    check(sluice__waiter_marked(w[0]) && sluice__waiter_marked(w[3]) &&
          !sluice__waiter_marked(w[1]));
    check(waits(EVENT));
    sluice__event_deliver_all(&s[0], gate, EVENT);
    sluice__gate_unlock(&s[0], gate);
    for (uint32_t i = 0; i < 5; i++)
        check(sluice__waiter_marked(w[i]));
    check(!waits(EVENT) && !sluice__waiter_marked(other));
    done("event: the holder marks one, or all");
}

static uint32_t bell(void)
{
    return load_relaxed(&s[1].me->bell);
}

static void bells(void)
{
    begin();
    check(bell() == SLUICE_BELL_AWAKE && sluice__bell_arm(&s[1]) && bell() == SLUICE_BELL_ASLEEP);
    sluice__bell_ring(&s[0], s[1].slot);
    check(bell() == SLUICE_BELL_RUNG && !sluice__bell_arm(&s[1]));
    sluice__bell_ring(&s[0], s[1].slot);
    check(bell() == SLUICE_BELL_RUNG); /* rings merge */
    sluice__bell_answer(&s[1]);
    check(bell() == SLUICE_BELL_AWAKE);
    /* rung while awake: the next sleep does not begin */
    sluice__bell_ring(&s[0], s[1].slot);
    check(!sluice__bell_arm(&s[1]) && bell() == SLUICE_BELL_RUNG);
    sluice__bell_answer(&s[1]);
    check(sluice__bell_arm(&s[1]));
    check(!port_park(&s[1].me->bell, SLUICE_BELL_ASLEEP, port_now_ns() + 1000000));
    sluice__bell_ring(&s[0], AGENTS); /* damage made that number: there is no such agent */
    check(bell() == SLUICE_BELL_ASLEEP && !rung(&s[0]) && !rung(&s[2]));
    done("event: a bell that rang ends the sleep, or keeps it from beginning, once");
}

/* More chunks than a word of chunks' bits has. */
enum { MANY = 33 * SLUICE_CHUNK + 5 };

static void ready_bits(void)
{
    static struct sluice_waiter *w[MANY];
    static bool given[MANY];
    begin();
    check(sluice__ready_take(&s[1]) == UINT32_MAX);
    for (uint32_t i = 0; i < MANY; i++)
        w[i] = hung(&s[1], i % 2 ? EVENT : EVENT | SLUICE_OBSERVER);
    notify(EVENT); /* every other one, and the first of the rest */
    for (uint32_t n = 0; n < MANY / 2 + 2; n++) {
        uint32_t index = sluice__ready_take(&s[1]);
        check(index < MANY && !given[index] && sluice__waiter_marked(sluice__waiter(&s[1], index)));
        given[index] = true;
    }
    check(sluice__ready_take(&s[1]) == UINT32_MAX);
    check(given[1] && !given[3] && given[MANY - 1] && sluice__waiter_marked(w[1]));
    check(sluice__ready_take(&s[2]) == UINT32_MAX);
    notify(EVENT);
    check(sluice__ready_take(&s[1]) == 3 && sluice__ready_take(&s[1]) == UINT32_MAX);
    done("event: each marked waiter is ready once, in whichever chunk");
}

/* As an agent leaves them that died with a mark in hand: off its list, not yet marked. */
static struct sluice_waiter *in_hand(struct sluice_agent *dead, enum sluice_waiter_state is)
{
    struct sluice_waiter *w = new_waiter(&s[1]);
    store_relaxed(&w->state, 40 | is);
    store_relaxed(&dead->marked, 40 | SLUICE_WAITER_PENDING);
    store_relaxed(&dead->marking, sluice__offset(&s[0], w));
    return w;
}

static void finishes_marks(void)
{
    begin();
    struct sluice_agent *dead = s[2].me;
    check(sluice__event_finish_mark(&s[0], dead)); /* none in hand */
    struct sluice_waiter *w = in_hand(dead, SLUICE_WAITER_PENDING);
    check(sluice__event_finish_mark(&s[0], dead) && sluice__waiter_marked(w) && rung(&s[1]));
    check(load_relaxed(&dead->marking) == 0 && sluice__ready_take(&s[1]) == 0);
    /* it has the mark, maybe not its ready bit */
    w = in_hand(dead, SLUICE_WAITER_MARKED);
    check(sluice__event_finish_mark(&s[0], dead) && sluice__waiter_marked(w));
    check(sluice__ready_take(&s[1]) == 1);
    /* somebody awaits that mark: he is rung, and the mark is made */
    w = in_hand(dead, SLUICE_WAITER_PENDING);
    store_relaxed(&dead->marking, load_relaxed(&dead->marking) | SLUICE__AWAITED);
    sluice__gate_announce(&s[3], sluice__region(&s[0])->wanting);
    check(sluice__event_finish_mark(&s[0], dead) && sluice__waiter_marked(w) && rung(&s[3]));
    check(load_relaxed(&dead->marking) == 0);
    sluice__gate_retract(&s[3], 3);
    check(sluice__ready_take(&s[1]) == 2);
    w = in_hand(dead, SLUICE_WAITER_GONE);
    check(!sluice__event_finish_mark(&s[0], dead) && state(w) == SLUICE_WAITER_FREE);
    check(load_relaxed(&dead->marking) == 0);
    /* that wait is over, and it waits once more: the mark is not meant for this one */
    w = hung(&s[1], EVENT);
    store_relaxed(&dead->marked, load_relaxed(&w->state));
    store_relaxed(&dead->marking, sluice__offset(&s[0], w));
    check(sluice__event_end(&s[1], w, false) && hang(&s[1], w, EVENT, SLUICE__LAST) == 0);
    sluice__event_finish_mark(&s[0], dead);
    check(state(w) == SLUICE_WAITER_PENDING);
    done("event: a mark in a dead agent's hand is finished, for that wait only");
}

static void hangs_together(void)
{
    begin();
    struct sluice_waiter *a = hung(&s[1], EVENT), *b = hung(&s[2], EVENT);
    check(sluice__gate_valid(&s[0], gate));
    uint32_t prev = load_relaxed(&b->prev);
    check(prev == sluice__offset(&s[0], a));
    store_relaxed(&b->prev, 0);
    check(!sluice__gate_valid(&s[0], gate));
    store_relaxed(&b->prev, prev);
    and64_seq(&gate->word, ~(uint64_t)SLUICE__WAITS(EVENT));
    check(!sluice__gate_valid(&s[0], gate));
    or64_seq(&gate->word, SLUICE__WAITS(EVENT));
    check(sluice__event_remove(&s[2], b) == 0 && sluice__waiter_marked(a));
    done("event: a list that does not hang together is seen");
}

enum { ROUNDS = 10000, PING = 0, PONG = 2 };

/* Plain memory, handed over with the event: TSan sees whether the mark or the look orders it. */
static uint32_t handed;
static struct sluice_au32 over;

static bool there(uint32_t event, uint32_t round)
{
    return load_seq(&bench->words[event]) >= round;
}

static void lock_was_held(struct sluice *me)
{
    if (sluice__gate_want(me))
        sleep_until_rung(me);
}

/* As sluice_advance() does it, one floor below. */
static void await(struct sluice *me, struct sluice_waiter *w, uint32_t event, uint32_t round)
{
    while (!there(event, round)) {
        bool marked = sluice__waiter_marked(w);
        sluice__bell_answer(me);
        while (sluice__ready_take(me) != UINT32_MAX)
            ;
        if (state(w) != SLUICE_WAITER_PENDING &&
            hang(me, w, event, marked ? SLUICE__FIRST : SLUICE__LAST) != 0) {
            lock_was_held(me);
            continue;
        }
        if (!there(event, round) && state(w) == SLUICE_WAITER_PENDING)
            sleep_until_rung(me);
    }
}

/* The first needs a chunk of the heap, and so do the other's. */
static uint32_t waiter_for(struct sluice *me)
{
    int index = sluice__waiter_new(me);
    for (; index == SLUICE__NOT_NOW; index = sluice__waiter_new(me))
        lock_was_held(me);
    check(index >= 0);
    return (uint32_t)index;
}

static void publish(struct sluice *me, uint32_t event, uint32_t round)
{
    store_seq(&bench->words[event], round);
    sluice__event_notify(me, gate, event, load64_seq(&gate->word));
}

static void *play(void *argument)
{
    struct sluice *me = argument;
    bool serves = me == &s[1];
    for (uint32_t round = 1; round <= ROUNDS; round++) {
        uint32_t index = waiter_for(me);
        struct sluice_waiter *w = sluice__waiter(me, index);
        if (!serves)
            await(me, w, PING, round);
        check(handed == 2 * (round - 1) + !serves);
        handed++;
        publish(me, serves ? PING : PONG, round);
        if (serves)
            await(me, w, PONG, round);
        sluice__waiter_end(me, index, false);
    }
    return NULL;
}

/* Holds the gate now and then, so that some notifications become notes and some hangings find it held. */
static void *disturb(void *unused)
{
    while (load_acquire(&over) == 0) {
        if (sluice__gate_lock(&s[3], gate) != 0)
            continue;
        sched_yield();
        sluice__gate_unlock(&s[3], gate);
        sched_yield();
    }
    return unused;
}

static void threads(bool disturbed)
{
    pthread_t thread[3];
    begin();
    handed = 0;
    store_relaxed(&over, 0);
    for (int i = 0; i < 2; i++)
        check(pthread_create(&thread[i], NULL, play, &s[i + 1]) == 0);
    if (disturbed)
        check(pthread_create(&thread[2], NULL, disturb, NULL) == 0);
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    store_release(&over, 1);
    if (disturbed)
        pthread_join(thread[2], NULL);
    check(handed == 2 * ROUNDS && !waits(PING) && !waits(PONG));
    done(disturbed ? "event: two threads wake each other while a third holds the gate"
                   : "event: two threads wake each other");
}

int main(void)
{
    in_order();
    not_now();
    leaves();
    gone();
    observers();
    all_of_them();
    bells();
    ready_bits();
    finishes_marks();
    hangs_together();
    threads(false);
    threads(true);
    return 0;
}
