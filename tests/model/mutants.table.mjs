/**
 * The mistakes. `file`, `find`, `replace`: the one place in the core; `model`: the same mistake in event.pml.
 * `foundBy`: event (event.c, all schedules with late stores), deaths (deaths.c, a death at every store), linear_sem, pairs_... with its arguments, spin.
 * `equivalent`: why it is none; it is not run.
 */
const EVENT = 'core/prim/event.c';
const GATE = 'core/prim/gate.c';
const AGENT = 'core/reg/agent.c';
const SEMAPHORE = 'core/obj/psem.c';

const POST = `if (!cas_seq(&sem->value, value, value + 1)) /* [PS1-W] [EV1-P] publish */
            continue;
        notify(s, sem);`;
const LOOK_AGAIN = `            if (n == 0)
                continue; /* to look again before it sleeps [EV1-S] */`;
const LATE_POST = `store_relaxed(&sem->value, value + 1);
        struct sluice_gate *gate = &sem->object.gate;
        sluice__event_notify(s, gate, SLUICE__PSEM_POSITIVE, load64_relaxed(&gate->word));`;

const READY = `    or_seq(&c->ready, 1u << in_chunk);
    or_seq(&sluice__agent(s, slot)->ready[chunk / 32], 1u << chunk % 32);
    sluice__bell_ring(s, slot);`;
const READY_MODEL = `          STEP; ready = ready | BIT(x); /* [EV5-W] */
          STEP; chunk_ready = chunk_ready | BIT(x);
          bell_ring(x)`;

