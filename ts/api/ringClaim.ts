import { Errno } from '../backend/abi.gen.js';
import { put } from './job.js';
import type { Site } from './site.js';

/** A part of a ring that somebody has in hand, until one call ends it. */
export class RingClaim {
  readonly #site: Site;
  readonly #number: number;
  readonly #ended: string;
  #bytes: Uint8Array | undefined;

  /** @param ended what is said of one that has ended */
  constructor(site: Site, number: number, bytes: Uint8Array, ended: string) {
    this.#site = site;
    this.#number = number;
    this.#bytes = bytes;
    this.#ended = ended;
  }

  bytes(syscall: string): Uint8Array {
    this.#site.checkOpen(syscall);
    if (this.#bytes !== undefined) return this.#bytes;
    throw this.#site.fault(Errno.EINVAL, syscall, this.#ended);
  }

  /**
   * A promise only where another agent is in the middle of it and this thread may not wait. What throws at once has not ended it; a
   * promise that rejects has: the ring was closed, or is damaged.
   */
  end(syscall: string, op: number, length = 0): void | Promise<void> {
    const bytes = this.bytes(syscall);
    const { handle } = this.#site;
    this.#bytes = undefined; // whatever comes next, this call ends it
    try {
      return this.#site.nowOrSoon({
        syscall,
        fill: (request) => put(request, op, handle, undefined, this.#number, length),
        take: () => undefined,
      });
    } catch (error) {
      this.#bytes = bytes;
      throw error;
    }
  }

  /** Ends it, unless that was done. Nobody awaits a disposal: where it is a promise that rejects, closing has ended the claim. */
  dispose(syscall: string, op: number): void {
    if (this.#bytes === undefined || this.#site.closed) return;
    (this.end(syscall, op) as Promise<void> | undefined)?.catch(() => {});
  }
}
