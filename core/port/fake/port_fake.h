/*
 * The inline half of port.h for the deterministic scheduler; the other half
 * (port_park, port_unpark, port_now_ns) is in port_fake.c.
 */
#ifndef SLUICE_PORT_FAKE_PORT_FAKE_H
#define SLUICE_PORT_FAKE_PORT_FAKE_H

/* A copy between the region and private memory: one access of the whole range. */
void fake__copy(unsigned verb, void *to, const void *from, size_t bytes);

SLUICE_FAKE_VERB void port_copy_in(void *region, const void *from, size_t bytes)
{
    fake__copy(FAKE_COPY_IN, region, from, bytes);
}

SLUICE_FAKE_VERB void port_copy_out(void *to, const void *region, size_t bytes)
{
    fake__copy(FAKE_COPY_OUT, to, region, bytes);
}

SLUICE_FAKE_VERB void port_clear(void *region, size_t bytes)
{
    fake__copy(FAKE_COPY_IN, region, NULL, bytes); /* from nowhere: zeros */
}

#endif
