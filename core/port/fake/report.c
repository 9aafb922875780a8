/* Schedules as text, and traces: what each step of one did. */
#include "internal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 120 };

static struct {
    int n;
    char (*line)[LINE];
    const void **site;
    char flushed[40];
} trace;

static const char kinds[] = {
    [FAKE_T_FLUSH] = 'f', [FAKE_T_TIMEOUT] = 't', [FAKE_T_SPURIOUS] = 's', [FAKE_T_KILL] = 'k',
    [FAKE_T_REAP] = 'r',  [FAKE_T_NOBODY] = 'n',  [FAKE_T_END] = 'e',      [FAKE_T_OLDER] = 'o',
};

/* ---- traces ---- */

static const char *verb_name(const struct fake_op *op)
{
    static const char *const names[] = {
        [FAKE_LOAD] = "load",         [FAKE_STORE] = "store",
        [FAKE_CAS] = "cas",           [FAKE_XCHG] = "xchg",
        [FAKE_ADD] = "add",           [FAKE_OR] = "or",
        [FAKE_AND] = "and",           [FAKE_COPY_IN] = "copy_in",
        [FAKE_COPY_OUT] = "copy_out", [FAKE_PARK] = "park",
        [FAKE_UNPARK] = "unpark",     [FAKE_NOW] = "now_ns",
        [FAKE_CHOOSE] = "choose",     [FAKE_WAIT_DEAD] = "wait_dead",
        [FAKE_IS_DEAD] = "is_dead",   [FAKE_EXIT] = "returns",
    };
    return names[op->verb];
}

static void describe_op(const struct fake_agent *a, char *out, size_t size)
{
    static const char *const orders[] = {"relaxed", "acquire", "release", "acqrel", "seq"};
    const struct fake_op *op = &a->op;
    char name[32], where[32] = "";
    bool ordered = op->verb <= FAKE_AND;
    snprintf(name, sizeof name, "%s%s%s%s", verb_name(op), ordered && op->bytes == 8 ? "64" : "",
             ordered ? "_" : "", ordered ? orders[op->order] : "");
    if (op->word)
        snprintf(where, sizeof where, "+%#lx",
                 (unsigned long)((uintptr_t)op->word - (uintptr_t)fake__run.prog->base));
    unsigned long long p = op->a, q = op->b, r = a->result;
    switch (op->verb) {
    case FAKE_STORE:
        snprintf(out, size, "%-14s %s = %#llx%s", name, where, p,
                 op->order == FAKE_SEQ ? "" : "  (buffered)");
        break;
    case FAKE_CAS:
        snprintf(out, size, "%-14s %s: %#llx -> %#llx  %s", name, where, p, q,
                 r ? "done" : "FAILS");
        break;
    case FAKE_PARK:
        snprintf(out, size, "%-14s %s while %#llx  %s", name, where, p,
                 a->state == FAKE_PARKED ? "sleeps" : "does not sleep");
        break;
    case FAKE_COPY_IN:
    case FAKE_COPY_OUT:
        snprintf(out, size, "%-14s %s, %u bytes", name, where, op->bytes);
        break;
    case FAKE_UNPARK:
        snprintf(out, size, "%-14s %s", name, where);
        break;
    case FAKE_LOAD:
        snprintf(out, size, "%-14s %s -> %#llx%s", name, where, r, a->age > 0 ? "  (stale)" : "");
        break;
    case FAKE_XCHG:
    case FAKE_ADD:
    case FAKE_OR:
    case FAKE_AND:
        snprintf(out, size, "%-14s %s, %#llx; was %#llx", name, where, p, r);
        break;
    default:
        snprintf(out, size, "%-14s -> %lld", name, (long long)r);
        break;
    }
}

static void note_flushed(const struct fake_tr *t, const struct fake_agent *a)
{
    for (int i = 0; i < a->buffered; i++)
        if (a->buffer[i].obj == (int)t->arg) {
            snprintf(trace.flushed, sizeof trace.flushed, "+%#lx = %#llx",
                     (unsigned long)(fake__objs[t->arg].addr - (uintptr_t)fake__run.prog->base),
                     (unsigned long long)a->buffer[i].value);
            return;
        }
}

