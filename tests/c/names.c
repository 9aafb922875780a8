/* Names: created, opened and taken away; serial numbers, and what tickets open. */
#include "world.h"

#include "api/op.h"
#include "obj/psem.h"
#include "reg/handle.h"

enum { BYTES = 1 << 18, AGENTS = 4, NEW = SLUICE_CREATE | SLUICE_EXCLUSIVE };

static const enum sluice_kind SEM = SLUICE_KIND_SEMAPHORE, FIFO = SLUICE_KIND_FIFO;

static struct sluice s[2];

static void begin_at(uint32_t serial)
{
    void *base = aligned_alloc(SLUICE_LINE, BYTES);
    memset(base, 0, BYTES);
    check(sluice_format(base, BYTES, AGENTS, serial) == 0);
    for (uint32_t i = 0; i < 2; i++)
        join(&s[i], base, BYTES, i + 7);
}

static void begin(void)
{
    begin_at(0);
}

static struct sluice_gate *gate(void)
{
    return &sluice__region(&s[0])->names;
}

static struct sluice__name called(const char *name)
{
    return (struct sluice__name){(const uint8_t *)name, (uint32_t)strlen(name)};
}

static int open_name(struct sluice *by, const char *name, uint32_t flags)
{
    return sluice__name_open(by, SEM, called(name), flags);
}

static int unlink_name(struct sluice *by, const char *name)
{
    return sluice__name_unlink(by, SEM, called(name));
}

/* An object in `building`, with its header only. */
static void build(struct sluice *by, enum sluice_kind kind, const char *name)
{
    uint32_t body = sizeof(struct sluice_psem) - sizeof(struct sluice_object);
    uint32_t bytes = sluice__object_bytes(body, called(name));
    check(sluice__heap_take(by, &by->me->building, bytes, bytes) == 0);
    sluice__object_init(by, kind, 0640, called(name), body);
}

static int publish(struct sluice *by, enum sluice_kind kind, const char *name, uint32_t flags)
{
    return sluice__name_publish(by, kind, called(name), flags);
}

/* Built and published: the handle's index. */
static int made(struct sluice *by, enum sluice_kind kind, const char *name)
{
    build(by, kind, name);
    int index = publish(by, kind, name, NEW);
    check(index >= 0 && load_relaxed(&by->me->building) == 0);
    return index;
}

static struct sluice_object *object_of(struct sluice *by, int index)
{
    uint32_t number = sluice__handle_number(by, (uint32_t)index);
    struct sluice_handle *handle = sluice__handle_find(by, number);
    check(index >= 0 && handle != NULL);
    return sluice__handle_object(by, handle);
}

static void shut(struct sluice *by, int index)
{
    check(sluice__handle_close(by, sluice__handle_number(by, (uint32_t)index)) == 0);
}

static void opens(void)
{
    begin();
    check(open_name(&s[0], "/a", 0) == -SLUICE_ENOENT);
    check(open_name(&s[0], "/a", NEW) == -SLUICE_ENOENT); /* to be built by the caller */
    int a = made(&s[0], SEM, "/a");
    check(open_name(&s[1], "/a", NEW) == -SLUICE_EEXIST);
    int b = open_name(&s[1], "/a", SLUICE_EXCLUSIVE); /* without CREATE it means nothing */
    int c = open_name(&s[1], "/a", SLUICE_CREATE | SLUICE_READ);
    struct sluice_object *o = object_of(&s[0], a);
    check(object_of(&s[1], b) == o && object_of(&s[1], c) == o && b != c);
    check(load_relaxed(&o->refs) == 4);
    uint32_t number = sluice__handle_number(&s[1], (uint32_t)c);
    uint32_t flags = load_relaxed(&sluice__handle_find(&s[1], number)->flags);
    check(flags == (SLUICE_CREATE | SLUICE_READ));
    check(open_name(&s[1], "/", 0) == -SLUICE_ENOENT);
    check(open_name(&s[1], "/ab", 0) == -SLUICE_ENOENT);
    check(open_name(&s[1], "/b", 0) == -SLUICE_ENOENT);
    finish(&s[0], "names: opened when there, or exclusively built when not");
}

