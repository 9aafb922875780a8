/** What the suite asks of where it runs: here a page, or a worker of one. `tests/conformance/platform.ts` is Node's. */
import type { BackendName, Ipc } from 'sluice';

type Ticket = ReturnType<Ipc['ticket']>;

export const backend: BackendName = 'wasm';
export const where = typeof document === 'undefined' ? 'worker' : 'page';
export const folder = '/tmp';
export const unique = 'browser';

export type Place = 'worker' | 'process';
export const places: Place[] = ['worker'];

export interface Peer {
  readonly worker: Worker;
  readonly process?: undefined;
  post(message: unknown): void;
  kill(): Promise<void>;
}

export function startPeer(_place: Place, ticket: Ticket, heard: (message: unknown) => void): Peer {
  const worker = new Worker(new URL('./agent.ts', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }) => heard(data);
  worker.onerror = ({ message }) => heard({ id: 0, error: { name: 'Error', message } });
  worker.postMessage({ ticket });
  return { worker, post: (message) => worker.postMessage(message), kill: async () => worker.terminate() };
}

/** A frame's; a worker has but its own. */
export function elsewhere(source: string): unknown {
  const frame = document.body.appendChild(document.createElement('iframe'));
  return (frame.contentWindow as unknown as { eval(source: string): unknown }).eval(source);
}

/** Regions go with who has them; there is no mapped file, and no umask. */
export const removeRegion = (_namespace: string): void => {};
export const umask = (): number => 0;
