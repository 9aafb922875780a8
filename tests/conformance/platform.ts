/** What the suite asks of where it runs: here Node. `tests/browser/platform.ts` is a page's, and a page's worker's. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import type { BackendName, Ipc } from 'sluice';

type Ticket = ReturnType<Ipc['ticket']>;

/** The backend under test. */
export const backend = (process.env.SLUICE_BACKEND ?? 'wasm') as BackendName;
/** A page's main thread is another place than its workers. */
export const where: 'node' | 'page' | 'worker' = 'node';
/** Where FIFOs are made, and what no other run has in its names. */
export const folder = tmpdir();
export const unique = String(process.pid);

/** Where agents of their own can be: in threads everywhere, in processes where the backend reaches them. */
export type Place = 'worker' | 'process';
export const places: Place[] = backend === 'native' ? ['worker', 'process'] : ['worker'];

/** Somebody who is sent messages, answers them, and can be ended whatever it does. */
export interface Peer {
  readonly worker?: Worker;
  readonly process?: ChildProcess;
  post(message: unknown): void;
  kill(): Promise<void>;
}

const file = fileURLToPath(new URL('./agent.mjs', import.meta.url));

/** An agent that attaches by this ticket; `heard` gets each of its messages. */
export function startPeer(place: Place, ticket: Ticket, heard: (message: unknown) => void): Peer {
  return place === 'worker' ? threadPeer(ticket, heard) : processPeer(ticket, heard);
}

function threadPeer(ticket: Ticket, heard: (message: unknown) => void): Peer {
  const worker = new Worker(file, { workerData: { ticket } });
  worker.on('message', heard);
  return { worker, post: (message) => worker.postMessage(message), kill: async () => void (await worker.terminate()) };
}

function processPeer(ticket: Ticket, heard: (message: unknown) => void): Peer {
  const child = fork(file, [JSON.stringify(ticket)]);
  child.on('message', heard);
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return { process: child, post: (message) => child.send(message as object), kill };
}

/** What an expression comes to in another realm, whose classes are others. */
export const elsewhere = (source: string): unknown => runInNewContext(source);

/** The mapped file of a namespace outlives who used it. */
export const removeRegion = (namespace: string): void => rmSync(regionFile(namespace), { force: true });
export const regionFile = (namespace: string): string => `/dev/shm/sluice-${process.geteuid!()}-${namespace}`;

export const umask = (): number => process.umask();
