/**
 * Mistakes in the SPIN models of the lock, of a ring's cells and of names; where `file` stands, in the core as well. As in
 * mutants.table.mjs.
 */
const gate = (mistake) => ({ ...mistake, model: { of: 'gate', ...mistake.model } });
const slot = (mistake) => ({ ...mistake, model: { of: 'slot', ...mistake.model } });
const name = (mistake) => ({ ...mistake, model: { of: 'name', ...mistake.model } });

export const models = [
  gate({
    name: 'lock: taken before it is announced',
    foundBy: ['spin', 'deaths'],
    file: 'core/prim/gate.c',
    find: '            return sluice__gate_entered(s, gate);',
    replace: '            return store_release(&s->me->locking, sluice__offset(s, gate)), sluice__gate_entered(s, gate);',
    also: {
      file: 'core/prim/gate.c',
      find: '    store_release(&s->me->locking, sluice__offset(s, gate));\n    for',
      replace: '    for',
    },
    model: {
      find: '    took = 0;\n    STEP; locking = locking | BIT(me); /* [GT1-W] */\n    STEP;\n    if\n    :: !HELD(word) -> word = word | MINE; took = 1',
      replace:
        '    took = 0;\n    STEP;\n    if\n    :: !HELD(word) -> word = word | MINE; took = 1; STEP; locking = locking | BIT(me)',
    },
  }),
  gate({
    name: 'lock: the journal counts an entry before it is there',
    foundBy: ['spin'],
    model: {
      find: '    STEP; old[2 * me + n] = data[n];\n    STEP; logged[me] = n + 1; /* [GT3-W] */',
      replace: '    STEP; logged[me] = n + 1;\n    STEP; old[2 * me + n] = data[n];',
    },
  }),
  gate({
    name: 'lock: the journal is emptied after the lock is free',
    foundBy: ['spin'],
    model: {
      find: '    gate_commit();\n    do\n    :: true ->\n       STEP;\n       if\n       :: word & NOTE -> word = word & ~NOTE; deliver() /* [GT5-R] */\n       :: else -> seen = word; word = 0; break',
      replace:
        '    do\n    :: true ->\n       STEP;\n       if\n       :: word & NOTE -> word = word & ~NOTE; deliver() /* [GT5-R] */\n       :: else -> seen = word; word = 0; gate_commit(); break',
    },
  }),
  gate({
    name: 'lock: taken over, and nothing is taken back',
    foundBy: ['spin'],
    model: { find: '       undo(d);\n       STEP; locking', replace: '       STEP; locking' },
  }),
  gate({
    name: 'lock: the settling tells nobody what the dead one had changed',
    foundBy: ['spin'],
    model: { find: 'inline settle(d) {\n    notify();', replace: 'inline settle(d) {' },
  }),
  gate({
    name: 'lock: a note is left where the owner does not look again',
    foundBy: ['spin'],
    model: {
      find: '       :: word & NOTE -> word = word & ~NOTE; deliver() /* [GT5-R] */',
      replace: '       :: word & NOTE -> STEP; deliver(); word = 0; break',
    },
  }),
  gate({
    name: 'lock: contended before wanting',
    foundBy: ['spin'],
    model: {
      find: '    STEP; wanting = wanting | BIT(me); /* [GT6-W] */\n    STEP; wanted = HELD(word) != 0;\n    if\n    :: wanted -> word = word | CONTENDED\n',
      replace:
        '    STEP; wanted = HELD(word) != 0;\n    if\n    :: wanted -> word = word | CONTENDED; STEP; wanting = wanting | BIT(me)\n',
    },
  }),
  gate({
    name: 'lock: the right to repair stays with the dead',
    foundBy: ['spin'],
    model: { find: ':: TO_SETTLE && (repair == 0 || !LIVES(repair - 1)) ->', replace: ':: TO_SETTLE && repair == 0 ->' },
  }),
  slot({
    name: 'slot: a claim that ends is for a moment on no list',
    foundBy: ['spin', 'deaths_ring'],
    file: 'core/obj/ring_claims.c',
    find: '    return n == 0 ? 0 : sluice__ring_unlock(s, ring, n);',
    replace: '    sluice__gate_commit(s);\n    return n == 0 ? 0 : sluice__ring_unlock(s, ring, n);',
    model: { find: '    mine = 0;\n    unhang();\n    if', replace: '    mine = 0;\n    unhang();\n    commit();\n    if' },
  }),
  slot({
    name: 'slot: a claim without its party',
    foundBy: ['spin', 'deaths_ring'],
    file: 'core/obj/ring_claims.c',
    find: '    sluice__set(s, &c->head->tag, party);\n    return claim_of(ring, c);',
    replace: '    sluice__gate_commit(s);\n    store_relaxed(&c->head->tag, party);\n    return claim_of(ring, c);',
    model: { find: '    set(C(c, TAG), me + 1);\n    commit()', replace: '    commit();\n    STEP; m[C(c, TAG)] = me + 1' },
  }),
  slot({
    name: 'slot: a record goes back to the end',
    foundBy: ['spin'],
    model: { find: ':: m[C(c, USE)] -> prepend(READY)', replace: ':: m[C(c, USE)] -> append(READY)' },
  }),
  slot({
    name: 'slot: the record in hand of the dead goes to the free ones',
    foundBy: ['spin'],
    model: { find: ':: m[C(c, USE)] -> prepend(READY)', replace: ':: m[C(c, USE)] -> give()' },
  }),
  name({
    name: 'names: two creators, the second does not look again',
    foundBy: ['spin'],
    model: { find: '       :: o /* exclusively */\n       :: o -> enter(o)\n       :: !o ->', replace: '       :: true ->' },
  }),
  name({
    name: 'names: what is published still belongs to its builder for a moment',
    foundBy: ['spin'],
    model: {
      find: '          set(BUILDING(me), 0);\n          set(NAMED, o); /* [NM1-W] */',
      replace: '          set(NAMED, o);\n          set(REFS(o), 1);\n          commit();\n          set(BUILDING(me), 0);',
    },
  }),
  name({
    name: 'names: unlink keeps the reference of the name',
    foundBy: ['spin'],
    model: { find: ':: o -> set(NAMED, 0); unref(o)', replace: ':: o -> set(NAMED, 0)' },
  }),
  name({
    name: 'names: a handle has let go for a moment before it is closed',
    foundBy: ['spin', 'deaths'],
    file: 'core/reg/handle.c',
    find: '        sluice__object_unref(s, object);\n    sluice__set(s, &handle->state',
    replace: '        sluice__object_unref(s, object);\n    sluice__gate_commit(s);\n    sluice__set(s, &handle->state',
    model: { find: '    unref(o);\n    set(HANDLE(a), 0);', replace: '    unref(o);\n    commit();\n    set(HANDLE(a), 0);' },
  }),
  name({
    name: 'names: the settling closes no handle',
    foundBy: ['spin'],
    model: { find: ':: d < SETTLER && m[HANDLE(d)] -> let_go(d)', replace: ':: d < SETTLER && m[HANDLE(d)]' },
  }),
  name({
    name: 'names: the settling forgets what the dead was building',
    foundBy: ['spin'],
    model: {
      find: '    :: else\n    fi;\n    heap_give(d);\n    STEP; settled',
      replace: '    :: else\n    fi;\n    STEP; settled',
    },
    also: { file: 'tests/model/name.pml', find: 'inline settle(d) {\n    heap_give(d);', replace: 'inline settle(d) {' },
  }),
];
