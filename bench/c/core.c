/* The core itself, compiled for this machine: ring, queue, pipe in a region that the ends share, driven through core/include/sluice.h. */
#include "loops.h"

#include "port/port.h"
#include "prim/event.h"
#include "sluice.h"

#include <stdio.h>

enum { LOOKS = 300 }; /* before it sleeps: about as long as a wake-up takes */

static void *region;
static uint64_t region_bytes;
static _Alignas(8) uint8_t view[SLUICE_VIEW_BYTES];
static struct sluice *const s = (struct sluice *)view;
/* Of each channel: what sends there, and what receives. */
static uint32_t sends_to[CHANNELS], receives_from[CHANNELS];
static uint32_t turn;

static void open_region(void)
{
    uint64_t data = CHANNELS * 2ull * scenario.capacity * (scenario.bytes + 64ull);
    region_bytes = ((data + (16 << 20)) & ~0xfffffull);
    region = share(region_bytes);
    must(sluice_format(region, (uint32_t)region_bytes, MOST_ENDS + 1, 1) == 0, "sluice_format");
}

static void attach(uint32_t owner)
{
    must(sluice_attach(s, region, (uint32_t)region_bytes, owner, 0, 0) == 0, "sluice_attach");
}

/* Hung where it waits, until its bell has rung for it. */
static int wait_for(struct sluice_request *r)
{
    int n;
    while ((n = sluice_advance(s, r)) == -SLUICE_EAGAIN || n == SLUICE_STALLED) {
        if (sluice_bell_arm(s) > 0)
            port_park((struct sluice_au32 *)sluice_bell(s), SLUICE_BELL_ASLEEP, PORT_FOREVER);
        sluice_bell_answer(s);
        while (sluice_ready(s) != 0)
            ;
    }
    return n;
}

/* Tries first, a few times. */
static inline int call(struct sluice_request *r)
{
    int n = sluice_try(s, r);
    for (int looks = 0; n == -SLUICE_EAGAIN && looks < LOOKS; looks++) {
        port_pause(1);
        n = sluice_try(s, r);
    }
    return n == -SLUICE_EAGAIN ? wait_for(r) : n;
}

static uint32_t open_one(uint32_t op, int channel, uint32_t args[6], uint32_t out[4])
{
    char name[16];
    struct sluice_request r = {.op = op, .name = name};
    r.name_length = (uint32_t)snprintf(name, sizeof name, "/%d", channel);
    memcpy(r.args, args, sizeof r.args);
    int n = call(&r);
    must(n >= 0, "opening");
    memcpy(out, r.out, sizeof r.out);
    return (uint32_t)n;
}

static void open_both(uint32_t op, uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t out[4];
    for (int i = 0; i < CHANNELS; i++) {
        uint32_t args[6] = {SLUICE_CREATE | SLUICE_READ | SLUICE_WRITE, 0600, a, b, c};
        sends_to[i] = receives_from[i] = open_one(op, i, args, out);
    }
}

static void join_queues(struct end *end)
{
    attach(end->index + 1);
    open_both(SLUICE_OP_MQ_OPEN, scenario.capacity, scenario.bytes, 0);
}

static void join_rings(struct end *end)
{
    bool many = scenario.producers > 1 || scenario.consumers > 1;
    uint32_t sides = (scenario.producers > 1 ? 1 : 0) | (scenario.consumers > 1 ? 2 : 0);
    uint32_t frame = many ? scenario.bytes : (scenario.bytes + 7) & ~3u;
    attach(end->index + 1);
    open_both(SLUICE_OP_RING_OPEN, scenario.capacity * frame, many ? scenario.bytes : 0, sides);
}

/* A FIFO's two ends, without a moment in which one waits for the other. */
static void join_pipes(struct end *end)
{
    uint32_t out[4];
    attach(end->index + 1);
    for (int i = 0; i < CHANNELS; i++) {
        uint32_t both[6] = {SLUICE_CREATE | SLUICE_READ | SLUICE_WRITE, 0600,
                            scenario.capacity * scenario.bytes};
        sends_to[i] = receives_from[i] = open_one(SLUICE_OP_FIFO_OPEN, i, both, out);
    }
}

