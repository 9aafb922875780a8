/*
 * Sluice: interprocess communication in one region of shared memory.
 * The only public header of the core.
 */
#ifndef SLUICE_H
#define SLUICE_H

#include <stdint.h>

enum sluice_errno {
#define X(name, number, text) SLUICE_##name = number,
#include "sluice_errno.def"
#undef X
};

enum sluice_op {
#define X(name, number) SLUICE_OP_##name = number,
#include "sluice_ops.def"
#undef X
};

/* Kinds of object, as in listings and tickets. */
enum sluice_kind {
    SLUICE_KIND_SEMAPHORE = 1,
    SLUICE_KIND_MESSAGE_QUEUE = 2,
    SLUICE_KIND_PIPE = 3,
    SLUICE_KIND_FIFO = 4,
    SLUICE_KIND_RING = 5,
};

/* How an object is opened. */
enum sluice_open_flags {
    SLUICE_CREATE = 1,    /* O_CREAT */
    SLUICE_EXCLUSIVE = 2, /* O_EXCL */
    SLUICE_READ = 4,      /* O_RDONLY; with SLUICE_WRITE O_RDWR */
    SLUICE_WRITE = 8,     /* O_WRONLY */
    SLUICE_NONBLOCK = 16, /* O_NONBLOCK */
};

/* One object in a listing: this, then the name, padded to a multiple of 4. */
struct sluice_listed {
    uint32_t kind;  /* enum sluice_kind */
    uint32_t mode;  /* permission bits */
    uint32_t owner; /* the creator's: in a region as at sluice_attach(), a user id natively */
    uint32_t name_bytes;
};

/* One agent in a listing. */
struct sluice_listed_agent {
    uint32_t owner;   /* as at sluice_attach() */
    uint32_t flags;   /* enum sluice_agent_flags */
    uint64_t started; /* as at sluice_attach(), 0 where it has not told yet */
};

enum sluice_agent_flags {
    SLUICE_AGENT_SELF = 1, /* the one that asks */
    SLUICE_AGENT_SUSPECT =
        2, /* it is stopped: nothing of it is taken over, and it may go on. Told by a backend, never by the core */
};

enum sluice_limits {
    SLUICE_NAME_BYTES = 255, /* longest name; POSIX objects: '/' and 1 to 251 bytes */
    SLUICE_POSIX_NAME_BYTES = 252,
    SLUICE_PIPE_BUF = 4096,    /* writes up to this are atomic */
    SLUICE_PRIORITIES = 32768, /* MQ_PRIO_MAX */
    SLUICE_SEM_VALUE_MAX = 0x7fffffff,
    SLUICE_AGENTS = 256,         /* most agents a region */
    SLUICE_OWNER_MAX = 0xffffff, /* an agent's owner: a process or thread id of 24 bits */
};

/* The largest region: what its heap's classes count. */
#define SLUICE_REGION_BYTES_MAX 0x80000000u

/* Bytes of an agent's private view (struct sluice), whatever the machine. */
#define SLUICE_VIEW_BYTES 256u

/*
 * One request (sluice_ops.def). Private to the agent; it stays where it is until it is done.
 */
struct sluice_request {
    uint32_t op;
    uint32_t handle;
    uint32_t args[6];
    uint32_t out[4];      /* 0 at first; the core's until it is done */
    uint32_t waiter;      /* 0 at first; the core's afterwards */
    uint32_t length;      /* of bytes */
    uint32_t name_length; /* of name */
    void *bytes;          /* the caller's own: port_take(), port_give() */
    const void *name;
};

/* Answer of sluice_advance(): something in the way is locked at this moment. Call again after the next ring. */
#define SLUICE_STALLED (-4096)

/* One agent's private view of a region. */
struct sluice;

/*
 * Makes an empty region of memory that is all zero.
 *
 * base     aligned to 64 bytes
 * bytes    whole size, a multiple of 64, at most SLUICE_REGION_BYTES_MAX
 * agents   most agents at a time, 1 to SLUICE_AGENTS
 * serial   objects are numbered from here: where it is random, a ticket of another region opens nothing
 * returns  0; -EINVAL: a size is refused; -ENOSPC: nothing would be left for objects
 */
int sluice_format(void *base, uint32_t bytes, uint32_t agents, uint32_t serial);

/*
 * Joins a region. The view is the caller's: SLUICE_VIEW_BYTES, aligned to 8, that no other agent writes.
 *
 * bytes    how much of `base` may be touched, at least the region's size
 * owner    1 to SLUICE_OWNER_MAX: the thread or process whose end proves this agent's death
 * started  its start time, 0 where there is none; in two halves, since a u64 is no argument in JavaScript
 * returns  0; -EINVAL: no region of this version, or larger than `bytes`; -EMFILE: all slots are taken; -EUCLEAN
 */
