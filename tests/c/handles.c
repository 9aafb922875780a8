/* Handles: numbers that name one opening only, and how long an object lives behind them. */
#include "world.h"

#include "obj/psem.h"
#include "reg/handle.h"

enum { BYTES = 2 << 20, AGENTS = 4, RECORDS = SLUICE_CHUNKS * SLUICE_CHUNK };

static struct sluice s[3];

static void begin(uint32_t bytes)
{
    void *base = new_region(bytes, AGENTS);
    for (uint32_t i = 0; i < 3; i++)
        join(&s[i], base, bytes, i + 1);
}

static struct sluice_gate *names(void)
{
    return &sluice__region(&s[0])->names;
}

static uint32_t opened(struct sluice *by, const char *name)
{
    int n = open_sem(by, name, SLUICE_CREATE, 1);
    check(n > 0);
    return (uint32_t)n;
}

static struct sluice_object *object_of(struct sluice *by, uint32_t number)
{
    struct sluice_handle *handle = sluice__handle_find(by, number);
    check(handle != NULL);
    return sluice__handle_object(by, handle);
}

static uint32_t refs(struct sluice_object *object)
{
    return load_relaxed(&object->refs);
}

static void entered(void)
{
    begin(BYTES);
    struct sluice_object *o = object_of(&s[0], opened(&s[0], "/s"));
    uint32_t at = sluice__offset(&s[0], o), index = (uint32_t)sluice__handle_new(&s[0]);
    check(refs(o) == 2 && sluice__handle_find(&s[0], sluice__handle_number(&s[0], index)) == NULL);
    sluice__handle_drop(&s[0], index);
    check((uint32_t)sluice__handle_new(&s[0]) == index);
    check(sluice__gate_lock(&s[0], names()) == 0);
    sluice__handle_enter(&s[0], index, at, SLUICE_READ);
    check(refs(o) == 3 && sluice__handle_find(&s[0], sluice__handle_number(&s[0], index)) != NULL);
    /* who dies in that critical section has not opened it */
    sluice__gate_revert(&s[0]);
    check(refs(o) == 2 && sluice__handle_find(&s[0], sluice__handle_number(&s[0], index)) == NULL);
    sluice__handle_enter(&s[0], index, at, SLUICE_WRITE);
    sluice__gate_unlock(&s[0], names());
    uint32_t number = sluice__handle_number(&s[0], index);
    struct sluice_handle *handle = sluice__handle_find(&s[0], number);
    check(handle != NULL && sluice__handle_index(number) == index);
    check(load_relaxed(&handle->flags) == SLUICE_WRITE && load_relaxed(&handle->waits) == 0);
    check(sluice__handle_object(&s[0], handle) == o && refs(o) == 3);
    check(sluice__handle_find(&s[1], number) == NULL); /* everybody has numbers of its own */
    check(sluice__handle_close(&s[0], number) == 0 && refs(o) == 2);
    finish(&s[0], "handles: private until entered, and entered wholly or not at all");
}

static void stale(void)
{
    begin(BYTES);
    opened(&s[0], "/s");
    uint32_t first = opened(&s[0], "/s"), index = sluice__handle_index(first), last = first;
    check(sluice__handle_close(&s[0], first) == 0);
    check(sluice__handle_close(&s[0], first) == -SLUICE_EBADF);
    for (uint32_t i = 0; i < 65534; i++) {
        uint32_t number = opened(&s[0], "/s");
        check(sluice__handle_index(number) == index && number != first && number != last);
        check(sluice__handle_find(&s[0], first) == NULL &&
              sluice__handle_find(&s[0], last) == NULL);
        check(sluice__handle_close(&s[0], number) == 0);
        last = number;
    }
    check(sluice__handle_close(&s[0], first) == -SLUICE_EBADF);
    check(sluice__handle_close(&s[0], 0) == -SLUICE_EBADF);
    check(sluice__handle_close(&s[0], UINT32_MAX) == -SLUICE_EBADF);
    check(sluice__handle_close(&s[0], first + 1000) == -SLUICE_EBADF);
    finish(&s[0], "handles: 65,534 later openings of a record do not get a closed one's number");
}

