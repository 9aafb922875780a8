/*
 * The internal lock, as core/prim/gate.c, event.c (notify) and core/reg/agent.c (repair) have it, for SPIN: two who
 * change what it guards, one who notifies, who settles the dead and who settles him. Everyone may die at every step.
 * Labels are those of docs/memory-model.md.
 *
 * Word by word is here what event.pml takes in one step: the journal, `locking`, the right to repair and its takeover.
 * One step there is here the list of waiters: somebody hangs on the event for ever and looks when he is marked.
 * As there, agents are atomic between one STEP and the next, and a retry whose compare-and-swap failed is left out.
 * Every proof of death is true here (a false one, and SPOILT: overtaken.c), and who waits for the right to repair looks
 * again by himself (how he is rung, `repairing`: gone.c).
 *
 *   MORTAL    mask of agents each of which may die, at every step: 1, 2 contenders, 4 the notifier, 8, 16 the settlers
 *   SETTLERS  how many settle the dead
 */
#ifndef SETTLERS
#define SETTLERS 1
#endif
#ifndef MORTAL
#define MORTAL 0
#endif
#define NOTIFIER 2
#define SETTLER 3
#define AGENTS (3 + SETTLERS)
#define BIT(i) (1 << (i))
#define LIVES(i) (!(dead & BIT(i)))

chan go = [0] of { byte };
#define STEP go?eval(me); if :: true :: (MORTAL & BIT(me)) -> goto died fi

/* The gate's word: the owner's slot + 1, and two bits; somebody always waits for the event. */
#define NOTE 1
#define CONTENDED 2
#define MINE ((me + 1) << 2)
#define HELD(w) ((w) >> 2)

byte word, locking, wanting, rung; /* the last three: a bit an agent */
bit data[2];                       /* guarded by the gate: always equal, as its next holder finds them */
byte logged[AGENTS];               /* the journal: how many entries count ... */
bit old[2 * AGENTS];               /* ... and what data[i] was before the i-th store */
byte repair;                       /* who has the right to settle, + 1 */
bit published;                     /* what the notifier changes before it notifies */
byte dead, settled;

/* For the properties only. */
bit committed, informed;
byte done;

/* --- the gate ----------------------------------------------------------- */

/* Whoever hangs there looks. */
inline deliver() {
    STEP; informed = informed | published
}

/* Those whose bell is rung look again. */
inline ring_wanting() {
    STEP; bits = wanting; /* [GT6-R] */
    for (i : 0 .. 1) {
        if
        :: bits & BIT(i) -> STEP; rung = rung | BIT(i)
        :: else
        fi
    }
    bits = 0; i = 0
}

/* One look. `took` 0: not now. */
inline gate_lock() {
    took = 0;
    STEP; locking = locking | BIT(me); /* [GT1-W] */
    STEP;
    if
    :: !HELD(word) -> word = word | MINE; took = 1 /* [GT2-R] */
    :: else -> STEP; locking = locking & ~BIT(me)
    fi
}

inline set(n) {
    STEP; old[2 * me + n] = data[n];
    STEP; logged[me] = n + 1; /* [GT3-W] */
    STEP; data[n] = !data[n]
}

inline gate_commit() {
    STEP;
    if
    :: logged[me] -> committed = !committed
    :: else
    fi;
    logged[me] = 0 /* [GT4-W] */
}

inline gate_unlock() {
    gate_commit();
    do
    :: true ->
       STEP;
       if
       :: word & NOTE -> word = word & ~NOTE; deliver() /* [GT5-R] */
       :: else -> seen = word; word = 0; break /* [GT2-W] */
       fi
    od;
    STEP; locking = locking & ~BIT(me);
    if
    :: seen & CONTENDED -> seen = 0; ring_wanting()
    :: else -> seen = 0
    fi
}

/* `wanted`: whoever frees the lock rings; else it is free by now. */
inline gate_want() {
    STEP; wanting = wanting | BIT(me); /* [GT6-W] */
    STEP; wanted = HELD(word) != 0;
    if
    :: wanted -> word = word | CONTENDED
    :: else
    fi
}

inline notify() {
    STEP; locking = locking | BIT(me); /* [GT1-W] */
    STEP;
    if
    :: HELD(word) -> word = word | NOTE; /* [GT5-W] */
       STEP; locking = locking & ~BIT(me)
    :: else -> word = word | MINE; /* [GT2-R] */
       deliver();
       gate_unlock()
    fi
}

