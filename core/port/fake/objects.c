/* What accesses touch: words, and ranges that are copied; each has a number for as long as a program is explored. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_obj fake__objs[FAKE_OBJECTS];
int fake__obj_count;

enum { TABLE = FAKE_OBJECTS * 4 };
static uint16_t table[TABLE]; /* object number + 1, 0: free */

void fake__objs_reset(void)
{
    for (int i = 0; i < fake__obj_count; i++)
        free(fake__objs[i].overlapping);
    memset(fake__objs, 0, sizeof fake__objs);
    memset(table, 0, sizeof table);
    for (int i = 0; i < FAKE_OBJECTS; i++)
        fake__objs[i].head[0] = fake__objs[i].head[1] = FAKE_NEVER;
    fake__obj_count = FAKE_OBJ_FIRST;
}

static void note_overlap(int obj, int other)
{
    struct fake_obj *o = &fake__objs[obj];
    o->overlapping = realloc(o->overlapping, (o->overlaps + 1u) * sizeof *o->overlapping);
    if (!o->overlapping)
        abort();
    o->overlapping[o->overlaps++] = (uint16_t)other;
}

static int new_obj(uintptr_t addr, uint32_t bytes, bool range)
{
    int n = fake__obj_count++;
    if (n >= FAKE_OBJECTS) {
        fprintf(stderr, "fake port: more than %d words and ranges\n", FAKE_OBJECTS);
        abort();
    }
    struct fake_obj *o = &fake__objs[n];
    o->addr = addr;
    o->bytes = bytes;
    o->range = range;
    for (int i = FAKE_OBJ_FIRST; i < n; i++)
        if (fake__objs[i].addr < addr + bytes && addr < fake__objs[i].addr + fake__objs[i].bytes) {
            note_overlap(n, i);
            note_overlap(i, n);
            if (fake__objs[i].copied && fake__objs[i].epoch == fake__run.epoch && !range)
                fake__run.again = fake__run.prog->stale > 0;
        }
    return n;
}

int fake__obj(const void *p, uint32_t bytes, bool range)
{
    uintptr_t addr = (uintptr_t)p;
    unsigned at = (unsigned)((addr >> 2) * 2654435761u + bytes * 40503u + range) % TABLE;
    for (;; at = (at + 1) % TABLE) {
        if (!table[at]) {
            table[at] = (uint16_t)(new_obj(addr, bytes, range) + 1);
            return table[at] - 1;
        }
        const struct fake_obj *o = &fake__objs[table[at] - 1];
        if (o->addr == addr && o->bytes == bytes && o->range == range)
            return table[at] - 1;
    }
}

struct fake_obj *fake__obj_now(int obj)
{
    struct fake_obj *o = &fake__objs[obj];
    if (o->epoch != fake__run.epoch) {
        o->epoch = fake__run.epoch;
        memset(&o->sync, 0, sizeof o->sync);
        o->sleepers = 0;
        o->past = FAKE_NEVER;
        o->copied = false;
    }
    return o;
}

bool fake__overlap(uint32_t obj, uint32_t other)
{
    const struct fake_obj *o = &fake__objs[obj];
    for (unsigned i = 0; i < o->overlaps; i++)
        if (o->overlapping[i] == other)
            return true;
    return obj == other;
}
