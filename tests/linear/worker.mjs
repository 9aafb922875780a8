/** One member of the rounds that workers.mjs starts: plays with the others, writes down what it asked and was told. */
import { parentPort, workerData } from 'node:worker_threads';
import { attachSync } from 'sluice';

const { ticket, kind, member, members, rounds, steps, shared } = workerData;
const ipc = attachSync(ticket);
const CLOCK = 0;
const ARRIVED = 1;
const UNIT_BYTES = 512;
const errno = { ETIMEDOUT: -110, EAGAIN: -11 };
let seed = workerData.seed;
let made = 0;
let meetings = 0;
let lines = [];

function below(n) {
  seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
  return (seed >>> 8) % n;
}

const tick = () => Atomics.add(shared, CLOCK, 1) + 1;

/** Until all members are here: awake, so that they start together. */
function meet() {
  const all = ++meetings * members;
  Atomics.add(shared, ARRIVED, 1);
  Atomics.notify(shared, ARRIVED);
  for (let looks = 0; ; looks++) {
    const here = Atomics.load(shared, ARRIVED);
    if (here >= all) return;
    if (looks > 2000) Atomics.wait(shared, ARRIVED, here, 10);
  }
}

/** Calls, and writes it down; `told` gives result and values of what came. A wish that failed has its errno. */
async function play(op, arg, values, call, told = () => ({})) {
  const begin = tick();
  let result;
  let got;
  try {
    got = call();
    if (got instanceof Promise) got = await got;
  } catch (error) {
    if (error.errno === undefined) throw error;
    result = error.errno;
  }
  const end = tick();
  const refused = got === false || (got === undefined && call.attempt);
  const answer = result === undefined && !refused ? told(got) : {};
  const n = result ?? (refused ? errno.EAGAIN : (answer.result ?? 0));
  lines.push(
    `${member} ${op} ${answer.arg ?? arg} = ${n} @ ${begin} ${end} : ${[...values, ...(answer.values ?? [])].join(' ')}`,
  );
  return n >= 0 ? got : undefined;
}

/** One of the forms of a call that may wait. */
function form(object, name, ...args) {
  const which = below(4);
  const upper = name[0].toUpperCase() + name.slice(1);
  const attempt = () => object[`try${upper}`](...args);
  if (which < 2) return Object.assign(attempt, { attempt: true });
  return which === 2 ? () => object[`${name}Sync`](...args, { timeout: 0.2 }) : () => object[name](...args, { timeout: 1 });
}

/** A message says the same number in each of its words. */
function message(words) {
  const id = (member + 1) * 1000 + ++made;
  return { data: new Uint8Array(new Uint32Array(words).fill(id).buffer), number: (id << 8) | (4 * words) };
}

function numberOf(data) {
  const words = new Uint32Array(data.slice().buffer);
  return words.every((word) => word === words[0]) ? (words[0] << 8) | data.length : 0xffffffff;
}

