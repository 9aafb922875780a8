/* What tests share that ask who is told: agents, what each of them waits for, one thread. */
#ifndef WAITING_H
#define WAITING_H

#include "ring_world.h"

#include "obj/mqueue.h"

enum { AGENTS = 6 };

static struct sluice s[AGENTS];
static struct sluice_request waiting[AGENTS];
static uint8_t bytes[AGENTS][8192];

static inline void begin(void)
{
    void *base = new_region(BYTES, AGENTS);
    memset(waiting, 0, sizeof(waiting));
    for (uint32_t i = 0; i < AGENTS; i++)
        join(&s[i], base, BYTES, i + 1);
    soil(&s[0]);
}

static inline void over(void)
{
    for (int i = 0; i < AGENTS; i++)
        check(waiting[i].waiter == 0 || sluice_cancel(&s[i], &waiting[i]) == 0);
    check(sound(&s[0]));
    free(s[0].base);
}

static inline void done(const char *name)
{
    over();
    passed(name);
}

static inline struct sluice_object *object(uint32_t handle)
{
    return sluice__handle_object(&s[0], sluice__handle_find(&s[0], handle));
}

static inline void hangs(int who, uint32_t op, uint32_t handle, uint32_t length)
{
    waiting[who] = moving(op, handle, bytes[who], length);
    check(sluice_advance(&s[who], &waiting[who]) == -SLUICE_EAGAIN);
}

static inline bool is_told(int who)
{
    return sluice__waiter_marked(sluice__waiter(&s[who], waiting[who].waiter - 1));
}

/* He is told, and goes on: what comes of it. */
static inline int told(int who)
{
    check(is_told(who));
    return sluice_advance(&s[who], &waiting[who]);
}

static inline uint32_t open_queue(int who)
{
    struct sluice_request r = request_of(SLUICE_OP_MQ_OPEN, 0, "/q");
    r.args[0] = BOTH | SLUICE_CREATE;
    r.args[2] = 2;
    r.args[3] = 8;
    int n = sluice_try(&s[who], &r);
    check(n >= 0);
    return (uint32_t)n;
}

static inline int once(int who, uint32_t op, uint32_t handle, uint32_t length)
{
    struct sluice_request r = moving(op, handle, bytes[who], length);
    return sluice_try(&s[who], &r);
}

#endif