/* One call that moves bytes: a message whole, of a stream or a batch perhaps a part. How much went. */
static inline uint32_t move(uint32_t op, uint32_t handle, uint32_t argument, const uint8_t *bytes,
                            uint32_t length)
{
    struct sluice_request r = {.op = op, .handle = handle, .args = {argument}};
    r.bytes = (void *)bytes;
    r.length = length;
    int n = call(&r);
    if (n < 0)
        fprintf(stderr, "operation %u: errno %d\n", op, -n);
    must(n >= 0, "a call");
    return (uint32_t)n;
}

static inline void queue_put(int channel, const uint8_t *message)
{
    uint32_t priority = turn++ % scenario.priorities;
    move(SLUICE_OP_MQ_SEND, sends_to[channel], priority, message, scenario.bytes);
}

static inline void queue_get(int channel, uint8_t *message)
{
    move(SLUICE_OP_MQ_RECEIVE, receives_from[channel], 0, message, scenario.bytes);
}

LOOPS(queue)

static inline void ring_put(int channel, const uint8_t *message)
{
    move(SLUICE_OP_RING_SEND, sends_to[channel], 0, message, scenario.bytes);
}

static inline void ring_get(int channel, uint8_t *message)
{
    move(SLUICE_OP_RING_RECEIVE, receives_from[channel], 0, message, scenario.bytes);
}

LOOPS(ring)

static inline void pipe_put(int channel, const uint8_t *message)
{
    for (uint32_t sent = 0; sent < scenario.bytes;)
        sent +=
            move(SLUICE_OP_PIPE_WRITE, sends_to[channel], 0, message + sent, scenario.bytes - sent);
}

static inline void pipe_get(int channel, uint8_t *message)
{
    for (uint32_t read = 0; read < scenario.bytes;)
        read += move(SLUICE_OP_PIPE_READ, receives_from[channel], 0, message + read,
                     scenario.bytes - read);
}

LOOPS(pipe)

/* --- a ring's records in batches: frames are made of them, and they are made of frames -------- */

static inline uint32_t frame_bytes(void)
{
    return (scenario.bytes + 7) & ~3u;
}

static uint8_t *frames(void)
{
    static uint8_t *all;
    if (all == NULL)
        all = aligned_alloc(64, ((uint64_t)frame_bytes() * scenario.batch + 63) & ~63ull);
    return all;
}

static inline void batch_put(int channel, const uint8_t *message)
{
    uint8_t *all = frames();
    for (uint32_t i = 0; i < scenario.batch; i++) {
        memcpy(all + (uint64_t)i * frame_bytes(), &scenario.bytes, 4);
        memcpy(all + (uint64_t)i * frame_bytes() + 4, message + (uint64_t)i * scenario.bytes,
               scenario.bytes);
    }
    for (uint32_t sent = 0; sent < scenario.batch;)
        sent += move(SLUICE_OP_RING_SEND_MANY, sends_to[channel], 0,
                     all + (uint64_t)sent * frame_bytes(), (scenario.batch - sent) * frame_bytes());
}

static inline void batch_get(int channel, uint8_t *message)
{
    uint8_t *all = frames();
    for (uint32_t got = 0; got < scenario.batch;) {
        uint32_t n = move(SLUICE_OP_RING_RECEIVE_MANY, receives_from[channel], scenario.batch - got,
                          all, frame_bytes() * scenario.batch);
        for (uint32_t i = 0; i < n; i++)
            memcpy(message + (uint64_t)(got + i) * scenario.bytes,
                   all + (uint64_t)i * frame_bytes() + 4, scenario.bytes);
        got += n;
    }
}

LOOPS(batch)

const struct engine core_engines[] = {
    {"core-queue", open_region, join_queues, WORKS_OF(queue)},
    {"core-ring", open_region, join_rings, WORKS_OF(ring)},
    {"core-pipe", open_region, join_pipes, WORKS_OF(pipe)},
    {"core-batch", open_region, join_rings, WORKS_OF(batch)},
    {0},
};
