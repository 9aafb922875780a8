import { Errno } from '../backend/abi.gen.js';
import { checkData } from './check.js';
import type { ErrorPlace } from './error.js';
import type { Site } from './site.js';
import type { Bytes } from './types.js';

/** A side that is for one agent belongs to somebody else. */
const taken = (side: 'producer' | 'consumer') => (errno: number) =>
  errno === Errno.EBUSY
    ? `the ring was made for one ${side}, and another agent is it; { ${side}s: 'many' } is for all`
    : undefined;
export const producerTaken = taken('producer');
export const consumerTaken = taken('consumer');

/** What a ring takes. */
export class RingLimits {
  constructor(
    readonly site: Site,
    readonly recordBytes: number,
  ) {}

  place(syscall: string): ErrorPlace {
    return { syscall, path: this.site.name };
  }

  record(data: Bytes | string, what: string, syscall: string): Uint8Array {
    const bytes = checkData(data, what, this.site.backend.memory, this.place(syscall));
    this.length(bytes.length, syscall);
    return bytes;
  }

  length(length: number, syscall: string): void {
    this.site.checkOpen(syscall);
    if (length <= this.recordBytes) return;
    throw this.site.fault(Errno.EMSGSIZE, syscall, `${length} bytes, the ring takes records of up to ${this.recordBytes}`);
  }
}
