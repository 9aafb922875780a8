import { Errno, Op } from '../backend/abi.gen.js';
import { put } from './job.js';
import type { Site } from './site.js';
import { dispose } from './symbols.js';

/** The oldest record of a ring, to be read in place. Given by `ring.peek()`; it ends with `release`. */
export class RingRecord implements Disposable {
  readonly #site: Site;
  readonly #claim: number;
  #bytes: Uint8Array | undefined;

  /** @internal */
  constructor(site: Site, claim: number, bytes: Uint8Array) {
    this.#site = site;
    this.#claim = claim;
    this.#bytes = bytes;
  }

  /**
   * The record itself, where it lies in the ring. Not to be used after `release`, or when the ring is closed.
   *
   * @throws IpcError EINVAL after that; EBADF the ring is closed
   */
  get bytes(): Uint8Array {
    this.#site.checkOpen('ring_peek');
    if (this.#bytes !== undefined) return this.#bytes;
    throw this.#site.fault(Errno.EINVAL, 'ring_peek', 'the record was released already');
  }

  /**
   * Takes the record out of the ring; its room is free for senders.
   *
   * @throws IpcError EINVAL released already; EBADF the ring is closed; EUCLEAN damaged; ETIMEDOUT a lock was held for
   *   1 s: it has not ended
   */
  release(): void {
    const { handle } = this.#site;
    if (this.#bytes === undefined) throw this.#site.fault(Errno.EINVAL, 'ring_release', 'the record was released already');
    this.#site.nowSync({
      syscall: 'ring_release',
      fill: (request) => put(request, Op.RING_RELEASE, handle, undefined, this.#claim),
      take: () => undefined,
    });
    this.#bytes = undefined;
  }

  /** Releases, unless that was done. */
  [dispose](): void {
    if (this.#bytes !== undefined && !this.#site.closed) this.release();
  }
}
