/* What requests answer: each word that they document, and no other; what is just allowed; whom a wait waits for. */
#include "world.h"

#include "api/op.h"
#include "obj/psem.h"
#include "reg/handle.h"

enum { BYTES = 1 << 20, AGENTS = 4, ANY = 0x7fffffff };
enum { READ = SLUICE_READ, WRITE = SLUICE_WRITE, BOTH = READ | WRITE, CREATE = SLUICE_CREATE };

static struct sluice me, other;
static uint8_t bytes[4096], others[4096];

static void begin(void)
{
    void *base = new_region(BYTES, AGENTS);
    join(&me, base, BYTES, 1);
    join(&other, base, BYTES, 2);
    check(open_sem(&me, NULL, 0, 0) > 0); /* its tables are there */
}

struct call {
    uint32_t op, handle;
    const char *name;
    uint32_t args[5];
    uint32_t length; /* of the bytes */
    int expected;    /* ANY: a handle */
    uint32_t out[4];
};

static struct sluice_request request(const struct call *c)
{
    struct sluice_request r = request_of(c->op, c->handle, c->name);
    memcpy(r.args, c->args, sizeof(c->args));
    r.bytes = bytes;
    r.length = c->length;
    return r;
}

static int ask(struct call c)
{
    struct sluice_request r = request(&c);
    r.bytes = others;
    return sluice_try(&me, &r);
}

static uint32_t made(struct call c)
{
    int n = ask(c);
    check(n > 0);
    return (uint32_t)n;
}

static void answered(const struct call *calls, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        struct sluice_request r = request(&calls[i]);
        bool tried = i % 2 != 0; /* where nothing waits it is the same */
        int n = tried ? sluice_try(&me, &r) : sluice_advance(&me, &r);
        if (calls[i].op == SLUICE_OP_FIFO_OPEN && n > 0)
            r.out[3] = 0; /* the core's own */
        bool same = calls[i].expected == ANY ? n > 0 : n == calls[i].expected;
        if (!same || memcmp(r.out, calls[i].out, sizeof(r.out)) != 0)
            printf("# %s: call %zu answers %d: %u %u %u %u\n", name, i, n, r.out[0], r.out[1],
                   r.out[2], r.out[3]);
        check(same && memcmp(r.out, calls[i].out, sizeof(r.out)) == 0);
        check(load_relaxed(&me.me->building) == 0 && sound(&me));
    }
    passed(name);
}
#define ANSWERED(name, ...)                                                                        \
    do {                                                                                           \
        const struct call calls[] = {__VA_ARGS__};                                                 \
        answered(calls, sizeof(calls) / sizeof(*calls), name);                                     \
    } while (0)

/* The second time it is there already: what it was made with counts. */
static void openings(void)
{
    const uint32_t most = SLUICE_SEM_VALUE_MAX;
    ANSWERED("answers: an opening tells the sizes of what it opened, and nothing else",
             {SLUICE_OP_SEM_OPEN, 0, "/s", {CREATE, 0600, most}, 0, ANY, {0}},
             {SLUICE_OP_SEM_OPEN, 0, "/s", {0}, 0, ANY, {0}},
             {SLUICE_OP_SEM_OPEN, 0, NULL, {0, 0, 1}, 0, ANY, {0}},
             {SLUICE_OP_MQ_OPEN, 0, "/q", {CREATE | READ, 0600, 3, 17}, 0, ANY, {3, 17}},
             {SLUICE_OP_MQ_OPEN, 0, "/q", {WRITE, 0, 9, 9}, 0, ANY, {3, 17}},
             {SLUICE_OP_FIFO_OPEN, 0, "f", {CREATE | BOTH, 0600, 4097}, 0, ANY, {8192}},
             {SLUICE_OP_FIFO_OPEN, 0, "f", {READ, 0, 9}, 0, ANY, {8192}},
             {SLUICE_OP_RING_OPEN, 0, "/r", {CREATE | BOTH, 0600, 60, 8, 3}, 0, ANY, {64, 8, 3}},
             {SLUICE_OP_RING_OPEN, 0, "/r", {READ, 0, 9, 9, 9}, 0, ANY, {64, 8, 3}},
             {SLUICE_OP_RING_OPEN, 0, NULL, {BOTH, 0, 60}, 0, ANY, {64, 28, 0}},
             {SLUICE_OP_MQ_OPEN,
              0,
              "/q",
              {CREATE | SLUICE_EXCLUSIVE | READ, 0, 1, 1},
              0,
              -SLUICE_EEXIST,
              {0}},
             {SLUICE_OP_SEM_OPEN, 0, "/s", {CREATE | SLUICE_EXCLUSIVE, 0}, 0, -SLUICE_EEXIST, {0}},
             {SLUICE_OP_SEM_OPEN, 0, "/none", {BOTH, 0, 0}, 0, -SLUICE_ENOENT, {0}});
    int n = open_sem(&me, "/s", 0, 0);
    check(simply(&me, SLUICE_OP_SEM_VALUE, (uint32_t)n) == (int)most);
    struct sluice_object *o = sluice__handle_object(&me, sluice__handle_find(&me, (uint32_t)n));
    check(load_relaxed(&o->name) == sluice__offset(&me, o) + sizeof(struct sluice_psem));
    store_relaxed(&((struct sluice_psem *)o)->value, most + 1);
    check(simply(&me, SLUICE_OP_SEM_VALUE, (uint32_t)n) == -SLUICE_EUCLEAN);
    free(me.base);
}

