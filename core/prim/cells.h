/*
 * Cells: pieces of one size inside an object, handed out and taken back under a gate, and lists of them.
 * A cell is named by its number, 1 to `most`; 0 is none. What never was used lies behind `fresh`, so
 * that making a million of them costs nothing.
 *
 * Every change goes through the holder's journal. Death (a) holding the gate: taken back; (b) a cell taken
 * and not yet listed: its object must know whose it is; (c) nobody waits here.
 */
#ifndef SLUICE_PRIM_CELLS_H
#define SLUICE_PRIM_CELLS_H

#include "gate.h"

/* In front of each cell's payload. */
struct sluice_cell {
    struct sluice_au32 next;   /* on its list or among the free */
    struct sluice_au32 length; /* bytes of payload in use */
    struct sluice_au32 tag;    /* the object's */
    struct sluice_au32 spare;
};
_Static_assert(sizeof(struct sluice_cell) == 16, "cell");

struct sluice_cells {
    struct sluice_au32 start;  /* offset of the first, a multiple of 8 */
    struct sluice_au32 stride; /* bytes from one to the next, a multiple of 8 */
    struct sluice_au32 most;
    struct sluice_au32 free;  /* first of those that came back */
    struct sluice_au32 fresh; /* how many were used at least once */
    struct sluice_au32 spare[3];
};
_Static_assert(sizeof(struct sluice_cells) == 32, "cells");

struct sluice_cell_list {
    struct sluice_au32 head;
    struct sluice_au32 tail; /* meaningless while head is 0 */
};

/* Bytes that `most` cells of `payload` bytes take; above 32 bits when they are too many. */
static inline uint64_t sluice__cells_bytes(uint32_t most, uint32_t payload)
{
    uint64_t stride = ((uint64_t)payload + 7 + sizeof(struct sluice_cell)) & ~(uint64_t)7;
    return stride * most;
}

/* Lays cells of `payload` bytes out at an offset, in an object that nobody else sees yet; `cells` is zero. */
void sluice__cells_init(struct sluice *s, struct sluice_cells *cells, uint32_t start, uint32_t most,
                        uint32_t payload);

/* The cell of that number, with room for `payload` bytes; NULL where there is none, or geometry is damaged. */
struct sluice_cell *sluice__cell(struct sluice *s, struct sluice_cells *cells, uint32_t number,
                                 uint64_t payload);

static inline void *sluice__cell_payload(struct sluice_cell *cell)
{
    return cell + 1;
}

/* Takes a free cell: its number; 0 where all are in use, or they are damaged. Gate held. */
uint32_t sluice__cell_take(struct sluice *s, struct sluice_cells *cells);

/* Gives it back. Gate held. */
void sluice__cell_give(struct sluice *s, struct sluice_cells *cells, uint32_t number);

/* Hangs a cell at the end of a list. Gate held. False where the list is damaged. */
bool sluice__cell_append(struct sluice *s, struct sluice_cells *cells,
                         struct sluice_cell_list *list, uint32_t number);

/* Hangs a cell in front of a list. Gate held. */
void sluice__cell_prepend(struct sluice *s, struct sluice_cells *cells,
                          struct sluice_cell_list *list, uint32_t number);

/* Takes the first off a list that has one. Gate held. False where the list is damaged. */
bool sluice__cell_shift(struct sluice *s, struct sluice_cells *cells,
                        struct sluice_cell_list *list);

#endif
