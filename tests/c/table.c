/* Tables: they grow to their end and come back whole; an agent's waiters are taken from one. */
#include "world.h"

#include "reg/handle.h"

enum { BYTES = 2 << 20, AGENTS = 3, RECORDS = SLUICE_CHUNKS * SLUICE_CHUNK };

static struct sluice s[2];

static void begin(uint32_t bytes)
{
    void *base = new_region(bytes, AGENTS);
    for (uint32_t i = 0; i < 2; i++)
        join(&s[i], base, bytes, i + 1);
}

static bool is_zero(struct sluice_chunk *chunk)
{
    static const struct sluice_chunk zero;
    return memcmp(chunk, &zero, sizeof(zero)) == 0;
}

static void grows(void)
{
    begin(BYTES);
    struct sluice_au32 *table = &s[0].me->handles;
    uint32_t before = bytes_free(&s[0]), chunks = 0;
    soil(&s[0]);
    check(sluice__chunk(&s[0], table, 0) == NULL && sluice__record(&s[0], table, 0) == NULL);
    for (uint32_t i = 0; i < SLUICE_CHUNKS; i++) {
        check(sluice__table_grow(&s[0], table, &chunks) == 0 && chunks == i + 1);
        struct sluice_chunk *c = sluice__chunk(&s[0], table, i);
        check(c != NULL && is_zero(c) && sluice__chunk(&s[0], table, i + 1) == NULL);
        check(sluice__record(&s[0], table, i * SLUICE_CHUNK + 31) == &c->records[31]);
        memset(c, 0xff, sizeof(*c)); /* else the next could be the same */
    }
    check(sluice__table_grow(&s[0], table, &chunks) == -SLUICE_EMFILE && chunks == SLUICE_CHUNKS);
    check(sluice__record(&s[0], table, RECORDS - 1) != NULL);
    check(sluice__record(&s[0], table, RECORDS) == NULL);
    check(sluice__record(&s[0], table, UINT32_MAX) == NULL);
    /* what lies behind the directory names no chunk */
    struct sluice_directory *d = sluice__at(&s[0], load_relaxed(table));
    store_relaxed(&d->chunks[SLUICE_CHUNKS - 1] + 1, load_relaxed(&d->chunks[0]));
    check(sluice__chunk(&s[0], table, SLUICE_CHUNKS) == NULL);
    check(sluice__table_drop(&s[0], table) == 0 && load_relaxed(table) == 0);
    check(bytes_free(&s[0]) == before && sluice__table_drop(&s[0], table) == 0);
    check(sluice__chunk(&s[0], table, 0) == NULL);
    /* a directory begins empty, too, also where the heap's bytes were in use */
    soil(&s[0]);
    for (chunks = 0; chunks < 40;)
        check(sluice__table_grow(&s[0], table, &chunks) == 0);
    check(sluice__table_drop(&s[0], table) == 0 && bytes_free(&s[0]) == before);
    finish(&s[0], "table: chunk by chunk of zeros to 32,768 records, then EMFILE; all comes back");
}

/* Blocks of a line, until there are none. Their words lie on the desk. */
static void fill(struct sluice *by, uint32_t words)
{
    struct sluice_au32 *word = sluice__at(by, load_relaxed(&by->me->desk));
    uint32_t i = 0;
    while (i < words && sluice__heap_take(by, &word[i], 1, 0) == 0)
        i++;
    check(i < words);
}

static void full(void)
{
    enum { WORDS = 1024, SMALL = 64 << 10 };
    begin(SMALL);
    struct sluice_au32 *table = &s[0].me->handles;
    uint32_t chunks = 0, before = bytes_free(&s[0]);
    int n;
    while ((n = sluice__table_grow(&s[0], table, &chunks)) == 0)
        ;
    check(n == -SLUICE_ENOSPC && chunks > 10 && sluice__chunk(&s[0], table, chunks) == NULL);
    check(sluice__chunk(&s[0], table, chunks - 1) != NULL && sluice__heap_valid(&s[0]));
    check(sluice__table_grow(&s[0], table, &chunks) == -SLUICE_ENOSPC);
    check(sluice__table_drop(&s[0], table) == 0 && bytes_free(&s[0]) == before);
    /* no room for the directory */
    chunks = 0;
    check(sluice__heap_take(&s[0], &s[0].me->desk, WORDS * 4, WORDS * 4) == 0);
    fill(&s[0], WORDS);
    check(sluice__table_grow(&s[0], table, &chunks) == -SLUICE_ENOSPC && chunks == 0);
    check(load_relaxed(table) == 0 && sluice__waiter_new(&s[0]) == -SLUICE_ENOSPC);
    check(sluice__waiters_reserve(&s[0]) == -SLUICE_ENOSPC && s[0].waiters == 0);
    finish(&s[0], "table: a full region says ENOSPC and the table is as before");
}