/* A handle of each kind, none opened with SLUICE_CREATE. */
static struct {
    uint32_t sem, reads_queue, writes_queue, reader, writer, ring;
} h;

static void objects(void)
{
    struct call pipe = {SLUICE_OP_PIPE_OPEN, 0, NULL, {100}, 0, 0, {0}};
    struct sluice_request r = request(&pipe);
    begin();
    made((struct call){SLUICE_OP_MQ_OPEN, 0, "/q", {CREATE | READ, 0, 1, 8}, 0, 0, {0}});
    h.reads_queue = made((struct call){SLUICE_OP_MQ_OPEN, 0, "/q", {READ}, 0, 0, {0}});
    h.writes_queue = made((struct call){SLUICE_OP_MQ_OPEN, 0, "/q", {WRITE}, 0, 0, {0}});
    h.sem = made((struct call){SLUICE_OP_SEM_OPEN, 0, NULL, {0, 0, 0}, 0, 0, {0}});
    h.ring = made((struct call){SLUICE_OP_RING_OPEN, 0, NULL, {BOTH, 0, 64, 8, 3}, 0, 0, {0}});
    check(sluice_try(&me, &r) == 0 && r.out[2] == 4096 && r.out[3] == 0);
    h.reader = r.out[0];
    h.writer = r.out[1];
}

static void contents(void)
{
    objects();
    ANSWERED("answers: attributes through either end, and just what is in it",
             {SLUICE_OP_SEM_VALUE, h.sem, NULL, {0}, 0, 0, {0}},
             {SLUICE_OP_MQ_ATTRIBUTES, h.writes_queue, NULL, {0}, 0, 0, {1, 8, 0}},
             {SLUICE_OP_MQ_SEND, h.writes_queue, NULL, {9}, 5, 0, {0}},
             {SLUICE_OP_MQ_ATTRIBUTES, h.reads_queue, NULL, {0}, 0, 0, {1, 8, 1}},
             {SLUICE_OP_MQ_RECEIVE, h.reads_queue, NULL, {0}, 8, 5, {9}},
             {SLUICE_OP_PIPE_WRITE, h.writer, NULL, {0}, 10, 10, {0}},
             {SLUICE_OP_PIPE_ATTRIBUTES, h.reader, NULL, {0}, 0, 0, {4096, 10}},
             {SLUICE_OP_PIPE_READ, h.reader, NULL, {0}, 3, 3, {0}},
             {SLUICE_OP_PIPE_ATTRIBUTES, h.writer, NULL, {0}, 0, 0, {4096, 7}},
             {SLUICE_OP_RING_SEND, h.ring, NULL, {0}, 5, 0, {0}},
             {SLUICE_OP_RING_SEND, h.ring, NULL, {0}, 8, 0, {0}},
             {SLUICE_OP_RING_ATTRIBUTES, h.ring, NULL, {0}, 0, 0, {64, 8, 2, 16}},
             {SLUICE_OP_RING_RECEIVE, h.ring, NULL, {0}, 8, 5, {0}},
             {SLUICE_OP_RING_ATTRIBUTES, h.ring, NULL, {0}, 0, 0, {64, 8, 1, 8}},
             {SLUICE_OP_RING_RECEIVE_MANY, h.ring, NULL, {1}, 16, 1, {12}},
             {SLUICE_OP_MQ_SEND, h.reads_queue, NULL, {0}, 1, -SLUICE_EBADF, {0}},
             {SLUICE_OP_MQ_RECEIVE, h.writes_queue, NULL, {0}, 8, -SLUICE_EBADF, {0}});
    finish(&me, "answers: all of it was sound");
}