/* Numbers are results, so that none is 0 or negative, also where the use count wraps. */
static void numbers_wrap(void)
{
    begin(BYTES);
    opened(&s[0], "/s");
    uint32_t index = sluice__handle_index(opened(&s[0], "/s"));
    struct sluice_handle *handle = sluice__handle_find(&s[0], sluice__handle_number(&s[0], index));
    const uint32_t uses[] = {65533, 65534, 65535, 65536, 0x7ffffffd, 0x7fffffff};
    for (uint32_t i = 0; i < sizeof(uses) / sizeof(*uses); i++) {
        check(sluice__handle_close(&s[0], sluice__handle_number(&s[0], index)) == 0);
        store_relaxed(&handle->state, uses[i] << 1);
        uint32_t before = sluice__handle_number(&s[0], index), number = opened(&s[0], "/s");
        check(before >> 15 != 0 && before < 0x80000000u);
        check(number < 0x80000000u && sluice__handle_index(number) == index && number != before);
        check(number >> 15 != 0 && sluice__handle_find(&s[0], number) == handle);
    }
    finish(&s[0], "handles: numbers have 31 bits and are not 0, also when the use count wraps");
}

static void lives(void)
{
    begin(BYTES);
    opened(&s[0], "/other"), opened(&s[1], "/other");
    uint32_t before = bytes_free(&s[0]), mine = opened(&s[0], "/s"), yours = opened(&s[1], "/s");
    struct sluice_object *o = object_of(&s[0], mine);
    check(refs(o) == 3 && object_of(&s[1], yours) == o);
    uint32_t used = bytes_free(&s[0]);
    check(sluice__handle_close(&s[0], mine) == 0 && sluice__handle_close(&s[1], yours) == 0);
    check(refs(o) == 1 && bytes_free(&s[0]) == used); /* its name keeps it */
    mine = opened(&s[0], "/s"), yours = opened(&s[1], "/s");
    struct sluice__name name = {(const uint8_t *)"/s", 2};
    check(sluice__name_unlink(&s[1], SLUICE_KIND_SEMAPHORE, name) == 0);
    check(sluice__handle_close(&s[0], mine) == 0 && bytes_free(&s[0]) == used && refs(o) == 1);
    check(simply(&s[1], SLUICE_OP_SEM_VALUE, yours) == 1);
    check(sluice__handle_close(&s[1], yours) == 0 && bytes_free(&s[0]) == before);
    check(load_relaxed(&s[1].me->building) == 0);
    mine = opened(&s[0], "/s");
    check(sluice__handle_close(&s[0], mine) == 0 && bytes_free(&s[0]) < before);
    check(sluice__name_unlink(&s[1], SLUICE_KIND_SEMAPHORE, name) == 0);
    check(bytes_free(&s[0]) == before && load_relaxed(&s[1].me->building) == 0);
    finish(&s[0], "handles: an object lives while a handle or its name refers to it");
}

static void unreferenced(void)
{
    begin(BYTES);
    uint32_t number = opened(&s[0], "/s");
    struct sluice_object *o = object_of(&s[0], number);
    uint32_t serial = load_relaxed(&o->serial);
    check(sluice__gate_lock(&s[0], names()) == 0 && serial != 0);
    sluice__object_unref(&s[0], o);
    check(refs(o) == 1 && load_relaxed(&s[0].me->building) == 0);
    check(load_relaxed(&o->serial) == serial);
    sluice__object_unref(&s[0], o);
    check(refs(o) == 0 && load_relaxed(&s[0].me->building) == sluice__offset(&s[0], o));
    check(load_relaxed(&o->serial) == 0);
    sluice__gate_revert(&s[0]);
    check(refs(o) == 2 && load_relaxed(&s[0].me->building) == 0);
    check(load_relaxed(&o->serial) == serial);
    sluice__gate_unlock(&s[0], names());
    finish(&s[0], "handles: whoever drops the last reference has the object to give back");
}

static void busy(void)
{
    begin(BYTES);
    uint32_t number = opened(&s[0], "/s"), more = opened(&s[0], NULL), before = bytes_free(&s[0]);
    uint32_t last = opened(&s[0], NULL);
    struct sluice_request wait = request_of(SLUICE_OP_SEM_WAIT, number, NULL);
    check(sluice_advance(&s[0], &wait) == 0 && sluice_advance(&s[0], &wait) == -SLUICE_EAGAIN);
    check(sluice__handle_close(&s[0], number) == -SLUICE_EBUSY);
    check(sluice_cancel(&s[0], &wait) == 0);
    check(sluice__gate_lock(&s[1], names()) == 0);
    check(sluice__handle_close(&s[0], number) == SLUICE__NOT_NOW);
    check(s[0].blocked_on == sluice__offset(&s[0], names()) && sluice__handle_find(&s[0], number));
    sluice__gate_unlock(&s[1], names());
    check(sluice__handle_close(&s[0], number) == 0);
    /* closed, though its memory waits for the heap's lock; whoever needs the word does it first */
    check(sluice__gate_lock(&s[1], heap_gate(&s[0])) == 0);
    check(sluice__handle_close(&s[0], last) == 0 && bytes_free(&s[0]) < before);
    check(sluice__handle_find(&s[0], last) == NULL && load_relaxed(&s[0].me->building) != 0);
    check(sluice__handle_close(&s[0], more) == SLUICE__NOT_NOW && sluice__handle_find(&s[0], more));
    sluice__gate_unlock(&s[1], heap_gate(&s[0]));
    check(sluice__handle_close(&s[0], more) == 0 && bytes_free(&s[0]) > before);
    finish(&s[0],
           "handles: a close that meets a wait is refused, one that meets a lock is to come again");
}

