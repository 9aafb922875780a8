/*
 * MERGED: goes on from each state once, and switches only where it can make a difference.
 *
 * A state is the memory, what is buffered, and what each agent has learnt: an agent's code has no other source, so who
 * has learnt the same is at the same place. A state that was met before with as many preemptions left, or
 * more, leads to nothing new. It is known by 64 bits of a sum. Who knows of what (data races) is no part of it.
 *
 * Where no store is late, no switch before an access that meets nobody else's, unless a death there would be seen: after
 * it is as good. What meets is known when all has been seen; so the search begins again when an object gets a second user.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

enum { SMALLEST = 1 << 12, LARGEST = 1 << 24 };

static struct {
    uint64_t *key; /* 0: free */
    uint8_t *spent;
    uint32_t size, count;
} met;

static uint64_t mix(uint64_t sum, uint64_t value)
{
    sum = ((sum ^ value) + 0xd1b54a32d192ed03u) * 0x9e3779b97f4a7c15u;
    sum = (sum ^ sum >> 32) * 0xff51afd7ed558ccdu;
    return sum ^ sum >> 29;
}

/* ---- what a state is ---- */

/* Of the memory there, word by word, so that the sum of all changes with a part. */
uint64_t fake__sum(const void *at, uint32_t bytes)
{
    uint64_t sum = 0;
    if (!fake__run.merges)
        return 0;
    uintptr_t from = (uintptr_t)at & ~(uintptr_t)3, to = (uintptr_t)at + bytes;
    for (; from < to; from += 4)
        sum ^= mix(mix(1, from), *(const uint32_t *)from);
    return sum;
}

/* A store that waits in the buffer. */
void fake__sum_pending(const struct fake_agent *a, const struct fake_store *s)
{
    fake__run.sum ^= mix(mix(2, (uint64_t)a->index), (uint64_t)s->seq);
}

void fake__learn(struct fake_agent *a, uint64_t value)
{
    a->known = mix(a->known, value);
}

void fake__learn_bytes(struct fake_agent *a, const void *bytes, uint32_t count)
{
    const uint8_t *from = bytes;
    for (uint32_t i = 0; i < count; i++)
        fake__learn(a, from[i]);
}

/* ---- states that were met ---- */

void fake__merge_reset(void)
{
    free(met.key);
    free(met.spent);
    memset(&met, 0, sizeof met);
    fake__run.grew = false;
}

static uint32_t place(uint64_t key)
{
    uint32_t at = (uint32_t)(key >> 8) & (met.size - 1);
    while (met.key[at] != 0 && met.key[at] != key)
        at = (at + 1) & (met.size - 1);
    return at;
}

static void grow(void)
{
    uint64_t *key = met.key;
    uint8_t *spent = met.spent;
    uint32_t size = met.size;
    met.size = size ? size * 2 : SMALLEST;
    met.key = calloc(met.size, sizeof *met.key);
    met.spent = calloc(met.size, sizeof *met.spent);
    if (!met.key || !met.spent)
        abort();
    for (uint32_t i = 0; i < size; i++)
        if (key[i]) {
            uint32_t at = place(key[i]);
            met.key[at] = key[i];
            met.spent[at] = spent[i];
        }
    free(key);
    free(spent);
}

bool fake__met(int agent, int spent)
{
    uint64_t key = mix(mix(1, fake__run.sum), (uint64_t)fake__run.clock);
    for (int i = 0; i < fake__run.agents; i++)
        key = mix(key, fake__agents[i].known);
    key = mix(key, (uint64_t)agent) | 1;
    if (met.count * 2 >= met.size && met.size < LARGEST)
        grow();
    uint32_t at = place(key);
    if (met.key[at] == key && met.spent[at] <= spent)
        return true;
    if (met.key[at] == 0 && met.count * 2 >= met.size)
        return false; /* full: it goes on without noting more */
    met.count += met.key[at] == 0;
    met.key[at] = key;
    met.spent[at] = (uint8_t)spent;
    return false;
}

/* ---- accesses that meet nobody else's ---- */

static bool writes(const struct fake_op *op)
{
    return op->verb != FAKE_LOAD && op->verb != FAKE_COPY_OUT && op->verb != FAKE_PARK;
}

/* Does somebody else use the object so that it matters whether `op` comes before or after? */
static bool meets(const struct fake_obj *o, const struct fake_op *op, unsigned me)
{
    return ((o->writers | (writes(op) ? o->users : 0)) & ~me) != 0;
}

static bool meets_any(const struct fake_op *op, unsigned me)
{
    const struct fake_obj *o = &fake__objs[op->obj];
    bool any = meets(o, op, me);
    for (unsigned i = 0; i < o->overlaps && !any; i++)
        any = meets(&fake__objs[o->overlapping[i]], op, me);
    return any;
}

/* Somebody looks whether the other one is dead. */
static void use_death(int other)
{
    fake__run.grew |= fake__objs[FAKE_OBJ_DEATH + other].users == 0;
    fake__objs[FAKE_OBJ_DEATH + other].users = 1;
}

void fake__use(const struct fake_agent *a)
{
    if (a->op.verb == FAKE_WAIT_DEAD || a->op.verb == FAKE_IS_DEAD)
        use_death((int)a->op.a);
    if (a->op.verb > FAKE_COPY_OUT && a->op.verb != FAKE_PARK)
        return;
    struct fake_obj *o = &fake__objs[a->op.obj];
    uint8_t me = (uint8_t)(1u << a->index), wrote = writes(&a->op) ? me : 0;
    if ((o->users & me) && (o->writers & wrote) == wrote)
        return;
    o->users |= me;
    o->writers |= wrote;
    fake__run.grew |= meets_any(&a->op, me);
}

bool fake__private(const struct fake_agent *a)
{
    bool known = fake__run.prog->prompt && a->op.verb <= FAKE_COPY_OUT;
    bool seen_to_die = fake__killable(a) && fake__objs[FAKE_OBJ_DEATH + a->index].users;
    return known && !seen_to_die && !meets_any(&a->op, 1u << a->index);
}
