import { Errno } from '../backend/abi.gen.js';
import { encode } from '../backend/utf8.js';
import { type ErrorPlace, IpcError } from './error.js';
import type { Bytes } from './types.js';

const MOST_U32 = 2 ** 32 - 1;

/** Says what a wrong value is, in a message. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `the string ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value)}`;
  if (typeof value === 'object' && value !== null) return `an object (${value.constructor?.name ?? 'no class'})`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'bigint') return `the bigint ${value}n`;
  return String(value);
}

/** A u32: TypeError where it is no number, RangeError where it is no u32; `least` and `most` are what the text tells. */
export function checkU32(value: unknown, what: string, least = 0, most = MOST_U32): number {
  if (typeof value !== 'number') throw new TypeError(`${what} must be a number, not ${show(value)}`);
  if (!Number.isInteger(value) || value < 0 || value > MOST_U32) {
    throw new RangeError(`${what} must be a whole number from ${least} to ${most}, not ${value}`);
  }
  return value;
}

/** A u32 that POSIX takes: EINVAL outside. */
export function checkWithin(value: unknown, what: string, least: number, most: number, place: ErrorPlace): number {
  const number = checkU32(value, what, least, most);
  if (number >= least && number <= most) return number;
  throw new IpcError(Errno.EINVAL, { ...place, detail: `${what} is ${number}, allowed are ${least} to ${most}` });
}

/** Milliseconds; fractions and Infinity (no timeout) are fine. */
export function checkTimeout(value: unknown): number {
  if (value === undefined) return Number.POSITIVE_INFINITY;
  if (typeof value !== 'number') throw new TypeError(`timeout must be a number of milliseconds, not ${show(value)}`);
  if (!(value >= 0)) throw new RangeError(`timeout must be 0 or more milliseconds, not ${value}`);
  return value;
}

export function checkSignal(value: unknown): AbortSignal | undefined {
  if (value === undefined) return undefined;
  const signal = value as AbortSignal | null;
  if (typeof signal === 'object' && signal !== null && typeof signal.aborted === 'boolean' && 'addEventListener' in signal)
    return signal;
  throw new TypeError(`signal must be an AbortSignal, not ${show(value)}`);
}

export function checkBoolean(value: unknown, what: string): boolean {
  if (value === undefined || typeof value === 'boolean') return value === true;
  throw new TypeError(`${what} must be true or false, not ${show(value)}`);
}

export function checkOptions(value: unknown): void {
  if (typeof value !== 'object' || value === null) throw new TypeError(`options must be an object, not ${show(value)}`);
}

/** What can be watched: Node's Worker, or the web's. */
export function checkWorker(value: unknown): { threadId?: number } {
  const worker = (value ?? {}) as { once?: unknown; addEventListener?: unknown; postMessage?: unknown; threadId?: unknown };
  const { once, addEventListener, postMessage, threadId } = worker;
  const ofNode = typeof once === 'function' && typeof threadId === 'number';
  const ofTheWeb = typeof once !== 'function' && typeof addEventListener === 'function';
  if (typeof postMessage === 'function' && (ofNode || ofTheWeb)) return worker as { threadId?: number };
  throw new TypeError(`worker must be a Worker, not ${show(value)}`);
}

/** A detached or outgrown view looks empty; its methods tell, of a DataView its length itself. */
export function checkUsable(view: ArrayBufferView, what: string): void {
  try {
    if (view.byteLength === 0) (view as Partial<Uint8Array>).keys?.();
  } catch {
    throw new TypeError(`${what} is detached, or its buffer was resized below it`);
  }
}

/**
 * A subclass may tell anything of itself: it is made a plain view of what it claims. The constructor is asked for several times as fast
 * as the prototype; who lies of it gets what it says.
 */
function isPlain(data: unknown): data is Uint8Array {
  if (!(data instanceof Uint8Array)) return false;
  const kind = data.constructor;
  return kind === Uint8Array || (typeof Buffer === 'function' && kind === Buffer);
}

/** A buffer, of any realm. */
function isBuffer(data: unknown): data is ArrayBuffer {
  const kind = Object.prototype.toString.call(data);
  return kind === '[object ArrayBuffer]' || kind === '[object SharedArrayBuffer]';
}

/** What is copied must not grow in another thread's hands between a look at its length and the copy. */
const mayGrow = (buffer: ArrayBufferLike): boolean => (buffer as { growable?: boolean }).growable === true;

/** Bytes that need no further look before they are copied into private memory, as most are. */
export function isBytes(data: unknown, region: ArrayBufferLike | undefined): data is Uint8Array {
  if (!isPlain(data) || data.length === 0) return false;
  const { buffer } = data; // once: it takes 15 ns
  return buffer !== region && !mayGrow(buffer);
}

/** The same of a view of another kind, as bytes: one whose length cannot change but to 0. */
export function asBytes(data: unknown, region: ArrayBufferLike | undefined): Uint8Array | undefined {
  if (!ArrayBuffer.isView(data)) return undefined;
  const view = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return isBytes(view, region) && (view.buffer as { resizable?: boolean }).resizable !== true ? view : undefined;
}

function viewOf(data: unknown, what: string, orElse: string): Uint8Array {
  if (ArrayBuffer.isView(data)) checkUsable(data, what);
  if (isPlain(data) && !mayGrow(data.buffer)) return data;
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (isBuffer(data)) return new Uint8Array(data, 0, data.byteLength);
  throw new TypeError(`${what} must be ${orElse}an ArrayBuffer or a view of one, not ${show(data)}`);
}

/**
 * What a user gave to be filled or sent, as bytes. A view of the region itself is
 * refused: nothing would tell one object's bytes from another's.
 */
export function checkBytes(
  data: unknown,
  what: string,
  region: ArrayBufferLike | undefined,
  place: ErrorPlace,
  orElse = '',
): Uint8Array {
  const view = viewOf(data, what, orElse);
  if (region !== undefined && view.buffer === region) {
    throw new IpcError(Errno.EINVAL, { ...place, detail: `${what} is a view of the shared region itself; copy it first` });
  }
  return view;
}

/** Bytes that a call looks at again after it waited. */
export function checkUnchanged(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.byteLength === length) return bytes;
  throw new TypeError('the buffer was detached or resized while the call was pending');
}

/** Nothing can have come into a buffer that was detached: 0 is no length then, nor the end of a file. */
export function lengthIn(bytes: Uint8Array, length: number, n: number): number {
  if (n === 0 && bytes.byteLength === 0) checkUnchanged(bytes, length);
  return n;
}

/** What `checkBytes` takes, or text, which is sent as UTF-8. */
export function checkData(
  data: Bytes | string,
  what: string,
  region: ArrayBufferLike | undefined,
  place: ErrorPlace,
): Uint8Array {
  return typeof data === 'string' ? encode(data) : checkBytes(data, what, region, place, 'a string, ');
}

/** UTF-8 length of a well-formed string. */
export function utf8Bytes(text: string): number {
  return encode(text).byteLength;
}
