/**
 * ring.ts and the core on the same bytes: in front of each access that the one makes, the other side's agent runs a whole operation, by
 * ring.ts or by the core. What both gave and what is left has to be what one of the two orders gives where nothing comes between.
 */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';

const core = createRequire(import.meta.url)('../../build/mixed/mixed.node');

/** Calls `before` in front of the access of that number; 0: never. */
const steps = { left: 0, before: () => {} };
function step() {
  if (steps.left > 0 && --steps.left === 0) steps.before();
}

/** An array whose elements are steps. */
const stepping = (array) =>
  new Proxy(array, {
    get(_, key) {
      if (typeof key === 'string' && /^\d/.test(key)) step();
      const value = array[key];
      return typeof value === 'function' ? value.bind(array) : value;
    },
    set(_, key, value) {
      step();
      array[key] = value;
      return true;
    },
  });
const { Uint32Array: Words, Uint8Array: Bytes } = globalThis;

/** As ring.ts sees them: of the region's bytes each access is a step. */
const seen = (Kind) =>
  new Proxy(Kind, {
    construct: (_, [from, ...rest]) => (from === core.memory ? stepping(new Kind(from)) : new Kind(from, ...rest)),
  });
globalThis.Uint32Array = seen(Words);
globalThis.Uint8Array = seen(Bytes);
globalThis.Atomics = { load: (words, at) => words[at] };
const { ringSide } = await import('../../dist/backend/wasm/ring.js');
const { Op, Flag, RequestAt } = await import('../../dist/backend/abi.gen.js');

const EAGAIN = -11;
const [CAPACITY, LENGTH] = [64, 4];
const REGION_BYTES = 1 << 18;
const [A, B] = [0, 1]; // who sends, who receives
const NONE = new Bytes(0);

const agents = [A, B].map((agent) => ({
  ticket: { memory: { buffer: core.memory } },
  desk: { view: agent, place: REGION_BYTES + agent * 64 },
  core: { sluice_ring_place: core.place, sluice_ring_publish: core.publish },
}));

function newRequest(op, handle, args = []) {
  const words = new Words(RequestAt.length / 4);
  words[RequestAt.op / 4] = op;
  words[RequestAt.handle / 4] = handle;
  words.set(args, RequestAt.args / 4);
  return words;
}

