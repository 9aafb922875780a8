/*
 * The cells of a ring for many, as core/obj/ring_cells.c, ring_claims.c and core/prim/cells.c have them, for SPIN: who
 * sends and claims, who receives and peeks, who settles the dead and who settles him. Each chooses what it does next;
 * everyone may die at every store of the cells and lists, and the store that it died behind is taken back word by word.
 *
 * The gate is one step here, its takeover too: gate.pml is the proof of that. So is waiting: who finds nothing, or no
 * room, does something else. A settler that meets a dead agent's gate settles that first.
 *
 *   CELLS    2 or 3
 *   STEPS    how many operations a sender and a receiver begin
 *   MORTAL   mask of agents each of which may die, at every step: 1, 2 senders, 4 the receiver, 8, 16 the settlers
 *   SETTLERS how many settle the dead
 */
#ifndef SETTLERS
#define SETTLERS 1
#endif
#ifndef CELLS
#define CELLS 2
#endif
#define SETTLER 3
#define BIT(i) (1 << (i))
#define LIVES(i) (!(dead & BIT(i)))

chan go = [0] of { byte };
#define STEP go?eval(me); if :: true :: (MORTAL & BIT(me)) -> goto died fi

/* The ring's words; cell c, from 1, has those of C(c, ...). */
#define FREE 0
#define FRESH 1
#define READY 2 /* head and tail */
#define TAKEN 4
#define RECORDS 6
#define NEXT 0
#define TAG 1  /* whose claim it is: agent + 1 */
#define PREV 2
#define USE 3  /* the low bit: 1 while it is read */
#define RECORD 4
#define C(c, field) (7 + ((c) - 1) * 5 + field)
#define WORDS (7 + CELLS * 5)
#define JOURNAL 12

byte m[WORDS];
byte gate;                          /* its owner, + 1 */
byte logged, at[JOURNAL], old[JOURNAL]; /* the journal of who owns the gate, or died there */
byte repair, dead, settled;

/* For the properties only. Records are numbered in the order in which they are sent. */
byte next, taken;                   /* how many were sent; a bit for each that was received */
bit sends;                          /* what the next commit is */
byte receives;                      /* ... the record that it hands out, + 1 */

/* --- the gate ----------------------------------------------------------- */

inline lock() { STEP; gate == 0; gate = me + 1 }
inline unlock() { STEP; gate = 0 }

inline set(word, value) {
    STEP; at[logged] = word; old[logged] = m[word]; logged++; m[word] = value
}

inline forget_journal() {
    do
    :: logged -> logged--; at[logged] = 0; old[logged] = 0
    :: else -> break
    od
}

/* From here on it has happened. */
inline commit() {
    STEP;
    if
    :: sends -> next++; sends = 0
    :: else
    fi;
    if
    :: receives -> assert(!(taken & BIT(receives - 1))); taken = taken | BIT(receives - 1); receives = 0
    :: else
    fi;
    forget_journal()
}

inline undo() {
    do
    :: logged -> STEP; logged--; m[at[logged]] = old[logged]; at[logged] = 0; old[logged] = 0
    :: else -> break
    od;
    sends = 0; receives = 0
}

/* --- cells and lists, with the gate held --------------------------------- */

inline take() {
    if
    :: m[FREE] -> c = m[FREE]; set(FREE, m[C(c, NEXT)])
    :: else -> c = m[FRESH] + 1; set(FRESH, c)
    fi;
    m[C(c, TAG)] = 0 /* private so far */
}

inline give() {
    set(C(c, NEXT), m[FREE]);
    set(FREE, c)
}

/* At the end of a list. */
inline append(list) {
    last = (m[list] -> m[list + 1] : 0);
    set(C(c, NEXT), 0);
    if
    :: last -> set(C(last, NEXT), c)
    :: else -> set(list, c)
    fi;
    set(list + 1, c)
}

inline prepend(list) {
    last = m[list];
    set(C(c, NEXT), last);
    set(list, c);
    if
    :: !last -> set(list + 1, c)
    :: else
    fi
}

inline count(change) { set(RECORDS, m[RECORDS] + change) }

inline hang(read) {
    append(TAKEN);
    set(C(c, PREV), last);
    set(C(c, USE), read);
    set(C(c, TAG), me + 1);
    commit()
}

inline unhang() {
    last = m[C(c, PREV)]; then = m[C(c, NEXT)];
    if
    :: last -> assert(m[C(last, NEXT)] == c); set(C(last, NEXT), then)
    :: else -> assert(m[TAKEN] == c); set(TAKEN, then)
    fi;
    if
    :: then -> assert(m[C(then, PREV)] == c); set(C(then, PREV), last)
    :: else -> assert(m[TAKEN + 1] == c); set(TAKEN + 1, last)
    fi;
    set(C(c, TAG), 0)
}

/* --- requests ------------------------------------------------------------ */

/* What the receiver has in hand is what was sent, and no other has it. */
inline look() {
    assert(m[C(c, RECORD)] < next && !(taken & BIT(m[C(c, RECORD)])))
}

/* A free cell of those that nobody holds. */
#define ROOM (m[FREE] || m[FRESH] < CELLS)

inline append_record() {
    m[C(c, RECORD)] = next; /* nobody else sends until the gate is free */
    append(READY);
    count(1);
    sends = 1;
    commit()
}

inline send() {
    lock();
    if
    :: ROOM -> take(); append_record()
    :: else
    fi;
    unlock()
}

inline claim() {
    lock();
    if
    :: ROOM -> take(); hang(0); mine = c
    :: else
    fi;
    unlock()
}

inline end_claim() {
    lock();
    c = mine;
    assert(m[C(c, TAG)] == me + 1 && m[C(c, USE)] == 0);
    mine = 0;
    unhang();
    if
    :: true -> append_record()
    :: true -> give(); commit() /* aborted */
    fi;
    unlock()
}

