/*
 * The priorities in use of a message queue: 32,768 leaves in three levels of 32 ways. The queue's gate is held.
 */
#ifndef SLUICE_OBJ_MQUEUE_TREE_H
#define SLUICE_OBJ_MQUEUE_TREE_H

#include "mqueue.h"

/* Hangs a cell behind the others of its priority. False where the tree is damaged. */
bool sluice__mq_tree_add(struct sluice *s, struct sluice_mqueue *mq, uint32_t number,
                         uint32_t priority);

/* Takes the oldest cell of the highest priority off: its number; 0 where the tree is damaged or empty. */
uint32_t sluice__mq_tree_shift(struct sluice *s, struct sluice_mqueue *mq, uint32_t *priority);

/* How many cells hang in it; UINT32_MAX where it is damaged (tests). */
uint32_t sluice__mq_tree_count(struct sluice *s, struct sluice_mqueue *mq);

#endif
