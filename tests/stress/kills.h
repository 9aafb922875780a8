/*
 * Real deaths: processes over one mapped region, killed or stopped at any moment, and what they noted meanwhile.
 *
 * Each process is a *life*. It notes in pages outside the region what it begins and what it has done, each note before or
 * after the call, so that afterwards every unit that moved can be accounted for: kills_check.c.
 */
#ifndef KILLS_H
#define KILLS_H

#include "../c/world.h"

/* What units move through, or tokens. */
enum thing { QUEUE, BYTES, CELLS, STREAM, DUEL, ENDS, THINGS, POOL = THINGS };

enum role { SENDER, RECEIVER, JANITOR };

/* What the room of a life holds that has not noted it yet. */
enum taking { NOTHING, ONE, FRAMED, STREAMED, PEEKING, PEEKED, RELEASING };

enum {
    REGION = 1 << 20,
    AGENTS = 24,
    STREAMS = 4, /* a sender's: a queue's priorities */
    LIVES = 160, /* a world */
    TAKES = 1 << 16,
    ROOM = 8192,
    UNIT_MOST = 60, /* bytes of a record */
    CELL = 128,     /* of capacity, for each of the depth */
    TOKENS = 2,
};

#define WATCHDOG_NS 10000000000
#define PATIENCE_NS 2000000 /* where lives are stopped nobody waits for longer */

/* What moves: at least its first 16 bytes; what follows is derived from them. */
struct unit {
    uint16_t life; /* 0: none */
    uint8_t thing, stream;
    uint32_t seq;
    uint16_t part, parts; /* of a write that is whole or nothing; parts 0: of one that is not */
    uint32_t sum;
};
_Static_assert(sizeof(struct unit) == 16, "unit");

/* A unit received. */
struct take {
    struct unit unit;
    uint32_t receiver;
    int64_t begun, ended; /* it was taken between the two */
};

/* The notes of one life. */
struct life {
    enum role role;
    enum thing duty;
    int pid;
    bool alive;
    uint32_t died;               /* killed as the n-th of its world; 0: not */
    struct sluice_au32 steps;    /* operations that came to an end ... */
    struct sluice_au32 timeouts; /* ... in vain, after as long as was to be waited */
    struct sluice_au32 doing;    /* the request in flight, 0: none ... */
    struct sluice_au32 on;       /* ... on what */
    struct sluice_au64 begun;    /* its last attempt */
    struct sluice_au64 ended;    /* the end of file, or EPIPE, of a duel */
    struct sluice_au32 quiet;    /* a sender's: it does nothing until `hush` has gone */
    struct sluice_au32 full;     /* no room for notes: it has left */
    struct sluice_au32 sent[THINGS][STREAMS];
    struct sluice_au32 sending[THINGS][STREAMS]; /* as far as the send in flight may get */
    struct sluice_au32 waits, waiting, posts, posting;
    struct sluice_au32 buried; /* a janitor's: the last request it has fulfilled */
    struct sluice_au32 took;
    struct take takes[TAKES];
    struct sluice_au32 taking; /* how much of `room` may be received: enum taking */
    uint8_t room
        [ROOM +
         sizeof(struct
                unit)]; /* where a receive in flight copies to; a record that is open for reading */
};

/* Shared by all lives of a world, outside the region. */
struct board {
    uint32_t seed;
    int parent; /* its process */
    enum thing duty;
    bool stops;                 /* lives are stopped, not killed: every wait has its end */
    uint32_t depth;             /* of queues and rings */
    struct sluice_au32 closing; /* 1: senders leave; 2: whoever waits gives up and leaves */
    struct sluice_au32 hush;    /* senders do nothing, receivers their duty only */
    struct sluice_au32 request; /* to the janitors: bury `dead` */
    uint32_t dead[4];           /* lives; 0: no more */
    uint8_t ticket[2][64];      /* a duel's: the reader's end, the writer's */
    uint32_t tickets;           /* their length */
    struct life lives[LIVES];   /* 0 is the parent's: what it drains */
};

struct world {
    struct board *board;
    uint8_t *region;
    uint32_t lives; /* so far, with the parent's */
    uint32_t hand;  /* the one by which the parent sends */
};

static inline uint32_t roll(uint64_t *dice, uint32_t below)
{
    *dice ^= *dice << 13;
    *dice ^= *dice >> 7;
    *dice ^= *dice << 17;
    return (uint32_t)(*dice >> 11) % below;
}

static inline uint64_t dice_of(uint32_t seed, uint32_t number)
{
    uint64_t dice = (uint64_t)seed << 32 | (number + 1);
    for (int i = 0; i < 8; i++)
        roll(&dice, 2);
    return dice;
}

/* --- units: kills_move.c --------------------------------------------------------- */

/* Bytes that this unit has as a record. */
uint32_t unit_bytes(const struct unit *u);

/* Writes a unit and what follows from it. */
void unit_write(void *to, struct unit u, uint32_t bytes);

/* Whether these bytes are a unit, whole. */
bool unit_read(const void *from, uint32_t bytes, struct unit *u);

/* --- one agent's part, a worker's or the parent's ---------------------------------- */

struct worker {
    struct sluice s;
    struct world *world;
    struct life *life;
    uint32_t number;
    uint64_t dice;
    uint32_t handle[THINGS + 1];
    uint32_t own;                /* a FIFO's end, 0: not open */
    struct sluice_request aside; /* to be taken back when it can */
    int64_t patience;
};

/* Opens a thing by its name; creates it. */
uint32_t open_thing(struct worker *w, enum thing thing);
void *thing_of(struct worker *w, enum thing thing);

/* Goes on until it is done, or the deadline has come (-ETIMEDOUT), or the world closes (-ECANCELED). */
int finish_by(struct worker *w, struct sluice_request *r, enum thing thing, int64_t deadline);

/* One operation on a thing. */
int send_units(struct worker *w, enum thing thing, int64_t deadline);
int take_units(struct worker *w, enum thing thing, int64_t deadline);
bool take_token(struct worker *w, int64_t deadline);
void post_token(struct worker *w);

/* Takes what is left. */
void drain(struct worker *w, enum thing thing);

/* What should end soon; where lives are stopped, whoever holds the lock may be: then it gives up (-ETIMEDOUT). */
int simply_do(struct worker *w, struct sluice_request *r);

/* The request that opens a thing, or one like it. */
struct sluice_request opening(struct worker *w, enum thing thing);

void join_region(struct worker *w);
void open_all(struct worker *w);
void leave_region(struct worker *w);

/* Something else than its duty: kills_chores.c. */
void chore(struct worker *w);

/* Closes a handle, for example. */
int act(struct worker *w, uint32_t op, uint32_t handle);

/* A life, from attach to exit. */
void live(struct world *world, uint32_t number) __attribute__((noreturn));

/* --- kills_check.c ----------------------------------------------------------------- */

/* Every unit of every sender was received once, in order, or its end is explained by a death. */
void check_units(struct world *world, enum thing thing, bool lossless);

/* `value` is what begun and ended posts and waits make it. */
void check_tokens(struct world *world, uint32_t value);

/* How to run this again, behind each failure. */
void replay(void);

#define must(condition, ...)                                                                       \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("not ok %s:%d: %s: ", __FILE__, __LINE__, #condition);                          \
            printf(__VA_ARGS__);                                                                   \
            printf("\n");                                                                          \
            replay();                                                                              \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

#endif
