/*
 * What the registry must know of each kind of object: what opening and closing a handle means to it. Switches,
 * not tables of functions: the module has no data segment.
 */
#ifndef SLUICE_REG_KIND_H
#define SLUICE_REG_KIND_H

#include "../prim/region.h"

/*
 * The object at an offset that was read from the region, as long as its kind makes it; NULL where it would not lie inside.
 * `kind`: read once, to be used from here on.
 */
struct sluice_object *sluice__object_at(struct sluice *s, uint32_t at, uint32_t *kind);

/* With the names gate held: a handle of the object was entered. */
void sluice__kind_enter(struct sluice *s, struct sluice_object *object, uint32_t kind,
                        struct sluice_handle *handle, uint32_t flags);

/*
 * What closing this handle means to the object beyond the reference: pipe ends are counted, claims undone.
 * Clears from the handle what it has undone, in the same critical section, so that it may be called again.
 *
 * returns 0; SLUICE__NOT_NOW: again, then; -EUCLEAN
 */
int sluice__kind_close(struct sluice *s, struct sluice_object *object, uint32_t kind,
                       struct sluice_handle *handle);

/*
 * Whether there is somebody for an open with those flags to meet: always, but for a FIFO (fifo(7)) of which the
 * other end is not open. With the names gate held.
 */
bool sluice__kind_meets(struct sluice_object *object, uint32_t kind, uint32_t flags);

/* Whether there is still an end of that sort to be opened once more: a pipe without readers stays so (pipe(7)). */
bool sluice__kind_reopens(struct sluice_object *object, uint32_t kind, uint32_t flags);

#endif