static void not_now(void)
{
    begin(BYTES);
    struct sluice_au32 *table = &s[0].me->handles;
    uint32_t chunks = 0, before = bytes_free(&s[0]);
    check(sluice__gate_lock(&s[1], heap_gate(&s[0])) == 0);
    check(sluice__table_grow(&s[0], table, &chunks) == SLUICE__NOT_NOW && chunks == 0);
    check(sluice__waiter_new(&s[0]) == SLUICE__NOT_NOW && s[0].waiters == 0);
    check(sluice__waiters_reserve(&s[0]) == SLUICE__NOT_NOW);
    sluice__gate_unlock(&s[1], heap_gate(&s[0]));
    for (int i = 0; i < 3; i++)
        check(sluice__table_grow(&s[0], table, &chunks) == 0);
    check(sluice__gate_lock(&s[1], heap_gate(&s[0])) == 0);
    check(sluice__table_grow(&s[0], table, &chunks) == SLUICE__NOT_NOW && chunks == 3);
    check(sluice__table_drop(&s[0], table) == SLUICE__NOT_NOW);
    sluice__gate_unlock(&s[1], heap_gate(&s[0]));
    check(sluice__chunk(&s[0], table, 2) != NULL);
    /* a drop that stopped half way goes on with what is left */
    struct sluice_directory *d = sluice__at(&s[0], load_relaxed(table));
    check(sluice__heap_give(&s[0], &d->chunks[2]) == 0);
    check(sluice__table_drop(&s[0], table) == 0 && bytes_free(&s[0]) == before);
    finish(&s[0], "table: not now changes nothing, again goes on");
}

static void damaged(void)
{
    begin(BYTES);
    struct sluice_au32 *table = &s[0].me->waiters;
    check(sluice__waiter_new(&s[0]) == 0);
    uint32_t at = load_relaxed(table);
    const uint32_t bad[] = {4, at + 4, BYTES, BYTES - SLUICE_LINE, 0u - SLUICE_LINE};
    for (uint32_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        store_relaxed(table, bad[i]);
        check(sluice__chunk(&s[0], table, 0) == NULL && sluice__waiter(&s[0], 0) == NULL);
        check(sluice__table_drop(&s[0], table) == -SLUICE_EUCLEAN);
        check(sluice__waiter_new(&s[0]) == -SLUICE_EUCLEAN);
        uint32_t chunks = s[0].waiters;
        check(sluice__table_grow(&s[0], table, &chunks) == -SLUICE_EUCLEAN);
    }
    store_relaxed(table, at);
    struct sluice_directory *d = sluice__at(&s[0], at);
    uint32_t chunk = load_relaxed(&d->chunks[0]);
    store_relaxed(&d->chunks[0], BYTES - SLUICE_LINE);
    check(sluice__chunk(&s[0], table, 0) == NULL && sluice__record(&s[0], table, 5) == NULL);
    store_relaxed(&d->chunks[0], chunk);
    check(sluice__waiter_new(&s[0]) == 1);
    finish(&s[0], "table: a directory or chunk that cannot be there is not followed");
}

