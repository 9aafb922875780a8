/* A whole execution: its beginning, every agent up to its first access, and its end. */
#include "internal.h"

#include <string.h>

static void body(void *arg)
{
    struct fake_agent *a = arg;
    const struct fake_program *p = fake__run.prog;
    p->agent(p->ctx, a->index);
    /* So that it can also die after its last access. */
    if (p->killable_mask >> a->index & 1)
        fake__post(&(struct fake_op){.verb = FAKE_EXIT});
    a->state = FAKE_FINISHED;
}

static void guarded(void (*fn)(void *))
{
    struct fake_run *run = &fake__run;
    if (!fn)
        return;
    if (setjmp(run->unwind) == 0) {
        run->unwind_set = true;
        fn(run->prog->ctx);
    }
    run->unwind_set = false;
}

static void reset_agent(struct fake_agent *a, int index)
{
    a->index = index;
    a->state = FAKE_READY;
    a->reaped = false;
    a->buffered = a->next_seq = a->flushes = 0;
    a->last = a->waker = a->reap = FAKE_NEVER;
    memset(&a->vc, 0, sizeof a->vc);
    a->vc.t[index] = 1;
    a->fiber = fake__fiber(index);
    fake__fiber_start(a->fiber, body, a);
}

void fake__begin(void)
{
    struct fake_run *run = &fake__run;
    run->epoch++;
    run->clock = 0;
    run->kills = run->spurious = run->stale = run->copies = run->inline_end = 0;
    run->woken = 0;
    run->ended = false;
    run->at = run->nobody = FAKE_NEVER;
    fake__past_reset();
    for (int i = 0; i < run->agents; i++)
        reset_agent(&fake__agents[i], i);
    guarded(run->prog->setup);
    fake__note_base();
    run->sum = 0;
    for (int i = 0; i < run->agents; i++)
        fake__advance(&fake__agents[i]);
}

void fake__finish(void)
{
    fake__check_deadlock();
    if (fake__run.report->failure == FAKE_NONE)
        guarded(fake__run.prog->check);
}