/* --- agents ------------------------------------------------------------- */

#define PRIVATE byte bits, i, seen; bit took, wanted
#define FORGET bits = 0; i = 0; seen = 0; took = 0; wanted = 0

/* Changes both words, once. */
proctype contender(byte me) {
    PRIVATE;
    atomic {
        skip;
again:
        gate_lock();
        if
        :: took ->
           assert(data[0] == data[1]);
           set(0);
           set(1);
           assert(HELD(word) == me + 1);
           gate_unlock();
           goto finish
        :: else
        fi;
        gate_want();
        if
        :: !wanted -> goto again
        :: else
        fi;
        wanted = 0;
        if
        :: true ->
end_asleep:
           rung & BIT(me); go?eval(me)
        :: MORTAL & BIT(me) -> go?eval(me); goto died
        fi;
        rung = rung & ~BIT(me);
        STEP; wanting = wanting & ~BIT(me);
        goto again;
finish:
        STEP; done = done | BIT(me); goto out;
died:
        dead = dead | BIT(me);
out:
        FORGET
    }
}

proctype notifier(byte me) {
    PRIVATE;
    atomic {
        STEP; published = 1; /* [EV1-P] */
        notify();
        STEP; done = done | BIT(me); goto out;
died:
        dead = dead | BIT(me);
out:
        FORGET
    }
}

/* --- settling ----------------------------------------------------------- */

#define TO_SETTLE (dead & ~settled)

/* What d stored since its last commit is taken back, newest first. */
inline undo(d) {
    STEP; n = logged[d]; /* [GT3-R] [GT4-R] */
    do
    :: n -> n--; STEP; data[n] = old[2 * d + n]
    :: else -> break
    od;
    STEP; logged[d] = 0; old[2 * d] = 0; old[2 * d + 1] = 0
}

inline gate_recover(d) {
    STEP; held = (locking & BIT(d)) != 0; /* [GT1-R] */
    STEP;
    if
    :: held && HELD(word) == d + 1 ->
       undo(d);
       STEP; locking = locking | BIT(me); /* [GT1-W] */
       STEP; word = word & 3 | MINE;
       deliver();
       gate_unlock()
    :: else
    fi;
    held = 0
}

inline settle(d) {
    notify();
    STEP; wanting = wanting & ~BIT(d);
    STEP; rung = rung | 3; /* ring_all: there is none but contenders who sleep */
    STEP; locking = locking & ~BIT(d); settled = settled | BIT(d)
}

/* Every lock first; then each dead agent, its lock again: it may have died since. */
inline settle_all() {
    for (a : 0 .. 2 * AGENTS - 1) {
        if
        :: TO_SETTLE & BIT(a % AGENTS) ->
           gate_recover(a % AGENTS);
           if
           :: a >= AGENTS -> settle(a - AGENTS)
           :: else
           fi
        :: else
        fi
    }
    a = 0
}

proctype settler(byte me) {
    PRIVATE;
    byte a, n;
    bit held;
    atomic {
        skip;
end_idle:
        do
        :: TO_SETTLE && (repair == 0 || !LIVES(repair - 1)) ->
           STEP;
           if
           :: repair == 0 || !LIVES(repair - 1) -> repair = me + 1; /* [AG2-R] */
              settle_all();
              STEP; repair = 0 /* [AG2-W] */
           :: else
           fi
        od;
died:
        dead = dead | BIT(me);
        FORGET; a = 0; n = 0; held = 0
    }
}

/* --- properties --------------------------------------------------------- */

/* Nobody can go on: what was begun and not committed is taken back, the lock is free, nobody forgotten. */
proctype judge() {
    byte w;
    timeout;
    d_step {
        assert(settled == dead);
        assert(!HELD(word) && !(word & NOTE) && !locking);
        assert(data[0] == data[1] && data[0] == committed);
        assert(!published || informed);
        for (w : 0 .. 2) {
            assert(!LIVES(w) || (done & BIT(w)))
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
    :: go!4
    od
}

init {
    atomic {
        run contender(0);
        run contender(1);
        run notifier(NOTIFIER);
        run settler(SETTLER);
#if SETTLERS == 2
        run settler(SETTLER + 1);
#endif
        run scheduler();
        run judge()
    }
}