static void headers(void)
{
    char name[SLUICE_NAME_BYTES + 1] = {0};
    begin();
    memset(name, 'x', SLUICE_NAME_BYTES);
    struct sluice_object *o = object_of(&s[1], made(&s[1], SEM, name));
    check(load_relaxed(&o->kind) == SEM && load_relaxed(&o->mode) == 0640);
    check(load_relaxed(&o->owner) == 8 && load_relaxed(&o->name_bytes) == SLUICE_NAME_BYTES);
    check(load_relaxed(&o->name) == sluice__offset(&s[1], o) + sizeof(struct sluice_psem));
    check(memcmp(sluice__at(&s[1], load_relaxed(&o->name)), name, SLUICE_NAME_BYTES) == 0);
    check(object_of(&s[0], open_name(&s[0], name, 0)) == o);
    name[SLUICE_NAME_BYTES - 1] = 'y';
    check(open_name(&s[0], name, 0) == -SLUICE_ENOENT);
    o = object_of(&s[0], made(&s[0], SEM, ""));
    check(load_relaxed(&o->name_bytes) == 0 && load_relaxed(&o->refs) == 1);
    finish(&s[0], "names: kind, mode, owner and name stand in the header");
}

static void kinds(void)
{
    begin();
    struct sluice_object *sem = object_of(&s[0], made(&s[0], SEM, "/a"));
    struct sluice_object *queue = object_of(&s[0], made(&s[0], SLUICE_KIND_MESSAGE_QUEUE, "/a"));
    check(sem != queue && object_of(&s[1], open_name(&s[1], "/a", 0)) == sem);
    check(unlink_name(&s[1], "/a") == 0 && unlink_name(&s[1], "/a") == -SLUICE_ENOENT);
    check(open_name(&s[1], "/a", 0) == -SLUICE_ENOENT);
    int n = sluice__name_open(&s[1], SLUICE_KIND_MESSAGE_QUEUE, called("/a"), 0);
    check(n >= 0 && load_relaxed(&queue->kind) == SLUICE_KIND_MESSAGE_QUEUE);
    check(load_relaxed(&queue->refs) == 3 && load_relaxed(&sem->refs) == 2);
    finish(&s[0], "names: each kind has its own");
}

/* Names of one hash, one of them the beginning of another: what counts is the name. */
static void same_hash(void)
{
    static const char *const names[] = {"/a", "/ahoo8dr", "/062789", "/279192"};
    struct sluice_object *o[4];
    begin();
    for (int i = 0; i < 4; i++) {
        check(open_name(&s[1], names[i], 0) == -SLUICE_ENOENT);
        o[i] = object_of(&s[0], made(&s[0], SEM, names[i]));
    }
    check(load_relaxed(&o[0]->hash) == load_relaxed(&o[1]->hash));
    check(load_relaxed(&o[2]->hash) == load_relaxed(&o[3]->hash));
    for (int i = 0; i < 4; i++)
        check(object_of(&s[1], open_name(&s[1], names[i], 0)) == o[i]);
    finish(&s[0], "names: told apart also where they have the same hash");
}

/* Two agents have found no such name, and both have built. */
static void faster(void)
{
    begin();
    int other = made(&s[0], SEM, "/other");
    made(&s[1], SEM, "/more");
    uint32_t number = sluice__handle_number(&s[0], (uint32_t)other);
    check(load_relaxed(&sluice__handle_find(&s[0], number)->flags) == SLUICE_CREATE);
    build(&s[1], SEM, "/a");
    uint32_t built = load_relaxed(&s[1].me->building);
    struct sluice_object *o = object_of(&s[0], made(&s[0], SEM, "/a"));
    check(publish(&s[1], SEM, "/a", NEW) == -SLUICE_EEXIST);
    check(load_relaxed(&s[1].me->building) == built);
    int index = publish(&s[1], SEM, "/a", SLUICE_CREATE);
    check(object_of(&s[1], index) == o && load_relaxed(&s[1].me->building) == built);
    check(load_relaxed(&o->refs) == 3);
    check(sluice__heap_give(&s[1], &s[1].me->building) == 0 && unlink_name(&s[1], "/a") == 0);
    finish(&s[0], "names: whoever builds second opens the first, or is told that it exists");
}

static int reopened(struct sluice *by, uint32_t at, uint32_t serial)
{
    return sluice__object_open(by, at, serial, 0);
}

