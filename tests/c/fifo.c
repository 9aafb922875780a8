/* A FIFO's ends: one that comes by ticket, one that its open has begun to take back. */
#include "world.h"

#include "reg/handle.h"
#include "reg/kind.h"

enum { BYTES = 64 << 10, AGENTS = 3 };

static struct sluice s[AGENTS];

static int opens(int who, uint32_t flags)
{
    struct sluice_request r = request_of(SLUICE_OP_FIFO_OPEN, 0, "f");
    r.args[0] = flags;
    r.args[2] = 4096;
    return sluice_advance(&s[who], &r);
}

static void closes(int who, int handle)
{
    struct sluice_request r = request_of(SLUICE_OP_CLOSE, (uint32_t)handle, NULL);
    check(sluice_advance(&s[who], &r) == 0);
}

static struct sluice_request ticket(uint32_t op, uint32_t handle, uint8_t *bytes)
{
    struct sluice_request r = request_of(op, handle, NULL);
    r.bytes = bytes;
    r.length = 16;
    return r;
}

static void begin(void)
{
    void *base = new_region(BYTES, AGENTS);
    for (uint32_t i = 0; i < AGENTS; i++) {
        join(&s[i], base, BYTES, i + 1);
        s[i].lock_tries = 1;
    }
}

static void all_leave(void)
{
    for (int i = 0; i < AGENTS; i++)
        check(sluice_detach(&s[i]) == 0);
    check(sound(&s[0]));
    free(s[0].base);
}

static void opened_by_ticket(uint32_t end)
{
    uint8_t bytes[16];
    begin();
    int reader = opens(0, SLUICE_CREATE | SLUICE_READ | SLUICE_NONBLOCK);
    int writer = opens(0, SLUICE_WRITE);
    check(reader > 0 && writer > 0);
    uint32_t given = (uint32_t)(end == SLUICE_READ ? reader : writer);
    struct sluice_request t = ticket(SLUICE_OP_TICKET, given, bytes);
    check(sluice_advance(&s[0], &t) == 16);
    closes(0, writer);
    closes(0, reader);
    struct sluice_request wait = request_of(SLUICE_OP_FIFO_OPEN, 0, "f");
    wait.args[0] = SLUICE_READ + SLUICE_WRITE - end;
    check(sluice_advance(&s[1], &wait) == -SLUICE_EAGAIN);
    sluice_bell_answer(&s[1]);
    t = ticket(SLUICE_OP_OPEN_TICKET, 0, bytes);
    check(sluice_advance(&s[2], &t) > 0);
    check(rung(&s[1]) && sluice_advance(&s[1], &wait) > 0);
    all_leave();
}

/* It is closed already, as far as readers and writers go, and not yet let go: an open that goes on lets it go, and takes another. */
static void taken_back_by_half(void)
{
    struct sluice *me = &s[1];
    begin();
    struct sluice_request wait = request_of(SLUICE_OP_FIFO_OPEN, 0, "f");
    wait.args[0] = SLUICE_CREATE | SLUICE_READ;
    wait.args[2] = 4096;
    check(sluice_advance(me, &wait) == -SLUICE_EAGAIN);
    uint32_t number = wait.out[3], kind;
    sluice__waiter_end(me, wait.waiter - 1, false);
    wait.waiter = 0;
    struct sluice_handle *handle = sluice__handle_find(me, number);
    struct sluice_object *o = sluice__object_at(me, load_relaxed(&handle->object), &kind);
    check(sluice__kind_close(me, o, kind, handle) == 0 && load_relaxed(&handle->flags) == 0);
    check(sluice__gate_lock(&s[2], &sluice__region(me)->names) == 0);
    check(sluice_try(me, &wait) == -SLUICE_EAGAIN && wait.out[3] == number);
    sluice__gate_unlock(&s[2], &sluice__region(me)->names);
    check(sluice_advance(me, &wait) == -SLUICE_EAGAIN && wait.out[3] != number);
    check(sluice__handle_find(me, number) == NULL);
    check(opens(2, SLUICE_WRITE) > 0 && sluice_advance(me, &wait) == (int)wait.out[3]);
    all_leave();
}

int main(void)
{
    opened_by_ticket(SLUICE_WRITE);
    opened_by_ticket(SLUICE_READ);
    passed("FIFO: an end that is opened by ticket lets in who waits for it");
    taken_back_by_half();
    passed("FIFO: an open that had begun to take its end back begins anew");
    return 0;
}
