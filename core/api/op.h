/*
 * One attempt of each request, and where it waits when the answer is -EAGAIN: one file a family of
 * requests. Here is what is checked: handle, kind, range, flags, names.
 */
#ifndef SLUICE_API_OP_H
#define SLUICE_API_OP_H

#include "../reg/handle.h"
#include "../reg/name.h"

struct sluice__place_to_wait {
    struct sluice_gate *gate;
    uint32_t event;
};

/* The event of the object behind a handle, which the attempt that has just answered -EAGAIN has found. */
struct sluice__place_to_wait sluice__op_place(struct sluice *s, uint32_t handle, uint32_t event);

/* The result or -errno; -EAGAIN where it would wait; SLUICE__NOT_NOW where a lock was held. */
int sluice__op_attempt(struct sluice *s, struct sluice_request *request);

/* Where it waits, after that has answered -EAGAIN. */
struct sluice__place_to_wait sluice__op_waits(struct sluice *s, struct sluice_request *request);

/* The handle that a request is about: of a FIFO's open, its half-open end. 0: none. */
static inline uint32_t sluice__op_handle(const struct sluice_request *request)
{
    return request->op == SLUICE_OP_FIFO_OPEN ? request->out[3] : request->handle;
}

/* Takes back what a request that waits has begun, as far as damage lets it. 0, or SLUICE__NOT_NOW: again, then. */
int sluice__op_withdraw(struct sluice *s, struct sluice_request *request);

/* The families: attempts, places to wait, and what is taken back. */
int sluice__op_reg(struct sluice *s, struct sluice_request *request);
int sluice__op_sem(struct sluice *s, struct sluice_request *request);
int sluice__op_mq(struct sluice *s, struct sluice_request *request);
int sluice__op_pipe(struct sluice *s, struct sluice_request *request);
int sluice__op_ring(struct sluice *s, struct sluice_request *request);
int sluice__op_ready(struct sluice *s, struct sluice_request *request);
struct sluice__place_to_wait sluice__op_sem_waits(struct sluice *s, struct sluice_request *request);
struct sluice__place_to_wait sluice__op_mq_waits(struct sluice *s, struct sluice_request *request);
struct sluice__place_to_wait sluice__op_pipe_waits(struct sluice *s,
                                                   struct sluice_request *request);
struct sluice__place_to_wait sluice__op_ring_waits(struct sluice *s,
                                                   struct sluice_request *request);
struct sluice__place_to_wait sluice__op_ready_waits(struct sluice *s,
                                                    struct sluice_request *request);
int sluice__op_mq_withdraw(struct sluice *s, struct sluice_request *request);

/*
 * A handle, and the object behind it.
 *
 * kinds    1 << SLUICE_KIND_..., or several; access  what it must be open for
 * returns  0; -EBADF: not open, or not so, or of another kind; -EUCLEAN: it does not lie in the region
 */
static inline int sluice__op_found(struct sluice *s, uint32_t number, uint32_t kinds,
                                   uint32_t access, struct sluice_found **found)
{
    int n = sluice__handle_get(s, number, found);
    if (n != 0)
        return n;
    uint32_t flags = (*found)->flags, kind = (*found)->kind;
    return (flags & access) == access && kind < 32 && kinds >> kind & 1 ? 0 : -SLUICE_EBADF;
}

/* Its object alone; NULL with an error. */
static inline int sluice__op_object(struct sluice *s, uint32_t number, uint32_t kinds,
                                    uint32_t access, struct sluice_object **object)
{
    struct sluice_found *found;
    int n = sluice__op_found(s, number, kinds, access, &found);
    *object = n == 0 ? found->object : NULL;
    return n;
}

static inline struct sluice__name sluice__op_name(struct sluice_request *request)
{
    return (struct sluice__name){request->name, request->name_length};
}

/* POSIX names: '/', 1 to 251 bytes, no other slash (sem_overview(7)). 0, -EINVAL or -ENAMETOOLONG. */
int sluice__op_posix_name(struct sluice__name name);

/* A FIFO's path, a key of the region: 1 to 255 bytes, none of them 0. 0, -ENOENT, -EINVAL or -ENAMETOOLONG. */
int sluice__op_path(struct sluice__name path);

/* The handle's number for an index that the registry gave; an error as it is. */
int sluice__op_opened(struct sluice *s, int n);

/*
 * Opens what bears the request's name: a handle's index; -ENOENT: none does, it has no name, or the request goes on with
 * what it has built. A creation goes on where it met a held lock: that stays in `building`, out[1] and out[2] say so. Were
 * it to begin again, two could be in each other's way for ever.
 */
int sluice__op_find(struct sluice *s, struct sluice_request *request, enum sluice_kind kind,
                    uint32_t flags);

/*
 * Room in `building` for a new object of `bytes` bytes with its header, the first `zero_bytes` of them zero; header
 * and name are filled in. It may be there from an earlier attempt. The caller fills in the rest, all of it, publishes,
 * and tells sluice__op_built() what came out.
 *
 * returns 0; -ENOSPC, -EUCLEAN, SLUICE__NOT_NOW
 */
int sluice__op_build(struct sluice *s, struct sluice_request *request, enum sluice_kind kind,
                     struct sluice__name name, uint32_t bytes, uint32_t zero_bytes);

/* After the attempt to publish it: gives `building` back, unless the request goes on with it later. */
void sluice__op_built(struct sluice *s, struct sluice_request *request, int n);

/* Publishes what was built under its name; should another have been faster, that one is opened. */
int sluice__op_publish(struct sluice *s, struct sluice_request *request, enum sluice_kind kind,
                       struct sluice__name name, uint32_t flags);

#endif
