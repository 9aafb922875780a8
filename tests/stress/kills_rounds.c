/* What happens to the lives of a world, again and again. */
#include "kills_parent.h"

#include "obj/mqueue.h"
#include "obj/pipe.h"
#include "obj/ring.h"

#include <signal.h>
#include <sys/wait.h>

static uint32_t any_worker(void)
{
    uint32_t number, from = roll(&me.dice, world.lives);
    for (uint32_t i = 0; i < world.lives; i++)
        if (is_worker(number = (from + i) % world.lives))
            return number;
    return 0;
}

/* Half of them in the middle of something, as far as one can see from here. */
static uint32_t any_victim(void)
{
    uint32_t number = any_worker();
    if (roll(&me.dice, 2))
        for (uint32_t looks = 0; looks < 200 && !holds_lock(number); looks++)
            number = any_worker();
    return number;
}

/* It waits, rightly, for somebody to open the other end. */
static bool waits_for_peer(struct life *life)
{
    return life->duty == ENDS && load_acquire(&life->doing) == SLUICE_OP_FIFO_OPEN;
}

/* Everybody alive comes to the end of an operation, `times` times. */
static void everybody_moves(int64_t since, uint32_t times, bool sample)
{
    uint32_t before[LIVES], last = world.lives;
    for (uint32_t i = 1; i < last; i++)
        before[i] = load_acquire(&life_of(i)->steps);
    for (uint32_t i = 1; i < last; i++) {
        struct life *life = life_of(i);
        bool waited = load_acquire(&life->doing) != 0 && load_acquire(&life->steps) == before[i];
        while (is_worker(i) && load_acquire(&life->steps) - before[i] < times &&
               !waits_for_peer(life) && !load_acquire(&life->full)) {
            watching(since, "a survivor");
            replace_full();
        }
        if (sample && waited && is_worker(i) && all.waits < SAMPLES)
            all.wait_ns[all.waits++] = port_now_ns() - since;
    }
}

void kill_round(void)
{
    uint32_t dead[4] = {any_victim()}, most = roll(&me.dice, 6) ? 1 : 2, n = 0;
    do {
        kill_one(dead[n++]);
        all.done++;
        dead[n] = any_victim();
    } while (n < most && dead[n] != 0);
    dead[n] = 0;
    int64_t proven = port_now_ns();
    bury(dead);
    for (uint32_t i = 0; i < n; i++)
        replace_tokens(dead[i]);
    if (world.board->duty ==
        ENDS) /* the others meet the end of file, or EPIPE, and wait for peers */
        everybody_moves(proven, 1, true);
    for (uint32_t i = 0; i < n; i++)
        spawn(life_of(dead[i])->role, life_of(dead[i])->duty);
    if (world.board->duty != ENDS)
        everybody_moves(proven, 1, true);
}

/* Counts under a lock are read without it: its holder may be dead. */
uint32_t left_in(enum thing thing)
{
    void *object = thing_of(&me, thing);
    uint32_t records = 0, bytes;
    if (thing == QUEUE)
        return load_acquire(&((struct sluice_mqueue *)object)->messages);
    if (thing == STREAM)
        return sluice__pipe_readable(&me.s, object);
    if (thing == CELLS)
        return load_acquire(&((struct sluice_ring *)object)->records);
    sluice__ring_waiting(&me.s, object, &records, &bytes);
    return records;
}

static uint32_t alive_receivers(uint32_t *last)
{
    uint32_t n = 0;
    for (uint32_t i = 1; i < world.lives; i++)
        if (life_of(i)->role == RECEIVER && life_of(i)->alive && !has_left(i)) {
            n++;
            *last = roll(&me.dice, n) ? *last : i;
        }
    return n;
}

/* Senders are quiet, receivers sleep: none has begun anything for a while. */
static bool all_quiet(void)
{
    for (uint32_t i = 1; i < world.lives; i++) {
        struct life *life = life_of(i);
        int64_t since = port_now_ns() - (int64_t)load64_acquire(&life->begun);
        bool sleeps = load_acquire(&life->doing) != 0 && since > 200000;
        if (is_worker(i) && !(life->role == SENDER ? load_acquire(&life->quiet) : sleeps))
            return false;
    }
    return left_in(world.board->duty) == 0;
}

static void send_by_hand(void)
{
    me.life = life_of(world.hand);
    me.number = world.hand;
    send_units(&me, world.board->duty, port_now_ns() + WATCHDOG_NS);
    me.life = life_of(0);
    me.number = 0;
}

void lone_round(void)
{
    int64_t begun = port_now_ns();
    uint32_t dead[4] = {0};
    store_release(&world.board->hush, 1);
    while (!all_quiet()) {
        watching(begun, "quiet");
        replace_full();
    }
    if (alive_receivers(&dead[0]) > 1) {
        send_by_hand();
        nap_us(roll(&me.dice, 2) ? roll(&me.dice, 60) : 0);
        kill_one(dead[0]);
        all.done++;
        int64_t proven = port_now_ns();
        bury(dead);
        for (uint32_t any; left_in(world.board->duty) != 0 && alive_receivers(&any) > 0;)
            watching(proven, "a survivor with something left");
        replace_tokens(dead[0]);
        spawn(RECEIVER, world.board->duty);
    }
    store_release(&world.board->hush, 0);
}

static uint32_t timeouts(void)
{
    uint32_t n = 0;
    for (uint32_t i = 1; i < world.lives; i++)
        n += load_acquire(&life_of(i)->timeouts);
    return n;
}

/* Stopped for longer than anybody waits. */
void stop_round(void)
{
    uint32_t number = any_victim();
    struct life *life = life_of(number);
    int status;
    kill(life->pid, SIGSTOP);
    waitpid(life->pid, &status, WUNTRACED);
    if (!WIFSTOPPED(status)) { /* it had just left */
        must(status == 0, "life %u ended with status %x", number, (unsigned)status);
        life->alive = false;
        spawn(life->role, life->duty);
        return;
    }
    bool locked = holds_lock(number);
    uint32_t before = timeouts();
    all.locked += locked;
    all.done++;
    life->alive = false; /* the others ... */
    nap_us(2 * PATIENCE_NS / 1000);
    everybody_moves(port_now_ns(), 4, false);
    sluice_settle(&me.s);
    must(holds_lock(number) == locked, "the lock of life %u, which is stopped, was taken over",
         number);
    all.timeouts += timeouts() - before;
    life->alive = true;
    kill(life->pid, SIGCONT);
    everybody_moves(port_now_ns(), 1, false);
}
