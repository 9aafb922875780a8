/*
 * A false proof: pronounced dead after k stores, the victim of deaths.h goes on to the end of its operation. What comes of
 * it is one of three:
 *   exact  as after a death that was one: nothing that it did since is seen;
 *   told   whoever comes to the lock that it was at gets EUCLEAN, and nobody at another lock;
 *   late   the one store that it was at is seen, and is whole: a post, a ring's counter.
 */
#ifndef FALSE_PROOF_H
#define FALSE_PROOF_H

#include "obj/ring.h"

static unsigned long exact, told, late;

/* What those who live see of what they have open. */
struct sight {
    int result[AGENTS][4];
    uint32_t out[AGENTS][4][4];
};

static struct sight look(void)
{
    static const uint32_t ops[4] = {SLUICE_OP_SEM_VALUE, SLUICE_OP_MQ_ATTRIBUTES,
                                    SLUICE_OP_PIPE_ATTRIBUTES, SLUICE_OP_RING_ATTRIBUTES};
    struct sight seen = {0};
    for (int i = OTHER; i < AGENTS; i++) {
        for (int op = 0; op < 4; op++) {
            struct sluice_request r = request(ops[op], world.handle[i], NULL);
            seen.result[i][op] = sluice_try(&world.agent[i], &r);
            memcpy(seen.out[i][op], r.out, sizeof(r.out));
        }
    }
    return seen;
}

/* Whose lock may stay closed: the one that the operation was at; that of the dead one whom it settled. */
static struct {
    uint32_t at, settled;
} may_be_closed;

/* The gates that the operation may have been at, as far as somebody who lives has them open. */
static bool says_so(struct sluice_gate *gate)
{
    if (!(load64_relaxed(&gate->word) & SLUICE__SPOILT))
        return false;
    uint32_t offset = sluice__offset(&world.agent[SECOND], gate);
    check(offset == may_be_closed.at || offset == may_be_closed.settled);
    check(sluice__gate_lock(&world.agent[SECOND], gate) == -SLUICE_EUCLEAN);
    return true;
}

static bool somebody_is_told(void)
{
    struct sluice_region *region = (struct sluice_region *)world.region;
    bool some = says_so(&region->names) | says_so(&region->heap.gate);
    for (int i = OTHER; i < AGENTS; i++) {
        struct sluice_handle *handle = sluice__handle_find(&world.agent[i], world.handle[i]);
        if (handle == NULL)
            continue;
        struct sluice_object *object = sluice__handle_object(&world.agent[i], handle);
        some |= says_so(&object->gate) | (load_relaxed(&object->damaged) != 0);
    }
    return some;
}

/* Somebody else holds the lock that the victim held, in the middle of a change. */
static struct sluice_gate *hold_it(struct sluice *s, uint32_t at)
{
    struct sluice_gate *gate = sluice__at(s, at);
    check(sluice__gate_lock(s, gate) == 0);
    sluice__set(s, &s->me->spare[0], 1);
    return gate;
}

static void still_hold_it(struct sluice *s, struct sluice_gate *gate)
{
    check((load64_relaxed(&gate->word) & ~(uint64_t)SLUICE__BITS) == sluice__mine(s));
    sluice__gate_revert(s);
    sluice__gate_unlock(s, gate);
}

enum when {
    UNSETTLED,    /* it goes on before it is settled */
    SETTLED,      /* ... afterwards */
    TAKEN,        /* ... while another holds the lock that it held */
    AT_ITS_STORE, /* ... with its next store, after its last look whether it lives */
};

/* True when it died, as whoever lives sees it. */
static bool pronounced(const struct step *step, unsigned k, enum when when)
{
    void (*operation)(void) = step->operation;
    if (when != AT_ITS_STORE)
        return die_at(step, k);
    memcpy(&world, &saved, sizeof(world));
    bool died = fake_run_dying_before(call, &operation, k);
    return sluice_died(&world.agent[SECOND], VICTIM + 1) > 0 &&
           died; /* who has no slot is nobody */
}

/* In the victim's slot, which is as attach expects it. */
static void another_comes(void)
{
    struct sluice next;
    check(sluice_attach(&next, world.region, BYTES, AGENTS + 1, 0, 0) == 0);
    check(next.slot == VICTIM && sluice_detach(&next) == 0);
}

