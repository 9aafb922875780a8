/*
 * The checkers that the other tests lean on are awake: each says no to every damage that it looks for, one word at a time, and
 * yes again once the word is as it was.
 */
#include "ring_world.h"

#include "obj/mqueue.h"
#include "prim/cells.h"

static struct sluice s[2];
static bool (*sees)(void);

/* One word with another value: seen. */
static void word(struct sluice_au32 *word, uint32_t value)
{
    uint32_t was = load_relaxed(word);
    check(sees() && was != value);
    store_relaxed(word, value);
    check(!sees());
    store_relaxed(word, was);
    check(sees());
}

static void word64(struct sluice_au64 *word, uint64_t value)
{
    uint64_t was = load64_relaxed(word);
    check(sees() && was != value);
    store64_relaxed(word, value);
    check(!sees());
    store64_relaxed(word, was);
    check(sees());
}

static void begin(void)
{
    void *base = new_region(BYTES, 4);
    for (uint32_t i = 0; i < 2; i++)
        join(&s[i], base, BYTES, i + 1);
}

/* --- the heap ----------------------------------------------------------------------------- */

static struct sluice_block *block_at(uint32_t offset)
{
    return sluice__at(&s[0], offset);
}

static struct sluice_block *block_of(struct sluice_au32 *taken)
{
    return block_at(load_relaxed(taken) - (uint32_t)sizeof(struct sluice_block));
}

static bool heap(void)
{
    return sluice__heap_valid(&s[0]);
}

/* A block on a list of another class, whose bits are set. */
static void misplaced(struct sluice_heap *h, uint32_t first, uint32_t second, uint32_t at)
{
    struct sluice_heap was = *h;
    store_relaxed(&h->first, load_relaxed(&h->first) | 1u << first);
    store_relaxed(&h->second[first], load_relaxed(&h->second[first]) | 1u << second);
    store_relaxed(&h->heads[first][second], at);
    check(!sees());
    *h = was;
    check(sees());
}

/* Two free blocks of one class between used ones, and the rest. */
static void heaps(void)
{
    begin();
    struct sluice_heap *h = &sluice__region(&s[0])->heap;
    check(sluice__heap_take(&s[0], &s[0].me->desk, 5 * 4, 5 * 4) == 0);
    struct sluice_au32 *words = sluice__at(&s[0], load_relaxed(&s[0].me->desk));
    for (int i = 0; i < 5; i++)
        check(sluice__heap_take(&s[0], &words[i], 100, 0) == 0);
    struct sluice_block *first = block_of(&words[1]), *second = block_of(&words[3]);
    check(sluice__heap_give(&s[0], &words[1]) == 0 && sluice__heap_give(&s[0], &words[3]) == 0);
    struct sluice_block *used = block_of(&words[2]);
    uint32_t at = sluice__offset(&s[0], first), size = load_relaxed(&used->size);
    sees = heap;
    check(sees() && load_relaxed(&first->size) == 128 && load_relaxed(&second->next) == at);
    /* the tiles */
    word(&used->size, 1);
    word(&used->size, BYTES | 1);
    word(&used->size, size + SLUICE_LINE);
    word(&h->start, load_relaxed(&h->start) + 8);
    word(&h->end, load_relaxed(&h->end) - SLUICE_LINE);
    word(&used->before, 0);
    word(&first->size, 128 | 1);
    word(&used->size, size & ~1u);
    word(&h->free_bytes, 0);
    /* the lists: 128 bytes are class 1, 0 */
    struct sluice_au32 *head = &h->heads[1][0];
    check(load_relaxed(head) == sluice__offset(&s[0], second));
    word(head, 0);
    word(head, 8);
    word(head, at);
    word(head, sluice__offset(&s[0], used));
    word(&h->heads[2][0], at);
    misplaced(h, 2, 0, at);
    misplaced(h, 1, 1, at);
    word(&h->second[1], 0);
    word(&h->second[2], 1);
    word(&h->first, load_relaxed(&h->first) & ~2u);
    word(&first->prev, 0);
    word(&second->next, 0);
    word64(&h->gate.word, sluice__mine(&s[1]));
    finish(&s[0], "awake: the heap's checker");
}

/* --- lists of those who wait ---------------------------------------------------------------- */

static struct bench *bench;

