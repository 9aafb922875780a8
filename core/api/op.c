#include "op.h"

#include "../obj/psem.h"
#include "../prim/heap.h"
#include "../reg/handle.h"
#include "../reg/name.h"

/* The object behind request->handle when it is of that kind; NULL otherwise (-EBADF). */
static struct sluice_object *object_of(struct sluice *s, struct sluice_request *r,
                                       enum sluice_kind kind)
{
    struct sluice_handle *handle = sluice__handle_find(s, r->handle);
    struct sluice_object *object = handle ? sluice__handle_object(s, handle) : NULL;
    return object && load_relaxed(&object->kind) == (uint32_t)kind ? object : NULL;
}

/* POSIX names: '/', 1 to 251 bytes, no other slash (sem_overview(7)). */
static int check_name(const uint8_t *name, uint32_t length)
{
    if (length > SLUICE_POSIX_NAME_BYTES)
        return -SLUICE_ENAMETOOLONG;
    if (length < 2 || name[0] != '/')
        return -SLUICE_EINVAL;
    for (uint32_t i = 1; i < length; i++)
        if (name[i] == '/' || name[i] == 0)
            return -SLUICE_EINVAL;
    return 0;
}

/* What opening finds in the registry: the handle's number in n. */
static int opened(struct sluice *s, int n)
{
    return n >= 0 ? (int)sluice__handle_number(s, (uint32_t)n) : n;
}

/* Builds a semaphore in `building`, then publishes it; should another have been faster, that one is opened. */
static int sem_create(struct sluice *s, struct sluice_request *r, struct sluice__name name)
{
    uint32_t body = sizeof(struct sluice_psem) - sizeof(struct sluice_object);
    uint32_t bytes = sluice__object_bytes(body, name);
    int n = sluice__heap_give(s, &s->me->building); /* left by an attempt that met a held lock */
    n = n ? n : sluice__heap_take(s, &s->me->building, bytes, sizeof(struct sluice_psem));
    if (n != 0)
        return n;
    struct sluice_psem *sem = sluice__at(s, load_relaxed(&s->me->building));
    sluice__object_init(s, SLUICE_KIND_SEMAPHORE, r->args[1], name, body);
    store_relaxed(&sem->value, r->args[2]);
    n = sluice__name_publish(s, SLUICE_KIND_SEMAPHORE, name, r->args[0]);
    sluice__heap_give(s, &s->me->building);
    return n;
}

static int sem_open(struct sluice *s, struct sluice_request *r)
{
    struct sluice__name name = {r->name, r->name_length};
    int n = name.length ? check_name(name.bytes, name.length) : 0;
    if (n != 0)
        return n;
    if (r->args[2] > SLUICE_SEM_VALUE_MAX)
        return -SLUICE_EINVAL;
    n = name.length ? sluice__name_open(s, SLUICE_KIND_SEMAPHORE, name, r->args[0])
                    : -SLUICE_ENOENT;
    if (n == -SLUICE_ENOENT && (name.length == 0 || (r->args[0] & SLUICE_CREATE)))
        n = sem_create(s, r, name);
    return opened(s, n);
}

static int unlink_name(struct sluice *s, struct sluice_request *r)
{
    struct sluice__name name = {r->name, r->name_length};
    int n = check_name(name.bytes, name.length);
    return n ? n : sluice__name_unlink(s, (enum sluice_kind)r->args[0], name);
}

static int sem_attempt(struct sluice *s, struct sluice_request *r)
{
    struct sluice_psem *sem = (struct sluice_psem *)object_of(s, r, SLUICE_KIND_SEMAPHORE);
    if (sem == NULL)
        return -SLUICE_EBADF;
    if (r->op == SLUICE_OP_SEM_WAIT)
        return sluice__psem_wait(s, sem);
    return r->op == SLUICE_OP_SEM_POST ? sluice__psem_post(s, sem) : (int)sluice__psem_value(sem);
}

int sluice__op_attempt(struct sluice *s, struct sluice_request *r)
{
    switch (r->op) {
    case SLUICE_OP_CLOSE:
        return sluice__handle_close(s, r->handle);
    case SLUICE_OP_UNLINK:
        return unlink_name(s, r);
    case SLUICE_OP_SEM_OPEN:
        return sem_open(s, r);
    case SLUICE_OP_SEM_WAIT:
    case SLUICE_OP_SEM_POST:
    case SLUICE_OP_SEM_VALUE:
        return sem_attempt(s, r);
    default:
        return -SLUICE_ENOSYS;
    }
}

struct sluice__place_to_wait sluice__op_waits(struct sluice *s, struct sluice_request *r)
{
    struct sluice_object *sem = object_of(s, r, SLUICE_KIND_SEMAPHORE);
    if (r->op == SLUICE_OP_SEM_WAIT && sem != NULL)
        return (struct sluice__place_to_wait){&sem->gate, SLUICE__PSEM_POSITIVE};
    return (struct sluice__place_to_wait){NULL, 0};
}
