#include "heap.h"

#include "event.h"

/* Block offsets are 48 modulo 64, so that the payload behind the 16 bytes of header starts a line. */
#define HEADER ((uint32_t)sizeof(struct sluice_block))
#define USED 1u
/* One for each class of the first level, of the second. */
#define FIRST_BITS ((1u << SLUICE_HEAP_FIRST) - 1)
#define SECOND_BITS ((1u << SLUICE_HEAP_SECOND) - 1)

static struct sluice_heap *heap_of(struct sluice *s)
{
    return &sluice__region(s)->heap;
}

static struct sluice_block *block_at(struct sluice *s, uint32_t offset)
{
    bool sound =
        sluice__inside(s, offset, SLUICE_LINE) && offset % SLUICE_LINE == SLUICE_LINE - HEADER;
    return sound ? sluice__at(s, offset) : NULL;
}

/* The block's whole size, checked; 0 where it can't be. */
static uint32_t size_of(struct sluice *s, struct sluice_block *b)
{
    uint32_t size = load_relaxed(&b->size) & ~USED, at = sluice__offset(s, b);
    return size % SLUICE_LINE == 0 && size <= s->bytes - at ? size : 0;
}

static bool used(struct sluice_block *b)
{
    return load_relaxed(&b->size) & USED;
}

struct class {
    uint32_t first, second;
};

static uint32_t power_below(uint32_t lines)
{
    return 31 - (uint32_t)__builtin_clz(lines);
}

/* The class that a block of this size is listed in. */
static struct class class_of(uint32_t size)
{
    uint32_t lines = size / SLUICE_LINE, first = power_below(lines);
    return (struct class){first, (lines * SLUICE_HEAP_SECOND >> first) - SLUICE_HEAP_SECOND};
}

/* The first class whose blocks are all large enough. */
static struct class class_above(uint32_t size)
{
    uint32_t power = 1u << power_below(size / SLUICE_LINE);
    return class_of(size + (power - 1) / SLUICE_HEAP_SECOND * SLUICE_LINE);
}

/* The first class not below `c` that has a free block; false where there is none. */
static bool find(struct sluice_heap *h, struct class *c)
{
    if (c->first >= SLUICE_HEAP_FIRST)
        return false;
    uint32_t second = load_relaxed(&h->second[c->first]) & SECOND_BITS & ~0u << c->second;
    uint32_t above = load_relaxed(&h->first) & FIRST_BITS & ~1u << c->first;
    if (second == 0 && above) {
        c->first = (uint32_t)__builtin_ctz(above);
        second = load_relaxed(&h->second[c->first]) & SECOND_BITS;
    }
    if (second)
        c->second = (uint32_t)__builtin_ctz(second);
    return second;
}

static void list_in(struct sluice *s, struct sluice_block *b, uint32_t size)
{
    struct sluice_heap *h = heap_of(s);
    struct class c = class_of(size);
    struct sluice_au32 *head = &h->heads[c.first][c.second];
    struct sluice_block *next = block_at(s, load_relaxed(head));
    /* it may be a neighbour that grew: its old links are to come back */
    sluice__set(s, &b->prev, 0);
    sluice__set(s, &b->next, load_relaxed(head));
    if (next != NULL)
        sluice__set(s, &next->prev, sluice__offset(s, b));
    sluice__set(s, head, sluice__offset(s, b));
    sluice__set(s, &h->first, load_relaxed(&h->first) | 1u << c.first);
    sluice__set(s, &h->second[c.first], load_relaxed(&h->second[c.first]) | 1u << c.second);
}

static void list_out(struct sluice *s, struct sluice_block *b, uint32_t size)
{
    struct sluice_heap *h = heap_of(s);
    struct class c = class_of(size);
    struct sluice_au32 *head = &h->heads[c.first][c.second];
    uint32_t next_at = load_relaxed(&b->next);
    struct sluice_block *next = block_at(s, next_at), *prev = block_at(s, load_relaxed(&b->prev));
    sluice__set(s, prev ? &prev->next : head, next_at);
    if (next != NULL)
        sluice__set(s, &next->prev, prev ? sluice__offset(s, prev) : 0);
    if (load_relaxed(head) != 0)
        return;
    uint32_t second = load_relaxed(&h->second[c.first]) & ~(1u << c.second);
    sluice__set(s, &h->second[c.first], second);
    if (second == 0)
        sluice__set(s, &h->first, load_relaxed(&h->first) & ~(1u << c.first));
}