static bool gate(void)
{
    return sluice__gate_valid(&s[0], &bench->gate);
}

static struct sluice_waiter *hung(uint32_t event)
{
    struct sluice_waiter *w = new_waiter(&s[1]);
    check(sluice__event_hang(&s[1], w, &bench->gate, event, SLUICE__LAST) == 0);
    return w;
}

static void gates(void)
{
    begin();
    bench = new_bench(&s[0]);
    struct sluice_waiter *first = hung(2), *second = hung(2), *observer = hung(3 | SLUICE_OBSERVER);
    struct sluice_event *events = bench->gate.events;
    sees = gate;
    word(&events[2].waiters.head, 8);
    word(&events[2].waiters.head, sluice__offset(&s[0], second));
    word(&events[2].waiters.tail, sluice__offset(&s[0], first));
    word(&second->prev, 0);
    word(&second->next, sluice__offset(&s[0], first));
    word(&second->state, load_relaxed(&second->state) & ~3u);
    word(&observer->prev, 8);
    word(&events[3].observers.tail, 0);
    word64(&bench->gate.word, SLUICE__WAITS(2));
    word64(&bench->gate.word, SLUICE__WAITS(3));
    word64(&bench->gate.word, SLUICE__WAITS(2) | SLUICE__WAITS(3) | sluice__mine(&s[1]));
    word64(&bench->gate.word, SLUICE__WAITS(2) | SLUICE__WAITS(3) | SLUICE__NOTE(1));
    leave(&s[1]);
    finish(&s[0], "awake: a gate's checker");
}

/* --- names and agents ----------------------------------------------------------------------- */

static bool names(void)
{
    return sluice__names_valid(&s[0]);
}

static bool agents(void)
{
    return sluice__agents_valid(&s[0]);
}

static void registry(void)
{
    begin();
    int handle = open_sem(&s[0], "/s", SLUICE_CREATE, 0);
    struct sluice_object *o =
        sluice__handle_object(&s[0], sluice__handle_find(&s[0], (uint32_t)handle));
    uint32_t at = sluice__offset(&s[0], o);
    struct sluice_au32 *bucket = sluice__bucket(&s[0], load_relaxed(&o->hash));
    struct sluice_block *block = block_at(at - (uint32_t)sizeof(*block));
    sees = names;
    word(bucket, 8);
    word(&o->chain, at);
    word(&o->hash, load_relaxed(&o->hash) + 1);
    word(&o->refs, 0);
    word(&block->size, load_relaxed(&block->size) & ~1u);
    word64(&sluice__region(&s[0])->names.word, sluice__mine(&s[1]));
    sees = agents;
    struct sluice_agent *nobody = sluice__agent(&s[0], 3);
    word(&s[0].me->locking, at);
    word(&s[1].me->marking, at);
    word(&s[1].me->logged, 1);
    word(&s[0].me->building, at);
    word(&nobody->waiters, at);
    word(&nobody->handles, at);
    word(&nobody->desk, at);
    word64(&s[1].me->life, (load64_relaxed(&s[1].me->life) & ~(uint64_t)0xff) | SLUICE_LIFE_DEAD);
    word64(&sluice__region(&s[0])->repair.word, sluice__mine(&s[1]));
    finish(&s[0], "awake: the checkers of names and agents");
}

/* --- queues ------------------------------------------------------------------------------- */

static struct sluice_mqueue *mq;

static bool queue(void)
{
    return sluice__mqueue_valid(&s[0], mq);
}

static struct sluice_mq_node *node_of(struct sluice_au32 *slot)
{
    return sluice__cell_payload(sluice__cell(&s[0], &mq->nodes, load_relaxed(slot), 0));
}

