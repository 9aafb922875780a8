/*
 * kills kills|stops SEED COUNT
 *
 * COUNT processes are killed, or stopped for a while, at random moments, in small worlds one after the other. A world's seed is
 * that of the world before plus one, so that its own seed and a COUNT of 25 run it again: what the processes are to do follows
 * from it, when they die does not.
 */
#include "kills_parent.h"

#include "obj/mqueue.h"
#include "obj/pipe.h"
#include "obj/psem.h"
#include "obj/ring.h"
#include "reg/handle.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { JANITORS = 2 };

/* --- the end of a world --------------------------------------------------------------- */

static bool anybody(enum role role)
{
    for (uint32_t i = 1; i < world.lives; i++)
        if (life_of(i)->alive && life_of(i)->role == role && !has_left(i))
            return true;
    return false;
}

static void ring_everybody(void)
{
    for (uint32_t slot = 0; slot < AGENTS; slot++)
        sluice__bell_ring(&me.s, slot);
    store_release(&world.board->request, load_acquire(&world.board->request) + 1);
    port_unpark(&world.board->request);
}

/* Senders go first; with no more traffic to wake them, the receivers empty the thing they wait at. */
static void close_world(void)
{
    enum thing duty = world.board->duty;
    int64_t begun = port_now_ns();
    world.board->dead[0] = 0;
    if (duty != ENDS && duty != DUEL) {
        store_release(&world.board->closing, 1);
        while (anybody(SENDER))
            watching(begun, "a sender");
        while (duty != POOL && left_in(duty) != 0) {
            watching(begun, "receivers with something left");
            replace_full();
        }
    }
    store_release(&world.board->closing, 2);
    ring_everybody();
    while (anybody(SENDER) || anybody(RECEIVER) || anybody(JANITOR))
        watching(begun, "whoever has been told to leave");
}

static void unlink_one(const char *name, uint32_t kind)
{
    struct sluice_request r = request_of(SLUICE_OP_UNLINK, 0, name);
    r.args[0] = kind;
    int n = sluice_try(&me.s, &r);
    must(n == 0 || n == -SLUICE_ENOENT, "unlink gave %d", n);
}