/* No request takes a handle of another family. */
static void other_kinds(void)
{
    static const uint32_t ops[] = {
#define X(name, number) number,
#include "sluice_ops.def"
#undef X
    };
    objects();
    const uint32_t handles[] = {h.sem, h.reads_queue, h.reader, h.ring};
    for (size_t i = 0; i < sizeof(ops) / sizeof(*ops); i++) {
        bool opens = ops[i] % 16 == 0 || ops[i] == SLUICE_OP_FIFO_OPEN;
        for (uint32_t family = 1; family <= 4 && ops[i] > 16 && !opens; family++)
            if (ops[i] / 16 != family)
                check(
                    ask((struct call){.op = ops[i], .handle = handles[family - 1], .length = 1}) ==
                    -SLUICE_EBADF);
        check(opens || ops[i] < 16 || simply(&me, ops[i], 0) == -SLUICE_EBADF);
    }
    struct sluice_object *object = sluice__handle_object(&me, sluice__handle_find(&me, h.sem));
    store_relaxed(&object->kind, SLUICE_KIND_SEMAPHORE + 32); /* a kind that never was */
    check(simply(&me, SLUICE_OP_SEM_POST, h.sem) == 0); /* who looked before needs not look again */
    memset(me.found, 0, sizeof(me.found));
    check(simply(&me, SLUICE_OP_SEM_POST, h.sem) == -SLUICE_EBADF);
    store_relaxed(&object->kind, SLUICE_KIND_SEMAPHORE);
    check(sluice__op_object(&me, h.ring, 1u << SLUICE_KIND_SEMAPHORE, 0, &object) != 0);
    check(object == NULL);
    finish(&me, "answers: a handle of another kind is EBADF, and there is no object");
}

#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X250 X50 X50 X50 X50 X50

static int named(uint32_t op, const char *name, uint32_t length)
{
    struct sluice_request r = request_of(op, 0, name);
    r.name_length = length;
    r.args[0] = CREATE | BOTH;
    r.args[2] = r.args[3] = 1;
    return sluice_try(&me, &r);
}

static void names(void)
{
    begin();
    check(named(SLUICE_OP_SEM_OPEN, "/x" X250, 252) > 0 && named(SLUICE_OP_SEM_OPEN, "/x", 2) > 0);
    check(named(SLUICE_OP_MQ_OPEN, "/x" X250, 252) > 0);
    check(named(SLUICE_OP_FIFO_OPEN, "xxxxx" X250, 255) > 0);
    check(named(SLUICE_OP_FIFO_OPEN, "/x/x", 4) > 0 && named(SLUICE_OP_FIFO_OPEN, "x", 1) > 0);
    /* a name ends with its length, whatever comes then */
    check(named(SLUICE_OP_SEM_OPEN, "/yz", 2) > 0);
    struct sluice_request r = request_of(SLUICE_OP_SEM_OPEN, 0, "/yabc");
    r.name_length = 2;
    check(sluice_try(&me, &r) > 0);
    static const char *const none[] = {"//", "/x/", "/\0", "/x\0", "x/"};
    for (uint32_t i = 0; i < sizeof(none) / sizeof(*none); i++)
        check(named(SLUICE_OP_SEM_OPEN, none[i], i == 1 || i == 3 ? 3 : 2) == -SLUICE_EINVAL);
    check(named(SLUICE_OP_FIFO_OPEN, "\0x", 2) == -SLUICE_EINVAL);
    check(named(SLUICE_OP_FIFO_OPEN, "x\0", 2) == -SLUICE_EINVAL);
    finish(&me, "answers: the longest names, the shortest, and those with one byte that is none");
}

/* It hangs; the other request is what it waits for. */
static void waits(struct call first, struct call then)
{
    struct sluice_request r = request(&first);
    check(sluice_advance(&me, &r) == -SLUICE_EAGAIN && r.waiter != 0);
    struct sluice_waiter *w = sluice__waiter(&me, r.waiter - 1);
    check(!sluice__waiter_marked(w) && ask(then) >= 0);
    check(sluice__waiter_marked(w));
    int n = sluice_advance(&me, &r);
    check(n >= 0 && r.waiter == 0 && load_relaxed(&w->state) % 4 == SLUICE_WAITER_FREE);
}

static void told(void)
{
    objects(); /* one message, or 4096 bytes, and it is full: nobody else could go on */
    struct call send = {SLUICE_OP_MQ_SEND, h.writes_queue, NULL, {0}, 8, 0, {0}};
    struct call receive = {SLUICE_OP_MQ_RECEIVE, h.reads_queue, NULL, {0}, 8, 0, {0}};
    struct call notify = {SLUICE_OP_MQ_NOTIFY, h.writes_queue, NULL, {0}, 0, 0, {0}};
    struct call write = {SLUICE_OP_PIPE_WRITE, h.writer, NULL, {0}, 4096, 0, {0}};
    struct call read = {SLUICE_OP_PIPE_READ, h.reader, NULL, {0}, 4096, 0, {0}};
    waits((struct call){.op = SLUICE_OP_SEM_WAIT, .handle = h.sem},
          (struct call){.op = SLUICE_OP_SEM_POST, .handle = h.sem});
    waits(receive, send);
    check(ask(notify) == -SLUICE_EAGAIN);
    waits(notify, send);
    check(ask(send) == -SLUICE_EAGAIN);
    waits(send, receive);
    waits(read, write);
    check(ask(write) == 4096);
    waits(write, read);
    check(ask(read) == 4096);
    waits(read, (struct call){.op = SLUICE_OP_CLOSE, .handle = h.writer});
    finish(&me,
           "answers: who waits at a semaphore, a queue or a pipe is told by what it waits for");
}

