/* The machine's other half: sleeping, time, death; and what the verbs call. */
#include "internal.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* fake_run_dying: one function on a fiber of its own. */
static struct {
    bool on;
    bool before; /* it dies before its next store, not after the last */
    bool dead, failed;
    unsigned stores, last;
    void (*fn)(void *);
    void *ctx;
    struct fake_fiber *fiber;
    void (*tell)(const void *word, bool copies);
} dying;

/* ---- accesses by agents ---- */

static void park(struct fake_agent *a)
{
    a->result = true;
    fake__past_read(a, 0);
    if (!fake__op_succeeds(&a->op))
        return;
    fake__obj_now(a->op.obj)->sleepers |= (uint8_t)(1u << a->index);
    a->state = FAKE_PARKED;
}

void fake__unqueue(struct fake_agent *a)
{
    fake__obj_now(a->op.obj)->sleepers &= (uint8_t) ~(1u << a->index);
}

static void unpark(int obj)
{
    struct fake_obj *o = fake__obj_now(obj);
    for (int i = 0; i < fake__run.agents; i++)
        if (o->sleepers >> i & 1) {
            fake__agents[i].state = FAKE_READY;
            fake__agents[i].waker = fake__run.at;
            fake__agents[i].result = true;
            fake__run.woken |= 1u << i;
        }
    o->sleepers = 0;
}

static void learn_death(struct fake_agent *a)
{
    const struct fake_agent *other = &fake__agents[a->op.a];
    a->result = other->reaped;
    if (other->reaped)
        fake__vc_join(&a->vc, &other->vc);
}

void fake__perform(struct fake_agent *a)
{
    /* The buffer is empty, all its flushes are known to come before: no need to remember them. */
    if (a->age == FAKE_NEVER && fake__needs_drain(a))
        a->flushes = 0;
    if (fake__run.merges)
        fake__use(a);
    switch (a->op.verb) {
    case FAKE_PARK:
        park(a);
        break;
    case FAKE_UNPARK:
        unpark(a->op.obj);
        break;
    case FAKE_NOW:
        a->result = (uint64_t)fake__run.clock;
        break;
    case FAKE_CHOOSE:
        break; /* the transition holds the result */
    case FAKE_WAIT_DEAD:
    case FAKE_IS_DEAD:
        learn_death(a);
        break;
    case FAKE_EXIT:
        break;
    default:
        fake__perform_memory(a);
        break;
    }
    a->last = fake__run.at;
}

uint64_t fake__post(const struct fake_op *op)
{
    struct fake_agent *a = fake__run.current;
    a->op = *op;
    if (!fake__run_inline(a))
        fake__fiber_leave(a->fiber);
    return a->result;
}

/* ---- accesses outside of agents ---- */

static bool is_store(const struct fake_op *op)
{
    if (op->verb == FAKE_CAS)
        return fake__op_succeeds(op);
    return op->verb != FAKE_LOAD && op->verb != FAKE_COPY_OUT;
}

static void die_here(void)
{
    dying.dead = true;
    fake__fiber_leave(dying.fiber);
}

static uint64_t direct(const struct fake_op *op)
{
    bool counts = dying.on && is_store(op);
    if (counts && dying.stores == dying.last && (dying.before || dying.last == 0))
        die_here();
    if (counts && dying.tell)
        dying.tell(op->word, op->verb == FAKE_COPY_IN);
    uint64_t result = fake__direct(op);
    if (counts && ++dying.stores == dying.last && !dying.before)
        die_here();
    return result;
}

static void dying_body(void *unused)
{
    (void)unused;
    dying.fn(dying.ctx);
}

void fake__leave_dying(void)
{
    if (!dying.on)
        return;
    dying.failed = true;
    fake__fiber_leave(dying.fiber);
}

static void run_it(void)
{
    dying.on = true;
    fake__fiber_enter(dying.fiber);
    dying.on = false;
    if (dying.failed)
        fake__unwind();
}

void fake_run_on(void (*stores)(const void *word, bool copies))
{
    dying.last = UINT_MAX;
    dying.tell = stores;
    run_it();
}

static bool run_dying(void (*fn)(void *ctx), void *ctx, unsigned k, bool before)
{
    if (dying.on || fake__run.current) {
        fake__failure(FAKE_MISUSE, "fake_run_dying inside an agent or itself");
        return false;
    }
    memset(&dying, 0, sizeof dying);
    dying.last = k;
    dying.before = before;
    dying.fn = fn;
    dying.ctx = ctx;
    dying.fiber = fake__fiber(FAKE_MAX_AGENTS);
    fake__fiber_start(dying.fiber, dying_body, NULL);
    run_it();
    return dying.dead;
}