const kinds = {
  semaphore: {
    open: (name) => ipc.semaphoreSync(name, { create: true, value: 1 }),
    step(sem) {
      const what = below(5);
      if (what === 0)
        return play(
          'SEM_VALUE',
          0,
          [],
          () => sem.getValueSync(),
          (result) => ({ result }),
        );
      if (what < 3) return play('SEM_POST', 0, [], below(2) ? () => sem.post() : () => sem.postSync());
      return play('SEM_WAIT', 0, [], form(sem, 'wait'));
    },
  },
  messageQueue: {
    open: (name) => ipc.messageQueueSync(name, { create: true, maxMessages: 2, messageBytes: 16 }),
    step(queue) {
      if (below(2))
        return play('MQ_RECEIVE', 0, [], form(queue, 'receive'), ({ data, priority }) => ({
          arg: priority,
          values: [numberOf(data)],
        }));
      const { data, number } = message(1 + below(4));
      const priority = below(3);
      const options = { timeout: 0.2, priority };
      const calls = [() => queue.trySend(data, options), () => queue.sendSync(data, options), () => queue.send(data, options)];
      return play('MQ_SEND', priority, [number], calls[below(3)]);
    },
  },
  fifo: {
    open: (name) => ipc.fifo(name, { create: true, capacityBytes: 8 * UNIT_BYTES, access: member ? 'write' : 'read' }),
    step(end) {
      const units = 1 + below(8);
      if (member === 0) return play('PIPE_READ', units, [], form(end, 'read', units * UNIT_BYTES), (data) => this.units(data));
      const values = Array.from({ length: units }, () => (member << 6) | (++made & 63));
      const data = new Uint8Array(units * UNIT_BYTES);
      for (let i = 0; i < units; i++) data.fill(values[i], i * UNIT_BYTES, (i + 1) * UNIT_BYTES);
      return play('PIPE_WRITE', 0, values, form(end, 'write', data), (n) => ({ result: n / UNIT_BYTES }));
    },
    units(data) {
      const values = [];
      for (let at = 0; at < data.length; at += UNIT_BYTES) {
        const unit = data.subarray(at, at + UNIT_BYTES);
        values.push(unit.every((byte) => byte === unit[0]) ? unit[0] : 0xffffffff);
      }
      return { result: values.length, values };
    },
  },
  ring: {
    open: (name) => ipc.ringSync(name, { create: true, capacityBytes: 64 }),
    step: (ring) => (member === 0 ? ringSend(ring) : ringReceive(ring)),
  },
  cells: {
    open: (name) =>
      ipc.ringSync(name, { create: true, capacityBytes: 48, recordBytes: 16, producers: 'many', consumers: 'many' }),
    step: (ring) => (below(2) ? ringSend(ring) : ringReceive(ring)),
  },
  names: {
    open: () => ({ close: () => undefined }),
    step() {
      const name = ['/a', '/b'][below(2)];
      const letter = name.charCodeAt(1);
      if (below(3) === 0) return play('UNLINK', 0, [letter], () => ipc.unlinkSync(name, 'semaphore'));
      const value = (member + 1) * 100000 + ++made;
      const how = [0, 1, 3][below(3)];
      const options = { create: how > 0, exclusive: how > 1, value };
      const told = (sem) => ({ values: [sem.getValueSync()] });
      return play('SEM_OPEN', how, [letter, value], () => ipc.semaphoreSync(name, options), told).then((sem) => sem?.close());
    },
  },
};

/** Every fourth through a claim, which commit or abort ends at once: the API keeps its number to itself. */
async function ringSend(ring) {
  const { data, number } = message(1 + below(4));
  if (below(4)) return play('RING_SEND', 0, [number], form(ring, 'send', data));
  const claim = (member + 1) * 1000000 + made;
  const slot = await play('RING_CLAIM', 16, [], form(ring, 'claim', 16), () => ({ result: claim }));
  if (slot === undefined) return;
  slot.bytes.set(data);
  if (below(3)) await play('RING_COMMIT', claim, [number], () => slot.commit(data.length));
  else await play('RING_ABORT', claim, [], () => slot.abort());
}

async function ringReceive(ring) {
  const told = (data) => ({ values: [numberOf(data)] });
  if (below(4)) return play('RING_RECEIVE', 0, [], form(ring, 'receive'), told);
  const claim = (member + 1) * 1000000 + ++made;
  const record = await play('RING_PEEK', 0, [], form(ring, 'peek'), ({ bytes }) => ({ result: claim, ...told(bytes) }));
  if (record !== undefined) await play('RING_RELEASE', claim, [], () => record.release());
}

/** Two names for the names' rounds; otherwise a new object a round. */
function unlink(name) {
  const which = { cells: 'ring', names: 'semaphore' }[kind] ?? kind;
  for (const each of kind === 'names' ? ['/a', '/b'] : [name]) {
    try {
      ipc.unlinkSync(each, which);
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
  }
}

for (let round = 0; round < rounds; round++) {
  const name = `/round${round}`;
  const object = await kinds[kind].open(name);
  lines = [];
  meet();
  for (let i = 0; i < steps; i++) await kinds[kind].step(object);
  meet();
  await object.close();
  if (member === 0) unlink(name);
  parentPort.postMessage(lines);
  meet();
}
await ipc.close();
