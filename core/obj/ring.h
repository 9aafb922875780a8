/*
 * Ring: records in order through a piece of memory. POSIX has none.
 *
 * One sender and one receiver: a ring of bytes (ring_bytes.h), each side publishing by one compare-and-swap, no lock.
 * Many senders or many receivers: cells of one size under the object's gate (ring_cells.h).
 *
 * Whoever uses a ring is a *party*: a handle with a number of its own, never given twice. A side that is
 * for one agent belongs to the party that used it first, until its handle is closed. Another handle of the same agent
 * takes it over by using it; another agent is told EBUSY.
 *
 * A *claim* is room that its party fills in place, or a record that it reads in place. The number tells
 * claims apart: whoever ends the same one twice is told EINVAL.
 *
 * Death (a) holding the gate: gate.h; without one, at any store: what was not published was not sent, what was
 * not given back is still there; (b) with open claims: room goes back, records that were being read are
 * the oldest again, in their order; (c) waiting: the waiter goes. Then the side is free for another agent.
 */
#ifndef SLUICE_OBJ_RING_H
#define SLUICE_OBJ_RING_H

#include "../prim/cells.h"

enum {
    SLUICE__RING_READABLE = 0, /* events */
    SLUICE__RING_WRITABLE = 1,
};

/* Bits of `many`. */
enum { SLUICE__RING_MANY_SENDERS = 1, SLUICE__RING_MANY_RECEIVERS = 2 };

/* One side of a ring: the senders', or the receivers'. */
struct sluice_ring_side {
    /* what the other side reads */
    struct sluice_au64 at; /* records << 32 | bytes, ever; bytes with headers and padding */
    struct sluice_au32 spare[14];
    /* its own */
    struct sluice_au64 holder; /* where it is for one: party << 32 | agent; 0: nobody */
    struct sluice_au64 claim;  /* the last: bytes << 32 | number << 1 | 1 while it is open */
    struct sluice_au32 seen;   /* the other side's bytes, when last looked at */
    struct sluice_au32 spare1[11];
};
_Static_assert(sizeof(struct sluice_ring_side) == 128 &&
                   offsetof(struct sluice_ring_side, holder) == 64,
               "ring side");

struct sluice_ring {
    struct sluice_object object;
    /* seldom written */
    struct sluice_au32 capacity_bytes;
    struct sluice_au32 record_bytes; /* longest record */
    struct sluice_au32 many;
    struct sluice_au32 parties; /* last number */
    struct sluice_au32 spare[12];
    struct sluice_ring_side senders;
    struct sluice_ring_side receivers;
    /* cells, under the gate */
    struct sluice_cells cells;
    struct sluice_cell_list ready; /* sent, oldest first */
    struct sluice_cell_list taken; /* claimed, of both sides, oldest first */
    struct sluice_au32 records;    /* sent and not yet given back */
    struct sluice_au32 spare1[3];
    /* then the bytes, or the cells */
};
_Static_assert(offsetof(struct sluice_ring, senders) == 192 &&
                   offsetof(struct sluice_ring, receivers) == 320 &&
                   offsetof(struct sluice_ring, cells) == 448 && sizeof(struct sluice_ring) == 512,
               "ring");

/* What a ring is to be, and becomes. */
struct sluice__ring_shape {
    uint32_t capacity_bytes; /* at least; rounded up */
    uint32_t record_bytes;   /* longest record; 0, bytes only: as long as capacity allows */
    uint32_t many;
};

/*
 * Rounds the shape up to what is possible. Bytes: capacity is a power of two, at least 64, and a record with its
 * 4 bytes of header may take half of it. Cells: capacity is a multiple of the record.
 *
 * total    bytes of the whole object
 * returns  0; -EINVAL: no capacity, no record size where it must be fixed, or 32 bits do not hold them
 */
int sluice__ring_shape(struct sluice__ring_shape *shape, uint64_t *total);

/* Fills in a ring that is zero and that nobody else sees yet. */
void sluice__ring_init(struct sluice *s, struct sluice_ring *ring,
                       const struct sluice__ring_shape *shape);

/* The handle's number among the ring's parties; 0 once this agent was pronounced dead, if it had none. */
uint32_t sluice__ring_party(struct sluice *s, struct sluice_ring *ring,
                            struct sluice_handle *handle);

/*
 * Sends one record, once.
 *
 * returns  0; -EAGAIN: no room, or this side has an open claim (bytes); -EBUSY: another agent sends; -EMSGSIZE: longer
 *          than record_bytes; -EUCLEAN; SLUICE__NOT_NOW
 * Order    [RNG1-W], [EV1-P]
 * Death    before its one compare-and-swap nothing was sent
 */
int sluice__ring_send(struct sluice *s, struct sluice_ring *ring, uint32_t party, const void *bytes,
                      uint32_t length);

