/* What the gate refuses: each argument that no request takes, with its errno, and nothing has changed by it. */
#include "world.h"

#include "reg/handle.h"

enum { BYTES = 1 << 20, READ = SLUICE_READ, WRITE = SLUICE_WRITE, BOTH = READ | WRITE };
enum { CREATE = SLUICE_CREATE, NONBLOCK = SLUICE_NONBLOCK };

static struct sluice me;

struct call {
    uint32_t op, handle;
    const char *name;
    uint32_t args[5];
    uint32_t length; /* of the bytes */
    int expected;
};

static uint8_t bytes[256];
static uint32_t out[4];

static int call(const struct call *c)
{
    struct sluice_request r = request_of(c->op, c->handle, c->name);
    memcpy(r.args, c->args, sizeof(c->args));
    r.bytes = bytes;
    r.length = c->length;
    int n = sluice_try(&me, &r);
    memcpy(out, r.out, sizeof(out));
    return n;
}

static uint32_t made(struct call c)
{
    int n = call(&c);
    check(n > 0);
    return (uint32_t)n;
}

static void refused(const struct call *calls, size_t count, const char *name)
{
    static uint8_t head[offsetof(struct sluice_region, repair)];
    uint32_t before = bytes_free(&me), free_handle = me.free_handle;
    for (size_t i = 0; i < count; i++) {
        memcpy(head, me.base, sizeof(head));
        int n = call(&calls[i]);
        check(memcmp(head, me.base, sizeof(head)) == 0 && me.free_handle == free_handle);
        if (n != calls[i].expected)
            printf("# %s: call %zu answers %d, not %d\n", name, i, n, calls[i].expected);
        check(n == calls[i].expected && bytes_free(&me) == before && sound(&me));
    }
    passed(name);
}
#define REFUSED(name, ...)                                                                         \
    do {                                                                                           \
        static const struct call calls[] = {__VA_ARGS__};                                          \
        refused(calls, sizeof(calls) / sizeof(*calls), name);                                      \
    } while (0)

#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X250 X50 X50 X50 X50 X50

static void names(void)
{
    REFUSED("refusals: names that are none",
            {SLUICE_OP_SEM_OPEN, 0, "sem", {CREATE}, 0, -SLUICE_EINVAL},
            {SLUICE_OP_SEM_OPEN, 0, "/", {CREATE}, 0, -SLUICE_EINVAL},
            {SLUICE_OP_SEM_OPEN, 0, "/a/b", {CREATE}, 0, -SLUICE_EINVAL},
            {SLUICE_OP_SEM_OPEN, 0, "/xx" X250, {CREATE}, 0, -SLUICE_ENAMETOOLONG},
            {SLUICE_OP_MQ_OPEN, 0, "q", {CREATE | BOTH, 0, 1, 1}, 0, -SLUICE_EINVAL},
            {SLUICE_OP_RING_OPEN, 0, "r", {CREATE | BOTH, 0, 64}, 0, -SLUICE_EINVAL},
            {SLUICE_OP_FIFO_OPEN, 0, "", {CREATE | BOTH, 0, 1}, 0, -SLUICE_ENOENT},
            {SLUICE_OP_FIFO_OPEN, 0, "xxxxxx" X250, {CREATE | BOTH, 0, 1}, 0, -SLUICE_ENAMETOOLONG},
            {SLUICE_OP_UNLINK, 0, "sem", {SLUICE_KIND_SEMAPHORE}, 0, -SLUICE_EINVAL},
            {SLUICE_OP_UNLINK, 0, "", {SLUICE_KIND_FIFO}, 0, -SLUICE_ENOENT},
            {SLUICE_OP_UNLINK, 0, "f", {SLUICE_KIND_FIFO}, 0, -SLUICE_ENOENT});
}

/* A byte 0, which no string of C has inside. */
static void zero_bytes(void)
{
    struct sluice_request r = request_of(SLUICE_OP_SEM_OPEN, 0, "/a b");
    struct sluice_request f = request_of(SLUICE_OP_FIFO_OPEN, 0, "a b");
    r.args[0] = f.args[0] = CREATE | BOTH;
    f.args[2] = 1;
    r.name = "/a\0b";
    f.name = "a\0b";
    check(sluice_try(&me, &r) == -SLUICE_EINVAL && sluice_try(&me, &f) == -SLUICE_EINVAL);
    passed("refusals: a name with a byte 0");
}

