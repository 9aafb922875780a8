#include "calls.h"

#include <stdlib.h>
#include <string.h>

enum { CALLERS_BYTES = 8192 };

bool damaged;

static uint8_t ticket[16];
static uint8_t frames[CALLERS_BYTES], *callers; /* to send, to fill */

static const char *const names[] = {"/a", "/b", "/a-name-that-is-longer-than-the-others", "bad"};

void calls_begin(void)
{
    memset(ticket, 0, sizeof(ticket));
    if (callers != NULL)
        return;
    for (uint32_t i = 0; i < CALLERS_BYTES; i += 12)
        frames[i] = 5;
    callers = malloc(CALLERS_BYTES);
    memset(callers, 0x33, CALLERS_BYTES);
}

/* --- calls ------------------------------------------------------------------------ */

static bool refused(int n)
{
    return n == -SLUICE_EAGAIN || n == SLUICE_STALLED;
}

void call_ended(struct agent *a)
{
    port.strikes_at = UINT32_MAX;
    if (a->s.logged != 0)
        port_fail("%u entries left in the journal", a->s.logged);
}

static void remember(struct agent *a, uint32_t handle, uint32_t kind)
{
    for (int i = HANDLES; --i > 0;) {
        a->handles[i] = a->handles[i - 1];
        a->kinds[i] = a->kinds[i - 1];
    }
    a->handles[0] = handle;
    a->kinds[0] = kind;
}

static void learn(struct agent *a, const struct sluice_request *r, int n)
{
    switch (r->op) {
    case SLUICE_OP_SEM_OPEN:
        remember(a, (uint32_t)n, SLUICE_KIND_SEMAPHORE);
        break;
    case SLUICE_OP_MQ_OPEN:
        remember(a, (uint32_t)n, SLUICE_KIND_MESSAGE_QUEUE);
        break;
    case SLUICE_OP_FIFO_OPEN:
        remember(a, (uint32_t)n, SLUICE_KIND_FIFO);
        break;
    case SLUICE_OP_RING_OPEN:
        remember(a, (uint32_t)n, SLUICE_KIND_RING);
        break;
    case SLUICE_OP_OPEN_TICKET:
        remember(a, (uint32_t)n, r->out[0] % 6);
        break;
    case SLUICE_OP_PIPE_OPEN:
        remember(a, r->out[0], SLUICE_KIND_PIPE);
        remember(a, r->out[1], SLUICE_KIND_PIPE);
        break;
    case SLUICE_OP_RING_CLAIM:
    case SLUICE_OP_RING_PEEK:
        a->claim = (uint32_t)n;
        memset(port.base + r->out[0], 0x5a, r->out[1]);
        break;
    case SLUICE_OP_TICKET:
        memcpy(ticket, r->bytes, sizeof(ticket));
        break;
    default:
        break;
    }
}

static void answered(struct agent *a, const struct sluice_request *r, int n)
{
    call_ended(a);
    answer_is_plausible(r, n);
    if (n == -SLUICE_EUCLEAN && !damaged)
        port_fail("request %u answers EUCLEAN, and nothing is damaged", r->op);
    if (n >= 0)
        learn(a, r, n);
}

void advance(struct agent *a, struct sluice_request *r)
{
    port_begin(&a->s);
    int n = sluice_advance(&a->s, r);
    call_ended(a);
    if (refused(n))
        return;
    answered(a, r, n);
    r->op = 0;
}

void cancel(struct agent *a, struct sluice_request *r)
{
    if (r->op == 0)
        return;
    port_begin(&a->s);
    int n = sluice_cancel(&a->s, r);
    call_ended(a);
    if (n == 0)
        r->op = 0;
    else if (n != SLUICE_STALLED)
        port_fail("cancel of request %u answers %d", r->op, n);
}

/* Tries, or waits where there is a place for one more request. */
static void ask(struct agent *a, struct sluice_request r, bool waits)
{
    for (int i = 0; waits && i < WAITING; i++)
        if (a->waiting[i].op == 0) {
            a->waiting[i] = r;
            advance(a, &a->waiting[i]);
            return;
        }
    port_begin(&a->s);
    answered(a, &r, sluice_try(&a->s, &r));
}

/* --- requests ------------------------------------------------------------------------- */

static uint32_t length_of(uint8_t bits)
{
    static const uint16_t lengths[] = {0, 1, 4, 8, 12, 24, 64, 100, 300, 1200, 4096, 5000};
    return lengths[bits % (sizeof(lengths) / sizeof(*lengths))];
}

/* The caller's bytes end where its memory does. */
static void with_bytes(struct sluice_request *r, const struct choice *c)
{
    bool frames_of_12 = r->op == SLUICE_OP_RING_SEND_MANY;
    r->length = frames_of_12 ? 12 * (c->b % 16u) : length_of(c->b);
    r->bytes = frames_of_12 ? frames : callers + CALLERS_BYTES - r->length;
}

static struct sluice_request named(uint32_t op, const struct choice *c)
{
    struct sluice_request r = {.op = op};
    r.name = names[c->b & 3];
    r.name_length = (uint32_t)strlen(r.name);
    return r;
}