/* What SECOND has taken since the settling, all memory that was free, and the words there that the late one stored into. */
static struct {
    uint32_t blocks, at[64], bytes[64];
    uint32_t object; /* that the late one had open */
    bool copied;     /* bytes, too: whatever had begun behind them */
    unsigned words;
    struct {
        uint64_t *word, was;
    } stray[64];
} foreign;

static void take_all_memory(void)
{
    struct sluice *s = &world.agent[SECOND];
    struct sluice_heap *heap = &((struct sluice_region *)world.region)->heap;
    int n = 0;
    foreign.blocks = foreign.words = 0;
    foreign.copied = false;
    for (uint32_t bytes = BYTES; bytes > 0;) {
        n = sluice__heap_take(s, &s->me->building, bytes, 0);
        if (n != 0) {
            bytes /= 2;
            continue;
        }
        check(foreign.blocks < 64);
        foreign.at[foreign.blocks] = load_relaxed(&s->me->building);
        foreign.bytes[foreign.blocks++] = sluice__heap_bytes(s, load_relaxed(&s->me->building));
        store_relaxed(&s->me->building, 0);
    }
    check(n != -SLUICE_ENOSPC || load_relaxed(&heap->free_bytes) == 0);
}

/* There, or in the header in front of it. */
static bool is_foreign(uint32_t at)
{
    uint32_t header = sizeof(struct sluice_block);
    for (uint32_t i = 0; i < foreign.blocks; i++)
        if (at - (foreign.at[i] - header) < header + foreign.bytes[i])
            return true;
    return false;
}

static void give_it_back(void)
{
    struct sluice *s = &world.agent[SECOND];
    while (foreign.blocks > 0) {
        store_relaxed(&s->me->building, foreign.at[--foreign.blocks]);
        if (sluice__heap_give(s, &s->me->building) != 0) /* the heap is closed */
            store_relaxed(&s->me->building, 0);
    }
}

static void late_store(const void *word, bool copies)
{
    uint32_t at = sluice__offset(&world.agent[SECOND], word) & ~7u;
    uint64_t *there = (uint64_t *)(world.region + at);
    unsigned i = 0;
    if (!is_foreign(at))
        return;
    while (i < foreign.words && foreign.stray[i].word != there)
        i++;
    if (i == foreign.words) {
        check(foreign.words++ < 64);
        foreign.stray[i].word = there;
        foreign.stray[i].was = *there;
    }
    foreign.copied |= copies;
}

/*
 * What it may do to a word there all the same: free a lock that it has just taken, say that it is closed, end the claim that it
 * had open. Each finds what it has left there itself.
 */
static bool may_be_changed(uint64_t *word, uint64_t was)
{
    struct sluice *s = &world.agent[SECOND];
    struct sluice_ring *ring = sluice__at(s, foreign.object);
    struct sluice_object *object = &ring->object;
    uint32_t at = sluice__offset(s, word), damaged = sluice__offset(s, &object->damaged);
    bool is_claim = at == sluice__offset(s, &ring->senders.claim) ||
                    at == sluice__offset(s, &ring->receivers.claim);
    if (at == may_be_closed.at)
        return (*word | SLUICE__SPOILT) == (was | SLUICE__SPOILT);
    if (at == (damaged & ~7u))
        return load_relaxed(&object->damaged) == 1;
    struct sluice_object *before = as_before(object);
    return load_relaxed(&before->kind) == SLUICE_KIND_RING && is_claim &&
           *word == (was & ~(uint64_t)1);
}

/* Words of others that it has stored into and may not. */
static unsigned strays(void)
{
    unsigned n = 0;
    for (unsigned i = 0; i < foreign.words; i++)
        n += !may_be_changed(foreign.stray[i].word, foreign.stray[i].was);
    return n;
}

static void goes_on_with_lock_taken(uint32_t at)
{
    bool there = at != 0 && !is_foreign(at);
    for (uint32_t i = 0; at != 0 && !there && i < foreign.blocks; i++)
        memset(world.region + foreign.at[i], 0x5a, foreign.bytes[i]); /* the others' own bytes */
    struct sluice_gate *gate = there ? hold_it(&world.agent[SECOND], at) : NULL;
    fake_run_on(late_store);
    if (gate != NULL)
        still_hold_it(&world.agent[SECOND], gate);
}

