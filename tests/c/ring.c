/* Rings through the core's gate: order, wraps, batches, claims, whose side it is, death, damage. */
#include "ring_world.h"

/* --- sizes -------------------------------------------------------------------- */

static void sizes(void)
{
    struct sluice s;
    uint32_t out[4];
    join(&s, new_region(BYTES, 4), BYTES, 1);
    uint32_t before = free_bytes(&s);
    static const struct {
        struct shape asked;
        int n;
        uint32_t capacity, record;
    } cases[] = {
        {{1, 0, 0}, 0, 64, 28},
        {{64, 28, 0}, 0, 64, 28},
        {{64, 29, 0}, 0, 128, 29},
        {{65, 0, 0}, 0, 128, 60},
        {{100, 1000, 0}, 0, 2048, 1000},
        {{1000, 60, 3}, 0, 1020, 60},
        {{1, 60, 1}, 0, 60, 60},
        {{0, 0, 0}, -SLUICE_EINVAL, 0, 0},
        {{0, 60, 1}, -SLUICE_EINVAL, 0, 0},
        {{1000, 0, 2}, -SLUICE_EINVAL, 0, 0},
        {{1000, 1, 4}, -SLUICE_EINVAL, 0, 0},
        {{UINT32_MAX, 0, 0}, -SLUICE_EINVAL, 0, 0},
        {{64, UINT32_MAX, 0}, -SLUICE_EINVAL, 0, 0},
        {{UINT32_MAX, UINT32_MAX - 1, 1}, -SLUICE_EINVAL, 0, 0},
        {{UINT32_MAX, 0x7ffffff0, 1}, -SLUICE_EINVAL, 0, 0},
        {{0x80000000u, 0, 0}, -SLUICE_ENOSPC, 0, 0},
        {{64, 1 << 29, 0}, -SLUICE_ENOSPC, 0, 0},
        {{BYTES, 0, 0}, -SLUICE_ENOSPC, 0, 0},
        {{UINT32_MAX, 1, 3}, -SLUICE_ENOSPC, 0, 0},
        {{UINT32_MAX, INT32_MAX, 3}, -SLUICE_EINVAL, 0, 0},
    };
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int n = open_as(&s, NULL, cases[i].asked, out);
        check(cases[i].n < 0 ? n == cases[i].n : n >= 0);
        if (n < 0)
            continue;
        check(out[0] == cases[i].capacity && out[1] == cases[i].record);
        check(out[2] == cases[i].asked.many);
        check(sluice__ring_valid(&s, inside(&s, (uint32_t)n)));
        check(simply(&s, SLUICE_OP_CLOSE, (uint32_t)n) == 0);
    }
    uint32_t a = open_ring(&s, "/r", (struct shape){64, 0, 0});
    check(open_as(&s, "/r", (struct shape){4096, 10, 3}, out) >= 0 && out[0] == 64 && out[2] == 0);
    check(send(&s, a, "abc", 3) == 0 && records(&s, a) == 1);
    struct sluice_request r = request_of(SLUICE_OP_RING_OPEN, 0, "/r");
    r.args[0] = SLUICE_READ;
    int reads = sluice_try(&s, &r);
    check(reads >= 0 && send(&s, (uint32_t)reads, "abc", 3) == -SLUICE_EBADF);
    check(send(&s, (uint32_t)open_sem(&s, NULL, 0, 0), "abc", 3) == -SLUICE_EBADF);
    r = request_of(SLUICE_OP_UNLINK, 0, "/r");
    r.args[0] = SLUICE_KIND_RING;
    check(sluice_try(&s, &r) == 0 && valid(&s));
    leave(&s);
    check(free_bytes(&s) == before && valid(&s));
    free(s.base);
    passed("ring: sizes, names, access; all memory came back");
}

/* --- against a model ------------------------------------------------------------ */

/* What must come out: lengths and seeds of the bytes. */
enum { DEEP = 4096 };
struct model {
    uint32_t length[DEEP], seed[DEEP], first, last, next;
};

static uint32_t state = 1;

