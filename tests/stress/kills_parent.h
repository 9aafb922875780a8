/* What the parent's files share: its agent, its world, and what happens to lives. */
#ifndef KILLS_PARENT_H
#define KILLS_PARENT_H

#include "kills.h"

enum { A_WORLD = 25, SAMPLES = 1 << 17 };

struct all {
    uint32_t seed, done, worlds, locked, janitors, timeouts;
    uint64_t units, tokens;
    bool stops;
    uint32_t waits;
    int64_t wait_ns[SAMPLES];
};

extern struct all all;
extern struct worker me; /* the parent's agent */
extern struct world world;

static inline struct life *life_of(uint32_t number)
{
    return &world.board->lives[number];
}

static inline bool is_worker(uint32_t number)
{
    struct life *life = life_of(number);
    return life->alive && life->role != JANITOR;
}

/* --- kills_lives.c ----------------------------------------------------------------- */

void nap_us(uint32_t us);

uint32_t spawn(enum role role, enum thing duty);

/* Who has left by itself: because the world closes, or its pages are full. Never because a check of its own failed. */
bool has_left(uint32_t number);

/* True, a moment later; fails when 10 s have gone by since then, or a life has failed. */
bool watching(int64_t since, const char *what);

/* Whoever has filled its pages is followed by another. */
void replace_full(void);

/* Whether it has a lock, alive or dead, as long as it is not settled. */
bool holds_lock(uint32_t number);

void kill_one(uint32_t number);

/* Deaths are proven and settled: by the parent, by janitors, by all at once; or a janitor dies over it. `dead` ends with 0. */
void bury(const uint32_t *dead);

/* What the dead may have had of the pool comes back, or everybody would wait for it. */
void replace_tokens(uint32_t number);

/* --- kills_rounds.c ---------------------------------------------------------------- */

/* One or two are killed, and followed by others. */
void kill_round(void);

/* Something comes to receivers that all sleep, and one of them dies: another takes it, though nothing else ever comes. */
void lone_round(void);

/* Silence is no proof: nobody takes over what a stopped one holds, and all others' waits come to their end. */
void stop_round(void);

/* Units in a thing. */
uint32_t left_in(enum thing thing);

#endif
