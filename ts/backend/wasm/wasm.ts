import { Define, Errno } from '../abi.gen.js';
import type { Backend, Request, Token, Traits } from '../backend.js';
import { Calls } from './calls.js';
import { Life, Mourner } from './life.js';
import { explainRoom } from './room.js';
import {
  type Agent,
  checkTicket,
  clearDesks,
  create,
  DEFAULT_SIZE_BYTES,
  join,
  leave,
  type NodeProcess,
  ownerOf,
  ownModule,
  reserve,
  startError,
  type WasmTicket,
} from './start.js';
import { Waits } from './waits.js';

interface OpenOptions {
  sizeBytes?: number;
  wasm?: WebAssembly.Module | BufferSource | URL | string;
}

interface Files {
  readFileSync(place: URL): BufferSource;
}

/** What tells of a worker's end in Node. */
interface WatchedWorker {
  threadId?: number;
  once?(event: 'exit', listener: () => void): unknown;
  off?(event: 'exit', listener: () => void): unknown;
}

async function moduleFrom(wasm: OpenOptions['wasm']): Promise<WebAssembly.Module> {
  if (wasm === undefined) return ownModule();
  if (wasm instanceof WebAssembly.Module) return wasm;
  return WebAssembly.compile(typeof wasm === 'string' || wasm instanceof URL ? await bytesAt(wasm) : wasm);
}

/** Node's fetch takes no file: URLs. */
async function bytesAt(place: string | URL): Promise<BufferSource> {
  const files = (globalThis as { process?: NodeProcess }).process?.getBuiltinModule?.('node:fs') as Files | undefined;
  if (files !== undefined && String(place).startsWith('file:')) return files.readFileSync(new URL(place));
  const answer = await fetch(place);
  if (!answer.ok) throw startError(Errno.ENOENT, `${place} answered ${answer.status} ${answer.statusText}`);
  return answer.arrayBuffer();
}

/** The core in a shared WebAssembly.Memory, between the threads of one process. */
export class WasmBackend implements Backend {
  readonly name = 'wasm';
  readonly traits: Traits;
  readonly memory: ArrayBufferLike;
  readonly #agent: Agent;
  readonly #calls: Calls;
  readonly #waits: Waits;
  readonly #life: Life;
  readonly #mourner: Mourner;
  /** Whose end is awaited, and by which listener. */
  readonly #watched = new Map<WatchedWorker, () => void>();
  #closed = false;

  private constructor(agent: Agent, life: Life) {
    this.#agent = agent;
    this.#life = life;
    this.#calls = new Calls(agent);
    this.#waits = new Waits(agent, this.#calls);
    this.memory = agent.ticket.memory.buffer;
    this.traits = { sync: true, block: mayBlock(), views: true, agent: 'thread' };
    this.#mourner = new Mourner(this.memory, life.number, (owner) => this.#died(owner));
  }

  /** Why it cannot work here, as a sentence; undefined when it can. */
  static missing(): string | undefined {
    if (typeof SharedArrayBuffer === 'undefined') {
      return 'there is no SharedArrayBuffer here: a page needs the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp';
    }
    if (typeof Atomics.waitAsync !== 'function') return 'this engine has no Atomics.waitAsync';
    return undefined;
  }

  static async open(options: OpenOptions): Promise<WasmBackend> {
    const ticket = reserve(await moduleFrom(options.wasm), options.sizeBytes ?? DEFAULT_SIZE_BYTES);
    return WasmBackend.#enter(ticket, create);
  }

  static async attach(ticket: unknown): Promise<WasmBackend> {
    return WasmBackend.#enter(checkTicket(ticket), join);
  }

  /** Its life is proven before it shows: nobody comes whose end could not be told. */
  static async #enter(ticket: WasmTicket, come: typeof join): Promise<WasmBackend> {
    const life = new Life(ticket.memory.buffer);
    const proven = await life.hold();
    try {
      const backend = new WasmBackend(come(ticket, life, proven), life);
      Mourner.announce(new Int32Array(backend.memory));
      return backend;
    } catch (error) {
      life.end();
      throw error;
    }
  }

  /** At once, so its life is proven a moment later. */
  static attachSync(ticket: unknown): WasmBackend {
    const sound = checkTicket(ticket);
    const life = new Life(sound.memory.buffer);
    const agent = join(sound, life, false);
    void life.hold().then((proven) => {
      if (proven) agent.desk.prove(agent.owner, life.number);
      Mourner.announce(new Int32Array(sound.memory.buffer));
    });
    return new WasmBackend(agent, life);
  }

  attempt(request: Request): number {
    return this.#closed ? -Errno.EBADF : this.#calls.try(request);
  }

  block(request: Request, deadline: number): number {
    return this.#closed ? -Errno.EBADF : this.#waits.block(request, deadline);
  }

  submit(request: Request, settle: (n: number) => void): Token {
    return this.#waits.submit(request, settle);
  }

  cancel(token: Token): void {
    this.#waits.cancel(token, -Errno.ECANCELED);
  }

  explain(request: Request, errno: number): string | undefined {
    return explainRoom(request, errno, this.#agent.ticket.sizeBytes);
  }

  ticket(): WasmTicket {
    return { ...this.#agent.ticket };
  }

  watch(worker: unknown): void {
    const watched = worker as WatchedWorker;
    const { threadId } = watched;
    if (typeof threadId !== 'number' || watched.once === undefined || this.#watched.has(watched)) return;
    const ended = () => {
      this.#watched.delete(watched);
      this.#died(ownerOf(threadId));
    };
    this.#watched.set(watched, ended);
    watched.once('exit', ended);
  }

  #died(owner: number): void {
    const { core, desk } = this.#agent;
    if (this.#closed) return;
    core.sluice_died(desk.view, owner);
    this.#waits.retry(() => {
      const settled = core.sluice_settle(desk.view) !== (Define.STALLED | 0);
      if (settled) clearDesks(this.#agent, owner);
      return settled;
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const [worker, ended] of this.#watched) worker.off?.('exit', ended);
    this.#watched.clear();
    this.#waits.close();
    this.#waits.retry(() => {
      const left = this.#agent.core.sluice_detach(this.#agent.desk.view) !== (Define.STALLED | 0);
      if (left) {
        leave(this.#agent);
        this.#life.end();
        this.#mourner.close();
        this.#waits.stopListening();
      }
      return left;
    });
  }
}

/** A page's main thread may not sleep; the only way to know is to try, on a word that ends the wait at once. */
function mayBlock(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    return true;
  } catch {
    return false;
  }
}
