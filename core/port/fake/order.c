/*
 * Happens-before among the transitions of the present path, for the reduction
 * (not the happens-before of C11, which memory.c keeps), and races: pairs of
 * dependent transitions, next to each other in it, that could go the other way
 * round. The search is source-DPOR with sleep sets (Abdulla, Aronis, Jonsson,
 * Sagonas, "Source Sets", JACM 2017); what is added to it:
 *
 * - A buffered store is two transitions, its issue by the agent and its flush by
 *   a process of its own for each agent and word. An agent's load commutes with
 *   the flush of its own store to the same word, before it (forwarded) and after.
 * - A kill, a timeout, a spurious wake-up are other next steps of the same process.
 */
#include "internal.h"

#include <string.h>

enum { WORDS = FAKE_DEPTH / 64 };

static uint64_t before[FAKE_DEPTH][WORDS]; /* the transitions that happen before this one */
static int previous[FAKE_DEPTH][2];        /* the access of the same object before this one's */
static int other[FAKE_DEPTH][2];           /* the last one before it of another class */
uint64_t fake__races_lost;

static struct {
    int n;
    int event[FAKE_DEPTH];
    bool fixed[FAKE_DEPTH]; /* could not go the other way round */
    uint64_t seen[WORDS];
} pred;

static bool bit(const uint64_t *set, int i)
{
    return set[i / 64] >> (i % 64) & 1;
}

static void set_bit(uint64_t *set, int i)
{
    set[i / 64] |= (uint64_t)1 << (i % 64);
}

/* Rounded up to four words, so that they can be joined four at a time. */
static int words_for(int events)
{
    return (events + 255) / 256 * 4;
}

static void join(uint64_t *into, const uint64_t *from, int words)
{
    for (int i = 0; i < words; i += 4)
        for (int j = 0; j < 4; j++)
            into[i + j] |= from[i + j];
}

/* ---- dependence ---- */

static bool of_agent(const struct fake_tr *t)
{
    return t->kind != FAKE_T_FLUSH && t->kind != FAKE_T_REAP;
}

static bool same_process(const struct fake_tr *a, const struct fake_tr *b)
{
    if (a->agent != b->agent)
        return false;
    if (of_agent(a) || of_agent(b))
        return of_agent(a) && of_agent(b);
    return a->kind == b->kind && a->arg == b->arg;
}

/* A load and the flush of the same agent's store to the same word. */
static bool forwards(const struct fake_tr *a, const struct fake_tr *b)
{
    const struct fake_tr *flush = a->kind == FAKE_T_FLUSH ? a : b, *op = flush == a ? b : a;
    return flush->kind == FAKE_T_FLUSH && op->kind == FAKE_T_OP && op->agent == flush->agent &&
           op->acc[0] == FAKE_ACC(flush->arg, 0, FAKE_READ);
}

static bool conflict(uint32_t a, uint32_t b)
{
    if (!a || !b || FAKE_ACC_QUEUE(a) != FAKE_ACC_QUEUE(b))
        return false;
    if (FAKE_ACC_CLASS(a) == FAKE_ACC_CLASS(b) && FAKE_ACC_CLASS(a) != FAKE_WRITE)
        return false;
    return FAKE_ACC_OBJ(a) == FAKE_ACC_OBJ(b) || fake__overlap(FAKE_ACC_OBJ(a), FAKE_ACC_OBJ(b));
}

bool fake__dependent(const struct fake_tr *a, const struct fake_tr *b)
{
    if (a->kind == FAKE_T_NOBODY || b->kind == FAKE_T_NOBODY || same_process(a, b))
        return true;
    if (forwards(a, b))
        return false;
    for (int i = 0; i < 2; i++)
        if (conflict(a->acc[i], b->acc[0]) || conflict(a->acc[i], b->acc[1]))
            return true;
    return false;
}

/* ---- what happens before the new transition ---- */

static void add(int event, bool fixed)
{
    if (event < 0 || bit(pred.seen, event))
        return;
    set_bit(pred.seen, event);
    pred.event[pred.n] = event;
    pred.fixed[pred.n++] = fixed;
}

