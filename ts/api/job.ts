import type { Request } from '../backend/backend.js';

/** A step that is not the last one of its call. */
export const MORE: unique symbol = Symbol('more');
/** The call would have to wait. */
export const LATER: unique symbol = Symbol('later');

/** What a form that never waits returns. */
export const orUndefined = <T>(value: T | typeof LATER): T | undefined => (value === LATER ? undefined : value);

/** One call: the requests that it takes, one after the other, and what they come to. */
export interface Job<T> {
  /** As in errors: `'mq_send'`. */
  readonly syscall: string;
  /** The method whose call it is, of what can wait: errors of the other forms name it. */
  readonly form?: string;
  /** The name in errors, where it is not that of the object that the call belongs to. */
  readonly path?: string | undefined;
  /** Puts the next step's request together; what stands in it from before may be anything. */
  fill(request: Request): void;
  /** What a step that gave `n` >= 0 comes to. */
  take(n: number, request: Request): T | typeof MORE;
  /** What the call comes to when it is cut short; LATER when nothing was moved, so that it fails. */
  partial?(): T | typeof LATER;
  /** It has to wait: copies what the caller may change meanwhile. */
  keep?(): void;
  /** What to add to an error's message. */
  detail?(errno: number): string | undefined;
  /** Throws where the backend's refusal comes from what the caller did meanwhile. */
  check?(): void;
}

export function newRequest(): Request {
  return { op: 0, handle: 0, args: new Uint32Array(6), bytes: undefined, name: undefined, out: new Uint32Array(4) };
}

/** Fills a request: the usual body of `Job.fill`. One line an argument: a loop takes three times as long. */
export function put(request: Request, op: number, handle: number, bytes?: Uint8Array, first = 0, second = 0): void {
  const { args } = request;
  request.op = op;
  request.handle = handle;
  request.bytes = bytes;
  request.name = undefined;
  args[0] = first;
  args[1] = second;
  args[2] = 0;
  args[3] = 0;
  args[4] = 0;
  args[5] = 0;
}
