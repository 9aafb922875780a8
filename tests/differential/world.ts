/** Both backends side by side: what was opened on each, what is pending, and how they come to rest. */
import { rmSync } from 'node:fs';
import { attach, type BackendName, connect, type HandleKind, type HandleTicket, type Ipc, type NamedKind } from 'sluice';
import type { Command } from './command.js';
import { namedKinds, nameOf, TAKEN } from './names.js';
import { type Opened, show } from './show.js';
import { sleepers } from './threads.js';

const WAITS = 'waits';
const FAILED = 'failed: ';
/** Turns of the event loop in which nothing happens before nothing will: agents hand a mark on, a turn each. */
const QUIET_TURNS = 4;
export const AGENTS = [0, 1] as const;
export type Agent = (typeof AGENTS)[number];

/** One call, as made on one side. */
interface Call {
  readonly controller: AbortController;
  outcome: string | undefined;
}

export interface Side {
  readonly ipcs: [Ipc, Ipc];
  readonly calls: Map<number, Call>;
  readonly handles: Map<number, Opened>;
  readonly tickets: Map<number, HandleTicket>;
}

/** A handle that both sides have. */
export interface Slot {
  readonly id: number;
  readonly kind: HandleKind;
  readonly agent: Agent;
  /** Which object, as `objectOf` names it. */
  readonly object: string;
  readonly access: 'read' | 'write' | undefined;
  closed: boolean;
}

/** What a command comes to in the present state; the same on both sides. */
export interface Plan {
  readonly text: string;
  /** The handle that it belongs to. */
  readonly slot?: Slot;
  readonly agent?: Agent;
  /** What it opens, where it opens something: a pipe two. */
  readonly opens?: Omit<Slot, 'id' | 'closed'>[];
  readonly ticketOf?: Slot;
  readonly unlinks?: string;
  /** Numbers of the calls that have to settle now. */
  readonly ends?: number[];
  run(side: Side, signal: AbortSignal): unknown;
}

/** A call that is pending on both sides. */
export interface Pending {
  readonly number: number;
  readonly plan: Plan;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const NAMESPACE = `differential-${process.pid}`;
/** Where native keeps rings and semaphores without a name. */
const MAPPED = `/dev/shm/sluice-${process.getuid!()}-${NAMESPACE}`;

async function startSide(backend: BackendName): Promise<Side> {
  const ipc = await connect({ backend, namespace: NAMESPACE });
  return { ipcs: [ipc, await attach(ipc.ticket())], calls: new Map(), handles: new Map(), tickets: new Map() };
}

export class World {
  readonly slots: Slot[] = [];
  readonly tickets: { id: number; of: Slot }[] = [];
  pending: Pending[] = [];
  /** What was done so far, for people. */
  readonly history: string[] = [];
  readonly #unlinked = new Map<string, number>();
  #calls = 0;
  #settled = 0;

  private constructor(
    readonly wasm: Side,
    readonly native: Side,
    /** Bytes of one unit of what goes through pipes. */
    readonly unit: number,
    readonly watchdogMs: number,
  ) {}

  static async start(unit: number, watchdogMs: number): Promise<World> {
    return new World(await startSide('wasm'), await startSide('native'), unit, watchdogMs);
  }

  /** The object that has this name now: another one after each unlinking. */
  objectOf(kind: NamedKind, name: string): string {
    return `${kind} ${name} ${this.#unlinked.get(`${kind} ${name}`) ?? 0}`;
  }

  /** Of the next call. */
  get number(): number {
    return this.#calls;
  }

  get sides(): [Side, Side] {
    return [this.wasm, this.native];
  }

