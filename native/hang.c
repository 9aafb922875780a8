/*
 * Waiting in the core: who hangs there is found again by the core's number of its waiter, who met a held lock is
 * tried again after each ring. The same protocol as ts/backend/wasm/waits.ts.
 */
#include "clock.h"
#include "core.h"
#include "env.h"
#include "marshal.h"
#include "waiter.h"

#include "port/port.h"
#include "sluice_abi.h"

#include <stdlib.h>
#include <string.h>

struct closing {
    struct closing *next;
    struct sluice_request request;
};

static bool is_waiting(const struct space *space)
{
    return space->waits > 0 || space->closing || space->unsettled;
}

static int make_room(struct space *space, uint32_t number)
{
    uint32_t room = space->hung_room ? space->hung_room : 64;
    if (number < space->hung_room)
        return 0;
    while (room <= number)
        room *= 2;
    struct waiter **more = native_sys.alloc(room, sizeof *more);
    if (!more)
        return -ENOMEM;
    if (space->hung)
        memcpy(more, space->hung, space->hung_room * sizeof *more);
    free(space->hung);
    space->hung = more;
    space->hung_room = room;
    return 0;
}

static void stall(struct space *space, struct waiter *waiter)
{
    waiter->stalled = true;
    waiter->next = space->stalled;
    space->stalled = waiter;
}

static void unstall(struct space *space, struct waiter *waiter)
{
    struct waiter **at = &space->stalled;
    if (!waiter->stalled)
        return;
    while (*at != waiter)
        at = &(*at)->next;
    *at = waiter->next;
    waiter->next = NULL;
    waiter->stalled = false;
}

static void take_out(struct space *space, struct waiter *waiter)
{
    if (!waiter->hangs && !waiter->stalled)
        return;
    space->waits--;
    if (waiter->hangs)
        space->hung[waiter->hangs] = NULL;
    waiter->hangs = 0;
    unstall(space, waiter);
}

static int put_in(struct space *space, struct waiter *waiter, bool stalled)
{
    uint32_t number = waiter->request.core.waiter;
    if (make_room(space, number) < 0) {
        sluice_cancel(native_view(space), &waiter->request.core);
        return -ENOMEM;
    }
    space->waits++;
    waiter->hangs = number;
    if (number)
        space->hung[number] = waiter;
    if (stalled)
        stall(space, waiter);
    return WAITER_WAITS;
}

static int go_on(struct env *env, struct space *space, struct waiter *waiter)
{
    struct request *request = &waiter->request;
    take_out(space, waiter);
    if (waiter->bytes && !native_bytes_of(env, waiter->bytes, request)) {
        native_core_withdraw(waiter);
        return -EINVAL; /* JavaScript gave its memory away */
    }
    int n = native_core_advance(request);
    return n == -EAGAIN || n == SLUICE_STALLED ? put_in(space, waiter, n == SLUICE_STALLED) : n;
}

static void step(struct env *env, struct space *space, struct waiter *waiter)
{
    int n = go_on(env, space, waiter);
    if (n != WAITER_WAITS)
        native_waiter_finish(env, waiter, n);
}

/* Where it stalls, what a creation has built is given back by this agent's next one, or when it leaves. */
void native_core_withdraw(struct waiter *waiter)
{
    struct space *space = waiter->request.space;
    take_out(space, waiter);
    sluice_cancel(native_view(space), &waiter->request.core);
}

int native_core_start(struct env *env, struct waiter *waiter)
{
    struct space *space = waiter->request.space;
    waiter->state = WAITER_ACTIVE;
    int n = go_on(env, space, waiter);
    if (n == WAITER_WAITS)
        native_space_round(space);
    return n;
}

/* Whom the core has marked: the next, or NULL. A number may come for nothing. */
static struct waiter *next_ready(struct space *space)
{
    uint32_t number;
    while ((number = sluice_ready(native_view(space))))
        if (number < space->hung_room && space->hung[number])
            return space->hung[number];
    return NULL;
}

static void step_stalled(struct space *space)
{
    struct waiter *each = space->stalled, *next;
    for (; each; each = next) {
        next = each->next;
        step(space->env, space, each);
    }
}

static void close_rest(struct space *space)
{
    struct closing **at = &space->closing;
    while (*at) {
        struct closing *closing = *at;
        if (sluice_advance(native_view(space), &closing->request) == SLUICE_STALLED) {
            at = &closing->next;
            continue;
        }
        *at = closing->next;
        free(closing);
    }
}

/* Without the thread nobody would hear the bell. */
static void give_up(struct space *space, int n)
{
    struct env *env = space->env;
    uint32_t cursor = 0;
    for (struct waiter *each; (each = native_table_next(&env->tokens, &cursor));) {
        if (each->row->way != WAY_CORE || each->state != WAITER_ACTIVE ||
            each->request.space != space)
            continue;
        native_core_withdraw(each);
        native_waiter_finish(env, each, n);
    }
}

void native_space_round(struct space *space)
{
    struct sluice *view = native_view(space);
    struct waiter *ready;
    int n = 0;
    do {
        sluice_bell_answer(view);
        while ((ready = next_ready(space)))
            step(space->env, space, ready);
        step_stalled(space);
        close_rest(space);
        if (is_waiting(space))
            native_space_bury(space);
    } while (is_waiting(space) && (n = sluice_bell_arm(view)) == 0);
    if (n > 0)
        n = native_bell_listen(&space->bell);
    if (n < 0) /* no thread, or this process was pronounced dead */
        give_up(space, n);
}

/* One sleep on this thread; what rings for others meanwhile is seen to afterwards. */
WAIT(native_core_wait)
{
    (void)object;
    struct space *space = request->space;
    struct sluice *view = native_view(space);
    struct waiter *ready;
    if (request->begun) {
        native_space_bury(space);
        if (sluice_bell_arm(view) > 0)
            port_park(space->bell.word, SLUICE_BELL_ASLEEP, deadline_ns);
        sluice_bell_answer(view);
        while ((ready = next_ready(space))) {
            take_out(space, ready);
            put_in(space, ready, true);
        }
    }
    request->begun = true;
    int n = native_core_advance(request);
    return n == SLUICE_STALLED ? -EAGAIN : n;
}

void native_core_waited(struct request *request)
{
    struct space *space = request->space;
    sluice_cancel(native_view(space), &request->core);
    if (is_waiting(space))
        native_bell_touch(&space->bell);
}

void native_core_close(struct space *space, uint32_t handle)
{
    struct sluice_request request = {.op = SLUICE_OP_CLOSE, .handle = handle};
    if (sluice_try(native_view(space), &request) != -EAGAIN)
        return;
    struct closing *closing = native_sys.alloc(1, sizeof *closing);
    if (!closing)
        return; /* closed with the agent, then */
    *closing = (struct closing){space->closing, request};
    space->closing = closing;
    native_bell_touch(&space->bell);
}

void native_core_forget(struct space *space)
{
    while (space->closing) {
        struct closing *next = space->closing->next;
        free(space->closing);
        space->closing = next;
    }
}
