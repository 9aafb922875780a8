/*
 * Every struct that lives in a region: the same bytes on wasm32 and x86-64.
 * Offsets (u32 from the region's start, 0: none) instead of pointers, every word
 * atomic, each offset asserted. All zero is a valid initial state of each part.
 */
#ifndef SLUICE_ABI_H
#define SLUICE_ABI_H

#include "../port/atomic.h"
#include "sluice.h"

#define SLUICE_MAGIC 0x43554c53u /* "SLUC" */
#define SLUICE_ABI 3u

enum sluice_abi_sizes {
    SLUICE_LINE = 64,       /* a writer's and a reader's fields lie on different lines */
    SLUICE_EVENTS = 4,      /* events a gate */
    SLUICE_JOURNAL = 40,    /* stores of one critical section */
    SLUICE_CHUNK = 32,      /* records a chunk of a table: one word of ready bits */
    SLUICE_CHUNKS = 1024,   /* chunks a table: 32,768 waiters, as many handles, an agent */
    SLUICE_HEAP_FIRST = 25, /* size classes: powers of two from 64 bytes ... */
    SLUICE_HEAP_SECOND = 8, /* ... each in equal parts */
};

/* A list of waiters. */
struct sluice_list {
    struct sluice_au32 head;
    struct sluice_au32 tail;
};

/* What can be waited for: those who will take, and those who only look. */
struct sluice_event {
    struct sluice_list waiters;
    struct sluice_list observers;
};

/*
 * A lock and the events whose lists it guards.
 *
 * word: 63..32 the owner's incarnation | 31..16 the owner's slot + 1, 0 when free |
 *       15..0 bits, see prim/gate.h
 */
struct sluice_gate {
    struct sluice_au64 word;
    struct sluice_event events[SLUICE_EVENTS];
};
_Static_assert(sizeof(struct sluice_gate) == 72, "gate");

/* One wait of one agent. Owned by the agent, hung on a gate's event in order. */
struct sluice_waiter {
    struct sluice_au32 state; /* use count, and SLUICE_WAITER_* in the low 2 bits */
    struct sluice_au32 gate;
    struct sluice_au32 event; /* index, and SLUICE_OBSERVER */
    struct sluice_au32 next;
    struct sluice_au32 prev;
    struct sluice_au32 owner; /* slot << 16 | index in the agent's table */
    struct sluice_au32 link;  /* the owner's lists: free, gone */
    struct sluice_au32
        handle; /* index + 1 of the owner's handle that stays open so long; 0: none */
};
_Static_assert(sizeof(struct sluice_waiter) == 32, "waiter");

enum sluice_waiter_state {
    SLUICE_WAITER_FREE = 0,
    SLUICE_WAITER_PENDING = 1, /* on the list, or about to be */
    SLUICE_WAITER_MARKED = 2,  /* off the list: may try again */
    SLUICE_WAITER_GONE = 3,    /* ended while the lock was held: whoever meets it frees it */
};

#define SLUICE_OBSERVER 0x80000000u

/* One open object of one agent. */
struct sluice_handle {
    struct sluice_au32 state; /* use count, and 1 in the low bit when open */
    struct sluice_au32 object;
    struct sluice_au32 flags; /* SLUICE_READ | SLUICE_WRITE | ... */
    struct sluice_au32 link;  /* the owner's free list */
    struct sluice_au32 waits; /* waiters of it that hang on the object: it stays open so long */
    struct sluice_au32
        seen; /* its registration with a queue; a FIFO's peers opened before it, but for one it met; its party at a ring */
    struct sluice_au32 receivers; /* its requests among those whom the queue counts */
    struct sluice_au32 spare;
};
_Static_assert(sizeof(struct sluice_handle) == 32, "handle");

union sluice_record {
    struct sluice_waiter waiter;
    struct sluice_handle handle;
};

/* 32 records of a table, and a bit for each that is ready (waiters only). */
struct sluice_chunk {
    struct sluice_au32 ready;
    struct sluice_au32 spare[15];
    union sluice_record records[SLUICE_CHUNK];
};
_Static_assert(sizeof(struct sluice_chunk) == 1088, "chunk");

/* A table that grows by chunks: the directory of their offsets. */
struct sluice_directory {
    struct sluice_au32 chunks[SLUICE_CHUNKS];
};

