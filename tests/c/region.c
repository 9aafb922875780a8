/* The region: which sizes are refused, what an agent checks before it believes a geometry. */
#include "world.h"

#include <sys/mman.h>

enum { BYTES = 1 << 18, AGENTS = 3, SERIAL = 1000 };

static uint8_t *cleared(uint32_t bytes)
{
    uint8_t *base = aligned_alloc(SLUICE_LINE, bytes);
    check(base != NULL);
    return memset(base, 0, bytes);
}

static bool all_zero(const uint8_t *base, uint32_t bytes)
{
    return base[0] == 0 && memcmp(base, base + 1, bytes - 1) == 0;
}

static void refused(void)
{
    uint8_t *base = cleared(BYTES);
    check(sluice_format(base, BYTES, 0, 0) == -SLUICE_EINVAL);
    check(sluice_format(base, BYTES, SLUICE_AGENTS + 1, 0) == -SLUICE_EINVAL);
    check(sluice_format(base, BYTES, UINT32_MAX, 0) == -SLUICE_EINVAL);
    check(sluice_format(base, BYTES - 1, 1, 0) == -SLUICE_EINVAL);
    check(sluice_format(base, BYTES - SLUICE_LINE / 2, 1, 0) == -SLUICE_EINVAL);
    uint32_t above = SLUICE_REGION_BYTES_MAX + SLUICE_LINE;
    check(sluice_format(base, above, 1, 0) == -SLUICE_EINVAL);
    check(sluice_format(base, 0u - SLUICE_LINE, 1, 0) == -SLUICE_EINVAL);
    check(sluice_format(base, 0, 1, 0) == -SLUICE_ENOSPC);
    check(sluice_format(base, SLUICE_LINE, 1, 0) == -SLUICE_ENOSPC);
    /* 256 slots alone are 160 KiB */
    check(sluice_format(base, BYTES / 2, SLUICE_AGENTS, 0) == -SLUICE_ENOSPC);
    check(all_zero(base, BYTES));
    free(base);
    passed("region: sizes that do not do are refused, and nothing is written");
}

/* It has one block of a line, so that whatever counts as fitting does fit. */
static void smallest(uint32_t agents)
{
    struct sluice s;
    uint8_t *base = cleared(BYTES);
    uint32_t bytes = SLUICE_LINE;
    while (sluice_format(base, bytes, agents, 0) == -SLUICE_ENOSPC)
        bytes += SLUICE_LINE;
    check(bytes < BYTES && load_relaxed(&((struct sluice_region *)base)->bytes) == bytes);
    join(&s, base, bytes, 1);
    uint8_t *end = (uint8_t *)(sluice__agent(&s, agents - 1) + 1);
    check(bytes_free(&s) == SLUICE_LINE && bytes - bytes_free(&s) >= (uint32_t)(end - base));
    check(sluice__heap_take(&s, &s.me->desk, 1, 1) == 0);
    check(sluice__offset(&s, end) <= load_relaxed(&s.me->desk));
    check(sluice__heap_take(&s, &s.me->building, bytes, 0) == -SLUICE_ENOSPC && sound(&s));
    check(all_zero(base + bytes, BYTES - bytes));
    leave(&s);
    free(base);
}

static void largest(void)
{
    struct sluice s;
    uint32_t bytes = SLUICE_REGION_BYTES_MAX;
    void *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    check(base != MAP_FAILED && sluice_format(base, bytes, SLUICE_AGENTS, 0) == 0);
    join(&s, base, bytes, SLUICE_OWNER_MAX);
    uint32_t half = bytes / 2, all = bytes_free(&s);
    check(all > bytes - (8 << 20));
    check(sluice__heap_take(&s, &s.me->desk, half, 64) == 0);
    check(sluice__heap_bytes(&s, load_relaxed(&s.me->desk)) >= half && sluice__heap_valid(&s));
    check(sluice__heap_take(&s, &s.me->building, bytes - 16, 0) == -SLUICE_ENOSPC);
    check(sluice__heap_take(&s, &s.me->building, bytes + 1, 0) == -SLUICE_ENOSPC);
    /* nor where a block of the least class is free */
    struct sluice_au32 *line = &sluice__agent(&s, 1)->desk, *next = &sluice__agent(&s, 2)->desk;
    check(sluice__heap_take(&s, line, 1, 0) == 0 && sluice__heap_take(&s, next, 1, 0) == 0);
    check(sluice__heap_give(&s, line) == 0);
    check(sluice__heap_take(&s, &s.me->building, bytes - 16, 0) == -SLUICE_ENOSPC);
    check(sluice__heap_give(&s, next) == 0);
    int sem = open_sem(&s, "/s", SLUICE_CREATE, 1);
    check(sem > 0 && simply(&s, SLUICE_OP_SEM_WAIT, (uint32_t)sem) == 0);
    leave(&s);
    check(bytes_free(&s) < all && sound(&s)); /* the semaphore stays: it has a name */
    munmap(base, bytes);
    passed("region: the largest has room for blocks of half of it");
}

