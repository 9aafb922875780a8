/** What the suite asks of where it runs: here a page, or a worker of one. `tests/conformance/platform.ts` is Node's. */
import type { BackendName, Ipc } from 'sluice';
import { serveAgent } from './agents.js';

type Ticket = ReturnType<Ipc['ticket']>;

export const backend: BackendName = 'wasm';
export const where = typeof document === 'undefined' ? 'worker' : 'page';
export const folder = '/tmp';
export const unique = 'browser';

export type Place = 'worker' | 'process';
export const places: Place[] = ['worker'];

export interface Peer {
  readonly worker: PageWorker;
  readonly process?: undefined;
  post(message: unknown): void;
  kill(): Promise<void>;
}

/**
 * A worker that the page makes, also for a worker: in one, Firefox's `new Worker` may wait for ever, since the new thread takes the wake-up that
 * is meant for its maker (both sleep on one condition variable, which is notified once).
 */
export class PageWorker extends EventTarget {
  readonly #port: MessagePort;

  constructor(heard: (message: unknown) => void) {
    super();
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => heard(data);
    this.#port = port1;
    if (where === 'page') serveAgent(port2);
    else postMessage({ agent: port2 }, { transfer: [port2] });
  }

  postMessage(message: unknown): void {
    this.#port.postMessage(message);
  }

  terminate(): void {
    this.#port.postMessage('terminate');
  }
}

export function startPeer(_place: Place, ticket: Ticket, heard: (message: unknown) => void): Peer {
  const worker = new PageWorker(heard);
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
