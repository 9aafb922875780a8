/*
 * The region's heap: two-level segregated fit (Masmano et al., TLSF, ECRTS 2004),
 * so that taking and giving cost a bounded number of steps.
 *
 * A block always belongs to a word: sluice__heap_take() stores its offset there and
 * sluice__heap_give() clears it, each in one critical section of the heap's gate. So whoever
 * dies leaks nothing: the settling finds the word.
 */
#ifndef SLUICE_PRIM_HEAP_H
#define SLUICE_PRIM_HEAP_H

#include "gate.h"

/*
 * Takes a block for `bytes` bytes, aligned to a line; *word, which is 0, gets its offset, s->taken too: the word is the
 * region's, and may say something else when it is read again. The first `zero_bytes` are zero before the word shows the
 * block.
 *
 * returns 0; -ENOSPC: no free block is large enough; -EUCLEAN; SLUICE__NOT_NOW
 */
int sluice__heap_take(struct sluice *s, struct sluice_au32 *word, uint32_t bytes,
                      uint32_t zero_bytes);

/* Gives the block of *word back and clears the word; 0 where it holds none. 0, -EUCLEAN or SLUICE__NOT_NOW. */
int sluice__heap_give(struct sluice *s, struct sluice_au32 *word);

/* Bytes that a block of this offset can hold; 0 where there is no block in use. */
uint32_t sluice__heap_bytes(struct sluice *s, uint32_t offset);

/* Of a block in use: its payload is an object, until it is given back. Only while this agent holds a gate. */
void sluice__heap_be_object(struct sluice *s, uint32_t offset);

/* Whether a block in use is there, and an object in it. */
bool sluice__heap_is_object(struct sluice *s, uint32_t offset);

/* Makes one free block of [start, end), whole lines, in a region that is being formatted. */
void sluice__heap_format(struct sluice *s, uint32_t start, uint32_t end);

/* Whether blocks tile the heap, none free lie side by side, and the lists hold just the free ones (tests). */
bool sluice__heap_valid(struct sluice *s);

#endif
