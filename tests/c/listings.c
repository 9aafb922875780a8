/* Listings: each named object once, object by object and in pages. */
#include "reg/handle.h"
#include "world.h"

/* Several objects in each bucket. */
enum { BYTES = 1 << 18, AGENTS = 4, MANY = 400, FIRST = 1000, NAME_BYTES = 5 };

static struct sluice s[2];
static bool listed[MANY];
static uint32_t count;

static struct sluice_gate *gate(void)
{
    return &sluice__region(&s[0])->names;
}

static void close_at(struct sluice *by, int handle)
{
    check(handle > 0 && simply(by, SLUICE_OP_CLOSE, (uint32_t)handle) == 0);
}

static void unlink_name(const char *name)
{
    struct sluice__name it = {(const uint8_t *)name, NAME_BYTES};
    check(sluice__name_unlink(&s[1], SLUICE_KIND_SEMAPHORE, it) == 0);
}

static void make_many(void)
{
    for (int i = 0; i < MANY; i++) {
        char name[16];
        snprintf(name, sizeof(name), "/%d", FIRST + i);
        close_at(&s[i % 2], open_sem(&s[i % 2], name, SLUICE_CREATE, 0));
    }
}

/* Marks it as seen: its number. */
static int look(const void *name, uint32_t length)
{
    char text[NAME_BYTES + 1] = {0};
    check(length == NAME_BYTES);
    memcpy(text, name, length);
    int i = atoi(text + 1) - FIRST;
    check(i >= 0 && i < MANY && !listed[i]);
    listed[i] = true;
    count++;
    return FIRST + i;
}

static void start(void)
{
    memset(listed, 0, sizeof(listed));
    count = 0;
}

static void one_by_one(uint32_t all)
{
    uint32_t cursor = 0, at = 0;
    start();
    check(sluice__gate_lock(&s[0], gate()) == 0);
    while ((at = sluice__name_next(&s[0], &cursor, at)) != 0) {
        struct sluice_object *o = sluice__at(&s[0], at);
        check(cursor != 0);
        look(sluice__at(&s[0], load_relaxed(&o->name)), load_relaxed(&o->name_bytes));
    }
    sluice__gate_unlock(&s[0], gate());
    check(count == all && cursor == 0);
}

/* The same by requests that have room for so many bytes each. */
static void page_by_page(uint32_t room, uint32_t all)
{
    uint8_t page[1000];
    struct sluice_request r = request_of(SLUICE_OP_LIST, 0, NULL);
    r.bytes = page;
    r.length = room;
    start();
    do {
        int n = sluice_try(&s[1], &r);
        check(n > 0 && (uint32_t)n <= room);
        for (int i = 0; i < n; i += (int)sizeof(struct sluice_listed) + 8) {
            struct sluice_listed one;
            memcpy(&one, page + i, sizeof(one));
            check(one.kind == SLUICE_KIND_SEMAPHORE && one.mode == 0600);
            int number = look(page + i + sizeof(one), one.name_bytes);
            check(one.owner == (uint32_t)number % 2 + 1);
        }
        r.args[0] = r.out[0];
    } while (r.out[0] != 0);
    check(count == all);
}

static void nothing(void)
{
    uint32_t cursor = 0;
    check(open_sem(&s[0], NULL, 0, 0) > 0); /* without a name: not listed */
    check(sluice__name_next(&s[0], &cursor, 0) == 0 && cursor == 0);
    struct sluice_request r = request_of(SLUICE_OP_LIST, 0, NULL);
    check(sluice_try(&s[0], &r) == 0 && r.out[0] == 0);
    passed("listings: no names, nothing");
}

static void everything(void)
{
    uint8_t small[23];
    make_many();
    one_by_one(MANY);
    page_by_page(24, MANY);
    page_by_page(1000, MANY);
    struct sluice_request r = request_of(SLUICE_OP_LIST, 0, NULL);
    r.bytes = small;
    r.length = sizeof(small);
    check(sluice_try(&s[0], &r) == -SLUICE_EINVAL);
    passed("listings: each named object once, in pieces of any size, if one fits");
}

static void the_rest(void)
{
    unlink_name("/1000");
    unlink_name("/1399");
    unlink_name("/1203");
    one_by_one(MANY - 3);
    check(!listed[0] && !listed[399] && !listed[203]);
    /* open, but without its name */
    int handle = open_sem(&s[0], "/1001", 0, 0);
    unlink_name("/1001");
    page_by_page(100, MANY - 4);
    check(simply(&s[0], SLUICE_OP_SEM_VALUE, (uint32_t)handle) == 0 && !listed[1]);
    check(sluice__gate_lock(&s[0], gate()) == 0);
    struct sluice_request r = request_of(SLUICE_OP_LIST, 0, NULL);
    check(sluice_try(&s[1], &r) == -SLUICE_EAGAIN);
    sluice__gate_unlock(&s[0], gate());
    passed("listings: what is unlinked is gone, and only that");
}