static void tickets(void)
{
    begin();
    int first = made(&s[0], SEM, "/a");
    struct sluice_object *o = object_of(&s[0], first);
    uint32_t at = sluice__offset(&s[0], o), serial = load_relaxed(&o->serial);
    check(serial != 0 && object_of(&s[1], reopened(&s[1], at, serial)) == o);
    check(reopened(&s[1], at, serial + 1) == -SLUICE_ESTALE);
    check(reopened(&s[1], at, 0) == -SLUICE_ESTALE);
    check(reopened(&s[1], at + SLUICE_LINE, serial) == -SLUICE_ESTALE);
    check(reopened(&s[1], at + 4, serial) == -SLUICE_ESTALE);
    check(reopened(&s[1], at + 8, serial) == -SLUICE_ESTALE);
    check(reopened(&s[1], 0, serial) == -SLUICE_ESTALE);
    check(reopened(&s[1], BYTES, serial) == -SLUICE_ESTALE);
    check(reopened(&s[1], 0u - SLUICE_LINE, serial) == -SLUICE_ESTALE);
    check(unlink_name(&s[1], "/a") == 0);
    check(object_of(&s[1], reopened(&s[1], at, serial)) == o); /* it is still open */
    leave(&s[1]);
    shut(&s[0], first);
    check(reopened(&s[0], at, serial) == -SLUICE_ESTALE &&
          reopened(&s[0], at, 0) == -SLUICE_ESTALE);
    /* another object at the same place */
    o = object_of(&s[0], made(&s[0], SEM, "/a"));
    check(sluice__offset(&s[0], o) == at && load_relaxed(&o->serial) != serial);
    check(reopened(&s[0], at, serial) == -SLUICE_ESTALE);
    finish(&s[0], "names: a serial number opens that object while it lives, and no other");
}

/* What has come where the object was may look like one. */
static void ticket_of_a_table(void)
{
    begin();
    struct sluice_au32 *desk = &s[0].me->desk;
    int index = made(&s[0], SEM, "/a");
    uint32_t at = sluice__offset(&s[0], object_of(&s[0], index)),
             bytes = sluice__heap_bytes(&s[0], at);
    check(unlink_name(&s[0], "/a") == 0);
    shut(&s[0], index);
    check(sluice__heap_take(&s[0], desk, bytes, 0) == 0 && load_relaxed(desk) == at);
    struct sluice_object *fake = sluice__at(&s[0], at);
    store_relaxed(&fake->kind, SEM);
    store_relaxed(&fake->serial, 7);
    check(reopened(&s[0], at, 7) == -SLUICE_ESTALE);
    finish(&s[0], "names: a ticket opens no block that only looks like an object");
}

static void serials(void)
{
    begin_at(UINT32_MAX - 1 - SLUICE__BIRTH);
    uint32_t serial[3];
    for (int i = 0; i < 3; i++)
        serial[i] = load_relaxed(&object_of(&s[i % 2], made(&s[i % 2], SEM, ""))->serial);
    check(serial[0] == UINT32_MAX && serial[1] == 1 && serial[2] == 2);
    finish(&s[0], "names: serial numbers go up from what the region was given, past 0");
}

static void unlinked_while_open(void)
{
    begin();
    int mine = made(&s[0], SEM, "/a");
    struct sluice_object *old = object_of(&s[0], mine);
    check(unlink_name(&s[1], "/a") == 0 && load_relaxed(&old->refs) == 1);
    check(load_relaxed(&old->name_bytes) == 2);
    struct sluice_object *new = object_of(&s[1], made(&s[1], SEM, "/a"));
    check(new != old &&load_relaxed(&new->serial) != load_relaxed(&old->serial));
    check(object_of(&s[0], open_name(&s[0], "/a", 0)) == new &&object_of(&s[0], mine) == old);
    shut(&s[0], mine);
    check(unlink_name(&s[0], "/a") == 0);
    finish(&s[0], "names: an unlinked object lives on while open, beside the next of its name");
}

/* Neither what is still being built, nor what only looks like an object in somebody's bytes. */
static void no_objects(void)
{
    begin();
    build(&s[1], SEM, "/a");
    check(reopened(&s[0], load_relaxed(&s[1].me->building), 0) == -SLUICE_ESTALE);
    check(sluice__heap_take(&s[1], &s[1].me->desk, 1000, 1000) == 0);
    uint32_t at = load_relaxed(&s[1].me->desk) + SLUICE_LINE;
    struct sluice_object *forged = sluice__at(&s[1], at);
    store_relaxed(&forged->kind, (uint32_t)SEM);
    store_relaxed(&forged->serial, 5);
    check(reopened(&s[0], at, 5) == -SLUICE_ESTALE);
    check(sluice__heap_give(&s[1], &s[1].me->building) == 0);
    finish(&s[0], "names: a ticket opens nothing that was not published");
}

