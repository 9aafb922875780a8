/*
 * Names and handles, as core/reg/name.c, handle.c, core/api/op*.c and core/prim/heap.c have them, for SPIN: two who
 * create, open, unlink and close, in any order, who settles the dead and who settles him. Everyone may die at every
 * step. There is one name, and memory for few objects, so that what is free is soon another's.
 *
 * The two gates, of names and of the heap, are one step each, their takeover too: gate.pml is the proof of that. An
 * agent holds one of them at a time; what it stored under it is taken back word by word. Who would wait for a gate does;
 * a settler that meets a dead agent's begins anew, with that.
 *
 *   STEPS    how many operations each begins
 *   MORTAL   mask of agents each of which may die, at every step: 1, 2 the users, 4, 8 the settlers
 *   SETTLERS how many settle the dead
 *   BLOCKS   how many objects the heap has room for
 */
#ifndef SETTLERS
#define SETTLERS 1
#endif
#ifndef BLOCKS
#define BLOCKS 2
#endif
#define SETTLER 2
#define AGENTS (2 + SETTLERS)
#define BIT(i) (1 << (i))
#define LIVES(i) (!(dead & BIT(i)))

chan go = [0] of { byte };
#define STEP go?eval(me); if :: true :: (MORTAL & BIT(me)) -> goto died fi

/* The words that critical sections change; object b, from 1. */
#define NAMED 0                    /* the object that the name leads to */
#define USED(b) (0 + (b))          /* the block is taken */
#define REFS(b) (BLOCKS + (b))     /* the name's, and each handle's */
#define BUILDING(a) (2 * BLOCKS + 1 + (a))
#define HANDLE(a) (2 * BLOCKS + 1 + AGENTS + (a)) /* the object of a's open handle */
#define WORDS (2 * BLOCKS + 1 + 2 * AGENTS)
#define JOURNAL 6

byte m[WORDS];
byte names, heap;                  /* the gates' owners, + 1 */
byte logged[AGENTS], at[AGENTS * JOURNAL], old[AGENTS * JOURNAL];
byte repair, dead, settled;

/* For the properties only. */
byte serial[BLOCKS + 1];           /* of the object there: another each time that the block is taken */
byte mine[2];                      /* the serial of what an agent opened */

/* --- gates and the journal ----------------------------------------------- */

#define STUCK(gate) (me >= SETTLER && gate && !LIVES(gate - 1))
inline lock(gate) {
    STEP;
    if
    :: gate == 0 -> gate = me + 1
    :: STUCK(gate) -> goto anew
    fi
}
inline unlock(gate) { commit(); STEP; gate = 0 }

inline set(word, value) {
    STEP;
    at[me * JOURNAL + logged[me]] = word; old[me * JOURNAL + logged[me]] = m[word]; logged[me]++;
    m[word] = value
}

inline pop(a) {
    logged[a]--; at[a * JOURNAL + logged[a]] = 0; old[a * JOURNAL + logged[a]] = 0
}

inline commit() {
    STEP;
    do
    :: logged[me] -> pop(me)
    :: else -> break
    od
}

inline undo(a) {
    do
    :: logged[a] -> STEP; m[at[a * JOURNAL + logged[a] - 1]] = old[a * JOURNAL + logged[a] - 1]; pop(a)
    :: else -> break
    od
}

/* --- memory: it always belongs to a word --------------------------------- */

/* Into `building`; `b` 0: there is none. */
inline heap_take() {
    lock(heap);
    b = 1;
    do
    :: b <= BLOCKS && m[USED(b)] -> b++
    :: b > BLOCKS -> b = 0; break
    :: b <= BLOCKS && !m[USED(b)] ->
       serial[b] = (serial[b] + 1) % 8; /* nobody has it */
       set(USED(b), 1);
       set(BUILDING(me), b);
       break
    od;
    unlock(heap)
}

inline heap_give(a) {
    STEP;
    if
    :: m[BUILDING(a)] ->
       lock(heap);
       b = m[BUILDING(a)];
       if
       :: b -> assert(m[USED(b)] && m[REFS(b)] == 0); set(USED(b), 0); set(BUILDING(a), 0)
       :: else
       fi;
       unlock(heap);
       b = 0
    :: else
    fi
}

/* --- requests; the names' gate is held --------------------------------------- */

inline unref(o) {
    assert(m[USED(o)] && m[REFS(o)] > 0);
    set(REFS(o), m[REFS(o)] - 1);
    if
    :: m[REFS(o)] == 0 -> set(BUILDING(me), o)
    :: else
    fi
}

inline enter(o) {
    assert(m[USED(o)]);
    set(HANDLE(me), o);
    set(REFS(o), m[REFS(o)] + 1);
    mine[me] = serial[o]
}

