/* Borders: behind the last slot, behind a chunk of a table, between the words of agents' bits, there is nobody. */
#include "world.h"

#include "api/op.h"
#include "reg/handle.h"

enum { BYTES = 1 << 20, AGENTS = 4, MANY = 70 };

static struct sluice s[MANY];
static struct sluice_attached who;

static void begin(uint32_t agents, uint32_t attached)
{
    void *base = new_region(BYTES, agents);
    for (uint32_t i = 0; i < attached; i++)
        join(&s[i], base, BYTES, i + 1);
}

static struct sluice_gate *repair(void)
{
    return &sluice__region(&s[0])->repair;
}

/* Buckets that look like an agent. */
static void behind_the_slots(enum sluice_life life)
{
    begin(AGENTS, 3);
    struct sluice_agent *behind = sluice__agent(&s[0], AGENTS - 1) + 1, was = *behind, forged;
    struct bench *bench = new_bench(&s[1]);
    struct sluice_waiter *w = new_waiter(&s[2]);
    check(sluice__gate_lock(&s[1], &bench->gate) == 0);
    forged = *s[1].me;
    store64_relaxed(&forged.life, (uint64_t)5 << 32 | 9 << 8 | life);
    store_relaxed(&forged.marking, sluice__offset(&s[0], w));
    *behind = forged;
    uint64_t held = (uint64_t)5 << 32 | (AGENTS + 1) << 16; /* as it would hold a lock */
    if (life == SLUICE_LIFE_DEAD)
        store64_relaxed(&bench->gate.word, held);
    check(sluice_died(&s[0], 9) == 0 && sluice_agent_died(&s[0], AGENTS, 5) == 0);
    check(sluice_attached(&s[0], AGENTS, &who) == -SLUICE_EINVAL);
    check(sluice_settle(&s[0]) == 0 && sluice_detach(&s[2]) == 0);
    check(memcmp(behind, &forged, sizeof(forged)) == 0);
    check(life == SLUICE_LIFE_LIVE || load64_relaxed(&bench->gate.word) == held);
    *behind = was;
    store64_relaxed(&bench->gate.word, sluice__mine(&s[1]));
    sluice__gate_unlock(&s[1], &bench->gate);
    finish(&s[0], life == SLUICE_LIFE_LIVE ? "borders: nobody lives behind the last slot"
                                           : "borders: nobody is dead behind the last slot");
}

/* Its bits among others', in the first word and in the next ones. */
static void bits(void)
{
    static const uint32_t slots[] = {0, 1, 30, 31, 32, 33, 62, 63, 64, 65, 69};
    begin(MANY, MANY);
    struct sluice_region *region = sluice__region(&s[0]);
    struct sluice_au32 *both[] = {region->wanting, region->repairing};
    for (uint32_t i = 0; i < sizeof(slots) / sizeof(*slots); i++) {
        for (uint32_t word = 0; word < SLUICE_AGENTS / 32; word++) {
            store_relaxed(&both[0][word], UINT32_MAX);
            store_relaxed(&both[1][word], UINT32_MAX);
        }
        check(sluice_detach(&s[slots[i]]) == 0);
        for (uint32_t slot = 0; slot < SLUICE_AGENTS; slot++)
            for (int which = 0; which < 2; which++) {
                uint32_t bit = load_relaxed(&both[which][slot / 32]) >> slot % 32 & 1;
                check(bit == (slot != slots[i]));
            }
    }
    finish(&s[2], "borders: who leaves wants no lock any more, and nobody else is forgotten");
}

/* What one pronounced dead has stored in its slot since is gone for the next. */
static void clean_slots(void)
{
    begin(AGENTS, 2);
    struct sluice_agent *slot = s[1].me;
    for (uint32_t i = 0; i < SLUICE_CHUNKS / 32; i++)
        store_relaxed(&slot->ready[i], 1u << i);
    sluice__bell_ring(&s[0], 1);
    check(sluice_detach(&s[1]) == 0);
    store_relaxed(&slot->locking, sluice__offset(&s[0], heap_gate(&s[0])));
    store_relaxed(&slot->logged, 3);
    store_relaxed(&slot->marking, 1);
    join(&s[1], s[0].base, BYTES, 2);
    check(load_relaxed(&slot->marking) == 0);
    for (uint32_t i = 0; i < SLUICE_CHUNKS / 32; i++)
        check(load_relaxed(&slot->ready[i]) == 0);
    check(sluice_ready(&s[1]) == 0 && !rung(&s[1]) && sluice_bell_arm(&s[1]) == 1);
    finish(&s[0], "borders: a slot is clean for the next");
}

