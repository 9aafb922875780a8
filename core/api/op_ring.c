#include "../obj/ring.h"
#include "../reg/handle.h"
#include "op.h"

/* A ring that is open for this, and its handle's number there. */
struct use {
    struct sluice_ring *ring;
    uint32_t party;
};

/* 0, -EBADF or -EUCLEAN. */
static int find_ring(struct sluice *s, uint32_t handle, uint32_t access, struct sluice_ring **ring)
{
    struct sluice_object *object;
    int n = sluice__op_object(s, handle, 1u << SLUICE_KIND_RING, access, &object);
    *ring = (struct sluice_ring *)object;
    return n;
}

static int use_ring(struct sluice *s, struct sluice_request *r, uint32_t access, struct use *u)
{
    struct sluice_found *found;
    int n = sluice__op_found(s, r->handle, 1u << SLUICE_KIND_RING, access, &found);
    if (n != 0)
        return n;
    u->ring = (struct sluice_ring *)found->object;
    u->party = sluice__ring_party(s, u->ring, found->handle);
    return u->party != 0 ? 0 : -SLUICE_ESRCH;
}

static int create(struct sluice *s, struct sluice_request *r, struct sluice__name name)
{
    struct sluice__ring_shape shape = {r->args[2], r->args[3], r->args[4]};
    uint64_t bytes;
    int n = sluice__ring_shape(&shape, &bytes);
    if (n == 0 && bytes >= s->bytes)
        n = -SLUICE_ENOSPC;
    if (n != 0)
        return n;
    n = sluice__op_build(s, r, SLUICE_KIND_RING, name, (uint32_t)bytes, sizeof(struct sluice_ring));
    if (n != 0)
        return n;
    sluice__ring_init(s, sluice__at(s, s->taken), &shape);
    return sluice__op_publish(s, r, SLUICE_KIND_RING, name, r->args[0]);
}

static void sizes(struct sluice_request *r, struct sluice_ring *ring)
{
    r->out[0] = load_relaxed(&ring->capacity_bytes);
    r->out[1] = load_relaxed(&ring->record_bytes);
    r->out[2] = load_relaxed(&ring->many);
}

static int open_ring(struct sluice *s, struct sluice_request *r)
{
    struct sluice__name name = sluice__op_name(r);
    int n = name.length ? sluice__op_posix_name(name) : 0;
    if (n != 0)
        return n;
    n = sluice__op_find(s, r, SLUICE_KIND_RING, r->args[0]);
    if (n == -SLUICE_ENOENT && (name.length == 0 || (r->args[0] & SLUICE_CREATE)))
        n = create(s, r, name);
    n = sluice__op_opened(s, n);
    if (n < 0)
        return n;
    struct sluice_ring *ring;
    if (find_ring(s, (uint32_t)n, 0, &ring) != 0)
        return -SLUICE_EUCLEAN; /* it was just opened */
    sizes(r, ring);
    return n;
}

/* What a claim tells the outside. */
static int claimed(struct sluice *s, struct sluice_request *r, int n,
                   const struct sluice__ring_room *room)
{
    if (n > 0) {
        r->out[0] = port_address(s->base, room->bytes);
        r->out[1] = room->length;
    }
    return n;
}

static int sender(struct sluice *s, struct sluice_request *r)
{
    struct sluice__ring_room room;
    struct use u;
    int n = use_ring(s, r, SLUICE_WRITE, &u);
    if (n != 0)
        return n;
    switch (r->op) {
    case SLUICE_OP_RING_SEND:
        return sluice__ring_send(s, u.ring, u.party, r->bytes, r->length);
    case SLUICE_OP_RING_SEND_MANY:
        return sluice__ring_send_many(s, u.ring, u.party, r->bytes, r->length);
    case SLUICE_OP_RING_CLAIM:
        n = sluice__ring_claim(s, u.ring, u.party, r->args[0], &room);
        return claimed(s, r, n, &room);
    case SLUICE_OP_RING_COMMIT:
        return sluice__ring_commit(s, u.ring, u.party, r->args[0], r->args[1]);
    default:
        return sluice__ring_abort(s, u.ring, u.party, r->args[0]);
    }
}