/* --- ... it is not ------------------------------------------------------------ */

inline open_there() {
    lock(names);
    o = m[NAMED];
    if
    :: o -> enter(o)
    :: else
    fi;
    unlock(names);
    o = 0
}

/* Looks, builds, looks again: should another have been faster, that one is opened, or, exclusively, none. */
inline create() {
    heap_give(me);
    heap_take();
    if
    :: b ->
       b = 0;
       lock(names);
       o = m[NAMED];
       if
       :: o /* exclusively */
       :: o -> enter(o)
       :: !o ->
          o = m[BUILDING(me)];
          assert(m[REFS(o)] == 0);
          set(BUILDING(me), 0);
          set(NAMED, o); /* [NM1-W] */
          set(REFS(o), 1);
          enter(o)
       fi;
       unlock(names);
       o = 0;
       heap_give(me)
    :: else
    fi
}

inline unlink() {
    heap_give(me);
    lock(names);
    o = m[NAMED];
    if
    :: o -> set(NAMED, 0); unref(o)
    :: else
    fi;
    unlock(names);
    o = 0;
    heap_give(me)
}

/* a's handle: its own, or a dead one's. */
inline let_go(a) {
    heap_give(me);
    lock(names);
    o = m[HANDLE(a)];
    assert(o && serial[o] == mine[a]); /* nothing is put in the place of what is open */
    unref(o);
    set(HANDLE(a), 0);
    unlock(names);
    o = 0;
    heap_give(me)
}

/* --- agents ------------------------------------------------------------- */

#define PRIVATE byte b, o
#define FORGET b = 0; o = 0

proctype user(byte me) {
    PRIVATE;
    byte steps = STEPS;
    atomic {
        do
        :: steps && !m[HANDLE(me)] -> steps--; open_there()
        :: steps && !m[HANDLE(me)] -> steps--; create()
        :: steps -> steps--; unlink()
        :: m[HANDLE(me)] -> let_go(me)
        :: steps == 0 && !m[HANDLE(me)] -> break
        od;
        goto out;
anew: /* only who settles */
died:
        dead = dead | BIT(me);
out:
        FORGET; steps = 0
    }
}

/* --- settling ----------------------------------------------------------- */

#define TO_SETTLE (dead & ~settled)

inline recover(gate, d) {
    STEP;
    if
    :: gate == d + 1 -> undo(d); STEP; gate = me + 1; unlock(gate)
    :: else
    fi
}

inline settle(d) {
    heap_give(d);
    if
    :: d < SETTLER && m[HANDLE(d)] -> let_go(d)
    :: else
    fi;
    heap_give(d);
    STEP; settled = settled | BIT(d)
}

proctype settler(byte me) {
    PRIVATE;
    byte a;
    atomic {
        skip;
end_idle:
        do
        :: TO_SETTLE && (repair == 0 || !LIVES(repair - 1)) ->
           STEP;
           if
           :: repair == 0 || !LIVES(repair - 1) -> repair = me + 1;
              for (a : 0 .. 2 * AGENTS - 1) {
                  if
                  :: TO_SETTLE & BIT(a % AGENTS) ->
                     recover(names, a % AGENTS);
                     recover(heap, a % AGENTS);
                     if
                     :: a >= AGENTS -> settle(a - AGENTS)
                     :: else
                     fi
                  :: else
                  fi
              }
anew:
              STEP; repair = 0; a = 0; FORGET
           :: else
           fi
        od;
died:
        dead = dead | BIT(me);
        FORGET; a = 0
    }
}

/* --- properties --------------------------------------------------------- */

/* All handles are closed: what has no name is free, or what the settler will give back next; what has one is there. */
proctype judge() {
    byte w;
    timeout;
    d_step {
        assert(settled == dead && names == 0 && heap == 0);
        for (w : 0 .. AGENTS - 1) {
            assert(logged[w] == 0 && m[HANDLE(w)] == 0);
            assert(!m[BUILDING(w)] || w >= SETTLER)
        }
        for (w : 1 .. BLOCKS) {
            assert(m[REFS(w)] == (m[NAMED] == w));
            assert(m[USED(w)] == (m[REFS(w)] != 0 || m[BUILDING(SETTLER)] == w || m[BUILDING(AGENTS - 1)] == w))
        }
    }
}

proctype scheduler() {
end_scheduler:
    do
    :: go!0
    :: go!1
    :: go!2
    :: go!3
    od
}

init {
    atomic {
        run user(0);
        run user(1);
        run settler(SETTLER);
#if SETTLERS == 2
        run settler(SETTLER + 1);
#endif
        run scheduler();
        run judge()
    }
}