/* A ring of one record: each way to wait for it. */
static void told_at_rings(void)
{
    static const uint32_t receives[] = {SLUICE_OP_RING_RECEIVE, SLUICE_OP_RING_RECEIVE_MANY,
                                        SLUICE_OP_RING_PEEK};
    static const uint32_t sends[] = {SLUICE_OP_RING_SEND, SLUICE_OP_RING_SEND_MANY,
                                     SLUICE_OP_RING_CLAIM};
    for (uint32_t i = 0; i < 3; i++) {
        objects();
        struct call ring = {SLUICE_OP_RING_OPEN, 0, NULL, {BOTH, 0, 8, 8, 3}, 0, 0, {0}};
        uint32_t first = made(ring), second = made(ring);
        struct call send = {.op = SLUICE_OP_RING_SEND, .handle = first, .length = 8};
        memset(bytes, 0, sizeof(bytes));
        waits((struct call){receives[i], first, NULL, {1}, 16, 0, {0}}, send);
        send.handle = second;
        check(ask(send) == 0);
        bytes[0] = 4; /* as a frame: its length */
        waits((struct call){sends[i], second, NULL, {4}, 8, 0, {0}},
              (struct call){.op = SLUICE_OP_RING_RECEIVE, .handle = second, .length = 8});
        free(me.base);
    }
    passed("answers: who waits at a ring is told by what it waits for");
}

/* Room that is a part of the region, and what stood there when it was committed. */
static void rooms(void)
{
    objects();
    struct sluice_request claim = request_of(SLUICE_OP_RING_CLAIM, h.ring, NULL);
    claim.args[0] = 4;
    int n = sluice_try(&me, &claim);
    check(n > 0 && claim.out[1] == 4);
    memcpy(me.base + claim.out[0], "abcd", 4);
    struct call end = {SLUICE_OP_RING_COMMIT, h.ring, NULL, {(uint32_t)n, 3}, 0, 0, {0}};
    check(ask(end) == 0);
    struct sluice_request peek = request_of(SLUICE_OP_RING_PEEK, h.ring, NULL);
    n = sluice_try(&me, &peek);
    check(n > 0 && peek.out[1] == 3 && memcmp(me.base + peek.out[0], "abc", 3) == 0);
    end = (struct call){SLUICE_OP_RING_RELEASE, h.ring, NULL, {(uint32_t)n}, 0, 0, {0}};
    check(ask(end) == 0 && ask(end) == -SLUICE_EINVAL);
    struct sluice_object *o = sluice__handle_object(&me, sluice__handle_find(&me, h.ring));
    store_relaxed(&o->damaged, 1);
    check(simply(&me, SLUICE_OP_RING_ATTRIBUTES, h.ring) == -SLUICE_EUCLEAN);
    finish(&me, "answers: a claim's room, committed in part, is the record that is looked at");
}

/* Sizes whose bytes are more than 32 bits can say. */
static void too_large(void)
{
    begin();
    ANSWERED(
        "answers: what is larger than any region is ENOSPC",
        {SLUICE_OP_RING_OPEN, 0, NULL, {BOTH, 0, 0x80000000u, 1, 3}, 0, -SLUICE_ENOSPC, {0}},
        {SLUICE_OP_RING_OPEN, 0, NULL, {BOTH, 0, 0x80000000u, 0, 0}, 0, -SLUICE_ENOSPC, {0}},
        {SLUICE_OP_RING_OPEN, 0, NULL, {BOTH, 0, BYTES, 0, 0}, 0, -SLUICE_ENOSPC, {0}},
        {SLUICE_OP_MQ_OPEN,
         0,
         "/q",
         {CREATE | BOTH, 0, UINT32_MAX, UINT32_MAX},
         0,
         -SLUICE_ENOSPC,
         {0}},
        {SLUICE_OP_MQ_OPEN, 0, "/q", {CREATE | BOTH, 0, 1, UINT32_MAX}, 0, -SLUICE_ENOSPC, {0}},
        {SLUICE_OP_MQ_OPEN, 0, "/q", {CREATE | BOTH, 0, UINT32_MAX, 1}, 0, -SLUICE_ENOSPC, {0}});
    free(me.base);
}

int main(void)
{
    begin();
    openings();
    contents();
    other_kinds();
    names();
    told();
    told_at_rings();
    rooms();
    too_large();
    return 0;
}
