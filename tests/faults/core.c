/*
 * The k-th allocation of a call fails, for every k; then its k-th lock is "not now", for every k. Every operation in
 * every state of a table: where the call fails all is as before, and once more it does what it does undisturbed. So do the
 * locks of who then ends its wait, or leaves.
 * Linked with sluice__heap_take(), sluice__gate_lock() and sluice__gate_want() wrapped.
 */
#include "core.h"

static struct world world, saved;
struct world *const the_world = &world;

/* --- what fails --------------------------------------------------------------- */

enum fault { NO_FAULT, NO_SPACE, NOT_NOW_THEN_FREE, NOT_NOW_THEN_HELD };
static enum fault fault;
static unsigned countdown;
static bool fired;

static bool fails(bool counts)
{
    if (!counts || countdown == 0 || --countdown > 0)
        return false;
    return fired = true;
}

int __real_sluice__heap_take(struct sluice *s, struct sluice_au32 *word, uint32_t bytes,
                             uint32_t zero_bytes);
int __wrap_sluice__heap_take(struct sluice *s, struct sluice_au32 *word, uint32_t bytes,
                             uint32_t zero_bytes);
int __wrap_sluice__heap_take(struct sluice *s, struct sluice_au32 *word, uint32_t bytes,
                             uint32_t zero_bytes)
{
    if (fails(fault == NO_SPACE))
        return -SLUICE_ENOSPC;
    return __real_sluice__heap_take(s, word, bytes, zero_bytes);
}

int __real_sluice__gate_lock(struct sluice *s, struct sluice_gate *gate);
int __wrap_sluice__gate_lock(struct sluice *s, struct sluice_gate *gate);
int __wrap_sluice__gate_lock(struct sluice *s, struct sluice_gate *gate)
{
    if (!fails(fault == NOT_NOW_THEN_FREE || fault == NOT_NOW_THEN_HELD))
        return __real_sluice__gate_lock(s, gate);
    s->blocked_on = sluice__offset(s, gate);
    return SLUICE__NOT_NOW;
}

bool __real_sluice__gate_want(struct sluice *s);
bool __wrap_sluice__gate_want(struct sluice *s);
bool __wrap_sluice__gate_want(struct sluice *s)
{
    return fault == NOT_NOW_THEN_HELD || __real_sluice__gate_want(s);
}

/* --- what can be seen --------------------------------------------------------- */

/* All that an agent who looks on finds. */
struct view {
    uint32_t handles, pending, free_bytes, answers[24], length;
    uint8_t listing[768], content[256];
};

static uint32_t open_handles(struct sluice *s)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < s->handles * SLUICE_CHUNK; i++)
        count += load_relaxed(&sluice__record(s, &s->me->handles, i)->handle.state) & 1;
    return count;
}

/* No record is forgotten: what is not open is on the list of free ones. */
static bool handles_complete(struct sluice *s)
{
    uint32_t count = open_handles(s), all = s->handles * SLUICE_CHUNK;
    for (uint32_t at = s->free_handle; at != 0 && count <= all; count++)
        at = load_relaxed(&sluice__record(s, &s->me->handles, at - 1)->handle.link);
    return count == all;
}

static uint32_t hanging(struct sluice *s)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < s->waiters * SLUICE_CHUNK; i++)
        count += (load_relaxed(&sluice__waiter(s, i)->state) & 3) == SLUICE_WAITER_PENDING;
    return count;
}

static void look_at(uint32_t op, uint32_t *answers)
{
    struct sluice_request r = request(op, world.handle[OBSERVER]);
    answers[0] = (uint32_t)sluice_try(&world.agent[OBSERVER], &r);
    memcpy(answers + 1, r.out, sizeof r.out);
}

/* Takes out what is in the object. */
static void drain(struct view *view, uint32_t op)
{
    uint8_t bytes[64];
    int n = 0;
    for (int i = 0; i < 16 && n >= 0; i++) {
        struct sluice_request r = request(op, world.handle[OBSERVER]);
        r.bytes = bytes;
        r.length = op == SLUICE_OP_PIPE_READ ? 16 : sizeof bytes;
        n = sluice_try(&world.agent[OBSERVER], &r);
        if (n <= 0 || view->length + (uint32_t)n + 1 > sizeof view->content)
            return;
        view->content[view->length++] = (uint8_t)n;
        memcpy(view->content + view->length, bytes, (uint32_t)n);
        view->length += (uint32_t)n;
    }
}