bool fake_run_dying(void (*fn)(void *ctx), void *ctx, unsigned k, unsigned *stores)
{
    bool died = run_dying(fn, ctx, k, false);
    if (stores)
        *stores = dying.stores;
    return died;
}

bool fake_run_dying_before(void (*fn)(void *ctx), void *ctx, unsigned k)
{
    return run_dying(fn, ctx, k, true);
}

/* ---- what the verbs call ---- */

uint64_t fake__access(unsigned verb, unsigned order, unsigned bytes, const void *word, uint64_t a,
                      uint64_t b)
{
    struct fake_op op = {.verb = (uint8_t)verb,
                         .order = (uint8_t)order,
                         .bytes = bytes,
                         .word = (void *)(uintptr_t)word,
                         .a = a,
                         .b = b,
                         .site = __builtin_return_address(0)};
    if (!fake__run.current)
        return direct(&op);
    op.obj = fake__obj(word, bytes, false);
    return fake__post(&op);
}

void fake__copy(unsigned verb, void *to, const void *from, size_t bytes)
{
    struct fake_op op = {
        .verb = (uint8_t)verb, .bytes = (uint32_t)bytes, .site = __builtin_return_address(0)};
    if (!bytes)
        return;
    if (verb == FAKE_COPY_IN) {
        op.word = to;
        op.from = from;
    } else {
        op.word = (void *)(uintptr_t)from;
        op.a = (uintptr_t)to;
    }
    if (fake__run.current) {
        op.obj = fake__obj(op.word, op.bytes, true);
        fake__post(&op);
    } else {
        direct(&op);
    }
}

/* Nobody else moves: either the word differs, or the deadline comes, or it is for ever. */
static bool park_alone(const struct fake_op *op)
{
    if (!fake__op_succeeds(op))
        return true;
    int64_t deadline = (int64_t)op->b;
    if (deadline == PORT_FOREVER)
        fake__failure(FAKE_DEADLOCK, "sleeps for ever where nobody else runs");
    if (fake__run.clock < deadline)
        fake__run.clock = deadline;
    return false;
}

bool port_park(struct sluice_au32 *word, uint32_t expected, int64_t deadline_ns)
{
    struct fake_op op = {.verb = FAKE_PARK,
                         .bytes = 4,
                         .word = word,
                         .a = expected,
                         .b = (uint64_t)deadline_ns,
                         .site = __builtin_return_address(0)};
    if (!fake__run.current)
        return park_alone(&op);
    op.obj = fake__obj(word, 4, false);
    return fake__post(&op) != 0;
}

void port_unpark(struct sluice_au32 *word)
{
    struct fake_op op = {
        .verb = FAKE_UNPARK, .bytes = 4, .word = word, .site = __builtin_return_address(0)};
    if (!fake__run.current)
        return;
    op.obj = fake__obj(word, 4, false);
    fake__post(&op);
}

/* An access without a word; on the main stack, and in fake_run_dying, there is none to make. */
static uint64_t plain(enum fake_verb verb, uint64_t a, const void *site, uint64_t outside)
{
    struct fake_op op = {.verb = (uint8_t)verb, .a = a, .site = site};
    return fake__run.current ? fake__post(&op) : outside;
}

int64_t port_now_ns(void)
{
    return (int64_t)plain(FAKE_NOW, 0, __builtin_return_address(0), (uint64_t)fake__run.clock);
}

void port_pause(uint32_t moments)
{
    (void)moments;
}

int fake_choose(int n)
{
    return n <= 1 ? 0 : (int)plain(FAKE_CHOOSE, (uint64_t)n, __builtin_return_address(0), 0);
}

bool fake_wait_dead(int agent)
{
    return plain(FAKE_WAIT_DEAD, (uint64_t)agent, __builtin_return_address(0), 0) != 0;
}

bool fake_is_dead(int agent)
{
    return plain(FAKE_IS_DEAD, (uint64_t)agent, __builtin_return_address(0),
                 fake__agents[agent].state == FAKE_KILLED) != 0;
}

bool fake_is_parked(int agent)
{
    return fake__agents[agent].state == FAKE_PARKED;
}

void fake_fail(const char *format, ...)
{
    char message[200];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    fake__failure(FAKE_CHECK_FAILED, "%s", message);
}
