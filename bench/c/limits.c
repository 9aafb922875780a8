/* What the machine itself costs: a word that two processes sleep on, a cache line that goes to and fro, memcpy, a ring of copies. */
#include "loops.h"

#include <linux/futex.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

/* --- a word for each channel: how many messages were put, 0 or 1 more than were taken ---- */

struct line {
    _Alignas(128) _Atomic uint32_t puts;
    uint32_t taken; /* the getter's own */
};

static struct line *lines;

static void open_lines(void)
{
    lines = share(CHANNELS * sizeof *lines);
}

/* The message is the word itself: 0 bytes more go over. */
static inline uint32_t count_up(int channel)
{
    uint32_t puts = atomic_load_explicit(&lines[channel].puts, memory_order_relaxed) + 1;
    atomic_store_explicit(&lines[channel].puts, puts, memory_order_release);
    return puts;
}

static inline void told(int channel, uint8_t *message)
{
    uint32_t which = lines[channel].taken++;
    memcpy(message, &which, sizeof which);
}

static inline void futex_put(int channel, const uint8_t *message)
{
    (void)message;
    count_up(channel);
    syscall(SYS_futex, &lines[channel].puts, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static inline void futex_get(int channel, uint8_t *message)
{
    struct line *line = &lines[channel];
    while (atomic_load_explicit(&line->puts, memory_order_acquire) == line->taken)
        syscall(SYS_futex, &line->puts, FUTEX_WAIT, line->taken, NULL, NULL, 0);
    told(channel, message);
}

LOOPS(futex)

static inline void line_put(int channel, const uint8_t *message)
{
    (void)message;
    count_up(channel);
}

static inline void line_get(int channel, uint8_t *message)
{
    struct line *line = &lines[channel];
    while (atomic_load_explicit(&line->puts, memory_order_acquire) == line->taken)
        pause_a_moment();
    told(channel, message);
}

LOOPS(line)

/* --- from one private buffer into another: what no copy of a message can beat ------------- */

static void memcpy_sends(struct end *end)
{
    uint8_t *from = new_message(), *to = new_message();
    for (uint32_t i = 0; i < end->count; i++) {
        number(from, i);
        memcpy(to, from, scenario.bytes);
        __asm__ volatile("" : : "r"(to) : "memory");
    }
}

/* The other end has nothing to do but to say that all came. */
static void memcpy_receives(struct end *end)
{
    end->sum = (uint64_t)end->count * (end->count - 1) / 2;
}

/* --- a ring of `capacity` messages of one size: each is copied in and copied out, who waits spins ------- */

struct copies {
    _Alignas(128) _Atomic uint32_t sent;
    _Alignas(128) _Atomic uint32_t taken;
    _Alignas(128) uint8_t slots[];
};

static struct copies *copies[CHANNELS];

static void open_copies(void)
{
    for (int i = 0; i < CHANNELS; i++)
        copies[i] = share(sizeof(struct copies) + (uint64_t)scenario.bytes * scenario.capacity);
}

static inline uint8_t *slot(struct copies *ring, uint32_t at)
{
    return ring->slots + (uint64_t)(at % scenario.capacity) * scenario.bytes;
}

static inline void copyring_put(int channel, const uint8_t *message)
{
    struct copies *ring = copies[channel];
    uint32_t at = atomic_load_explicit(&ring->sent, memory_order_relaxed);
    while (at - atomic_load_explicit(&ring->taken, memory_order_acquire) == scenario.capacity)
        pause_a_moment();
    memcpy(slot(ring, at), message, scenario.bytes);
    atomic_store_explicit(&ring->sent, at + 1, memory_order_release);
}

static inline void copyring_get(int channel, uint8_t *message)
{
    struct copies *ring = copies[channel];
    uint32_t at = atomic_load_explicit(&ring->taken, memory_order_relaxed);
    while (at == atomic_load_explicit(&ring->sent, memory_order_acquire))
        pause_a_moment();
    memcpy(message, slot(ring, at), scenario.bytes);
    atomic_store_explicit(&ring->taken, at + 1, memory_order_release);
}

LOOPS(copyring)

const struct engine limit_engines[] = {
    {"futex", open_lines, NULL, WORKS_OF(futex)},
    {"line", open_lines, NULL, WORKS_OF(line)},
    {"memcpy", NULL, NULL, {memcpy_sends, memcpy_receives, NULL, NULL}},
    {"copyring", open_copies, NULL, WORKS_OF(copyring)},
    {0},
};