static uint32_t random_below(uint32_t n)
{
    state = state * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)state * n >> 32);
}

static bool filled(const uint8_t *bytes, uint32_t length, uint32_t seed)
{
    for (uint32_t i = 0; i < length; i++)
        if (bytes[i] != (uint8_t)(seed * 7 + i * 31))
            return false;
    return true;
}

static void sent(struct model *m, uint32_t length, uint32_t seed)
{
    m->length[m->last % DEEP] = length;
    m->seed[m->last++ % DEEP] = seed;
}

static void received(struct model *m, const uint8_t *bytes, uint32_t length)
{
    check(m->first != m->last && m->length[m->first % DEEP] == length);
    check(filled(bytes, length, m->seed[m->first++ % DEEP]));
}

/* Sometimes all of the room, sometimes just what the ring must take. */
static uint32_t some_length(struct sluice *s, uint32_t h)
{
    uint32_t longest = load_relaxed(&inside(s, h)->record_bytes);
    return random_below(4) ? random_below(24 < longest ? 24 : longest) : random_below(longest + 1);
}

static void a_batch(struct sluice *s, uint32_t h, struct model *m, uint8_t *room)
{
    uint32_t count = 1 + random_below(12), at = 0, lengths[12];
    for (uint32_t i = 0; i < count; i++) {
        lengths[i] = some_length(s, h);
        memcpy(room + at, &lengths[i], 4);
        fill(room + at + 4, lengths[i], m->next + i);
        at += (lengths[i] + 7) & ~3u;
    }
    /* the last frame may lack its padding */
    at -= random_below(2) ? (0u - lengths[count - 1]) & 3 : 0;
    int n = send_many(s, h, room, at);
    check(n == -SLUICE_EAGAIN || (n > 0 && n <= (int)count));
    for (int i = 0; i < n; i++)
        sent(m, lengths[i], m->next + (uint32_t)i);
    m->next += count;
}

static void take_batch(struct sluice *s, uint32_t h, struct model *m, uint8_t *room)
{
    uint32_t most = 1 + random_below(12), bytes = 600 + random_below(400), used, at = 0, length;
    int n = receive_many(s, h, most, room, bytes, &used);
    check(n == -SLUICE_EAGAIN ? m->first == m->last : n > 0 && n <= (int)most && used <= bytes);
    for (int i = 0; i < n; i++) {
        memcpy(&length, room + at, 4);
        received(m, room + at + 4, length);
        at += (length + 7) & ~3u;
    }
    check(n < 0 || at == used);
}

static void one_step(struct sluice *s, uint32_t h, struct model *m)
{
    static uint8_t room[16384];
    uint8_t *place;
    uint32_t length = some_length(s, h);
    int n;
    switch (random_below(8)) {
    case 0:
    case 1:
        fill(room, length, m->next);
        n = send(s, h, room, length);
        if (n == 0)
            sent(m, length, m->next);
        m->next++;
        break;
    case 2:
    case 3:
        n = receive(s, h, room, sizeof(room));
        check(n >= 0 || m->first == m->last);
        if (n >= 0)
            received(m, room, (uint32_t)n);
        break;
    case 4:
        a_batch(s, h, m, room);
        break;
    case 5:
        take_batch(s, h, m, room);
        break;
    case 6:
        n = claim(s, h, length, &place);
        if (n > 0 && random_below(4) == 0) {
            check(abort_claim(s, h, n) == 0);
        } else if (n > 0) {
            uint32_t shorter = random_below(length + 1);
            fill(place, shorter, m->next);
            check(commit(s, h, n, length + 1) == -SLUICE_EINVAL);
            check(commit(s, h, n, shorter) == 0 && commit(s, h, n, shorter) == -SLUICE_EINVAL);
            sent(m, shorter, m->next++);
        }
        break;
    default:
        n = peek(s, h, &place, &length);
        check(n > 0 ? m->first != m->last : m->first == m->last);
        if (n > 0) {
            received(m, place, length);
            check(release(s, h, n) == 0 && release(s, h, n) == -SLUICE_EINVAL);
        }
    }
    check(records(s, h) == m->last - m->first);
}