static void waiters(void)
{
    begin(BYTES);
    uint32_t before = bytes_free(&s[1]);
    check(sluice__waiter(&s[1], 0) == NULL);
    check(sluice__waiters_reserve(&s[1]) == 0 && s[1].waiters == 1);
    uint32_t reserved = bytes_free(&s[1]);
    check(reserved < before && sluice__waiters_reserve(&s[1]) == 0 && s[1].waiters == 1);
    for (uint32_t i = 0; i < RECORDS; i++) {
        check(sluice__waiter_new(&s[1]) == (int)i); /* each once */
        struct sluice_waiter *w = sluice__waiter(&s[1], i);
        check(w != NULL && load_relaxed(&w->owner) == (s[1].slot << 16 | i));
        check((load_relaxed(&w->state) & 3) == SLUICE_WAITER_FREE);
    }
    check(sluice__waiter_new(&s[1]) == -SLUICE_EMFILE && sluice__waiter(&s[1], RECORDS) == NULL);
    sluice__waiter_end(&s[1], 777, false);
    sluice__waiter_end(&s[1], RECORDS, false); /* there is none of that number */
    check(sluice__waiter_new(&s[1]) == 777 && sluice__waiter_new(&s[1]) == -SLUICE_EMFILE);
    check(sluice__waiter_new(&s[0]) == 0); /* everybody has a table of its own */
    /* the last one is found when it is marked */
    struct sluice_gate *gate = &new_bench(&s[0])->gate;
    struct sluice_waiter *last = sluice__waiter(&s[1], RECORDS - 1);
    check(sluice__event_hang(&s[1], last, gate, 0, SLUICE__LAST) == 0);
    sluice__event_notify(&s[0], gate, 0, load64_seq(&gate->word));
    check(sluice__ready_take(&s[1]) == RECORDS - 1 && sluice__ready_take(&s[1]) == UINT32_MAX);
    check(sluice__table_drop(&s[1], &s[1].me->waiters) == 0);
    finish(&s[0], "table: waiters 0 to 32,767, each once until it ended");
}

static void hang(uint32_t index, struct sluice_gate *gate)
{
    struct sluice_waiter *w = sluice__waiter(&s[0], index);
    check(sluice__event_hang(&s[0], w, gate, 0, SLUICE__LAST) == 0);
}

/* What ended while its gate was held comes back when somebody looks for it. */
static void swept(void)
{
    begin(BYTES);
    struct sluice_gate *gate = &new_bench(&s[1])->gate;
    check(sluice__waiters_sweep(&s[0]) == 0);
    for (uint32_t i = 0; i < SLUICE_CHUNK; i++)
        check(sluice__waiter_new(&s[0]) == (int)i);
    hang(3, gate);
    hang(9, gate);
    check(sluice__gate_lock(&s[1], gate) == 0);
    sluice__waiter_end(&s[0], 3, false);
    sluice__waiter_end(&s[0], 9, false);
    check(sluice__waiters_sweep(&s[0]) == SLUICE__NOT_NOW);
    check(sluice__waiter_new(&s[0]) == SLUICE_CHUNK); /* none is free: the table grows */
    check(s[0].waiters == 2);
    sluice__gate_unlock(&s[1], gate);
    check(sluice__waiters_sweep(&s[0]) == 0 && load64_relaxed(&gate->word) == 0);
    int first = sluice__waiter_new(&s[0]), second = sluice__waiter_new(&s[0]);
    check(first + second == 3 + 9 && first * second == 3 * 9);
    hang(3, gate);
    check(sluice__gate_lock(&s[1], gate) == 0);
    sluice__waiter_end(&s[0], 3, false);
    sluice__gate_unlock(&s[1], gate);
    for (uint32_t i = SLUICE_CHUNK + 1; i < 2 * SLUICE_CHUNK; i++)
        check(sluice__waiter_new(&s[0]) == (int)i);
    /* the last one: a new waiter sweeps before it lets the table grow */
    check(sluice__waiter_new(&s[0]) == 3 && s[0].waiters == 2);
    finish(&s[0], "table: what ended while its gate was held is swept up later");
}

/* A handle counts a waiter until that has ended, and not again when its record is another's. */
static void belongs_once(void)
{
    begin(BYTES);
    uint32_t number = (uint32_t)open_sem(&s[0], NULL, 0, 0);
    struct sluice_handle *handle = sluice__handle_find(&s[0], number);
    int index = sluice__waiter_new(&s[0]);
    check(handle != NULL && sluice__handle_index(number) == 0 && index >= 0);
    store_relaxed(&handle->waits, 3);
    store_relaxed(&sluice__waiter(&s[0], (uint32_t)index)->handle, 1);
    sluice__waiter_end(&s[0], (uint32_t)index, true);
    check(load_relaxed(&handle->waits) == 2 && sluice__waiter_new(&s[0]) == index);
    sluice__waiter_end(&s[0], (uint32_t)index, true);
    check(load_relaxed(&handle->waits) == 2);
    store_relaxed(&handle->waits, 0);
    check(simply(&s[0], SLUICE_OP_CLOSE, number) == 0);
    finish(&s[0], "table: a record that ended belongs to no handle");
}

int main(void)
{
    grows();
    full();
    not_now();
    damaged();
    waiters();
    swept();
    belongs_once();
    return 0;
}