/* Names chosen to fall into one bucket: their object tells which one it is. */
static void one_chain(void)
{
    enum { CHAIN = 300 };
    struct sluice one;
    void *base = new_region(BYTES, AGENTS);
    join(&one, base, BYTES, 1);
    int made = 0;
    for (int i = 0; made < CHAIN; i++) {
        char name[16];
        uint32_t length = (uint32_t)snprintf(name, sizeof(name), "/%d", i);
        int handle = open_sem(&one, name, SLUICE_CREATE, 0);
        struct sluice_handle *opened = sluice__handle_find(&one, (uint32_t)handle);
        bool first =
            (load_relaxed(&sluice__handle_object(&one, opened)->hash) & (one.buckets - 1)) == 0;
        struct sluice__name it = {(const uint8_t *)name, length};
        check(first || sluice__name_unlink(&one, SLUICE_KIND_SEMAPHORE, it) == 0);
        close_at(&one, handle);
        made += first;
    }
    uint32_t cursor = 0, found = 0;
    while (sluice__name_next(&one, &cursor, 0) != 0)
        found++;
    check(found == CHAIN);
    free(base);
    passed("listings: three hundred in one bucket");
}

/* Names of 2 to 252 bytes: each record begins at a multiple of 4 behind the one before, a last one that just fits. */
static void lengths(void)
{
    enum { LEAST = 2, MOST = SLUICE_POSIX_NAME_BYTES, ROOM = 1024 };
    struct sluice one;
    char name[MOST + 1] = {'/'};
    uint8_t page[ROOM];
    void *base = new_region(BYTES, AGENTS);
    join(&one, base, BYTES, 1);
    memset(name + 1, 'x', MOST - 1);
    for (uint32_t i = LEAST; i <= MOST; i++) {
        struct sluice_request list = request_of(SLUICE_OP_LIST, 0, NULL);
        struct sluice_listed first, second;
        struct sluice__name it = {(const uint8_t *)name, i};
        name[i] = 0;
        close_at(&one, open_sem(&one, name, SLUICE_CREATE, 0));
        close_at(&one, open_sem(&one, "/y", SLUICE_CREATE, 0));
        list.bytes = page;
        uint32_t padded = (i + 3) / 4 * 4;
        list.length = 2 * sizeof(first) + padded + 4;
        check(sluice_try(&one, &list) == (int)list.length && list.out[0] == 0);
        memcpy(&first, page, sizeof(first));
        uint32_t next = sizeof(first) + (first.name_bytes + 3) / 4 * 4;
        memcpy(&second, page + next, sizeof(second));
        check(first.name_bytes + second.name_bytes == i + 2 && page[next + sizeof(second)] == '/');
        const uint8_t *mine = page + (first.name_bytes == i ? 0 : next) + sizeof(first);
        check(i == LEAST || memcmp(mine, name, i) == 0);
        name[i] = 'x';
        check(sluice__name_unlink(&one, SLUICE_KIND_SEMAPHORE, it) == 0);
    }
    free(base);
    passed("listings: names of every length");
}

/* The longest name of all. */
static void longest(void)
{
    struct sluice one;
    static uint8_t path[SLUICE_NAME_BYTES], page[512];
    void *base = new_region(BYTES, AGENTS);
    join(&one, base, BYTES, 1);
    memset(path, 'p', sizeof(path));
    struct sluice_request r = request_of(SLUICE_OP_FIFO_OPEN, 0, NULL);
    r.name = path;
    r.name_length = sizeof(path);
    r.args[0] = SLUICE_CREATE | SLUICE_READ | SLUICE_WRITE;
    r.args[2] = 1;
    check(sluice_try(&one, &r) > 0);
    r = request_of(SLUICE_OP_LIST, 0, NULL);
    r.bytes = page;
    r.length = sizeof(struct sluice_listed) + SLUICE_NAME_BYTES + 1;
    check(sluice_try(&one, &r) == (int)r.length && memcmp(page + 16, path, sizeof(path)) == 0);
    free(base);
    passed("listings: the longest name");
}

int main(void)
{
    void *base = new_region(BYTES, AGENTS);
    join(&s[0], base, BYTES, 1);
    join(&s[1], base, BYTES, 2);
    nothing();
    everything();
    the_rest();
    one_chain();
    lengths();
    longest();
    check(sound(&s[0]));
    free(base);
    return 0;
}