/* The counters as if this many bytes had gone through already. */
static void start_at(struct sluice_ring *ring, uint32_t at)
{
    store64_relaxed(&ring->senders.at, (uint64_t)at << 32 | at);
    store64_relaxed(&ring->receivers.at, (uint64_t)at << 32 | at);
    store_relaxed(&ring->senders.seen, at);
    store_relaxed(&ring->receivers.seen, at);
    store64_relaxed(&ring->senders.claim, (uint64_t)(INT32_MAX - 20) << 1);
}

static void random_steps(void)
{
    static struct model m;
    struct sluice s;
    join(&s, new_region(BYTES, 4), BYTES, 1);
    uint32_t before = free_bytes(&s);
    for (uint32_t round = 0; round < 64; round++) {
        struct shape shape = shapes[round % SHAPES];
        shape.capacity = 64u << round / SHAPES % 4;
        uint32_t h = open_ring(&s, NULL, shape);
        if (shape.many == 0)
            start_at(inside(&s, h), 0u - 4 * round * 16);
        memset(&m, 0, sizeof(m));
        for (int i = 0; i < 4000; i++) {
            one_step(&s, h, &m);
            if (i % 16 == 0)
                check(sluice__ring_valid(&s, inside(&s, h)));
        }
        check(simply(&s, SLUICE_OP_CLOSE, h) == 0);
    }
    leave(&s);
    check(free_bytes(&s) == before && valid(&s));
    free(s.base);
    passed("ring: 256,000 random steps against a model, every shape, counters that wrap");
}

/* A record of every length at every offset. */
static void wraps(void)
{
    struct sluice s;
    uint8_t in[64], out[64];
    join(&s, new_region(BYTES, 4), BYTES, 1);
    uint32_t h = open_ring(&s, NULL, (struct shape){64, 0, 0});
    for (uint32_t at = 0u - 128; at != 128; at += 4) {
        for (uint32_t length = 0; length <= 28; length++) {
            start_at(inside(&s, h), at);
            for (uint32_t i = 0; i < 3; i++) {
                fill(in, length, at + i);
                check(send(&s, h, in, length) == 0);
                check(receive(&s, h, out, sizeof(out)) == (int)length);
                check(filled(out, length, at + i));
            }
        }
    }
    leave(&s);
    free(s.base);
    passed("ring: every length at every offset, the counters' wrap among them");
}

/* --- refusals, full and empty ---------------------------------------------------- */

static void refusals(struct shape shape)
{
    struct sluice s;
    static uint8_t bytes[2048];
    uint32_t used;
    memset(bytes, 0, sizeof(bytes));
    join(&s, new_region(BYTES, 4), BYTES, 1);
    uint32_t h = open_ring(&s, NULL, shape);
    uint32_t longest = load_relaxed(&inside(&s, h)->record_bytes);
    uint8_t *place;
    check(receive(&s, h, bytes, 100) == -SLUICE_EAGAIN);
    check(receive_many(&s, h, 5, bytes, 100, &used) == -SLUICE_EAGAIN);
    check(receive_many(&s, h, 5, bytes, 3, &used) == -SLUICE_EAGAIN);
    check(receive_many(&s, h, 0, bytes, 100, &used) == -SLUICE_EINVAL);
    check(peek(&s, h, &place, &used) == -SLUICE_EAGAIN);
    check(send(&s, h, bytes, longest + 1) == -SLUICE_EMSGSIZE);
    check(send(&s, h, bytes, UINT32_MAX) == -SLUICE_EMSGSIZE);
    check(claim(&s, h, longest + 1, &place) == -SLUICE_EMSGSIZE);
    check(send_many(&s, h, bytes, 0) == -SLUICE_EINVAL);
    check(send_many(&s, h, bytes, 3) == -SLUICE_EINVAL);
    uint32_t length = 5;
    memcpy(bytes, &length, 4);
    check(send_many(&s, h, bytes, 8) == -SLUICE_EINVAL);
    length = UINT32_MAX;
    memcpy(bytes, &length, 4);
    check(send_many(&s, h, bytes, 8) == -SLUICE_EINVAL);
    length = longest + 1;
    memcpy(bytes, &length, 4);
    check(send_many(&s, h, bytes, sizeof(bytes)) == -SLUICE_EMSGSIZE && records(&s, h) == 0);
    check(sluice__ring_valid(&s, inside(&s, h)));
    leave(&s);
    free(s.base);
}

