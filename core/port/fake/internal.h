/*
 * The parts of the fake port among themselves.
 *
 *   fiber.c      stacks and the switch between them
 *   objects.c    the words and ranges that accesses touch
 *   memory.c     the machine: memory, store buffers, clocks of happens-before
 *   past.c       the machine: stores that a stale load may still return
 *   port_fake.c  the machine: sleeping, time, death, and the verbs' entries
 *   steps.c      which transitions are enabled, and making one        run.c  a whole execution
 *   order.c      which transitions depend on each other, and races among them
 *   explore.c    the search        bounds.c  what it may leave out        walk.c  random walks
 *   merge.c      states met before        snapshot.c  states to go back to
 *   report.c     schedules as text, traces        sites.c  addresses as file:line
 */
#ifndef SLUICE_PORT_FAKE_INTERNAL_H
#define SLUICE_PORT_FAKE_INTERNAL_H

#include "fake.h"

#include "../port.h"

#include <setjmp.h>
#include <stdio.h>

enum {
    FAKE_DEPTH = 16384, /* transitions of one execution */
    FAKE_BUFFER = 128,  /* stores one agent can have pending */
    FAKE_OBJECTS = 4096,
    FAKE_COPIES = 1024, /* port_copy_* of one execution */
    FAKE_NEVER = -1,    /* no such transition yet */
};

/* ---- fiber.c ---- */

struct fake_fiber;
struct fake_fiber *fake__fiber(int index); /* 0..FAKE_MAX_AGENTS */
void fake__fiber_start(struct fake_fiber *, void (*fn)(void *), void *arg);
void fake__fiber_enter(
    struct fake_fiber *); /* from the main stack; returns when the fiber leaves */
void fake__fiber_leave(struct fake_fiber *);              /* from the fiber to the main stack */
uint32_t fake__fiber_bytes(const struct fake_fiber *);    /* of its stack; 0: it cannot be kept */
const void *fake__fiber_stack(const struct fake_fiber *); /* as much of it, with its registers */
void fake__fiber_restore(struct fake_fiber *, const void *from, uint32_t bytes);

/* ---- what transitions touch ---- */

/*
 * Two accesses of one object by transitions of different agents commute when
 * both are of the same class and that is not WRITE. ADD is what commutes with
 * itself but not with reading: who goes to sleep on a word, the clock's maximum.
 */
enum fake_class { FAKE_READ = 1, FAKE_ADDS = 2, FAKE_WRITE = 3 };

/* The objects that are not memory; words and copied ranges follow. */
enum {
    FAKE_OBJ_CLOCK,
    FAKE_OBJ_DEATH, /* one an agent */
    FAKE_OBJ_FIRST = FAKE_OBJ_DEATH + FAKE_MAX_AGENTS,
};

/* An access: the object, its memory or its queue of sleepers, the class. Never 0. */
#define FAKE_ACC(obj, queue, class)                                                                \
    ((uint32_t)(obj) << 3 | (uint32_t)(queue) << 2 | (uint32_t)(class))
#define FAKE_ACC_OBJ(acc) ((acc) >> 3)
#define FAKE_ACC_QUEUE(acc) ((acc) >> 2 & 1)
#define FAKE_ACC_CLASS(acc) ((acc)&3)

struct fake_vc {
    uint16_t t[FAKE_MAX_AGENTS];
};

struct fake_obj {
    uintptr_t addr;
    uint32_t bytes;
    bool range;        /* of a copy, else a word */
    uint32_t stamp;    /* of the last enumeration that met it */
    uint16_t overlaps; /* how many other objects share bytes with it */
    uint16_t *overlapping;
    uint8_t users, writers; /* MERGED, STATES: a bit an agent */
    const void *lock;       /* held by whoever used it, each time; NULL: none */
    int head[2];            /* the last access in the present path: memory, queue */
    /* Of the present execution: */
    uint64_t epoch;
    struct fake_vc sync; /* what an acquire of the word learns */
    uint8_t sleepers;    /* a bit an agent */
    int past;            /* its newest store in past.c */
    bool copied;         /* a range: something was copied in */
};

extern struct fake_obj fake__objs[FAKE_OBJECTS];
extern int fake__obj_count;

void fake__objs_reset(void);
int fake__obj(const void *addr, uint32_t bytes, bool range);
struct fake_obj *fake__obj_now(int obj); /* with this execution's state */
bool fake__overlap(uint32_t obj, uint32_t other);