export const mutants = [
  // --- orders ---
  {
    name: 'post by a late store',
    foundBy: ['event'],
    file: SEMAPHORE,
    find: POST,
    replace: LATE_POST,
  },
  {
    name: 'two repair at once',
    foundBy: ['pairs_registry 2 2000 0 47'],
    file: AGENT,
    find: `            !has_life(s, holder, SLUICE_LIFE_DEAD))
            return false;`,
    replace: `            !has_life(s, holder, SLUICE_LIFE_DEAD))
            s->blocked_on = 0;`,
  },
  {
    name: 'two take one count',
    foundBy: ['linear_sem', 'pairs_sem 2 300', 'pairs_sem 3 100'],
    file: SEMAPHORE,
    find: 'if (!cas_acqrel(&sem->value, value, value - 1)) /* [PS1-R] */',
    replace: 'if (store_release(&sem->value, value - 1), false)',
  },
  {
    name: 'unlock by load and store',
    foundBy: ['event', 'spin'],
    file: GATE,
    find: '} else if (cas64_acqrel(&gate->word, word, word & SLUICE__KEPT)) /* [GT2-W] */',
    replace: '} else if (store64_relaxed(&gate->word, word & SLUICE__KEPT), true)',
    model: {
      find: '-> seen = word; word = word & WAITS; break',
      replace: '-> seen = word; STEP; word = seen & WAITS; break',
    },
  },
  {
    name: 'a waiter leaves while its ready bits are still to be set',
    foundBy: ['event'],
    file: 'core/reg/agent.c',
    find: 'await_markers(s, agent) && done',
    replace: 'await_markers != NULL && done',
  },
  {
    name: 'who leaves is not rung when its waiter is marked',
    foundBy: ['gone'],
    file: EVENT,
    find: '    if (xchg_seq(&agent->marking, 0) & SLUICE__AWAITED) /* [EV6-W] */\n        sluice__gate_ring(s, sluice__region(s)->wanting);',
    replace: '    xchg_seq(&agent->marking, 0);',
  },
  {
    name: 'EV6: who leaves announces itself after its look',
    foundBy: ['gone'],
    file: AGENT,
    find: `        sluice__gate_announce(s, sluice__region(s)->wanting);
        cas_seq(&marker->marking, at, at | SLUICE__AWAITED);
        if (load_seq(&marker->marking) != (at | SLUICE__AWAITED)) /* [EV6-R] */
            continue;`,
    replace: `        cas_seq(&marker->marking, at, at | SLUICE__AWAITED);
        if (load_seq(&marker->marking) != (at | SLUICE__AWAITED))
            continue;
        sluice__gate_announce(s, sluice__region(s)->wanting);`,
  },
  {
    name: 'heap: the links of a block that grows are not in the journal',
    foundBy: ['deaths'],
    file: 'core/prim/heap.c',
    find: 'sluice__set(s, &b->next, load_relaxed(head));',
    replace: 'store_relaxed(&b->next, load_relaxed(head));',
  },
  {
    name: 'bell rung by load and store',
    foundBy: ['event', 'spin'],
    file: EVENT,
    find: 'if (xchg_seq(&agent->bell, SLUICE_BELL_RUNG) == SLUICE_BELL_ASLEEP) /* [EV4-W] */',
    replace:
      'uint32_t was = load_relaxed(&agent->bell); store_release(&agent->bell, SLUICE_BELL_RUNG); if (was == SLUICE_BELL_ASLEEP)',
    model: { find: 'was = bell[a]; bell[a] = RUNG;', replace: 'was = bell[a]; STEP; bell[a] = RUNG;' },
  },
  {
    name: 'journal: the count before the entry',
    foundBy: ['deaths'],
    file: GATE,
    find: `store64_relaxed(&s->me->journal[n], entry);
    store_release(&s->me->logged, n + 1);`,
    replace: 'store_release(&s->me->logged, n + 1); store64_relaxed(&s->me->journal[n], entry);',
  },
  {
    name: 'journal: the store before its entry',
    foundBy: ['deaths'],
    file: GATE,
    find: '    store64_relaxed(&s->me->journal[n], entry);',
    replace: '    store_release(word, value); store64_relaxed(&s->me->journal[n], entry);',
  },
  {
    name: 'journal: the count by a late store',
    equivalent: 'whatever an agent stored is visible before its death is proven, and nobody else reads the count',
    file: GATE,
    find: 'store_release(&s->me->logged, n + 1);',
    replace: 'store_relaxed(&s->me->logged, n + 1);',
  },
  {
    name: "ready: the chunk's bit before the waiter's",
    foundBy: ['spin'],
    file: EVENT,
    find: READY,
    replace: `    or_seq(&sluice__agent(s, slot)->ready[chunk / 32], 1u << chunk % 32);
    or_seq(&c->ready, 1u << in_chunk);
    sluice__bell_ring(s, slot);`,
    model: {
      find: READY_MODEL,
      replace: `          STEP; chunk_ready = chunk_ready | BIT(x);
          STEP; ready = ready | BIT(x);
          bell_ring(x)`,
    },
  },
  {
    name: 'bell rung before the ready bits',
    foundBy: ['event', 'spin'],
    file: EVENT,
    find: READY,
    replace: `    sluice__bell_ring(s, slot);
    or_seq(&c->ready, 1u << in_chunk);
    or_seq(&sluice__agent(s, slot)->ready[chunk / 32], 1u << chunk % 32);`,
    model: {
      find: READY_MODEL,
      replace: `          bell_ring(x);
          STEP; ready = ready | BIT(x);
          STEP; chunk_ready = chunk_ready | BIT(x)`,
    },
  },

  // --- dropped wakes ---
  {
    name: 'post does not notify',
    foundBy: ['event', 'deaths', 'spin'],
    file: SEMAPHORE,
    find: POST,
    replace: POST.replace('notify(s, sem);', ''),
    model: { find: '[EV1-P] publish */\n    notify()', replace: '*/\n    skip' },
  },
  {
    name: 'who takes and leaves some does not tell the next',
    foundBy: ['deaths', 'spin'],
    file: SEMAPHORE,
    find: 'if (value > 1)',
    replace: 'if (0)',
    model: { find: ':: value > 0 -> notify()', replace: ':: value > 0 -> skip' },
  },
  {
    name: 'no unpark',
    foundBy: ['event', 'spin'],
    file: EVENT,
    find: '        port_unpark(&agent->bell);',
    replace: '        ;',
    model: { find: 'STEP; parked[a] = 0 /* unpark */', replace: 'skip' },
  },
  {
    name: 'no second look after hanging',
    foundBy: ['event', 'spin'],
    file: 'core/api/api.c',
    find: LOOK_AGAIN,
    replace: 'if (n == 0) return -SLUICE_EAGAIN;',
    model: { find: 'hang(marked); goto advance', replace: 'hang(marked); goto sleep' },
  },
  {
    name: 'hanging does not announce',
    foundBy: ['event', 'deaths', 'spin'],
    file: EVENT,
    find: 'or64_seq(&gate->word, SLUICE__WAITS(event % SLUICE_EVENTS)); /* [EV1-S] [EV8-S] */',
    replace: '',
    model: { find: 'STEP; word = word | WAITS; /* [EV1-S] */', replace: '' },
  },
  {
    name: 'no note at a held lock',
    foundBy: ['spin'],
    file: EVENT,
    find: '} else if (cas64_acqrel(&gate->word, word, word | SLUICE__NOTE(event))) /* [GT5-W] */',
    replace: '} else',
    model: { find: '-> word = word | NOTE /* [GT5-W] */', replace: '-> skip' },
  },
  {
    name: 'notes are cleared and not delivered',
    foundBy: ['deaths', 'spin'],
    file: GATE,
    find: '            sluice__event_deliver(s, gate, event);\n        } else if',
    replace: '        } else if',
    model: { find: 'word = word & ~NOTE; todo = ONE', replace: 'word = word & ~NOTE' },
  },
  {
    name: 'a gone waiter takes the mark along',
    foundBy: ['spin'],
    file: EVENT,
    find: 'if (mark_first(s, &e->waiters))\n            break;',
    replace: '{ mark_first(s, &e->waiters); break; }',
    model: { find: '-> state[x] = used[a] + FREE; gone = 1', replace: '-> state[x] = used[a] + FREE' },
  },
  {
    name: 'who leaves without his turn does not tell the next',
    foundBy: ['deaths', 'spin'],
    file: EVENT,
    find: '    tell_next(s, gate, event);\n    if (sluice__waiter_marked(w))',
    replace: '    if (sluice__waiter_marked(w))',
    model: { find: '    notify();\n    STEP; state[w] = USE(w) + FREE', replace: '    STEP; state[w] = USE(w) + FREE' },
  },
  {
    name: 'who wants the lock is not rung',
    foundBy: ['pairs_mqueue 2 300', 'pairs_mqueue 3 100', 'event', 'deaths', 'spin'],
    file: GATE,
    find: '    store_release(&s->me->locking, 0); /* [EV6-W] */\n    if (word & SLUICE__CONTENDED)\n        sluice__gate_ring(s, waiting_for(s, gate));',
    replace: '    store_release(&s->me->locking, 0);',
    model: { find: ':: seen & CONTENDED -> seen = 0; ring_wanting()', replace: ':: seen & CONTENDED -> seen = 0' },
  },
  {
    name: 'contended before wanting',
    foundBy: ['event', 'spin'],
    file: GATE,
    find: '    sluice__gate_announce(s, waiting_for(s, gate));\n    for (;;) {',
    replace: `    uint64_t held = load64_relaxed(&gate->word);
    if (sluice__held(held) && cas64_acqrel(&gate->word, held, held | SLUICE__CONTENDED)) {
        sluice__gate_announce(s, waiting_for(s, gate));
        return true;
    }
    for (;;) {`,
    model: {
      find: `    STEP; wanting = wanting | BIT(me); /* [GT6-W] */
    STEP; wanted = HELD(word) != 0;
    if
    :: wanted -> word = word | CONTENDED
    :: else
    fi`,
      replace: `    STEP; wanted = HELD(word) != 0;
    if
    :: wanted -> word = word | CONTENDED
    :: else
    fi;
    STEP; wanting = wanting | BIT(me)`,
    },
  },
  {
    name: 'a new wait has no new use count',
    equivalent: 'a mark is in hand only while its gate is held, and to hang one needs that gate',
    file: EVENT,
    find: 'load_relaxed(&w->state) + 4, SLUICE_WAITER_PENDING',
    replace: 'load_relaxed(&w->state), SLUICE_WAITER_PENDING',
  },

  // --- settling the dead ---
  {
    name: 'no undo',
    foundBy: ['deaths', 'spin'],
    file: GATE,
    find: 'bool undone = undo(s, dead);',
    replace: 'bool undone = false;',
    model: { find: 'STEP; list = old_list; marking[d] = 0; used[d] = 0; /* [GT3-R] */', replace: '' },
  },
  {
    name: 'the mark in hand is dropped',
    foundBy: ['deaths', 'spin'],
    file: GATE,
    find: '    sluice__event_finish_mark(s, dead);',
    replace: '    store_release(&dead->marking, 0);',
    model: { find: '       finish_mark(d);', replace: '       STEP; marking[d] = 0; used[d] = 0;' },
  },
  {
    name: 'who waits at the lock of the dead is not marked',
    equivalent:
      'what the dead one owed is told again when what it had open is settled, and who takes and leaves some tells the next',
    file: GATE,
    find: '    mark_all(s, gate);\n    sluice__gate_unlock(s, gate);\n}',
    replace: '    sluice__gate_unlock(s, gate);\n}',
    model: { find: 'gate_unlock(ALL)', replace: 'gate_unlock(0)' },
  },
  {
    name: 'no notify for what the dead had open',
    foundBy: ['deaths', 'spin'],
    file: 'core/reg/handle.c',
    find: '        sluice__event_notify_all(s, &object->gate);',
    replace: '        (void)0;',
    model: {
      find: '       notify();\n       STEP; wanting = wanting & ~BIT(a);',
      replace: '       STEP; wanting = wanting & ~BIT(a);',
    },
  },
  {
    name: 'the settling rings nobody',
    foundBy: ['event', 'spin'],
    file: AGENT,
    find: '    ring_all(s);\n    free_slot(s, slot, life);',
    replace: '    free_slot(s, slot, life);',
    model: { find: '       ring_all();\n', replace: '' },
  },
  {
    name: 'the settling rings who was rung, and wakes nobody',
    foundBy: ['event', 'spin'],
    file: AGENT,
    find: '        port_unpark(&sluice__agent(s, slot)->bell);',
    replace: '',
    model: { find: 'bell_ring(j); STEP; parked[j] = 0', replace: 'bell_ring(j)' },
  },
  {
    name: 'waiters of the dead are not ended',
    foundBy: ['deaths', 'spin'],
    file: AGENT,
    find: '&& end_waiters(s, agent) &&',
    replace: '&& end_waiters != NULL &&',
    model: { find: ':: a < WAITERS -> remove(a)', replace: ':: a < WAITERS' },
  },
  {
    name: 'who dies during a settling keeps its lock',
    foundBy: ['event', 'spin'],
    file: AGENT,
    find: '    sluice__gate_recover(s, slot); /* again',
    replace: '    /* again',
    model: {
      find: '    for (a : 0 .. 2 * AGENTS - 1) {\n        if\n        :: took && (TO_SETTLE & BIT(a % AGENTS)) ->\n           gate_recover(a % AGENTS);',
      replace:
        '    for (a : 0 .. 2 * AGENTS - 1) {\n        if\n        :: took && (TO_SETTLE & BIT(a % AGENTS)) ->\n           if\n           :: a < AGENTS -> gate_recover(a % AGENTS)\n           :: else\n           fi;',
    },
  },
  {
    name: 'the settling forgets what was being built',
    foundBy: ['deaths'],
    file: AGENT,
    find: 'return done(sluice__heap_give(s, &agent->building)) &&',
    replace: 'return',
    also: {
      file: AGENT,
      find: 'close_handles(s, agent) && done(sluice__heap_give(s, &agent->building)) &&',
      replace: 'close_handles(s, agent) &&',
    },
  },
  {
    name: 'memory is not zeroed',
    foundBy: ['deaths'],
    file: 'core/prim/heap.c',
    find: '        port_clear(sluice__at(s, s->taken), zero_bytes);',
    replace: '        ;',
  },
];
