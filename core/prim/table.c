#include "table.h"

#include "event.h"
#include "heap.h"

struct sluice_chunk *sluice__chunk(struct sluice *s, const struct sluice_au32 *directory,
                                   uint32_t chunk)
{
    uint32_t at = load_acquire(directory); /* [TB1-R] */
    if (chunk >= SLUICE_CHUNKS || !sluice__inside(s, at, sizeof(struct sluice_directory)))
        return NULL;
    struct sluice_directory *d = sluice__at(s, at);
    at = load_acquire(&d->chunks[chunk]);
    return sluice__inside(s, at, sizeof(struct sluice_chunk)) ? sluice__at(s, at) : NULL;
}

union sluice_record *sluice__record(struct sluice *s, const struct sluice_au32 *directory,
                                    uint32_t index)
{
    struct sluice_chunk *chunk = sluice__chunk(s, directory, index / SLUICE_CHUNK);
    return chunk ? &chunk->records[index % SLUICE_CHUNK] : NULL;
}

int sluice__table_grow(struct sluice *s, struct sluice_au32 *directory, uint32_t *chunks)
{
    if (*chunks == SLUICE_CHUNKS)
        return -SLUICE_EMFILE;
    uint32_t bytes = sizeof(struct sluice_directory);
    int n = load_relaxed(directory) ? 0 : sluice__heap_take(s, directory, bytes, bytes);
    if (n != 0)
        return n;
    uint32_t at = load_relaxed(directory);
    if (!sluice__inside(s, at, bytes))
        return -SLUICE_EUCLEAN;
    struct sluice_directory *d = sluice__at(s, at);
    bytes = sizeof(struct sluice_chunk);
    n = sluice__heap_take(s, &d->chunks[*chunks], bytes, bytes); /* [TB1-W] */
    *chunks += n == 0;
    return n;
}

int sluice__table_drop(struct sluice *s, struct sluice_au32 *directory)
{
    uint32_t at = load_relaxed(directory);
    if (!sluice__inside(s, at, sizeof(struct sluice_directory)))
        return at == 0 ? 0 : -SLUICE_EUCLEAN;
    struct sluice_directory *d = sluice__at(s, at);
    uint32_t chunks = 0;
    while (chunks < SLUICE_CHUNKS && load_relaxed(&d->chunks[chunks]) != 0)
        chunks++;
    while (chunks-- > 0) { /* the last first: who goes on after a death counts the rest */
        int n = sluice__heap_give(s, &d->chunks[chunks]);
        if (n != 0)
            return n;
    }
    return sluice__heap_give(s, directory);
}

struct sluice_waiter *sluice__waiter(struct sluice *s, uint32_t index)
{
    union sluice_record *record = sluice__record(s, &s->me->waiters, index);
    return record ? &record->waiter : NULL;
}

/* Puts a record on one of this agent's lists (index + 1 through `link`). */
static void push(struct sluice *s, struct sluice_waiter *w, uint32_t *list, uint32_t index)
{
    sluice__put(s, &w->link, *list);
    *list = index + 1;
}

/* The record is free: its handle may be closed as far as it is concerned. */
static void released(struct sluice *s, struct sluice_waiter *w, uint32_t index)
{
    uint32_t number = load_relaxed(&w->handle);
    union sluice_record *record = number ? sluice__record(s, &s->me->handles, number - 1) : NULL;
    if (record != NULL)
        sluice__put(s, &record->handle.waits, load_relaxed(&record->handle.waits) - 1);
    sluice__put(s, &w->handle, 0);
    push(s, w, &s->free_waiter, index);
}

int sluice__waiters_sweep(struct sluice *s)
{
    uint32_t list = s->gone_waiter;
    int n = 0;
    s->gone_waiter = 0;
    while (list != 0) {
        uint32_t index = list - 1;
        struct sluice_waiter *w = sluice__waiter(s, index);
        if (w == NULL)
            return -SLUICE_EUCLEAN;
        list = load_relaxed(&w->link);
        int still = sluice__event_remove(s, w);
        if (still == 0) {
            released(s, w, index);
        } else {
            push(s, w, &s->gone_waiter, index);
            n = still;
        }
    }
    return n;
}

static int add_waiters(struct sluice *s)
{
    int n = sluice__table_grow(s, &s->me->waiters, &s->waiters);
    if (n != 0)
        return n;
    for (uint32_t i = s->waiters * SLUICE_CHUNK; i-- > (s->waiters - 1) * SLUICE_CHUNK;) {
        struct sluice_waiter *w = sluice__waiter(s, i);
        if (w == NULL)
            return -SLUICE_EUCLEAN;
        sluice__put(s, &w->owner, s->slot << 16 | i);
        SLUICE__BEGIN(s, &w->state);
        push(s, w, &s->free_waiter, i);
    }
    return 0;
}

int sluice__waiters_reserve(struct sluice *s)
{
    return s->waiters == 0 ? add_waiters(s) : 0;
}

int sluice__waiter_new(struct sluice *s)
{
    if (s->free_waiter == 0)
        sluice__waiters_sweep(s);
    int n = s->free_waiter == 0 ? add_waiters(s) : 0;
    if (n != 0)
        return n;
    uint32_t index = s->free_waiter - 1;
    struct sluice_waiter *w = sluice__waiter(s, index);
    if (w == NULL)
        return -SLUICE_EUCLEAN;
    s->free_waiter = load_relaxed(&w->link);
    return (int)index;
}

void sluice__waiter_end(struct sluice *s, uint32_t index, bool used)
{
    struct sluice_waiter *w = sluice__waiter(s, index);
    if (w == NULL)
        return;
    if (sluice__event_end(s, w, used))
        released(s, w, index);
    else
        push(s, w, &s->gone_waiter, index);
}
