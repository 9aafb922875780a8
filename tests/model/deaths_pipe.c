/* Deaths of pipes and FIFOs. */
#include "deaths.h"

#include "obj/pipe.h"

static uint32_t
    ends[AGENTS]; /* how each has the FIFO open; set by the states, the same in every execution */

static struct sluice_request opening(const char *path, uint32_t flags)
{
    struct sluice_request r = request(SLUICE_OP_FIFO_OPEN, 0, path);
    r.args[0] = flags | SLUICE_CREATE;
    r.args[1] = 0600;
    r.args[2] = SLUICE_PIPE_BUF;
    return r;
}

static int open_fifo(int who, const char *path, uint32_t flags)
{
    struct sluice_request r = opening(path, flags);
    int n = sluice_try(&world.agent[who], &r);
    if (n >= 0) {
        world.handle[who] = (uint32_t)n;
        ends[who] = flags & (SLUICE_READ | SLUICE_WRITE);
    }
    return n;
}

static struct sluice_request moving(int who, uint32_t op, uint32_t length)
{
    static uint8_t bytes[SLUICE_PIPE_BUF + 100];
    struct sluice_request r = request(op, world.handle[who], NULL);
    r.bytes = length > 8 ? bytes : world.bytes[who];
    r.length = length;
    return r;
}

static void waits(int who, struct sluice_request r)
{
    world.wait[who] = r;
    check(sluice_advance(&world.agent[who], &world.wait[who]) == -SLUICE_EAGAIN);
}

/* --- states ------------------------------------------------------------- */

static void nobody(void)
{
    attached();
    memset(ends, 0, sizeof(ends));
}

/* The victim has these ends, the others both, or just those that the victim has not. */
static void opened(uint32_t its, uint32_t others)
{
    nobody();
    check(open_fifo(VICTIM, "/f", its | SLUICE_READ | SLUICE_NONBLOCK) >= 0);
    if (its == SLUICE_WRITE) { /* a writer needs a reader: it was one for that moment */
        uint32_t both = world.handle[VICTIM];
        check(open_fifo(VICTIM, "/f", SLUICE_WRITE) >= 0);
        check(ask(VICTIM, SLUICE_OP_CLOSE, both, NULL, 0, 0) == 0);
    }
    for (int i = OTHER; i < AGENTS; i++) {
        struct sluice_request r = opening("/f", others | SLUICE_NONBLOCK);
        int n = sluice_advance(&world.agent[i], &r);
        check(n >= 0);
        world.handle[i] = (uint32_t)n;
        ends[i] = others;
    }
}

static void all_open(void)
{
    opened(SLUICE_READ | SLUICE_WRITE, SLUICE_READ | SLUICE_WRITE);
}

static void some_bytes(void)
{
    all_open();
    for (int i = 0; i < 3; i++) {
        struct sluice_request r = moving(OTHER, SLUICE_OP_PIPE_WRITE, 1000);
        check(sluice_try(&world.agent[OTHER], &r) == 1000);
    }
    struct sluice_request r = moving(OTHER, SLUICE_OP_PIPE_READ, 2900);
    check(sluice_try(&world.agent[OTHER], &r) == 2900);
}

static void full(void)
{
    all_open();
    struct sluice_request r = moving(OTHER, SLUICE_OP_PIPE_WRITE, SLUICE_PIPE_BUF);
    check(sluice_try(&world.agent[OTHER], &r) == SLUICE_PIPE_BUF);
}

static void other_reads(void)
{
    all_open();
    waits(OTHER, moving(OTHER, SLUICE_OP_PIPE_READ, 8));
}

static void other_looks(void)
{
    all_open();
    looks(OTHER, SLUICE_READ);
}

static void two_read(void)
{
    other_reads();
    waits(REPAIRER, moving(REPAIRER, SLUICE_OP_PIPE_READ, 8));
}

static void victim_reads_first(void)
{
    all_open();
    waits(VICTIM, moving(VICTIM, SLUICE_OP_PIPE_READ, 8));
    waits(OTHER, moving(OTHER, SLUICE_OP_PIPE_READ, 8));
}

static void victim_to_read(void)
{
    victim_reads_first();
    struct sluice_request r = moving(REPAIRER, SLUICE_OP_PIPE_WRITE, 8);
    check(sluice_try(&world.agent[REPAIRER], &r) == 8);
}

static void other_writes(void)
{
    full();
    waits(OTHER, moving(OTHER, SLUICE_OP_PIPE_WRITE, 8));
}

/* Every other has an end of one sort, the victim the only one of the other sort. */
static void last_writer_left_some(void)
{
    opened(SLUICE_WRITE, SLUICE_READ);
    struct sluice_request r = moving(VICTIM, SLUICE_OP_PIPE_WRITE, 100);
    check(sluice_try(victim(), &r) == 100);
}

static void last_writer(void)
{
    opened(SLUICE_WRITE, SLUICE_READ);
    waits(OTHER, moving(OTHER, SLUICE_OP_PIPE_READ, 8));
    waits(REPAIRER, moving(REPAIRER, SLUICE_OP_PIPE_READ, 8));
}

static void last_reader(void)
{
    opened(SLUICE_READ, SLUICE_WRITE);
    struct sluice_request r = moving(OTHER, SLUICE_OP_PIPE_WRITE, SLUICE_PIPE_BUF);
    check(sluice_try(&world.agent[OTHER], &r) == SLUICE_PIPE_BUF);
    waits(OTHER, moving(OTHER, SLUICE_OP_PIPE_WRITE, 8));
    waits(REPAIRER, moving(REPAIRER, SLUICE_OP_PIPE_WRITE, 8));
}