void open_by_name(struct agent *a, const struct choice *c, uint32_t op)
{
    struct sluice_request r = named(op, c);
    if ((op == SLUICE_OP_SEM_OPEN || op == SLUICE_OP_RING_OPEN) && (c->b & 4))
        r.name_length = 0;
    r.args[0] = SLUICE_CREATE | SLUICE_READ | SLUICE_WRITE;
    if (c->a & 1) /* most often as above */
        r.args[0] = c->c & 31;
    r.args[1] = 0600;
    if (op == SLUICE_OP_SEM_OPEN)
        r.args[2] = c->c >> 8 & 3;
    if (op == SLUICE_OP_MQ_OPEN) {
        r.args[2] = 1 + (c->c >> 8) % 4;
        r.args[3] = 8 << (c->c >> 16) % 4;
    }
    if (op == SLUICE_OP_FIFO_OPEN)
        r.args[2] = 1;
    if (op == SLUICE_OP_RING_OPEN) {
        r.args[4] = c->c >> 8 & 3;
        r.args[2] = 64 << (c->c >> 16) % 4;
        r.args[3] = r.args[4] ? 16 << (c->c >> 24) % 3 : 0;
    }
    ask(a, r, c->a & 2);
}

void open_pipe(struct agent *a, const struct choice *c)
{
    struct sluice_request r = {.op = SLUICE_OP_PIPE_OPEN, .args = {1}};
    ask(a, r, c->a & 2);
}

void open_by_ticket(struct agent *a, const struct choice *c)
{
    struct sluice_request r = {.op = SLUICE_OP_OPEN_TICKET, .bytes = ticket, .length = 16};
    ask(a, r, c->a & 2);
}

void list_or_unlink(struct agent *a, const struct choice *c)
{
    uint32_t listing = c->a & 8 ? SLUICE_OP_AGENTS : SLUICE_OP_LIST;
    struct sluice_request r = named(c->a & 2 ? listing : SLUICE_OP_UNLINK, c);
    if (r.op == listing)
        with_bytes(&r, c);
    r.args[0] = r.op == listing ? (c->a & 4 ? c->c : 0) : 1 + c->c % 5;
    ask(a, r, c->a & 1);
}

static const uint8_t of_kind[6][12] = {
    {SLUICE_OP_TICKET},
    {SLUICE_OP_SEM_WAIT, SLUICE_OP_SEM_POST, SLUICE_OP_SEM_VALUE, SLUICE_OP_READY},
    {SLUICE_OP_MQ_SEND, SLUICE_OP_MQ_RECEIVE, SLUICE_OP_MQ_SEND, SLUICE_OP_MQ_RECEIVE,
     SLUICE_OP_MQ_ATTRIBUTES, SLUICE_OP_MQ_NOTIFY, SLUICE_OP_READY},
    {SLUICE_OP_PIPE_READ, SLUICE_OP_PIPE_WRITE, SLUICE_OP_PIPE_ATTRIBUTES, SLUICE_OP_READY},
    {SLUICE_OP_PIPE_READ, SLUICE_OP_PIPE_WRITE, SLUICE_OP_PIPE_ATTRIBUTES, SLUICE_OP_READY},
    {SLUICE_OP_RING_SEND, SLUICE_OP_RING_RECEIVE, SLUICE_OP_RING_SEND_MANY,
     SLUICE_OP_RING_RECEIVE_MANY, SLUICE_OP_RING_CLAIM, SLUICE_OP_RING_COMMIT, SLUICE_OP_RING_ABORT,
     SLUICE_OP_RING_PEEK, SLUICE_OP_RING_RELEASE, SLUICE_OP_RING_ATTRIBUTES, SLUICE_OP_READY},
};

static uint32_t op_for(uint32_t kind, uint32_t bits)
{
    uint32_t most = 0;
    while (most < 12 && of_kind[kind][most] != 0)
        most++;
    return of_kind[kind][bits % most];
}

void use(struct agent *a, const struct choice *c)
{
    uint32_t i = c->a % 16 < 10 ? c->a % 3u : c->a % HANDLES; /* the youngest most often */
    uint32_t kind = c->a == 255 ? c->b % 6u : a->kinds[i];
    struct sluice_request r = {.handle = a->handles[i]};
    r.op = op_for(kind, c->c);
    with_bytes(&r, c);
    r.args[0] = c->c >> 8 & 31;
    if (r.op == SLUICE_OP_MQ_SEND)
        r.args[0] = c->c >> 8 & 0x7fff;
    if (r.op == SLUICE_OP_READY)
        r.args[0] = c->c >> 8 & 1 ? SLUICE_READ : SLUICE_WRITE;
    if (r.op == SLUICE_OP_RING_COMMIT || r.op == SLUICE_OP_RING_ABORT ||
        r.op == SLUICE_OP_RING_RELEASE) {
        r.args[0] = a->claim;
        r.args[1] = c->c >> 8 & 15;
    }
    ask(a, r, c->c >> 31);
}

void close_one(struct agent *a, const struct choice *c)
{
    struct sluice_request r = {.op = SLUICE_OP_CLOSE, .handle = a->handles[c->a % HANDLES]};
    ask(a, r, c->a & 8);
}

void take_ticket(struct agent *a, const struct choice *c)
{
    static uint8_t bytes[16];
    struct sluice_request r = {.op = SLUICE_OP_TICKET, .handle = a->handles[c->a % HANDLES]};
    r.bytes = bytes;
    r.length = sizeof(bytes);
    ask(a, r, false);
}