/* Whoever refuses for a lock has taken nothing: no handle, no reference. */
static void not_now(void)
{
    begin();
    struct sluice_object *o = object_of(&s[0], made(&s[0], SEM, "/a"));
    uint32_t index[2], free_handle = s[0].free_handle;
    check(sluice__gate_lock(&s[1], gate()) == 0);
    check(open_name(&s[0], "/a", 0) == SLUICE__NOT_NOW);
    check(s[0].blocked_on == sluice__offset(&s[0], gate()));
    check(reopened(&s[0], sluice__offset(&s[0], o), load_relaxed(&o->serial)) == SLUICE__NOT_NOW);
    check(unlink_name(&s[0], "/a") == SLUICE__NOT_NOW);
    build(&s[0], SEM, "/b");
    check(publish(&s[0], SEM, "/b", NEW) == SLUICE__NOT_NOW);
    check(sluice__pipe_publish(&s[0], index) == SLUICE__NOT_NOW);
    check(load_relaxed(&s[0].me->building) != 0 && s[0].free_handle == free_handle);
    int first = sluice__handle_new(&s[0]), second = sluice__handle_new(&s[0]);
    check(first >= 0 && second >= 0 && first != second); /* both are there again, once */
    sluice__handle_drop(&s[0], (uint32_t)second), sluice__handle_drop(&s[0], (uint32_t)first);
    check(load_relaxed(&o->refs) == 2);
    sluice__gate_unlock(&s[1], gate());
    check(publish(&s[0], SEM, "/b", NEW) >= 0 && unlink_name(&s[0], "/a") == 0);
    check(open_name(&s[0], "/a", 0) == -SLUICE_ENOENT && load_relaxed(&o->refs) == 1);
    finish(&s[0], "names: a held lock is not now, and nothing was taken");
}

static int fifo(struct sluice *by, const char *name, uint32_t flags)
{
    struct sluice_request r = request_of(SLUICE_OP_FIFO_OPEN, 0, name);
    r.args[0] = flags | SLUICE_NONBLOCK;
    r.args[2] = 4096;
    return sluice_try(by, &r);
}

static void meets(void)
{
    begin();
    struct sluice__name f = called("f");
    uint32_t read = SLUICE_READ | SLUICE__MEET, write = SLUICE_WRITE | SLUICE__MEET;
    /* the new one has nobody who reads: refused, and named all the same */
    check(fifo(&s[0], "f", SLUICE_WRITE | SLUICE_CREATE) == -SLUICE_ENXIO);
    check(sluice__name_open(&s[0], FIFO, f, write) == -SLUICE_ENXIO);
    check(sluice__name_open(&s[0], FIFO, f, read) == -SLUICE_ENXIO);
    int reader = sluice__name_open(&s[0], FIFO, f, SLUICE_READ);
    struct sluice_object *o = object_of(&s[0], reader);
    uint32_t at = sluice__offset(&s[0], o), serial = load_relaxed(&o->serial);
    check(sluice__object_open(&s[1], at, serial, read) == -SLUICE_ENXIO);
    int writer = sluice__object_open(&s[1], at, serial, write);
    uint32_t number = sluice__handle_number(&s[1], (uint32_t)writer);
    check(load_relaxed(&sluice__handle_find(&s[1], number)->flags) == SLUICE_WRITE);
    check(sluice__name_open(&s[0], FIFO, f, read) >= 0);
    check(sluice__name_open(&s[0], SEM, f, read) == -SLUICE_ENOENT);
    finish(&s[0], "names: who asks to be met is told where the other end is not open");
}

