/*
 * The event, as core/prim/{event,gate}.c, core/api/api.c and core/reg/agent.c have it, for SPIN: waiters on a
 * semaphore, a poster, and who settles the dead. Labels are those of docs/memory-model.md.
 *
 * All that agents do is atomic between one STEP and the next: STEP stands before each access of shared memory,
 * there others may go first, and there an agent may die. Memory is sequentially consistent; late stores are the
 * fake scheduler's part (event.c), and how the journal is written and undone word by word that of deaths.c: here a list
 * changes in one step, which the settling can take back. Left out besides is only what nobody can tell:
 * a round of a retry loop whose compare-and-swap failed, and `locking`, which says no more than the gate's owner.
 * Nobody here gives his waiters' memory back: that it awaits whoever marks one of them (AWAITED) is gone.c's part.
 *
 *   WAITERS    1 or 2, agents 0 and 1, all hanging on one event; the next agent is the poster
 *   POSTS      how often it posts; with THIEF it tries to take after the first
 *   IMPATIENT  mask of waiters that may time out or be aborted, whenever it is their turn
 *   MORTAL     mask of agents each of which may die, at every step
 *   SETTLERS   how many settle the dead
 *   HOLDER     both waiters have been asleep since before, and instead of a settler somebody
 *              takes the lock and frees it, as who is cancelled does
 */
#ifndef SETTLERS
#define SETTLERS 1
#endif
#ifndef IMPATIENT
#define IMPATIENT 0
#endif
#ifndef MORTAL
#define MORTAL 0
#endif
#define POSTER WAITERS
#define SETTLER (WAITERS + 1)
#define AGENTS (WAITERS + 1 + SETTLERS)
#define BIT(i) (1 << (i))
#define LIVES(i) (!(dead & BIT(i)))
#define MAY(mask) (mask & BIT(me))

chan go = [0] of { byte };
#define DIE_HERE MAY(MORTAL) -> goto died
#define STEP go?eval(me); if :: true :: DIE_HERE fi

/* The gate's word: the owner's slot + 1, and three bits. */
#define WAITS 1
#define NOTE 2
#define CONTENDED 4
#define MINE ((me + 1) << 3)
#define HELD(w) ((w) >> 3)

/* A waiter's state: use count, and what it is. */
#define FREE 0
#define PENDING 1
#define MARKED 2
#define GONE 3
#define IS(w) (state[w] & 3)
#define USE(w) (state[w] & ~3)
#define LISTED(w) (state[w] & 1)

#define AWAKE 0
#define ASLEEP 1
#define RUNG 2

byte word, value;
byte list;                         /* waiters + 1 in order, two bits each */
byte state[WAITERS];               /* waiter i is agent i's */
byte bell[AGENTS];
bit parked[AGENTS];                /* sleeps in the kernel until it is unparked */
byte ready, chunk_ready, wanting;  /* a bit an agent */
byte repair;                       /* who has the right to settle, + 1 */
bit logged[AGENTS];                /* the journal: the list was `old_list` */
byte old_list;
byte marking[AGENTS], used[AGENTS]; /* the mark in hand: waiter + 1, its use count */
byte dead, settled;

/* For the properties only. */
byte posted, taken, served, done;

/* --- bells -------------------------------------------------------------- */

inline bell_ring(a) {
    STEP; was = bell[a]; bell[a] = RUNG; /* [EV4-W] */
    if
    :: was == ASLEEP -> was = 0; STEP; parked[a] = 0 /* unpark */
    :: else -> was = 0
    fi
}

inline ring_wanting() {
    STEP; bits = wanting;
    for (i : 0 .. AGENTS - 1) {
        if
        :: bits & BIT(i) -> bell_ring(i)
        :: else
        fi
    }
    bits = 0; i = 0
}

/* --- marking, with the gate held ----------------------------------------- */

inline set_list(to) { STEP; old_list = list; logged[me] = 1; list = to } /* [GT3-W] */
inline commit() { STEP; logged[me] = 0; old_list = 0 } /* [GT4-W] */