static void most(void)
{
    begin(BYTES);
    uint32_t before = bytes_free(&s[0]), number = opened(&s[0], NULL), at;
    struct sluice_object *o = object_of(&s[0], number);
    at = sluice__offset(&s[0], o);
    for (uint32_t i = 1; i < RECORDS; i++)
        check(sluice__object_open(&s[0], at, load_relaxed(&o->serial), 0) == (int)i);
    check(refs(o) == RECORDS && sluice__handle_new(&s[0]) == -SLUICE_EMFILE);
    check(sluice__object_open(&s[0], at, load_relaxed(&o->serial), 0) == -SLUICE_EMFILE);
    check(open_sem(&s[0], NULL, 0, 0) == -SLUICE_EMFILE);
    check(sluice__handle_close(&s[0], sluice__handle_number(&s[0], 4321)) == 0);
    /* a pipe needs two: none is taken */
    struct sluice_request pipe = request_of(SLUICE_OP_PIPE_OPEN, 0, NULL);
    pipe.args[0] = 4096;
    uint32_t left = bytes_free(&s[0]);
    check(sluice_try(&s[0], &pipe) == -SLUICE_EMFILE && bytes_free(&s[0]) == left);
    check(sluice__handle_index(opened(&s[0], "/s")) == 4321);
    check(open_sem(&s[0], "/s", 0, 0) == -SLUICE_EMFILE && opened(&s[1], "/s") > 0);
    leave(&s[0]);
    struct sluice__name name = {(const uint8_t *)"/s", 2};
    check(sluice__name_unlink(&s[1], SLUICE_KIND_SEMAPHORE, name) == 0);
    leave(&s[1]);
    check(bytes_free(&s[2]) == before && sound(&s[2]));
    finish(&s[0], "handles: 32,768 an agent, then EMFILE; two or none for a pipe");
}

static void no_room(void)
{
    begin(32 << 10);
    check(sluice__heap_take(&s[0], &s[0].me->desk, bytes_free(&s[0]) / 8 * 7, 0) == 0);
    check(sluice__handle_new(&s[0]) == -SLUICE_ENOSPC);
    check(open_sem(&s[0], "/s", SLUICE_CREATE, 0) == -SLUICE_ENOSPC);
    check(sluice__heap_give(&s[0], &s[0].me->desk) == 0);
    check(sluice__gate_lock(&s[1], heap_gate(&s[0])) == 0);
    check(sluice__handle_new(&s[0]) == SLUICE__NOT_NOW);
    sluice__gate_unlock(&s[1], heap_gate(&s[0]));
    check(open_sem(&s[0], "/s", SLUICE_CREATE, 0) > 0);
    finish(&s[0], "handles: no room for the table is ENOSPC, a held lock not now");
}

