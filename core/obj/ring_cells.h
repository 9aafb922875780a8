/*
 * A ring of cells: any number of senders and receivers under the object's gate, each record in a cell of
 * its own, the longest record's size. Sent cells stand in `ready`, oldest first; claimed ones in
 * `taken`, with their party's number, until it ends the claim or is gone.
 *
 * Every change goes through the journal and is committed record by record, so that death at any store leaves
 * each record sent or not, received or not. Bytes are copied while the gate is held.
 *
 * A cell's tag is the party that claimed it, 0 for nobody. A claim's number is the cell's, with its
 * count of uses above it.
 *
 * ring_cells.c moves records, ring_claims.c has the claims.
 */
#ifndef SLUICE_OBJ_RING_CELLS_H
#define SLUICE_OBJ_RING_CELLS_H

#include "ring.h"

/* Between a cell's head and its record. */
struct sluice__ring_slot {
    struct sluice_au32 prev; /* in `taken` */
    struct sluice_au32
        use; /* counts claims; the low bit: 1 while it is read, 0 while it is filled */
};

/* Bytes of a cell's payload for records of that size. */
static inline uint32_t sluice__ring_slot_bytes(uint32_t record_bytes)
{
    return record_bytes + (uint32_t)sizeof(struct sluice__ring_slot);
}

/* A cell and its parts, checked. */
struct sluice__ring_cell_view {
    uint32_t number;
    uint32_t longest; /* record */
    struct sluice_cell *head;
    struct sluice__ring_slot *slot;
    uint8_t *bytes;
};

/* False where there is no cell of that number. */
bool sluice__ring_cell(struct sluice *s, struct sluice_ring *ring, uint32_t number,
                       struct sluice__ring_cell_view *c);

/* 0, -EUCLEAN or SLUICE__NOT_NOW. */
int sluice__ring_lock(struct sluice *s, struct sluice_ring *ring);

/*
 * Frees the gate, marks who may go on, and gives `n` back. Where that is -EUCLEAN, what was changed and not committed
 * is taken back, the ring is poisoned and everybody told.
 */
int sluice__ring_unlock(struct sluice *s, struct sluice_ring *ring, int n);

/* With the gate held: a free cell, or the oldest record's. 0, -EAGAIN or -EUCLEAN. */
int sluice__ring_take(struct sluice *s, struct sluice_ring *ring, struct sluice__ring_cell_view *c);
int sluice__ring_oldest(struct sluice *s, struct sluice_ring *ring,
                        struct sluice__ring_cell_view *c, uint32_t *length);

/* With the gate held: a cell on no list is sent, or free; committed. 0 or -EUCLEAN. */
int sluice__ring_append(struct sluice *s, struct sluice_ring *ring,
                        struct sluice__ring_cell_view *c);
void sluice__ring_give(struct sluice *s, struct sluice_ring *ring,
                       struct sluice__ring_cell_view *c);

/* With the gate held: adds to the number of records. */
void sluice__ring_count(struct sluice *s, struct sluice_ring *ring, uint32_t change);

/* The requests; where a side is for one, it belongs to the caller. Results as in ring.h. */
int sluice__ring_cells_send(struct sluice *s, struct sluice_ring *ring, const void *bytes,
                            uint32_t length);
int sluice__ring_cells_send_many(struct sluice *s, struct sluice_ring *ring, const void *frames,
                                 uint32_t length);
int sluice__ring_cells_receive(struct sluice *s, struct sluice_ring *ring, void *bytes,
                               uint32_t room);
int sluice__ring_cells_receive_many(struct sluice *s, struct sluice_ring *ring, uint32_t most,
                                    void *bytes, uint32_t room, uint32_t *used);
int sluice__ring_cells_claim(struct sluice *s, struct sluice_ring *ring, uint32_t party,
                             uint32_t length, struct sluice__ring_room *room);
int sluice__ring_cells_commit(struct sluice *s, struct sluice_ring *ring, uint32_t party,
                              uint32_t claim, uint32_t length);
int sluice__ring_cells_abort(struct sluice *s, struct sluice_ring *ring, uint32_t party,
                             uint32_t claim);
int sluice__ring_cells_peek(struct sluice *s, struct sluice_ring *ring, uint32_t party,
                            struct sluice__ring_room *room);
int sluice__ring_cells_release(struct sluice *s, struct sluice_ring *ring, uint32_t party,
                               uint32_t claim);

int sluice__ring_cells_ready(struct sluice *s, struct sluice_ring *ring, bool reads);

/* Ends the claims of a party: room is free, records are the oldest again, in their order. 0 or SLUICE__NOT_NOW. */
int sluice__ring_cells_leave(struct sluice *s, struct sluice_ring *ring, uint32_t party);

bool sluice__ring_cells_valid(struct sluice *s, struct sluice_ring *ring);

#endif
