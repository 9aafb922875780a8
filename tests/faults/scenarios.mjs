/**
 * What is done while a system call fails.
 *
 *   make(agent)           before: gives what the rest needs
 *   ask(made)             [operation, what it takes]
 *   opens                 its result is a handle
 *   waits                 made so that it has to wait until release(agent, made)
 *   handle                of what is waited for, so that it can be closed
 *   look(agent, made)     what can be seen of the object
 *   names(made)           [kind, name] of what it may have made, to be seen and removed
 */
import { existsSync } from 'node:fs';
import { Kind, Op, READ, WRITE } from '../native/harness.mjs';
import { openings } from './openings.mjs';

const room = (length = 8) => new Uint8Array(length);

const value = (agent, handle) => agent.attempt(Op.SEM_VALUE, { handle });
const seen = (op) => (agent, handle) => [agent.attempt(op, { handle }), ...agent.out];
const queued = seen(Op.MQ_ATTRIBUTES);
const piped = seen(Op.PIPE_ATTRIBUTES);
const rung = seen(Op.RING_ATTRIBUTES);

/** What there is of that name. */
export function stands(agent, kind, name) {
  if (kind === Kind.FIFO) return existsSync(name);
  if (kind === Kind.SEMAPHORE) return existsSync(`/dev/shm/sem.${name.slice(1)}`);
  const handle = agent.attempt(kind === Kind.RING ? Op.RING_OPEN : Op.MQ_OPEN, { name, args: [READ] });
  if (handle > 0) agent.attempt(Op.CLOSE, { handle });
  return handle > 0;
}

/** Objects and how to look at them: [what makes one, what shows it]. */
const objects = {
  semaphore: [(agent, count = 1) => agent.semaphore(count), value],
  unnamed: [(agent, count = 1) => agent.unnamed(count), value],
};

function ofSemaphores(which) {
  const [make, look] = objects[which];
  const one = (count) => (agent) => ({ handle: make(agent, count) });
  const looks = (agent, { handle }) => look(agent, handle);
  const at =
    (op) =>
    ({ handle }) => [op, { handle }];
  return {
    [`${which}: wait`]: { make: one(1), ask: at(Op.SEM_WAIT), look: looks },
    [`${which}: post`]: { make: one(1), ask: at(Op.SEM_POST), look: looks },
    [`${which}: value`]: { make: one(1), ask: at(Op.SEM_VALUE), look: looks },
    [`${which}: close`]: { make: one(1), ask: at(Op.CLOSE) },
    [`${which}: wait at none`]: {
      make: one(0),
      ask: at(Op.SEM_WAIT),
      look: looks,
      waits: true,
      release: (agent, { handle }) => agent.attempt(Op.SEM_POST, { handle }),
    },
  };
}

const ready =
  (what) =>
  ({ handle }) => [Op.READY, { handle, args: [what] }];

const queue = (agent, full) => {
  const handle = agent.queue(1, 8);
  if (full) agent.attempt(Op.MQ_SEND, { handle, bytes: 'old', args: [3] });
  return { handle, bytes: room() };
};
const lookQueue = (agent, { handle }) => queued(agent, handle);
const send = ({ handle }) => [Op.MQ_SEND, { handle, bytes: 'new' }];
const receive = ({ handle, bytes }) => [Op.MQ_RECEIVE, { handle, bytes }];
const sendOne = (agent, { handle }) => agent.attempt(Op.MQ_SEND, { handle, bytes: 'new' });
const queues = {
  'queue: send': { make: (agent) => queue(agent, false), ask: send, look: lookQueue },
  'queue: receive': { make: (agent) => queue(agent, true), ask: receive, look: lookQueue },
  'queue: attributes': { make: (agent) => queue(agent, true), ask: ({ handle }) => [Op.MQ_ATTRIBUTES, { handle }] },
  'queue: close': { make: (agent) => queue(agent, true), ask: ({ handle }) => [Op.CLOSE, { handle }] },
  'queue: send to a full one': {
    make: (agent) => queue(agent, true),
    ask: send,
    look: lookQueue,
    waits: true,
    release: (agent, { handle }) => agent.attempt(Op.MQ_RECEIVE, { handle, bytes: room() }),
  },
  'queue: receive from an empty one': {
    make: (agent) => queue(agent, false),
    ask: receive,
    look: lookQueue,
    waits: true,
    release: sendOne,
  },
  'queue: ready to take': { make: (agent) => queue(agent, true), ask: ready(READ), look: lookQueue },
  'queue: ready to take from an empty one': {
    make: (agent) => queue(agent, false),
    ask: ready(READ),
    look: lookQueue,
    waits: true,
    release: sendOne,
  },
  'queue: notify': {
    make: (agent) => queue(agent, false),
    ask: ({ handle }) => [Op.MQ_NOTIFY, { handle }],
    look: lookQueue,
    waits: true,
    release: sendOne,
    once: true,
  },
};