/** A world of one ring, with `records` in it behind `gone` that went through; the operations of both sides, by both ways. */
function world(records, gone) {
  core.begin();
  const first = core.attempt(A, newRequest(Op.RING_OPEN, 0, [Flag.READ | Flag.WRITE, 0, CAPACITY, 0, 0]), NONE);
  const ticket = new Bytes(64);
  const length = core.attempt(A, newRequest(Op.TICKET, first), ticket);
  const second = core.attempt(B, newRequest(Op.OPEN_TICKET, 0), ticket.subarray(0, length));
  assert.ok(first > 0 && length > 0 && second > 0);
  let next = 1;
  const message = () => new Bytes(LENGTH).fill(next++);
  const coreSend = (bytes) => core.attempt(A, newRequest(Op.RING_SEND, first), bytes);
  const coreReceive = (into) => core.attempt(B, newRequest(Op.RING_RECEIVE, second), into);
  const direct = [
    ringSide(agents[A], Op.RING_SEND, first, { try: coreSend }),
    ringSide(agents[B], Op.RING_RECEIVE, second, { try: coreReceive }),
  ];
  const receiving = (receive) => () => {
    const into = new Bytes(LENGTH);
    const n = receive(into);
    return n >= 0 ? `got ${into[0]} of ${n}` : `${n}`;
  };
  /** Waits, then looks at its bell once more: `asleep` where nobody woke it. */
  const waiting = (agent, op, handle, bytes, result) => {
    const words = newRequest(op, handle);
    const n = core.advance(agent, words, bytes);
    return () => {
      if (n !== EAGAIN) return result(n, bytes);
      const waiter = words[RequestAt.waiter / 4];
      if (core.ready(agent) !== waiter) return 'asleep';
      return result(core.advance(agent, words, bytes), bytes);
    };
  };
  const told = (n, bytes) => (n >= 0 ? `got ${bytes[0]} of ${n}` : `${n}`);
  const sent = (n) => `sent ${n}`;
  const many = (words) => {
    const into = new Bytes(CAPACITY);
    const n = core.attempt(B, words, into);
    return n > 0 ? `got ${n}: ${into.subarray(0, n * (LENGTH + 4))}` : `${n}`;
  };
  const operations = {
    send: () => sent(coreSend(message())),
    'send by ring.ts': () => sent(direct[A].try(message(), 0)),
    'send, waiting': () => waiting(A, Op.RING_SEND, first, message(), sent),
    receive: receiving(coreReceive),
    'receive by ring.ts': receiving((into) => direct[B].try(into, 0)),
    'receive, waiting': () => waiting(B, Op.RING_RECEIVE, second, new Bytes(LENGTH), told),
    'receive many': () => many(newRequest(Op.RING_RECEIVE_MANY, second, [8])),
  };
  for (let i = 0; i <= gone; i++) {
    // the first of each is the core's, which ring.ts learns from
    operations['send by ring.ts']();
    operations['receive by ring.ts']();
  }
  for (let i = 0; i < records; i++) operations['send by ring.ts']();
  return {
    operations,
    rest() {
      const left = [];
      for (let got = operations.receive(); got !== `${EAGAIN}`; got = operations.receive()) left.push(got);
      return left;
    },
  };
}

/** What an operation gives, of one that waits when all is over. */
const settled = (result) => (typeof result === 'function' ? result() : result);

/** All that comes of two operations, `other` in front of step `at` of `one`; 0: behind it, -1: before it. Undefined: it has no such step. */
function outcome(setting, one, other, at) {
  const { operations, rest } = world(...setting);
  const results = {};
  const runOther = () => {
    results.other = operations[other]();
  };
  const runOne = () => {
    results.one = operations[one]();
  };
  if (at === -1) runOther();
  if (at <= 0) runOne();
  if (at === 0) runOther();
  if (at > 0) {
    const byBytes = one.endsWith('ring.ts');
    if (byBytes) Object.assign(steps, { left: at, before: runOther });
    if (byBytes) runOne();
    const reached = byBytes ? steps.left === 0 : core.run(at, runOther, runOne);
    steps.left = 0;
    if (!reached) return undefined;
  }
  const [first, second] = [settled(results.one), settled(results.other)];
  return JSON.stringify({ one: first, other: second, left: rest() });
}

const senders = ['send', 'send by ring.ts', 'send, waiting'];
const receivers = ['receive', 'receive by ring.ts', 'receive, waiting', 'receive many'];
const pairs = senders.flatMap((send) => receivers.flatMap((receive) => [[send, receive], [receive, send]])); // biome-ignore format: pairs
const settings = [0, 1, 7, 8].flatMap((records) => [0, 6, 7, 8].map((gone) => [records, gone]));

for (const [one, other] of pairs.filter((pair) => pair.some((name) => name.endsWith('ring.ts')))) {
  test(`${one}, between its steps: ${other}`, () => {
    let met = 0;
    for (const setting of settings) {
      const sound = [outcome(setting, one, other, -1), outcome(setting, one, other, 0)];
      for (let at = 1; ; at++) {
        const found = outcome(setting, one, other, at);
        if (found === undefined) break;
        met++;
        assert.ok(sound.includes(found), `${setting}, step ${at}: ${found}, not one of ${sound.join(' ')}`);
        assert.ok(!found.includes('asleep') || sound.every((each) => each.includes('asleep')), found);
      }
    }
    assert.ok(met > 100, `${met} steps`);
  });
}
