import { Errno, Op } from '../backend/abi.gen.js';
import { checkWithin } from './check.js';
import { put } from './job.js';
import type { Site } from './site.js';
import { dispose } from './symbols.js';

/** Room in a ring for one record, to be filled in place. Given by `ring.claim()`; it ends with `commit` or `abort`. */
export class RingSlot implements Disposable {
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
   * The room itself: what is written here is in the ring. Not to be used after `commit` or `abort`, or when the ring is
   * closed: the memory is another's by then.
   *
   * @throws IpcError EINVAL after either; EBADF the ring is closed
   */
  get bytes(): Uint8Array {
    return this.#held('ring_claim');
  }

  /**
   * Makes the record visible to receivers.
   *
   * @param length its bytes, from the start of the room; all of it unless told otherwise
   * @throws IpcError EINVAL longer than the room, or ended already; EBADF the ring is closed; EUCLEAN damaged; ETIMEDOUT
   *   a lock was held for 1 s: it has not ended
   */
  commit(length?: number): void {
    const bytes = this.#held('ring_commit');
    const size = length === undefined ? bytes.length : checkWithin(length, 'length', 0, bytes.length, this.#place('ring_commit'));
    this.#end('ring_commit', Op.RING_COMMIT, size);
  }

  /**
   * Gives the room back; receivers see nothing.
   *
   * @throws IpcError EINVAL ended already; EBADF; EUCLEAN; ETIMEDOUT as `commit`
   */
  abort(): void {
    this.#held('ring_abort');
    this.#end('ring_abort', Op.RING_ABORT);
  }

  /** Aborts, unless it has ended. */
  [dispose](): void {
    if (this.#bytes !== undefined && !this.#site.closed) this.abort();
  }

  #place(syscall: string) {
    return { syscall, path: this.#site.name };
  }

  #held(syscall: string): Uint8Array {
    this.#site.checkOpen(syscall);
    if (this.#bytes !== undefined) return this.#bytes;
    throw this.#site.fault(Errno.EINVAL, syscall, 'the slot was committed or aborted already');
  }

  #end(syscall: string, op: number, length = 0): void {
    const { handle } = this.#site;
    this.#site.nowSync({
      syscall,
      fill: (request) => put(request, op, handle, undefined, this.#claim, length),
      take: () => undefined,
    });
    this.#bytes = undefined;
  }
}