  /** Does it on both sides, lets them come to rest, and compares. False when it means nothing now. */
  async step(command: Command): Promise<boolean> {
    const plan = command(this);
    if (plan === undefined) return false;
    const number = this.#calls++;
    this.history.push(`${number}: ${plan.text}`);
    for (const side of this.sides) this.#call(side, number, plan);
    this.pending.push({ number, plan });
    await this.#rest(plan.ends ?? []);
    const ended = this.pending.filter(({ number }) => this.#outcomes(number).some((each) => each !== WAITS));
    for (const each of ended) this.history.push(`    ${each.number} -> ${[...new Set(this.#outcomes(each.number))].join(' | ')}`);
    for (const each of ended) this.#compare(each);
    this.pending = this.pending.filter((each) => !ended.includes(each));
    return true;
  }

  /** Closes everything, and leaves nothing behind on the kernel. */
  async end(): Promise<void> {
    const [ipc] = this.native.ipcs;
    for (const kind of namedKinds)
      for (let which = 0; which < TAKEN; which++) await ipc.unlink(nameOf(kind, which), kind).catch(() => {});
    for (const { ipcs } of this.sides) for (const ipc of ipcs) await ipc.close();
    await this.#rest(this.pending.map(({ number }) => number));
    rmSync(MAPPED, { force: true });
  }

  #call(side: Side, number: number, { run }: Plan): void {
    const call: Call = { controller: new AbortController(), outcome: undefined };
    side.calls.set(number, call);
    const settle = (outcome: string) => {
      call.outcome = outcome;
      this.#settled++;
    };
    const won = (value: unknown) => settle(this.#keep(side, number, value));
    const lost = (reason: unknown) => settle(`${FAILED}${show(reason)}`);
    try {
      const value = run(side, call.controller.signal);
      if (value instanceof Promise) value.then(won, lost);
      else won(value);
    } catch (error) {
      lost(error);
    }
  }

  /** What was opened can be named by later commands. */
  #keep(side: Side, number: number, value: unknown): string {
    const all = Array.isArray(value) ? value : [value];
    for (const [i, each] of all.entries()) {
      if (typeof each !== 'object' || each === null) continue;
      if ('closeSync' in each) side.handles.set(2 * number + i, each as Opened);
      else if ('kind' in each && 'data' in each) side.tickets.set(number, each as HandleTicket);
    }
    return show(value);
  }

  /** Until what has to settle has, and what is pending provably waits. */
  async #rest(ends: number[]): Promise<void> {
    const deadline = performance.now() + this.watchdogMs;
    const open = (number: number) => this.sides.some(({ calls }) => calls.get(number)?.outcome === undefined);
    let [quiet, settled, slept] = [0, -1, undefined as string | undefined];
    while (ends.some(open) || (quiet < QUIET_TURNS && this.pending.some(({ number }) => open(number)))) {
      const now = sleepers();
      const still = settled === this.#settled && now !== undefined && now === slept;
      [quiet, settled, slept] = [still ? quiet + 1 : 0, this.#settled, now];
      if (performance.now() > deadline) throw new Error(`${this.#text(ends.find(open))} after ${this.watchdogMs} ms`);
      await turn();
    }
  }

  /** What it came to on wasm and on native. */
  #outcomes(number: number): string[] {
    return this.sides.map(({ calls }) => calls.get(number)?.outcome ?? WAITS);
  }

  #text(number: number | undefined): string {
    if (number === undefined) return 'no rest';
    const [wasm, native] = this.#outcomes(number);
    return `call ${number}: wasm: ${wasm}; native: ${native}`;
  }

  /** A call that has settled on one side has on both, alike. */
  #compare({ number, plan }: Pending): void {
    const [wasm, native] = this.#outcomes(number);
    if (wasm !== native) throw new Error(this.#text(number));
    if (wasm!.startsWith(FAILED)) return;
    for (const [i, opened] of (plan.opens ?? []).entries()) this.slots.push({ ...opened, id: 2 * number + i, closed: false });
    if (plan.unlinks) this.#unlinked.set(plan.unlinks, (this.#unlinked.get(plan.unlinks) ?? 0) + 1);
    if (plan.ticketOf) this.tickets.push({ id: number, of: plan.ticketOf });
  }
}
