/*
 * Handles: an agent's open objects, and the life of an object behind them.
 *
 * An object lives while a handle or a name refers to it (`refs`, under the names gate). Whoever drops
 * the last reference takes the object into its `building` word in the same critical section and gives the block
 * back from there.
 *
 * Death: the settling closes the dead agent's handles as exit(2) would.
 */
#ifndef SLUICE_REG_HANDLE_H
#define SLUICE_REG_HANDLE_H

#include "../prim/region.h"

/* Room for one more handle: its index. -ENOSPC, -EMFILE, -EUCLEAN, SLUICE__NOT_NOW. Private until entered. */
int sluice__handle_new(struct sluice *s);

/* Takes back what sluice__handle_new() gave and nobody entered. */
void sluice__handle_drop(struct sluice *s, uint32_t index);

/*
 * In the caller's critical section (names gate held): the handle refers to the object, one reference more.
 *
 * returns `index`, or -EUCLEAN
 */
int sluice__handle_enter(struct sluice *s, uint32_t index, uint32_t object, uint32_t flags);

/* The number by which the outside names it: index and use count, 31 bits. */
uint32_t sluice__handle_number(struct sluice *s, uint32_t index);

/* Its place in the table. */
uint32_t sluice__handle_index(uint32_t number);

/* The open handle of that number; NULL where it is closed or was never open. */
struct sluice_handle *sluice__handle_find(struct sluice *s, uint32_t number);

/*
 * An open handle with its object. Looked up once: as long as it is open, what it is stays as it was read then.
 *
 * returns  0; -EBADF: it is not open; -EUCLEAN: its object does not lie in the region
 */
int sluice__handle_look_up(struct sluice *s, uint32_t number, struct sluice_found *found);

static inline int sluice__handle_get(struct sluice *s, uint32_t number, struct sluice_found **found)
{
    *found = &s->found[number % SLUICE__FOUND];
    return (*found)->number == number && number != 0 ? 0
                                                     : sluice__handle_look_up(s, number, *found);
}

/* The object of an open handle; NULL where damage put something else there. */
struct sluice_object *sluice__handle_object(struct sluice *s, struct sluice_handle *handle);

/*
 * Closes this agent's handle. 0; -EBADF; -EBUSY: a request of it waits; SLUICE__NOT_NOW: again, then; -EUCLEAN: closed all the
 * same where the damage is the object's.
 */
int sluice__handle_close(struct sluice *s, uint32_t number);

/* A dead agent's handle: wakes who waits on its object, then closes it. 0; SLUICE__NOT_NOW: again, then; -EUCLEAN. */
int sluice__handle_settle(struct sluice *s, struct sluice_handle *handle);

/* Under the names gate: one reference less; an object without any goes to this agent's `building`. */
void sluice__object_unref(struct sluice *s, struct sluice_object *object);

#endif
