#include "op.h"

int sluice__op_ring(struct sluice *s, struct sluice_request *r)
{
    (void)s;
    (void)r;
    return -SLUICE_ENOSYS;
}

struct sluice__place_to_wait sluice__op_ring_waits(struct sluice *s, struct sluice_request *r)
{
    (void)s;
    (void)r;
    return (struct sluice__place_to_wait){NULL, 0};
}