static void openings(void)
{
    REFUSED("refusals: sizes and flags of openings", {0, 0, NULL, {0}, 0, -SLUICE_ENOSYS},
            {15, 0, NULL, {0}, 0, -SLUICE_ENOSYS}, {UINT32_MAX, 0, NULL, {0}, 0, -SLUICE_ENOSYS},
            {SLUICE_OP_SEM_OPEN, 0, NULL, {0, 0, 0x80000000u}, 0, -SLUICE_EINVAL},
            {SLUICE_OP_MQ_OPEN, 0, "/q", {CREATE, 0, 1, 1}, 0, -SLUICE_EINVAL},
            {SLUICE_OP_MQ_OPEN, 0, "/q", {BOTH, 0, 1, 1}, 0, -SLUICE_ENOENT},
            {SLUICE_OP_MQ_OPEN, 0, "/q", {CREATE | BOTH, 0, 0, 1}, 0, -SLUICE_EINVAL},
            {SLUICE_OP_MQ_OPEN, 0, "/q", {CREATE | BOTH, 0, 1, 0}, 0, -SLUICE_EINVAL},
            {SLUICE_OP_MQ_OPEN, 0, "/q", {CREATE | BOTH, 0, BYTES, 1}, 0, -SLUICE_ENOSPC},
            {SLUICE_OP_MQ_OPEN, 0, "/q", {CREATE | BOTH, 0, 1, BYTES}, 0, -SLUICE_ENOSPC},
            {SLUICE_OP_MQ_OPEN, 0, "/q", {CREATE | BOTH, 0, 1, BYTES - 1}, 0, -SLUICE_ENOSPC},
            {SLUICE_OP_MQ_OPEN, 0, "/q", {CREATE | BOTH, 0, 1024, 1024}, 0, -SLUICE_ENOSPC},
            {SLUICE_OP_RING_OPEN, 0, "/r", {BOTH, 0, 64}, 0, -SLUICE_ENOENT},
            {SLUICE_OP_RING_OPEN, 0, "/r", {CREATE | BOTH}, 0, -SLUICE_EINVAL},
            {SLUICE_OP_PIPE_OPEN, 0, NULL, {0}, 0, -SLUICE_EINVAL},
            {SLUICE_OP_PIPE_OPEN, 0, NULL, {UINT32_MAX}, 0, -SLUICE_ENOSPC},
            {SLUICE_OP_PIPE_OPEN, 0, NULL, {BYTES / 2 + 1}, 0, -SLUICE_ENOSPC},
            {SLUICE_OP_FIFO_OPEN, 0, "f", {CREATE, 0, 1}, 0, -SLUICE_EINVAL},
            {SLUICE_OP_FIFO_OPEN, 0, "f", {BOTH, 0, 1}, 0, -SLUICE_ENOENT});
}

