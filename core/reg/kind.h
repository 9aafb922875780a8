/*
 * What the registry must know of each kind of object: how a handle of it is closed. A switch, not a
 * table of functions: the module has no data segment.
 */
#ifndef SLUICE_REG_KIND_H
#define SLUICE_REG_KIND_H

#include "../prim/region.h"

/*
 * What closing this handle means to the object beyond the reference: pipe ends are counted, claims undone.
 * Clears from handle->flags what it has undone, in the same critical section, so that it may be called again.
 *
 * returns 0, or SLUICE__NOT_NOW with nothing done
 */
int sluice__kind_close(struct sluice *s, struct sluice_object *object,
                       struct sluice_handle *handle);

#endif