static void full(struct shape shape)
{
    struct sluice s;
    static uint8_t bytes[2048];
    uint32_t used, count = 0, length = 40;
    join(&s, new_region(BYTES, 4), BYTES, 1);
    uint32_t h = open_ring(&s, NULL, shape);
    uint8_t *place;
    while (send(&s, h, bytes, 40) == 0)
        count++;
    check(count >= 1024 / 60 && records(&s, h) == count);
    check(send(&s, h, bytes, 40) == -SLUICE_EAGAIN && claim(&s, h, 40, &place) == -SLUICE_EAGAIN);
    memcpy(bytes, &length, 4);
    check(send_many(&s, h, bytes, 88) == -SLUICE_EAGAIN);
    check(receive(&s, h, bytes, 39) == -SLUICE_EMSGSIZE && records(&s, h) == count);
    check(receive_many(&s, h, 9, bytes, 43, &used) == -SLUICE_EMSGSIZE);
    check(receive_many(&s, h, 9, bytes, 3, &used) == -SLUICE_EMSGSIZE);
    check(receive_many(&s, h, 9, bytes, 87, &used) == 1 && used == 44);
    for (uint32_t i = 1; i < count; i++)
        check(receive(&s, h, bytes, 40) == 40);
    check(receive(&s, h, bytes, 40) == -SLUICE_EAGAIN && records(&s, h) == 0);
    check(commit(&s, h, 0, 0) == -SLUICE_EINVAL && commit(&s, h, 1, 0) == -SLUICE_EINVAL);
    check(abort_claim(&s, h, -1) == -SLUICE_EINVAL && release(&s, h, 77) == -SLUICE_EINVAL);
    check(sluice__ring_valid(&s, inside(&s, h)));
    leave(&s);
    free(s.base);
}

/* --- claims ------------------------------------------------------------------------ */

/* Bytes: one claim a side, and what else would use that side waits for its end. */
static void claims_of_bytes(void)
{
    struct sluice s;
    uint8_t *place, *other, bytes[16];
    uint32_t length;
    join(&s, new_region(BYTES, 4), BYTES, 1);
    uint32_t h = open_ring(&s, NULL, shapes[0]), h2;
    int n = claim(&s, h, 8, &place);
    check(n > 0 && claim(&s, h, 8, &other) == -SLUICE_EAGAIN);
    memcpy(place, "claimed", 8);
    struct sluice_request wait = moving(SLUICE_OP_RING_SEND, h, "behind", 7);
    check(sluice_advance(&s, &wait) == -SLUICE_EAGAIN);
    check(peek(&s, h, &other, &length) == -SLUICE_EAGAIN && abort_claim(&s, h, n + 1) < 0);
    check(commit(&s, h, n, 8) == 0 && sluice_ready(&s) == wait.waiter);
    check(sluice_advance(&s, &wait) == 0 && records(&s, h) == 2);
    n = peek(&s, h, &place, &length);
    check(n > 0 && length == 8 && strcmp((char *)place, "claimed") == 0);
    check(peek(&s, h, &other, &length) == -SLUICE_EAGAIN);
    wait = moving(SLUICE_OP_RING_RECEIVE, h, bytes, sizeof(bytes));
    check(sluice_advance(&s, &wait) == -SLUICE_EAGAIN && records(&s, h) == 2);
    check(release(&s, h, n) == 0 && sluice_ready(&s) == wait.waiter);
    check(sluice_advance(&s, &wait) == 7 && strcmp((char *)bytes, "behind") == 0);

    /* another handle of the same agent takes the side over, but not an open claim */
    leave(&s);
    join(&s, s.base, BYTES, 1);
    h = open_ring(&s, "/two", shapes[0]);
    h2 = open_ring(&s, "/two", shapes[0]);
    check(send(&s, h, "a", 1) == 0 && send(&s, h2, "b", 1) == 0 && send(&s, h, "c", 1) == 0);
    n = claim(&s, h, 1, &place);
    *place = 'd';
    check(n > 0 && send(&s, h2, "e", 1) == -SLUICE_EAGAIN);
    check(commit(&s, h2, n, 1) == -SLUICE_EINVAL && commit(&s, h, n, 1) == 0);
    check(send(&s, h2, "e", 1) == 0 && claim(&s, h, 1, &place) > 0);
    check(simply(&s, SLUICE_OP_CLOSE, h) == 0 && send(&s, h2, "f", 1) == 0);
    for (int i = 0; i < 6; i++)
        check(receive(&s, h2, bytes, 1) == 1 && bytes[0] == "abcdef"[i]);
    check(receive(&s, h2, bytes, 1) == -SLUICE_EAGAIN);
    leave(&s);
    free(s.base);
    passed("ring: bytes: one claim a side, the rest of that side waits");
}