void fake__trace(const struct fake_tr *t, const struct fake_agent *a, bool before)
{
    static const char *const others[] = {
        [FAKE_T_TIMEOUT] = "  its park ends: the deadline",
        [FAKE_T_SPURIOUS] = "  its park ends for no reason",
        [FAKE_T_KILL] = "  KILLED",
        [FAKE_T_REAP] = "  (its death can be known)",
        [FAKE_T_NOBODY] = "  its wait_dead ends: nobody can die any more",
        [FAKE_T_END] = "",
    };
    if (before) {
        if (t->kind == FAKE_T_FLUSH)
            note_flushed(t, a);
        return;
    }
    if (t->kind == FAKE_T_END || trace.n == FAKE_DEPTH)
        return;
    char what[90];
    if (fake__is_access(t))
        describe_op(a, what, sizeof what);
    else if (t->kind == FAKE_T_FLUSH)
        snprintf(what, sizeof what, "  its store reaches memory: %s", trace.flushed);
    else
        snprintf(what, sizeof what, "%s", others[t->kind]);
    trace.site[trace.n] = fake__is_access(t) ? a->op.site : NULL;
    snprintf(trace.line[trace.n++], LINE, "%4d  agent %d  %s", fake__run.at, t->agent, what);
}

static void begin_trace(void)
{
    memset(&trace, 0, sizeof trace);
    trace.line = calloc(FAKE_DEPTH, LINE);
    trace.site = calloc(FAKE_DEPTH, sizeof *trace.site);
    if (!trace.line || !trace.site)
        abort();
    fake__run.trace = stderr;
}

static void end_trace(void)
{
    char(*text)[FAKE_SITE_TEXT] = calloc((size_t)trace.n + 1, sizeof *text);
    if (text)
        fake__sites(trace.site, text, trace.n);
    for (int i = 0; i < trace.n; i++)
        fprintf(stderr, "%-70s %s\n", trace.line[i], text && trace.site[i] ? text[i] : "");
    free(text);
    free(trace.line);
    free(trace.site);
    fake__run.trace = NULL;
}

/* ---- schedules ---- */

static size_t append(char *out, size_t used, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = used < size ? vsnprintf(out + used, size - used, format, args) : 0;
    va_end(args);
    return used + (size_t)n;
}

static int place_in_buffer(const struct fake_tr *t)
{
    const struct fake_agent *a = &fake__agents[t->agent];
    int i = 0;
    while (i < a->buffered && a->buffer[i].obj != (int)t->arg)
        i++;
    return i;
}

static bool plain_op(const struct fake_tr *t)
{
    return t->kind == FAKE_T_OP && !t->arg;
}

/* How many steps of one agent in a row begin here. */
static int run_length(int at, int steps)
{
    int n = 1;
    while (plain_op(&fake__path[at]) && at + n < steps && plain_op(&fake__path[at + n]) &&
           fake__path[at + n].agent == fake__path[at].agent)
        n++;
    return n;
}

static size_t append_step(char *out, size_t used, size_t size, int at, int n)
{
    const struct fake_tr *t = &fake__path[at];
    const char *gap = used ? " " : "";
    if (n > 1)
        return append(out, used, size, "%s%d*%d", gap, t->agent, n);
    if (plain_op(t))
        return append(out, used, size, "%s%d", gap, t->agent);
    if (t->kind == FAKE_T_OP)
        return append(out, used, size, "%sc%u", gap, t->arg - 1);
    if (t->kind == FAKE_T_FLUSH)
        return append(out, used, size, "%sf%d:%d", gap, t->agent, place_in_buffer(t));
    if (t->kind == FAKE_T_OLDER)
        return append(out, used, size, "%so%d:%u", gap, t->agent, t->arg);
    return append(out, used, size, "%s%c%d", gap, kinds[t->kind], t->agent);
}

/* None is cut: few steps take more than "f3:15 ". */
_Static_assert(sizeof((struct fake_report){0}.schedule) >= (size_t)8 * FAKE_DEPTH, "schedule");

