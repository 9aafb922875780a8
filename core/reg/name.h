/*
 * Names: a hash table of chains under one gate. The name and the first handle of a
 * new object appear in one critical section; before it nobody can meet the object.
 *
 * Each kind has names of its own, as with POSIX: '/a' may name a queue and a semaphore.
 *
 * Death (b): an object that was built and not yet named is in its builder's `building`.
 */
#ifndef SLUICE_REG_NAME_H
#define SLUICE_REG_NAME_H

#include "../prim/region.h"

struct sluice__name {
    const uint8_t *bytes; /* in memory that no other agent writes */
    uint32_t length;
};

/* With the flags of an open: -ENXIO where a FIFO's other end is not open (a new one gets its name all the same). */
#define SLUICE__MEET 0x80000000u

/*
 * Opens a named object for this agent.
 *
 * flags    SLUICE_CREATE | SLUICE_EXCLUSIVE matter here; all are kept in the handle
 * returns  the handle's index; -ENOENT: none of that name (with SLUICE_CREATE: build one);
 *          -EEXIST; -EMFILE, -ENOSPC: no room for the handle; -EUCLEAN; SLUICE__NOT_NOW
 */
int sluice__name_open(struct sluice *s, enum sluice_kind kind, struct sluice__name name,
                      uint32_t flags);

/*
 * Puts the object in `building`, the block that was taken last, under its name (length 0: none) and opens it.
 * Should the name be taken by now, it answers as sluice__name_open() would and the caller gives `building` back.
 *
 * returns  the handle's index, or an error of sluice__name_open()
 */
int sluice__name_publish(struct sluice *s, enum sluice_kind kind, struct sluice__name name,
                         uint32_t flags);

/*
 * Opens both ends of the unnamed pipe in `building`, the block that was taken last, in one step: the reader's
 * index, the writer's.
 *
 * returns 0; -EMFILE, -ENOSPC, -EUCLEAN, SLUICE__NOT_NOW
 */
int sluice__pipe_publish(struct sluice *s, uint32_t index[2]);

/*
 * Opens the object at an offset if it still bears that serial number.
 *
 * returns the handle's index; -ESTALE: it is gone; -ENXIO with SLUICE__MEET; -EMFILE, -ENOSPC, -EUCLEAN, SLUICE__NOT_NOW
 */
int sluice__object_open(struct sluice *s, uint32_t at, uint32_t serial, uint32_t flags);

/* Takes the name away; the object lives on while it is open. 0, -ENOENT, -EUCLEAN or SLUICE__NOT_NOW. */
int sluice__name_unlink(struct sluice *s, enum sluice_kind kind, struct sluice__name name);

/*
 * The header of an object that is being built in `building`: all but refs and chain. `body` bytes follow the
 * header, the name behind them: sluice__object_bytes() in all.
 */
void sluice__object_init(struct sluice *s, enum sluice_kind kind, uint32_t mode,
                         struct sluice__name name, uint32_t body);

static inline uint32_t sluice__object_bytes(uint32_t body, struct sluice__name name)
{
    return (uint32_t)sizeof(struct sluice_object) + body + name.length;
}

/*
 * The next named object, for listings: in no order that lasts.
 *
 * cursor   bucket << 13 | place in its chain; 0 first; moved behind the object. Of a chain of more than 8,191 the rest
 *          is left out: it takes names chosen for that.
 * last     what it returned last in this critical section, 0 at first
 * returns  its offset; 0 at the end. The caller holds the names gate.
 */
uint32_t sluice__name_next(struct sluice *s, uint32_t *cursor, uint32_t last);

/* Whether every chain ends, holds what belongs there, and refs are as the handles say (tests). */
bool sluice__names_valid(struct sluice *s);

#endif