/* One attach in one environment. */
struct sluice_agent {
    /* line 0: seldom written */
    struct sluice_au64 life;     /* incarnation << 32 | owner << 8 | SLUICE_LIFE_* */
    struct sluice_au64 started;  /* the owner's start time, where it has one */
    struct sluice_au32 waiters;  /* directory */
    struct sluice_au32 handles;  /* directory */
    struct sluice_au32 desk;     /* block of the environment's own, given back with the slot */
    struct sluice_au32 building; /* block that belongs to nobody else yet, or any more */
    struct sluice_au32 spare[8];
    /* line 1: written by others */
    struct sluice_au32 bell;
    struct sluice_au32 spare1[15];
    /* lines 2, 3: chunks that have ready waiters */
    struct sluice_au32 ready[SLUICE_CHUNKS / 32];
    /* the critical section that it is in: what to take back if it dies there */
    struct sluice_au32 locking; /* gate taken, or about to be */
    struct sluice_au32 marking; /* waiter taken off its list, to be marked ... (bit 0: awaited) */
    struct sluice_au32 marked;  /* ... when its state is still this */
    struct sluice_au32 logged;  /* entries in the journal */
    struct sluice_au64 journal[SLUICE_JOURNAL]; /* offset << 32 | old value */
    struct sluice_au32 spare2[12];
};
_Static_assert(sizeof(struct sluice_agent) == 640, "agent");

enum sluice_life {
    SLUICE_LIFE_FREE = 0,
    SLUICE_LIFE_LIVE = 1,
    SLUICE_LIFE_DEAD = 2, /* proven, not yet settled */
};

enum sluice_bell {
    SLUICE_BELL_AWAKE = 0,
    SLUICE_BELL_ASLEEP = 1,
    SLUICE_BELL_RUNG = 2,
};

/* In front of every block of the heap; its payload is aligned to a line. */
struct sluice_block {
    struct sluice_au32
        size; /* whole block in bytes, a multiple of 64; 1 in the low bit when used */
    struct sluice_au32 before; /* the block in front of it; 0 for the first */
    struct sluice_au32 next;   /* free: its list */
    struct sluice_au32 prev;
};
_Static_assert(sizeof(struct sluice_block) == 16, "block");

struct sluice_heap {
    struct sluice_gate gate;
    struct sluice_au32 start; /* first block */
    struct sluice_au32 end;   /* behind the last */
    struct sluice_au32 free_bytes;
    struct sluice_au32 first; /* bit a first-level class that has free blocks */
    struct sluice_au32 second[SLUICE_HEAP_FIRST];
    struct sluice_au32 heads[SLUICE_HEAP_FIRST][SLUICE_HEAP_SECOND];
    struct sluice_au32 spare;
};

/* The start of a region. */
struct sluice_region {
    struct sluice_au32 magic; /* stored last */
    struct sluice_au32 abi;
    struct sluice_au32 bytes;
    struct sluice_au32 agents;    /* slots */
    struct sluice_au32 buckets;   /* of the name table, a power of two */
    struct sluice_au32 serial;    /* last object's number */
    struct sluice_au32 numbering; /* whose process numbers the owners are: native/owner.h */
    struct sluice_au32 spare[9];
    struct sluice_au32 wanting[SLUICE_AGENTS / 32];   /* agents that wait for a held lock */
    struct sluice_au32 repairing[SLUICE_AGENTS / 32]; /* ... for the right to repair */
    struct sluice_gate repair;                        /* right to settle the dead */
    struct sluice_gate names;                         /* guards buckets, chains, refs */
    struct sluice_heap heap;
};
_Static_assert(sizeof(struct sluice_region) % 8 == 0, "region");

/* In front of every object. */
struct sluice_object {
    struct sluice_gate gate;
    struct sluice_au32 kind;
    struct sluice_au32 serial; /* never the same twice: tickets name it */
    struct sluice_au32 refs;   /* open handles, and 1 while it is named; under the names gate */
    struct sluice_au32 chain;  /* next in its bucket */
    struct sluice_au32 hash;
    struct sluice_au32 name;       /* offset; bytes stay when unlinked */
    struct sluice_au32 name_bytes; /* 0: never had one */
    struct sluice_au32 mode;
    struct sluice_au32 owner; /* the creator's, see sluice_agent.life */
    struct sluice_au32 damaged;
    struct sluice_au32 spare[4];
};
_Static_assert(sizeof(struct sluice_object) == 128, "object");

#endif
