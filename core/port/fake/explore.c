/* The search: depth first over re-executions, one node for each transition of the present path. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct node {
    uint32_t first, count; /* its enabled transitions in `all` */
    uint32_t chosen;
    int spent;      /* BOUNDED, MERGED: preemptions on the way here */
    int8_t agent;   /* who moved last, -1 at the beginning */
    uint64_t state; /* MERGED, STATES: by which it is known; 0: not noted */
    double ways;    /* from here to the end, of those that were seen */
};

static struct node nodes[FAKE_DEPTH];
static int depth; /* nodes in the present path */
static struct fake_tr *all;
static uint32_t capacity;

static struct {
    enum fake_mode mode;
    int preemptions, max_steps;
    bool too_deep; /* STATES: a path was cut at max_steps */
} how;

double fake__seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

struct fake_tr *fake__node(int at, int *count)
{
    *count = (int)nodes[at].count;
    return &all[nodes[at].first];
}

static void grow(uint32_t needed)
{
    if (needed <= capacity)
        return;
    capacity = needed * 2;
    all = realloc(all, capacity * sizeof *all);
    if (!all)
        abort();
}

/* ---- which of the enabled ones to explore ---- */

/* Seen from here on in another order: what slept or was done one step before, and commutes with that step. */
static void inherit_sleep(struct fake_tr *list, uint32_t n)
{
    if (depth == 0)
        return;
    const struct node *parent = &nodes[depth - 1];
    const struct fake_tr *made = &fake__path[depth - 1];
    for (uint32_t i = 0; i < parent->count; i++) {
        const struct fake_tr *t = &all[parent->first + i];
        if (!(t->flags & (FAKE_T_SLEEP | FAKE_T_DONE)) || fake__dependent(t, made))
            continue;
        for (uint32_t j = 0; j < n; j++)
            if (fake__same_tr(&list[j], t))
                list[j].flags |= FAKE_T_SLEEP;
    }
}

/* Which process to begin with: any would do; late stores and timeouts come last. */
static int rank(const struct fake_tr *t, int agent)
{
    switch (t->kind) {
    case FAKE_T_REAP:
        return 0;
    case FAKE_T_OP:
        return t->agent == agent ? 1 : 2;
    case FAKE_T_FLUSH:
        return 3;
    default:
        return 4;
    }
}

static const struct fake_tr *first_choice(const struct fake_tr *list, uint32_t n, int agent)
{
    const struct fake_tr *best = NULL;
    for (uint32_t i = 0; i < n; i++)
        if (!(list[i].flags & (FAKE_T_OPTIONAL | FAKE_T_SLEEP)) &&
            (!best || rank(&list[i], agent) < rank(best, agent)))
            best = &list[i];
    return best;
}

/*
 * One process whose next step must happen sooner or later, with all that its
 * next step can be; races add others. Where nothing must happen (or all that
 * must is asleep), everything else. And what is early: once the stores are out it
 * comes after all that they come after, so that no race would show it.
 */
static void begin_complete(struct fake_tr *list, uint32_t n, int agent)
{
    inherit_sleep(list, n);
    const struct fake_tr *best = first_choice(list, n, agent);
    bool rest = list[n - 1].kind == FAKE_T_END || list[n - 1].kind == FAKE_T_NOBODY;
    bool flush = best && best->kind == FAKE_T_FLUSH, reap = best && best->kind == FAKE_T_REAP;
    for (uint32_t i = 0; i < n; i++) {
        struct fake_tr *t = &list[i];
        bool same =
            best && t->agent == best->agent && t->kind != FAKE_T_FLUSH && t->kind != FAKE_T_REAP;
        if (rest || !best || (flush || reap ? t == best : same) || t->flags & FAKE_T_EARLY)
            t->flags |= FAKE_T_BACK;
    }
}

/* ---- nodes ---- */

static bool choose(struct node *node)
{
    struct fake_tr *best = NULL;
    for (uint32_t i = 0; i < node->count; i++) {
        struct fake_tr *t = &all[node->first + i];
        if ((t->flags & (FAKE_T_BACK | FAKE_T_DONE | FAKE_T_SLEEP)) != FAKE_T_BACK)
            continue;
        if (!best || rank(t, node->agent) < rank(best, node->agent))
            best = t;
    }
    if (!best)
        return false;
    node->chosen = (uint32_t)(best - &all[node->first]);
    fake__path[node - nodes] = *best;
    return true;
}