static void pipes(void)
{
    begin(BYTES);
    struct sluice_request r = request_of(SLUICE_OP_PIPE_OPEN, 0, NULL);
    r.args[0] = 4096;
    check(sluice_try(&s[0], &r) == 0);
    struct sluice_object *o = object_of(&s[0], r.out[0]);
    check(object_of(&s[0], r.out[1]) == o && refs(o) == 2);
    check(load_relaxed(&sluice__handle_find(&s[0], r.out[0])->flags) == SLUICE_READ);
    check(load_relaxed(&sluice__handle_find(&s[0], r.out[1])->flags) == SLUICE_WRITE);
    uint32_t at = sluice__offset(&s[0], o), serial = load_relaxed(&o->serial);
    check(serial != 0 && sluice__object_open(&s[1], at, serial, SLUICE_READ) >= 0);
    leave(&s[1]);
    /* what lies in no block of the heap is no object, whatever it looks like */
    struct sluice_block *block = (struct sluice_block *)o - 1;
    store_relaxed(&block->size, load_relaxed(&block->size) - 1);
    check(sluice__object_open(&s[0], at, serial, SLUICE_READ) == -SLUICE_ESTALE);
    store_relaxed(&block->size, load_relaxed(&block->size) + 1);
    check(refs(o) == 2 && sluice__handle_close(&s[0], r.out[0]) == 0);
    /* a pipe without readers stays so */
    check(sluice__object_open(&s[0], at, serial, SLUICE_READ) == -SLUICE_ESTALE);
    int writer = sluice__object_open(&s[0], at, serial, SLUICE_WRITE);
    check(object_of(&s[0], sluice__handle_number(&s[0], (uint32_t)writer)) == o && refs(o) == 2);
    writer = sluice__object_open(&s[0], at, serial, SLUICE_WRITE | SLUICE_CREATE);
    check(writer >= 0 && refs(o) == 3);
    /* nor one of which the writers are gone; its records are taken the last first */
    check(sluice_try(&s[2], &r) == 0);
    uint32_t ends[2] = {r.out[0], r.out[1]};
    for (int i = 0; i < 2; i++)
        check(sluice__handle_close(&s[2], ends[i]) == 0);
    check(sluice__handle_index(ends[0]) == 0 && sluice_try(&s[2], &r) == 0);
    check(sluice__handle_index(r.out[1]) == 0 && sluice__handle_index(r.out[0]) == 1);
    o = object_of(&s[2], r.out[0]);
    at = sluice__offset(&s[2], o), serial = load_relaxed(&o->serial);
    check(sluice__handle_close(&s[2], r.out[1]) == 0);
    uint32_t free_handle = s[2].free_handle;
    check(sluice__object_open(&s[2], at, serial, SLUICE_WRITE) == -SLUICE_ESTALE);
    check(s[2].free_handle == free_handle);
    check(sluice__object_open(&s[2], at, serial, SLUICE_READ | SLUICE_CREATE) >= 0);
    finish(&s[0], "handles: both ends of a pipe at once; an end that is gone is not opened again");
}

/* What the settling does with each: whoever waits is told, then it is closed. */
static void settled(void)
{
    begin(BYTES);
    uint32_t number = opened(&s[1], "/s"), yours = opened(&s[2], "/s");
    struct sluice_handle *handle = sluice__handle_find(&s[1], number);
    struct sluice_object *o = object_of(&s[1], number);
    struct sluice_request wait = request_of(SLUICE_OP_SEM_WAIT, yours, NULL);
    check(sluice_advance(&s[2], &wait) == 0 && sluice_advance(&s[2], &wait) == -SLUICE_EAGAIN);
    check(sluice__agent_died(&s[0], s[1].slot, s[1].incarnation));
    store_seq(&((struct sluice_psem *)o)->value, 1); /* it had not told anybody */
    check(sluice__gate_lock(&s[2], names()) == 0);
    check(sluice__handle_settle(&s[0], handle) == SLUICE__NOT_NOW && refs(o) == 3);
    sluice__gate_unlock(&s[2], names());
    check(sluice__handle_settle(&s[0], handle) == 0 && refs(o) == 2);
    check(sluice_ready(&s[2]) == wait.waiter && sluice_advance(&s[2], &wait) == 0);
    check(sluice__handle_settle(&s[0], handle) == 0 && refs(o) == 2); /* once */
    check(sluice__agents_settle(&s[0]) == 0);
    finish(&s[0], "handles: a dead one's is closed once, and who waits is told");
}

static void damaged(void)
{
    begin(BYTES);
    uint32_t number = opened(&s[0], "/s");
    struct sluice_handle *handle = sluice__handle_find(&s[0], number);
    uint32_t at = load_relaxed(&handle->object);
    const uint32_t bad[] = {0, at + 4, BYTES - 8, BYTES, 0u - SLUICE_LINE};
    for (uint32_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        store_relaxed(&handle->object, bad[i]);
        check(sluice__handle_object(&s[0], handle) == NULL);
        check(simply(&s[0], SLUICE_OP_SEM_POST, number) == -SLUICE_EUCLEAN);
    }
    check(sluice__handle_close(&s[0], number) == 0);
    check(sluice__handle_find(&s[0], number) == NULL);
    uint32_t index = (uint32_t)sluice__handle_new(&s[0]);
    check(sluice__handle_enter(&s[0], index, BYTES - 8, 0) == -SLUICE_EUCLEAN);
    check(sluice__handle_enter(&s[0], RECORDS - 1, at, 0) == -SLUICE_EUCLEAN);
    uint32_t table = load_relaxed(&s[0].me->handles);
    store_relaxed(&s[0].me->handles, 8);
    check(sluice__handle_new(&s[0]) == -SLUICE_EUCLEAN);
    store_relaxed(&s[0].me->handles, table);
    finish(&s[0], "handles: one that leads nowhere has no object, and closes");
}

int main(void)
{
    entered();
    stale();
    numbers_wrap();
    lives();
    unreferenced();
    busy();
    most();
    no_room();
    pipes();
    settled();
    damaged();
    return 0;
}