/* ---- transitions ---- */

enum fake_kind {
    FAKE_T_OP, /* the agent makes its pending access; arg: the branch of a fake_choose + 1 */
    FAKE_T_OLDER, /* the same, a load or a compare-and-swap that fails: reads what `arg` stores are newer than */
    FAKE_T_FLUSH,    /* the agent's oldest pending store to object arg reaches memory */
    FAKE_T_TIMEOUT,  /* its park ends by the deadline */
    FAKE_T_SPURIOUS, /* its park ends for no reason */
    FAKE_T_KILL,     /* it makes no further access; its buffer still drains */
    FAKE_T_REAP,     /* killed, buffer empty: now its death can be known */
    FAKE_T_NOBODY,   /* its fake_wait_dead ends with false */
    FAKE_T_END,      /* nothing that must happen is left: the execution ends */
};

enum {
    FAKE_T_OPTIONAL = 1, /* need not happen ever: kill, spurious wake-up, END */
    FAKE_T_SLEEP = 2,    /* seen already, in another order */
    FAKE_T_BACK = 4,     /* to be explored */
    FAKE_T_DONE = 8,     /* explored */
    FAKE_T_EARLY = 16,   /* a compare-and-swap that fails before its agent's stores are out */
    FAKE_T_ROW = 32,     /* STATES: a store that nobody sees, out since it holds up */
};

struct fake_tr {
    uint8_t kind, agent, flags, cost;
    uint32_t arg;
    uint32_t acc[2];
};

static inline bool fake__is_access(const struct fake_tr *t)
{
    return t->kind == FAKE_T_OP || t->kind == FAKE_T_OLDER;
}

static inline bool fake__same_tr(const struct fake_tr *a, const struct fake_tr *b)
{
    return a->kind == b->kind && a->agent == b->agent && a->arg == b->arg;
}

/* ---- the machine ---- */

struct fake_op {
    uint8_t verb, order;
    uint32_t bytes;
    int obj;
    void *word;
    const void *from; /* copies: the other side */
    uint64_t a, b;
    const void *site;
};

struct fake_store {
    int obj;
    int event;
    int seq;
    bool release;
    uint16_t epoch; /* its agent's, when it was issued */
    uint64_t value;
    struct fake_vc vc;
};

enum fake_state { FAKE_READY, FAKE_PARKED, FAKE_FINISHED, FAKE_KILLED };

struct fake_agent {
    struct fake_fiber *fiber;
    int index;
    enum fake_state state;
    bool reaped; /* killed, and its death may be known */
    struct fake_op op;
    int age; /* FAKE_T_OLDER: how many stores are newer than what it reads; else FAKE_NEVER */
    uint64_t result;
    struct fake_vc vc;
    int buffered, next_seq;
    int flushable; /* which flushes are enabled, unless stale */
    bool flushable_stale;
    /* For order.c: indices of transitions in the present path. */
    int last, waker, reap;
    int flushes; /* since the buffer last had to be empty */
    /* Long, used in part. */
    struct fake_store buffer[FAKE_BUFFER];
    struct fake_tr flush[FAKE_BUFFER];
    int flushed[FAKE_DEPTH], flushed_seq[FAKE_DEPTH];
};

struct fake_copy {
    int obj, agent, epoch;
    bool in;
};

struct fake_run {
    const struct fake_program *prog;
    struct fake_report *report;
    int agents;
    struct fake_agent *current; /* whose fiber runs, NULL on the main stack */
    bool ended;
    bool unwind_set;
    jmp_buf unwind; /* from a failed check function */
    uint64_t epoch;
    int64_t clock;
    int kills, spurious, stale;
    unsigned woken;    /* by the last access: their fibers run before anything else */
    int at;            /* index of the transition being made */
    int nobody;        /* the last NOBODY */
    bool again;        /* a word was met too late to know its past: the search begins anew */
    int inline_end;    /* up to here the path is repeated */
    bool merges, grew; /* MERGED, STATES; an object has got another user */
    uint64_t sum;      /* of the memory at `base`, as far as it differs from the beginning */
    int copies;
    struct fake_copy copy[FAKE_COPIES];
    FILE *trace;
};

extern struct fake_run fake__run;
extern struct fake_agent fake__agents[FAKE_MAX_AGENTS];
extern struct fake_tr fake__path[FAKE_DEPTH]; /* the transitions of the present execution */

