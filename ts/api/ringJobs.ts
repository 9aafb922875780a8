import { Errno, Op } from '../backend/abi.gen.js';
import { checkBytes, checkU32, checkUnchanged, lengthIn } from './check.js';
import { type Job, put } from './job.js';
import { consumerTaken, producerTaken, type RingLimits } from './ringLimits.js';
import { RingRecord } from './ringRecord.js';
import { RingSlot } from './ringSlot.js';
import { Scratch } from './scratch.js';
import type { Site } from './site.js';
import type { Bytes, RingAttributes } from './types.js';

/** What the calls of a ring ask of the backend, but for batches. */
export class RingJobs {
  readonly #site: Site;
  readonly #limits: RingLimits;
  readonly #scratch = new Scratch();
  readonly #waitingScratch = new Scratch();

  constructor(limits: RingLimits) {
    this.#site = limits.site;
    this.#limits = limits;
  }

  send(data: Bytes | string): Job<void> {
    let bytes = this.#limits.record(data, 'data', 'ring_send');
    return {
      syscall: 'ring_send',
      form: 'send',
      fill: (request) => put(request, Op.RING_SEND, this.#site.handle, bytes),
      take: () => undefined,
      keep: () => {
        bytes = new Uint8Array(bytes);
      },
      detail: producerTaken,
    };
  }

  receive(): Job<Uint8Array<ArrayBuffer>> {
    let scratch = this.#scratch;
    return {
      syscall: 'ring_receive',
      form: 'receive',
      fill: (request) => put(request, Op.RING_RECEIVE, this.#site.handle, scratch.bytes(this.#limits.recordBytes)),
      take: (n) => scratch.give(n),
      keep: () => {
        scratch = this.#waitingScratch;
      },
      detail: consumerTaken,
    };
  }

  receiveInto(buffer: Bytes): Job<number> {
    const bytes = checkBytes(buffer, 'buffer', this.#site.backend.memory, this.#limits.place('ring_receive'));
    const { length } = bytes;
    return {
      syscall: 'ring_receive',
      form: 'receiveInto',
      fill: (request) => put(request, Op.RING_RECEIVE, this.#site.handle, checkUnchanged(bytes, length)),
      take: (n) => lengthIn(bytes, length, n),
      check: () => {
        checkUnchanged(bytes, length);
      },
      detail: (errno) =>
        errno === Errno.EMSGSIZE ? `the record is longer than the buffer of ${length} bytes` : consumerTaken(errno),
    };
  }

  claim(length: number): Job<RingSlot> {
    checkU32(length, 'length');
    this.#limits.length(length, 'ring_claim');
    return {
      syscall: 'ring_claim',
      form: 'claim',
      fill: (request) => {
        this.#checkViews('ring_claim');
        put(request, Op.RING_CLAIM, this.#site.handle, undefined, length);
      },
      take: (n, { out }) => new RingSlot(this.#site, n, this.#view(out[0]!, length)),
      detail: producerTaken,
    };
  }

  peek(): Job<RingRecord> {
    return {
      syscall: 'ring_peek',
      form: 'peek',
      fill: (request) => {
        this.#checkViews('ring_peek');
        put(request, Op.RING_PEEK, this.#site.handle);
      },
      take: (n, { out }) => new RingRecord(this.#site, n, this.#view(out[0]!, out[1]!)),
      detail: consumerTaken,
    };
  }

  attributes(): Job<RingAttributes> {
    return {
      syscall: 'ring_attributes',
      fill: (request) => put(request, Op.RING_ATTRIBUTES, this.#site.handle),
      take: (_, { out }) => ({ capacityBytes: out[0]!, recordBytes: out[1]!, currentRecords: out[2]!, currentBytes: out[3]! }),
    };
  }

  /** Claims end at once, which takes a backend that can do that, and lie in its memory. */
  #checkViews(syscall: string): void {
    const { traits, memory } = this.#site.backend;
    if (traits.views && traits.sync && memory !== undefined) return;
    throw this.#site.fault(Errno.ENOTSUP, syscall, 'this backend has no memory to give views of; use send and receive');
  }

  #view(address: number, length: number): Uint8Array {
    return new Uint8Array(this.#site.backend.memory!, address, length);
  }
}