/* The block behind; NULL behind the last, where the region has less than a line. */
static struct sluice_block *behind(struct sluice *s, struct sluice_block *b, uint32_t size)
{
    return block_at(s, sluice__offset(s, b) + size);
}

static void set_before(struct sluice *s, struct sluice_block *b, uint32_t size, uint32_t before)
{
    struct sluice_block *next = behind(s, b, size);
    if (next != NULL)
        sluice__set(s, &next->before, before);
}

/* Cuts what is not needed off the block's end and lists it. */
static void split(struct sluice *s, struct sluice_block *b, uint32_t size, uint32_t want)
{
    uint32_t at = sluice__offset(s, b) + want;
    struct sluice_block *rest = sluice__at(s, at);
    sluice__put(s, &rest->size, size - want);
    sluice__put(s, &rest->before, sluice__offset(s, b));
    set_before(s, b, size, at);
    list_in(s, rest, size - want);
}

static void count_free(struct sluice *s, uint32_t change)
{
    struct sluice_heap *h = heap_of(s);
    sluice__set(s, &h->free_bytes, load_relaxed(&h->free_bytes) + change);
}

static int take_locked(struct sluice *s, struct sluice_au32 *word, uint32_t want)
{
    struct sluice_heap *h = heap_of(s);
    struct class c = class_above(want);
    if (!find(h, &c))
        return -SLUICE_ENOSPC;
    struct sluice_block *b = block_at(s, load_relaxed(&h->heads[c.first][c.second]));
    uint32_t size = b ? size_of(s, b) : 0;
    if (size < want || used(b))
        return -SLUICE_EUCLEAN;
    list_out(s, b, size);
    if (size > want)
        split(s, b, size, want);
    sluice__set(s, &b->size, want | USED);
    s->taken = sluice__offset(s, b) + HEADER;
    sluice__set(s, word, s->taken);
    count_free(s, 0u - want);
    return 0;
}

int sluice__heap_take(struct sluice *s, struct sluice_au32 *word, uint32_t bytes,
                      uint32_t zero_bytes)
{
    struct sluice_gate *gate = &heap_of(s)->gate;
    if (bytes > s->bytes)
        return -SLUICE_ENOSPC;
    int n = sluice__gate_lock(s, gate);
    if (n != 0)
        return n;
    n = take_locked(s, word, (bytes + HEADER + SLUICE_LINE - 1) & ~(SLUICE_LINE - 1u));
    if (n == 0 && sluice__alive(s))
        port_clear(sluice__at(s, s->taken), zero_bytes);
    sluice__gate_unlock(s, gate);
    return n != 0 || sluice__alive(s) ? n : -SLUICE_ESRCH;
}

static int give_locked(struct sluice *s, struct sluice_au32 *word)
{
    struct sluice_block *b = block_at(s, load_relaxed(word) - HEADER);
    uint32_t size = b ? size_of(s, b) : 0;
    if (size == 0 || !used(b))
        return -SLUICE_EUCLEAN;
    struct sluice_block *next = behind(s, b, size), *prev = block_at(s, load_relaxed(&b->before));
    uint32_t next_size = next && !used(next) ? size_of(s, next) : 0;
    uint32_t prev_size = prev && !used(prev) ? size_of(s, prev) : 0;
    struct sluice_block *whole = prev_size ? prev : b;
    uint32_t whole_size = prev_size + size + next_size;
    if (sluice__offset(s, whole) + prev_size != sluice__offset(s, b))
        return -SLUICE_EUCLEAN;
    if (next_size != 0)
        list_out(s, next, next_size);
    if (prev_size != 0) {
        list_out(s, prev, prev_size);
        sluice__set(s, &b->prev, 0); /* its header stays: no ticket finds an object there */
    }
    sluice__set(s, &whole->size, whole_size);
    set_before(s, whole, whole_size, sluice__offset(s, whole));
    list_in(s, whole, whole_size);
    sluice__set(s, word, 0);
    count_free(s, size);
    return 0;
}

