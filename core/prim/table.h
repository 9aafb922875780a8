/*
 * Tables that grow: an agent's waiters and handles, 32 records a chunk, their
 * chunks in a directory. Only the owning agent takes records and gives them back, so the
 * free lists are its own; others reach a waiter by its offset.
 *
 * Death: the settling walks the directory; a chunk stands there only when it is whole.
 */
#ifndef SLUICE_PRIM_TABLE_H
#define SLUICE_PRIM_TABLE_H

#include "region.h"

/* The chunk, checked; NULL where there is none. `directory` is the word in an agent's slot. */
struct sluice_chunk *sluice__chunk(struct sluice *s, const struct sluice_au32 *directory,
                                   uint32_t chunk);

/* The record, checked; NULL where there is none. */
union sluice_record *sluice__record(struct sluice *s, const struct sluice_au32 *directory,
                                    uint32_t index);

/*
 * Reserves this agent's directory if need be, then one more chunk; *chunks counts them.
 *
 * returns 0; -ENOSPC: the region is full; -EMFILE: the table is; -EUCLEAN; SLUICE__NOT_NOW: again, then
 */
int sluice__table_grow(struct sluice *s, struct sluice_au32 *directory, uint32_t *chunks);

/* Gives an agent's chunks and directory back. 0, -EUCLEAN or SLUICE__NOT_NOW: again, then. */
int sluice__table_drop(struct sluice *s, struct sluice_au32 *directory);

/* A free waiter of this agent: its index; or an error of sluice__table_grow(). */
int sluice__waiter_new(struct sluice *s);

/* Room for some waiters, so that a first wait does not fail for it. 0, or an error of sluice__table_grow(). */
int sluice__waiters_reserve(struct sluice *s);

/*
 * Takes off whatever ended while its gate was held, so that no closed object is waited for. 0; SLUICE__NOT_NOW: some
 * still hang; -EUCLEAN.
 */
int sluice__waiters_sweep(struct sluice *s);

/* This agent's waiter; NULL where the index names none. */
struct sluice_waiter *sluice__waiter(struct sluice *s, uint32_t index);

/* Ends it as sluice__event_end() does and takes its record back. */
void sluice__waiter_end(struct sluice *s, uint32_t index, bool used);

#endif