/* Cells: as many as there are; closing gives all back, what was being read in its order. */
static void claims_of_cells(void)
{
    struct sluice a, b;
    uint8_t *place[20], bytes[64];
    int n[20];
    uint32_t length;
    join(&a, new_region(BYTES, 4), BYTES, 1);
    join(&b, a.base, BYTES, 2);
    uint32_t before = free_bytes(&a);
    uint32_t ha = open_ring(&a, "/c", (struct shape){600, 60, 3}),
             hb = open_ring(&b, "/c", shapes[3]);
    for (int i = 0; i < 10; i++)
        check((n[i] = claim(&a, ha, 60, &place[i])) > 0);
    check(claim(&b, hb, 1, &place[10]) == -SLUICE_EAGAIN && send(&b, hb, "x", 1) < 0);
    check(commit(&b, hb, n[3], 1) == -SLUICE_EINVAL && abort_claim(&b, hb, n[3]) < 0);
    check(release(&a, ha, n[3]) == -SLUICE_EINVAL);
    for (int i = 9; i >= 0; i--) { /* in the order of the commits */
        place[i][0] = (uint8_t)('a' + i);
        check(commit(&a, ha, n[i], 1) == 0 && commit(&a, ha, n[i], 1) == -SLUICE_EINVAL);
        check(sluice__ring_valid(&a, inside(&a, ha)));
    }
    for (int i = 0; i < 6; i++) /* a reads j h f, b reads i g e */
        check((n[i] = peek(i % 2 ? &b : &a, i % 2 ? hb : ha, &place[i], &length)) > 0 &&
              place[i][0] == 'j' - i);
    check(records(&a, ha) == 10 && release(&b, hb, n[3]) == 0 && records(&a, ha) == 9);
    check((n[6] = claim(&a, ha, 9, &place[6])) > 0 && send(&b, hb, "x", 1) == -SLUICE_EAGAIN);
    check(sluice__ring_valid(&a, inside(&a, ha)));
    check(simply(&a, SLUICE_OP_CLOSE, ha) == 0 && sluice__ring_valid(&b, inside(&b, hb)));
    check(send(&b, hb, "x", 1) == 0 && release(&b, hb, n[1]) == 0);
    for (int i = 0; i < 8; i++)
        check(receive(&b, hb, bytes, 60) == 1 && bytes[0] == (uint8_t) "jhfdcbax"[i]);
    check(records(&b, hb) == 1 && place[5][0] == 'e' && release(&b, hb, n[5]) == 0);
    check(records(&b, hb) == 0 && sluice__ring_valid(&b, inside(&b, hb)));
    struct sluice_request r = request_of(SLUICE_OP_UNLINK, 0, "/c");
    r.args[0] = SLUICE_KIND_RING;
    check(sluice_try(&b, &r) == 0);
    leave(&a);
    leave(&b);
    check(free_bytes(&b) == before && valid(&b));
    free(a.base);
    passed("ring: cells: many claims, closing gives them back in order");
}

