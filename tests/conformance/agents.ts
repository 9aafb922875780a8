/** Agents elsewhere: worker threads, and where the backend reaches them, processes. */
import type { Ipc } from 'sluice';
import { afterEach } from 'vitest';
import { turn } from './backends.js';
import { backend, type Peer, type Place, places, startPeer } from './platform.js';

export { places };

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

  readonly peer: Peer;
  readonly #ipc: Ipc;
  /** On `wasm`, by which `ipc.agents()` knows it. */
  #owner = 0;

  constructor(ipc: Ipc, place: Place) {
    this.#ipc = ipc;
    this.peer = startPeer(place, ipc.ticket(), (message) => this.#calls.get((message as Reply).id)?.(message as Reply));
  }

  async ready(): Promise<void> {
    await this.#reply(0);
    if (backend === 'wasm') this.#owner = await this.run(({ ipc }) => ipc.agentsSync().find(({ self }) => self)!.owner);
  }

  /** Runs a function there; it may use nothing but its parameters. */
  run<A extends unknown[], R>(call: (there: There, ...args: A) => R, ...args: A): Promise<Awaited<R>> {
    const reply = this.#reply(++this.#lastId);
    this.peer.post({ id: this.#lastId, source: call.toString(), args });
    return reply as Promise<Awaited<R>>;
  }

  /** Ends it, whatever it does. A page is not told of a worker's end, and the settling comes a moment after it. */
  async kill(): Promise<void> {
    await this.peer.kill();
    while (this.#owner !== 0 && this.#isThere()) await turn();
  }

  #isThere(): boolean {
    return !this.#ipc.closed && this.#ipc.agentsSync().some(({ owner }) => owner === this.#owner);
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

export async function startAgent(ipc: Ipc, place: Place): Promise<Agent> {
  const agent = new Agent(ipc, place);
  agents.push(agent);
  if (agent.peer.worker) ipc.watch(agent.peer.worker);
  await agent.ready();
  return agent;
}

afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.kill()));
});
