/*
 * MERGED, STATES: goes on from each state once, and switches only where it can make a difference.
 *
 * A state is the memory, what is buffered, each agent's stack with its registers, and who knows of which copy (data races). One that was
 * met before with as many preemptions left, or more, leads to nothing new. It is known by 64 bits of a sum.
 *
 * No switch before an access that meets nobody else's, unless a death there would be seen: after it is as good. A store
 * that is buffered meets nobody, and one that nobody else looks at comes to memory at once: that holds nobody up, and lets more
 * follow. What is used only by who holds a certain lock meets nobody while it is held. What meets is
 * known when all has been seen; so the search begins again when an object gets a second user, or is used without its lock.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

enum { SMALLEST = 1 << 12, LARGEST = 1 << 24 };

static struct {
    uint64_t *key; /* 0: free */
    uint8_t *spent;
    double *ways;
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

static uint64_t sum_bytes(const void *at, size_t bytes)
{
    const uint8_t *from = at;
    uint64_t sum = bytes, word = 0;
    for (; bytes >= sizeof word; bytes -= sizeof word, from += sizeof word) {
        memcpy(&word, from, sizeof word);
        sum = (sum ^ word) * 0x9e3779b97f4a7c15u;
        sum ^= sum >> 32;
    }
    memcpy(&word, from, bytes);
    return mix(sum, word);
}

static uint64_t agent_sum(const struct fake_agent *a)
{
    bool goes_on = a->state == FAKE_READY || a->state == FAKE_PARKED;
    uint64_t sum = mix(1, (uint64_t)a->state << 1 | a->reaped);
    if (goes_on)
        sum = mix(sum, sum_bytes(fake__fiber_stack(a->fiber), fake__fiber_bytes(a->fiber)));
    for (int i = 0; i < a->buffered; i++)
        sum = mix(mix(sum, (uint64_t)a->buffer[i].obj << 1 | a->buffer[i].release),
                  a->buffer[i].value);
    return sum;
}

/* What agents have for themselves: all but `base`. */
static uint64_t private_sum(void)
{
    const struct fake_program *p = fake__run.prog;
    const uint8_t *memory = p->memory;
    size_t before = (size_t)((const uint8_t *)p->base - memory), behind = before + p->base_bytes;
    return mix(sum_bytes(memory, before), sum_bytes(memory + behind, p->memory_bytes - behind));
}

/* ---- states that were met ---- */

void fake__merge_reset(void)
{
    free(met.key);
    free(met.spent);
    free(met.ways);
    memset(&met, 0, sizeof met);
    fake__run.grew = false;
}

uint32_t fake__states(void)
{
    return met.count;
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
    double *ways = met.ways;
    uint32_t size = met.size;
    met.size = size ? size * 2 : SMALLEST;
    met.key = calloc(met.size, sizeof *met.key);
    met.spent = calloc(met.size, sizeof *met.spent);
    met.ways = calloc(met.size, sizeof *met.ways);
    if (!met.key || !met.spent || !met.ways)
        abort();
    for (uint32_t i = 0; i < size; i++)
        if (key[i]) {
            uint32_t at = place(key[i]);
            met.key[at] = key[i];
            met.spent[at] = spent[i];
            met.ways[at] = ways[i];
        }
    free(key);
    free(spent);
    free(ways);
}

double *fake__ways(uint64_t state)
{
    return &met.ways[place(state)];
}

/* ---- who knows of which copy ---- */

static bool knows(const struct fake_vc *vc, const struct fake_copy *c)
{
    return vc->t[c->agent] >= c->epoch;
}

static bool known_to_all(const struct fake_copy *c)
{
    for (int i = 0; i < fake__run.agents; i++)
        if (i != c->agent && !knows(&fake__agents[i].vc, c))
            return false;
    return true;
}

