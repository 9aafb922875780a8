/** The page's end, and two workers: `measure` is what run.mjs calls. */
import { connect } from 'sluice';
import { type Ends, jobs, RECORD_BYTES } from './jobs.js';
import type { Told } from './worker.js';

const start = () => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
const heard = (worker: Worker) =>
  new Promise<unknown>((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  });

const ipc = await connect();
const ring = await ipc.ring({ capacityBytes: 1 << 17 });
const back = await ipc.ring({ capacityBytes: 4096 });
const queue = await ipc.messageQueue('/messages', { create: true, maxMessages: 1024, messageBytes: RECORD_BYTES });

/** Two ends: the first in the page or in a worker, the second in a worker. Who had a ring before has it no more. */
async function pair(inPage: boolean) {
  const { port1, port2 } = new MessageChannel();
  const word = new Int32Array(new SharedArrayBuffer(4));
  const tickets = { word, ipc: ipc.ticket(), ring: await ring.ticket(), back: await back.ticket(), queue: await queue.ticket() };
  const join = async (port: MessagePort) => {
    const worker = start();
    worker.postMessage({ ...tickets, port }, [port]);
    await heard(worker);
    return worker;
  };
  const ends: Ends = { ring, back, queue, port: port1, word };
  return { first: inPage ? ends : await join(port1), second: await join(port2) };
}

/** Milliseconds. */
async function run(at: Ends | Worker, told: Told): Promise<number> {
  if (!(at instanceof Worker)) return jobs[told.what][told.end]!(at, told.count);
  const answer = heard(at);
  at.postMessage(told);
  const time = (await answer) as number;
  await heard(at); // ready again
  return time;
}

let both: { first: Ends | Worker; second: Worker };

async function begin(inPage: boolean): Promise<void> {
  both = await pair(inPage);
}

/** Both ends of one run; the larger time, since the end that does not measure gives 0. */
async function measure(what: Told['what'], ends: [string, string], count: number): Promise<number> {
  const other = run(both.second, { what, end: ends[1], count });
  return Math.max(await run(both.first, { what, end: ends[0], count }), await other);
}

Object.assign(globalThis, { begin, measure, ready: true });
