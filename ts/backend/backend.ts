/**
 * The waist. Everything above it (`ts/api`) knows no backend; everything below
 * knows no promise, no timeout and no AbortSignal.
 *
 * A request is numbers and bytes, so that a ring, a MessagePort or a network
 * can carry it; what each one takes and gives stands in
 * `core/include/sluice_ops.def`. A backend *completes* requests: waiting is its
 * business, because what a condition wait or a FIFO's open waits for is neither
 * a word nor a descriptor.
 */
export interface Request {
  /** One of `Op`. */
  op: number;
  /** The object, as an open request's `n` named it; 0 where none is meant. */
  handle: number;
  /** Six u32. */
  args: Uint32Array;
  /** What is sent, or where to put what is received. Not touched after the settling. */
  bytes?: Uint8Array | undefined;
  /** An object's name or path. */
  name?: string | undefined;
  /** Four u32, written before the request settles. */
  out: Uint32Array;
}

/** Names one submitted request until it has settled. */
export type Token = number;

export interface Traits {
  /** `attempt` works. */
  readonly sync: boolean;
  /** `block` works: this thread may sleep. */
  readonly block: boolean;
  /** Claims of a ring are views of `memory`. */
  readonly views: boolean;
  /** Whose end proves an agent's death. */
  readonly agent: 'thread' | 'process' | 'connection';
}

/** One operation of one object. */
export interface Shortcut {
  /** As `attempt`; the bytes are at least one. */
  try(bytes: Uint8Array, argument: number): number;
  /** The same again, for as long as it is better than to sleep; -EAGAIN: that is over. */
  again?(bytes: Uint8Array, argument: number): number;
}

export interface Backend {
  readonly name: 'wasm' | 'native';
  readonly traits: Traits;
  /** Where a claim's address points into, when `traits.views`. */
  readonly memory: ArrayBufferLike | undefined;

  /** One try that never waits and registers nothing: the result, or -errno; -EAGAIN where it would have to wait. Needs `traits.sync`. */
  attempt(request: Request): number;
  /** The same of requests that are their bytes and their first argument, of one object. Where there is none, `attempt`. */
  shortcut?(op: number, handle: number): Shortcut;
  /** `out[0]` of a shortcut's last request, if that succeeded. */
  readonly told?: number;
  /**
   * Waits on this thread. `deadline` is absolute, on the clock of `performance.now()`, in milliseconds; `Infinity` for none.
   * -ETIMEDOUT when it has come. Needs `traits.block`.
   */
  block(request: Request, deadline: number): number;
  /** Starts a request that may wait. `settle` is called exactly once with its result, never inside `submit`. */
  submit(request: Request, settle: (n: number) => void): Token;
  /** A wish: the request settles -ECANCELED, or with its result if that was won already. A settled or unknown token is ignored. */
  cancel(token: Token): void;

  /** The limit that a refused request met, in one sentence; undefined when it was none that is known. */
  explain?(request: Request, errno: number): string | undefined;

  /** What `attach` needs in another agent: structured-cloneable. */
  ticket(): unknown;
  /** Tells of a worker whose end proves the death of the agents in it. */
  watch(worker: unknown): void;
  /** Closes every handle of this agent and leaves; pending requests settle -EBADF. */
  close(): void;
}

/** A worker of the web. */
export interface HelperWorker {
  postMessage(message: unknown): void;
  terminate(): void;
  onmessage: ((event: never) => unknown) | null;
  onerror: ((event: never) => unknown) | null;
}