/* Waiters and handles of a second chunk; and what lies between two chunks, which is neither. */
static void chunks(bool dies)
{
    begin(AGENTS, 3);
    check(sluice__heap_take(&s[0], &s[0].me->desk, 2 * sizeof(struct bench), 8) == 0);
    struct bench *bench = sluice__at(&s[0], load_relaxed(&s[0].me->desk));
    memset(bench, 0, 2 * sizeof(struct bench));
    uint32_t sem = (uint32_t)open_sem(&s[0], "/s", SLUICE_CREATE, 0);
    struct sluice_object *o = sluice__handle_object(&s[0], sluice__handle_find(&s[0], sem));
    uint32_t before = bytes_free(&s[0]);
    for (uint32_t i = 0; i < 2 * SLUICE_CHUNK; i++) {
        check(open_sem(&s[1], "/s", 0, 0) > 0);
        struct sluice_waiter *w = new_waiter(&s[1]);
        check(sluice__event_hang(&s[1], w, &bench->gate, i % SLUICE_EVENTS, SLUICE__LAST) == 0);
    }
    struct sluice_chunk *waiters = sluice__chunk(&s[1], &s[1].me->waiters, 1);
    struct sluice_chunk *handles = sluice__chunk(&s[1], &s[1].me->handles, 1);
    check(load_relaxed(&o->refs) == 2 + 2 * SLUICE_CHUNK && waiters != NULL && handles != NULL);
    check(sluice__heap_bytes(&s[0], sluice__offset(&s[0], waiters)) >= sizeof(*waiters) + 32);
    union sluice_record *slack[2] = {(union sluice_record *)(waiters + 1),
                                     (union sluice_record *)(handles + 1)};
    memset(slack[0], 0, 32), memset(slack[1], 0, 32);
    store_relaxed(&slack[0]->waiter.state, SLUICE_WAITER_PENDING);
    store_relaxed(&slack[0]->waiter.gate, sluice__offset(&s[0], &bench[1].gate));
    store_relaxed(&slack[1]->handle.state, 1);
    store_relaxed(&slack[1]->handle.object, sluice__offset(&s[0], o));
    union sluice_record forged[2] = {*slack[0], *slack[1]};
    /* the lock they hang at is held: all stays */
    check(sluice__gate_lock(&s[0], &bench->gate) == 0);
    check(!dies || sluice_died(&s[2], 2) == 1);
    check((dies ? sluice_settle(&s[2]) : sluice_detach(&s[1])) == SLUICE_STALLED);
    check(load64_relaxed(&bench->gate.word) & SLUICE__CONTENDED);
    check(sluice__chunk(&s[0], &s[1].me->waiters, 1) == waiters && load_relaxed(&o->refs) > 2);
    sluice__gate_unlock(&s[0], &bench->gate);
    check((dies ? sluice_settle(&s[2]) : sluice_detach(&s[1])) == 0);
    check(load64_relaxed(&bench->gate.word) % 16 == 0 && load_relaxed(&o->refs) == 2);
    check(memcmp(slack[0], &forged[0], 32) == 0 && memcmp(slack[1], &forged[1], 32) == 0);
    check(bytes_free(&s[0]) == before);
    finish(&s[0], dies ? "borders: who dies is on no list, of any chunk, and closes what is his"
                       : "borders: so does who leaves");
}

