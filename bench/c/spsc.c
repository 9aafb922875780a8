/*
 * The ring that somebody writes by hand who needs nothing else: numbers of 32 bits, one sender, one receiver, each with a copy of the
 * other's index (Lamport 1977; the copies as in B-Queue and in folly's and Rigtorp's queues). Nobody is woken, nobody's death is survived.
 */
#include "loops.h"

#include <stdatomic.h>

struct side {
    _Alignas(128) _Atomic uint32_t at;
    _Alignas(64) uint32_t seen; /* the other's */
};

struct spsc {
    struct side sender, receiver;
    _Alignas(128) uint32_t slots[];
};

static struct spsc *rings[CHANNELS];

static void open_spsc(void)
{
    must((scenario.capacity & (scenario.capacity - 1)) == 0, "a capacity that is a power of two");
    must(scenario.bytes == 4, "messages of 4 bytes");
    for (int i = 0; i < CHANNELS; i++)
        rings[i] = share(sizeof(struct spsc) + 4ull * scenario.capacity);
}

static inline void spsc_put_one(struct spsc *ring, const uint8_t *message)
{
    uint32_t at = atomic_load_explicit(&ring->sender.at, memory_order_relaxed);
    while (at - ring->sender.seen == scenario.capacity) {
        ring->sender.seen = atomic_load_explicit(&ring->receiver.at, memory_order_acquire);
        if (at - ring->sender.seen == scenario.capacity)
            pause_a_moment();
    }
    memcpy(&ring->slots[at & (scenario.capacity - 1)], message, 4);
    atomic_store_explicit(&ring->sender.at, at + 1, memory_order_release);
}

static inline void spsc_get_one(struct spsc *ring, uint8_t *message)
{
    uint32_t at = atomic_load_explicit(&ring->receiver.at, memory_order_relaxed);
    while (at == ring->receiver.seen) {
        ring->receiver.seen = atomic_load_explicit(&ring->sender.at, memory_order_acquire);
        if (at == ring->receiver.seen)
            pause_a_moment();
    }
    memcpy(message, &ring->slots[at & (scenario.capacity - 1)], 4);
    atomic_store_explicit(&ring->receiver.at, at + 1, memory_order_release);
}

static inline void spsc_put(int channel, const uint8_t *message)
{
    for (uint32_t i = 0; i < scenario.batch; i++)
        spsc_put_one(rings[channel], message + 4 * i);
}

static inline void spsc_get(int channel, uint8_t *message)
{
    for (uint32_t i = 0; i < scenario.batch; i++)
        spsc_get_one(rings[channel], message + 4 * i);
}

LOOPS(spsc)

const struct engine spsc_engines[] = {{"spsc", open_spsc, NULL, WORKS_OF(spsc)}, {0}};