inline receive() {
    lock();
    if
    :: m[READY] ->
       c = m[READY];
       look();
       set(READY, m[C(c, NEXT)]);
       count(-1);
       receives = m[C(c, RECORD)] + 1;
       give();
       commit()
    :: else
    fi;
    unlock()
}

inline peek() {
    lock();
    if
    :: m[READY] -> c = m[READY]; look(); set(READY, m[C(c, NEXT)]); hang(1); mine = c
    :: else
    fi;
    unlock()
}

inline release() {
    lock();
    c = mine;
    assert(m[C(c, TAG)] == me + 1 && m[C(c, USE)] == 1);
    look();
    mine = 0;
    unhang();
    count(-1);
    receives = m[C(c, RECORD)] + 1;
    give();
    commit();
    unlock()
}

/* The youngest claim of that party first: records stand in front again in their order. Gate held. */
inline end_all(party) {
    c = (m[TAKEN] -> m[TAKEN + 1] : 0);
    do
    :: c && m[C(c, TAG)] == party + 1 ->
       before = m[C(c, PREV)];
       unhang();
       if
       :: m[C(c, USE)] -> prepend(READY)
       :: else -> give()
       fi;
       commit();
       c = before
    :: c && m[C(c, TAG)] != party + 1 -> c = m[C(c, PREV)]
    :: else -> break
    od
}

/* --- agents ------------------------------------------------------------- */

#define PRIVATE byte c, last, then, mine, before
#define FORGET c = 0; last = 0; then = 0; mine = 0; before = 0

proctype sender(byte me) {
    PRIVATE;
    byte steps = STEPS;
    atomic {
        do
        :: steps && !mine -> steps--; send()
        :: steps && !mine -> steps--; claim()
        :: mine -> end_claim()
        :: !mine && steps == 0 -> break
        od;
        goto out;
died:
        dead = dead | BIT(me);
out:
        FORGET; steps = 0
    }
}

/* It may also close the ring with a record in hand. */
proctype receiver(byte me) {
    PRIVATE;
    byte steps = STEPS;
    atomic {
        do
        :: steps && !mine -> steps--; receive()
        :: steps && !mine -> steps--; peek()
        :: mine -> release()
        :: mine -> lock(); end_all(me); unlock(); mine = 0
        :: !mine && steps == 0 -> break
        od;
        goto out;
died:
        dead = dead | BIT(me);
out:
        FORGET; steps = 0
    }
}

/* --- settling ----------------------------------------------------------- */

#define TO_SETTLE (dead & ~settled)

/* The critical section in which d died: taken back, then the gate is the settler's. */
inline recover(d) {
    if
    :: gate == d + 1 -> undo(); STEP; gate = me + 1; unlock()
    :: else
    fi
}

/* The next one, whenever a gate is in the way: again. */
inline settle(d) {
    STEP; /* the look at `taken` */
    if
    :: !m[TAKEN] -> settled = settled | BIT(d)
    :: m[TAKEN] && gate == 0 -> gate = me + 1; end_all(d); unlock(); STEP; settled = settled | BIT(d)
    :: else /* not now */
    fi
}

proctype settler(byte me) {
    PRIVATE;
    byte a;
    atomic {
        skip;
end_idle:
        do
        :: TO_SETTLE && (repair == 0 || !LIVES(repair - 1)) && (gate == 0 || !LIVES(gate - 1)) ->
           STEP;
           if
           :: repair == 0 || !LIVES(repair - 1) -> repair = me + 1;
              for (a : 0 .. 2 * (3 + SETTLERS) - 1) {
                  if
                  :: TO_SETTLE & BIT(a % (3 + SETTLERS)) ->
                     STEP; recover(a % (3 + SETTLERS));
                     if
                     :: a >= 3 + SETTLERS -> settle(a - 3 - SETTLERS)
                     :: else
                     fi
                  :: else
                  fi
              }
              STEP; repair = 0; a = 0; c = 0; last = 0; then = 0; before = 0
           :: else
           fi
        od;
died:
        dead = dead | BIT(me);
        FORGET; a = 0
    }
}

/* --- properties --------------------------------------------------------- */

/* Every cell is somewhere, once; what was sent is received or there, oldest first; no claim is left. */
proctype judge() {
    byte cells, seen, w, records;
    timeout;
    d_step {
        assert(settled == dead && gate == 0 && logged == 0);
        w = m[READY];
        do
        :: w ->
           assert(!(seen & BIT(w)) && m[C(w, TAG)] == 0);
           assert(!(taken & BIT(m[C(w, RECORD)])) && m[C(w, RECORD)] < next);
           assert(!m[C(w, NEXT)] || m[C(w, RECORD)] < m[C(m[C(w, NEXT)], RECORD)]);
           taken = taken | BIT(m[C(w, RECORD)]);
           seen = seen | BIT(w); cells++; records++;
           w = m[C(w, NEXT)]
        :: else -> break
        od;
        assert(!m[TAKEN] && taken + 1 == BIT(next));
        w = m[FREE];
        do
        :: w -> assert(!(seen & BIT(w))); seen = seen | BIT(w); cells++; w = m[C(w, NEXT)]
        :: else -> break
        od;
        assert(cells == m[FRESH] && records == m[RECORDS])
    }
}

proctype scheduler() {
end_scheduler:
    do
    :: go!0
    :: go!1
    :: go!2
    :: go!3
    :: go!4
    od
}

init {
    atomic {
        run sender(0);
        run sender(1);
        run receiver(2);
        run settler(SETTLER);
#if SETTLERS == 2
        run settler(SETTLER + 1);
#endif
        run scheduler();
        run judge()
    }
}
