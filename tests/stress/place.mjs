/** Where lives are: in Node, workers on `wasm`, processes on `native`. `tests/browser/place.mjs` is a page's. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { attachSync, connect } from 'sluice';
import { NOTES_BYTES, sharedNotes } from './notes.mjs';

const file = fileURLToPath(new URL('./life.mjs', import.meta.url));
export const namespace = `torture-${process.pid}`;
export const folder = '/tmp';
export const unique = process.pid;

/* --- whose who watches them ----------------------------------------------------------------- */

/** Starts a life. `gone` resolves once its death is proven or it has left; what it notes of itself outlives it. */
export function start(ipc, task) {
  return ipc.backend === 'wasm' ? startWorker(ipc, task) : startProcess(task);
}

function startWorker(ipc, task) {
  const notes = new SharedArrayBuffer(NOTES_BYTES);
  const peer = new Worker(file, { workerData: { ...task, notes, ticket: ipc.ticket() } });
  let killed = false;
  const gone = new Promise((resolve, reject) => {
    peer.on('error', reject);
    peer.on('exit', (code) => (code === 0 || killed ? resolve() : reject(new Error(`life ${task.number} ended with ${code}`))));
  });
  ipc.watch(peer);
  const kill = () => {
    killed = true;
    peer.terminate();
    return gone;
  };
  return { gone, kill, leave: () => peer.postMessage('leave'), notes: sharedNotes(notes), clean() {} };
}

function startProcess(task) {
  const path = `/dev/shm/${namespace}-${task.number}`;
  writeFileSync(path, '');
  const peer = fork(file, [JSON.stringify({ ...task, namespace, notes: path })]);
  const gone = once(peer, 'exit').then(([code, signal]) => {
    if (!peer.killed && (code !== 0 || signal)) throw new Error(`life ${task.number} ended with ${code ?? signal}`);
  });
  const kill = () => {
    peer.kill('SIGKILL');
    return gone;
  };
  return {
    gone,
    kill,
    leave: () => peer.send('leave', () => {}),
    notes: fileNotes(path),
    clean: () => rmSync(path, { force: true }),
  };
}

/** Another's notes in a file: read one by one as long as it lives, all at once when it has ended. */
function fileNotes(path) {
  const opened = openSync(path);
  return {
    read(at) {
      const one = new Int32Array(1);
      readSync(opened, one, 0, 4, at * 4);
      return one[0];
    },
    all() {
      const bytes = readFileSync(opened);
      closeSync(opened);
      return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
    },
  };
}

export const cleanUp = () => rmSync(`/dev/shm/sluice-${process.geteuid()}-${namespace}`, { force: true });

export const exit = (code) => process.exit(code);
/** All is done: Node ends by itself, or something was left. */
export const done = () => {};
export const onFailure = (fail) => process.on('unhandledRejection', fail);
/** What the command line says. */
export const given = () => [process.argv[2] ?? 'wasm', Number(process.argv[3] ?? 1), Number(process.argv[4] ?? 25)];

/* --- a life's own ----------------------------------------------------------------------------- */

/** Begins: its task, its `ipc`, where it notes what it does, and what has it leave. */
export async function begin() {
  const task = isMainThread ? JSON.parse(process.argv[2]) : workerData;
  const leaving = new AbortController();
  (parentPort ?? process).once('message', () => leaving.abort('leave'));
  if (!isMainThread) return { task, leaving: leaving.signal, ipc: attachSync(task.ticket), put: sharedNotes(task.notes).put };
  process.once('disconnect', () => process.exit(1));
  const ipc = await connect({ backend: 'native', namespace: task.namespace });
  const [opened, one] = [openSync(task.notes, 'r+'), new Int32Array(1)];
  const put = (at, value) => {
    one[0] = value;
    writeSync(opened, one, 0, 4, at * 4);
  };
  return { task, leaving: leaving.signal, ipc, put };
}

export const turn = () => new Promise((resolve) => setImmediate(resolve));
export const end = () => process.exit(0);
