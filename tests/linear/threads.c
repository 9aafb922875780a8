/*
 * Short histories of each object, from real threads on the native core: threads SEED ROUNDS [KIND].
 * A shared counter is the clock; as a read-modify-write it also makes an operation's stores visible before its end.
 */
#include "threads.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Alignas(64) uint8_t linear_region[BYTES];
static struct member members[MOST];
struct sluice_au32 linear_clock;
static struct sluice_au32 arrived, round_open;
#ifdef __SANITIZE_THREAD__
#define WHERE "threads under TSan"
#else
#define WHERE "threads"
#endif

const struct kind *linear_kind;
static uint32_t rounds;

void linear_must(bool good, const char *what)
{
    if (good)
        return;
    printf("not ok linear: " WHERE ": %s\n", what);
    exit(1);
}

/* --- rounds ------------------------------------------------------------------------ */

static void meet(struct sluice_au32 *word, uint32_t value)
{
    for (uint32_t i = 0; load_acquire(word) != value; i++) {
        if (i % 256 == 255)
            sched_yield();
        port_pause(1);
    }
}

static void run(struct member *m)
{
    for (uint32_t i = 0; i < linear_kind->steps; i++)
        linear_kind->step(m);
    add_seq(&arrived, 1);
}

static void *member_main(void *arg)
{
    for (uint32_t round = 1; round <= rounds; round++) {
        meet(&round_open, round);
        run(arg);
    }
    return NULL;
}

static void gather(struct linear_history *h)
{
    h->spec = linear_kind->spec;
    h->count = 0;
    memcpy(h->params, linear_kind->params, sizeof(h->params));
    for (uint32_t i = 0; i < linear_kind->members; i++)
        for (uint32_t j = 0; j < members[i].count; j++)
            h->ops[h->count++] = members[i].ops[j];
}

static void unlink_all(struct member *m)
{
    static const char *const names[] = {"/o", "/a", "/b"};
    for (uint32_t i = 0; i < 3; i++) {
        struct sluice_request r = {.op = SLUICE_OP_UNLINK, .name = names[i], .name_length = 2};
        for (r.args[0] = SLUICE_KIND_SEMAPHORE; r.args[0] <= SLUICE_KIND_RING; r.args[0]++)
            sluice_try(&m->s, &r);
    }
}

static void before(uint32_t seed)
{
    store_relaxed(&linear_clock, 0);
    store_relaxed(&arrived, 0);
    for (uint32_t i = 0; i < linear_kind->members; i++) {
        struct member *m = &members[i];
        m->seed = seed * 2654435761u + i * 40503u;
        m->made = m->claims = m->count = m->closed = 0;
        linear_kind->open(m);
    }
}

static void after(void)
{
    for (uint32_t i = 0; i < linear_kind->members; i++) {
        struct member *m = &members[i];
        struct sluice_request r = {.op = SLUICE_OP_CLOSE, .handle = m->handle};
        if (m->handle != 0 && !m->closed)
            linear_must(sluice_try(&m->s, &r) == 0, "close");
    }
    unlink_all(&members[0]);
}

static void judge(const struct linear_history *h, uint32_t seed)
{
    if (linear_check(h))
        return;
    linear_print(stdout, h);
    printf("not ok linear: " WHERE ": %s: no order explains it; the same calls again: threads %u 1 "
           "'%s'\n",
           linear_kind->name, seed, linear_kind->name);
    exit(1);
}

static void play(uint32_t seed)
{
    static struct linear_history h;
    unsigned long operations = 0, side_by_side = 0;
    pthread_t threads[MOST];
    store_relaxed(&round_open, 0);
    for (uint32_t i = 1; i < linear_kind->members; i++)
        pthread_create(&threads[i], NULL, member_main, &members[i]);
    for (uint32_t i = 0; i < rounds; i++) {
        alarm(10); /* a watchdog: who hangs ends here */
        before(seed + i);
        add_seq(&round_open, 1);
        run(&members[0]);
        meet(&arrived, linear_kind->members);
        gather(&h);
        operations += h.count;
        side_by_side += linear_overlaps(&h);
        judge(&h, seed + i);
        after();
    }
    for (uint32_t i = 1; i < linear_kind->members; i++)
        pthread_join(threads[i], NULL);
    linear_must(side_by_side != 0 || rounds == 1, "nothing ran side by side");
    printf("ok linear: " WHERE ": %s: %u histories, %lu operations, %lu pairs side by side\n",
           linear_kind->name, rounds, operations, side_by_side);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    uint32_t seed = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1;
    rounds = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 20000;
    linear_must(sluice_format(linear_region, BYTES, MOST, 0) == 0, "format");
    for (uint32_t i = 0; i < MOST; i++) {
        members[i].number = i;
        linear_must(sluice_attach(&members[i].s, linear_region, BYTES, i + 1, 0, 0) == 0, "attach");
    }
    for (uint32_t i = 0; i < linear_kinds_count; i++) {
        linear_kind = &linear_kinds[i];
        if (argc < 4 || strcmp(argv[3], linear_kind->name) == 0)
            play(seed);
    }
    return 0;
}
