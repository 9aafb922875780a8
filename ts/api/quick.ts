import { Errno } from '../backend/abi.gen.js';
import type { Shortcut } from '../backend/backend.js';
import { asBytes, isBytes } from './check.js';
import { type Job, LATER } from './job.js';
import type { Lane } from './lane.js';
import type { Site } from './site.js';
import type { BlockOptions, WaitOptions } from './types.js';

/** There is nothing quick here, as if it had failed. */
const ASK = -1;

const mayWait = (options: WaitOptions | undefined): boolean =>
  options === undefined || (options instanceof Object && options.timeout === undefined && options.signal === undefined);

/**
 * One operation of bytes, by a short way for what is most of the work: nobody in front, neither timeout nor signal, and done at
 * once. All else goes by the lane, which tells what is wrong; nothing has happened then.
 */
export class Quick<D, T, O extends WaitOptions = WaitOptions> {
  readonly #site: Site;
  readonly #lane: Lane;
  readonly #shortcut: Shortcut | undefined;
  readonly #job: (data: D, options?: O) => Job<T>;
  readonly #take: (n: number) => T;
  readonly #most: number;
  /** The last that was looked at, and its bytes: what it is does not change, but it may be detached. */
  #known: unknown;
  #bytes: Uint8Array | undefined;

  /**
   * @param job what goes by the lane
   * @param most bytes that are done wholly or not at all
   * @param take what the short way's result, at least 0, comes to, if not itself
   */
  constructor(
    site: Site,
    lane: Lane,
    op: number,
    job: (data: D, options?: O) => Job<T>,
    most = Number.POSITIVE_INFINITY,
    take = (n: number) => n as T,
  ) {
    this.#site = site;
    this.#lane = lane;
    this.#shortcut = site.backend.shortcut?.(op, site.handle);
    this.#job = job;
    this.#take = take;
    this.#most = most;
  }

  /** The form that may wait. */
  call(data: D, options: O | undefined, argument?: number): T | Promise<T> {
    const n = mayWait(options) ? this.#once(data, argument) : ASK;
    return n >= 0 ? this.#take(n) : this.#lane.call(this.#job(data, options), options);
  }

  /** The form that never waits; LATER where it would have to. */
  try(data: D, options?: O, argument?: number): T | typeof LATER {
    const n = this.#once(data, argument);
    if (n >= 0) return this.#take(n);
    return n === -Errno.EAGAIN ? LATER : this.#lane.try(this.#job(data, options));
  }

  /** The form that blocks this thread. */
  block(data: D, options: (O & BlockOptions) | undefined, argument?: number): T {
    let n = mayWait(options) && this.#site.backend.traits.block ? this.#once(data, argument) : ASK;
    if (n === -Errno.EAGAIN && !this.#site.nonBlocking) n = this.#shortcut!.again?.(this.#bytes!, argument ?? 0) ?? n;
    return n >= 0 ? this.#take(n) : this.#lane.block(this.#job(data, options), options);
  }

  /** The result, or -errno; ASK, also of an argument that is no integer. */
  #once(data: unknown, argument = 0): number {
    const { backend, closed } = this.#site;
    if (this.#shortcut === undefined || closed || this.#lane.busy || (argument | 0) !== argument) return ASK;
    const bytes = data === this.#known ? this.#bytes : this.#look(data, backend.memory);
    if (bytes === undefined || bytes.length === 0 || bytes.length > this.#most) return ASK;
    return this.#shortcut.try(bytes, argument);
  }

  #look(data: unknown, region: ArrayBufferLike | undefined): Uint8Array | undefined {
    const bytes = isBytes(data, region) ? data : asBytes(data, region);
    if (bytes !== undefined) [this.#known, this.#bytes] = [data, bytes];
    return bytes;
  }
}
