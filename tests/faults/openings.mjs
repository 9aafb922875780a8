/** Opening, listing, removing and tickets, while a system call fails: see scenarios.mjs. */
import { rmSync } from 'node:fs';
import { CREATE, EXCLUSIVE, Kind, mapped, NONBLOCK, Op, READ, unique, uniquePath, WRITE } from '../native/harness.mjs';

const room = (length) => new Uint8Array(length);
const NEW = CREATE | EXCLUSIVE;

function fifo(flags, name = uniquePath()) {
  return { name, ask: [Op.FIFO_OPEN, { name, args: [flags, 0o600, 8192] }] };
}

function ticketOf(agent, handle) {
  const bytes = room(512);
  return bytes.subarray(0, agent.attempt(Op.TICKET, { handle, bytes }));
}

const named = (kind, op, args) => ({
  make: () => ({ name: unique() }),
  ask: ({ name }) => [op, { name, args }],
  names: ({ name }) => [[kind, name]],
  opens: true,
});
const opening = {
  'open: a new semaphore': named(Kind.SEMAPHORE, Op.SEM_OPEN, [NEW, 0o600, 1]),
  'open: a new queue': named(Kind.MESSAGE_QUEUE, Op.MQ_OPEN, [NEW | READ | WRITE, 0o600, 1, 8]),
  'open: a new ring': named(Kind.RING, Op.RING_OPEN, [NEW | READ | WRITE, 0o600, 4096, 64, 3]),
  'open: the first ring, which makes the mapped file': {
    ...named(Kind.RING, Op.RING_OPEN, [NEW | READ | WRITE, 0o600, 4096, 64, 3]),
    make: () => {
      rmSync(mapped, { force: true });
      return { name: unique() };
    },
    // a socket there
    also: { open: ['ENXIO'] },
  },
  'open: an unnamed semaphore': { make: () => ({}), ask: () => [Op.SEM_OPEN, { args: [0, 0o600, 0] }], opens: true },
  'open: a pipe': { make: () => ({}), ask: () => [Op.PIPE_OPEN, { args: [8192] }] },
};

const fifos = {};
for (const [title, flags] of [
  ['reader that does not wait', NEW | READ | NONBLOCK],
  ['both ends', NEW | READ | WRITE],
])
  fifos[`fifo: a new one, ${title}`] = {
    make: () => fifo(flags),
    ask: ({ ask }) => ask,
    names: ({ name }) => [[Kind.FIFO, name]],
    opens: true,
  };
for (const [title, flags] of [
  ['reader', READ],
  ['writer', WRITE],
])
  fifos[`fifo: a ${title} without a peer`] = {
    make: (agent) => {
      const made = fifo(CREATE | flags);
      const handle = agent.attempt(Op.FIFO_OPEN, { name: made.name, args: [NEW | READ | WRITE, 0o600, 8192] });
      agent.attempt(Op.CLOSE, { handle });
      return made;
    },
    ask: ({ ask }) => ask,
    names: ({ name }) => [[Kind.FIFO, name]],
    opens: true,
    waits: true,
    // only here can open(2) sleep, hence be interrupted
    also: { open: ['EINTR'] },
    release: (agent, { name }) => agent.attempt(Op.FIFO_OPEN, { name, args: [READ | WRITE] }),
  };

const exists = (kind, op, args) => (agent) => {
  const name = kind === Kind.FIFO ? uniquePath() : unique();
  const handle = agent.attempt(op, { name, args });
  return { name, handle };
};
const every = [
  ['a semaphore', Kind.SEMAPHORE, Op.SEM_OPEN, [NEW, 0o600, 1]],
  ['a queue', Kind.MESSAGE_QUEUE, Op.MQ_OPEN, [NEW | READ | WRITE, 0o600, 1, 8]],
  ['a ring', Kind.RING, Op.RING_OPEN, [NEW | READ | WRITE, 0o600, 4096, 64, 3]],
  ['a FIFO', Kind.FIFO, Op.FIFO_OPEN, [NEW | READ | WRITE, 0o600]],
];
const registry = {};
/** Others of this machine are listed too: only the own counts. */
const listed = room(1 << 16);
const gone = ['ENOENT', 'ENOTDIR'];
const shows = (n, { name }) => (Buffer.from(listed.subarray(0, n)).includes(name) ? 1 : 0);
for (const [title, kind, op, args] of every) {
  const make = exists(kind, op, args);
  const names = ({ name }) => [[kind, name]];
  registry[`unlink: ${title}`] = { make, names, ask: ({ name }) => [Op.UNLINK, { name, args: [kind] }] };
  registry[`list: ${title}`] = {
    make,
    names,
    shows,
    absent: kind === Kind.FIFO ? { stat: gone } : { lstat: gone, opendir: gone },
    ask: () => [Op.LIST, { bytes: listed, args: kind === Kind.RING ? [0, 1] : [] }],
  };
  registry[`ticket of ${title}`] = { make, names, ask: ({ handle }) => [Op.TICKET, { handle, bytes: room(512) }] };
  registry[`open by ticket: ${title}`] = {
    make: (agent) => {
      const made = make(agent);
      return { ...made, ticket: ticketOf(agent, made.handle) };
    },
    names,
    ask: ({ ticket }) => [Op.OPEN_TICKET, { bytes: ticket }],
    opens: true,
  };
}

registry.agents = {
  make: (agent) => {
    if (agent.unnamed(1) < 0) throw new Error('no region');
    return {};
  },
  names: () => [],
  shows: (n) => n / 16,
  ask: () => [Op.AGENTS, { bytes: listed }],
};

export const openings = { ...opening, ...fifos, ...registry };
