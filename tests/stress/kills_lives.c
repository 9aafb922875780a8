/* Births, deaths, their proof and their settling. */
#include "kills_parent.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct all all;
struct worker me;
struct world world;

void replay(void)
{
    printf("# again: build/plain/tests/stress/kills %s %u %d\n", all.stops ? "stops" : "kills",
           all.seed, A_WORLD);
    for (uint32_t i = 1; i < world.lives; i++) {
        struct life *l = &world.board->lives[i];
        int64_t since = port_now_ns() - (int64_t)load64_acquire(&l->begun);
        if (l->alive)
            printf("# life %u (pid %d), role %d, duty %d: %u steps, in request %u on %u, for %lld "
                   "us\n",
                   i, l->pid, (int)l->role, (int)l->duty, load_acquire(&l->steps),
                   load_acquire(&l->doing), load_acquire(&l->on), (long long)since / 1000);
    }
    fflush(stdout);
}

void nap_us(uint32_t us)
{
    struct timespec t = {0, 1000 * (long)us};
    nanosleep(&t, NULL);
}

/* --- births and ends -------------------------------------------------------------- */

uint32_t spawn(enum role role, enum thing duty)
{
    uint32_t number = world.lives;
    struct life *life = life_of(number);
    must(number < LIVES, "more lives than a world has room for");
    life->role = role;
    life->duty = duty;
    life->alive = true;
    store_release(&life->buried, load_acquire(&world.board->request));
    world.lives++;
    fflush(stdout);
    int pid = fork();
    must(pid >= 0, "fork: %s", strerror(errno));
    if (pid == 0)
        live(&world, number);
    life->pid = pid;
    return number;
}

bool has_left(uint32_t number)
{
    struct life *life = life_of(number);
    int status;
    if (!life->alive || waitpid(life->pid, &status, WNOHANG) != life->pid)
        return false;
    life->alive = false;
    must(WIFEXITED(status) && WEXITSTATUS(status) == 0, "life %u ended with status %x", number,
         (unsigned)status);
    return true;
}

bool watching(int64_t since, const char *what)
{
    siginfo_t end = {.si_pid = 0};
    must(port_now_ns() - since < WATCHDOG_NS, "%s: nothing in 10 s", what);
    must(waitid(P_ALL, 0, &end, WEXITED | WNOHANG | WNOWAIT) < 0 || end.si_pid == 0 ||
             end.si_status == 0,
         "process %d failed", end.si_pid);
    nap_us(30);
    return true;
}

void replace_full(void)
{
    for (uint32_t i = 1; i < world.lives; i++) {
        struct life *life = life_of(i);
        if (load_acquire(&life->full) && has_left(i))
            spawn(life->role, life->duty);
    }
}

/* Whether it died with a lock held: its slot's, if it had one. */
bool holds_lock(uint32_t number)
{
    for (uint32_t slot = 0; slot < AGENTS; slot++) {
        struct sluice_agent *agent = sluice__agent(&me.s, slot);
        uint64_t life = load64_acquire(&agent->life);
        uint32_t at = load_acquire(&agent->locking);
        if ((uint32_t)life != ((number + 1) << 8 | SLUICE_LIFE_LIVE) || at == 0)
            continue;
        uint64_t word = load64_acquire(&((struct sluice_gate *)sluice__at(&me.s, at))->word);
        return (word & ~(uint64_t)SLUICE__BITS) == (life >> 32 << 32 | (uint64_t)(slot + 1) << 16);
    }
    return false;
}

void kill_one(uint32_t number)
{
    static uint32_t died;
    struct life *life = life_of(number);
    int status;
    must(kill(life->pid, SIGKILL) == 0, "kill: %s", strerror(errno));
    waitpid(life->pid, &status, 0);
    life->alive = false;
    if (WIFEXITED(status))
        must(WEXITSTATUS(status) == 0, "life %u ended with status %x", number, (unsigned)status);
    life->died = ++died;
    all.locked += holds_lock(number);
}

/* --- settling ---------------------------------------------------------------------- */

static void settle(void)
{
    int64_t begun = port_now_ns();
    sluice_bell_answer(&me.s);
    while (sluice_settle(&me.s) == SLUICE_STALLED) {
        watching(begun, "settling");
        sluice_bell_answer(&me.s);
    }
}

static void prove(const uint32_t *dead)
{
    for (uint32_t i = 0; dead[i] != 0; i++) {
        struct sluice_attached who;
        if (roll(&me.dice, 2)) {
            sluice_died(&me.s, dead[i] + 1);
            continue;
        }
        for (uint32_t slot = 0; slot < AGENTS; slot++)
            if (sluice_attached(&me.s, slot, &who) > 0 && who.owner == dead[i] + 1)
                sluice_agent_died(&me.s, slot, who.incarnation);
    }
}

static void ask_janitors(const uint32_t *dead)
{
    struct board *board = world.board;
    memcpy(board->dead, dead, sizeof(board->dead));
    store_release(&board->request, load_acquire(&board->request) + 1);
    port_unpark(&board->request);
}

static void await_janitors(void)
{
    int64_t begun = port_now_ns();
    for (uint32_t i = 1; i < world.lives; i++) {
        struct life *life = life_of(i);
        while (life->alive && life->role == JANITOR &&
               load_acquire(&life->buried) != load_acquire(&world.board->request))
            watching(begun, "a janitor");
    }
}

static uint32_t any_janitor(void)
{
    uint32_t number = 1;
    while (!life_of(number)->alive || life_of(number)->role != JANITOR)
        number++;
    return number;
}

void bury(const uint32_t *dead)
{
    uint32_t way = roll(&me.dice, 5);
    if (way > 0)
        ask_janitors(dead);
    if (way == 1) {
        uint32_t number = any_janitor(), two[2] = {number, 0};
        if (roll(&me.dice, 2))
            nap_us(roll(&me.dice, 30));
        kill_one(number);
        all.janitors++;
        prove(two);
        settle();
        spawn(JANITOR, QUEUE);
    }
    if (way < 3) {
        prove(dead);
        settle();
    }
    await_janitors();
    for (uint32_t slot = 0; slot < AGENTS; slot++) {
        struct sluice_attached who;
        for (uint32_t i = 0; dead[i] != 0; i++)
            must(sluice_attached(&me.s, slot, &who) == 0 || who.owner != dead[i] + 1,
                 "life %u is settled and still attached", dead[i]);
    }
}

void replace_tokens(uint32_t number)
{
    struct life *life = life_of(number);
    for (uint32_t n = load_acquire(&life->waiting); n != load_acquire(&life->posts); n--)
        post_token(&me);
}