/* --- whose side it is; death ---------------------------------------------------- */

static void sides(struct shape shape)
{
    struct sluice a, b;
    uint8_t byte, *place;
    join(&a, new_region(BYTES, 4), BYTES, 1);
    join(&b, a.base, BYTES, 2);
    uint32_t ha = open_ring(&a, "/s", shape), hb = open_ring(&b, "/s", shape);
    int busy_sender = shape.many & 1 ? 0 : -SLUICE_EBUSY;
    int busy_receiver = shape.many & 2 ? -SLUICE_EAGAIN : -SLUICE_EBUSY;
    check(send(&a, ha, "a", 1) == 0 && receive(&a, ha, &byte, 1) == 1);
    check(send(&b, hb, "b", 1) == busy_sender);
    if (busy_sender == 0)
        check(receive(&a, ha, &byte, 1) == 1);
    check(receive(&b, hb, &byte, 1) == busy_receiver);
    check((claim(&b, hb, 1, &place) == -SLUICE_EBUSY) == !(shape.many & 1));
    check(simply(&a, SLUICE_OP_CLOSE, ha) == 0);
    check(send(&b, hb, "c", 1) == 0 && receive(&b, hb, &byte, 1) == 1 && byte == 'c');
    ha = open_ring(&a, "/s", shape);
    check(send(&a, ha, "d", 1) == busy_sender);
    leave(&a);
    leave(&b);
    check(valid(&b));
    free(a.base);
}

/* A dies with a claim open and a record peeked; B, who waits, goes on where A was. */
static void user_dies(struct shape shape)
{
    struct sluice a, b;
    uint8_t *place, byte = 0;
    uint32_t length;
    join(&a, new_region(BYTES, 4), BYTES, 1);
    join(&b, a.base, BYTES, 2);
    uint32_t ha = open_ring(&a, "/d", shape), hb = open_ring(&b, "/d", shape);
    check(send(&a, ha, "1", 1) == 0 && send(&a, ha, "2", 1) == 0);
    check(claim(&a, ha, 20, &place) > 0 && peek(&a, ha, &place, &length) > 0 && *place == '1');
    check(sluice_died(&b, 1) == 1 && sluice_settle(&b) == 0);
    check(sluice__ring_valid(&b, inside(&b, hb)) && records(&b, hb) == 2);
    check(send(&b, hb, "3", 1) == 0);
    for (uint8_t i = '1'; i <= '3'; i++)
        check(receive(&b, hb, &byte, 1) == 1 && byte == i);
    check(receive(&b, hb, &byte, 1) == -SLUICE_EAGAIN && valid(&b));
    leave(&b);
    free(a.base);
}

/* --- waiting ------------------------------------------------------------------- */

/* A waits; B makes it possible; A's bell rings. */
static void wakes(struct shape shape)
{
    struct sluice a, b;
    uint8_t byte, bytes[64] = {0};
    join(&a, new_region(BYTES, 4), BYTES, 1);
    join(&b, a.base, BYTES, 2);
    uint32_t ha = open_ring(&a, "/w", shape), hb = open_ring(&b, "/w", shape);
    struct sluice_request r = moving(SLUICE_OP_RING_RECEIVE, ha, &byte, 1);
    check(sluice_advance(&a, &r) == -SLUICE_EAGAIN && send(&b, hb, "x", 1) == 0);
    check(sluice_ready(&a) == r.waiter && sluice_advance(&a, &r) == 1 && byte == 'x');
    while (send(&b, hb, bytes, 60) == 0)
        ;
    r = moving(SLUICE_OP_RING_SEND, hb, bytes, 60);
    check(sluice_advance(&b, &r) == -SLUICE_EAGAIN && receive(&a, ha, bytes, 64) == 60);
    check(sluice_ready(&b) == r.waiter && sluice_advance(&b, &r) == 0);

    /* two of one agent: the one whose buffer is too small leaves the record, and the mark, to the other */
    while (receive(&a, ha, bytes, 64) > 0)
        ;
    struct sluice_request small = moving(SLUICE_OP_RING_RECEIVE, ha, &byte, 1);
    r = moving(SLUICE_OP_RING_RECEIVE, ha, bytes, 64);
    check(sluice_advance(&a, &small) == -SLUICE_EAGAIN && sluice_advance(&a, &r) == -SLUICE_EAGAIN);
    check(send(&b, hb, "long", 4) == 0 && sluice_ready(&a) == small.waiter);
    check(sluice_advance(&a, &small) == -SLUICE_EMSGSIZE && sluice_ready(&a) == r.waiter);
    check(sluice_advance(&a, &r) == 4);
    leave(&a);
    leave(&b);
    check(valid(&b));
    free(a.base);
}

