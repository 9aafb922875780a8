import { Errno } from '../backend/abi.gen.js';
import { asBytes, isBytes } from './check.js';
import type { Lane } from './lane.js';
import type { Site } from './site.js';

/** What a call comes to that has to go the usual way: there is nothing quick here, or it waits, or it fails. */
export const ASK = -1;

/**
 * The short way through one direction of an object, for what is most of the work: bytes, nobody in front, no options, and done at
 * once. All else goes by the lane, which tells what is wrong; nothing has happened then.
 */
export class Quick {
  readonly #site: Site;
  readonly #lane: Lane;
  readonly #op: number;
  /** The last that was looked at, and its bytes: what it is does not change, but it may be detached. */
  #known: unknown;
  #bytes: Uint8Array | undefined;

  constructor(site: Site, lane: Lane, op: number) {
    this.#site = site;
    this.#lane = lane;
    this.#op = op;
  }

  /** The result, at least 0; -EAGAIN where it would have to wait; ASK. */
  try(data: unknown): number {
    const { backend, closed, handle } = this.#site;
    if (backend.quick === undefined || closed || this.#lane.busy) return ASK;
    const bytes = data === this.#known ? this.#bytes : this.#look(data, backend.memory);
    if (bytes === undefined || bytes.length === 0) return ASK;
    const n = backend.quick(this.#op, handle, bytes);
    return n >= 0 || n === -Errno.EAGAIN ? n : ASK;
  }

  /** `try()` in a form that may wait: for that it goes the usual way. */
  call(data: unknown, options: unknown): number {
    return options === undefined ? this.try(data) : ASK;
  }

  /** The same in a form that blocks. */
  block(data: unknown, options: unknown): number {
    return options === undefined && this.#site.backend.traits.block ? this.try(data) : ASK;
  }

  #look(data: unknown, region: ArrayBufferLike | undefined): Uint8Array | undefined {
    const bytes = isBytes(data, region) ? data : asBytes(data, region);
    if (bytes !== undefined) [this.#known, this.#bytes] = [data, bytes];
    return bytes;
  }
}
