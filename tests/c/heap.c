/* The heap: blocks tile it after any history, nothing leaks, a full one says so. */
#include "world.h"

#include "prim/heap.h"

enum { BYTES = 1 << 20, WORDS = 200 };

static uint32_t seed = 1;

static uint32_t next_random(void)
{
    seed = seed * 1664525 + 1013904223;
    return seed >> 8;
}

static void any_history(struct sluice *s)
{
    /* the words live in the region, as the journal can only undo those */
    struct sluice_au32 *words = NULL;
    check(sluice__heap_take(s, &s->me->desk, WORDS * 4, WORDS * 4) == 0);
    words = sluice__at(s, load_relaxed(&s->me->desk));
    for (int i = 0; i < 20000; i++) {
        struct sluice_au32 *word = &words[next_random() % WORDS];
        uint32_t bytes = next_random() % (1u << next_random() % 16);
        if (load_relaxed(word) != 0) {
            check(sluice__heap_give(s, word) == 0);
            continue;
        }
        int n = sluice__heap_take(s, word, bytes, bytes < 64 ? bytes : 64);
        check(n == 0 || n == -SLUICE_ENOSPC);
        if (n == 0) {
            uint32_t at = load_relaxed(word);
            check(at % 64 == 0 && sluice__heap_bytes(s, at) >= bytes);
            memset(sluice__at(s, at), 0xa5, bytes);
        }
        if (i % 97 == 0)
            check(sluice__heap_valid(s));
    }
    for (int i = 0; i < WORDS; i++)
        check(sluice__heap_give(s, &words[i]) == 0);
    check(sluice__heap_give(s, &s->me->desk) == 0);
    passed("heap: tiled after any history");
}

static void gives_all_back(struct sluice *s, uint32_t free_bytes)
{
    struct sluice_heap *h = &sluice__region(s)->heap;
    check(sluice__heap_valid(s) && load_relaxed(&h->free_bytes) == free_bytes);
    check(sluice__heap_take(s, &s->me->desk, free_bytes, 0) == -SLUICE_ENOSPC);
    check(load_relaxed(&s->me->desk) == 0 && sluice__heap_valid(s));
    passed("heap: all came back; what is too large is refused with nothing changed");
}

int main(void)
{
    struct sluice s;
    join(&s, new_region(BYTES, 4), BYTES, 1);
    uint32_t free_bytes = load_relaxed(&sluice__region(&s)->heap.free_bytes);
    any_history(&s);
    gives_all_back(&s, free_bytes);
    free(s.base);
    return 0;
}