static void leave(int who)
{
    struct sluice *s = &world.agent[who];
    if (world.wait[who].waiter)
        check(sluice_cancel(s, &world.wait[who]) == 0);
    check(sluice_detach(s) == 0);
}

/* The victim's own memory grows where it must; what it leaves behind is told by what is free without it. */
static uint32_t free_without_victim(void)
{
    leave(VICTIM);
    check(sluice__agents_valid(&world.agent[OBSERVER]));
    return load_relaxed(&((struct sluice_region *)world.region)->heap.free_bytes);
}

static struct view look(const struct sluice_request *mine)
{
    static struct world kept;
    static const uint32_t attributes[] = {SLUICE_OP_SEM_VALUE, SLUICE_OP_MQ_ATTRIBUTES,
                                          SLUICE_OP_PIPE_ATTRIBUTES, SLUICE_OP_RING_ATTRIBUTES};
    static const uint32_t takes[] = {SLUICE_OP_MQ_RECEIVE, SLUICE_OP_PIPE_READ,
                                     SLUICE_OP_RING_RECEIVE};
    struct view view;
    struct sluice *s = &world.agent[OBSERVER];
    memset(&view, 0, sizeof view);
    check(sluice__heap_valid(s) && sluice__names_valid(s));
    memcpy(&kept, &world, sizeof world);
    for (int i = 0; i < AGENTS; i++) {
        check(handles_complete(&world.agent[i]));
        view.handles += open_handles(&world.agent[i]) << 8 * i;
        view.pending += hanging(&world.agent[i]) << 8 * i;
    }
    struct sluice_request list = request(SLUICE_OP_LIST, 0);
    list.bytes = view.listing;
    list.length = sizeof view.listing;
    check(sluice_try(s, &list) >= 0);
    for (int i = 0; i < 4; i++)
        look_at(attributes[i], view.answers + 5 * i);
    for (int i = 0; i < 3; i++)
        drain(&view, takes[i]);
    world.wait[VICTIM] = *mine;
    view.free_bytes = free_without_victim();
    memcpy(&world, &kept, sizeof world);
    return view;
}

/* --- the cases ---------------------------------------------------------------- */

static const char *current;
static enum fault tried;
static bool by_advance;
static unsigned nth;
static unsigned long cases;

void failed(const char *file, int line, const char *condition)
{
    static const char *const faults[] = {"none", "no space", "not now", "not now, then held"};
    printf("not ok faults: %s, %s, %s, %u: %s:%d: %s\n", current, by_advance ? "advance" : "try",
           faults[tried], nth, file, line, condition);
    exit(1);
}

static bool is_opening(uint32_t op)
{
    return op == SLUICE_OP_SEM_OPEN || op == SLUICE_OP_MQ_OPEN || op == SLUICE_OP_FIFO_OPEN ||
           op == SLUICE_OP_RING_OPEN || op == SLUICE_OP_OPEN_TICKET;
}

/* One call. Numbers of handles and claims are no part of a result. */
static int call(struct sluice_request *r, bool advances)
{
    struct sluice *s = &world.agent[VICTIM];
    int n = advances ? sluice_advance(s, r) : sluice_try(s, r);
    return n > 0 && is_opening(r->op) ? 1 : n;
}

static void prepare(const struct row *row, struct sluice_request *r)
{
    memcpy(&world, &saved, sizeof world);
    *r = row->ask();
}