inline unlink(w) {
    if
    :: (list & 3) == w + 1 -> set_list(list >> 2)
    :: list >> 2 == w + 1 -> set_list(list & 3)
    :: else /* it never got there */
    fi
}

/* The mark that agent a has in hand. `gone`: its waiter did not wait any more. */
inline finish_mark(a) {
    gone = 0;
    if
    :: marking[a] ->
       x = marking[a] - 1;
       STEP;
       if
       :: state[x] == used[a] + PENDING -> state[x] = used[a] + MARKED /* [EV2-W] */
       :: state[x] == used[a] + GONE -> state[x] = used[a] + FREE; gone = 1 /* [EV3-R] */
       :: else
       fi;
       if
       :: !gone ->
          STEP; ready = ready | BIT(x); /* [EV5-W] */
          STEP; chunk_ready = chunk_ready | BIT(x);
          bell_ring(x)
       :: else
       fi
    :: else
    fi;
    x = 0;
    STEP; marking[a] = 0; used[a] = 0
}

inline mark_first() {
    y = (list & 3) - 1;
    unlink(y);
    STEP; used[me] = USE(y); marking[me] = y + 1; y = 0;
    commit();
    finish_mark(me)
}

inline clear_waits_if_empty() {
    if
    :: list == 0 -> STEP; word = word & ~WAITS
    :: else
    fi
}

inline deliver() {
    gone = 1;
    do
    :: list && gone -> mark_first()
    :: else -> break
    od;
    gone = 0;
    clear_waits_if_empty()
}

/* --- the gate ----------------------------------------------------------- */

/* One look. `took` 0: not now. */
inline gate_lock() {
    took = 0;
    STEP; seen = word;
    if
    :: !HELD(seen) ->
       STEP;
       if
       :: word == seen -> word = word | MINE; took = 1 /* [GT1-W] [GT2-R] */
       :: else
       fi
    :: else
    fi;
    seen = 0
}