static void add_flushes(const struct fake_agent *a, int before_seq)
{
    for (int i = 0; i < a->flushes; i++)
        if (a->flushed_seq[i] < before_seq)
            add(a->flushed[i], true);
}

static void add_enabling_flush(const struct fake_tr *t, const struct fake_agent *a)
{
    for (int i = 0; i < a->buffered; i++) {
        const struct fake_store *s = &a->buffer[i];
        if (s->obj != (int)t->arg)
            continue;
        add(s->event, true);
        if (s->release)
            add_flushes(a, s->seq);
        return;
    }
}

/* Without which it would not be enabled, or not be the next of its process. */
static void add_enabling(const struct fake_tr *t)
{
    const struct fake_agent *a = &fake__agents[t->agent];
    add(fake__run.nobody, true);
    if (t->kind == FAKE_T_FLUSH) {
        add_enabling_flush(t, a);
        return;
    }
    add(a->last, true);
    if (t->kind == FAKE_T_REAP) {
        add_flushes(a, a->next_seq);
        return;
    }
    add(a->waker, true);
    if (t->kind != FAKE_T_OP)
        return;
    if (fake__needs_drain(a))
        add_flushes(a, a->next_seq);
    if (a->op.verb == FAKE_WAIT_DEAD)
        add(fake__agents[a->op.a].reap, true);
}

static void add_conflict(const struct fake_tr *t, int event)
{
    const struct fake_tr *c = &fake__path[event];
    bool own_flush = c->kind == FAKE_T_FLUSH && of_agent(t) && c->agent == t->agent;
    add(event, own_flush || same_process(c, t));
}

static uint32_t acc_at(int slot)
{
    return fake__path[slot / 2].acc[slot % 2];
}

/*
 * The accesses of one object that conflict with the new one, from the last
 * backwards, up to where everything earlier happens before one already found.
 */
static void add_accesses(const struct fake_tr *t, unsigned class, int slot)
{
    unsigned run = 0;
    int flusher = -1; /* past a flush: its agent's forwarded loads need not come before it */
    if (slot >= 0 && class != FAKE_WRITE && FAKE_ACC_CLASS(acc_at(slot)) == class)
        slot = other[slot / 2][slot % 2];
    for (; slot >= 0; slot = previous[slot / 2][slot % 2]) {
        const struct fake_tr *c = &fake__path[slot / 2];
        unsigned c_class = FAKE_ACC_CLASS(acc_at(slot));
        bool commutes = (c_class == class && class != FAKE_WRITE) || forwards(c, t);
        if (flusher >= 0) {
            if (c_class == FAKE_WRITE && !(c->kind == FAKE_T_FLUSH && c->agent == flusher))
                return;
            if (c_class == FAKE_READ && c->agent == flusher && !commutes)
                add_conflict(t, slot / 2);
            continue;
        }
        if (run && c_class != run && c_class != FAKE_WRITE)
            return;
        if (commutes)
            continue;
        add_conflict(t, slot / 2);
        run = c_class;
        if (c_class == FAKE_WRITE) {
            if (class == FAKE_READ || c->kind != FAKE_T_FLUSH)
                return;
            flusher = c->agent;
        }
    }
}

static void add_conflicts(const struct fake_tr *t, uint32_t acc)
{
    const struct fake_obj *o = &fake__objs[FAKE_ACC_OBJ(acc)];
    unsigned queue = FAKE_ACC_QUEUE(acc), class = FAKE_ACC_CLASS(acc);
    add_accesses(t, class, o->head[queue]);
    for (unsigned i = 0; i < o->overlaps; i++)
        add_accesses(t, class, fake__objs[o->overlapping[i]].head[queue]);
}

/* ---- races ---- */

static bool meets(const uint64_t *a, const uint64_t *b, int from, int to)
{
    for (int i = from; i < to; i++)
        if (a[i] & b[i])
            return true;
    return false;
}

/* Could the new transition be the first of those that come before `event` when the race is reversed? */
static bool new_is_initial(int event, const uint64_t *others)
{
    for (int i = 0; i < pred.n; i++) {
        int c = pred.event[i];
        if (c <= event || bit(before[c], event))
            continue;
        if (bit(others, c) || meets(before[c], others, event / 64, words_for(c)))
            return false;
    }
    return true;
}

