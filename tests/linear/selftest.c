/*
 * Is the checker awake? Histories that some order explains, and histories that none does; then random ones, of
 * which trying every order must say the same.
 */
#include "linear.h"

#include "sluice.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    bool linear;
    const char *text;
} cases[] = {
    {"semaphore: a wait between a post's call and return", true,
     "history semaphore 0 0 0\n0 SEM_POST 0 = 0 @ 1 4 :\n1 SEM_WAIT 0 = 0 @ 2 3 :\nend\n"},
    {"semaphore: refused although posted before", false,
     "history semaphore 0 0 0\n0 SEM_POST 0 = 0 @ 1 2 :\n1 SEM_WAIT 0 = -11 @ 3 4 :\nend\n"},
    {"semaphore: one count for two", false,
     "history semaphore 1 0 0\n0 SEM_WAIT 0 = 0 @ 1 3 :\n1 SEM_WAIT 0 = 0 @ 2 4 :\nend\n"},
    {"semaphore: a value that went back", false,
     "history semaphore 0 0 0\n0 SEM_POST 0 = 0 @ 1 9 :\n1 SEM_VALUE 0 = 1 @ 2 3 :\n"
     "1 SEM_VALUE 0 = 0 @ 4 5 :\nend\n"},
    {"semaphore: a lost post took effect", true,
     "history semaphore 0 0 0\n0 SEM_POST 0 = lost @ 1 4294967295 :\n1 SEM_WAIT 0 = 0 @ 5 6 "
     ":\nend\n"},
    {"semaphore: a lost post took effect twice", false,
     "history semaphore 0 0 0\n0 SEM_POST 0 = lost @ 1 4294967295 :\n1 SEM_WAIT 0 = 0 @ 5 6 :\n"
     "1 SEM_WAIT 0 = 0 @ 7 8 :\nend\n"},
    {"semaphore: a lost post took effect after its settling", false,
     "history semaphore 0 0 0\n0 SEM_POST 0 = lost @ 1 3 :\n1 SEM_VALUE 0 = 0 @ 5 6 :\n"
     "1 SEM_VALUE 0 = 1 @ 7 8 :\nend\n"},
    {"semaphore: a timeout that took a count", false,
     "history semaphore 1 0 0\n0 SEM_WAIT 0 = -110 @ 1 4 :\n1 SEM_VALUE 0 = 0 @ 5 6 :\nend\n"},
    {"queue: not now, beside another", true,
     "history queue 2 0 0\n0 MQ_SEND 3 = -11 @ 1 4 : 7\n1 MQ_SEND 3 = 0 @ 2 3 : 8\nend\n"},
    {"queue: not now, alone", false, "history queue 2 0 0\n0 MQ_SEND 3 = -11 @ 1 4 : 7\nend\n"},
    {"queue: not now, a look beside a sender", true,
     "history queue 2 0 0\n0 MQ_SEND 3 = 0 @ 1 4 : 7\n1 MQ_ATTRIBUTES 0 = -11 @ 2 3 :\nend\n"},
    {"queue: not now, a look alone", false,
     "history queue 2 0 0\n1 MQ_ATTRIBUTES 0 = -11 @ 2 3 :\nend\n"},
    {"queue: the lower priority first", false,
     "history queue 2 0 0\n0 MQ_SEND 3 = 0 @ 1 2 : 7\n0 MQ_SEND 5 = 0 @ 3 4 : 8\n"
     "1 MQ_RECEIVE 3 = 4 @ 5 6 : 7\nend\n"},
    {"queue: the younger of one priority first", false,
     "history queue 2 0 0\n0 MQ_SEND 3 = 0 @ 1 2 : 7\n0 MQ_SEND 3 = 0 @ 3 4 : 8\n"
     "1 MQ_RECEIVE 3 = 4 @ 5 6 : 8\nend\n"},
    {"queue: the younger first, sent side by side", true,
     "history queue 2 0 0\n0 MQ_SEND 3 = 0 @ 1 4 : 7\n2 MQ_SEND 3 = 0 @ 2 3 : 8\n"
     "1 MQ_RECEIVE 3 = 4 @ 5 6 : 8\nend\n"},
    {"queue: sent into a full one", false,
     "history queue 1 0 0\n0 MQ_SEND 3 = 0 @ 1 2 : 7\n0 MQ_SEND 3 = 0 @ 3 4 : 8\nend\n"},
    {"queue: received twice", false,
     "history queue 2 0 0\n0 MQ_SEND 3 = 0 @ 1 2 : 7\n1 MQ_RECEIVE 3 = 4 @ 3 5 : 7\n"
     "2 MQ_RECEIVE 3 = 4 @ 4 6 : 7\nend\n"},
    {"names: two exclusive creators", false,
     "history names 0 0 0\n0 SEM_OPEN 3 = 9 @ 1 3 : 97 1 1\n1 SEM_OPEN 3 = 9 @ 2 4 : 97 2 "
     "2\nend\n"},
    {"names: two creators, one object", true,
     "history names 0 0 0\n0 SEM_OPEN 1 = 9 @ 1 3 : 97 1 2\n1 SEM_OPEN 1 = 9 @ 2 4 : 97 2 "
     "2\nend\n"},
    {"names: two creators, an object each", false,
     "history names 0 0 0\n0 SEM_OPEN 1 = 9 @ 1 3 : 97 1 1\n1 SEM_OPEN 1 = 9 @ 2 4 : 97 2 "
     "2\nend\n"},
    {"names: found what was unlinked before", false,
     "history names 0 0 0\n0 SEM_OPEN 1 = 9 @ 1 2 : 97 1 1\n0 UNLINK 0 = 0 @ 3 4 : 97\n"
     "1 SEM_OPEN 0 = 9 @ 5 6 : 97 2 1\nend\n"},
    {"pipe: a short write torn by another", false,
     "history pipe 8 1 2\n0 PIPE_WRITE 0 = 2 @ 1 3 : 1 1\n1 PIPE_WRITE 0 = 2 @ 2 4 : 2 2\n"
     "2 PIPE_READ 4 = 4 @ 5 6 : 1 2 1 2\nend\n"},
    {"pipe: part of a short write", false,
     "history pipe 8 1 1\n0 PIPE_WRITE 0 = 6 @ 1 2 : 1 1 1 1 1 1\n0 PIPE_WRITE 0 = 2 @ 3 4 : 2 2 "
     "2\nend\n"},
    {"pipe: a long write cut by what is free", true,
     "history pipe 8 1 1\n0 PIPE_WRITE 0 = 8 @ 1 2 : 1 1 1 1 1 1 1 1 2\n1 PIPE_READ 2 = 2 @ 3 4 : "
     "1 1\nend\n"},
    {"pipe: the end of file, a byte left", false,
     "history pipe 8 1 1\n0 PIPE_WRITE 0 = 1 @ 1 2 : 1\n0 CLOSE 8 = 0 @ 3 4 :\n1 PIPE_READ 4 = 0 @ "
     "5 6 :\nend\n"},
    {"pipe: the end of file, a writer left", false,
     "history pipe 8 1 2\n0 CLOSE 8 = 0 @ 1 2 :\n1 PIPE_READ 4 = 0 @ 3 4 :\nend\n"},
    {"pipe: EPIPE beside the reader's close", true,
     "history pipe 8 1 1\n0 CLOSE 4 = 0 @ 1 4 :\n1 PIPE_WRITE 0 = -32 @ 2 3 : 1\nend\n"},
    {"pipe: written, all readers closed", false,
     "history pipe 8 1 1\n0 CLOSE 4 = 0 @ 1 2 :\n1 PIPE_WRITE 0 = 1 @ 3 4 : 1\nend\n"},
    {"ring of bytes: out of order", false,
     "history ring-bytes 64 0 0\n0 RING_SEND 0 = 0 @ 1 2 : 264\n0 RING_SEND 0 = 0 @ 3 4 : 520\n"
     "1 RING_RECEIVE 0 = 8 @ 5 6 : 520\nend\n"},
    {"ring of bytes: refused by what is left before its end", true,
     "history ring-bytes 64 0 0\n0 RING_SEND 0 = 0 @ 1 2 : 280\n0 RING_SEND 0 = 0 @ 3 4 : 536\n"
     "0 RING_SEND 0 = -11 @ 5 6 : 776\nend\n"},
    {"ring of bytes: full although there is room", false,
     "history ring-bytes 64 0 0\n0 RING_SEND 0 = 0 @ 1 2 : 280\n0 RING_SEND 0 = -11 @ 3 4 : "
     "776\nend\n"},
    {"ring of bytes: a record of an aborted claim", false,
     "history ring-bytes 64 0 0\n0 RING_CLAIM 8 = 1 @ 1 2 :\n0 RING_ABORT 1 = 0 @ 3 4 :\n"
     "1 RING_RECEIVE 0 = 8 @ 5 6 : 264\nend\n"},
    {"ring of bytes: a record beside its commit", true,
     "history ring-bytes 64 0 0\n0 RING_CLAIM 8 = 1 @ 1 2 :\n0 RING_COMMIT 1 = 0 @ 3 6 : 264\n"
     "1 RING_RECEIVE 0 = 8 @ 4 5 : 264\nend\n"},
    {"ring of bytes: a batch that looked before room came back", true,
     "history ring-bytes 64 0 0\n0 RING_SEND 0 = 0 @ 1 2 : 280\n0 RING_SEND 0 = 0 @ 3 4 : 536\n"
     "0 RING_SEND_MANY 0 = 2 @ 5 12 : 264 520 776\n1 RING_RECEIVE 0 = 24 @ 6 7 : 280\n"
     "1 RING_RECEIVE 0 = 24 @ 8 9 : 536\n1 RING_RECEIVE 0 = -11 @ 10 11 :\nend\n"},
    {"ring of bytes: a batch that looked after room came back", false,
     "history ring-bytes 64 0 0\n0 RING_SEND 0 = 0 @ 1 2 : 280\n0 RING_SEND 0 = 0 @ 3 4 : 536\n"
     "0 RING_SEND_MANY 0 = 2 @ 11 12 : 264 520 776\n1 RING_RECEIVE 0 = 24 @ 6 7 : 280\n"
     "1 RING_RECEIVE 0 = 24 @ 8 9 : 536\nend\n"},
    {"ring of cells: one claim ended twice", false,
     "history ring-cells 2 0 0\n0 RING_CLAIM 8 = 1 @ 1 2 :\n0 RING_COMMIT 1 = 0 @ 3 4 : 5\n"
     "0 RING_ABORT 1 = 0 @ 5 6 :\nend\n"},
    {"ring of cells: room that a claim holds", false,
     "history ring-cells 1 0 0\n0 RING_CLAIM 8 = 1 @ 1 2 :\n1 RING_SEND 0 = 0 @ 3 4 : 5\nend\n"},
    {"ring of cells: a peeked record goes back to the front", true,
     "history ring-cells 2 0 0\n0 RING_SEND_MANY 0 = 2 @ 1 2 : 5 6\n1 RING_PEEK 0 = 1 @ 3 4 : 5\n"
     "1 CLOSE 4 = 0 @ 5 6 :\n2 RING_RECEIVE_MANY 4 = 2 @ 7 8 : 5 6\nend\n"},
    {"ring of cells: a peeked record lost", false,
     "history ring-cells 2 0 0\n0 RING_SEND_MANY 0 = 2 @ 1 2 : 5 6\n1 RING_PEEK 0 = 1 @ 3 4 : 5\n"
     "1 CLOSE 4 = 0 @ 5 6 :\n2 RING_RECEIVE_MANY 4 = 1 @ 7 8 : 6\nend\n"},
};