static void others_open(void)
{
    nobody();
    waits(OTHER, opening("/f", SLUICE_READ));
    waits(REPAIRER, opening("/f", SLUICE_READ));
}

static void victim_opens(void)
{
    nobody();
    waits(VICTIM, opening("/f", SLUICE_READ));
}

/* --- operations --------------------------------------------------------- */

static void create_pipe(void)
{
    struct sluice_request r = request(SLUICE_OP_PIPE_OPEN, 0, NULL);
    r.args[0] = SLUICE_PIPE_BUF;
    sluice_advance(victim(), &r);
}

static void write_some(void)
{
    struct sluice_request r = moving(VICTIM, SLUICE_OP_PIPE_WRITE, 2000);
    change = 2000;
    sluice_advance(victim(), &r);
}

/* More than is ever whole: it writes what there is room for, and waits. */
static void write_long(void)
{
    world.wait[VICTIM] = moving(VICTIM, SLUICE_OP_PIPE_WRITE, SLUICE_PIPE_BUF + 100);
    change = SLUICE_PIPE_BUF;
    sluice_advance(victim(), &world.wait[VICTIM]);
}

static void write_8(void)
{
    struct sluice_request r = moving(VICTIM, SLUICE_OP_PIPE_WRITE, 8);
    change = 8;
    sluice_advance(victim(), &r);
}

static void read_some(void)
{
    struct sluice_request r = moving(VICTIM, SLUICE_OP_PIPE_READ, 60);
    change = -60;
    sluice_advance(victim(), &r);
}

static void close_end(void)
{
    ask(VICTIM, SLUICE_OP_CLOSE, world.handle[VICTIM], NULL, 0, 0);
}

static void open_to_write(void)
{
    struct sluice_request r = opening("/f", SLUICE_WRITE);
    sluice_advance(victim(), &r);
}

static void cancel(void)
{
    sluice_cancel(victim(), &world.wait[VICTIM]);
}

static const struct step steps[] = {
    {"pipe: create", nobody, create_pipe},
    {"pipe: write", all_open, write_some},
    {"pipe: write, wrapping", some_bytes, write_some},
    {"pipe: write more than fits", all_open, write_long},
    {"pipe: write more than fits, two read", two_read, write_long},
    {"pipe: write, another reads", other_reads, write_8},
    {"pipe: write, two read", two_read, write_8},
    {"pipe: write, another waits until it is ready", other_looks, write_8},
    {"pipe: write, full", full, write_8},
    {"pipe: read, leaving some", some_bytes, read_some},
    {"pipe: read, another writes", other_writes, read_some},
    {"pipe: read, empty", all_open, read_some},
    {"pipe: give a read up, another reads", victim_reads_first, cancel},
    {"pipe: give a read up when marked", victim_to_read, cancel},
    {"pipe: close the last writer", last_writer, close_end},
    {"pipe: close the last writer, bytes are left", last_writer_left_some, close_end},
    {"pipe: close the last reader", last_reader, close_end},
    {"fifo: open, create and wait", nobody, open_to_write},
    {"fifo: open, others wait for it", others_open, open_to_write},
    {"fifo: give an open up", victim_opens, cancel},
};

/* --- what must hold ------------------------------------------------------ */

/* What was written stays: what the state left there, and what the operation did or did not. */
static void none_lost(struct sluice_pipe *pipe)
{
    struct sluice_pipe *before = as_before(pipe);
    int were = (int)(load_relaxed(&before->tail) - load_relaxed(&before->head));
    int now = (int)(load_relaxed(&pipe->tail) - load_relaxed(&pipe->head));
    if (load_relaxed(&pipe->readers) != 0)
        were += 8 * done_since(SLUICE_OP_PIPE_WRITE);
    if (load_relaxed(&pipe->writers) != 0)
        now += 8 * done_since(SLUICE_OP_PIPE_READ);
    check(now == were || now == were + change);
}

/* The ends that are open are those of the living; where one sort is missing, nobody of the other sort waits. */
static void objects_hold(int by)
{
    struct sluice *s = &world.agent[by];
    struct sluice_handle *handle = sluice__handle_find(s, world.handle[by]);
    if (handle == NULL)
        return;
    struct sluice_pipe *pipe = (struct sluice_pipe *)sluice__handle_object(s, handle);
    uint32_t readers = 0, writers = 0;
    bool repairer = (uint32_t)load64_relaxed(&world.agent[REPAIRER].me->life) >> 8 != 0;
    for (int i = OTHER; i < AGENTS; i++) {
        bool alive = i != REPAIRER || repairer;
        readers += alive && (ends[i] & SLUICE_READ) != 0;
        writers += alive && (ends[i] & SLUICE_WRITE) != 0;
    }
    check(load_relaxed(&pipe->readers) == readers && load_relaxed(&pipe->writers) == writers);
    none_lost(pipe);
    if (readers == 0 || writers == 0)
        check(world.wait[OTHER].waiter == 0);
}

static void unlink_all(int who)
{
    ask(who, SLUICE_OP_UNLINK, 0, "/f", SLUICE_KIND_FIFO, 0);
}

int main(void)
{
    for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        die_everywhere(&steps[i]);
    return report();
}