/* --- damage --------------------------------------------------------------------- */

/* Somebody writes nonsense into the ring: errors, but nothing outside is touched and nobody hangs. */
static void damage(void)
{
    static struct model m;
    static uint8_t room[16384];
    struct sluice s;
    uint8_t *place;
    uint32_t poisoned = 0, used, length;
    for (uint32_t round = 0; round < 4000; round++) {
        state = round * 2654435761u;
        join(&s, new_region(64 << 10, 2), 64 << 10, 1);
        struct shape shape = shapes[round % SHAPES];
        uint32_t h = open_ring(&s, NULL, shape);
        memset(&m, 0, sizeof(m));
        for (uint32_t i = 0; i < 20 + random_below(40); i++)
            one_step(&s, h, &m);
        int c = random_below(2) ? claim(&s, h, 8, &place) : 0;
        int p = random_below(2) ? peek(&s, h, &place, &length) : 0;
        struct sluice_ring *ring = inside(&s, h);
        uint8_t *from = (uint8_t *)&ring->capacity_bytes;
        uint32_t words = (uint32_t)(sizeof(*ring) - sizeof(ring->object) + 1024) / 4;
        for (uint32_t i = 0; i < 1 + random_below(3); i++) {
            uint32_t value = random_below(2) ? random_below(100) : random_below(UINT32_MAX);
            memcpy(from + 4 * random_below(random_below(2) ? words : 96), &value, 4);
        }
        bool was_damaged = false;
        for (int i = 0; i < 30; i++) {
            memset(room, 0, 64);
            int n[] = {send(&s, h, room, random_below(60)),
                       receive(&s, h, room, sizeof(room)),
                       claim(&s, h, random_below(60), &place),
                       send_many(&s, h, room, 60),
                       receive_many(&s, h, 9, room, sizeof(room), &used),
                       peek(&s, h, &place, &length)};
            for (unsigned j = 0; j < sizeof(n) / sizeof(n[0]); j++)
                was_damaged |= n[j] == -SLUICE_EUCLEAN;
            commit(&s, h, i % 2 ? c : n[2], random_below(9));
            release(&s, h, i % 2 ? p : n[5]);
        }
        poisoned += was_damaged;
        simply(&s, SLUICE_OP_CLOSE, h);
        leave(&s);
        free(s.base);
    }
    printf("# %u of them met the damage\n", poisoned);
    check(poisoned > 100);
    passed("ring: 4,000 rings damaged at random: errors, no harm");
}

static void (*const tests[])(void) = {sizes,           random_steps,    wraps,
                                      claims_of_bytes, claims_of_cells, damage};
static void (*const of_shapes[])(struct shape) = {refusals, full, sides, user_dies, wakes};

int main(void)
{
    for (unsigned i = 0; i < sizeof(of_shapes) / sizeof(of_shapes[0]); i++)
        for (int shape = 0; shape < SHAPES; shape++)
            of_shapes[i](shapes[shape]);
    passed("ring: limits, sides, deaths, wake-ups of every shape");
    for (unsigned i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tests[i]();
    return 0;
}