static void opens(void)
{
    struct sluice s;
    uint8_t *base = cleared(BYTES);
    check(sluice__region_open(&s, base, BYTES) == -SLUICE_EINVAL); /* nobody has formatted it */
    check(sluice_format(base, BYTES - SLUICE_LINE, AGENTS, SERIAL) == 0);
    check(sluice__region_open(&s, base, BYTES) == 0); /* as a page-sized mapping of it is */
    check(s.base == base && s.bytes == BYTES - SLUICE_LINE && s.agents == AGENTS);
    check(s.buckets >= 16 && (s.buckets & (s.buckets - 1)) == 0 && s.me == NULL);
    check(load_relaxed(&sluice__region(&s)->serial) == SERIAL + SLUICE__BIRTH && s.lock_tries > 0);
    check(sluice__region_open(&s, base, BYTES - SLUICE_LINE) == 0);
    check(sluice__region_open(&s, base, BYTES - SLUICE_LINE - 1) == -SLUICE_EINVAL);
    check(sluice__region_open(&s, base, sizeof(struct sluice_region) - 1) == -SLUICE_EINVAL);
    check(sluice__region_open(&s, base, 0) == -SLUICE_EINVAL);
    check(sluice_attach(&s, base, BYTES / 2, 1, 0, 0) == -SLUICE_EINVAL);
    free(base);
    passed("region: opened with its own geometry, never beyond the mapping");
}

/* A chain is short in a full region, and a small one is not all buckets. */
static void buckets(void)
{
    static const uint32_t sizes[] = {16 << 12, 17 << 12, 32 << 12, 1 << 24, (1 << 24) + 4096};
    for (uint32_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        struct sluice s;
        uint8_t *base = calloc(1, sizes[i]);
        check(base != NULL && sluice_format(base, sizes[i], 1, 0) == 0);
        check(sluice__region_open(&s, base, sizes[i]) == 0);
        check((s.buckets & (s.buckets - 1)) == 0);
        check(s.buckets >= sizes[i] / 4096 && s.buckets < sizes[i] / 4096 * 2);
        free(base);
    }
    passed("region: a bucket for each 4 KiB, up to the next power of two");
}

static int opened_with(uint8_t *base, struct sluice_au32 *word, uint32_t value)
{
    struct sluice s;
    uint32_t was = load_relaxed(word);
    store_relaxed(word, value);
    int n = sluice__region_open(&s, base, BYTES);
    store_relaxed(word, was);
    check(sluice__region_open(&s, base, BYTES) == 0);
    return n;
}

static void distrusts(void)
{
    uint8_t *base = cleared(BYTES);
    struct sluice_region *r = (struct sluice_region *)base;
    check(sluice_format(base, BYTES, AGENTS, 0) == 0);
    uint32_t buckets = load_relaxed(&r->buckets);
    check(opened_with(base, &r->magic, 0) == -SLUICE_EINVAL);
    check(opened_with(base, &r->magic, SLUICE_MAGIC + 1) == -SLUICE_EINVAL);
    check(opened_with(base, &r->abi, SLUICE_ABI + 1) == -SLUICE_EINVAL);
    check(opened_with(base, &r->bytes, BYTES + SLUICE_LINE) == -SLUICE_EINVAL);
    check(opened_with(base, &r->bytes, BYTES - 1) == -SLUICE_EUCLEAN);
    /* larger than any region, however large the mapping may be */
    store_relaxed(&r->bytes, SLUICE_REGION_BYTES_MAX + SLUICE_LINE);
    check(sluice__region_open(&(struct sluice){0}, base, UINT32_MAX) == -SLUICE_EINVAL);
    store_relaxed(&r->bytes, BYTES);
    check(opened_with(base, &r->bytes, SLUICE_LINE) == -SLUICE_EUCLEAN);
    store_relaxed(&r->bytes, SLUICE_REGION_BYTES_MAX + 1);
    check(sluice__region_open(&(struct sluice){0}, base, UINT32_MAX) == -SLUICE_EINVAL);
    store_relaxed(&r->bytes, BYTES);
    check(opened_with(base, &r->agents, 0) == -SLUICE_EUCLEAN);
    check(opened_with(base, &r->agents, SLUICE_AGENTS + 1) == -SLUICE_EUCLEAN);
    check(opened_with(base, &r->buckets, buckets * 2) == -SLUICE_EUCLEAN);
    check(opened_with(base, &r->buckets, buckets - 1) == -SLUICE_EUCLEAN);
    check(opened_with(base, &r->buckets, 0) == -SLUICE_EUCLEAN);
    check(sluice_format(base, BYTES / 2, AGENTS, 0) == 0);
    check(opened_with(base, &r->agents, SLUICE_AGENTS) == -SLUICE_EUCLEAN);
    /* a mapping too small for the header is not read, whatever it says of itself */
    store_relaxed(&r->bytes, SLUICE_LINE);
    check(sluice__region_open(&(struct sluice){0}, base, SLUICE_LINE) == -SLUICE_EINVAL);
    check(sluice__region_open(&(struct sluice){0}, base, sizeof(*r)) == -SLUICE_EUCLEAN);
    free(base);
    passed("region: another's magic or version is no region, an impossible geometry is damage");
}

