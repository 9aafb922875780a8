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

/* --- by lines: a block of n lines has room for 64 n - 16 bytes --------------------------------- */

enum { HEADER = sizeof(struct sluice_block), REST = 64 };

static struct sluice_au32 *words;

static void begin(struct sluice *s)
{
    join(s, new_region(BYTES, 4), BYTES, 1);
    check(sluice__heap_take(s, &s->me->desk, REST * 4, REST * 4) == 0);
    words = sluice__at(s, load_relaxed(&s->me->desk));
}

static int take_lines(struct sluice *s, struct sluice_au32 *word, uint32_t lines)
{
    return sluice__heap_take(s, word, lines * SLUICE_LINE - HEADER, 0);
}

static void give(struct sluice *s, struct sluice_au32 *word)
{
    check(sluice__heap_give(s, word) == 0);
}

/* Whatever is free: words 8 and up hold it. */
static void take_the_rest(struct sluice *s)
{
    uint32_t i = 8, lines = BYTES / SLUICE_LINE;
    while (lines > 0)
        if (take_lines(s, &words[i], lines) == 0)
            check(++i < REST);
        else
            lines /= 2;
    check(bytes_free(s) == 0);
}

static void give_the_rest(struct sluice *s)
{
    for (uint32_t i = 8; i < REST; i++)
        give(s, &words[i]);
}

static void no_larger_than_asked(struct sluice *s)
{
    static const uint32_t sizes[] = {0, 1, 47, 48, 49, 111, 112, 113, 1000, 1008, 1009};
    begin(s);
    for (uint32_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        uint32_t before = bytes_free(s), bytes = sizes[i];
        check(sluice__heap_take(s, &words[0], bytes, 0) == 0);
        check(sluice__heap_take(s, &words[1], bytes, 0) == 0);
        uint32_t at = load_relaxed(&words[0]), room = sluice__heap_bytes(s, at);
        check(room >= bytes && room < bytes + SLUICE_LINE);
        check(at + room + HEADER <= load_relaxed(&words[1]));
        check(before - bytes_free(s) == 2 * (room + HEADER));
        give(s, &words[0]);
        check(sluice__heap_bytes(s, at) == 0);
        give(s, &words[1]);
    }
    finish(s, "heap: a block takes the lines that it needs, and no more");
}

/* Where just one block is free, of `lines`. */
static void only_one(struct sluice *s, uint32_t lines)
{
    check(take_lines(s, &words[0], lines) == 0 && take_lines(s, &words[1], 1) == 0);
    take_the_rest(s);
    give(s, &words[0]);
    check(take_lines(s, &words[0], lines) == 0);
    give(s, &words[0]);
    check(lines == 1 || take_lines(s, &words[0], lines - 1) == 0);
    give(s, &words[0]);
    check(take_lines(s, &words[0], lines + 1) == -SLUICE_ENOSPC);
    check(load_relaxed(&words[0]) == 0 && bytes_free(s) == lines * SLUICE_LINE);
    give(s, &words[1]);
    give_the_rest(s);
}

/* The sizes of the classes: what is free and just large enough is found. */
static void exact(struct sluice *s)
{
    begin(s);
    for (uint32_t lines = 1; lines < 8; lines++)
        only_one(s, lines);
    for (uint32_t first = 3; first < 13; first++)
        for (uint32_t second = 0; second < 8; second++)
            only_one(s, (8 + second) << (first - 3));
    finish(s,
           "heap: the only block that is free is found by what just fits, and by nothing larger");
}

/* A smaller one that fits is not passed over, in the same first class or in one below. */
static void smallest_first(struct sluice *s)
{
    static const uint32_t sizes[] = {8, 9, 16, 18, 40, 1024};
    begin(s);
    for (uint32_t i = 0; i + 1 < sizeof(sizes) / sizeof(*sizes); i++) {
        check(take_lines(s, &words[0], sizes[i]) == 0 && take_lines(s, &words[1], 1) == 0);
        check(take_lines(s, &words[2], sizes[i + 1]) == 0 && take_lines(s, &words[3], 1) == 0);
        uint32_t small = load_relaxed(&words[0]), large = load_relaxed(&words[2]);
        take_the_rest(s);
        give(s, &words[0]);
        give(s, &words[2]);
        check(take_lines(s, &words[0], sizes[i]) == 0 && load_relaxed(&words[0]) == small);
        check(take_lines(s, &words[2], sizes[i]) == 0 && load_relaxed(&words[2]) == large);
        for (uint32_t word = 0; word < 4; word++)
            give(s, &words[word]);
        give_the_rest(s);
    }
    finish(s, "heap: the smaller of two that fit is taken first");
}

/* --- damage ----------------------------------------------------------------------------------- */