/* Somebody is about to set a ready bit: which locks mean that. */
static void markers(void)
{
    begin(AGENTS, 3);
    struct bench *bench = new_bench(&s[2]);
    uint32_t gate = sluice__offset(&s[0], &bench->gate), odd = gate + 12, last;
    uint32_t free = sluice__offset(&s[0], bench->words); /* as a gate: nobody holds it */
    for (uint32_t i = 0; i <= SLUICE_CHUNK; i++)
        new_waiter(&s[1]);
    uint32_t in_second = sluice__offset(&s[1], sluice__waiter(&s[1], SLUICE_CHUNK));
    struct sluice_chunk *chunk = sluice__chunk(&s[1], &s[1].me->waiters, 1);
    last = BYTES - (uint32_t)sizeof(struct sluice_gate);
    const struct marker {
        uint32_t marking, locking;
        bool waits;
    } cases[] = {
        {in_second, gate, true},
        {in_second, last, true},
        {in_second, free, false},
        {in_second, 0, false},   /* it holds none any more */
        {in_second, odd, false}, /* no place for a gate */
        {in_second, last + 8, false},
        {in_second, BYTES, false},
        {0, gate, false},
        {sluice__offset(&s[1], chunk + 1), gate, false}, /* behind the chunk */
        {sluice__offset(&s[1], chunk) - 1, gate, false},
    };
    /* one who has the first slot, and one who has not; the lock is his, or the other's */
    for (uint32_t i = 0; i < 2 * (sizeof(cases) / sizeof(*cases)); i++)
        for (uint32_t by = 0; by <= 2; by += 2) {
            bool others = i >= (sizeof(cases) / sizeof(*cases));
            uint64_t held = sluice__mine(&s[others ? 2 - by : by]);
            store64_relaxed(&bench->gate.word, held);
            memcpy(sluice__at(&s[0], odd), &held, sizeof(held));
            store64_relaxed(sluice__at(&s[0], last), held);
            const struct marker *m = &cases[i % (sizeof(cases) / sizeof(*cases))];
            bool awaited = m->waits && !others;
            store_relaxed(&s[by].me->marking, m->marking);
            store_relaxed(&s[by].me->locking, m->locking);
            s[1].blocked_on = gate;
            if (awaited)
                check(sluice__agent_detach(&s[1]) == SLUICE__NOT_NOW);
            else
                check(sluice__agent_detach(&s[1]) == 0);
            check((s[1].blocked_on == SLUICE__ANNOUNCED) == awaited);
            check(!awaited || load_relaxed(&s[by].me->marking) & SLUICE__AWAITED);
            store_relaxed(&s[by].me->marking, 0);
            store_relaxed(&s[by].me->locking, 0);
            if (awaited)
                continue;
            join(&s[1], s[0].base, BYTES, 2);
            for (uint32_t n = 0; n <= SLUICE_CHUNK; n++)
                new_waiter(&s[1]);
            check(sluice__chunk(&s[1], &s[1].me->waiters, 1) == chunk); /* as before */
        }
    store64_relaxed(&bench->gate.word, 0);
    finish(&s[0], "borders: a table stays as long as a marker holds the lock, and no longer");
}

/* The right to repair of each slot, taken over by each other; the living keep it beside the dead. */
static void repairer(uint32_t dead, uint32_t by, uint32_t third)
{
    begin(AGENTS, AGENTS);
    check(sluice__gate_lock(&s[dead], repair()) == 0);
    check(sluice_agent_died(&s[by], dead, s[dead].incarnation) == 1);
    check(sluice_settle(&s[by]) == 0 && !sluice__held(load64_relaxed(&repair()->word)));
    join(&s[dead], s[by].base, BYTES, dead + 1);
    check(sluice__gate_lock(&s[third], repair()) == 0);
    check(sluice_agent_died(&s[by], dead, s[dead].incarnation) == 1);
    check(sluice__agents_settle(&s[by]) == SLUICE__NOT_NOW);
    sluice__gate_unlock(&s[third], repair());
    check(sluice_settle(&s[by]) == 0 && sound(&s[by]));
    free(s[by].base);
}

static void repairers(void)
{
    for (uint32_t i = 0; i < AGENTS * AGENTS * AGENTS; i++) {
        uint32_t dead = i % AGENTS, by = i / AGENTS % AGENTS, third = i / AGENTS / AGENTS;
        if (dead != by && dead != third && by != third)
            repairer(dead, by, third);
    }
    passed("borders: the right to repair goes from the dead to anybody, from the living to nobody");
}

int main(void)
{
    behind_the_slots(SLUICE_LIFE_LIVE);
    behind_the_slots(SLUICE_LIFE_DEAD);
    bits();
    clean_slots();
    chunks(true);
    chunks(false);
    markers();
    repairers();
    return 0;
}