/* Repeats the path of a failure, to write it down and, perhaps, to print what it did. */
void fake__write_schedule(const struct fake_program *p, int steps, struct fake_report *r,
                          bool print)
{
    static struct fake_report again;
    size_t used = 0;
    memset(&again, 0, sizeof again);
    fake__run.prog = p;
    fake__run.report = &again;
    if (print)
        begin_trace();
    fake__begin();
    for (int at = 0, n; at < steps; at += n) {
        n = run_length(at, steps);
        used = append_step(r->schedule, used, sizeof r->schedule, at, n);
        for (int i = at; i < at + n && again.failure == FAKE_NONE; i++)
            fake__make(&fake__path[i], i);
    }
    fake__run.report = NULL;
    if (!print)
        return;
    fprintf(stderr, "%s: FAILED: %s\n", p->name, r->message);
    end_trace();
    fprintf(stderr, "schedule: %s\n", r->schedule);
}

static bool parse(const char **text, struct fake_tr *t, int *repeat)
{
    char *end;
    const char *s = *text + strspn(*text, " \n");
    const char *kind = *s ? memchr(kinds, *s, sizeof kinds) : NULL;
    memset(t, 0, sizeof *t);
    *repeat = 1;
    if (!*s)
        return false;
    if (kind)
        t->kind = (uint8_t)(kind - kinds);
    bool branch = *s == 'c';
    unsigned long n = strtoul(s + (kind || branch), &end, 10);
    if (branch)
        t->arg = (uint32_t)n + 1;
    else
        t->agent = (uint8_t)n;
    if (*end == '*')
        *repeat = (int)strtoul(end + 1, &end, 10);
    if (*end == ':') {
        unsigned long i = strtoul(end + 1, &end, 10);
        const struct fake_agent *a = &fake__agents[n % FAKE_MAX_AGENTS];
        t->arg = (uint32_t)i;
        if (t->kind == FAKE_T_FLUSH)
            t->arg = i < (unsigned long)a->buffered ? (uint32_t)a->buffer[i].obj : 0;
    }
    *text = end;
    return true;
}

static bool step(const struct fake_tr *wanted, int at)
{
    static struct fake_tr list[FAKE_ENABLED_MAX];
    int n = fake__enabled(list);
    for (int i = 0; i < n; i++) {
        bool same = wanted->kind == list[i].kind && wanted->arg == list[i].arg;
        if (!same ||
            (wanted->agent != list[i].agent && !(wanted->kind == FAKE_T_OP && wanted->arg)))
            continue;
        fake__path[at] = list[i];
        fake__make(&fake__path[at], at);
        return true;
    }
    fprintf(stderr, "fake port: step %d of the schedule does not fit the program\n", at);
    return false;
}

int fake_replay(const struct fake_program *p, const char *schedule)
{
    static struct fake_report report;
    struct fake_tr t;
    int repeat, at = 0;
    bool fits = true;
    fake__init_run(p, &report);
    begin_trace();
    fake__begin();
    while (fits && report.failure == FAKE_NONE && at < FAKE_DEPTH && parse(&schedule, &t, &repeat))
        for (; fits && repeat > 0 && report.failure == FAKE_NONE && at < FAKE_DEPTH; repeat--)
            fits = step(&t, at++);
    if (fits && fake__run.ended && report.failure == FAKE_NONE)
        fake__finish();
    fake__run.report = NULL;
    fake__run.prog = NULL;
    if (report.failure != FAKE_NONE)
        fprintf(stderr, "%s: FAILED: %s\n", p->name, report.message);
    fake__run.prog = p;
    end_trace();
    fake__run.prog = NULL;
    return report.failure != FAKE_NONE;
}

void fake__check_deadlock(void)
{
    const struct fake_run *run = &fake__run;
    char who[160] = "";
    size_t used = 0;
    for (int i = 0; i < run->agents; i++) {
        const struct fake_agent *a = &fake__agents[i];
        if (a->state != FAKE_PARKED || run->prog->may_park_mask >> i & 1 || used > sizeof who - 50)
            continue;
        used +=
            (size_t)snprintf(who + used, sizeof who - used, "; agent %d is parked on +%#lx", i,
                             (unsigned long)((uintptr_t)a->op.word - (uintptr_t)run->prog->base));
    }
    if (used)
        fake__failure(FAKE_DEADLOCK, "deadlock%s", who);
}
