/** Where lives are: in workers of a page. `tests/stress/place.mjs` is Node's, and tells what each of these does. */
import { attach } from 'sluice';
import { NOTES_BYTES, sharedNotes } from '../stress/notes.mjs';

export const namespace = undefined;
export const folder = '/tmp';
export const unique = 'page';

/* --- whose who watches them ----------------------------------------------------------------- */

const WATCHDOG_MS = 10_000;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export function start(ipc, task) {
  const notes = new SharedArrayBuffer(NOTES_BYTES);
  const worker = new Worker(new URL('../stress/life.mjs', import.meta.url), { type: 'module' });
  const gone = Promise.withResolvers();
  let owner;
  worker.onmessage = ({ data }) => {
    owner = data.owner;
    if (data.left) gone.resolve();
  };
  worker.onerror = ({ message }) => gone.reject(new Error(`life ${task.number}: ${message}`));
  worker.postMessage({ ...task, notes, ticket: ipc.ticket() });
  /** It is listed until its end is proven and settled. One that has not told its number may not have joined. */
  const kill = async () => {
    worker.terminate();
    for (const since = performance.now(); (await ipc.agents()).some((agent) => agent.owner === owner); await sleep(1))
      if (performance.now() - since > WATCHDOG_MS) throw new Error(`life ${task.number} was terminated: still there after 10 s`);
    gone.resolve();
  };
  return { gone: gone.promise, kill, leave: () => worker.postMessage('leave'), notes: sharedNotes(notes), clean() {} };
}

export const cleanUp = () => {};
export const done = () => console.log('done');
export const exit = done;
export const onFailure = (fail) => {
  globalThis.onunhandledrejection = ({ reason }) => fail(reason);
};

export function given() {
  const query = new URLSearchParams(location.search);
  return ['wasm', Number(query.get('seed')), Number(query.get('count'))];
}

/* --- a life's own ----------------------------------------------------------------------------- */

/** The first message is the task, the second has it leave. */
const first =
  globalThis.document === undefined && new Promise((resolve) => globalThis.addEventListener('message', resolve, { once: true }));
let owner;

export async function begin() {
  const { data: task } = await first;
  const leaving = new AbortController();
  globalThis.onmessage = () => leaving.abort('leave');
  const ipc = await attach(task.ticket);
  ({ owner } = (await ipc.agents()).find(({ self }) => self));
  postMessage({ owner });
  return { task, leaving: leaving.signal, ipc, put: sharedNotes(task.notes).put, hasty: task.number % 4 === 0 };
}

const { port1, port2 } = new MessageChannel();
export const turn = () =>
  new Promise((resolve) => {
    port1.onmessage = resolve;
    port2.postMessage(undefined);
  });

export function end() {
  postMessage({ owner, left: true });
  close();
}
