import { Op } from '../backend/abi.gen.js';
import { checkWithin } from './check.js';
import { RingClaim } from './ringClaim.js';
import type { Site } from './site.js';
import { dispose } from './symbols.js';

/** Room in a ring for one record, to be filled in place. Given by `ring.claim()`; it ends with `commit` or `abort`. */
export class RingSlot implements Disposable {
  readonly #claim: RingClaim;
  readonly #path: string | undefined;

  /** @internal */
  constructor(site: Site, claim: number, bytes: Uint8Array) {
    this.#claim = new RingClaim(site, claim, bytes, 'the slot was committed or aborted already');
    this.#path = site.name;
  }

  /**
   * The room itself: what is written here is in the ring. Not to be used after `commit` or `abort`, or when the ring is
   * closed: the memory is another's by then.
   *
   * @throws IpcError EINVAL after either; EBADF the ring is closed
   */
  get bytes(): Uint8Array {
    return this.#claim.bytes('ring_claim');
  }

  /**
   * Makes the record visible to receivers.
   *
   * @param length its bytes, from the start of the room; all of it unless told otherwise
   * @returns a promise, to be awaited, only where this thread may not wait (a page's main thread) and another agent is in
   *   the middle of it at this moment
   * @throws IpcError EINVAL longer than the room, or ended already; EBADF the ring is closed; EUCLEAN damaged; ETIMEDOUT
   *   a lock was held for 1 s: it has not ended
   */
  commit(length?: number): void | Promise<void> {
    const { length: room } = this.#claim.bytes('ring_commit');
    const size =
      length === undefined ? room : checkWithin(length, 'length', 0, room, { syscall: 'ring_commit', path: this.#path });
    return this.#claim.end('ring_commit', Op.RING_COMMIT, size);
  }

  /**
   * Gives the room back; receivers see nothing.
   *
   * @returns as `commit`
   * @throws IpcError EINVAL ended already; EBADF; EUCLEAN; ETIMEDOUT as `commit`
   */
  abort(): void | Promise<void> {
    return this.#claim.end('ring_abort', Op.RING_ABORT);
  }

  /** Aborts, unless it has ended. */
  [dispose](): void {
    this.#claim.dispose('ring_abort', Op.RING_ABORT);
  }
}