int sluice_attach(struct sluice *s, void *base, uint32_t bytes, uint32_t owner,
                  uint32_t started_low, uint32_t started_high);

/* Closes all handles and leaves. 0; SLUICE_STALLED: again, after the next ring. */
int sluice_detach(struct sluice *s);

/* One attempt that never waits and registers nothing: the result or -errno; -EAGAIN: it would wait, or "not now". */
int sluice_try(struct sluice *s, struct sluice_request *request);

/*
 * One side of a ring of bytes, for one sender and one receiver, as who has the region's bytes under its own hands finds it
 * (ts/backend/wasm/ring.ts). Addresses: as port_address() tells them.
 */
struct sluice_ring_place {
    uint32_t at;             /* address: bytes that went through, ever */
    uint32_t peer;           /* address: the same of the other side */
    uint32_t seen;           /* address: that, when last looked at */
    uint32_t party;          /* address: whose side it is */
    uint32_t claim;          /* address: odd while a claim is open */
    uint32_t bytes;          /* address: of the ring's bytes */
    uint32_t capacity_bytes; /* a power of two */
    uint32_t record_bytes;   /* the longest */
    uint32_t own_party;      /* as `party` says as long as the side is this handle's */
};

/*
 * Tells where a side lies.
 *
 * access   SLUICE_WRITE: the sender's; SLUICE_READ: the receiver's
 * returns  0; -EBADF: the handle is not open so, or no ring's; -EAGAIN: the side is not this handle's, who has to send or receive
 *          first; -ENOTSUP: a ring of cells; -EUCLEAN; -ESRCH
 */
int sluice_ring_place(struct sluice *s, uint32_t handle, uint32_t access,
                      struct sluice_ring_place *place);

/*
 * Publishes one record that was put behind `was`, or gives back the room of one that was read there.
 *
 * returns  0; or nothing has happened: -EBADF; -EINVAL: the side is not this handle's, has a claim open, or `now` is no frame
 *          behind `was`; -EUCLEAN: the ring is damaged, or the side was not at `was`; -ESRCH
 * Order    [RNG1-W] or [RNG2-W], [EV1-P]
 */
int sluice_ring_publish(struct sluice *s, uint32_t handle, uint32_t access, uint32_t was,
                        uint32_t now);

/*
 * Goes as far as it can: first, and again whenever the request's waiter is ready or it was stalled.
 *
 * returns  the result or -errno: done; -EAGAIN: it waits; SLUICE_STALLED
 */
int sluice_advance(struct sluice *s, struct sluice_request *request);

/* Ends a request that waits; what it was woken for goes to the next. 0; SLUICE_STALLED: again, after the next ring. */
int sluice_cancel(struct sluice *s, struct sluice_request *request);

/*
 * Every request of an agent that somebody has pronounced dead gives -ESRCH, also where it lives all the same: the call had its
 * effect only if that came before. What the agent had open or claimed in the region is not its own any more.
 */

/* The bell: sleep while it is SLUICE_BELL_ASLEEP, after sluice_bell_arm() said 1. 0: rung meanwhile; -ESRCH. */
uint32_t *sluice_bell(struct sluice *s);
int sluice_bell_arm(struct sluice *s);

/* Answers the bell; then sluice_ready() gives the waiters (as in request->waiter) to advance, 0 when there are no more. */
void sluice_bell_answer(struct sluice *s);
uint32_t sluice_ready(struct sluice *s);

/* Proof of death of every agent of an owner. How many were alive until now. */
int sluice_died(struct sluice *s, uint32_t owner);

/* Who has a slot, as it told sluice_attach(). */
struct sluice_attached {
    uint32_t owner;
    uint32_t incarnation; /* of the slot: no two agents are the same */
    uint64_t started;     /* 0 where it has not told yet */
};

/* Whose death can be proven, slot by slot from 0. 1; 0: nobody alive is there; -EINVAL: there is no such slot. */
int sluice_attached(struct sluice *s, uint32_t slot, struct sluice_attached *who);

/* Proof of death of that agent alone. 1; 0: it was not alive any more. */
int sluice_agent_died(struct sluice *s, uint32_t slot, uint32_t incarnation);

/* Settles the dead. 0; SLUICE_STALLED: again, after the next ring; -ESRCH. */
int sluice_settle(struct sluice *s);

#endif
