#include "history.h"

#include "calls.h"
#include "reg/agent.h"

#include <string.h>

enum { SMALL = 16 << 10, LARGE = 32 << 10 };

static struct agent agents[AGENTS];

/* The bell is answered; whoever is ready goes on. */
static void wake(struct agent *a)
{
    port_begin(&a->s);
    sluice_bell_answer(&a->s);
    for (uint32_t waiter; (waiter = sluice_ready(&a->s)) != 0;)
        for (int i = 0; i < WAITING; i++)
            if (a->waiting[i].op != 0 && a->waiting[i].waiter == waiter)
                advance(a, &a->waiting[i]);
    port_begin(&a->s);
    sluice_bell_arm(&a->s);
    call_ended(a);
}

/* --- agents ---------------------------------------------------------------------------- */

static void attach(struct agent *a, uint32_t bytes)
{
    uint32_t all = port.bytes;
    memset(a, 0, sizeof(*a));
    port.bytes = bytes; /* nothing beyond what it was told */
    port_begin(&a->s);
    int n = sluice_attach(&a->s, port.base, bytes, (uint32_t)(a - agents) + 1, 7, 0);
    port.bytes = all;
    call_ended(a);
    a->attached = n == 0;
    if (n != 0 && n != -SLUICE_EINVAL && n != -SLUICE_EMFILE && n != -SLUICE_EUCLEAN)
        port_fail("attach answers %d", n);
}

/* Whoever is stalled for good stays as it is: the other settles it. */
static void detach(struct agent *a)
{
    for (int i = 0; i < WAITING; i++)
        cancel(a, &a->waiting[i]);
    port_begin(&a->s);
    int n = sluice_detach(&a->s);
    call_ended(a);
    a->attached = false;
    if (n != 0 && n != SLUICE_STALLED)
        port_fail("detach answers %d", n);
}

static void settle(struct agent *a, uint32_t dead)
{
    port_begin(&a->s);
    int n = dead != 0 ? sluice_died(&a->s, dead) : 0;
    if (n < 0 || n > SLUICE_AGENTS)
        port_fail("died answers %d", n);
    n = sluice_settle(&a->s);
    call_ended(a);
    if (n != 0 && n != SLUICE_STALLED && n != -SLUICE_ESRCH)
        port_fail("settle answers %d", n);
}

static void look_around(struct agent *a)
{
    struct sluice_attached who;
    port_begin(&a->s);
    for (uint32_t slot = 0; sluice_attached(&a->s, slot, &who) >= 0; slot++)
        if (slot >= a->s.agents)
            port_fail("slot %u is none", slot);
}

/* --- damage ------------------------------------------------------------------------------ */

static uint32_t place_of(const struct choice *c)
{
    uint32_t words = port.bytes / 4, at = c->c % words;
    uint32_t headers =
        (uint32_t)(sizeof(struct sluice_region) + AGENTS * sizeof(struct sluice_agent));
    switch (c->a % 8) {
    case 0:
        return at * 4;
    case 1: /* the next that is not 0 */
    case 2:
        for (uint32_t left = words; left > 0 && port_peek(at * 4) == 0; left--)
            at = (at + 1) % words;
        return at * 4;
    case 3: /* the region's header, slots, buckets */
        return c->c % (headers + 64) & ~3u;
    default: /* what was touched last */
        return port.touched[c->c % TOUCHED] & ~3u;
    }
}

static void damage(const struct choice *c)
{
    uint32_t at = place_of(c) % port.bytes;
    port_damage(at, port_nasty(c->b % NASTIER, port_peek(at), c->c >> 8));
    for (int i = 0; i < AGENTS && (c->a & 8); i++)
        memset(agents[i].s.found, 0,
               sizeof(agents[i].s.found)); /* else handles and objects would be met as they were */
}

/* The peer strikes during the next call. */
static void arm(const struct choice *c)
{
    port.reads = 0;
    port.strikes_at = c->c % (c->c >> 16 & 1 ? 32 : 256);
    port.strikes_after = c->a & 1;
    port.strikes_with = c->b % NASTY;
}

/* --- steps ------------------------------------------------------------------------------- */

enum what {
    OPEN_SEM,
    OPEN_QUEUE,
    OPEN_PIPE,
    OPEN_FIFO,
    OPEN_RING,
    OPEN_TICKET,
    USE,
    CLOSE = USE + 10,
    TICKET,
    NAMES,
    WAKE,
    CANCEL,
    DETACH,
    DIED,
    LOOK,
    CALLS,
    DAMAGE = CALLS,
    ARM = DAMAGE + 3,
    WHATS
};

static struct choice choice_of(const uint8_t *step)
{
    struct choice c = {step[0], step[1], step[2], step[3], 0};
    memcpy(&c.c, step + 4, sizeof(c.c));
    c.what %= WHATS;
    return c;
}