static void damaged(void)
{
    begin();
    struct sluice_object *o = object_of(&s[0], made(&s[0], SEM, "/a"));
    uint32_t at = sluice__offset(&s[0], o);
    const uint32_t bad[] = {at + 4, BYTES - 8, BYTES, 8};
    struct sluice_au32 *bucket = sluice__bucket(&s[0], load_relaxed(&o->hash));
    for (uint32_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        store_relaxed(bucket, bad[i]);
        check(open_name(&s[1], "/a", 0) == -SLUICE_EUCLEAN && !sluice__names_valid(&s[0]));
        check(unlink_name(&s[1], "/a") == -SLUICE_EUCLEAN);
        build(&s[1], SEM, "/a");
        check(publish(&s[1], SEM, "/a", NEW) == -SLUICE_EUCLEAN);
        check(sluice__heap_give(&s[1], &s[1].me->building) == 0);
    }
    store_relaxed(bucket, at);
    /* what is to be published would end outside */
    uint32_t index[2], serial = load_relaxed(&sluice__region(&s[0])->serial);
    store_relaxed(&s[1].me->building, at);
    s[1].taken = BYTES - sizeof(struct sluice_object);
    check(publish(&s[1], SEM, "/b", NEW) == -SLUICE_EUCLEAN);
    check(sluice__pipe_publish(&s[1], index) == -SLUICE_EUCLEAN);
    for (int i = 0; i < 2; i++) /* both records are free again */
        check(sluice__handle_new(&s[1]) == (int)index[i]);
    check(load_relaxed(&s[1].me->building) == at && sluice__names_valid(&s[0]));
    check(load_relaxed(&sluice__region(&s[0])->serial) == serial);
    store_relaxed(&s[1].me->building, 0);
    store_relaxed(&o->chain, at); /* a circle */
    check(object_of(&s[1], open_name(&s[1], "/a", 0)) == o && !sluice__names_valid(&s[0]));
    uint32_t hash = load_relaxed(&o->hash);
    store_relaxed(&o->hash, hash + s[0].buckets);
    check(open_name(&s[1], "/a", 0) == -SLUICE_EUCLEAN);
    store_relaxed(&o->hash, hash);
    store_relaxed(&o->chain, 0);
    check(object_of(&s[1], open_name(&s[1], "/a", 0)) == o);
    finish(&s[0], "names: a chain that leads nowhere, or round, is damage");
}

/* Who creates and meets a held lock goes on with what it has built; who gives up gives it back. */
static void goes_on_with_what_it_has_built(void)
{
    begin();
    made(&s[0], SEM, "/table"); /* its tables have grown */
    uint32_t before = bytes_free(&s[0]);
    struct sluice_request r = request_of(SLUICE_OP_SEM_OPEN, 0, NULL);
    check(sluice__gate_lock(&s[1], gate()) == 0);
    check(sluice_advance(&s[0], &r) == SLUICE_STALLED && bytes_free(&s[0]) < before);
    check(sluice_cancel(&s[0], &r) == 0 && bytes_free(&s[0]) == before);
    r = request_of(SLUICE_OP_SEM_OPEN, 0, NULL);
    check(sluice_advance(&s[0], &r) == SLUICE_STALLED);
    uint32_t built = load_relaxed(&s[0].me->building);
    sluice__gate_unlock(&s[1], gate());
    int n = sluice_advance(&s[0], &r);
    check(n > 0 && load_relaxed(&sluice__handle_find(&s[0], (uint32_t)n)->object) == built);
    finish(&s[0], "names: a creation goes on with what it has built, or gives it back");
}

/* A stalled creation, and another of the same agent that takes the very block. */
static void never_goes_on_with_anothers(void)
{
    begin();
    made(&s[0], SEM, "/table"); /* its tables have grown */
    struct sluice_request mine = request_of(SLUICE_OP_SEM_OPEN, 0, NULL);
    struct sluice_request other = request_of(SLUICE_OP_SEM_OPEN, 0, "/other");
    check(sluice__gate_lock(&s[1], gate()) == 0);
    check(sluice_advance(&s[0], &mine) == SLUICE_STALLED);
    uint32_t block = load_relaxed(&s[0].me->building), bytes = sizeof(struct sluice_psem);
    check(sluice__op_build(&s[0], &other, SEM, called("/other"), bytes, bytes) == 0);
    check(block != 0 && load_relaxed(&s[0].me->building) == block);
    sluice__gate_unlock(&s[1], gate());
    int n = sluice_advance(&s[0], &mine);
    struct sluice_object *o = object_of(&s[0], (int)sluice__handle_index((uint32_t)n));
    check(n > 0 && load_relaxed(&o->name_bytes) == 0);
    finish(&s[0], "names: a creation never goes on with what another has built");
}

int main(void)
{
    opens();
    headers();
    kinds();
    same_hash();
    faster();
    tickets();
    ticket_of_a_table();
    serials();
    no_objects();
    unlinked_while_open();
    not_now();
    meets();
    damaged();
    goes_on_with_what_it_has_built();
    never_goes_on_with_anothers();
    return 0;
}