const pipe = (agent, bytes) => {
  const [reader, writer] = agent.pipe(4096);
  if (bytes) agent.attempt(Op.PIPE_WRITE, { handle: writer, bytes: room(bytes) });
  return { reader, writer };
};
const lookPipe = (agent, { reader }) => piped(agent, reader);
const read = ({ reader }) => [Op.PIPE_READ, { handle: reader, bytes: room() }];
const write = ({ writer }) => [Op.PIPE_WRITE, { handle: writer, bytes: room() }];
const end = (which) => (made) => ({ ...made, handle: made[which] });
const pipes = {
  'pipe: read': { make: (agent) => pipe(agent, 8), ask: read, look: lookPipe },
  'pipe: write': { make: (agent) => pipe(agent, 0), ask: write, look: lookPipe },
  'pipe: attributes': { make: (agent) => pipe(agent, 8), ask: ({ reader }) => [Op.PIPE_ATTRIBUTES, { handle: reader }] },
  'pipe: close': { make: (agent) => pipe(agent, 8), ask: ({ writer }) => [Op.CLOSE, { handle: writer }] },
  'pipe: ready to read from an empty one': {
    make: (agent) => end('reader')(pipe(agent, 0)),
    ask: ready(READ),
    look: lookPipe,
    waits: true,
    release: (agent, { writer }) => agent.attempt(Op.PIPE_WRITE, { handle: writer, bytes: room() }),
  },
  'pipe: ready to write to a full one': {
    make: (agent) => end('writer')(pipe(agent, 4096)),
    ask: ready(WRITE),
    look: lookPipe,
    waits: true,
    release: (agent, { reader }) => agent.attempt(Op.PIPE_READ, { handle: reader, bytes: room(4096) }),
  },
  'pipe: read from an empty one': {
    make: (agent) => end('reader')(pipe(agent, 0)),
    ask: read,
    look: lookPipe,
    waits: true,
    release: (agent, { writer }) => agent.attempt(Op.PIPE_WRITE, { handle: writer, bytes: room() }),
  },
  'pipe: write to a full one': {
    make: (agent) => end('writer')(pipe(agent, 4096)),
    ask: write,
    look: lookPipe,
    waits: true,
    release: (agent, { reader }) => agent.attempt(Op.PIPE_READ, { handle: reader, bytes: room(4096) }),
  },
};

const ring = (agent, full) => {
  const handle = agent.ring('', 256, 64);
  for (let n = 0; full && n >= 0; n = agent.attempt(Op.RING_SEND, { handle, bytes: 'old' }));
  return { handle };
};
const lookRing = (agent, { handle }) => rung(agent, handle);
const unnamedRing = { make: (agent) => ({ ...ring(agent, false) }), look: lookRing };
const takeOne = (agent, { handle }) => agent.attempt(Op.RING_RECEIVE, { handle, bytes: room(64) });
const putOne = (agent, { handle }) => agent.attempt(Op.RING_SEND, { handle, bytes: 'new' });
const rings = {
  'ring: send': { ...unnamedRing, ask: ({ handle }) => [Op.RING_SEND, { handle, bytes: 'new' }] },
  'ring: send many': { ...unnamedRing, ask: ({ handle }) => [Op.RING_SEND_MANY, { handle, bytes: room(8) }] },
  'ring: receive many from an empty one': {
    ...unnamedRing,
    ask: ({ handle }) => [Op.RING_RECEIVE_MANY, { handle, bytes: room(64), args: [3] }],
    waits: true,
    release: putOne,
  },
  'ring: ready to take from an empty one': { ...unnamedRing, ask: ready(READ), waits: true, release: putOne },
  'ring: attributes': { ...unnamedRing, ask: ({ handle }) => [Op.RING_ATTRIBUTES, { handle }] },
  'ring: close': { make: unnamedRing.make, ask: ({ handle }) => [Op.CLOSE, { handle }] },
  'ring: receive from an empty one': {
    ...unnamedRing,
    ask: ({ handle }) => [Op.RING_RECEIVE, { handle, bytes: room(64) }],
    waits: true,
    release: putOne,
  },
  'ring: send to a full one': {
    make: (agent) => ring(agent, true),
    look: lookRing,
    ask: ({ handle }) => [Op.RING_SEND, { handle, bytes: 'new' }],
    waits: true,
    release: takeOne,
  },
};

export const scenarios = {
  ...ofSemaphores('semaphore'),
  ...ofSemaphores('unnamed'),
  ...queues,
  ...pipes,
  ...rings,
  ...openings,
};