/* memory.c */
void fake__failure(enum fake_failure, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void fake__unwind(void); /* out of a failed set-up or check function */
void fake__perform_memory(struct fake_agent *);
uint64_t fake__direct(const struct fake_op *);
void fake__flush(struct fake_agent *, int obj);
uint64_t fake__memory(const struct fake_obj *);
const struct fake_store *fake__own_store(const struct fake_agent *, int obj);
bool fake__needs_drain(const struct fake_agent *);
bool fake__op_succeeds(const struct fake_op *); /* a CAS writes, a park sleeps */
void fake__vc_join(struct fake_vc *into, const struct fake_vc *from);

/* past.c; nothing happens there unless the program has `stale` */
struct fake_past {
    uint64_t value;
    int older; /* the store before it; FAKE_NEVER: it is the word's first value */
    int agent; /* whose it is, at which epoch */
    uint16_t epoch;
    bool seq;
    struct fake_vc sync; /* what an acquire of it learns */
    struct fake_vc read; /* the epoch of each agent when it first read it; 0: it has not */
};

void fake__past_reset(void);
void fake__past_keep(int obj); /* before a store: what it replaces */
void fake__past_note(int obj, const struct fake_agent *, unsigned epoch, bool seq); /* after it */
int fake__past_older(const struct fake_agent *, uint32_t *ages);
const struct fake_past *fake__past_read(const struct fake_agent *, int age);

/* port_fake.c */
void fake__perform(struct fake_agent *); /* the pending access of the agent */
void fake__leave_dying(void);
void fake__unqueue(struct fake_agent *);
uint64_t fake__post(const struct fake_op *); /* on a fiber: an access, when it is its turn */

/* run.c */
void fake__begin(void);  /* set-up; every agent up to its first access */
void fake__finish(void); /* deadlocks, the program's check */

/* steps.c */
void fake__advance(struct fake_agent *); /* lets its own code run up to its next access */
void fake__make(const struct fake_tr *, int at);
int fake__enabled(struct fake_tr *out);
bool fake__killable(const struct fake_agent *);
bool fake__run_inline(struct fake_agent *); /* on the agent's fiber: repeats its part of the path */
enum { FAKE_ENABLED_MAX = FAKE_MAX_AGENTS * (2 * FAKE_BUFFER + 8) };

/* order.c */
extern uint64_t fake__races_lost; /* reversals whose first step was not enabled; only a statistic */
void fake__order_reset(void);
bool fake__dependent(const struct fake_tr *, const struct fake_tr *);
void fake__order_push(int event);
void fake__order_pop(int event);

/* explore.c */
struct fake_tr *fake__node(int depth, int *count); /* the enabled transitions there */
void fake__init_run(const struct fake_program *, struct fake_report *);
double fake__seconds(void);

/* merge.c */
uint64_t fake__sum(const void *at, uint32_t bytes);
void fake__merge_reset(void);
uint32_t fake__states(void); /* that were met */
/* with at most that many preemptions spent; *state: by which it is noted */
bool fake__met(int agent, int spent, uint64_t *state);
double *fake__ways(uint64_t state); /* from it to the end */
void fake__use(const struct fake_agent *);
bool fake__private(const struct fake_agent *); /* its pending access meets nobody else's */
bool fake__private_flush(const struct fake_tr *);

/* bounds.c; both false where the transition to explore meets nobody else's, so that the state need not be noted */
bool fake__begin_bounded(struct fake_tr *list, uint32_t n, int agent, int left);
bool fake__begin_states(struct fake_tr *list, uint32_t n);

/* snapshot.c; where states are merged */
void fake__note_base(void); /* after a set-up */
void fake__keep(int node);  /* the state before the node's transition */
bool fake__go_back(
    int node); /* to the last that was kept up to there; those behind it are forgotten */
void fake__forget_kept(void);
void fake__forget_base(void);

/* walk.c */
void fake__walk(const struct fake_options *, int max_steps, double until);

/* sites.c */
enum { FAKE_SITE_TEXT = 48 };
void fake__sites(const void **site, char (*text)[FAKE_SITE_TEXT], int n);

/* report.c */
void fake__write_schedule(const struct fake_program *, int steps, struct fake_report *, bool print);
void fake__trace(const struct fake_tr *, const struct fake_agent *, bool before);

/* Fails when somebody sleeps for ever who may not. */
void fake__check_deadlock(void);

#endif
