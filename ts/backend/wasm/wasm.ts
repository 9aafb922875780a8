import { AgentFlags, Define, Errno, ListedAgentAt, Op } from '../abi.gen.js';
import type { Backend, HelperWorker, Request, Shortcut, Token, Traits } from '../backend.js';
import { Calls } from './calls.js';
import { Desk } from './desk.js';
import { Life, lockManager, Mourner } from './life.js';
import { newListener } from './listener.js';
import { ringSide } from './ring.js';
import { explainRoom } from './room.js';
import { blocking, compiling, deaths, sharedMemory, waitAsync } from './runtime.js';
import { moduleFrom, type Source } from './source.js';
import {
  type Agent,
  checkTicket,
  clearDesks,
  create,
  DEFAULT_SIZE_BYTES,
  join,
  leave,
  ownerOf,
  reserve,
  type WasmTicket,
} from './start.js';
import { Waits } from './waits.js';

interface AttachOptions {
  /** Makes a worker of `sluice/helper`, where the engine cannot await a word itself. */
  helper?: () => HelperWorker;
}

interface OpenOptions extends AttachOptions {
  sizeBytes?: number;
  wasm?: Source;
}

/** What tells of a worker's end in Node. */
interface WatchedWorker {
  threadId?: number;
  once?(event: 'exit', listener: () => void): unknown;
  off?(event: 'exit', listener: () => void): unknown;
}

/** A page's main thread is told when it is frozen; its workers are not. */
const page = (globalThis as { document?: EventTarget }).document;

/** The core in a shared WebAssembly.Memory, between the threads of one process. */
export class WasmBackend implements Backend {
  readonly name = 'wasm';
  readonly traits: Traits;
  readonly memory: ArrayBufferLike;
  readonly #agent: Agent;
  readonly #waits: Waits;
  readonly #life: Life;
  /** Whose end is awaited, and by which listener. */
  readonly #watched = new Map<WatchedWorker, () => void>();
  #closed = false;
  readonly #freezes = ({ type }: { type: string }) => this.#agent.desk.freeze(type === 'freeze');

  private constructor(agent: Agent, life: Life, { helper }: AttachOptions) {
    this.#agent = agent;
    this.#life = life;
    this.#waits = new Waits(agent, new Calls(agent), newListener(helper));
    this.memory = agent.ticket.memory.buffer;
    this.traits = { sync: true, block: blocking() === undefined, views: true, agent: 'thread' };
    const listen = () => newListener(helper);
    if (life.locks !== undefined) Mourner.join(this.memory, life.locks, life.number, listen, (owner) => this.#died(owner));
    for (const event of ['freeze', 'resume']) page?.addEventListener(event, this.#freezes);
  }

  /**
   * Why it cannot work here, as a phrase; undefined when it can.
   *
   * @param attaches a ticket brings the module
   */
  static missing({ helper, wasm }: OpenOptions = {}, attaches = false): string | undefined {
    const brought = attaches || (typeof WebAssembly === 'object' && wasm instanceof WebAssembly.Module);
    return sharedMemory() ?? (brought ? undefined : compiling()) ?? (helper === undefined ? waitAsync() : undefined);
  }

  /** The same of each thing that it stands on. */
  static lacks(): Record<'sharedMemory' | 'waitAsync' | 'blocking' | 'deaths', string | undefined> {
    return { sharedMemory: sharedMemory(), waitAsync: waitAsync(), blocking: blocking(), deaths: deaths() };
  }

  /** @param own gives the module where `options` have none */
  static async open(options: OpenOptions, own: () => Promise<WebAssembly.Module>): Promise<WasmBackend> {
    const module = await (options.wasm === undefined ? own() : moduleFrom(options.wasm));
    const ticket = reserve(module, options.sizeBytes ?? DEFAULT_SIZE_BYTES);
    return WasmBackend.#enter(ticket, options, create);
  }

  static async attach(ticket: unknown, options: AttachOptions): Promise<WasmBackend> {
    return WasmBackend.#enter(checkTicket(ticket), options, join);
  }

  /** Its life is proven before it shows: nobody comes whose end could not be told. */
  static async #enter(ticket: WasmTicket, options: AttachOptions, come: typeof join): Promise<WasmBackend> {
    const life = new Life(ticket.memory.buffer, lockManager());
    try {
      const proof = await life.hold(come === create);
      return new WasmBackend(come(ticket, life, proof), life, options);
    } catch (error) {
      life.end();
      throw error;
    }
  }

  /** At once, so its life is proven a moment later. */
  static attachSync(ticket: unknown, options: AttachOptions): WasmBackend {
    const sound = checkTicket(ticket);
    const life = new Life(sound.memory.buffer, lockManager());
    const agent = join(sound, life, 0);
    void life.hold().then((proof) => {
      if (proof === 0) return;
      agent.desk.prove(agent.owner, proof);
      Desk.announce(sound.memory.buffer); // its own, too, which is at home from now on
    });
    return new WasmBackend(agent, life, options);
  }

  attempt(request: Request): number {
    if (this.#closed) return -Errno.EBADF;
    const n = this.#waits.try(request);
    if (request.op === Op.AGENTS && n > 0) this.#suspect(request.bytes!.subarray(0, n));
    return n;
  }

  shortcut(op: number, handle: number): Shortcut {
    const core: Shortcut = {
      try: (bytes, argument) => (this.#closed ? -Errno.EBADF : this.#waits.quick(op, handle, bytes, argument)),
      again: (bytes, argument) => this.#waits.again(() => core.try(bytes, argument)),
    };
    if (op !== Op.RING_SEND && op !== Op.RING_RECEIVE) return core;
    const side = ringSide(this.#agent, op, handle, core);
    side.again = (bytes, argument) => this.#waits.again(() => side.try(bytes, argument));
    return side;
  }

  get told(): number {
    return this.#agent.desk.told;
  }

  /** Of records of struct sluice_listed_agent: whose page is frozen. */
  #suspect(records: Uint8Array): void {
    const frozen = Desk.frozen(this.memory);
    const words = new Uint32Array(records.buffer, records.byteOffset, records.length / 4);
    for (let at = 0; at < words.length; at += ListedAgentAt.bytes$ / 4)
      if (frozen.has(words[at + ListedAgentAt.owner / 4]!)) words[at + ListedAgentAt.flags / 4]! |= AgentFlags.AGENT_SUSPECT;
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
    return errno === Errno.ENOTSUP ? this.#waits.deaf : explainRoom(request, errno, this.#agent.ticket.sizeBytes);
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
    for (const event of ['freeze', 'resume']) page?.removeEventListener(event, this.#freezes);
    for (const [worker, ended] of this.#watched) worker.off?.('exit', ended);
    this.#watched.clear();
    this.#waits.close();
    this.#waits.retry(() => {
      const left = this.#agent.core.sluice_detach(this.#agent.desk.view) !== (Define.STALLED | 0);
      if (left) {
        leave(this.#agent);
        const { locks, number } = this.#life;
        this.#life.end();
        if (locks !== undefined) Mourner.leave(this.memory, locks, number);
        this.#waits.end();
      }
      return left;
    });
  }
}