static bool same(const struct view *a, const struct view *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* A FIFO that a waiting open has made stays, as after mkfifo(3); it is none of what is compared. */
static void give_up(const struct sluice_request *r)
{
    struct sluice_request unlink = *r;
    unlink.op = SLUICE_OP_UNLINK;
    unlink.args[0] = SLUICE_KIND_FIFO;
    unlink.waiter = 0;
    if (r->op == SLUICE_OP_FIFO_OPEN && r->args[0] & SLUICE_CREATE)
        sluice_try(&world.agent[VICTIM], &unlink);
}

/* An attempt or a first advance that waits for nothing but the k-th fault: false when it did not come. */
static bool disturbed(const struct row *row, bool advances, enum fault what, unsigned k)
{
    struct sluice_request r;
    tried = what;
    by_advance = advances;
    nth = k;
    prepare(row, &r);
    static struct view before, after, now;
    before = look(&r);
    int good = call(&r, advances);
    after = look(&r);

    prepare(row, &r);
    fault = what;
    countdown = k;
    fired = false;
    int n = call(&r, advances);
    bool came = fired;
    fault = NO_FAULT;
    now = look(&r);
    cases += came;
    if (n == good && same(&now, &after))
        return came;
    if (what == NO_SPACE) {
        check(n == -SLUICE_ENOSPC);
        give_up(&r);
        now = look(&r);
        check(same(&now, &before));
    } else if (r.op == SLUICE_OP_CLOSE) {
        /* done in steps, each of which stands: an end that has been seen closed stays so */
        check(n == (advances ? SLUICE_STALLED : -SLUICE_EAGAIN));
    } else if (advances) {
        check(n == SLUICE_STALLED);
        /* given up instead: nothing has begun */
        static struct world kept;
        struct sluice_request ended = r;
        memcpy(&kept, &world, sizeof world);
        check(sluice_cancel(&world.agent[VICTIM], &ended) == 0);
        give_up(&r);
        now = look(&ended);
        check(same(&now, &before));
        memcpy(&world, &kept, sizeof world);
    } else {
        check(n == -SLUICE_EAGAIN);
        check(same(&now, &before));
    }
    check(call(&r, advances) == good);
    now = look(&r);
    check(same(&now, &after));
    return came;
}

/* Ends a wait, or leaves altogether. */
static int ended(struct sluice_request *r, bool leaves)
{
    struct sluice *s = &world.agent[VICTIM];
    return leaves ? sluice_detach(s) : sluice_cancel(s, r);
}

/* What is free once the victim has ended its wait and left, with a fault in the one or the other. */
static uint32_t free_after(const struct row *row, bool leaves, enum fault what, unsigned k)
{
    struct sluice_request r;
    prepare(row, &r);
    bool waits = call(&r, true) == -SLUICE_EAGAIN;
    fired = false;
    if (waits && leaves)
        check(ended(&r, false) == 0);
    if (waits || leaves) {
        fault = what;
        countdown = k;
        int n = ended(&r, leaves);
        fault = NO_FAULT;
        check(n == 0 || (fired && n == SLUICE_STALLED && ended(&r, leaves) == 0));
    }
    check(leaves || ended(&r, true) == 0);
    struct sluice *s = &world.agent[OBSERVER];
    check(sluice__heap_valid(s) && sluice__names_valid(s) && sluice__agents_valid(s));
    return load_relaxed(&sluice__region(s)->heap.free_bytes);
}

/* The k-th lock of a cancel or a detach is "not now": it is done all the same, or once it is called again. */
static bool ends_all_the_same(const struct row *row, bool leaves, enum fault what, unsigned k)
{
    tried = what;
    nth = k;
    uint32_t good = free_after(row, leaves, NO_FAULT, 0);
    check(free_after(row, leaves, what, k) == good);
    cases += fired;
    return fired;
}

static void run(const struct row *row)
{
    unsigned long begin = cases;
    current = row->name;
    fault = NO_FAULT;
    row->state();
    memcpy(&saved, &world, sizeof world);
    for (int advances = 0; advances < 2; advances++)
        for (enum fault what = NO_SPACE; what <= NOT_NOW_THEN_HELD; what++)
            for (unsigned k = 1; disturbed(row, advances, what, k); k++)
                ;
    for (int leaves = 0; leaves < 2; leaves++)
        for (enum fault what = NOT_NOW_THEN_FREE; what <= NOT_NOW_THEN_HELD; what++)
            for (unsigned k = 1; ends_all_the_same(row, leaves, what, k); k++)
                ;
    printf("ok faults: %s: %lu\n", row->name, cases - begin);
}

int main(void)
{
    for (const struct row *row = rows; row->name; row++)
        run(row);
    printf("# %lu faults in the core\n", cases);
    return 0;
}