/* The same, or the same access with another store to read. */
static bool same_step(const struct fake_tr *a, const struct fake_tr *b)
{
    bool accesses = fake__is_access(a) && fake__is_access(b);
    return accesses ? a->agent == b->agent : fake__same_tr(a, b);
}

static bool enabled(const struct fake_tr *list, int n, const struct fake_tr *t)
{
    for (int i = 0; i < n; i++)
        if (same_step(&list[i], t))
            return true;
    return false;
}

/* Whatever it can read is explored there, or has been. */
static bool covered(const struct fake_tr *list, int n, const struct fake_tr *t)
{
    for (int i = 0; i < n; i++)
        if (same_step(&list[i], t) && !(list[i].flags & (FAKE_T_SLEEP | FAKE_T_BACK)))
            return false;
    return true;
}

/*
 * The transition `now` could come before `event`: then what of the path does not
 * depend on `event`, and `now`, come first. Sees to it that one of those which can
 * start that is explored at the node of `event`.
 */
static void reverse(int event, int now)
{
    static uint64_t others[WORDS];
    int n;
    struct fake_tr *list = fake__node(event, &n);
    const struct fake_tr *first = NULL;
    memset(others, 0, (size_t)words_for(now + 1) * sizeof *others);
    for (int i = event + 1; i <= now; i++) {
        if (i == now ? !new_is_initial(event, others) : bit(before[i], event))
            continue;
        bool initial = i == now || !meets(before[i], others, event / 64, words_for(i));
        if (i < now)
            set_bit(others, i);
        const struct fake_tr *t = &fake__path[i];
        if (!initial || !enabled(list, n, t))
            continue;
        if (covered(list, n, t))
            return;
        if (!first || i == now)
            first = t;
    }
    fake__races_lost += !first;
    for (int i = 0; i < n; i++)
        if (!first || same_step(&list[i], first))
            list[i].flags |= FAKE_T_BACK;
}

/* ---- the path ---- */

static void link_accesses(const struct fake_tr *t, int event)
{
    for (int i = 0; i < 2; i++) {
        if (!t->acc[i])
            continue;
        int *head = &fake__objs[FAKE_ACC_OBJ(t->acc[i])].head[FAKE_ACC_QUEUE(t->acc[i])];
        previous[event][i] = other[event][i] = *head;
        if (*head >= 0 && FAKE_ACC_CLASS(acc_at(*head)) == FAKE_ACC_CLASS(t->acc[i]))
            other[event][i] = other[*head / 2][*head % 2];
        *head = event * 2 + i;
    }
}

void fake__order_push(int event)
{
    static uint64_t through[WORDS]; /* what happens before a predecessor */
    const struct fake_tr *t = &fake__path[event];
    int words = words_for(event);
    pred.n = 0;
    memset(pred.seen, 0, (size_t)words * sizeof *pred.seen);
    memset(through, 0, (size_t)words * sizeof *through);
    if (t->kind == FAKE_T_NOBODY)
        for (int i = 0; i < event; i++)
            add(i, true);
    else
        add_enabling(t);
    for (int i = 0; i < 2; i++)
        if (t->acc[i])
            add_conflicts(t, t->acc[i]);
    for (int i = 0; i < pred.n; i++)
        join(through, before[pred.event[i]], words_for(pred.event[i]));
    memcpy(before[event], through, (size_t)words * sizeof *through);
    join(before[event], pred.seen, words);
    for (int i = 0; i < pred.n; i++)
        if (!pred.fixed[i] && !bit(through, pred.event[i]))
            reverse(pred.event[i], event);
    link_accesses(t, event);
}

void fake__order_pop(int event)
{
    const struct fake_tr *t = &fake__path[event];
    for (int i = 1; i >= 0; i--)
        if (t->acc[i])
            fake__objs[FAKE_ACC_OBJ(t->acc[i])].head[FAKE_ACC_QUEUE(t->acc[i])] =
                previous[event][i];
}

void fake__order_reset(void)
{
    fake__races_lost = 0;
}
