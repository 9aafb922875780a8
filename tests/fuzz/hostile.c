/*
 * Hostile bytes: random histories whose region is damaged in the middle. Nothing outside is touched, no call takes too many
 * steps, every answer is one that is documented.
 *
 *   hostile [SEED [COUNT]]    histories SEED, SEED + 1, ...
 */
#include "history.h"

#include <inttypes.h>
#include <sanitizer/common_interface_defs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t current;

struct history {
    uint8_t steps[MOST_STEPS * STEP_BYTES];
    size_t count;
};

/* splitmix64 (Steele, Lea and Flood, OOPSLA 2014) */
static uint64_t next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static void add(struct history *h, uint64_t *state, bool damages)
{
    uint8_t *step = h->steps + h->count++ * STEP_BYTES;
    uint64_t bits = next(state);
    memcpy(step, &bits, STEP_BYTES);
    history_step_choose(step, damages);
}

/* Sound at first; then damage, a little or much, and calls in between. */
static struct history tell(uint64_t seed)
{
    struct history h = {.count = 0};
    uint64_t state = seed, shape = next(&state);
    uint32_t sound = 4 + shape % 12, rounds = 1 + (shape >> 8) % 6;
    while (sound-- > 0)
        add(&h, &state, false);
    while (rounds-- > 0) {
        uint32_t bits = (uint32_t)next(&state);
        for (uint32_t words = 1 + (bits & 1 ? 0 : bits >> 8 & 3); words > 0; words--)
            add(&h, &state, true);
        for (uint32_t calls = 1 + (bits >> 16 & 1); calls > 0; calls--)
            add(&h, &state, false);
    }
    return h;
}

static void replay_line(void)
{
    printf("\n# to replay: %s %" PRIu64 " 1\n", "build/hostile/tests/fuzz/hostile", current);
    fflush(stdout);
}

/* Leaves out what is not needed to fail. */
static const char *shrink(struct history *h)
{
    const char *why = NULL;
    for (size_t i = 0; i < h->count;) {
        struct history less = *h;
        less.count--;
        memmove(less.steps + i * STEP_BYTES, less.steps + (i + 1) * STEP_BYTES,
                (less.count - i) * STEP_BYTES);
        if (history_run(less.steps, less.count) != NULL)
            *h = less;
        else
            i++;
    }
    why = history_run(h->steps, h->count);
    return why;
}

static void explain(struct history *h)
{
    printf("not ok hostile: seed %" PRIu64 ": %s\n", current, history_run(h->steps, h->count));
    replay_line();
    const char *why = shrink(h);
    printf("# what is needed of it: %s\n", why);
    for (size_t i = 0; i < h->count; i++) {
        const uint8_t *step = h->steps + i * STEP_BYTES;
        printf("#   agent %u: %s (%u %u, %02x%02x%02x%02x)\n", step[1] % AGENTS,
               history_step_name(step), step[2], step[3], step[7], step[6], step[5], step[4]);
    }
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000000;
    __sanitizer_set_death_callback(replay_line);
    for (current = seed; current < seed + count; current++) {
        struct history h = tell(current);
        if (history_run(h.steps, h.count) == NULL)
            continue;
        explain(&h);
        return 1;
    }
    printf("ok hostile: %" PRIu64 " histories from seed %" PRIu64 ", %" PRIu64
           " damaged regions, at most %u steps a call of %u allowed\n",
           count, seed, history_damaged, port.most_steps, STEP_BUDGET);
    return 0;
}
