/*
 * Numbers that JavaScript may hold: a slot's index and its generation, so that
 * a stale number names nothing. One thread uses a table.
 */
#ifndef SLUICE_NATIVE_TABLE_H
#define SLUICE_NATIVE_TABLE_H

#include <stdint.h>

struct slot;

struct table {
    struct slot *slots;
    uint32_t capacity;
    uint32_t fresh; /* slots from here on have never been used */
    uint32_t first_free, last_free;
    uint32_t used;
};

/* 0 when one more item can be added; -ENOMEM; -EMFILE: no number is left. */
int native_table_room(struct table *table);

/* A number from 1 to 2^31 - 1 for the item, or as above. */
int native_table_add(struct table *table, void *item);

/* The item, or NULL for a number that names none. */
void *native_table_get(const struct table *table, uint32_t number);

/* The same, and forgets it. */
void *native_table_remove(struct table *table, uint32_t number);

/* The items one after the other: begin with *cursor 0; NULL after the last. */
void *native_table_next(const struct table *table, uint32_t *cursor);

void native_table_free(struct table *table);

#endif
