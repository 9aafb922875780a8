/*
 * States to go back to, so that the way there need not be repeated: a stack of them, one for each node of the present path
 * where there is a choice. Of the program's memory and of the objects only what differs from the beginning.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 256 };

/* What a set-up leaves. */
static uint8_t *base;

/* The snapshots, one behind the other; each ends with where it began and its node. */
static struct {
    uint8_t *bytes;
    size_t used, size;
} kept;

struct tail {
    size_t begin;
    int node;
};

void fake__forget_kept(void)
{
    kept.used = 0;
}

void fake__forget_base(void)
{
    fake__forget_kept();
    free(base);
    base = NULL;
}

void fake__note_base(void)
{
    const struct fake_program *p = fake__run.prog;
    if (!fake__run.merges || base)
        return;
    base = malloc(p->memory_bytes);
    if (!base)
        abort();
    memcpy(base, p->memory, p->memory_bytes);
}

/* ---- writing ---- */

static void *room(size_t bytes)
{
    if (kept.used + bytes > kept.size) {
        kept.size = (kept.used + bytes) * 2;
        kept.bytes = realloc(kept.bytes, kept.size);
        if (!kept.bytes)
            abort();
    }
    kept.used += bytes;
    return kept.bytes + kept.used - bytes;
}

static void put(const void *from, size_t bytes)
{
    memcpy(room(bytes), from, bytes);
}

static size_t block_bytes(size_t at)
{
    size_t left = fake__run.prog->memory_bytes - at;
    return left < BLOCK ? left : BLOCK;
}

static void keep_memory(void)
{
    const struct fake_program *p = fake__run.prog;
    const uint8_t *memory = p->memory;
    for (size_t at = 0; at < p->memory_bytes; at += BLOCK)
        if (memcmp(memory + at, base + at, block_bytes(at)) != 0) {
            put(&at, sizeof at);
            put(memory + at, block_bytes(at));
        }
    put(&p->memory_bytes, sizeof p->memory_bytes);
}

static bool goes_on(const struct fake_agent *a)
{
    return a->state == FAKE_READY || a->state == FAKE_PARKED;
}

/* What stands before `buffer` is small. */
enum { AGENT_BYTES = offsetof(struct fake_agent, buffer) };

static void keep_agents(void)
{
    for (int i = 0; i < fake__run.agents; i++) {
        const struct fake_agent *a = &fake__agents[i];
        uint32_t stack = goes_on(a) ? fake__fiber_bytes(a->fiber) : 0;
        put(a, AGENT_BYTES);
        put(a->buffer, (size_t)a->buffered * sizeof *a->buffer);
        put(&stack, sizeof stack);
        if (stack)
            put(fake__fiber_stack(a->fiber), stack);
    }
}

struct kept_obj {
    int obj;
    uint8_t sleepers;
    struct fake_vc sync;
};

static void keep_objs(void)
{
    int none = FAKE_NEVER;
    for (int i = 0; i < fake__obj_count; i++)
        if (fake__objs[i].epoch == fake__run.epoch) {
            struct kept_obj o = {i, fake__objs[i].sleepers, fake__objs[i].sync};
            put(&o, sizeof o);
        }
    put(&none, sizeof none);
}

/* What stands before `copy` is small. */
enum { RUN_BYTES = offsetof(struct fake_run, copy) };

void fake__keep(int node)
{
    struct tail tail = {kept.used, node};
    put(&fake__run, RUN_BYTES);
    put(fake__run.copy, (size_t)fake__run.copies * sizeof *fake__run.copy);
    keep_agents();
    keep_objs();
    keep_memory();
    put(&tail, sizeof tail);
}

/* ---- reading ---- */

static const uint8_t *from;

static void get(void *to, size_t bytes)
{
    memcpy(to, from, bytes);
    from += bytes;
}

static void restore_run(void)
{
    struct fake_run *run = &fake__run;
    uint64_t epoch = run->epoch;
    bool grew = run->grew;
    get(run, RUN_BYTES);
    get(run->copy, (size_t)run->copies * sizeof *run->copy);
    run->epoch = epoch + 1; /* what was touched since is as if it had not been */
    run->grew = grew;
}

static void restore_agents(void)
{
    for (int i = 0; i < fake__run.agents; i++) {
        struct fake_agent *a = &fake__agents[i];
        uint32_t stack;
        get(a, AGENT_BYTES);
        get(a->buffer, (size_t)a->buffered * sizeof *a->buffer);
        a->flushable_stale = true; /* objects may have got their numbers since */
        get(&stack, sizeof stack);
        if (stack)
            fake__fiber_restore(a->fiber, from, stack);
        from += stack;
    }
}

static void restore_objs(void)
{
    for (struct kept_obj o; memcpy(&o.obj, from, sizeof o.obj), o.obj != FAKE_NEVER;) {
        get(&o, sizeof o);
        struct fake_obj *now = fake__obj_now(o.obj);
        now->sleepers = o.sleepers;
        now->sync = o.sync;
    }
    from += sizeof(int);
}

static void restore_memory(void)
{
    const struct fake_program *p = fake__run.prog;
    uint8_t *memory = p->memory;
    size_t next;
    get(&next, sizeof next);
    for (size_t at = 0; at < p->memory_bytes; at += BLOCK) {
        if (at == next) {
            get(memory + at, block_bytes(at));
            get(&next, sizeof next);
        } else if (memcmp(memory + at, base + at, block_bytes(at)) != 0) {
            memcpy(memory + at, base + at, block_bytes(at));
        }
    }
}

bool fake__go_back(int node)
{
    struct tail tail = {0, node + 1};
    while (kept.used > 0 && tail.node > node) {
        memcpy(&tail, kept.bytes + kept.used - sizeof tail, sizeof tail);
        if (tail.node > node)
            kept.used = tail.begin;
    }
    if (kept.used == 0)
        return false;
    from = kept.bytes + tail.begin;
    restore_run();
    restore_agents();
    restore_objs();
    restore_memory();
    return true;
}
