import { Errno, Op } from '../backend/abi.gen.js';
import type { Request } from '../backend/backend.js';
import { checkBytes, checkUnchanged, lengthIn } from './check.js';
import type { ErrorPlace } from './error.js';
import { type Job, put } from './job.js';
import { consumerTaken, type RingLimits } from './ringLimits.js';
import type { Site } from './site.js';
import type { Bytes } from './types.js';

const NONE = new Uint8Array(0);

/** A record goes into the caller's buffer. One that has ended can be used again: whoever plays sound makes no garbage. */
export class ReceiveInto implements Job<number> {
  readonly syscall = 'ring_receive';
  readonly form = 'receiveInto';
  readonly #site: Site;
  readonly #place: ErrorPlace;
  #bytes: Uint8Array = NONE;
  #length = 0;

  constructor(limits: RingLimits) {
    this.#site = limits.site;
    this.#place = limits.place(this.syscall);
  }

  into(buffer: Bytes): this {
    this.#bytes = checkBytes(buffer, 'buffer', this.#site.backend.memory, this.#place);
    this.#length = this.#bytes.length;
    return this;
  }

  fill(request: Request): void {
    put(request, Op.RING_RECEIVE, this.#site.handle, checkUnchanged(this.#bytes, this.#length));
  }

  take(n: number): number {
    return lengthIn(this.#bytes, this.#length, n);
  }

  check(): void {
    checkUnchanged(this.#bytes, this.#length);
  }

  detail(errno: number): string | undefined {
    return errno === Errno.EMSGSIZE ? `the record is longer than the buffer of ${this.#length} bytes` : consumerTaken(errno);
  }
}
