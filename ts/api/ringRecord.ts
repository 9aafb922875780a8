import { Op } from '../backend/abi.gen.js';
import { RingClaim } from './ringClaim.js';
import type { Site } from './site.js';
import { dispose } from './symbols.js';

/** The oldest record of a ring, to be read in place. Given by `ring.peek()`; it ends with `release`. */
export class RingRecord implements Disposable {
  readonly #claim: RingClaim;

  /** @internal */
  constructor(site: Site, claim: number, bytes: Uint8Array) {
    this.#claim = new RingClaim(site, claim, bytes, 'the record was released already');
  }

  /**
   * The record itself, where it lies in the ring. Not to be used after `release`, or when the ring is closed.
   *
   * @throws IpcError EINVAL after that; EBADF the ring is closed
   */
  get bytes(): Uint8Array {
    return this.#claim.bytes('ring_peek');
  }

  /**
   * Takes the record out of the ring; its room is free for senders.
   *
   * @returns a promise, to be awaited, only where this thread may not wait (a page's main thread) and another agent is in
   *   the middle of it at this moment
   * @throws IpcError EINVAL released already; EBADF the ring is closed; EUCLEAN damaged; ETIMEDOUT a lock was held for
   *   1 s: it has not ended
   */
  release(): void | Promise<void> {
    return this.#claim.end('ring_release', Op.RING_RELEASE);
  }

  /** Releases, unless that was done. */
  [dispose](): void {
    this.#claim.dispose('ring_release', Op.RING_RELEASE);
  }
}
