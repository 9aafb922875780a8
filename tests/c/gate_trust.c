/* The gate: what one pronounced dead may still do there, and what a peer may have written. */
#include "gate_world.h"

enum { BYTES = 1 << 18, AGENTS = 5 };

/* With a line behind the region, which is nobody's business. */
static void begin(void)
{
    void *base = aligned_alloc(SLUICE_LINE, BYTES + SLUICE_LINE);
    memset(base, 0, BYTES + SLUICE_LINE);
    check(sluice_format(base, BYTES, AGENTS, 0) == 0);
    meet(base, BYTES, 3);
}

/* --- pronounced dead ------------------------------------------------------------------------ */

static void die(struct sluice *who)
{
    check(sluice__agent_died(&s[0], who->slot, who->incarnation));
}

static void dead_gets_no_lock(void)
{
    begin();
    hung(&s[2], 1);
    die(&s[1]);
    check(sluice__gate_lock(&s[1], gate) == -SLUICE_ESRCH && bits() == SLUICE__WAITS(1));
    /* its compare-and-swap was a moment too late */
    uint64_t word = sluice__mine(&s[1]) | SLUICE__WAITS(1);
    store64_relaxed(&gate->word, word);
    sluice__gate_announce(&s[0], sluice__region(&s[0])->wanting);
    check(sluice__gate_entered(&s[1], gate) == -SLUICE_ESRCH && !rung(&s[0]));
    check(load64_relaxed(&gate->word) == SLUICE__WAITS(1));
    store64_relaxed(&gate->word, word | SLUICE__CONTENDED);
    check(sluice__gate_entered(&s[1], gate) == -SLUICE_ESRCH && rung(&s[0]));
    check(load64_relaxed(&gate->word) == SLUICE__WAITS(1) && sluice__agents_settle(&s[0]) == 0);
    done("gate: one pronounced dead gets no lock, and keeps none");
}

static void dead_tells_nobody(void)
{
    begin();
    struct sluice_waiter *w = hung(&s[2], 0);
    check(sluice__gate_lock(&s[1], gate) == 0);
    uint64_t held = load64_relaxed(&gate->word);
    die(&s[1]);
    sluice__gate_unlock_telling(&s[1], gate, SLUICE__ALL_WAITS);
    check(!sluice__waiter_marked(w) && load64_relaxed(&gate->word) == held);
    check(sluice__agents_settle(&s[0]) == 0 && sluice__waiter_marked(w) && bits() == 0);
    done("gate: what one pronounced dead held is left to the settling");
}

static void spoilt(void)
{
    begin();
    check(sluice__gate_lock(&s[1], gate) == 0);
    die(&s[1]);
    check(sluice__agents_settle(&s[0]) == 0 && bits() == 0);
    struct sluice_waiter *w = hung(&s[2], 3), *looks = hung(&s[2], 1 | SLUICE_OBSERVER);
    sluice__gate_unlock(&s[1], gate);
    check(bits() == (SLUICE__SPOILT | SLUICE__WAITS(3) | SLUICE__WAITS(1)));
    check(!sluice__waiter_marked(w) && sluice__gate_lock(&s[0], gate) == -SLUICE_EUCLEAN);
    check(sluice__waiter_marked(w) && sluice__waiter_marked(looks) && rung(&s[2]));
    check(load64_relaxed(&gate->word) == SLUICE__SPOILT && load_relaxed(&s[0].me->locking) == 0);
    check(sluice__gate_lock(&s[2], gate) == -SLUICE_EUCLEAN);
    done("gate: one that was spoilt tells all who wait, and stays closed");
}

/* --- what a peer may have written ------------------------------------------------------------- */

static bool taken_back(uint32_t offset)
{
    const uint32_t value = 0x12345678;
    uint32_t now = 0;
    store64_relaxed(&s->me->journal[0], (uint64_t)offset << 32 | value);
    store_relaxed(&s->me->logged, 1);
    sluice__gate_revert(s);
    check(load_relaxed(&s->me->logged) == 0);
    if (offset > BYTES + SLUICE_LINE - 4)
        return false;
    memcpy(&now, s->base + offset, sizeof(now));
    memset(s->base + offset, 0, sizeof(now));
    return now == value;
}

static void journal_of_a_peer(void)
{
    begin();
    uint32_t at = sluice__offset(s, bench->words);
    check(taken_back(at) && taken_back(at + 4) && taken_back(BYTES - 4));
    check(!taken_back(at + 1) && !taken_back(at + 2) && !taken_back(at + 3));
    check(!taken_back(BYTES) && !taken_back(BYTES + 4) && !taken_back(0u - 4));
    for (uint32_t i = 0; i <= SLUICE_JOURNAL; i++) /* one more than there is room for */
        store64_relaxed(s->me->journal + i, (uint64_t)(at + i % SLUICE_JOURNAL * 4) << 32 | 7);
    store_relaxed(&s->me->logged, SLUICE_JOURNAL + 1);
    sluice__gate_revert(s);
    for (uint32_t i = 0; i < SLUICE_JOURNAL; i++)
        check(word(i) == 0);
    store_relaxed(&s->me->logged, SLUICE_JOURNAL);
    sluice__gate_revert(s);
    for (uint32_t i = 0; i < SLUICE_JOURNAL; i++)
        check(word(i) == 7);
    done("gate: of a journal that cannot be nothing is taken back");
}

/* Whether a lock there, which the dead one seems to hold, is freed. */
static bool recovered_at(uint32_t at)
{
    uint64_t was = 0, held = sluice__mine(&s[1]), now = held;
    uint8_t *place = s->base + at;
    bool there = at <= BYTES + SLUICE_LINE - sizeof(was);
    if (there)
        memcpy(&was, place, sizeof(was)), memcpy(place, &held, sizeof(held));
    store_relaxed(&s[1].me->locking, at);
    sluice__gate_recover(&s[0], s[1].slot);
    if (there)
        memcpy(&now, place, sizeof(now)), memcpy(place, &was, sizeof(was));
    check(now == held || (now & ~(uint64_t)SLUICE__BITS) == 0);
    return now != held;
}

static void lock_of_a_peer(void)
{
    begin();
    uint32_t at = sluice__offset(s, gate), last = BYTES - sizeof(struct sluice_gate);
    die(&s[1]);
    check(recovered_at(at) && recovered_at(at + 8) && recovered_at(last));
    for (uint32_t i = 1; i < 8; i++)
        check(!recovered_at(at + i));
    check(!recovered_at(0) && !recovered_at(last + 8) && !recovered_at(BYTES - 8));
    check(!recovered_at(BYTES) && !recovered_at(0u - 8));
    /* what stands behind the last slot is no agent, however alive it looks */
    uint64_t word = (uint64_t)7 << 32 | (AGENTS + 1) << 16;
    store64_relaxed(&sluice__agent(s, AGENTS)->life, (uint64_t)7 << 32 | SLUICE_LIFE_LIVE);
    check(sluice__gate_orphan(s, word) && !sluice__gate_orphan(s, sluice__mine(s)));
    store64_relaxed(&sluice__agent(s, AGENTS)->life, 0);
    store_relaxed(&s[1].me->locking, 0);
    check(sluice__agents_settle(&s[0]) == 0);
    done("gate: a lock is looked for only where one can be");
}

int main(void)
{
    dead_gets_no_lock();
    dead_tells_nobody();
    spoilt();
    journal_of_a_peer();
    lock_of_a_peer();
    return 0;
}
