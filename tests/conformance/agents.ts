/** Agents elsewhere: worker threads, and where the backend reaches them, processes. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Ipc } from 'sluice';
import { afterEach } from 'vitest';
import { backend } from './backends.js';

const file = fileURLToPath(new URL('./agent.mjs', import.meta.url));

/** What a function that runs there gets: imports of the spec do not exist there. */
export interface There {
  ipc: Ipc;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the functions keep
  kept: any;
}

interface Reply {
  id: number;
  value?: unknown;
  error?: { name: string; message: string; code?: string };
}

export class Agent {
  readonly #calls = new Map<number, (reply: Reply) => void>();
  #lastId = 0;

  constructor(readonly peer: Worker | ChildProcess) {
    (peer as Worker).on('message', (reply: Reply) => this.#calls.get(reply.id)?.(reply));
  }

  ready(): Promise<unknown> {
    return this.#reply(0);
  }

  /** Runs a function there; it may use nothing but its parameters. */
  run<A extends unknown[], R>(call: (there: There, ...args: A) => R, ...args: A): Promise<Awaited<R>> {
    const reply = this.#reply(++this.#lastId);
    const message = { id: this.#lastId, source: call.toString(), args };
    if (this.peer instanceof Worker) this.peer.postMessage(message);
    else this.peer.send(message);
    return reply as Promise<Awaited<R>>;
  }

  /** Ends it, whatever it does. */
  async kill(): Promise<void> {
    if (this.peer instanceof Worker) await this.peer.terminate();
    else if (this.peer.exitCode === null && this.peer.signalCode === null) {
      this.peer.kill('SIGKILL');
      await once(this.peer, 'exit');
    }
  }

  #reply(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#calls.set(id, ({ value, error }) => {
        this.#calls.delete(id);
        if (error) reject(Object.assign(new Error(error.message), { name: error.name, code: error.code }));
        else resolve(value);
      });
    });
  }
}

const agents: Agent[] = [];
export const places: ('worker' | 'process')[] = backend === 'native' ? ['worker', 'process'] : ['worker'];

export async function startAgent(ipc: Ipc, place: 'worker' | 'process'): Promise<Agent> {
  const ticket = ipc.ticket();
  const peer = place === 'worker' ? new Worker(file, { workerData: { ticket } }) : fork(file, [JSON.stringify(ticket)]);
  const agent = new Agent(peer);
  agents.push(agent);
  if (peer instanceof Worker) ipc.watch(peer);
  await agent.ready();
  return agent;
}

afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.kill()));
});
