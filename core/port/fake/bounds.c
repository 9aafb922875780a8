/* Which of the enabled transitions to explore: with few preemptions, or whatever makes a difference between states. */
#include "internal.h"

/* A switch is forced, thus free, when the agent that moved last cannot go on. */
static int preemption_cost(const struct fake_tr *t, const struct fake_tr *list, uint32_t n,
                           int agent)
{
    bool can_go_on = false, others = false, oldest_flush = t->kind == FAKE_T_FLUSH;
    for (uint32_t i = 0; i < n; i++) {
        can_go_on |= list[i].kind == FAKE_T_OP && list[i].agent == agent;
        others |= list[i].kind != FAKE_T_TIMEOUT && !(list[i].flags & FAKE_T_OPTIONAL);
        if (&list[i] < t && list[i].kind == FAKE_T_FLUSH && list[i].agent == t->agent)
            oldest_flush = false;
    }
    switch (t->kind) {
    case FAKE_T_OP:
    case FAKE_T_OLDER:
        return can_go_on && t->agent != agent;
    case FAKE_T_FLUSH:
        return can_go_on || !oldest_flush;
    case FAKE_T_TIMEOUT:
        return others;
    case FAKE_T_KILL:
    case FAKE_T_SPURIOUS:
        return 1;
    default:
        return 0;
    }
}

/* The agent that moved last can go on, and whoever else may go first may as well go after that. */
static bool stays(const struct fake_tr *list, uint32_t n, int agent)
{
    if (!fake__run.merges || !fake__run.prog->prompt)
        return false;
    for (uint32_t i = 0; i < n; i++)
        if (list[i].kind == FAKE_T_OP && list[i].agent == agent)
            return fake__private(&fake__agents[agent]);
    return false;
}

bool fake__begin_bounded(struct fake_tr *list, uint32_t n, int agent, int left)
{
    bool no_switch = stays(list, n, agent);
    for (uint32_t i = 0; i < n; i++) {
        if (no_switch && list[i].kind == FAKE_T_OP && list[i].agent != agent)
            continue;
        list[i].cost = (uint8_t)preemption_cost(&list[i], list, n, agent);
        if (list[i].cost <= left)
            list[i].flags |= FAKE_T_BACK;
    }
    return !no_switch;
}

/* What meets nobody else's accesses: a store that comes to memory, or an access; whatever else there is may as well come after it. */
static struct fake_tr *private_one(struct fake_tr *list, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (list[i].kind == FAKE_T_FLUSH && fake__private_flush(&list[i]))
            return &list[i];
    for (uint32_t i = 0; i < n; i++)
        if (list[i].kind == FAKE_T_OP && fake__private(&fake__agents[list[i].agent]))
            return &list[i];
    return NULL;
}

/* Its next access is there. A store that it will have pending is not one yet. */
static bool looks(const struct fake_agent *other, int obj)
{
    const struct fake_op *op = &other->op;
    bool pending = op->verb == FAKE_STORE && op->order != FAKE_SEQ;
    bool memory = op->verb <= FAKE_COPY_OUT || op->verb == FAKE_PARK;
    return other->state == FAKE_READY && memory && !pending &&
           fake__overlap((uint32_t)op->obj, (uint32_t)obj);
}

/* Another agent's next access is there, or it has a store pending there too. */
static bool seen(int agent, int obj)
{
    for (int i = 0; i < fake__run.agents; i++) {
        const struct fake_agent *other = &fake__agents[i];
        bool sees = i != agent && looks(other, obj);
        for (int j = 0; j < other->buffered && i != agent && !sees; j++)
            sees = fake__overlap((uint32_t)other->buffer[j].obj, (uint32_t)obj);
        if (sees)
            return true;
    }
    return false;
}

/* Nothing goes on before the agent's stores are in memory: itself, or who waits for a release of its. */
static bool held_up(const struct fake_agent *a)
{
    bool held = a->state == FAKE_KILLED || (a->state == FAKE_READY && fake__needs_drain(a));
    for (int i = 1; i < a->buffered && !held; i++)
        held = a->buffer[i].release && seen(a->index, a->buffer[i].obj);
    return held;
}

static bool oldest(const struct fake_tr *t)
{
    return t->kind == FAKE_T_FLUSH && fake__agents[t->agent].buffer[0].obj == (int)t->arg;
}

/* A copy waits for those of its agent's stores alone that it overlaps. */
static bool copies(const struct fake_agent *a)
{
    return a->state == FAKE_READY && (a->op.verb == FAKE_COPY_IN || a->op.verb == FAKE_COPY_OUT);
}

static bool copied(const struct fake_agent *a, int obj)
{
    return copies(a) && fake__overlap((uint32_t)a->op.obj, (uint32_t)obj);
}

/* Whose stores come to memory one after the other, since they hold up and nobody sees them: nothing else comes in between. */
static struct fake_tr *next_of_row(struct fake_tr *list, uint32_t n)
{
    const struct fake_tr *last = fake__run.at >= 0 ? &fake__path[fake__run.at] : NULL;
    if (!last || !(last->flags & FAKE_T_ROW))
        return NULL;
    for (uint32_t i = 0; i < n; i++)
        if (list[i].agent == last->agent && oldest(&list[i]) &&
            !seen(last->agent, (int)list[i].arg))
            return &list[i];
    return NULL;
}

/* The stores: each as late as makes a difference. That is just before somebody looks there, or where it holds up, and then as the oldest. */
static void flush_late(struct fake_tr *list, uint32_t n)
{
    bool rest = true;
    for (uint32_t i = 0; i < n; i++)
        rest &= list[i].kind == FAKE_T_FLUSH || list[i].flags & FAKE_T_OPTIONAL;
    for (uint32_t i = 0; i < n; i++) {
        struct fake_tr *t = &list[i];
        const struct fake_agent *a = &fake__agents[t->agent];
        if (t->kind != FAKE_T_FLUSH || seen(t->agent, (int)t->arg) || copied(a, (int)t->arg))
            t->flags |= FAKE_T_BACK;
        else if (oldest(t) && (rest || held_up(a)))
            t->flags |= FAKE_T_BACK | (copies(a) ? 0 : FAKE_T_ROW);
    }
}

bool fake__begin_states(struct fake_tr *list, uint32_t n)
{
    struct fake_tr *row = next_of_row(list, n), *one = row ? row : private_one(list, n);
    if (!one) {
        flush_late(list, n);
        return true;
    }
    one->flags |= FAKE_T_BACK | (row ? FAKE_T_ROW : 0);
    for (uint32_t i = 0; i < n && one->kind == FAKE_T_OP; i++)
        if (list[i].kind == FAKE_T_KILL && list[i].agent == one->agent)
            list[i].flags |= FAKE_T_BACK;
    return false;
}