/* The lock that the victim is at; 0 also where it has no slot yet. */
static uint32_t its_lock(void)
{
    return victim()->me != NULL ? load_relaxed(&victim()->me->locking) : 0;
}

/* The object that the row's state has the victim leave open; 0: none. */
static uint32_t its_object(void)
{
    memcpy(&world, &saved, sizeof(world));
    struct sluice_object *object = victim()->me != NULL ? object_of(VICTIM) : NULL;
    return object != NULL ? sluice__offset(victim(), object) : 0;
}

static void live_on(const struct step *step, unsigned k, enum when when)
{
    struct sluice *s = &world.agent[SECOND];
    foreign.object = its_object();
    if (k == 0 && when != AT_ITS_STORE)
        return; /* whoever has stored nothing stands at a store */
    if (!pronounced(step, k, when))
        return;
    uint32_t at = its_lock();
    may_be_closed.at = may_be_closed.settled = at;
    if (when == UNSETTLED)
        fake_run_on(NULL);
    check(settled(SECOND));
    struct sight before = look(), after;
    take_all_memory();
    if (when != UNSETTLED)
        goes_on_with_lock_taken(when == TAKEN ? at : 0);
    /* of what is others' by now, the one store at most */
    check(strays() <= (when == AT_ITS_STORE));
    if (foreign.copied) {
        late++;
        return;
    }
    give_it_back();
    another_comes();
    bool some = somebody_is_told();
    check((some && (when == AT_ITS_STORE || when == UNSETTLED)) ||
          (sluice__heap_valid(s) && sluice__names_valid(s) && sluice__agents_valid(s)));
    if (some) {
        told++;
        return;
    }
    after = look();
    bool shows = memcmp(&before, &after, sizeof(after)) != 0;
    check(!shows || when == AT_ITS_STORE);
    late += shows;
    exact += !shows;
    all_holds(SECOND, false);
}

/*
 * The same of who settles: pronounced dead in the middle of it, it goes on when another has settled both, and somebody who is
 * in the first one's slot sleeps. One of the ways for each pair of stores.
 */
static bool settler_lives_on(const struct step *step, unsigned k, unsigned j)
{
    void (*settle)(void) = settle_by_repairer;
    struct sluice *s = &world.agent[SECOND], next;
    struct sluice_request create = request(SLUICE_OP_SEM_OPEN, 0, "/next");
    enum when when = (k + j) % 4;
    unsigned stores;
    die_at(step, k);
    may_be_closed.settled = its_lock();
    if (!(when == AT_ITS_STORE ? fake_run_dying_before(call, &settle, j)
                               : fake_run_dying(call, &settle, j, &stores)))
        return false;
    may_be_closed.at = load_relaxed(&world.agent[REPAIRER].me->locking);
    sluice_died(s, REPAIRER + 1);
    if (when == UNSETTLED)
        fake_run_on(NULL);
    check(settled(SECOND));
    check(sluice_attach(&next, world.region, BYTES, AGENTS + 1, 0, 0) == 0 && next.slot == VICTIM);
    create.args[0] = SLUICE_CREATE;
    int handle = sluice_try(&next, &create);
    struct sluice_request wait = request(SLUICE_OP_SEM_WAIT, (uint32_t)handle, NULL);
    check(handle < 0 || sluice_advance(&next, &wait) == -SLUICE_EAGAIN);
    check(sluice_bell_arm(&next) == 1);
    struct sight before = look(), after;
    take_all_memory();
    if (when != UNSETTLED)
        goes_on_with_lock_taken(when == TAKEN ? may_be_closed.settled : 0);
    check(strays() <= (when == AT_ITS_STORE));
    give_it_back();
    check(load64_relaxed(&next.me->life) == next.life);
    check(load_relaxed(&next.me->bell) != SLUICE_BELL_AWAKE);
    if (somebody_is_told()) {
        told++;
        return true;
    }
    after = look();
    check(sluice__heap_valid(s) && sluice__names_valid(s));
    check(memcmp(&before, &after, sizeof(after)) == 0);
    exact++;
    return true;
}

#endif
