/* Random walks: for programs too large to search. */
#include "internal.h"

#include <string.h>

static uint64_t state;

static unsigned below(unsigned n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)((state >> 32) * n >> 32);
}

/* Drawn anew for each walk, so that some walks are calm and some are wild. */
struct temper {
    unsigned op, other, flush, timeout, kill; /* weights */
};

static struct temper draw_temper(void)
{
    static const unsigned late[] = {1, 4, 16, 64};
    static const unsigned steady[] = {1, 1, 8, 64};
    return (struct temper){.op = 64,
                           .other = 64 / steady[below(4)],
                           .flush = late[below(4)],
                           .timeout = late[below(3)],
                           .kill = late[below(2)]};
}

static unsigned weight(const struct temper *temper, const struct fake_tr *t, int agent)
{
    switch (t->kind) {
    case FAKE_T_OP:
        return t->agent == agent ? temper->op : temper->other;
    case FAKE_T_FLUSH:
    case FAKE_T_OLDER:
        return temper->flush;
    case FAKE_T_TIMEOUT:
        return temper->timeout;
    case FAKE_T_KILL:
    case FAKE_T_SPURIOUS:
        return temper->kill;
    default:
        return 64;
    }
}

static const struct fake_tr *pick(const struct temper *temper, const struct fake_tr *list, int n,
                                  int agent)
{
    unsigned sum = 0;
    for (int i = 0; i < n; i++)
        sum += weight(temper, &list[i], agent);
    unsigned at = below(sum);
    for (int i = 0;; i++) {
        unsigned w = weight(temper, &list[i], agent);
        if (at < w)
            return &list[i];
        at -= w;
    }
}

static int walk(int max_steps)
{
    static struct fake_tr list[FAKE_ENABLED_MAX];
    struct fake_run *run = &fake__run;
    struct temper temper = draw_temper();
    int at = 0, agent = 0;
    fake__begin();
    for (; run->report->failure == FAKE_NONE && !run->ended; at++) {
        if (at == max_steps) {
            fake__failure(FAKE_LIVELOCK, "more than %d steps", max_steps);
            return at;
        }
        fake__path[at] = *pick(&temper, list, fake__enabled(list), agent);
        if (fake__is_access(&fake__path[at]))
            agent = fake__path[at].agent;
        fake__make(&fake__path[at], at);
    }
    if (run->report->failure == FAKE_NONE)
        fake__finish();
    return at;
}

void fake__walk(const struct fake_options *o, int max_steps, double until)
{
    struct fake_report *r = fake__run.report;
    uint64_t walks = o->max_executions ? o->max_executions : 10000;
    state = o->seed * 0x9e3779b97f4a7c15u + 0x2545f4914f6cdd1du;
    state |= 1;
    while (r->executions < walks && r->failure == FAKE_NONE) {
        int steps = walk(max_steps);
        r->executions++;
        r->transitions += (uint64_t)steps;
        if (steps > r->max_depth)
            r->max_depth = steps;
        if (o->max_seconds > 0 && (r->executions & 255) == 0 && fake__seconds() > until)
            return;
    }
}