/* Slots and buckets to the last byte, and not a line less. */
static void just_fits(void)
{
    enum { SLOTS = 252 };
    struct sluice s;
    uint8_t *base = cleared(BYTES);
    struct sluice_region *r = (struct sluice_region *)base;
    check(sluice_format(base, BYTES, SLOTS, 0) == 0 && sluice__region_open(&s, base, BYTES) == 0);
    uint32_t slots_end = sluice__offset(&s, sluice__bucket(&s, 0)), buckets = s.buckets;
    while (buckets / 2 * 4096 >= slots_end + buckets / 2 * 4)
        buckets /= 2;
    store_relaxed(&r->buckets, buckets);
    store_relaxed(&r->bytes, slots_end + buckets * 4);
    check(sluice__region_open(&s, base, BYTES) == 0);
    store_relaxed(&r->bytes, slots_end + buckets * 4 - SLUICE_LINE);
    check(sluice__region_open(&s, base, BYTES) == -SLUICE_EUCLEAN);
    free(base);
    passed("region: slots and buckets that end with it, and no line later, are believed");
}

static void inside(void)
{
    struct sluice s;
    uint32_t first = sizeof(struct sluice_region);
    join(&s, new_region(BYTES, AGENTS), BYTES, 1);
    check(sluice__inside(&s, first, 8) && sluice__inside(&s, BYTES - 64, 64));
    check(sluice__inside(&s, first, BYTES - first) &&
          !sluice__inside(&s, first, BYTES - first + 1));
    check(!sluice__inside(&s, 0, 8) && !sluice__inside(&s, first - 8, 8));
    check(!sluice__inside(&s, first + 4, 8) && !sluice__inside(&s, first + 1, 8));
    check(!sluice__inside(&s, BYTES - 64, 65) && !sluice__inside(&s, BYTES, 1));
    check(!sluice__inside(&s, BYTES + 8, 8) && !sluice__inside(&s, 0u - 8, 8));
    check(!sluice__inside(&s, first, UINT32_MAX) && !sluice__inside(&s, BYTES - 8, UINT32_MAX));
    check(sluice__at(&s, sluice__offset(&s, s.base + first)) == s.base + first);
    free(s.base);
    passed("region: inside is between header and end, without wrapping, aligned");
}

/* Slots, then buckets, then the heap: none reaches into the next. */
static void laid_out(void)
{
    struct sluice s;
    join(&s, new_region(BYTES, AGENTS), BYTES, 1);
    uint8_t *before = s.base + sizeof(struct sluice_region);
    for (uint32_t slot = 0; slot < AGENTS; slot++) {
        uint8_t *agent = (uint8_t *)sluice__agent(&s, slot);
        check(agent >= before && (uintptr_t)agent % SLUICE_LINE == 0);
        before = agent + sizeof(struct sluice_agent);
    }
    for (uint32_t hash = 0; hash < s.buckets; hash++) {
        uint8_t *bucket = (uint8_t *)sluice__bucket(&s, hash);
        check(bucket >= before && sluice__bucket(&s, hash + 3 * s.buckets) == (void *)bucket);
        check(load_relaxed((struct sluice_au32 *)bucket) == 0);
        before = bucket + sizeof(struct sluice_au32);
    }
    check(sluice__heap_take(&s, &s.me->desk, 1, 0) == 0);
    uint32_t buckets_end = sluice__offset(&s, before), first = load_relaxed(&s.me->desk);
    check(buckets_end <= load_relaxed(&sluice__region(&s)->heap.start));
    check(first - buckets_end <= SLUICE_LINE);
    check(load_relaxed(&sluice__region(&s)->heap.end) <= BYTES);
    free(s.base);
    passed("region: slots, buckets and heap lie apart, each slot on lines of its own");
}

int main(void)
{
    refused();
    smallest(1);
    smallest(7);
    smallest(SLUICE_AGENTS);
    passed("region: the smallest that is not refused has room for something");
    largest();
    opens();
    buckets();
    distrusts();
    just_fits();
    inside();
    laid_out();
    return 0;
}