/*
 * Sends as many of a batch as there is room for. Bytes: at once.
 *
 * frames   u32 length, bytes, padding to 4 (the last may lack it); `length` bytes of them
 * returns  how many, at least 1; as sluice__ring_send(); -EINVAL: they do not fill `length` bytes. Where a frame is
 *          refused and there would be room for it, nothing of the step is sent; cells: what stands before it is
 */
int sluice__ring_send_many(struct sluice *s, struct sluice_ring *ring, uint32_t party,
                           const void *frames, uint32_t length);

/*
 * Takes the oldest record, once.
 *
 * returns  its length; -EAGAIN: empty, or this side has an open claim (bytes); -EBUSY: another agent receives;
 *          -EMSGSIZE: longer than `room`, it stays; -EUCLEAN; SLUICE__NOT_NOW
 * Order    [RNG1-R], [RNG2-W], [EV1-P]
 * Death    before its one compare-and-swap the record is still there
 */
int sluice__ring_receive(struct sluice *s, struct sluice_ring *ring, uint32_t party, void *bytes,
                         uint32_t room);

/*
 * Takes records as a batch of frames, each padded to 4. They are checked, then copied many at a time: where a peer writes over the region
 * at will, a length in the batch may be another one. Whoever splits it checks that each frame lies within.
 *
 * most     records; room  bytes that may be filled
 * used     bytes of frames
 * returns  how many, at least 1; as sluice__ring_receive(); -EINVAL: `most` is 0
 */
int sluice__ring_receive_many(struct sluice *s, struct sluice_ring *ring, uint32_t party,
                              uint32_t most, void *bytes, uint32_t room, uint32_t *used);

/* What a claim gives. */
struct sluice__ring_room {
    void *bytes;
    uint32_t length;
};

/*
 * Room for one record of up to `length` bytes, to be filled in place. Bytes: one claim at a time.
 *
 * returns  the claim's number, above 0; else as sluice__ring_send()
 */
int sluice__ring_claim(struct sluice *s, struct sluice_ring *ring, uint32_t party, uint32_t length,
                       struct sluice__ring_room *room);

/* Sends its first `length` bytes. 0; -EINVAL: no open claim of this party, or shorter; -EUCLEAN; SLUICE__NOT_NOW. [RNG1-W] */
int sluice__ring_commit(struct sluice *s, struct sluice_ring *ring, uint32_t party, uint32_t claim,
                        uint32_t length);

/* Gives the room back. 0; -EINVAL: no open claim of this party; -EUCLEAN; SLUICE__NOT_NOW. */
int sluice__ring_abort(struct sluice *s, struct sluice_ring *ring, uint32_t party, uint32_t claim);

/* The oldest record, to be read in place. The claim's number, above 0; else as sluice__ring_receive(). [RNG1-R] */
int sluice__ring_peek(struct sluice *s, struct sluice_ring *ring, uint32_t party,
                      struct sluice__ring_room *room);

/* The record is received. 0; -EINVAL: no open claim of this party; -EUCLEAN; SLUICE__NOT_NOW. [RNG2-W] */
int sluice__ring_release(struct sluice *s, struct sluice_ring *ring, uint32_t party,
                         uint32_t claim);

/*
 * Whether a record waits (SLUICE_READ), or there is room for one of the longest (SLUICE_WRITE); whoever has that side.
 *
 * returns  0; -EAGAIN; -EUCLEAN; SLUICE__NOT_NOW (cells)
 */
int sluice__ring_ready(struct sluice *s, struct sluice_ring *ring, uint32_t what);

/*
 * What waits: records that were sent and not yet received (being read in place counts as not yet), and the bytes
 * of capacity that they take.
 *
 * returns  0; -EUCLEAN; SLUICE__NOT_NOW (cells)
 */
int sluice__ring_waiting(struct sluice *s, struct sluice_ring *ring, uint32_t *records,
                         uint32_t *bytes);

/* Ends what this handle has: its claims, its sides. May be run again. 0 or SLUICE__NOT_NOW. Order [RNG3-W] */
int sluice__ring_close(struct sluice *s, struct sluice_ring *ring, struct sluice_handle *handle);

/* Whether counts, lists, frames agree; nobody may be at it meanwhile (tests). */
bool sluice__ring_valid(struct sluice *s, struct sluice_ring *ring);

/* Tells where a side lies; it belongs to the party. 0; -EAGAIN: it does not; -ENOTSUP: cells; -EUCLEAN. */
int sluice__ring_tell_place(struct sluice *s, struct sluice_ring *ring, uint32_t party, bool sends,
                            struct sluice_ring_place *place);

/* Moves a side of bytes on by one record. 0; -EINVAL: it is not the party's, or no frame; -EUCLEAN. */
int sluice__ring_move(struct sluice *s, struct sluice_ring *ring, uint32_t party, bool sends,
                      uint32_t was, uint32_t now);

#endif
