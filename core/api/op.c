#include "op.h"

#include "../prim/heap.h"
#include "../reg/handle.h"
#include "../reg/kind.h"

struct sluice__place_to_wait sluice__op_place(struct sluice *s, uint32_t handle, uint32_t event)
{
    return (struct sluice__place_to_wait){&s->found[handle % SLUICE__FOUND].object->gate, event};
}

int sluice__op_posix_name(struct sluice__name name)
{
    if (name.length > SLUICE_POSIX_NAME_BYTES)
        return -SLUICE_ENAMETOOLONG;
    if (name.length < 2 || name.bytes[0] != '/')
        return -SLUICE_EINVAL;
    for (uint32_t i = 1; i < name.length; i++)
        if (name.bytes[i] == '/' || name.bytes[i] == 0)
            return -SLUICE_EINVAL;
    return 0;
}

int sluice__op_path(struct sluice__name path)
{
    if (path.length == 0)
        return -SLUICE_ENOENT;
    if (path.length > SLUICE_NAME_BYTES)
        return -SLUICE_ENAMETOOLONG;
    for (uint32_t i = 0; i < path.length; i++)
        if (path.bytes[i] == 0)
            return -SLUICE_EINVAL;
    return 0;
}

int sluice__op_opened(struct sluice *s, int n)
{
    return n >= 0 ? (int)sluice__handle_number(s, (uint32_t)n) : n;
}

/* What an earlier attempt has built is still in `building`. */
static bool has_built(struct sluice *s, struct sluice_request *r)
{
    return r->out[2] != 0 && r->out[2] == s->built && load_relaxed(&s->me->building) == r->out[1];
}

int sluice__op_find(struct sluice *s, struct sluice_request *r, enum sluice_kind kind,
                    uint32_t flags)
{
    struct sluice__name name = sluice__op_name(r);
    if (name.length == 0 || has_built(s, r))
        return -SLUICE_ENOENT;
    return sluice__name_open(s, kind, name, flags);
}

int sluice__op_build(struct sluice *s, struct sluice_request *r, enum sluice_kind kind,
                     struct sluice__name name, uint32_t bytes, uint32_t zero_bytes)
{
    uint32_t body = bytes - (uint32_t)sizeof(struct sluice_object);
    if (has_built(s, r)) {
        s->taken = r->out[1];
        return 0;
    }
    int n = sluice__heap_give(s, &s->me->building); /* left by an attempt that met a held lock */
    if (n == 0)
        n = sluice__heap_take(s, &s->me->building, sluice__object_bytes(body, name), zero_bytes);
    if (n != 0)
        return n;
    sluice__object_init(s, kind, r->args[1], name, body);
    r->out[1] = s->taken;
    r->out[2] = ++s->built;
    return 0;
}

void sluice__op_built(struct sluice *s, struct sluice_request *r, int n)
{
    if (n == SLUICE__NOT_NOW && !s->trying)
        return;
    r->out[1] = r->out[2] = 0;
    sluice__heap_give(s, &s->me->building);
}

int sluice__op_publish(struct sluice *s, struct sluice_request *r, enum sluice_kind kind,
                       struct sluice__name name, uint32_t flags)
{
    int n = sluice__name_publish(s, kind, name, flags);
    sluice__op_built(s, r, n);
    return n;
}

/* Sixteen numbers are a family: sluice_ops.def. */
enum { REGISTRY = 0, SEMAPHORE, QUEUE, PIPE };

static int of_family(struct sluice *s, struct sluice_request *r)
{
    switch (r->op >> 4) {
    case REGISTRY:
        return sluice__op_reg(s, r);
    case SEMAPHORE:
        return sluice__op_sem(s, r);
    case QUEUE:
        return sluice__op_mq(s, r);
    case PIPE:
        return sluice__op_pipe(s, r);
    default:
        return sluice__op_ring(s, r);
    }
}

int sluice__op_attempt(struct sluice *s, struct sluice_request *r)
{
    switch (r->op) {
#define X(name, number) case number:
#include "../include/sluice_ops.def"
#undef X
        break;
    default:
        return -SLUICE_ENOSYS;
    }
    if (!sluice__alive(s))
        return -SLUICE_ESRCH;
    int n = of_family(s, r);
    return sluice__alive(s) ? n : -SLUICE_ESRCH;
}

struct sluice__place_to_wait sluice__op_waits(struct sluice *s, struct sluice_request *r)
{
    switch (r->op >> 4) {
    case REGISTRY:
        return sluice__op_ready_waits(s, r);
    case SEMAPHORE:
        return sluice__op_sem_waits(s, r);
    case QUEUE:
        return sluice__op_mq_waits(s, r);
    case PIPE:
        return sluice__op_pipe_waits(s, r);
    default:
        return sluice__op_ring_waits(s, r);
    }
}

int sluice__op_withdraw(struct sluice *s, struct sluice_request *r)
{
    int n;
    if (has_built(s, r) && sluice__heap_give(s, &s->me->building) == SLUICE__NOT_NOW)
        return SLUICE__NOT_NOW;
    switch (r->op) {
    case SLUICE_OP_MQ_RECEIVE:
    case SLUICE_OP_MQ_NOTIFY:
        n = sluice__op_mq_withdraw(s, r);
        break;
    case SLUICE_OP_FIFO_OPEN:
        n = sluice__handle_close(s, r->out[3]); /* 0 is no handle */
        break;
    default:
        return 0;
    }
    if (n == SLUICE__NOT_NOW)
        return n;
    r->out[3] = 0;
    return 0;
}
