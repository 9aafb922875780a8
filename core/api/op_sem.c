#include "../obj/psem.h"
#include "op.h"

/* 0, -EBADF or -EUCLEAN. */
static int find_sem(struct sluice *s, struct sluice_request *r, struct sluice_psem **sem)
{
    struct sluice_object *object;
    int n = sluice__op_object(s, r->handle, 1u << SLUICE_KIND_SEMAPHORE, 0, &object);
    *sem = (struct sluice_psem *)object;
    return n;
}

static int create(struct sluice *s, struct sluice_request *r, struct sluice__name name)
{
    uint32_t bytes = sizeof(struct sluice_psem);
    if (r->args[2] > SLUICE_SEM_VALUE_MAX)
        return -SLUICE_EINVAL;
    int n = sluice__op_build(s, r, SLUICE_KIND_SEMAPHORE, name, bytes, bytes);
    if (n != 0)
        return n;
    struct sluice_psem *sem = sluice__at(s, s->taken);
    sluice__put(s, &sem->value, r->args[2]);
    return sluice__op_publish(s, r, SLUICE_KIND_SEMAPHORE, name, r->args[0]);
}

static int open_sem(struct sluice *s, struct sluice_request *r)
{
    struct sluice__name name = sluice__op_name(r);
    int n = name.length ? sluice__op_posix_name(name) : 0;
    if (n != 0)
        return n;
    n = sluice__op_find(s, r, SLUICE_KIND_SEMAPHORE, r->args[0]);
    if (n == -SLUICE_ENOENT && (name.length == 0 || (r->args[0] & SLUICE_CREATE)))
        n = create(s, r, name);
    return sluice__op_opened(s, n);
}

int sluice__op_sem(struct sluice *s, struct sluice_request *r)
{
    if (r->op == SLUICE_OP_SEM_OPEN)
        return open_sem(s, r);
    struct sluice_psem *sem;
    int n = find_sem(s, r, &sem);
    if (n != 0)
        return n;
    if (r->op == SLUICE_OP_SEM_WAIT)
        return sluice__psem_wait(s, sem);
    if (r->op == SLUICE_OP_SEM_POST)
        return sluice__psem_post(s, sem);
    uint32_t value = sluice__psem_value(sem);
    return value <= SLUICE_SEM_VALUE_MAX ? (int)value : -SLUICE_EUCLEAN;
}

struct sluice__place_to_wait sluice__op_sem_waits(struct sluice *s, struct sluice_request *r)
{
    return sluice__op_place(s, r->handle, SLUICE__PSEM_POSITIVE);
}
