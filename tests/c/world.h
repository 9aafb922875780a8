/* What the C tests share: checks that print, a region in memory, requests that block. */
#ifndef WORLD_H
#define WORLD_H

#include "prim/event.h"
#include "prim/heap.h"
#include "prim/table.h"
#include "reg/agent.h"
#include "reg/name.h"
#include "sluice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define check(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("not ok %s:%d: %s\n", __FILE__, __LINE__, #condition);                          \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

static inline void passed(const char *name)
{
    printf("ok %s\n", name);
    fflush(stdout);
}

/* So many bytes of zeros with as many as `guard` on both sides that nobody may touch; whole pages. */
static inline uint8_t *guarded(size_t bytes, size_t guard)
{
    uint8_t *all = mmap(NULL, bytes + 2 * guard, PROT_NONE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    check(all != MAP_FAILED && mprotect(all + guard, bytes, PROT_READ | PROT_WRITE) == 0);
    return all + guard;
}

static inline void *new_region(uint32_t bytes, uint32_t agents)
{
    void *base = aligned_alloc(64, bytes);
    memset(base, 0, bytes);
    check(sluice_format(base, bytes, agents, 0) == 0);
    return base;
}

static inline void join(struct sluice *s, void *base, uint32_t bytes, uint32_t owner)
{
    check(sluice_attach(s, base, bytes, owner, 0, 0) == 0);
}

static inline struct sluice_request request_of(uint32_t op, uint32_t handle, const char *name)
{
    struct sluice_request r = {.op = op, .handle = handle, .name = name};
    r.name_length = name ? (uint32_t)strlen(name) : 0;
    return r;
}

static inline uint32_t bytes_free(struct sluice *s)
{
    return load_relaxed(&sluice__region(s)->heap.free_bytes);
}

/* What the heap gives next is not zero by itself. */
static inline void soil(struct sluice *s)
{
    struct sluice_au32 *word = &s->me->desk;
    uint32_t bytes = bytes_free(s) / 2;
    check(sluice__heap_take(s, word, bytes, 0) == 0);
    memset(sluice__at(s, load_relaxed(word)), 0xa5, bytes);
    check(sluice__heap_give(s, word) == 0);
}

/* Between two steps: nobody is dead and unsettled, no lock is held. */
static inline bool sound(struct sluice *s)
{
    return sluice__heap_valid(s) && sluice__names_valid(s) && sluice__agents_valid(s);
}

/* A gate and words of the test's own. In the region: the journal can only undo what lies there. */
struct bench {
    struct sluice_gate gate;
    struct sluice_au32 words[SLUICE_JOURNAL];
};

/* On this agent's desk, so that it goes with the agent. */
static inline struct bench *new_bench(struct sluice *s)
{
    check(sluice__heap_take(s, &s->me->desk, sizeof(struct bench), sizeof(struct bench)) == 0);
    return sluice__at(s, load_relaxed(&s->me->desk));
}

static inline struct sluice_waiter *new_waiter(struct sluice *s)
{
    int index = sluice__waiter_new(s);
    check(index >= 0);
    return sluice__waiter(s, (uint32_t)index);
}

static inline bool rung(struct sluice *s)
{
    return load_acquire(&s->me->bell) == SLUICE_BELL_RUNG;
}

/* A lost wake-up ends the test instead of hanging it. */
static inline void sleep_until_rung(struct sluice *s)
{
    if (sluice__bell_arm(s))
        check(port_park(&s->me->bell, SLUICE_BELL_ASLEEP, port_now_ns() + 30000000000));
}

/* Sleeps on the bell until the request is done or the deadline has come (-ETIMEDOUT). */
static inline int wait_for(struct sluice *s, struct sluice_request *r, int64_t deadline_ns)
{
    for (;;) {
        sluice_bell_answer(s);
        while (sluice_ready(s) != 0)
            ;
        int n = sluice_advance(s, r);
        if (n != -SLUICE_EAGAIN && n != SLUICE_STALLED)
            return n;
        bool in_time = true;
        while (in_time && sluice_bell_arm(s))
            in_time = port_park(&s->me->bell, SLUICE_BELL_ASLEEP, deadline_ns);
        if (!in_time) {
            sluice_cancel(s, r);
            return -SLUICE_ETIMEDOUT;
        }
    }
}

/* A request that waits for no more than a lock. */
static inline int simply(struct sluice *s, uint32_t op, uint32_t handle)
{
    struct sluice_request r = request_of(op, handle, NULL);
    return wait_for(s, &r, PORT_FOREVER);
}

static inline int open_sem(struct sluice *s, const char *name, uint32_t flags, uint32_t value)
{
    struct sluice_request r = request_of(SLUICE_OP_SEM_OPEN, 0, name);
    r.args[0] = flags;
    r.args[1] = 0600;
    r.args[2] = value;
    return wait_for(s, &r, PORT_FOREVER);
}

static inline void leave(struct sluice *s)
{
    while (sluice_detach(s) == SLUICE_STALLED)
        port_pause(1);
}

static inline struct sluice_gate *heap_gate(struct sluice *s)
{
    return &sluice__region(s)->heap.gate;
}

/* The end of a case: its region is sound, and goes. */
static inline void finish(struct sluice *s, const char *name)
{
    check(sound(s));
    free(s->base);
    passed(name);
}

#endif
