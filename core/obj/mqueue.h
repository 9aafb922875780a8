/*
 * POSIX message queue (mq_overview(7)): messages of bounded length, the oldest of the highest priority first.
 *
 * The priorities in use stand in a tree of three levels, 32 ways each, whose nodes bear a bit for every
 * branch that leads to a message: sending and receiving cost three steps, however many messages wait and
 * priorities are in use. Everything is guarded by the object's gate; bytes are copied while it is held.
 *
 * Death (a) holding the gate: the message is there, or still there, wholly; (b) there is no claim; (c) waiting: the
 * waiter goes, a registration for notification too. Messages stay, as when a process exits.
 */
#ifndef SLUICE_OBJ_MQUEUE_H
#define SLUICE_OBJ_MQUEUE_H

#include "../prim/cells.h"

enum {
    SLUICE__MQ_READABLE = 0, /* events */
    SLUICE__MQ_WRITABLE = 1,
};

/* A node: at the lowest level each slot is the list of one priority, above it `head` is a node. */
struct sluice_mq_node {
    struct sluice_au32 bits; /* slots in use */
    struct sluice_au32 spare;
    struct sluice_cell_list slots[32];
};
_Static_assert(sizeof(struct sluice_mq_node) == 264, "node");

struct sluice_mqueue {
    struct sluice_object object;
    struct sluice_au32 max_messages;
    struct sluice_au32 message_bytes;
    struct sluice_au32 messages;
    struct sluice_au32 notifier;      /* who is to be notified, as numbered here; 0: nobody */
    struct sluice_au32 registrations; /* last number */
    struct sluice_au32 receivers; /* who wait, or have a message that they have not fetched yet */
    struct sluice_au32 spare[2];
    struct sluice_cells cells;
    struct sluice_cells nodes;
    struct sluice_mq_node root;
    struct sluice_au32 spare1[6];
};
_Static_assert(sizeof(struct sluice_mqueue) == 512, "mqueue");

/* Bytes of a queue, the struct included; above 32 bits when that is too many. */
uint64_t sluice__mqueue_bytes(uint32_t max_messages, uint32_t message_bytes);

/* Fills in a queue that is zero and that nobody else sees yet. */
void sluice__mqueue_init(struct sluice *s, struct sluice_mqueue *mq, uint32_t max_messages,
                         uint32_t message_bytes);

/*
 * mq_send(3), once.
 *
 * returns 0; -EAGAIN: full; -EMSGSIZE: longer than message_bytes; -EINVAL: priority; -EUCLEAN; SLUICE__NOT_NOW
 */
int sluice__mqueue_send(struct sluice *s, struct sluice_mqueue *mq, const void *bytes,
                        uint32_t length, uint32_t priority);

/*
 * mq_receive(3), once.
 *
 * room     bytes that may be filled
 * handle   whose receiver it is, if it waits or is counted; NULL: a mere attempt
 * out      [0]: its priority; [3], 0 at first: whether it is counted among those who wait: from an empty queue on, until it has its
 *          message or sluice__mqueue_leave()
 * returns  the message's length; -EAGAIN: empty; -EMSGSIZE: `room` is less than message_bytes; -EUCLEAN; SLUICE__NOT_NOW
 */
int sluice__mqueue_receive(struct sluice *s, struct sluice_mqueue *mq, struct sluice_handle *handle,
                           void *bytes, uint32_t room, uint32_t *out);

/* Whether one is there that no receiver waits for (SLUICE_READ), or room for one (SLUICE_WRITE): 0 or -EAGAIN; -EUCLEAN; SLUICE__NOT_NOW. */
int sluice__mqueue_ready(struct sluice *s, struct sluice_mqueue *mq, uint32_t what);

/* How many are there. 0; -EUCLEAN; SLUICE__NOT_NOW. */
int sluice__mqueue_messages(struct sluice *s, struct sluice_mqueue *mq, uint32_t *messages);

/*
 * mq_notify(3): registers this handle, or looks whether the registration `*number` was served. Who registered
 * waits as an observer of SLUICE__MQ_READABLE. He is told when there come to be more messages than receivers who wait: by a
 * message, or by a receiver who leaves without his.
 *
 * number   0 at first; filled in
 * returns  0: notified; -EAGAIN: registered; -EBUSY: another is; -EUCLEAN; SLUICE__NOT_NOW
 */
int sluice__mqueue_notify(struct sluice *s, struct sluice_mqueue *mq, struct sluice_handle *handle,
                          uint32_t *number);

/*
 * What a handle has begun is taken back: the registration of that number, unless that is 0 or it was served; and so many of the
 * receivers who wait. 0, -EUCLEAN or SLUICE__NOT_NOW.
 */
int sluice__mqueue_leave(struct sluice *s, struct sluice_mqueue *mq, struct sluice_handle *handle,
                         uint32_t number, uint32_t receivers);

/* Whether the tree, the lists and the counts agree (tests). */
bool sluice__mqueue_valid(struct sluice *s, struct sluice_mqueue *mq);

#endif