/* What open(2) does with a FIFO of which nobody has the other end. */
static void fifos(void)
{
    uint32_t fifo =
        made((struct call){SLUICE_OP_FIFO_OPEN, 0, "f", {CREATE | BOTH, 0600, 1}, 0, 0});
    check(simply(&me, SLUICE_OP_CLOSE, fifo) == 0);
    REFUSED("refusals: a FIFO without another end",
            {SLUICE_OP_FIFO_OPEN, 0, "f", {WRITE | NONBLOCK}, 0, -SLUICE_ENXIO},
            {SLUICE_OP_FIFO_OPEN, 0, "f", {WRITE}, 0, -SLUICE_EAGAIN},
            {SLUICE_OP_FIFO_OPEN, 0, "f", {CREATE | WRITE, 0, 1}, 0, -SLUICE_EAGAIN},
            {SLUICE_OP_FIFO_OPEN, 0, "new", {CREATE | READ, 0, 1}, 0, -SLUICE_EAGAIN},
            {SLUICE_OP_FIFO_OPEN, 0, "f", {READ}, 0, -SLUICE_EAGAIN});
    struct sluice_request alone = request_of(SLUICE_OP_FIFO_OPEN, 0, "f");
    alone.args[0] = WRITE | NONBLOCK;
    check(sluice_advance(&me, &alone) == -SLUICE_ENXIO); /* nor does it wait where it may */
    uint32_t reader = made((struct call){SLUICE_OP_FIFO_OPEN, 0, "f", {READ | NONBLOCK}, 0, 0});
    uint32_t writer = made((struct call){SLUICE_OP_FIFO_OPEN, 0, "f", {WRITE | NONBLOCK}, 0, 0});
    const struct call reads[] = {
        {SLUICE_OP_PIPE_READ, reader, NULL, {0}, 0, 0}, /* no room: nothing, not even a wait */
        {SLUICE_OP_PIPE_WRITE, writer, NULL, {0}, 0, 0},
        {SLUICE_OP_PIPE_READ, reader, NULL, {0}, 1, -SLUICE_EAGAIN},
        {SLUICE_OP_PIPE_READ, writer, NULL, {0}, 1, -SLUICE_EBADF},
        {SLUICE_OP_PIPE_WRITE, reader, NULL, {0}, 1, -SLUICE_EBADF},
        {SLUICE_OP_MQ_SEND, reader, NULL, {0}, 1, -SLUICE_EBADF},
    };
    refused(reads, sizeof(reads) / sizeof(*reads), "refusals: a FIFO's ends");
}

static uint32_t ticket_of(uint32_t handle)
{
    struct sluice_request r = request_of(SLUICE_OP_TICKET, handle, NULL);
    r.bytes = bytes;
    r.length = sizeof(bytes);
    int n = sluice_try(&me, &r);
    check(n == 16);
    return (uint32_t)n;
}

/* A ticket that was changed opens nothing; one of a writer meets nobody but at a FIFO. */
static void tickets(void)
{
    struct call open = {SLUICE_OP_OPEN_TICKET, 0, NULL, {0}, 0, 0};
    uint32_t queue =
        made((struct call){SLUICE_OP_MQ_OPEN, 0, "/q", {CREATE | WRITE, 0600, 1, 8}, 0, 0});
    const struct call takes[] = {
        {SLUICE_OP_TICKET, 0, NULL, {0}, 16, -SLUICE_EBADF},
        {SLUICE_OP_TICKET, queue, NULL, {0}, 15, -SLUICE_EMSGSIZE},
    };
    refused(takes, 2, "refusals: tickets of nothing, or into too little room");
    open.length = ticket_of(queue) - 1;
    check(call(&open) == -SLUICE_EINVAL);
    open.length++;
    for (uint32_t i = 0; i < open.length; i++) {
        bytes[i] ^= 0x40;
        check(call(&open) == -SLUICE_EINVAL);
        bytes[i] ^= 0x40;
    }
    check(call(&open) > 0 && out[0] == SLUICE_KIND_MESSAGE_QUEUE && out[3] == WRITE);
    uint32_t words[4];
    memcpy(words, bytes, sizeof(words));
    words[2] ^= CREATE; /* with its check made good: flags that no ticket has */
    words[3] ^= CREATE;
    memcpy(bytes, words, sizeof(words));
    check(call(&open) == -SLUICE_EINVAL);
    passed("refusals: a ticket that is not as it was written");
}

static void tickets_of_ends(void)
{
    struct call open = {SLUICE_OP_OPEN_TICKET, 0, NULL, {0}, 16, 0};
    struct call pipe = {SLUICE_OP_PIPE_OPEN, 0, NULL, {4096}, 0, 0};
    check(call(&pipe) == 0);
    uint32_t reader = out[0], writer = out[1];
    ticket_of(writer);
    check(call(&open) > 0 && out[0] == SLUICE_KIND_PIPE && out[1] == 4096 && out[3] == WRITE);
    ticket_of(reader);
    check(call(&open) > 0 && out[3] == READ);
    uint32_t fifo = made((struct call){SLUICE_OP_FIFO_OPEN, 0, "g", {CREATE | BOTH, 0, 1}, 0, 0});
    struct call half = {SLUICE_OP_FIFO_OPEN, 0, "g", {WRITE | NONBLOCK}, 0, 0};
    ticket_of(made(half));
    check(call(&open) > 0 && out[0] == SLUICE_KIND_FIFO && out[1] == 4096 && out[3] == WRITE);
    check(simply(&me, SLUICE_OP_CLOSE, fifo) == 0 && call(&open) == -SLUICE_ENXIO);
    passed("refusals: ... and one that is opens a pipe's end, a FIFO's where it is read");
}

