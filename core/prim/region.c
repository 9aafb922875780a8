#include "heap.h"

#define ALIGN(n) (((n) + SLUICE_LINE - 1) & ~(SLUICE_LINE - 1u))

struct sluice_agent *sluice__agent(struct sluice *s, uint32_t slot)
{
    return (struct sluice_agent *)(s->base + ALIGN(sizeof(struct sluice_region))) + slot;
}

static uint32_t agents_end(uint32_t agents)
{
    return ALIGN(sizeof(struct sluice_region)) + agents * (uint32_t)sizeof(struct sluice_agent);
}

/* One bucket for 4 KiB of region: an object is seldom smaller. */
static uint32_t buckets_for(uint32_t bytes)
{
    uint32_t buckets = 16;
    while (buckets < bytes / 4096)
        buckets *= 2;
    return buckets;
}

int sluice__region_format(void *base, uint32_t bytes, uint32_t agents, uint32_t serial)
{
    struct sluice_region *region = base;
    struct sluice s = {.base = base, .bytes = bytes, .agents = agents};
    if (bytes % SLUICE_LINE != 0 || bytes > SLUICE_REGION_BYTES_MAX || agents < 1 ||
        agents > SLUICE_AGENTS)
        return -SLUICE_EINVAL;
    uint32_t buckets = buckets_for(bytes), start = agents_end(agents) + buckets * 4;
    if (bytes < start + 2 * SLUICE_LINE)
        return -SLUICE_ENOSPC;
    store_relaxed(&region->abi, SLUICE_ABI);
    store_relaxed(&region->bytes, bytes);
    store_relaxed(&region->agents, agents);
    store_relaxed(&region->buckets, buckets);
    store_relaxed(&region->serial, serial + SLUICE__BIRTH);
    for (uint32_t slot = 0; slot < agents; slot++)
        SLUICE__BEGIN_LIFE(sluice__agent(&s, slot));
    sluice__heap_format(&s, start, bytes);
    store_release(&region->magic, SLUICE_MAGIC); /* [RG1-W] */
    return 0;
}

int sluice__region_open(struct sluice *s, void *base, uint32_t bytes)
{
    struct sluice_region *region = base;
    if (bytes < sizeof(struct sluice_region) ||
        load_acquire(&region->magic) != SLUICE_MAGIC || /* [RG1-R] */
        load_relaxed(&region->abi) != SLUICE_ABI)
        return -SLUICE_EINVAL;
    *s = (struct sluice){.base = base, .lock_tries = 20};
    s->bytes = load_relaxed(&region->bytes);
    s->agents = load_relaxed(&region->agents);
    s->buckets = load_relaxed(&region->buckets);
    if (s->bytes > bytes || s->bytes > SLUICE_REGION_BYTES_MAX)
        return -SLUICE_EINVAL;
    if (s->agents < 1 || s->agents > SLUICE_AGENTS || s->bytes % SLUICE_LINE != 0 ||
        s->buckets != buckets_for(s->bytes) || s->bytes < agents_end(s->agents) + s->buckets * 4)
        return -SLUICE_EUCLEAN;
    return 0;
}

struct sluice_au32 *sluice__bucket(struct sluice *s, uint32_t hash)
{
    struct sluice_au32 *buckets = sluice__at(s, agents_end(s->agents));
    return &buckets[hash & (s->buckets - 1)];
}