static void unlink_all(void)
{
    static const char *const names[] = {"/queue", "/bytes", "/cells", "/stream", "/ends",
                                        "/pool",  "/n0",    "/n1",    "/n2"};
    for (uint32_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        for (uint32_t kind = SLUICE_KIND_SEMAPHORE; kind <= SLUICE_KIND_RING; kind++)
            unlink_one(names[i], kind);
}

static void audit(void)
{
    static const enum thing lasting[] = {QUEUE, BYTES, CELLS, STREAM};
    for (uint32_t i = 0; i < 4; i++) {
        drain(&me, lasting[i]);
        must(left_in(lasting[i]) == 0, "thing %d is not empty", (int)lasting[i]);
        check_units(&world, lasting[i], true);
    }
    check_units(&world, ENDS, false);
    struct sluice_mqueue *mq = thing_of(&me, QUEUE);
    struct sluice_psem *pool = thing_of(&me, POOL);
    struct sluice_pipe *stream = thing_of(&me, STREAM);
    check_tokens(&world, sluice__psem_value(pool));
    must(sluice__mqueue_valid(&me.s, mq) && load_acquire(&mq->notifier) == 0, "the queue");
    must(sluice__ring_valid(&me.s, thing_of(&me, BYTES)), "the ring of bytes");
    must(sluice__ring_valid(&me.s, thing_of(&me, CELLS)), "the ring of cells");
    must(sluice__gate_valid(&me.s, &pool->object.gate), "the semaphore");
    must(sluice__gate_valid(&me.s, &stream->object.gate), "the pipe's writers");
    must(sluice__gate_valid(&me.s, &stream->reading), "the pipe's readers");
    for (uint32_t i = 0; i < world.lives; i++) {
        all.units += load_acquire(&life_of(i)->took);
        all.tokens += load_acquire(&life_of(i)->waits);
    }
}

/* --- worlds ------------------------------------------------------------------------ */

static void begin_world(uint32_t seed, uint32_t *free_bytes)
{
    size_t bytes = sizeof(struct board);
    int prot = PROT_READ | PROT_WRITE, flags = MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE;
    world = (struct world){.board = mmap(NULL, bytes, prot, flags, -1, 0),
                           .region = mmap(NULL, REGION, prot, flags, -1, 0),
                           .lives = 1};
    must(world.board != MAP_FAILED && world.region != MAP_FAILED, "mmap");
    must(sluice_format(world.region, REGION, AGENTS, seed) == 0, "format");
    *free_bytes = load_relaxed(&((struct sluice_region *)world.region)->heap.free_bytes);
    me = (struct worker){.world = &world, .life = life_of(0), .dice = dice_of(seed, 0)};
    me.life->role = RECEIVER;
    world.board->parent = getpid();
    world.board->seed = seed;
    world.board->stops = all.stops;
    world.board->depth = roll(&me.dice, 2) ? 1 + roll(&me.dice, 4) : 64;
    join(&me.s, world.region, REGION, 1);
}

static void end_world(uint32_t free_bytes)
{
    unlink_all();
    must(sluice_detach(&me.s) == 0, "detach");
    must(sound(&me.s), "the region");
    uint32_t now = load_relaxed(&((struct sluice_region *)world.region)->heap.free_bytes);
    must(now == free_bytes, "%u bytes leaked", free_bytes - now);
    munmap(world.board, sizeof(struct board));
    munmap(world.region, REGION);
    all.worlds++;
}

static void populate(void)
{
    enum thing duty = world.board->duty;
    for (enum thing thing = 0; thing <= POOL; thing++)
        if (thing != DUEL)
            me.handle[thing] = open_thing(&me, thing);
    simply(&me.s, SLUICE_OP_CLOSE, me.handle[ENDS]);
    uint32_t senders = duty == BYTES ? 1 : 1 + roll(&me.dice, 3);
    uint32_t receivers = duty == BYTES ? 1 : 1 + roll(&me.dice, 3);
    world.hand = world.lives++;
    for (uint32_t i = 0; i < JANITORS; i++)
        spawn(JANITOR, QUEUE);
    for (uint32_t i = 0; i < senders; i++)
        spawn(SENDER, duty);
    for (uint32_t i = 0; i < receivers; i++)
        spawn(duty == POOL ? SENDER : RECEIVER, duty);
}

static void market(uint32_t most)
{
    enum thing duty = world.board->duty;
    populate();
    for (uint32_t before = all.done; all.done - before < most;) {
        nap_us(roll(&me.dice, 4) ? roll(&me.dice, 1500) : roll(&me.dice, 100));
        replace_full();
        bool alone = duty == QUEUE || duty == CELLS || duty == STREAM;
        if (all.stops)
            stop_round();
        else if (alone && roll(&me.dice, 4) == 0)
            lone_round();
        else
            kill_round();
    }
    close_world();
    audit();
}

/* A pipe between two, of whom one is killed: the other meets the end of file after all that was sent, or EPIPE. */
static void duel(void)
{
    struct board *board = world.board;
    struct sluice_request r = request_of(SLUICE_OP_PIPE_OPEN, 0, NULL), t;
    r.args[0] = 4096;
    must(sluice_try(&me.s, &r) == 0, "pipe");
    for (uint32_t i = 0; i < 2; i++) {
        t = request_of(SLUICE_OP_TICKET, r.out[i], NULL);
        t.bytes = board->ticket[i];
        t.length = sizeof(board->ticket[i]);
        board->tickets = (uint32_t)sluice_try(&me.s, &t);
    }
    uint32_t number[2] = {spawn(RECEIVER, DUEL), spawn(SENDER, DUEL)};
    int64_t begun = port_now_ns();
    for (uint32_t i = 0; i < 2; i++)
        while (load_acquire(&life_of(number[i])->steps) == 0)
            watching(begun, "a duellist");
    for (uint32_t i = 0; i < 2; i++)
        simply(&me.s, SLUICE_OP_CLOSE, r.out[i]);
    nap_us(roll(&me.dice, 400));
    uint32_t victim = roll(&me.dice, 2), dead[4] = {number[victim]};
    struct life *other = life_of(number[1 - victim]);
    kill_one(dead[0]);
    all.done++;
    int64_t proven = port_now_ns();
    bury(dead);
    while (other->alive && !has_left(number[1 - victim]))
        watching(proven, "who outlived the other end");
    int64_t ended = (int64_t)load64_acquire(&other->ended);
    if (ended > proven && all.waits < SAMPLES)
        all.wait_ns[all.waits++] = ended - proven;
    all.units += load_acquire(&life_of(number[0])->took);
    bool whole = victim == 1 && load_relaxed(&other->took) + 600 < TAKES;
    check_units(&world, DUEL, whole);
    for (uint32_t i = 0; i < 2; i++) { /* accounted for */
        store_relaxed(&life_of(number[i])->took, 0);
        store_relaxed(&life_of(number[i])->taking, NOTHING);
        store_relaxed(&life_of(number[i])->sending[DUEL][0], 0);
        store_relaxed(&life_of(number[i])->sent[DUEL][0], 0);
    }
}

static void duels(uint32_t most)
{
    spawn(JANITOR, QUEUE);
    for (uint32_t before = all.done; all.done - before < most;)
        duel();
    close_world();
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static double wait_ms(double part)
{
    uint32_t at = (uint32_t)(part * all.waits);
    return all.waits == 0 ? 0 : (double)all.wait_ns[at < all.waits ? at : all.waits - 1] / 1e6;
}

int main(int argc, char **argv)
{
    uint32_t first = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 1;
    uint32_t most = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : A_WORLD, free_bytes;
    all.stops = argc > 1 && strcmp(argv[1], "stops") == 0;
    prctl(PR_SET_TIMERSLACK, 1);
    for (all.seed = first; all.done < most; all.seed++) {
        begin_world(all.seed, &free_bytes);
        uint32_t left = most - all.done, kills = left < A_WORLD ? left : A_WORLD;
        enum thing duty = (enum thing)roll(&me.dice, all.stops ? DUEL : POOL + 1);
        world.board->duty = duty;
        if (duty == DUEL)
            duels(kills);
        else
            market(kills);
        end_world(free_bytes);
    }
    qsort(all.wait_ns, all.waits, sizeof(*all.wait_ns), by_size);
    printf(
        "ok %u processes %s in %u worlds, %u of them with a lock held, %u more while they settled: "
        "%llu units moved, none lost or doubled, %llu tokens\n",
        all.done, all.stops ? "stopped" : "killed", all.worlds, all.locked, all.janitors,
        (unsigned long long)all.units, (unsigned long long)all.tokens);
    if (all.stops) {
        must(all.timeouts > 0, "nobody waited in vain for one that was stopped");
        printf("# %u waits of others timed out meanwhile\n", all.timeouts);
    } else
        printf("# survivors' waits after the proof, %u of them: p50 %.2f ms, p99 %.2f ms, most "
               "%.2f ms\n",
               all.waits, wait_ms(0.5), wait_ms(0.99), wait_ms(1));
    return 0;
}