static void queues(void)
{
    begin();
    struct sluice_request r = request_of(SLUICE_OP_MQ_OPEN, 0, "/q");
    r.args[0] = SLUICE_CREATE | BOTH;
    r.args[2] = 4;
    r.args[3] = 8;
    uint32_t handle = (uint32_t)sluice_try(&s[0], &r);
    mq = (struct sluice_mqueue *)inside(&s[0], handle);
    r = moving(SLUICE_OP_MQ_SEND, handle, "x", 1);
    r.args[0] = 5;
    check(sluice_try(&s[0], &r) == 0 && sluice_try(&s[0], &r) == 0);
    struct sluice_mq_node *node = node_of(&node_of(&mq->root.slots[0].head)->slots[0].head);
    struct sluice_cell_list *list = &node->slots[5];
    struct sluice_cell *last = sluice__cell(&s[0], &mq->cells, load_relaxed(&list->tail), 0);
    sees = queue;
    word(&mq->messages, 1);
    word(&mq->root.slots[0].head, 99);
    word(&mq->root.bits, 0);
    word(&node->bits, 0);
    word(&node->bits, load_relaxed(&node->bits) | 1u << 6); /* a list of nothing */
    word(&list->head, 0);
    word(&list->head, 99);
    word(&list->tail, load_relaxed(&list->head));
    word(&last->next, load_relaxed(&list->head));
    word64(&mq->object.gate.word, sluice__mine(&s[1]));
    finish(&s[0], "awake: a queue's checker");
}

/* --- rings -------------------------------------------------------------------------------- */

static struct sluice_ring *ring;

static bool whole(void)
{
    return sluice__ring_valid(&s[0], ring);
}

static void rings_of_bytes(void)
{
    begin();
    uint32_t handle = open_ring(&s[0], "/r", (struct shape){256, 0, 0});
    ring = inside(&s[0], handle);
    check(send(&s[0], handle, "abcd", 4) == 0 && send(&s[0], handle, "abcd", 4) == 0);
    uint32_t head = load64_relaxed(&ring->receivers.at) & 255;
    struct sluice_au32 *header = (struct sluice_au32 *)(ring + 1) + head / 4;
    uint64_t sent = load64_relaxed(&ring->senders.at);
    sees = whole;
    word(&ring->capacity_bytes, 255);
    word(&ring->object.damaged, 1);
    word(header, UINT32_MAX);
    word(header, 200);
    word(header, 16);
    word64(&ring->senders.at, sent + 2);
    word64(&ring->senders.at, sent + 4096);
    word64(&ring->senders.at, sent + ((uint64_t)1 << 32));
    word64(&ring->object.gate.word, sluice__mine(&s[1]));
    finish(&s[0], "awake: the checker of a ring of bytes");
}

static struct sluice_au32 *part(uint32_t number, size_t at)
{
    uint8_t *cell = (uint8_t *)sluice__cell(&s[0], &ring->cells, number, 0);
    return (struct sluice_au32 *)(cell + at);
}

/* A record, a peeked one, two claims and a cell that was given back. */
static void rings_of_cells(void)
{
    enum { NEXT = offsetof(struct sluice_cell, next), TAG = offsetof(struct sluice_cell, tag) };
    enum { PREV = sizeof(struct sluice_cell), USE = PREV + 4 };
    uint8_t *bytes, room[8];
    uint32_t length;
    begin();
    uint32_t handle = open_ring(&s[0], "/r", (struct shape){64, 8, 3});
    ring = inside(&s[0], handle);
    for (int i = 0; i < 3; i++)
        check(send(&s[0], handle, "abcd", 4) == 0);
    check(receive(&s[0], handle, room, 8) == 4 && peek(&s[0], handle, &bytes, &length) > 0);
    check(claim(&s[0], handle, 8, &bytes) > 0 && claim(&s[0], handle, 8, &bytes) > 0);
    uint32_t ready = load_relaxed(&ring->ready.head), peeked = load_relaxed(&ring->taken.head);
    uint32_t claimed = load_relaxed(&ring->taken.tail);
    sees = whole;
    word(&ring->records, 1);
    word(&ring->object.damaged, 1);
    word(&ring->ready.head, 0);
    word(&ring->ready.head, 99);
    word(&ring->taken.head, 0);
    word(&ring->cells.fresh, 8);
    word(part(ready, NEXT), ready); /* a circle */
    word(part(ready, TAG), 1);
    word(part(peeked, TAG), 0);
    word(part(claimed, PREV), 0);
    word(part(peeked, USE), load_relaxed(part(peeked, USE)) & ~1u);
    word64(&ring->object.gate.word, sluice__mine(&s[1]));
    finish(&s[0], "awake: the checker of a ring of cells");
}

int main(void)
{
    heaps();
    gates();
    registry();
    queues();
    rings_of_bytes();
    rings_of_cells();
    return 0;
}
