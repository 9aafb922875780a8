import { Errno, Limit } from '../abi.gen.js';
import { errnoTexts } from '../errno.gen.js';
import { Desk, REGION_AT, WORDS } from './desk.js';
import type { Life } from './life.js';

/** What the module exports (wasm/exports.txt). Addresses and counts are u32, results i32. */
export interface Core {
  sluice_format(base: number, bytes: number, agents: number, serial: number): number;
  sluice_attach(view: number, base: number, bytes: number, owner: number, startedLow: number, startedHigh: number): number;
  sluice_detach(view: number): number;
  sluice_try(view: number, request: number): number;
  sluice_ring_place(view: number, handle: number, access: number, place: number): number;
  sluice_ring_publish(view: number, handle: number, access: number, was: number, now: number): number;
  sluice_advance(view: number, request: number): number;
  sluice_cancel(view: number, request: number): number;
  sluice_bell(view: number): number;
  sluice_bell_arm(view: number): number;
  sluice_bell_answer(view: number): void;
  sluice_ready(view: number): number;
  sluice_died(view: number, owner: number): number;
  sluice_settle(view: number): number;
}

/** Structured-cloneable: what a thread needs to join, without fetching anything. */
export interface WasmTicket {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  sizeBytes: number;
}

/** One agent: its core, its desk, the memory. */
export interface Agent {
  core: Core;
  desk: Desk;
  ticket: WasmTicket;
  owner: number;
}

const AGENTS = Limit.AGENTS;
const PAGE = 65536;
export const DEFAULT_SIZE_BYTES = 16 * 1024 * 1024;

/** An error of starting: its number and what was wrong. */
export function startError(errno: number, message: string): Error {
  return Object.assign(new Error(message), { errno });
}

function refused(n: number, what: string): Error {
  return startError(-n, `${what} gave ${errnoTexts.find(([number]) => number === -n)?.[1] ?? n}`);
}

export interface NodeProcess {
  getBuiltinModule?: (name: string) => unknown;
  chdir: (directory?: string) => void;
}

/** Without a directory `chdir` fails everywhere, in a Node worker because it is one: to load worker_threads costs 2 ms. */
function inWorker(process: NodeProcess): boolean {
  try {
    process.chdir();
  } catch (error) {
    return (error as { code?: string }).code === 'ERR_WORKER_UNSUPPORTED_OPERATION';
  }
  return false;
}

/** A number of 24 bits by which its end can be told: in Node its thread's, elsewhere its life's. */
function ownOwner(life: Life): number {
  const process = (globalThis as { process?: NodeProcess }).process;
  if (process?.getBuiltinModule === undefined) return ownerOf(life.number);
  if (!inWorker(process)) return ownerOf(0);
  return ownerOf((process.getBuiltinModule('node:worker_threads') as { threadId: number }).threadId);
}

export const ownerOf = (threadId: number): number => 1 + (threadId % Limit.OWNER_MAX);

function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory, desk: Desk): Core {
  const env = {
    memory,
    __memory_base: new WebAssembly.Global({ value: 'i32', mutable: false }, 0),
    __stack_pointer: new WebAssembly.Global({ value: 'i32', mutable: true }, desk.stackTop),
    sluice_take: desk.take,
    sluice_give: desk.give,
  };
  return new WebAssembly.Instance(module, { env }).exports as unknown as Core;
}

/** The memory for a region that is to be made. */
export function reserve(module: WebAssembly.Module, sizeBytes: number): WasmTicket {
  const pages = Math.ceil((REGION_AT + sizeBytes) / PAGE);
  try {
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    const words = new Int32Array(memory.buffer);
    for (let i = 0; i < 4; i++) words[WORDS.region + i] = Math.random() * 2 ** 32;
    return { module, memory, sizeBytes };
  } catch (error) {
    throw startError(
      Errno.ENOMEM,
      `a shared memory of ${pages * PAGE} bytes was refused (sizeBytes ${sizeBytes}): ${(error as Error).message}`,
    );
  }
}

/** Makes a region and joins it; `proof`: what that life's hold() gave. */
export function create(ticket: WasmTicket, life: Life, proof: number): Agent {
  const { sizeBytes } = ticket;
  return enter(ticket, life, proof, (core) => {
    const n = core.sluice_format(REGION_AT, sizeBytes, AGENTS, Math.random() * 2 ** 32);
    if (n < 0)
      throw startError(-n, `sizeBytes is ${sizeBytes}: it must be a multiple of 64 and leave room for objects, 1 MiB or more`);
  });
}

/** Joins a region that another thread made. */
export function join(ticket: WasmTicket, life: Life, proof: number): Agent {
  return enter(ticket, life, proof, () => {});
}

function enter(ticket: WasmTicket, life: Life, proof: number, prepare: (core: Core) => void): Agent {
  const { module, memory, sizeBytes } = ticket;
  const owner = ownOwner(life);
  const desk = Desk.claim(memory.buffer, owner, proof);
  if (desk === undefined) throw startError(Errno.EMFILE, `${AGENTS} agents are attached to this region, the most there can be`);
  if (proof !== 0) Desk.announce(memory.buffer); // before there is anything that its end would leave
  try {
    const core = instantiate(module, memory, desk);
    prepare(core);
    const n = core.sluice_attach(desk.view, REGION_AT, sizeBytes, owner, 0, 0);
    if (n < 0) throw refused(n, 'sluice_attach');
    return { core, desk, ticket, owner };
  } catch (error) {
    desk.leave(owner);
    if (typeof (error as { errno?: unknown }).errno === 'number') throw error;
    throw startError(Errno.EINVAL, `the module is not the one of this package: ${(error as Error).message}`);
  }
}

export function checkTicket(ticket: unknown): WasmTicket {
  const { module, memory, sizeBytes } = (ticket ?? {}) as Partial<WasmTicket>;
  const sound =
    module instanceof WebAssembly.Module &&
    memory instanceof WebAssembly.Memory &&
    Object.prototype.toString.call(memory.buffer) === '[object SharedArrayBuffer]' &&
    Number.isInteger(sizeBytes) &&
    sizeBytes! > 0 &&
    memory.buffer.byteLength >= REGION_AT + sizeBytes!;
  if (!sound)
    throw startError(
      Errno.EINVAL,
      "the ticket lacks its module, its shared memory or its size: a wasm ticket goes by postMessage or workerData, to threads of its own program; processes are reached by connect({ reach: 'processes' })",
    );
  return { module, memory, sizeBytes: sizeBytes! };
}

export function leave(agent: Agent): void {
  agent.desk.leave(agent.owner);
}

/** After proof of an owner's death, and its settling. */
export function clearDesks(agent: Agent, owner: number): void {
  Desk.clear(agent.ticket.memory.buffer, owner);
}
