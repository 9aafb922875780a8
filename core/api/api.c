/*
 * The gate of the core: handle, range and flags are checked here, and nowhere below.
 * One attempt of each request; sluice_advance() makes waiting out of it.
 */
#include "op.h"

#include "../prim/event.h"
#include "../prim/table.h"
#include "../reg/agent.h"
#include "../reg/handle.h"

_Static_assert(sizeof(struct sluice) <= SLUICE_VIEW_BYTES, "view");

int sluice_format(void *base, uint32_t bytes, uint32_t agents, uint32_t serial)
{
    return sluice__region_format(base, bytes, agents, serial);
}

int sluice_attach(struct sluice *s, void *base, uint32_t bytes, uint32_t owner,
                  uint32_t started_low, uint32_t started_high)
{
    if (owner < 1 || owner > SLUICE_OWNER_MAX)
        return -SLUICE_EINVAL;
    int n = sluice__region_open(s, base, bytes);
    return n != 0 ? n : sluice__agent_attach(s, owner, (uint64_t)started_high << 32 | started_low);
}

/* What an internal "not now" is outside, where the lock is still held; where it is free by now the call begins again. */
_Static_assert(SLUICE_STALLED == SLUICE__NOT_NOW, "stalled");

int sluice_detach(struct sluice *s)
{
    int n;
    do
        n = sluice__alive(s) ? sluice__agent_detach(s) : 0;
    while (n == SLUICE__NOT_NOW && !sluice__gate_want(s));
    return n;
}

int sluice_try(struct sluice *s, struct sluice_request *request)
{
    s->trying = true;
    int n = sluice__op_attempt(s, request);
    s->trying = false;
    return n == SLUICE__NOT_NOW ? -SLUICE_EAGAIN : n;
}

static struct sluice_waiter *waiter_of(struct sluice *s, struct sluice_request *request)
{
    return request->waiter ? sluice__waiter(s, request->waiter - 1) : NULL;
}

/* The handle stays open as long as its waiter is not free. */
static void belong(struct sluice *s, struct sluice_waiter *w, uint32_t number)
{
    struct sluice_handle *handle = sluice__handle_find(s, number);
    if (handle == NULL || w == NULL)
        return;
    sluice__put(s, &w->handle, sluice__handle_index(number) + 1);
    sluice__put(s, &handle->waits, load_relaxed(&handle->waits) + 1);
}

enum { NOT_YET = UINT32_MAX }; /* no use count: they have 30 bits */

/*
 * Takes a waiter if there is none yet, and hangs it where this request waits, for `use`, the count it has from then on. Where
 * it has another before it hangs again its record was overwritten: by itself, perhaps, and so for ever.
 */
static int hang(struct sluice *s, struct sluice_request *request, bool marked, uint32_t *use)
{
    if (request->waiter == 0) {
        int n = sluice__waiter_new(s);
        if (n < 0)
            return n;
        request->waiter = (uint32_t)n + 1;
        belong(s, waiter_of(s, request), sluice__op_handle(request));
    }
    struct sluice_waiter *w = waiter_of(s, request);
    struct sluice__place_to_wait where = sluice__op_waits(s, request);
    if (w == NULL)
        return -SLUICE_EUCLEAN;
    uint32_t before = load_relaxed(&w->state);
    if (*use != NOT_YET && *use != before >> 2)
        return -SLUICE_EUCLEAN;
    int n =
        sluice__event_hang(s, w, where.gate, where.event, marked ? SLUICE__FIRST : SLUICE__LAST);
    if (n == 0)
        *use = (before + 4) >> 2;
    return n;
}

static void end(struct sluice *s, struct sluice_request *request, bool used)
{
    if (request->waiter == 0)
        return;
    sluice__waiter_end(s, request->waiter - 1, used);
    request->waiter = 0;
}

/* Takes back what the request has begun. 0; SLUICE_STALLED: again, then. */
static int withdraw(struct sluice *s, struct sluice_request *request)
{
    int n;
    do
        n = sluice__op_withdraw(s, request);
    while (n == SLUICE__NOT_NOW && !sluice__gate_want(s));
    return n;
}

/* Of an agent that was pronounced dead: its waiter has been given back. */
static int forget(struct sluice_request *request)
{
    request->waiter = 0;
    return -SLUICE_ESRCH;
}

int sluice_advance(struct sluice *s, struct sluice_request *request)
{
    uint32_t use = NOT_YET;
    for (;;) {
        struct sluice_waiter *w = waiter_of(s, request);
        bool marked = w != NULL && sluice__waiter_marked(w);
        int n = sluice__op_attempt(s, request);
        if (n == -SLUICE_EAGAIN) {
            /* [EV2-R] */
            uint32_t state = w != NULL ? load_acquire(&w->state) & 3 : SLUICE_WAITER_FREE;
            if (state == SLUICE_WAITER_PENDING)
                return n; /* it hung before this look: who changes the object finds it */
            if (state == SLUICE_WAITER_MARKED && !marked)
                continue; /* since that look: hung again it would have lost its place */
            n = hang(s, request, marked, &use);
            if (n == 0)
                continue; /* to look again before it sleeps [EV1-S] */
        }
        if (n == SLUICE__NOT_NOW) {
            if (sluice__gate_want(s))
                return SLUICE_STALLED;
            continue;
        }
        if (n < 0 && !sluice__alive(s)) /* nor is damage what was somebody else's by then */
            return forget(request);
        end(s, request, marked && n >= 0); /* an error has not used the mark: the next gets it */
        return n < 0 && withdraw(s, request) != 0 ? SLUICE_STALLED : n;
    }
}

int sluice_cancel(struct sluice *s, struct sluice_request *request)
{
    if (!sluice__alive(s)) {
        forget(request);
        return 0;
    }
    end(s, request, false);
    return withdraw(s, request);
}

uint32_t *sluice_bell(struct sluice *s)
{
    return &s->me->bell.v;
}

int sluice_bell_arm(struct sluice *s)
{
    return sluice__alive(s) ? sluice__bell_arm(s) : -SLUICE_ESRCH;
}

void sluice_bell_answer(struct sluice *s)
{
    if (sluice__alive(s))
        sluice__bell_answer(s);
}

uint32_t sluice_ready(struct sluice *s)
{
    uint32_t index = sluice__alive(s) ? sluice__ready_take(s) : UINT32_MAX;
    return index == UINT32_MAX ? 0 : index + 1;
}

int sluice_died(struct sluice *s, uint32_t owner)
{
    return sluice__owner_died(s, owner);
}

int sluice_settle(struct sluice *s)
{
    int n;
    do
        n = sluice__alive(s) ? sluice__agents_settle(s) : -SLUICE_ESRCH;
    while (n == SLUICE__NOT_NOW && !sluice__gate_want(s));
    return n;
}