/* Which of its transitions to explore; false where they leave no choice among agents. */
static bool begin_node(struct fake_tr *list, const struct node *node)
{
    switch (how.mode) {
    case FAKE_COMPLETE:
        begin_complete(list, node->count, node->agent);
        return true;
    case FAKE_STATES:
        return fake__begin_states(list, node->count);
    case FAKE_BOUNDED:
    case FAKE_MERGED:
        return fake__begin_bounded(list, node->count, node->agent, how.preemptions - node->spent);
    default:
        for (uint32_t i = 0; i < node->count; i++)
            list[i].flags |= FAKE_T_BACK;
        return true;
    }
}

static bool met_before(struct node *node)
{
    if (how.mode == FAKE_STATES)
        return fake__met(FAKE_NEVER, 0, &node->state);
    return how.mode == FAKE_MERGED && fake__met(node->agent, node->spent, &node->state);
}

static bool more_than_one(const struct node *node)
{
    int n = 0;
    for (uint32_t i = 0; i < node->count; i++)
        n += (all[node->first + i].flags & (FAKE_T_BACK | FAKE_T_SLEEP)) == FAKE_T_BACK;
    return n > 1;
}

/* A node at the end of the path; false when all that could follow has been seen. */
static bool new_node(void)
{
    struct node *node = &nodes[depth], *parent = depth ? node - 1 : NULL;
    node->first = parent ? parent->first + parent->count : 0;
    grow(node->first + FAKE_ENABLED_MAX);
    struct fake_tr *list = &all[node->first];
    node->agent = (int8_t)(parent ? fake__path[depth - 1].agent : FAKE_NEVER);
    if (parent && !fake__is_access(&fake__path[depth - 1]))
        node->agent = parent->agent;
    node->spent = parent ? parent->spent + all[parent->first + parent->chosen].cost : 0;
    node->count = (uint32_t)fake__enabled(list);
    node->state = 0;
    node->ways = 0;
    if (begin_node(list, node) && met_before(node)) {
        parent->ways += *fake__ways(node->state);
        return false;
    }
    if (!choose(node))
        return false;
    if (fake__run.merges && more_than_one(node))
        fake__keep(depth);
    depth++;
    return true;
}

static void forget_path(void)
{
    for (; depth > 0; depth--)
        if (how.mode == FAKE_COMPLETE)
            fake__order_pop(depth - 1);
}

/* The deepest node with something left; the path is cut there. */
static bool next_branch(void)
{
    while (depth > 0) {
        struct node *node = &nodes[depth - 1];
        if (how.mode == FAKE_COMPLETE)
            fake__order_pop(depth - 1);
        all[node->first + node->chosen].flags |= FAKE_T_DONE;
        if (choose(node))
            return true;
        if (node->state)
            *fake__ways(node->state) = node->ways;
        if (--depth > 0)
            nodes[depth - 1].ways += node->ways;
    }
    return false;
}

/* ---- executions ---- */

/*
 * What an unpark takes away, the timeout of whom it wakes among it, is nowhere
 * in the rest of the path, so no race would show it: explore it here.
 */
static void keep_disabled(const struct node *node)
{
    const struct fake_tr *made = &all[node->first + node->chosen];
    if (made->kind != FAKE_T_OP || made->acc[1] || !FAKE_ACC_QUEUE(made->acc[0]) ||
        FAKE_ACC_CLASS(made->acc[0]) != FAKE_WRITE)
        return;
    for (uint32_t i = 0; i < node->count; i++) {
        struct fake_tr *t = &all[node->first + i];
        if (fake__agents[t->agent].waker == (int)(node - nodes) && t->kind != FAKE_T_FLUSH &&
            t->agent != made->agent)
            t->flags |= FAKE_T_BACK;
    }
}

static void step(int at)
{
    if (how.mode == FAKE_COMPLETE)
        fake__order_push(at);
    fake__run.inline_end = 0;
    fake__make(&fake__path[at], at);
    if (how.mode == FAKE_COMPLETE)
        keep_disabled(&nodes[at]);
}

