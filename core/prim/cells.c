#include "cells.h"

void sluice__cells_init(struct sluice *s, struct sluice_cells *cells, uint32_t start, uint32_t most,
                        uint32_t payload)
{
    sluice__put(s, &cells->start, start);
    sluice__put(s, &cells->stride, (uint32_t)sluice__cells_bytes(1, payload));
    sluice__put(s, &cells->most, most);
}

struct sluice_cell *sluice__cell(struct sluice *s, struct sluice_cells *cells, uint32_t number,
                                 uint64_t payload)
{
    uint32_t stride = load_relaxed(&cells->stride);
    uint64_t at = load_relaxed(&cells->start) + (uint64_t)(number - 1) * stride;
    bool sound = number - 1 < load_relaxed(&cells->most) &&
                 stride >= sizeof(struct sluice_cell) + payload && sluice__inside(s, at, stride);
    return sound ? sluice__at(s, (uint32_t)at) : NULL;
}

uint32_t sluice__cell_take(struct sluice *s, struct sluice_cells *cells)
{
    uint32_t free = load_relaxed(&cells->free);
    uint32_t number = free != 0 ? free : load_relaxed(&cells->fresh) + 1;
    struct sluice_cell *cell = sluice__cell(s, cells, number, 0);
    if (cell == NULL)
        return 0;
    if (free != 0)
        sluice__set(s, &cells->free, load_relaxed(&cell->next));
    else
        sluice__set(s, &cells->fresh, number);
    return number;
}

void sluice__cell_give(struct sluice *s, struct sluice_cells *cells, uint32_t number)
{
    struct sluice_cell *cell = sluice__cell(s, cells, number, 0);
    if (cell == NULL)
        return;
    sluice__set(s, &cell->next, load_relaxed(&cells->free));
    sluice__set(s, &cells->free, number);
}

bool sluice__cell_append(struct sluice *s, struct sluice_cells *cells,
                         struct sluice_cell_list *list, uint32_t number)
{
    bool empty = load_relaxed(&list->head) == 0;
    struct sluice_cell *cell = sluice__cell(s, cells, number, 0);
    struct sluice_cell *last = empty ? cell : sluice__cell(s, cells, load_relaxed(&list->tail), 0);
    if (cell == NULL || last == NULL)
        return false;
    sluice__set(s, &cell->next, 0);
    sluice__set(s, empty ? &list->head : &last->next, number);
    sluice__set(s, &list->tail, number);
    return true;
}

void sluice__cell_prepend(struct sluice *s, struct sluice_cells *cells,
                          struct sluice_cell_list *list, uint32_t number)
{
    struct sluice_cell *cell = sluice__cell(s, cells, number, 0);
    uint32_t head = load_relaxed(&list->head);
    if (cell == NULL)
        return;
    sluice__set(s, &cell->next, head);
    sluice__set(s, &list->head, number);
    if (head == 0)
        sluice__set(s, &list->tail, number);
}

bool sluice__cell_shift(struct sluice *s, struct sluice_cells *cells, struct sluice_cell_list *list)
{
    struct sluice_cell *cell = sluice__cell(s, cells, load_relaxed(&list->head), 0);
    if (cell == NULL)
        return false;
    sluice__set(s, &list->head, load_relaxed(&cell->next));
    return true;
}
