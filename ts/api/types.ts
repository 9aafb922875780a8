/** The contract: what goes into the API and comes out of it. Sizes are bytes, times milliseconds. */
import type { HelperWorker } from '../backend/backend.js';

export type { HelperWorker };

/** Bytes to send, or to be filled: an ArrayBuffer, a SharedArrayBuffer, or a view of one. */
export type Bytes = ArrayBufferView | ArrayBufferLike;

/**
 * How long a call may wait. Where the core waits (wasm; natively rings and unnamed semaphores) each 32 waits at a time of an
 * agent need a few KiB of the region: `ENOSPC` when it is full; `EMFILE` beyond 32,768.
 */
export interface WaitOptions {
  /** Milliseconds until `ETIMEDOUT`; 0 tries once (`EAGAIN`); without it, or `Infinity`, for ever. */
  timeout?: number | undefined;
  /** Ends the wait; the call rejects with `signal.reason`. */
  signal?: AbortSignal | undefined;
}

/** How long a call may block this thread. */
export interface BlockOptions {
  /** Milliseconds until `ETIMEDOUT`; 0 tries once (`EAGAIN`); without it, or `Infinity`, for ever. */
  timeout?: number | undefined;
}

/** Where the records of a batch go. */
export interface BatchOptions {
  /**
   * The caller's own buffer, so that none is allocated: each record takes 4 bytes more than its length, rounded up to a multiple of
   * 4; as many go as fit. Not to be touched until the call settles.
   */
  into?: Uint8Array<ArrayBuffer> | undefined;
}

export type BackendName = 'wasm' | 'native';
/** Kinds of object that have a name. */
export type NamedKind = 'semaphore' | 'messageQueue' | 'fifo' | 'ring';
export type HandleKind = 'semaphore' | 'messageQueue' | 'pipeReader' | 'pipeWriter' | 'ring';

/** Names an open object for `ipc.open()` in another agent, weakly; may go through JSON. */
export interface HandleTicket<K extends HandleKind = HandleKind> {
  kind: K;
  backend: BackendName;
  name?: string | undefined;
  /** Base64. */
  data: string;
}

/** What `attach` needs in another agent: structured-cloneable; JSON on `native`. */
export interface IpcTicket {
  backend: BackendName;
  data: unknown;
}

export interface AttachOptions {
  /**
   * wasm: makes a worker whose script is `import 'sluice/helper'`. It is asked for, twice at most, where the engine has no
   * `Atomics.waitAsync`, and ended with the `Ipc`.
   */
  helper?: (() => HelperWorker) | undefined;
}

export interface ConnectOptions extends AttachOptions {
  /** Forces a backend; never falls back. */
  backend?: BackendName | undefined;
  /** Who is to be reached: `'threads'` of this program (default, wasm), or `'processes'` by name (native). */
  reach?: 'threads' | 'processes' | undefined;
  /** wasm: the core as a WebAssembly.Module, bytes, or an absolute URL, instead of the one inside. */
  wasm?: object | string | undefined;
  /** Size of the region, fixed for its life; 16 MiB unless told otherwise. native: of the mapped file, if it has to be made. */
  sizeBytes?: number | undefined;
  /** native: chooses the mapped file that rings and unnamed semaphores live in; 1 to 64 of A-Z a-z 0-9 _ . - */
  namespace?: string | undefined;
}

/** To be ready for: a call that takes, or one that puts. */
export type Direction = 'read' | 'write';

/** Whether a backend works here, and why not. */
export interface Capability {
  available: boolean;
  /** A sentence for people. */
  text: string;
}

/** What works where it is asked: this thread, this engine, this page. */
export interface Capabilities {
  /** Which backends work, in one sentence. */
  text: string;
  /** Threads of this program. */
  wasm: Capability;
  /** Other processes. */
  native: Capability;
  /** wasm: a page has it that is isolated by its headers. */
  sharedMemory: Capability;
  /** wasm: whether waits can be awaited, as on a page's main thread they have to be. */
  waitAsync: Capability;
  /** wasm: whether Sync forms may block this thread. */
  blocking: Capability;
  /** wasm: whether others are told when this thread ends without closing. */
  deaths: Capability;
}