static struct sluice_block *block_of(struct sluice *s, struct sluice_au32 *word)
{
    return sluice__at(s, load_relaxed(word) - HEADER);
}

static void not_given(struct sluice *s, struct sluice_au32 *word)
{
    uint32_t at = load_relaxed(word), before = bytes_free(s);
    check(sluice__heap_give(s, word) == -SLUICE_EUCLEAN);
    check(load_relaxed(word) == at && bytes_free(s) == before && sluice__heap_bytes(s, at) == 0);
}

static void no_blocks(struct sluice *s)
{
    begin(s);
    for (uint32_t i = 0; i < 3; i++)
        check(take_lines(s, &words[i], 4) == 0);
    uint32_t used = load_relaxed(&words[0]), at = load_relaxed(&words[1]);
    struct sluice_block *block = block_of(s, &words[1]);
    give(s, &words[1]);
    const uint32_t places[] = {8, used + 8, at, BYTES, BYTES + SLUICE_LINE, 0u - SLUICE_LINE};
    for (uint32_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
        store_relaxed(&words[3], places[i]);
        not_given(s, &words[3]);
    }
    store_relaxed(&words[3], at);
    uint32_t was = load_relaxed(&block->size), beyond = BYTES - at + SLUICE_LINE;
    const uint32_t sizes[] = {1, 32 | 1, 72 | 1, beyond | 1, 0u - SLUICE_LINE};
    for (uint32_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        store_relaxed(&block->size, sizes[i]);
        not_given(s, &words[3]);
    }
    store_relaxed(&block->size, was);
    store_relaxed(&words[3], 0);
    finish(s, "heap: what is no block in use is not given back");
}

/* The first of a list that it cannot be, and classes that there are not. */
static void no_free_blocks(struct sluice *s)
{
    begin(s);
    struct sluice_heap *h = &sluice__region(s)->heap, was;
    for (uint32_t i = 0; i < 4; i++)
        check(take_lines(s, &words[i], i == 2 ? 1 : 4) == 0);
    uint32_t used = load_relaxed(&words[0]) - HEADER, small = load_relaxed(&words[2]) - HEADER;
    give(s, &words[0]);
    give(s, &words[2]);
    struct sluice_au32 *head = &h->heads[2][0];
    check(load_relaxed(head) == used && take_lines(s, &words[4], 4) == 0);
    was = *h;
    const uint32_t heads[] = {8, used, small, used + 8, BYTES - HEADER, BYTES + 48};
    for (uint32_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
        store_relaxed(&h->first, load_relaxed(&was.first) | 1u << 2);
        store_relaxed(&h->second[2], 1);
        store_relaxed(head, heads[i]);
        check(take_lines(s, &words[0], 4) == -SLUICE_EUCLEAN && load_relaxed(&words[0]) == 0);
    }
    *h = was;
    give(s, &words[4]);
    was = *h;
    for (uint32_t i = 0; i < SLUICE_HEAP_FIRST; i++)
        store_relaxed(&h->second[i], ~0xffu);
    store_relaxed(&h->first, ~0x1ffffffu);
    check(take_lines(s, &words[0], 4) == -SLUICE_ENOSPC);
    store_relaxed(&h->first, UINT32_MAX);
    check(take_lines(s, &words[0], 4) == -SLUICE_ENOSPC);
    *h = was;
    finish(s, "heap: what cannot be free is not taken");
}

/* Its header lies in a free block from then on, and says whatever it said. */
static void no_object_any_more(struct sluice *s)
{
    join(s, new_region(BYTES, 4), BYTES, 1);
    check(sluice__heap_take(s, &s->me->desk, 64 * 4, 64 * 4) == 0);
    words = sluice__at(s, load_relaxed(&s->me->desk));
    for (int i = 0; i < 3; i++)
        check(take_lines(s, &words[i], 4) == 0);
    uint32_t object = load_relaxed(&words[1]);
    check(sluice__gate_lock(s, &sluice__region(s)->heap.gate) == 0);
    sluice__heap_be_object(s, object);
    sluice__gate_unlock(s, &sluice__region(s)->heap.gate);
    check(sluice__heap_is_object(s, object));
    give(s, &words[0]);
    give(s, &words[1]);
    check(!sluice__heap_is_object(s, object));
    finish(s, "heap: what was an object is none when it is given back");
}

int main(void)
{
    struct sluice s;
    join(&s, new_region(BYTES, 4), BYTES, 1);
    uint32_t free_bytes = load_relaxed(&sluice__region(&s)->heap.free_bytes);
    any_history(&s);
    gives_all_back(&s, free_bytes);
    free(s.base);
    no_larger_than_asked(&s);
    exact(&s);
    smallest_first(&s);
    no_blocks(&s);
    no_free_blocks(&s);
    no_object_any_more(&s);
    return 0;
}