/* The agents that know of it, the words by which others may learn of it, the stores that will bring it there. */
static uint64_t spread(const struct fake_copy *c)
{
    uint64_t sum = mix(mix(3, (uint64_t)c->obj), (uint64_t)c->agent << 1 | c->in);
    for (int i = 0; i < fake__run.agents; i++) {
        const struct fake_agent *a = &fake__agents[i];
        sum = mix(sum, knows(&a->vc, c));
        for (int j = 0; j < a->buffered; j++)
            if (a->buffer[j].release && knows(&a->buffer[j].vc, c))
                sum = mix(sum, (uint64_t)j);
    }
    for (int i = FAKE_OBJ_FIRST; i < fake__obj_count; i++) {
        const struct fake_obj *o = &fake__objs[i];
        if (o->epoch == fake__run.epoch && knows(&o->sync, c))
            sum = mix(sum, (uint64_t)i);
    }
    return sum;
}

static uint64_t copies(void)
{
    uint64_t sum = 0;
    for (int i = 0; i < fake__run.copies && !fake__run.prog->ignore_races; i++)
        if (!known_to_all(&fake__run.copy[i]))
            sum += spread(&fake__run.copy[i]);
    return sum;
}

/* ---- states that were met, continued ---- */

bool fake__met(int agent, int spent, uint64_t *state)
{
    uint64_t key = mix(mix(fake__run.sum, private_sum()), (uint64_t)fake__run.clock);
    for (int i = 0; i < fake__run.agents; i++)
        key = mix(key, agent_sum(&fake__agents[i]));
    key = mix(mix(key, copies()), (uint64_t)fake__run.spurious);
    key = mix(key, (uint64_t)agent) | 1;
    if (met.count * 2 >= met.size && met.size < LARGEST)
        grow();
    uint32_t at = place(key);
    if (met.key[at] == key && met.spent[at] <= spent) {
        *state = key;
        return true;
    }
    if (met.key[at] == 0 && met.count * 2 >= met.size)
        return false; /* full: it goes on without noting more */
    met.count += met.key[at] == 0;
    met.key[at] = *state = key;
    met.spent[at] = (uint8_t)spent;
    return false;
}

/* ---- accesses that meet nobody else's ---- */

static bool writes(const struct fake_op *op)
{
    return op->verb != FAKE_LOAD && op->verb != FAKE_COPY_OUT && op->verb != FAKE_PARK;
}

/* The lock that it holds, NULL: none, or one that it has begun to release. */
static const void *lock_of(int agent)
{
    const struct fake_program *p = fake__run.prog;
    const struct fake_agent *a = &fake__agents[agent];
    const void *lock = p->lock ? p->lock(p->ctx, agent) : NULL;
    for (int i = 0; i < a->buffered && lock; i++)
        if (fake__objs[a->buffer[i].obj].addr == (uintptr_t)lock)
            lock = NULL;
    return lock;
}

/* Does somebody else use the object so that it matters whether `op` comes before or after? */
static bool meets(const struct fake_obj *o, const struct fake_op *op, int agent, const void *lock)
{
    unsigned others = (o->writers | (writes(op) ? o->users : 0)) & ~(1u << agent);
    return others != 0 && !(lock && o->lock == lock);
}

static bool meets_any(const struct fake_op *op, int agent)
{
    const struct fake_obj *o = &fake__objs[op->obj];
    const void *lock = lock_of(agent);
    bool any = meets(o, op, agent, lock);
    for (unsigned i = 0; i < o->overlaps && !any; i++)
        any = meets(&fake__objs[o->overlapping[i]], op, agent, lock);
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
    const void *lock = o->users == 0 || o->lock ? lock_of(a->index) : NULL;
    if ((o->users & me) && (o->writers & wrote) == wrote && o->lock == lock)
        return;
    o->lock = o->users == 0 || o->lock == lock ? lock : NULL;
    o->users |= me;
    o->writers |= wrote;
    fake__run.grew |= meets_any(&a->op, a->index);
}

bool fake__private(const struct fake_agent *a)
{
    bool buffered = a->op.verb == FAKE_STORE && a->op.order != FAKE_SEQ && !fake__run.prog->prompt;
    bool seen_to_die = fake__killable(a) && fake__objs[FAKE_OBJ_DEATH + a->index].users;
    if (a->op.verb > FAKE_COPY_OUT || seen_to_die)
        return false;
    return buffered || !meets_any(&a->op, a->index);
}

bool fake__private_flush(const struct fake_tr *t)
{
    return !meets_any(&(struct fake_op){.verb = FAKE_STORE, .obj = (int)t->arg}, t->agent);
}
