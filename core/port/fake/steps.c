/* Which transitions are enabled, and making one. */
#include "internal.h"

#include <string.h>

struct fake_tr fake__path[FAKE_DEPTH];

/* ---- enabled transitions ---- */

static struct fake_tr *put(struct fake_tr *t, enum fake_kind kind, const struct fake_agent *a,
                           uint32_t arg, unsigned flags)
{
    t->kind = (uint8_t)kind;
    t->agent = (uint8_t)a->index;
    t->flags = (uint8_t)flags;
    t->cost = 0;
    t->arg = arg;
    t->acc[0] = t->acc[1] = 0;
    return t;
}

static void touch(struct fake_tr *t, int obj, bool queue, enum fake_class class)
{
    t->acc[t->acc[0] != 0] = FAKE_ACC(obj, queue, class);
}

static bool op_enabled(const struct fake_agent *a)
{
    if (a->op.verb == FAKE_WAIT_DEAD)
        return fake__agents[a->op.a].reaped;
    return !a->buffered || !fake__needs_drain(a);
}

/* What the pending access would touch if it were made now. */
static void footprint(struct fake_tr *t, const struct fake_agent *a)
{
    const struct fake_op *op = &a->op;
    switch (op->verb) {
    case FAKE_LOAD:
    case FAKE_COPY_OUT:
        touch(t, op->obj, false, FAKE_READ);
        break;
    case FAKE_STORE:
        if (op->order == FAKE_SEQ || fake__run.prog->prompt)
            touch(t, op->obj, false, FAKE_WRITE);
        break;
    case FAKE_CAS:
        touch(t, op->obj, false,
              t->kind == FAKE_T_OP && fake__op_succeeds(op) ? FAKE_WRITE : FAKE_READ);
        break;
    case FAKE_PARK:
        touch(t, op->obj, false, FAKE_READ);
        touch(t, op->obj, true, FAKE_ADDS); /* asleep or not: another order may decide otherwise */
        break;
    case FAKE_UNPARK:
        touch(t, op->obj, true, fake__obj_now(op->obj)->sleepers ? FAKE_WRITE : FAKE_READ);
        break;
    case FAKE_NOW:
        touch(t, FAKE_OBJ_CLOCK, false, FAKE_READ);
        break;
    case FAKE_WAIT_DEAD:
    case FAKE_IS_DEAD:
        touch(t, FAKE_OBJ_DEATH + (int)op->a, false, FAKE_READ);
        break;
    case FAKE_CHOOSE:
    case FAKE_EXIT:
        break;
    default:
        touch(t, op->obj, false, FAKE_WRITE);
        break;
    }
}

/* For sparse_kills: may the access itself change what others see? Must not depend on the memory. */
static bool changes(const struct fake_op *op)
{
    switch (op->verb) {
    case FAKE_LOAD:
    case FAKE_COPY_OUT:
    case FAKE_NOW:
    case FAKE_WAIT_DEAD:
    case FAKE_IS_DEAD:
        return false;
    default:
        return true;
    }
}

bool fake__killable(const struct fake_agent *a)
{
    const struct fake_program *p = fake__run.prog;
    if (!(p->killable_mask >> a->index & 1) || fake__run.kills >= p->deaths)
        return false;
    return !p->sparse_kills || (a->state == FAKE_READY && changes(&a->op));
}

static int enabled_older(const struct fake_agent *a, struct fake_tr *out)
{
    uint32_t ages[FAKE_BUFFER];
    int n = fake__past_older(a, ages);
    unsigned flags = op_enabled(a) ? 0 : FAKE_T_EARLY;
    for (int i = 0; i < n; i++)
        footprint(put(&out[i], FAKE_T_OLDER, a, ages[i], flags), a);
    return n;
}

static int enabled_ready(const struct fake_agent *a, struct fake_tr *out)
{
    int n = 0;
    if (op_enabled(a)) {
        footprint(put(&out[n++], FAKE_T_OP, a, 0, 0), a);
    }
    n += enabled_older(a, out + n);
    if (fake__killable(a))
        put(&out[n++], FAKE_T_KILL, a, 0, FAKE_T_OPTIONAL);
    return n;
}

static int enabled_parked(const struct fake_agent *a, struct fake_tr *out)
{
    int n = 0;
    if ((int64_t)a->op.b != PORT_FOREVER) {
        struct fake_tr *t = put(&out[n++], FAKE_T_TIMEOUT, a, 0, 0);
        touch(t, a->op.obj, true, FAKE_ADDS);
        touch(t, FAKE_OBJ_CLOCK, false, FAKE_ADDS);
    }
    if (fake__run.spurious < fake__run.prog->spurious) {
        touch(put(&out[n++], FAKE_T_SPURIOUS, a, 0, FAKE_T_OPTIONAL), a->op.obj, true, FAKE_ADDS);
    }
    if (fake__killable(a)) {
        touch(put(&out[n++], FAKE_T_KILL, a, 0, FAKE_T_OPTIONAL), a->op.obj, true, FAKE_ADDS);
    }
    return n;
}

static void list_flushes(struct fake_agent *a)
{
    static uint32_t stamp;
    stamp++;
    a->flushable = 0;
    a->flushable_stale = false;
    for (int i = 0; i < a->buffered; i++) {
        const struct fake_store *s = &a->buffer[i];
        bool oldest = fake__objs[s->obj].stamp != stamp;
        fake__objs[s->obj].stamp = stamp;
        if (!oldest || (s->release && i > 0))
            continue;
        touch(put(&a->flush[a->flushable++], FAKE_T_FLUSH, a, (uint32_t)s->obj, 0), s->obj, false,
              FAKE_WRITE);
    }
}