static bool judge(const char *text)
{
    static struct linear_history h;
    FILE *from = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
    bool good = linear_read(from, &h) && linear_check(&h);
    fclose(from);
    return good;
}

/* Every order, with nothing remembered: the definition. For histories of attempts that nothing hinders. */
static bool any_order(const struct linear_history *h, unsigned done, struct linear_state state)
{
    if (done == (1u << h->count) - 1)
        return true;
    for (uint32_t i = 0; i < h->count; i++) {
        bool first = !(done >> i & 1);
        for (uint32_t j = 0; j < h->count; j++)
            first &= j == i || (done >> j & 1) || h->ops[j].end > h->ops[i].begin;
        struct linear_state next = state;
        if (!first)
            continue;
        bool took = h->spec->apply(&next, &h->ops[i], false);
        if ((took && any_order(h, done | 1u << i, next)) ||
            (h->ops[i].lost && any_order(h, done | 1u << i, state)))
            return true;
    }
    return false;
}

static uint32_t below(uint32_t *seed, uint32_t n)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) % n;
}

/* Two or three agents with two operations each; times at random, results often impossible. */
static void random_history(struct linear_history *h, uint32_t *seed)
{
    static const uint32_t ops[2][3] = {
        {SLUICE_OP_SEM_WAIT, SLUICE_OP_SEM_POST, SLUICE_OP_SEM_VALUE},
        {SLUICE_OP_RING_SEND, SLUICE_OP_RING_RECEIVE, SLUICE_OP_RING_RECEIVE}};
    bool ring = below(seed, 2);
    memset(h, 0, sizeof(*h));
    h->spec = ring ? &linear_ring_bytes : &linear_semaphore;
    h->params[0] = ring ? 64 : below(seed, 2);
    for (uint32_t agent = 0; agent < 3; agent++) {
        uint32_t clock = agent;
        for (uint32_t i = 0; i < 2; i++) {
            struct linear_op *op = &h->ops[h->count++];
            *op = (struct linear_op){.agent = agent, .op = ops[ring][below(seed, 3)]};
            op->begin = clock += 3 * below(seed, 4) + 3;
            op->end = clock += 3 * below(seed, 6) + 3;
            op->lost = i == 1 && below(seed, 4) == 0;
            op->end = op->lost ? LINEAR_NEVER : op->end;
            op->result = below(seed, 3) ? 0 : below(seed, 2) ? -SLUICE_EAGAIN : 1;
            op->count = 1;
            op->values[0] = 0x120 + below(seed, 2) * 0x100;
        }
    }
}

int main(void)
{
    static struct linear_history h;
    uint32_t seed = 1, yes = 0, bad = 0;
    const uint32_t rounds = 200000;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        bool good = judge(cases[i].text) == cases[i].linear;
        printf("%s linear: %s: %s\n", good ? "ok" : "not ok", cases[i].name,
               cases[i].linear ? "some order" : "none");
        bad += !good;
    }
    for (uint32_t i = 0; i < rounds && bad == 0; i++) {
        struct linear_state state = {{0}};
        random_history(&h, &seed);
        h.spec->start(&state, h.params);
        bool expected = any_order(&h, 0, state);
        yes += expected;
        if (linear_check(&h) != expected) {
            linear_print(stdout, &h);
            printf("# every order: %s\n", expected ? "some" : "none");
            bad++;
        }
    }
    bad += yes < rounds / 100 || yes > rounds - rounds / 100;
    printf("%s linear: %u random histories as by trying every order, %u of them linearizable\n",
           bad ? "not ok" : "ok", rounds, yes);
    return bad != 0;
}
