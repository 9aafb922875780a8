/* Requests of the registry itself. */
#include "../obj/mqueue.h"
#include "../obj/pipe.h"
#include "../obj/ring.h"
#include "../prim/event.h"
#include "../prim/heap.h"
#include "../reg/handle.h"
#include "../reg/kind.h"
#include "op.h"

/* What TICKET writes and OPEN_TICKET takes; a ticket keeps nothing open. */
struct ticket {
    uint32_t at, serial, flags, check;
};

static uint32_t check_of(const struct ticket *t)
{
    return (t->at * 2654435761u) ^ (t->serial * 2246822519u) ^ t->flags ^ SLUICE_MAGIC;
}

static int unlink_name(struct sluice *s, struct sluice_request *r)
{
    struct sluice__name name = sluice__op_name(r);
    bool path = r->args[0] == SLUICE_KIND_FIFO;
    int n = path ? sluice__op_path(name) : sluice__op_posix_name(name);
    return n ? n : sluice__name_unlink(s, (enum sluice_kind)r->args[0], name);
}

/* One record of a listing; false when it does not fit any more. */
static bool list_one(struct sluice *s, struct sluice_request *r, uint32_t at, uint32_t *filled)
{
    struct sluice_object *o = sluice__at(s, at);
    uint32_t name = load_relaxed(&o->name), length = load_relaxed(&o->name_bytes);
    struct sluice_listed listed = {load_relaxed(&o->kind), load_relaxed(&o->mode),
                                   load_relaxed(&o->owner), length};
    uint32_t bytes = (uint32_t)sizeof(listed) + ((length + 3) & ~3u);
    if (length > SLUICE_NAME_BYTES || name > s->bytes - length)
        return true; /* damaged: left out */
    if (bytes > r->length - *filled)
        return false;
    uint8_t *to = (uint8_t *)r->bytes + *filled;
    port_give(to, &listed, sizeof(listed));
    port_give(to + sizeof(listed), sluice__at(s, name), length);
    *filled += bytes;
    return true;
}

static int list(struct sluice *s, struct sluice_request *r)
{
    struct sluice_gate *names = &sluice__region(s)->names;
    uint32_t cursor = r->args[0], filled = 0, at = 0;
    uint32_t left = s->bytes / sizeof(struct sluice_object); /* no sound region has more */
    int n = sluice__gate_lock(s, names);
    if (n != 0)
        return n;
    do {
        r->out[0] = cursor;
        at = left-- ? sluice__name_next(s, &cursor, at) : 0;
    } while (at != 0 && list_one(s, r, at, &filled));
    if (at == 0)
        r->out[0] = 0;
    sluice__gate_unlock(s, names);
    return at != 0 && filled == 0 ? -SLUICE_EINVAL : (int)filled;
}

static int agents(struct sluice *s, struct sluice_request *r)
{
    struct sluice_attached who;
    uint32_t filled = 0;
    for (uint32_t slot = 0; slot < s->agents; slot++) {
        if (sluice_attached(s, slot, &who) == 0)
            continue;
        uint32_t flags = slot == s->slot ? SLUICE_AGENT_SELF : 0;
        struct sluice_listed_agent listed = {who.owner, flags, who.started};
        if (r->length - filled < sizeof(listed))
            return -SLUICE_EMSGSIZE;
        port_give((uint8_t *)r->bytes + filled, &listed, sizeof(listed));
        filled += (uint32_t)sizeof(listed);
    }
    return (int)filled;
}

static int ticket(struct sluice *s, struct sluice_request *r)
{
    struct sluice_handle *handle = sluice__handle_find(s, r->handle);
    if (handle == NULL)
        return -SLUICE_EBADF;
    struct sluice_object *object = sluice__handle_object(s, handle);
    if (object == NULL)
        return -SLUICE_EUCLEAN;
    struct ticket t = {.at = sluice__offset(s, object),
                       .serial = load_relaxed(&object->serial),
                       .flags = load_relaxed(&handle->flags) & (SLUICE_READ | SLUICE_WRITE)};
    t.check = check_of(&t);
    if (r->length < sizeof(t))
        return -SLUICE_EMSGSIZE;
    port_give(r->bytes, &t, sizeof(t));
    return sizeof(t);
}

/* What the façade needs to know of it, as its kind's open tells. */
static void describe(struct sluice_request *r, struct sluice_object *object, uint32_t kind,
                     uint32_t flags)
{
    r->out[0] = kind;
    r->out[3] = flags;
    if (kind == SLUICE_KIND_MESSAGE_QUEUE) {
        struct sluice_mqueue *mq = (struct sluice_mqueue *)object;
        r->out[1] = load_relaxed(&mq->max_messages);
        r->out[2] = load_relaxed(&mq->message_bytes);
    } else if (kind == SLUICE_KIND_PIPE || kind == SLUICE_KIND_FIFO) {
        r->out[1] = load_relaxed(&((struct sluice_pipe *)object)->capacity_bytes);
    } else if (kind == SLUICE_KIND_RING) {
        r->out[1] = load_relaxed(&((struct sluice_ring *)object)->capacity_bytes);
        r->out[2] = load_relaxed(&((struct sluice_ring *)object)->record_bytes);
    }
}

static int open_ticket(struct sluice *s, struct sluice_request *r)
{
    struct ticket t;
    if (r->length != sizeof(t))
        return -SLUICE_EINVAL;
    port_take(&t, r->bytes, sizeof(t));
    if (t.check != check_of(&t) || (t.flags & ~(uint32_t)(SLUICE_READ | SLUICE_WRITE)) != 0)
        return -SLUICE_EINVAL;
    /* it opens as open(2) with O_NONBLOCK does: a FIFO's writer needs a reader */
    uint32_t meets = t.flags == SLUICE_WRITE ? SLUICE__MEET : 0;
    int n = sluice__object_open(s, t.at, t.serial, t.flags | meets);
    if (n < 0)
        return n;
    uint32_t kind;
    struct sluice_object *object = sluice__object_at(s, t.at, &kind);
    if (object == NULL)
        return -SLUICE_EUCLEAN;
    if (kind == SLUICE_KIND_FIFO) /* who waits for this end in open */
        sluice__event_notify_all(s, &object->gate);
    describe(r, object, kind, t.flags);
    return sluice__op_opened(s, n);
}

int sluice__op_reg(struct sluice *s, struct sluice_request *r)
{
    switch (r->op) {
    case SLUICE_OP_CLOSE:
        return sluice__handle_close(s, r->handle);
    case SLUICE_OP_UNLINK:
        return unlink_name(s, r);
    case SLUICE_OP_LIST:
        return list(s, r);
    case SLUICE_OP_AGENTS:
        return agents(s, r);
    case SLUICE_OP_TICKET:
        return ticket(s, r);
    case SLUICE_OP_READY:
        return sluice__op_ready(s, r);
    default:
        return open_ticket(s, r);
    }
}
