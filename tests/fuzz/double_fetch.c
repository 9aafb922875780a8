/*
 * Double fetch: for each operation in each of its states, every word that it reads is changed just before or just after it was
 * read, to each of NASTY values. The operation ends within its steps, touches nothing outside, answers what is documented;
 * and so do all who go on and leave afterwards. Each state twice: with room to spare, and in a region that ends with the
 * state's last object.
 */
#include "answers.h"

#include "obj/pipe.h"
#include "prim/heap.h"
#include "reg/agent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "double_fetch.h"

struct world world;

static struct world saved;
static uint8_t *region, saved_region[REGION_BYTES];
static unsigned long cases;
static unsigned all_reads;

static void begin(struct sluice *s)
{
    port_begin(s);
}

static bool refused(int n)
{
    return n == -SLUICE_EAGAIN || n == SLUICE_STALLED;
}

int request(int who, struct sluice_request r)
{
    begin(&world.s[who]);
    int n = sluice_try(&world.s[who], &r);
    answer_is_plausible(&r, n);
    memcpy(world.out, r.out, sizeof(r.out));
    return n;
}

int waits(int who, struct sluice_request r)
{
    struct sluice_request *w = &world.wait[who];
    *w = r;
    begin(&world.s[who]);
    int n = sluice_advance(&world.s[who], w);
    if (!refused(n)) {
        answer_is_plausible(w, n);
        w->op = 0;
    }
    return n;
}

void ready(uint32_t what)
{
    struct sluice_request r = {.op = SLUICE_OP_READY, .handle = world.handle[ME]};
    r.args[0] = what;
    waits(ME, r);
}

void go_on(int who)
{
    struct sluice_request *w = &world.wait[who];
    begin(&world.s[who]);
    sluice_bell_answer(&world.s[who]);
    while (sluice_ready(&world.s[who]) != 0)
        ;
    if (w->op != 0)
        waits(who, *w);
}

void cancel(int who)
{
    struct sluice_request *w = &world.wait[who];
    begin(&world.s[who]);
    int n = w->op ? sluice_cancel(&world.s[who], w) : 0;
    if (n != 0 && n != SLUICE_STALLED)
        port_fail("cancel answers %d", n);
    w->op = 0;
}

static void ended(const char *what, int n)
{
    if (n != 0 && n != SLUICE_STALLED && n != -SLUICE_ESRCH)
        port_fail("%s answers %d", what, n);
}

void detach(int who)
{
    begin(&world.s[who]);
    ended("detach", sluice_detach(&world.s[who]));
}

void settle(int who)
{
    begin(&world.s[who]);
    sluice_died(&world.s[who], 2 - (uint32_t)who);
    ended("settle", sluice_settle(&world.s[who]));
}

bool attach(int who)
{
    memset(&world.s[who], 0, sizeof(world.s[who]));
    begin(&world.s[who]);
    int n = sluice_attach(&world.s[who], port.base, port.bytes, (uint32_t)who + 1, 0, 0);
    if (n != 0 && n != -SLUICE_EINVAL && n != -SLUICE_EMFILE && n != -SLUICE_EUCLEAN)
        port_fail("attach answers %d", n);
    world.s[who].lock_tries = 3;
    return n == 0;
}

/* Whoever was told goes on; then both leave, and the one who is left settles. */
static void aftermath(void)
{
    if (world.s[OTHER].me != NULL)
        go_on(OTHER);
    for (int who = 0; who < AGENTS; who++) {
        cancel(who);
        if (world.s[who].me != NULL)
            detach(who);
    }
    if (attach(ME))
        settle(ME);
}

/* True where the state could be built in a region of so many bytes. */
static bool build(const struct row *row, uint32_t bytes)
{
    port.base = region;
    port.bytes = bytes;
    port.strikes_at = UINT32_MAX;
    memset(region, 0, REGION_BYTES);
    memset(&world, 0, sizeof(world));
    begin(&world.s[ME]);
    if (sluice_format(region, bytes, AGENTS, 0) != 0 || !attach(ME) || !attach(OTHER) ||
        !row->state())
        return false;
    memset(world.s[ME].found, 0, sizeof(world.s[ME].found)); /* the operation looks everything up */
    saved = world;
    memcpy(saved_region, region, bytes);
    return true;
}

static void strike(const struct row *row, uint32_t at, bool after, uint32_t with)
{
    world = saved;
    memcpy(region, saved_region, port.bytes);
    port.strikes_at = at;
    port.strikes_after = after;
    port.strikes_with = with;
    port.reads = port.damages = 0;
    row->operation();
    port.strikes_at = UINT32_MAX;
    cases += port.damages != 0;
    aftermath();
}

static uint32_t reads_of(const struct row *row)
{
    world = saved;
    memcpy(region, saved_region, port.bytes);
    port.reads = 0;
    row->operation();
    return port.reads;
}

static void strike_everywhere(const struct row *row)
{
    uint32_t reads = reads_of(row);
    all_reads += reads;
    for (uint32_t at = 0; at < reads; at++)
        for (uint32_t with = 0; with < NASTY; with++) {
            strike(row, at, false, with);
            strike(row, at, true, with);
        }
}

static uint32_t bytes_free(void)
{
    return load_relaxed(&sluice__region(&world.s[ME])->heap.free_bytes);
}

static bool run(const struct row *row)
{
    unsigned long before = cases;
    if (setjmp(port.out) != 0) {
        printf("not ok double fetch: %s: read %u, %s, value %u, region of %u: %s\n", row->name,
               port.strikes_at, port.strikes_after ? "after" : "before", port.strikes_with,
               port.bytes, port.failure);
        return false;
    }
    if (!build(row, REGION_BYTES))
        port_fail("no such state");
    uint32_t tight = REGION_BYTES - bytes_free();
    strike_everywhere(row);
    while (!build(row, tight))
        tight += SLUICE_LINE;
    strike_everywhere(row);
    printf("ok double fetch: %s: %lu cases\n", row->name, cases - before);
    return true;
}

/* All rows, or the one of that name: how many fail. */
static int run_all(const struct row *row, const char *name)
{
    int failed = 0;
    for (; row->name != NULL; row++)
        if (name == NULL || strcmp(name, row->name) == 0)
            failed += !run(row);
    return failed;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : NULL;
    region = port_new_region(REGION_BYTES);
    int failed = run_all(rows_of_objects, name) + run_all(rows_of_streams, name);
    printf("# %lu cases: %u reads, each before and after, %d values\n", cases, all_reads, NASTY);
    return failed != 0;
}