bool history_step_damages(const uint8_t *step)
{
    return choice_of(step).what >= CALLS;
}

void history_step_choose(uint8_t *step, bool damages)
{
    step[0] = damages ? CALLS + step[0] % (WHATS - CALLS) : step[0] % CALLS;
}

const char *history_step_name(const uint8_t *step)
{
    static const char *const whats[WHATS] = {
        [OPEN_SEM] = "open a semaphore",
        [OPEN_QUEUE] = "open a queue",
        [OPEN_PIPE] = "open a pipe",
        [OPEN_FIFO] = "open a FIFO",
        [OPEN_RING] = "open a ring",
        [OPEN_TICKET] = "open by ticket",
        [CLOSE] = "close",
        [TICKET] = "take a ticket",
        [NAMES] = "list or unlink",
        [WAKE] = "wake",
        [CANCEL] = "cancel",
        [DETACH] = "detach",
        [DIED] = "the other died",
        [LOOK] = "look around",
    };
    uint32_t what = choice_of(step).what;
    if (what >= ARM)
        return "the peer strikes in the next call";
    if (what >= DAMAGE)
        return "damage";
    return whats[what] ? whats[what] : "use";
}

static void run_step(const struct choice *c)
{
    struct agent *a = &agents[c->who % AGENTS], *other = &agents[1 - c->who % AGENTS];
    damaged |= c->what >= CALLS;
    if (c->what >= ARM)
        return arm(c);
    if (c->what >= DAMAGE)
        return damage(c);
    if (!a->attached)
        return attach(a, c->a & 1 ? port.bytes : c->c % port.bytes);
    switch (c->what) {
    case OPEN_SEM:
        return open_by_name(a, c, SLUICE_OP_SEM_OPEN);
    case OPEN_QUEUE:
        return open_by_name(a, c, SLUICE_OP_MQ_OPEN);
    case OPEN_PIPE:
        return open_pipe(a, c);
    case OPEN_FIFO:
        return open_by_name(a, c, SLUICE_OP_FIFO_OPEN);
    case OPEN_RING:
        return open_by_name(a, c, SLUICE_OP_RING_OPEN);
    case OPEN_TICKET:
        return open_by_ticket(a, c);
    case CLOSE:
        return close_one(a, c);
    case TICKET:
        return take_ticket(a, c);
    case NAMES:
        return list_or_unlink(a, c);
    case WAKE:
        return wake(a);
    case CANCEL:
        return cancel(a, &a->waiting[c->a % WAITING]);
    case DETACH:
        return detach(a);
    case DIED:
        other->attached = false;
        return settle(a, (uint32_t)(other - agents) + 1);
    case LOOK:
        return look_around(a);
    default:
        return use(a, c);
    }
}

static void begin(uint32_t bytes)
{
    static uint8_t *small, *large;
    if (small == NULL) {
        small = port_new_region(SMALL);
        large = port_new_region(LARGE);
    }
    port.base = bytes == SMALL ? small : large;
    port.bytes = bytes;
    port.strikes_at = UINT32_MAX;
    memset(port.touched, 0, sizeof(port.touched));
    port.touches = port.damages = 0;
    damaged = false;
    memset(port.base, 0, bytes);
    calls_begin();
    port_begin(&agents[0].s);
    if (sluice_format(port.base, bytes, AGENTS, 0) != 0)
        port_fail("format");
    for (int i = 0; i < AGENTS; i++) {
        attach(&agents[i], bytes);
        agents[i].s.lock_tries = 4;
    }
}

/* All leave, the one that stays last settles; then somebody new looks at what is left. */
static void finish(void)
{
    static const struct choice any = {0};
    for (int i = 0; i < AGENTS; i++)
        if (agents[i].attached)
            detach(&agents[i]);
    attach(&agents[0], port.bytes);
    if (!agents[0].attached)
        return;
    settle(&agents[0], 1 + AGENTS - 1);
    list_or_unlink(&agents[0], &(struct choice){.a = 2, .b = 10});
    open_by_name(&agents[0], &any, SLUICE_OP_SEM_OPEN);
    detach(&agents[0]);
}

uint64_t history_damaged;

const char *history_run(const uint8_t *steps, size_t count)
{
    if (setjmp(port.out) != 0)
        return port.failure;
    begin(count > 0 && steps[1] & 2 ? SMALL : LARGE);
    for (size_t i = 0; i < count; i++) {
        struct choice c = choice_of(steps + i * STEP_BYTES);
        run_step(&c);
        if (c.what < CALLS) {
            history_damaged += port.damages != 0;
            port.damages = 0;
        }
    }
    finish();
    return NULL;
}