static int enabled_flushes(struct fake_agent *a, struct fake_tr *out)
{
    if (a->flushable_stale)
        list_flushes(a);
    memcpy(out, a->flush, (unsigned)a->flushable * sizeof *out);
    return a->flushable;
}

/* Everything else stands still: whoever waits for a death learns that none comes; else it is over. */
static int enabled_at_rest(struct fake_tr *out)
{
    int n = 0;
    for (int i = 0; i < fake__run.agents; i++)
        if (fake__agents[i].state == FAKE_READY && fake__agents[i].op.verb == FAKE_WAIT_DEAD)
            put(&out[n++], FAKE_T_NOBODY, &fake__agents[i], 0, 0);
    if (!n)
        put(&out[n++], FAKE_T_END, &fake__agents[0], 0, FAKE_T_OPTIONAL);
    return n;
}

/* fake_choose is nobody else's business: it is made at once. */
static int enabled_choice(struct fake_tr *out)
{
    for (int i = 0; i < fake__run.agents; i++) {
        const struct fake_agent *a = &fake__agents[i];
        if (a->state != FAKE_READY || a->op.verb != FAKE_CHOOSE)
            continue;
        int branches = (int)a->op.a < FAKE_BUFFER ? (int)a->op.a : FAKE_BUFFER;
        for (int b = 0; b < branches; b++)
            put(&out[b], FAKE_T_OP, a, (uint32_t)b + 1, 0);
        return branches;
    }
    return 0;
}

int fake__enabled(struct fake_tr *out)
{
    int n = enabled_choice(out);
    if (n)
        return n;
    for (int i = 0; i < fake__run.agents; i++) {
        struct fake_agent *a = &fake__agents[i];
        if (a->state == FAKE_READY)
            n += enabled_ready(a, out + n);
        else if (a->state == FAKE_PARKED)
            n += enabled_parked(a, out + n);
        else if (a->state == FAKE_KILLED && !a->reaped && !a->buffered) {
            touch(put(&out[n++], FAKE_T_REAP, a, 0, 0), FAKE_OBJ_DEATH + i, false, FAKE_WRITE);
        }
        if (a->buffered)
            n += enabled_flushes(a, out + n);
    }
    for (int i = 0; i < n; i++)
        if (!(out[i].flags & FAKE_T_OPTIONAL))
            return n;
    return n + enabled_at_rest(out + n);
}

/* ---- making one ---- */

/* Lets the agent's own code run up to its next access. */
void fake__advance(struct fake_agent *a)
{
    if (fake__run.report->failure != FAKE_NONE)
        return;
    fake__run.current = a;
    fake__fiber_enter(a->fiber);
    fake__run.current = NULL;
}

static void wake_up(struct fake_agent *a, bool result, int at)
{
    fake__unqueue(a);
    a->state = FAKE_READY;
    a->result = result;
    a->last = at;
}

static void make_op(const struct fake_tr *t, struct fake_agent *a)
{
    bool older = t->kind == FAKE_T_OLDER;
    a->result = t->arg ? t->arg - 1 : 0;
    a->age = older ? (int)t->arg : FAKE_NEVER;
    fake__run.stale += older;
    fake__perform(a);
}

static void make_other(const struct fake_tr *t, struct fake_agent *a, int at)
{
    switch (t->kind) {
    case FAKE_T_FLUSH:
        fake__flush(a, (int)t->arg);
        break;
    case FAKE_T_TIMEOUT:
        wake_up(a, false, at);
        if (fake__run.clock < (int64_t)a->op.b)
            fake__run.clock = (int64_t)a->op.b;
        break;
    case FAKE_T_SPURIOUS:
        wake_up(a, true, at);
        fake__run.spurious++;
        break;
    case FAKE_T_KILL:
        if (a->state == FAKE_PARKED)
            fake__unqueue(a);
        a->state = FAKE_KILLED;
        a->last = at;
        fake__run.kills++;
        break;
    case FAKE_T_REAP:
        a->reaped = true;
        a->reap = at;
        break;
    case FAKE_T_NOBODY:
        a->result = false;
        a->last = fake__run.nobody = at;
        break;
    default:
        fake__run.ended = true;
        break;
    }
}

static bool goes_on(const struct fake_tr *t, const struct fake_agent *a)
{
    return t->kind != FAKE_T_FLUSH && t->kind != FAKE_T_REAP && t->kind != FAKE_T_END &&
           a->state == FAKE_READY;
}

void fake__make(const struct fake_tr *t, int at)
{
    struct fake_run *run = &fake__run;
    struct fake_agent *a = &fake__agents[t->agent];
    run->at = at;
    if (run->trace)
        fake__trace(t, a, true);
    if (fake__is_access(t))
        make_op(t, a);
    else
        make_other(t, a, at);
    if (run->trace)
        fake__trace(t, a, false);
    if (goes_on(t, a))
        fake__advance(a);
    while (run->woken) {
        int i = __builtin_ctz(run->woken);
        run->woken &= run->woken - 1;
        fake__advance(&fake__agents[i]);
    }
}

bool fake__run_inline(struct fake_agent *a)
{
    struct fake_run *run = &fake__run;
    while (run->at + 1 < run->inline_end && !run->woken && !run->trace) {
        const struct fake_tr *t = &fake__path[run->at + 1];
        if (t->kind == FAKE_T_FLUSH) {
            run->at++;
            fake__flush(&fake__agents[t->agent], (int)t->arg);
        } else if (fake__is_access(t) && t->agent == a->index) {
            run->at++;
            make_op(t, a);
            return a->state == FAKE_READY;
        } else {
            return false;
        }
    }
    return false;
}