/* It opens what it was made of, for that and nothing more, and tells its sizes. */
static void reopens(struct sluice *by, uint32_t handle, const uint32_t told[4])
{
    struct sluice_request r = request_of(SLUICE_OP_OPEN_TICKET, 0, NULL);
    struct sluice_object *o = sluice__handle_object(&me, sluice__handle_find(&me, handle));
    r.length = ticket_of(handle);
    r.bytes = bytes;
    int n = sluice_try(by, &r);
    check(n > 0 && memcmp(r.out, told, sizeof(r.out)) == 0);
    struct sluice_handle *opened = sluice__handle_find(by, (uint32_t)n);
    check(sluice__handle_object(by, opened) == o && load_relaxed(&opened->flags) == told[3]);
    /* none of its bits may change, nor the same bit of its flags and its place or its number */
    static const uint32_t which[] = {1, 2, 4, 8, 1 | 4, 2 | 4};
    uint32_t words[4];
    memcpy(words, bytes, sizeof(words));
    for (uint32_t bit = 0; bit < 32; bit++)
        for (uint32_t w = 0; w < sizeof(which) / sizeof(*which); w++) {
            uint32_t changed[4];
            for (uint32_t i = 0; i < 4; i++)
                changed[i] = words[i] ^ (which[w] >> i & 1) << bit;
            r.bytes = changed;
            check(sluice_try(by, &r) == -SLUICE_EINVAL);
        }
}

static void tickets_of_all(void)
{
    static struct sluice other; /* with no handle yet: the first one's index is 0 */
    join(&other, me.base, BYTES, 2);
    struct call room = {SLUICE_OP_TICKET, 0, NULL, {0}, 16, 0};
    struct call queue = {SLUICE_OP_MQ_OPEN, 0, "/t", {CREATE | WRITE, WRITE, 3, 17}, 0, 0};
    struct call ring = {SLUICE_OP_RING_OPEN, 0, "/t", {CREATE | READ, WRITE, 60, 8, 3}, 0, 0};
    struct call fifo = {SLUICE_OP_FIFO_OPEN, 0, "t", {CREATE | BOTH, 0, 4097}, 0, 0};
    struct call sem = {SLUICE_OP_SEM_OPEN, 0, "/t", {CREATE | READ, WRITE, 1}, 0, 0};
    reopens(&other, made(queue), (uint32_t[]){SLUICE_KIND_MESSAGE_QUEUE, 3, 17, WRITE});
    reopens(&other, made(ring), (uint32_t[]){SLUICE_KIND_RING, 64, 8, READ});
    reopens(&other, made(fifo), (uint32_t[]){SLUICE_KIND_FIFO, 8192, 0, BOTH});
    sem.handle = made(sem);
    reopens(&other, sem.handle, (uint32_t[]){SLUICE_KIND_SEMAPHORE, 0, 0, READ});
    room.handle = sem.handle;
    check(call(&room) == 16);
    struct sluice_handle *handle = sluice__handle_find(&me, sem.handle);
    uint32_t at = load_relaxed(&handle->object);
    store_relaxed(&handle->object, 8);
    check(call(&room) == -SLUICE_EUCLEAN);
    store_relaxed(&handle->object, at);
    leave(&other);
    passed("refusals: a ticket opens just what it was made of, and no bit of it may change");
}

int main(void)
{
    join(&me, new_region(BYTES, 2), BYTES, 1);
    check(open_sem(&me, NULL, 0, 0) > 0); /* its tables are there */
    names();
    zero_bytes();
    openings();
    fifos();
    tickets();
    tickets_of_ends();
    tickets_of_all();
    finish(&me, "refusals: nothing is left of them");
    return 0;
}