static int receiver(struct sluice *s, struct sluice_request *r)
{
    struct sluice__ring_room room;
    struct use u;
    int n = use_ring(s, r, SLUICE_READ, &u);
    if (n != 0)
        return n;
    switch (r->op) {
    case SLUICE_OP_RING_RECEIVE:
        return sluice__ring_receive(s, u.ring, u.party, r->bytes, r->length);
    case SLUICE_OP_RING_RECEIVE_MANY:
        return sluice__ring_receive_many(s, u.ring, u.party, r->args[0], r->bytes, r->length,
                                         &r->out[0]);
    case SLUICE_OP_RING_PEEK:
        n = sluice__ring_peek(s, u.ring, u.party, &room);
        return claimed(s, r, n, &room);
    default:
        return sluice__ring_release(s, u.ring, u.party, r->args[0]);
    }
}

static int attributes(struct sluice *s, struct sluice_request *r)
{
    struct sluice_ring *ring;
    int n = find_ring(s, r->handle, 0, &ring);
    if (n != 0)
        return n;
    if (load_relaxed(&ring->object.damaged) != 0)
        return -SLUICE_EUCLEAN;
    sizes(r, ring);
    return sluice__ring_waiting(s, ring, &r->out[2], &r->out[3]);
}

/* Without a request: 0, -EBADF or -EUCLEAN; `party` is 0 where it has not used it yet. */
static int find_party(struct sluice *s, uint32_t handle, uint32_t access, struct use *u)
{
    struct sluice_found *found;
    int n = sluice__op_found(s, handle, 1u << SLUICE_KIND_RING, access, &found);
    if (n == 0)
        *u = (struct use){(struct sluice_ring *)found->object, load_relaxed(&found->handle->seen)};
    return n;
}

int sluice_ring_place(struct sluice *s, uint32_t handle, uint32_t access,
                      struct sluice_ring_place *place)
{
    struct use u;
    int n = sluice__alive(s) ? find_party(s, handle, access, &u) : -SLUICE_ESRCH;
    return n != 0 ? n : sluice__ring_tell_place(s, u.ring, u.party, access == SLUICE_WRITE, place);
}

int sluice_ring_publish(struct sluice *s, uint32_t handle, uint32_t access, uint32_t was,
                        uint32_t now)
{
    struct use u;
    int n = sluice__alive(s) ? find_party(s, handle, access, &u) : -SLUICE_ESRCH;
    if (n == 0)
        n = sluice__ring_move(s, u.ring, u.party, access == SLUICE_WRITE, was, now);
    return n == 0 || sluice__alive(s) ? n : -SLUICE_ESRCH;
}

int sluice__op_ring(struct sluice *s, struct sluice_request *r)
{
    switch (r->op) {
    case SLUICE_OP_RING_OPEN:
        return open_ring(s, r);
    case SLUICE_OP_RING_RECEIVE:
    case SLUICE_OP_RING_RECEIVE_MANY:
    case SLUICE_OP_RING_PEEK:
    case SLUICE_OP_RING_RELEASE:
        return receiver(s, r);
    case SLUICE_OP_RING_ATTRIBUTES:
        return attributes(s, r);
    default:
        return sender(s, r);
    }
}

struct sluice__place_to_wait sluice__op_ring_waits(struct sluice *s, struct sluice_request *r)
{
    bool receives = r->op == SLUICE_OP_RING_RECEIVE || r->op == SLUICE_OP_RING_RECEIVE_MANY ||
                    r->op == SLUICE_OP_RING_PEEK;
    return sluice__op_place(s, r->handle, receives ? SLUICE__RING_READABLE : SLUICE__RING_WRITABLE);
}
