/*
 * POSIX semaphore (sem_overview(7)): a count, and who waits for it to be positive.
 * Posting takes no lock.
 *
 * Death (a) nothing is held; (b) between the count and the notification: the settling notifies;
 * (c) waiting: the waiter goes. The count stays, as when a process exits.
 */
#ifndef SLUICE_OBJ_PSEM_H
#define SLUICE_OBJ_PSEM_H

#include "../prim/region.h"

struct sluice_psem {
    struct sluice_object object;
    struct sluice_au32 value;
    struct sluice_au32 spare[15];
};
_Static_assert(sizeof(struct sluice_psem) == 192, "psem");

enum { SLUICE__PSEM_POSITIVE = 0 }; /* its event */

/* sem_trywait(3): 0 or -EAGAIN. */
int sluice__psem_wait(struct sluice *s, struct sluice_psem *sem);

/* sem_post(3): 0 or -EOVERFLOW. */
int sluice__psem_post(struct sluice *s, struct sluice_psem *sem);

/* sem_getvalue(3): 0 while others wait. */
static inline uint32_t sluice__psem_value(struct sluice_psem *sem)
{
    return load_acquire(&sem->value);
}

#endif
