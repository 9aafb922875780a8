/* A FIFO's end that comes by ticket: who waits for it in open is told. */
#include "world.h"

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

static void opened_by_ticket(uint32_t end)
{
    uint8_t bytes[16];
    void *base = new_region(BYTES, AGENTS);
    for (uint32_t i = 0; i < AGENTS; i++)
        join(&s[i], base, BYTES, i + 1);
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
    for (int i = 0; i < AGENTS; i++)
        check(sluice_detach(&s[i]) == 0);
    check(sound(&s[0]));
    free(base);
}

int main(void)
{
    opened_by_ticket(SLUICE_WRITE);
    opened_by_ticket(SLUICE_READ);
    passed("FIFO: an end that is opened by ticket lets in who waits for it");
    return 0;
}
