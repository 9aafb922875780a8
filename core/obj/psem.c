#include "psem.h"

#include "../prim/event.h"

static void notify(struct sluice *s, struct sluice_psem *sem)
{
    struct sluice_gate *gate = &sem->object.gate;
    sluice__event_notify(s, gate, SLUICE__PSEM_POSITIVE,
                         load64_seq(&gate->word)); /* [EV1-P] look */
}

int sluice__psem_wait(struct sluice *s, struct sluice_psem *sem)
{
    for (;;) {
        uint32_t value = load_seq(&sem->value); /* [EV1-S] look */
        if (value == 0)
            return -SLUICE_EAGAIN;
        if (!cas_acqrel(&sem->value, value, value - 1)) /* [PS1-R] */
            continue;
        if (value > 1)
            notify(s, sem); /* notes merge: who takes and leaves some tells the next */
        return 0;
    }
}

int sluice__psem_post(struct sluice *s, struct sluice_psem *sem)
{
    for (;;) {
        uint32_t value = load_relaxed(&sem->value);
        if (value >= SLUICE_SEM_VALUE_MAX)
            return -SLUICE_EOVERFLOW;
        if (!cas_seq(&sem->value, value, value + 1)) /* [PS1-W] [EV1-P] publish */
            continue;
        notify(s, sem);
        return 0;
    }
}
