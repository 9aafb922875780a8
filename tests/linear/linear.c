#include "linear.h"

#include "sluice.h"

#include <string.h>

enum { SEEN = 1 << 14 }; /* a power of two */

/* What led nowhere: which operations had taken effect, and the state then. */
struct seen {
    uint64_t check; /* of which check this is */
    uint64_t done;
    struct linear_state state;
};

struct search {
    const struct linear_history *history;
    const struct linear_op *op[LINEAR_OPS]; /* those that may have had an effect */
    bool late[LINEAR_OPS];
    uint32_t count;
    uint64_t must; /* a bit each: those that did */
};

static struct seen seen[SEEN];
static uint64_t checks;

static uint64_t hash(uint64_t done, const struct linear_state *state)
{
    uint64_t h = done * 0x9e3779b97f4a7c15u;
    for (uint32_t i = 0; i < LINEAR_WORDS; i++)
        h = (h ^ state->word[i]) * 0x9e3779b97f4a7c15u, h ^= h >> 29;
    return h;
}

/* Notes it; true where it stood there already. A full neighbourhood forgets: that costs time only. */
static bool seen_before(uint64_t done, const struct linear_state *state)
{
    uint64_t at = hash(done, state);
    for (uint32_t i = 0; i < 8; i++) {
        struct seen *s = &seen[(at + i) % SEEN];
        if (s->check != checks) {
            *s = (struct seen){checks, done, *state};
            return false;
        }
        if (s->done == done && memcmp(&s->state, state, sizeof(*state)) == 0)
            return true;
    }
    return false;
}

/* Nothing that has to come first is left out, and nothing that ended before came after. */
static bool may_be_next(const struct search *s, uint64_t done, uint32_t next)
{
    for (uint32_t i = 0; i < s->count; i++) {
        bool is_done = done >> i & 1, had_to = s->must >> i & 1;
        if (i != next && !is_done && had_to && s->op[i]->end < s->op[next]->begin)
            return false;
        if (is_done && s->op[next]->end < s->op[i]->begin)
            return false;
    }
    return true;
}

static bool some_order(const struct search *s, uint64_t done, const struct linear_state *state)
{
    if ((s->must & ~done) == 0)
        return true;
    if (seen_before(done, state))
        return false;
    for (uint32_t i = 0; i < s->count; i++) {
        if (done >> i & 1 || !may_be_next(s, done, i))
            continue;
        struct linear_state next = *state;
        if (s->history->spec->apply(&next, s->op[i], s->late[i]) &&
            some_order(s, done | 1ull << i, &next))
            return true;
    }
    return false;
}

static bool overlap(const struct linear_op *a, const struct linear_op *b)
{
    return a->begin < b->end && b->begin < a->end;
}

unsigned linear_overlaps(const struct linear_history *h)
{
    unsigned pairs = 0;
    for (uint32_t i = 0; i < h->count; i++)
        for (uint32_t j = 0; j < i; j++)
            pairs += overlap(&h->ops[i], &h->ops[j]);
    return pairs;
}

static bool hindered(const struct linear_history *h, const struct linear_op *op)
{
    for (uint32_t i = 0; i < h->count; i++) {
        const struct linear_op *other = &h->ops[i];
        if (other != op && overlap(op, other) && h->spec->may_hinder(op, other))
            return true;
    }
    return false;
}

static bool had_no_effect(const struct linear_op *op)
{
    return !op->lost && (op->result == -SLUICE_ETIMEDOUT || op->result == -SLUICE_ECANCELED);
}

bool linear_check(const struct linear_history *h)
{
    struct search s = {.history = h};
    struct linear_state state = {{0}};
    for (uint32_t i = 0; i < h->count; i++) {
        const struct linear_op *op = &h->ops[i];
        if (had_no_effect(op))
            continue;
        s.must |= (uint64_t)!op->lost << s.count;
        s.late[s.count] = hindered(h, op);
        s.op[s.count++] = op;
    }
    checks++;
    h->spec->start(&state, h->params);
    return some_order(&s, 0, &state);
}
