/* Cells: each handed out once, with the room it is said to have; lists of them keep order; what cannot be is not followed. */
#include "world.h"

#include "prim/cells.h"

enum { BYTES = 1 << 18, MOST = 9, NONE = MOST + 1 };

struct place {
    struct sluice_gate gate;
    struct sluice_cells cells;
    struct sluice_cell_list list;
};

static struct sluice s;
static struct place *p;

/* With more room behind the cells than they need, none of it zero. */
static void begin(uint32_t payload)
{
    uint32_t bytes = BYTES / 4;
    join(&s, new_region(BYTES, 2), BYTES, 1);
    check(sluice__heap_take(&s, &s.me->desk, bytes, sizeof(struct place)) == 0);
    p = sluice__at(&s, s.taken);
    memset(p + 1, 0xa5, bytes - sizeof(*p));
    sluice__cells_init(&s, &p->cells, sluice__offset(&s, p + 1), MOST, payload);
    check(sluice__gate_lock(&s, &p->gate) == 0);
}

static void done(void)
{
    sluice__gate_unlock(&s, &p->gate);
    check(sound(&s));
    free(s.base);
}

static uint32_t take(void)
{
    uint32_t number = sluice__cell_take(&s, &p->cells);
    sluice__gate_commit(&s);
    return number;
}

static void give(uint32_t number)
{
    sluice__cell_give(&s, &p->cells, number);
    sluice__gate_commit(&s);
}

static bool append(uint32_t number)
{
    bool sound = sluice__cell_append(&s, &p->cells, &p->list, number);
    sluice__gate_commit(&s);
    return sound;
}

static void prepend(uint32_t number)
{
    sluice__cell_prepend(&s, &p->cells, &p->list, number);
    sluice__gate_commit(&s);
}

/* The first of the list, taken off it; 0 where none is. */
static uint32_t shift(void)
{
    uint32_t head = load_relaxed(&p->list.head);
    bool sound = sluice__cell_shift(&s, &p->cells, &p->list);
    sluice__gate_commit(&s);
    check(sound == (head != 0));
    return head;
}

static struct sluice_cell *cell(uint32_t number, uint64_t payload)
{
    return sluice__cell(&s, &p->cells, number, payload);
}

static void take_all(void)
{
    for (uint32_t number = 1; number <= MOST; number++)
        check(take() == number);
}

static void handed_out(uint32_t payload)
{
    uint64_t bytes = sluice__cells_bytes(MOST, payload);
    uint64_t least = sizeof(struct sluice_cell) + payload;
    begin(payload);
    check(bytes >= MOST * least && bytes < MOST * (least + 8));
    uint8_t *at = (uint8_t *)(p + 1), *end = at + bytes;
    for (uint32_t number = 1; number <= MOST; number++) {
        check(take() == number);
        struct sluice_cell *c = cell(number, payload);
        check((uint8_t *)c >= at && (uintptr_t)c % 8 == 0);
        at = (uint8_t *)sluice__cell_payload(c) + payload;
        check(at <= end && cell(number, payload + 8) == NULL);
    }
    check(take() == 0 && take() == 0);
    check(cell(0, payload) == NULL && cell(NONE, payload) == NULL);
    give(4);
    give(2);
    give(0);
    give(NONE);
    uint32_t one = take(), other = take();
    check(one + other == 2 + 4 && one * other == 2 * 4 && take() == 0);
    /* a critical section that is taken back has taken and given nothing */
    give(7);
    check(sluice__cell_take(&s, &p->cells) == 7);
    sluice__gate_revert(&s);
    check(take() == 7 && take() == 0);
    done();
}

static void all_handed_out(void)
{
    static const uint32_t payloads[] = {0, 1, 7, 8, 9, 16, 100};
    for (uint32_t i = 0; i < sizeof(payloads) / sizeof(*payloads); i++)
        handed_out(payloads[i]);
    check(sluice__cells_bytes(0, 100) == 0);
    check(sluice__cells_bytes(INT32_MAX, INT32_MAX) >= (uint64_t)INT32_MAX * INT32_MAX);
    passed("cells: each is handed out once, apart from the others, with room for its payload");
}

static void lists(void)
{
    begin(0);
    take_all();
    store_relaxed(&p->list.tail, NONE); /* says nothing while the list is empty */
    check(append(3) && append(5));
    prepend(8);
    check(append(1));
    check(shift() == 8 && shift() == 3 && shift() == 5 && shift() == 1 && shift() == 0);
    prepend(6);
    check(append(2));
    prepend(1);
    check(shift() == 1 && shift() == 6 && append(7) && shift() == 2 && shift() == 7);
    check(shift() == 0);
    done();
    passed("cells: a list gives back in order what was hung at its ends");
}

static void damaged(void)
{
    static const uint32_t wrong[] = {NONE, 0x10000000, UINT32_MAX};
    begin(24);
    check(take() == 1 && take() == 2 && append(1));
    for (uint32_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        store_relaxed(&p->cells.free, wrong[i]);
        check(take() == 0 && load_relaxed(&p->cells.free) == wrong[i]);
        store_relaxed(&p->cells.free, 0);
        check(!append(wrong[i]));
        prepend(wrong[i]);
        check(load_relaxed(&p->list.head) == 1 && load_relaxed(&p->list.tail) == 1);
        store_relaxed(&p->list.tail, wrong[i]);
        check(!append(2) && load_relaxed(&p->list.tail) == wrong[i]);
        store_relaxed(&p->list.tail, 1);
        store_relaxed(&p->list.head, wrong[i]);
        check(!sluice__cell_shift(&s, &p->cells, &p->list));
        store_relaxed(&p->list.head, 1);
    }
    check(shift() == 1 && take() == 3);
    done();
    passed("cells: a number that names none leads nowhere, and nothing is changed");
}

/* Geometry that a peer has written: no cell reaches over the region's end or before its objects, however far it wraps. */
static void impossible(void)
{
    begin(24);
    struct sluice_cells was = p->cells, *c = &p->cells;
    uint32_t stride = load_relaxed(&was.stride);
    const struct {
        uint32_t start, stride, number;
        bool there;
    } rows[] = {
        {BYTES - stride, stride, 1, true},
        {BYTES - stride, stride, 2, false},
        {BYTES - stride + 8, stride, 1, false},
        {BYTES - 3 * stride, stride, 3, true},
        {BYTES - 3 * stride + 8, stride, 3, false},
        {load_relaxed(&was.start), stride - 8, 1, false},
        {load_relaxed(&was.start), 0, 1, false},
        {load_relaxed(&was.start) + 4, stride, 1, false},
        {0, stride, 1, false},
        {load_relaxed(&was.start), 1u << 31, 3, false},
        {load_relaxed(&was.start), 0u - 8, 2, false},
        {load_relaxed(&was.start), 0u - 8, UINT32_MAX, false},
    };
    store_relaxed(&c->most, UINT32_MAX);
    for (uint32_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        store_relaxed(&c->start, rows[i].start);
        store_relaxed(&c->stride, rows[i].stride);
        check((cell(rows[i].number, 24) != NULL) == rows[i].there);
    }
    *c = was;
    done();
    passed("cells: with impossible geometry none is there");
}

int main(void)
{
    all_handed_out();
    lists();
    damaged();
    impossible();
    return 0;
}