static void replay_prefix(int end)
{
    struct fake_run *run = &fake__run;
    run->inline_end = end;
    while (run->at + 1 < end)
        fake__make(&fake__path[run->at + 1], run->at + 1);
}

/* False when it was cut short as redundant. */
static bool execute(void)
{
    struct fake_run *run = &fake__run;
    if (!fake__go_back(depth - 1))
        fake__begin();
    if (depth > 0) {
        replay_prefix(depth - 1);
        step(depth - 1);
    }
    while (run->report->failure == FAKE_NONE && !run->ended) {
        if (depth == how.max_steps && how.mode == FAKE_STATES) {
            how.too_deep = true; /* from state to state, without one met twice: no livelock yet */
            return false;
        }
        if (depth == how.max_steps) {
            fake__failure(FAKE_LIVELOCK, "more than %d steps", how.max_steps);
            return true;
        }
        if (!new_node())
            return false;
        step(depth - 1);
    }
    if (run->ended)
        nodes[depth - 1].ways++;
    if (run->report->failure == FAKE_NONE)
        fake__finish();
    return true;
}

static bool past(const struct fake_options *o, const struct fake_report *r, double until)
{
    if (o->max_executions && r->executions >= o->max_executions)
        return true;
    return o->max_seconds > 0 && (r->executions & 255) == 0 && fake__seconds() > until;
}

/* Where it switched may have been too few places. */
static void begin_again(struct fake_report *r)
{
    fake__merge_reset();
    fake__forget_kept();
    depth = 0;
    how.too_deep = false;
    r->executions = r->redundant = r->transitions = 0;
}

static int search(const struct fake_options *o, double until)
{
    struct fake_report *r = fake__run.report;
    depth = 0;
    for (;;) {
        bool whole = execute();
        if (fake__run.again && r->failure == FAKE_NONE) {
            fake__run.again = false;
            forget_path();
            continue;
        }
        r->executions++;
        r->redundant += !whole;
        r->transitions += (uint64_t)depth;
        if (depth > r->max_depth)
            r->max_depth = depth;
        if (r->failure != FAKE_NONE)
            return 1;
        if (fake__run.grew) {
            begin_again(r);
            continue;
        }
        if (!next_branch()) {
            r->ways = how.too_deep || how.mode == FAKE_MERGED ? 0 : nodes[0].ways;
            return how.too_deep ? 2 : 0;
        }
        if (past(o, r, until))
            return 2;
    }
}

void fake__init_run(const struct fake_program *p, struct fake_report *r)
{
    struct fake_run *run = &fake__run;
    memset(r, 0, sizeof *r);
    run->prog = p;
    run->report = r;
    run->agents = p->agents;
    run->trace = NULL;
    run->at = FAKE_NEVER;
    fake__objs_reset();
    fake__order_reset();
}

int fake_explore(const struct fake_program *p, const struct fake_options *o, struct fake_report *r)
{
    static struct fake_report own;
    static const struct fake_options complete;
    r = r ? r : &own;
    o = o ? o : &complete;
    double start = fake__seconds();
    fake__init_run(p, r);
    how.mode = o->mode;
    how.too_deep = false;
    fake__run.merges = o->mode == FAKE_MERGED || o->mode == FAKE_STATES;
    fake__merge_reset();
    fake__forget_base();
    how.preemptions = o->preemptions;
    how.max_steps = o->max_steps > 0 && o->max_steps < FAKE_DEPTH ? o->max_steps : 2000;
    int result = 2;
    if (fake__run.merges && p->stale != 0)
        fake__failure(FAKE_MISUSE, "a merged state does not know what may still be read in it");
    else if (fake__run.merges && (!p->memory || !fake__fiber_bytes(fake__fiber(0))))
        fake__failure(FAKE_MISUSE,
                      "states are merged where the memory is given, and stacks can be kept");
    else if (o->mode == FAKE_RANDOM)
        fake__walk(o, how.max_steps, start + o->max_seconds);
    else
        result = search(o, start + o->max_seconds);
    fake__run.merges = false; /* what is told of the schedule is told step by step */
    r->states = fake__states();
    r->seconds = fake__seconds() - start;
    fake__run.report = NULL;
    if (r->failure != FAKE_NONE) {
        result = 1;
        fake__write_schedule(p, fake__run.at + 1, r, !o->quiet);
    }
    fake__run.prog = NULL;
    return result;
}
