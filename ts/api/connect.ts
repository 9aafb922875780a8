import { Define, Errno } from '../backend/abi.gen.js';
import type { Backend } from '../backend/backend.js';
import { checkOptions, checkWithin, show } from './check.js';
import { IpcError } from './error.js';
import { Ipc } from './ipc.js';
import type { AttachOptions, BackendName, Capabilities, Capability, ConnectOptions, IpcTicket } from './types.js';

/** How a backend is started; what `attach` gets is what its `ticket()` gave. */
export interface BackendClass {
  /** @param module gives the core's, where `options` have none */
  open(options: ConnectOptions, module: () => Promise<object>): Promise<Backend>;
  attach(ticket: unknown, options: AttachOptions): Promise<Backend>;
  attachSync(ticket: unknown, options: AttachOptions): Backend;
  /**
   * Why it cannot work here, as a phrase; undefined when it can.
   *
   * @param attaches with what a ticket brings
   */
  missing(options?: ConnectOptions, attaches?: boolean): string | undefined;
}

/** What wasm stands on. */
type Ground = Exclude<keyof Capabilities, 'text' | BackendName>;

interface WasmClass extends BackendClass {
  /** Why it is missing; undefined where it is there. */
  lacks(): Record<Ground, string | undefined>;
}

/** What this entry of the package carries; a browser's has no native code. */
export interface Backends {
  wasm: WasmClass;
  native: BackendClass | undefined;
  module: () => Promise<object>;
}

const reaches: Record<string, BackendName> = { threads: 'wasm', processes: 'native' };

/** Errors that a backend starts with are its own, or bear Linux's number and a sentence. */
function startFault(error: unknown, syscall: string): unknown {
  const { errno, message } = (error ?? {}) as { errno?: unknown; message?: string };
  if (error instanceof IpcError || typeof errno !== 'number') return error;
  const fault = new IpcError(errno, { syscall, detail: message });
  fault.cause = error;
  return fault;
}

function refuse(errno: number, syscall: string, detail: string): never {
  throw new IpcError(errno, { syscall, detail });
}

function choose(options: ConnectOptions): BackendName {
  const { backend, reach } = options;
  if (backend !== undefined && backend !== 'wasm' && backend !== 'native') {
    throw new TypeError(`backend must be 'wasm' or 'native', not ${show(backend)}`);
  }
  if (reach === undefined) return backend ?? 'wasm';
  if (typeof reach !== 'string') throw new TypeError(`reach must be 'threads' or 'processes', not ${show(reach)}`);
  const reached = Object.hasOwn(reaches, reach) ? reaches[reach]! : undefined;
  if (reached === undefined) refuse(Errno.ENOTSUP, 'connect', `reach is ${show(reach)}, known are 'threads' and 'processes'`);
  if (backend === 'wasm' && reached === 'native') refuse(Errno.ENOTSUP, 'connect', 'wasm reaches threads only, not processes');
  return backend ?? reached;
}

function checkConnect(options: ConnectOptions): void {
  checkOptions(options);
  if (options.sizeBytes !== undefined)
    checkWithin(options.sizeBytes, 'sizeBytes', 1, Define.REGION_BYTES_MAX, { syscall: 'connect' });
  if (options.namespace !== undefined && typeof options.namespace !== 'string') {
    throw new TypeError(`namespace must be a string, not ${show(options.namespace)}`);
  }
}

function checkHelper(options: AttachOptions): void {
  checkOptions(options);
  if (options.helper !== undefined && typeof options.helper !== 'function')
    throw new TypeError(`helper must be a function that makes a worker, not ${show(options.helper)}`);
}

function checkTicket(ticket: unknown): IpcTicket {
  const { backend, data } = (ticket ?? {}) as IpcTicket;
  if (typeof backend !== 'string' || data === undefined)
    throw new TypeError(`ticket must be what ipc.ticket() gave, not ${show(ticket)}`);
  if (backend !== 'wasm' && backend !== 'native')
    refuse(Errno.EINVAL, 'attach', `the ticket's backend is ${JSON.stringify(backend)}`);
  return { backend, data };
}

function usable(backends: Backends, name: BackendName, syscall: string, options: AttachOptions): BackendClass {
  checkHelper(options);
  const missing = missingText(backends, name, options, syscall === 'attach');
  if (missing !== undefined) refuse(Errno.ENOTSUP, syscall, missing);
  return backends[name]!;
}

function missingText(backends: Backends, name: BackendName, options?: ConnectOptions, attaches?: boolean): string | undefined {
  const backend = backends[name];
  return backend === undefined ? 'browsers have no native backend' : backend.missing(options, attaches);
}

export async function connectWith(backends: Backends, options: ConnectOptions): Promise<Ipc> {
  checkConnect(options);
  const backend = usable(backends, choose(options), 'connect', options);
  try {
    return new Ipc(await backend.open(options, backends.module));
  } catch (error) {
    throw startFault(error, 'connect');
  }
}

export async function attachWith(backends: Backends, ticket: unknown, options: AttachOptions = {}): Promise<Ipc> {
  const { backend, data } = checkTicket(ticket);
  const chosen = usable(backends, backend, 'attach', options);
  try {
    return new Ipc(await chosen.attach(data, options));
  } catch (error) {
    throw startFault(error, 'attach');
  }
}

export function attachSyncWith(backends: Backends, ticket: unknown, options: AttachOptions = {}): Ipc {
  const { backend, data } = checkTicket(ticket);
  const chosen = usable(backends, backend, 'attach', options);
  try {
    return new Ipc(chosen.attachSync(data, options));
  } catch (error) {
    throw startFault(error, 'attach');
  }
}

const WORKS: Record<Ground | BackendName, string> = {
  wasm: 'Objects live in shared WebAssembly memory and reach the threads of this program.',
  native:
    'Objects live in the kernel and reach processes by name. FIFOs, and queues where /dev/mqueue is not mounted, are listed as far as this ipc opened them.',
  sharedMemory: 'Threads can share memory.',
  waitAsync: 'What waits can be awaited.',
  blocking: 'Sync forms may block this thread.',
  deaths: 'Others are told when this thread ends; in Node those that watch its worker.',
};

/** A phrase as a sentence. */
const sentence = (phrase: string): string => `${phrase[0]!.toUpperCase()}${phrase.slice(1)}.`;

export function capabilitiesOf(backends: Backends): Capabilities {
  const why = (name: BackendName) => missingText(backends, name);
  const told = (['wasm', 'native'] as const).map((name) =>
    why(name) ? `${name} does not work here: ${why(name)}` : `${name} works here`,
  );
  const capability = (what: Ground | BackendName, missing: string | undefined): Capability => ({
    available: missing === undefined,
    text: missing === undefined ? WORKS[what] : sentence(missing),
  });
  const { sharedMemory, waitAsync, blocking, deaths } = backends.wasm.lacks();
  return {
    text: `${told.join('; ')}.`,
    wasm: capability('wasm', why('wasm')),
    native: capability('native', why('native')),
    sharedMemory: capability('sharedMemory', sharedMemory),
    waitAsync: capability('waitAsync', waitAsync),
    blocking: capability('blocking', blocking),
    deaths: capability('deaths', deaths),
  };
}