export interface OpenOptions {
  /** Makes the object when there is none (`O_CREAT`). */
  create?: boolean | undefined;
  /** With `create`: `EEXIST` when there is one already (`O_EXCL`). */
  exclusive?: boolean | undefined;
  /** Permissions, 0 to 0o7777; 0o600 unless told otherwise. Kept and shown on wasm, not enforced. */
  mode?: number | undefined;
}

export interface NonBlockingOption {
  /** Every call tries once, as with `O_NONBLOCK`. */
  nonBlocking?: boolean | undefined;
}

export interface SemaphoreOptions extends OpenOptions {
  /** First value, 0 to 2147483647; 0 unless told otherwise. */
  value?: number | undefined;
}

export interface MessageQueueOptions extends OpenOptions, NonBlockingOption {
  /** Both unless told otherwise. */
  access?: 'read' | 'write' | undefined;
  /** Most messages that wait; 10 unless told otherwise. */
  maxMessages?: number | undefined;
  /** Longest message; 8192 unless told otherwise. */
  messageBytes?: number | undefined;
}

export interface PipeOptions {
  /** 65536 unless told otherwise; may be rounded up. */
  capacityBytes?: number | undefined;
}

export interface FifoOptions<A extends 'read' | 'write' = 'read' | 'write'> extends OpenOptions, NonBlockingOption, PipeOptions {
  access: A;
}

export interface RingOptions extends OpenOptions, NonBlockingOption {
  /** 65536 unless told otherwise; may be rounded up. */
  capacityBytes?: number | undefined;
  /**
   * Longest record. With one producer and one consumer: half of the capacity unless told otherwise. With `'many'` on a
   * side each record has a place of this size, and it must be given.
   */
  recordBytes?: number | undefined;
  /**
   * `'one'` (default): the first handle that sends is the producer until it is closed, or its agent ends; others get
   * EBUSY. `'many'`: any handle sends. An existing ring keeps what it was made with.
   */
  producers?: 'one' | 'many' | undefined;
  /** The same for receiving. */
  consumers?: 'one' | 'many' | undefined;
}

export interface SendOptions extends WaitOptions {
  /** 0 (default) to 32767; higher ones are received first. */
  priority?: number | undefined;
}

export interface Message {
  /** Private: nobody else writes to it. */
  data: Uint8Array<ArrayBuffer>;
  priority: number;
}

/** What a queue's `writable` takes where it is not bytes or text alone. */
export interface OutgoingMessage {
  data: Bytes | string;
  /** 0 (default) to 32767. */
  priority?: number | undefined;
}

export interface MessageQueueAttributes {
  maxMessages: number;
  messageBytes: number;
  currentMessages: number;
}

export interface PipeAttributes {
  capacityBytes: number;
  /** Written and not yet read. */
  readableBytes: number;
}

export interface RingAttributes {
  capacityBytes: number;
  /** Longest record. */
  recordBytes: number;
  currentRecords: number;
  currentBytes: number;
}

/** One named object, as ipcs(1) would show it. */
export interface Listed {
  kind: NamedKind;
  name: string;
  mode: number;
  /** native: user id. wasm: the thread that made it, in Node its `threadId` + 1. */
  owner: number;
}

/** One agent: a `connect()` or `attach()`; natively all of a thread's with one `namespace` are one. */
export interface Agent {
  /** native: process id. wasm: its thread, in Node its `threadId` + 1. */
  owner: number;
  /** The one that asks. */
  self: boolean;
  /**
   * native: its process is stopped (SIGSTOP, a debugger). What it holds stays its own and nothing of it is undone: waits
   * for it time out, and when it goes on all is exact. Not seen of a process of another pid namespace. wasm: the same of a page
   * that the browser has frozen; not of its workers, which nobody tells.
   */
  suspect: boolean;
}
