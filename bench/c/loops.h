/*
 * LOOPS(NAME): the four works of an engine that has
 *
 *   static inline void NAME_put(int channel, const uint8_t *message);
 *   static inline void NAME_get(int channel, uint8_t *message);
 *
 * A message is scenario.batch times scenario.bytes; what every receiver does with each part is to read its first four bytes.
 */
#ifndef BENCH_LOOPS_H
#define BENCH_LOOPS_H

#include "bench.h"

#include <stdlib.h>
#include <string.h>

static inline uint8_t *new_message(void)
{
    uint8_t *message =
        aligned_alloc(64, ((uint64_t)scenario.bytes * scenario.batch + 127) & ~63ull);
    must(message != NULL, "memory");
    memset(message, 0, (uint64_t)scenario.bytes * scenario.batch);
    return message;
}

static inline void number(uint8_t *message, uint32_t first)
{
    for (uint32_t i = 0; i < scenario.batch; i++, first++)
        memcpy(message + (uint64_t)i * scenario.bytes, &first, sizeof first);
}

static inline uint64_t sum_of(const uint8_t *message)
{
    uint64_t sum = 0;
    uint32_t value;
    for (uint32_t i = 0; i < scenario.batch; i++) {
        memcpy(&value, message + (uint64_t)i * scenario.bytes, sizeof value);
        sum += value;
    }
    return sum;
}

#define LOOPS(NAME)                                                                                \
    static void NAME##_sends(struct end *end)                                                      \
    {                                                                                              \
        uint8_t *message = new_message();                                                          \
        for (uint32_t i = 0; i < end->count; i += scenario.batch) {                                \
            number(message, i);                                                                    \
            NAME##_put(0, message);                                                                \
        }                                                                                          \
    }                                                                                              \
    static void NAME##_receives(struct end *end)                                                   \
    {                                                                                              \
        uint8_t *message = new_message();                                                          \
        uint64_t sum = 0;                                                                          \
        for (uint32_t i = 0; i < end->count; i += scenario.batch) {                                \
            NAME##_get(0, message);                                                                \
            sum += sum_of(message);                                                                \
        }                                                                                          \
        end->sum = sum;                                                                            \
    }                                                                                              \
    static void NAME##_asks(struct end *end)                                                       \
    {                                                                                              \
        uint8_t *message = new_message();                                                          \
        for (uint32_t i = 0; i < end->count; i++) {                                                \
            number(message, i);                                                                    \
            be_busy();                                                                             \
            int64_t begun = now_ns();                                                              \
            NAME##_put(0, message);                                                                \
            NAME##_get(1, message);                                                                \
            end->latencies_ns[i] = (uint32_t)(now_ns() - begun - scenario.busy_us * 1000);         \
            end->sum += sum_of(message);                                                           \
        }                                                                                          \
    }                                                                                              \
    static void NAME##_answers(struct end *end)                                                    \
    {                                                                                              \
        uint8_t *message = new_message();                                                          \
        for (uint32_t i = 0; i < end->count; i++) {                                                \
            NAME##_get(0, message);                                                                \
            be_busy();                                                                             \
            NAME##_put(1, message);                                                                \
        }                                                                                          \
    }

#define WORKS_OF(NAME)                                                                             \
    {                                                                                              \
        NAME##_sends, NAME##_receives, NAME##_asks, NAME##_answers                                 \
    }
#endif
