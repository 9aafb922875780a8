#include "table.h"
#include "sys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { INDEX_BITS = 16, MOST = 1 << INDEX_BITS, GENERATIONS = 0x7fff, NONE = MOST };

/* What a slot's first generation is; a test's build has it wrap soon, as the core's counters. */
#ifdef SLUICE__BIRTH
enum { FIRST = GENERATIONS - 1 };
#else
enum { FIRST = 1 };
#endif

struct slot {
    void *item;
    uint32_t generation; /* 1 to GENERATIONS */
    uint32_t next_free;
};

static int grow(struct table *table)
{
    uint32_t capacity = table->capacity ? table->capacity * 2 : 64;
    if (capacity > MOST)
        return -EMFILE;
    struct slot *slots = native_sys.alloc(capacity, sizeof *slots);
    if (!slots)
        return -ENOMEM;
    if (table->capacity == 0)
        table->first_free = table->last_free = NONE;
    else
        memcpy(slots, table->slots, table->capacity * sizeof *slots);
    free(table->slots);
    table->slots = slots;
    table->capacity = capacity;
    return 0;
}

int native_table_room(struct table *table)
{
    return table->used < table->capacity ? 0 : grow(table);
}

/* The slot freed longest ago, so that a number comes back as late as can be. */
static uint32_t take_free(struct table *table)
{
    uint32_t index = table->first_free;
    table->first_free = table->slots[index].next_free;
    if (table->first_free == NONE)
        table->last_free = NONE;
    return index;
}

int native_table_add(struct table *table, void *item)
{
    uint32_t index;
    int n = native_table_room(table);
    if (n < 0)
        return n;
    if (table->fresh == table->capacity) {
        index = take_free(table);
    } else {
        index = table->fresh++;
        table->slots[index].generation = FIRST;
    }
    table->slots[index].item = item;
    table->used++;
    return (int)(table->slots[index].generation << INDEX_BITS | index);
}

static struct slot *find(const struct table *table, uint32_t number)
{
    uint32_t index = number & (MOST - 1);
    if (index >= table->fresh)
        return NULL;
    struct slot *slot = &table->slots[index];
    return slot->item && slot->generation == number >> INDEX_BITS ? slot : NULL;
}

void *native_table_get(const struct table *table, uint32_t number)
{
    struct slot *slot = find(table, number);
    return slot ? slot->item : NULL;
}

void *native_table_remove(struct table *table, uint32_t number)
{
    struct slot *slot = find(table, number);
    if (!slot)
        return NULL;
    void *item = slot->item;
    uint32_t index = number & (MOST - 1);
    slot->item = NULL;
    slot->generation = slot->generation % GENERATIONS + 1;
    slot->next_free = NONE;
    if (table->last_free == NONE)
        table->first_free = index;
    else
        table->slots[table->last_free].next_free = index;
    table->last_free = index;
    table->used--;
    return item;
}

void *native_table_next(const struct table *table, uint32_t *cursor)
{
    while (*cursor < table->fresh) {
        void *item = table->slots[(*cursor)++].item;
        if (item)
            return item;
    }
    return NULL;
}

void native_table_free(struct table *table)
{
    free(table->slots);
    *table = (struct table){0};
}