/* Delivers what it must and what others left, then frees the lock. `must`: ONE, ALL or nothing. */
#define ONE 1
#define ALL 2
inline gate_unlock(must) {
    commit();
    todo = must;
    do
    :: todo ->
       deliver();
       if
       :: todo == ALL && list
       :: else -> todo = 0
       fi
    :: else ->
       STEP;
       if
       :: word & NOTE -> word = word & ~NOTE; todo = ONE /* [GT5-R] */
       :: else -> seen = word; word = word & WAITS; break /* [GT2-W] */
       fi
    od;
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

/* --- the event ---------------------------------------------------------- */

inline notify() {
    STEP; /* [EV1-P] look */
    if
    :: !(word & WAITS)
    :: (word & WAITS) && HELD(word) -> word = word | NOTE /* [GT5-W] */
    :: (word & WAITS) && !HELD(word) -> word = word | MINE; /* [GT1-W] [GT2-R] */
       gate_unlock(ONE)
    fi
}

/* With the gate held. `first`: it was marked and found nothing. */
inline hang(first) {
    STEP; state[me] = USE(me) + 4 + PENDING;
    if
    :: first || list == 0 -> set_list(list << 2 | me + 1)
    :: else -> set_list(list | (me + 1) << 2)
    fi;
    STEP; word = word | WAITS; /* [EV1-S] */
    gate_unlock(0)
}

inline take_off(w) {
    gate_lock();
    if
    :: took ->
       if
       :: LISTED(w) ->
          unlink(w);
          commit();
          STEP; state[w] = USE(w) + FREE;
          clear_waits_if_empty()
       :: else
       fi;
       gate_unlock(0)
    :: else
    fi
}

/* The core tells the next also where the waiter was not marked: more is woken than here. */
inline pass_mark_on(w) {
    notify();
    STEP; state[w] = USE(w) + FREE
}

/* `took` 0: not now. */
inline remove(w) {
    took = 1;
    STEP;
    if
    :: LISTED(w) -> take_off(w)
    :: else
    fi;
    if
    :: !took && w == me ->
       STEP;
       if
       :: IS(w) == PENDING -> state[w] = USE(w) + GONE /* [EV3-W] event_end */
       :: else -> took = 1 /* marked after all: needs no lock */
       fi
    :: else
    fi;
    if
    :: took && IS(w) == MARKED -> pass_mark_on(w)
    :: else
    fi
}

inline event_end(by_mark) {
    if
    :: by_mark -> STEP; state[me] = USE(me) + FREE
    :: else -> remove(me); took = 0
    fi
}

/* --- the semaphore ------------------------------------------------------ */

inline attempt() {
    STEP; got = value > 0; /* [EV1-S] look */
    if
    :: got -> value--; taken++; served = served | BIT(me); /* [PS1-R] */
       if
       :: value > 0 -> notify()
       :: else
       fi
    :: else
    fi
}

inline post() {
    STEP; value++; posted++; /* [PS1-W] [EV1-P] publish */
    notify()
}

/* --- agents ------------------------------------------------------------- */

#define PRIVATE                                                                                    \
    byte was, bits, i, x, y, seen;                                                                 \
    byte todo;                                                                                     \
    bit gone, took, wanted, got
#define FORGET                                                                                     \
    was = 0; bits = 0; i = 0; x = 0; y = 0; seen = 0; todo = 0;                                    \
    gone = 0; took = 0; wanted = 0; got = 0

proctype waiter(byte me) {
    PRIVATE;
    bit marked, stalled, told;
    atomic {
#ifdef HOLDER
        goto asleep;
#endif
        skip;
advance:
        STEP; marked = IS(me) == MARKED; /* [EV2-R] */
        stalled = 0; told = 0;
        attempt();
        if
        :: got -> goto finish
        :: !got && IS(me) == PENDING -> goto sleep
        :: else
        fi;
        gate_lock();
        if
        :: took -> took = 0; hang(marked); goto advance /* look again */
        :: else
        fi;
        gate_want();
        if
        :: wanted -> stalled = 1; wanted = 0
        :: else -> goto advance
        fi;
sleep:
        marked = 0;
        STEP;
        if
        :: bell[me] == AWAKE -> bell[me] = ASLEEP; goto park
        :: else
        fi;
answer:
        STEP; bell[me] = AWAKE; /* [EV4-R] */
        STEP; wanting = wanting & ~BIT(me);
        told = 0;
        STEP;
        if
        :: chunk_ready & BIT(me) -> chunk_ready = chunk_ready & ~BIT(me); /* [EV5-R] */
           STEP; told = (ready & BIT(me)) != 0; ready = ready & ~BIT(me)
        :: else
        fi;
        if
        :: MAY(IMPATIENT) -> goto finish
        :: told || stalled -> goto advance
        :: !told && !stalled -> goto sleep
        fi;
park:
        STEP; parked[me] = bell[me] == ASLEEP;
        if
        :: true ->
asleep:
end_parked:
           !parked[me]; goto answer
        :: MAY(IMPATIENT) -> STEP; parked[me] = 0; goto finish /* sooner or later */
        :: MAY(MORTAL) -> go?eval(me); goto died
        fi;
finish:
        event_end(got && marked);
        STEP; done = done | BIT(me);
        assert(got == ((served & BIT(me)) != 0));
        goto out;
died:
        dead = dead | BIT(me); parked[me] = 0;
out:
        FORGET; marked = 0; stalled = 0; told = 0
    }
}

proctype poster(byte me) {
    PRIVATE;
    byte posts = POSTS;
    atomic {
        do
        :: posts ->
           post();
#ifdef THIEF
           if
           :: posts == POSTS -> attempt()
           :: else
           fi;
#endif
           posts--
        :: else -> break
        od;
        STEP; done = done | BIT(me);
        goto out;
died:
        dead = dead | BIT(me);
out:
        FORGET; posts = 0
    }
}

/* --- settling ----------------------------------------------------------- */

#define TO_SETTLE (dead & ~settled)

/* Takes back the critical section that d died in, marks all who wait there, frees the gate. */
inline gate_recover(d) {
    STEP;
    if
    :: HELD(word) == d + 1 -> /* [GT1-R] */
       if
       :: logged[d] -> STEP; list = old_list; marking[d] = 0; used[d] = 0; /* [GT3-R] */
          STEP; logged[d] = 0; old_list = 0 /* [GT4-W] */
       :: else
       fi;
       finish_mark(d);
       STEP; word = word & 7 | MINE; /* [GT1-W] */
       gate_unlock(ALL)
    :: else
    fi
}

inline ring_all() {
    for (j : 0 .. AGENTS - 1) {
        if
        :: j != POSTER && LIVES(j) -> bell_ring(j); STEP; parked[j] = 0 /* the poster never sleeps */
        :: else
        fi
    }
}

/* Everything of agent a. `took` 0: not now. */
inline settle(a) {
    took = 1;
    if
    :: a < WAITERS -> remove(a)
    :: else
    fi;
    if
    :: took ->
       notify();
       STEP; wanting = wanting & ~BIT(a);
       ring_all();
       STEP; settled = settled | BIT(a)
    :: else
    fi
}

/* Every lock first; then each dead agent, its lock again: it may have died since. */
inline settle_all() {
    took = 1;
    for (a : 0 .. 2 * AGENTS - 1) {
        if
        :: took && (TO_SETTLE & BIT(a % AGENTS)) ->
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

/* Settles when it hears of a death, and when it is rung after "not now". */
proctype settler(byte me) {
    PRIVATE;
    byte a, j, heard;
    bit stalled;
    atomic {
        skip;
end_idle:
        do
        :: ((dead & ~heard) || (stalled && !parked[me])) && (repair == 0 || !LIVES(repair - 1)) ->
           STEP; heard = dead; stalled = 0; parked[me] = 0; bell[me] = AWAKE; /* [EV4-R] */
           STEP; wanting = wanting & ~BIT(me);
           STEP;
           if
           :: repair == 0 || !LIVES(repair - 1) -> repair = me + 1; /* [AG2-R] */
              settle_all();
              STEP; repair = 0; /* [AG2-W] */
              if
              :: !took ->
                 gate_want();
                 stalled = 1;
                 STEP;
                 if
                 :: wanted && bell[me] == AWAKE -> bell[me] = ASLEEP; parked[me] = 1
                 :: else /* at once */
                 fi
              :: else
              fi
           :: else -> heard = 0
           fi
        od;
died:
        dead = dead | BIT(me); parked[me] = 0;
        FORGET; a = 0; j = 0; heard = 0; stalled = 0
    }
}

proctype holder(byte me) {
    PRIVATE;
    atomic {
        gate_lock();
        if
        :: took -> gate_unlock(0)
        :: else
        fi;
        goto out;
died:
        skip;
out:
        FORGET
    }
}

/* --- properties --------------------------------------------------------- */

/* Nobody can go on: then all the dead are settled, and who lives has done its work or sleeps for good reason. */
proctype judge() {
    byte w;
    timeout;
    d_step {
        assert(settled == dead);
        assert(!HELD(word) && !(word & NOTE));
        assert(list == 0 || (word & WAITS));
        assert(value == posted - taken);
        assert(!LIVES(POSTER) || (done & BIT(POSTER)));
        for (w : 0 .. WAITERS - 1) {
            assert(!LIVES(w) || (done & BIT(w)) || (parked[w] && value == 0 && IS(w) == PENDING));
            assert(LIVES(w) || !LISTED(w));
            assert(!(done & BIT(w)) || IS(w) == FREE || IS(w) == GONE);
            assert(LISTED(w) == ((list & 3) == w + 1 || list >> 2 == w + 1))
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
        run waiter(0);
#if WAITERS == 2
        run waiter(1);
#endif
        run poster(POSTER);
#ifdef HOLDER
        d_step {
            word = WAITS; list = 1 | 2 << 2;
            state[0] = PENDING; bell[0] = ASLEEP; parked[0] = 1;
            state[1] = PENDING; bell[1] = ASLEEP; parked[1] = 1
        };
        run holder(SETTLER);
#else
        run settler(SETTLER);
#endif
#if SETTLERS == 2
        run settler(SETTLER + 1);
#endif
        run scheduler();
        run judge()
    }
}
