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
static const struct fake_tr *private_one(const struct fake_tr *list, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (list[i].kind == FAKE_T_FLUSH && fake__private_flush(&list[i]))
            return &list[i];
    for (uint32_t i = 0; i < n; i++)
        if (list[i].kind == FAKE_T_OP && fake__private(&fake__agents[list[i].agent]))
            return &list[i];
    return NULL;
}

bool fake__begin_states(struct fake_tr *list, uint32_t n)
{
    const struct fake_tr *one = private_one(list, n);
    for (uint32_t i = 0; i < n; i++) {
        bool dies = one && one->kind == FAKE_T_OP && list[i].kind == FAKE_T_KILL &&
                    list[i].agent == one->agent;
        if (!one || &list[i] == one || dies)
            list[i].flags |= FAKE_T_BACK;
    }
    return !one;
}