int sluice__heap_give(struct sluice *s, struct sluice_au32 *word)
{
    struct sluice_gate *gate = &heap_of(s)->gate;
    if (load_relaxed(word) == 0)
        return 0;
    int n = sluice__gate_lock(s, gate);
    if (n != 0)
        return n;
    n = give_locked(s, word);
    sluice__gate_unlock(s, gate);
    return n;
}

uint32_t sluice__heap_bytes(struct sluice *s, uint32_t offset)
{
    struct sluice_block *b = block_at(s, offset - HEADER);
    uint32_t size = b && used(b) ? size_of(s, b) : 0;
    return size ? size - HEADER : 0;
}

/* In `prev` of a block in use, where a free one has a link: 1 is nobody's place. */
#define OBJECT 1u

void sluice__heap_be_object(struct sluice *s, uint32_t offset)
{
    struct sluice_block *b = sluice__at(s, offset - HEADER);
    sluice__set(s, &b->prev, OBJECT);
}

bool sluice__heap_is_object(struct sluice *s, uint32_t offset)
{
    struct sluice_block *b = sluice__at(s, offset - HEADER);
    return sluice__heap_bytes(s, offset) != 0 && load_relaxed(&b->prev) == OBJECT;
}

void sluice__heap_format(struct sluice *s, uint32_t start, uint32_t end)
{
    struct sluice_heap *h = heap_of(s);
    start += SLUICE_LINE - HEADER;
    end -= HEADER;
    struct class c = class_of(end - start);
    struct sluice_block *b = sluice__at(s, start);
    store_relaxed(&h->start, start);
    store_relaxed(&h->end, end);
    store_relaxed(&h->free_bytes, end - start);
    store_relaxed(&b->size, end - start);
    store_relaxed(&h->first, 1u << c.first);
    store_relaxed(&h->second[c.first], 1u << c.second);
    store_relaxed(&h->heads[c.first][c.second], start);
}

/* Free blocks on the lists, each where its size belongs; UINT32_MAX when one is not. */
static uint32_t listed_blocks(struct sluice *s)
{
    struct sluice_heap *h = heap_of(s);
    uint32_t count = 0;
    for (uint32_t i = 0; i < SLUICE_HEAP_FIRST * SLUICE_HEAP_SECOND; i++) {
        uint32_t first = i / SLUICE_HEAP_SECOND, second = i % SLUICE_HEAP_SECOND, prev = 0;
        uint32_t at = load_relaxed(&h->heads[first][second]);
        bool bit1 = load_relaxed(&h->first) >> first & 1;
        bool bit2 = load_relaxed(&h->second[first]) >> second & 1;
        if ((at != 0) != bit2 || (bit2 && !bit1))
            return UINT32_MAX;
        while (at != 0) {
            struct sluice_block *b = block_at(s, at);
            struct class c = b ? class_of(size_of(s, b)) : (struct class){0, 0};
            if (b == NULL || used(b) || c.first != first || c.second != second ||
                load_relaxed(&b->prev) != prev) /* so it is no circle */
                return UINT32_MAX;
            count++;
            prev = at;
            at = load_relaxed(&b->next);
        }
    }
    return count;
}

bool sluice__heap_valid(struct sluice *s)
{
    struct sluice_heap *h = heap_of(s);
    uint32_t at = load_relaxed(&h->start), end = load_relaxed(&h->end), before = 0;
    uint32_t free_blocks = 0, free_bytes = 0;
    bool free_before = false;
    while (at != end) {
        struct sluice_block *b = block_at(s, at);
        uint32_t size = b ? size_of(s, b) : 0;
        if (size == 0 || size > end - at || load_relaxed(&b->before) != before ||
            (free_before && !used(b)))
            return false;
        free_before = !used(b);
        free_blocks += free_before;
        free_bytes += free_before ? size : 0;
        before = at;
        at += size;
    }
    return free_bytes == load_relaxed(&h->free_bytes) && free_blocks == listed_blocks(s) &&
           sluice__gate_valid(s, &h->gate);
}
