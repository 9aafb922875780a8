import { Errno, Op } from '../backend/abi.gen.js';
import {
  checkBytes,
  checkData,
  checkOptions,
  checkU32,
  checkUnchanged,
  checkWithin,
  isPlainBytes,
  lengthIn,
  show,
} from './check.js';
import { Batch, frameBytes, splitFrames } from './frames.js';
import { type Job, LATER, MORE, put } from './job.js';
import { RingRecord } from './ringRecord.js';
import { RingSlot } from './ringSlot.js';
import { Scratch } from './scratch.js';
import type { Site } from './site.js';
import type { BatchOptions, Bytes, RingAttributes } from './types.js';

/** Batches are put together in pieces of about this size. */
const BATCH_BYTES = 65536;
const MOST_RECORDS = 2 ** 32 - 1;
/** What engines keep in their own heap, where it costs a tenth of a buffer: records up to here get one each. */
const SHORT_BYTES = 64;

/** A side that is for one agent belongs to somebody else. */
const taken = (side: 'producer' | 'consumer') => (errno: number) =>
  errno === Errno.EBUSY
    ? `the ring was made for one ${side}, and another agent is it until it closes its handle; { ${side}s: 'many' } makes one for all`
    : undefined;
const producerTaken = taken('producer');
const consumerTaken = taken('consumer');

/** What the calls of a ring ask of the backend. */
export class RingJobs {
  readonly #site: Site;
  readonly #recordBytes: number;
  readonly #batchBytes: number;
  readonly #scratch = new Scratch();
  readonly #waitingScratch = new Scratch();
  #batch: Batch | undefined;

  constructor(site: Site, capacityBytes: number, recordBytes: number) {
    this.#site = site;
    this.#recordBytes = recordBytes;
    this.#batchBytes = Math.max(Math.min(capacityBytes, BATCH_BYTES), frameBytes(recordBytes));
  }

  send(data: Bytes | string): Job<void> {
    let bytes = this.#record(data, this.#site.backend.memory, 'ring_send');
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

  sendMany(records: readonly (Bytes | string)[]): Job<number> {
    if (!Array.isArray(records)) throw new TypeError(`records must be an array, not ${show(records)}`);
    const { length } = records;
    let sent = 0;
    return {
      syscall: 'ring_send_many',
      form: 'sendMany',
      fill: (request) => {
        // An empty batch only looks whether the ring is there.
        if (length === 0) put(request, Op.RING_ATTRIBUTES, this.#site.handle);
        else put(request, Op.RING_SEND_MANY, this.#site.handle, this.#join(records, sent));
      },
      take: (n) => {
        sent += n;
        return sent < length ? MORE : sent;
      },
      keep: () => this.#check(records, sent),
      partial: () => (sent > 0 ? sent : LATER),
      detail: producerTaken,
    };
  }

  receive(): Job<Uint8Array<ArrayBuffer>> {
    let scratch = this.#scratch;
    return {
      syscall: 'ring_receive',
      form: 'receive',
      fill: (request) => put(request, Op.RING_RECEIVE, this.#site.handle, scratch.bytes(this.#recordBytes)),
      take: (n) => scratch.give(n),
      keep: () => {
        scratch = this.#waitingScratch;
      },
      detail: consumerTaken,
    };
  }

  receiveInto(buffer: Bytes): Job<number> {
    const bytes = checkBytes(buffer, 'buffer', this.#site.backend.memory, this.#place('ring_receive'));
    const { length } = bytes;
    return {
      syscall: 'ring_receive',
      form: 'receiveInto',
      fill: (request) => put(request, Op.RING_RECEIVE, this.#site.handle, checkUnchanged(bytes, length)),
      take: (n) => lengthIn(bytes, length, n),
      check: () => void checkUnchanged(bytes, length),
      detail: (errno) =>
        errno === Errno.EMSGSIZE ? `the record is longer than the buffer of ${length} bytes` : consumerTaken(errno),
    };
  }

  receiveMany(maxRecords: number, options?: BatchOptions): Job<Uint8Array<ArrayBuffer>[]> {
    checkWithin(maxRecords, 'maxRecords', 1, MOST_RECORDS, this.#place('ring_receive_many'));
    if (options !== undefined) checkOptions(options);
    return options?.into === undefined ? this.#receiveBatch(maxRecords) : this.#receiveInto(maxRecords, options.into);
  }

  #receiveBatch(maxRecords: number): Job<Uint8Array<ArrayBuffer>[]> {
    let scratch = this.#scratch;
    return {
      syscall: 'ring_receive_many',
      form: 'receiveMany',
      fill: (request) => {
        put(request, Op.RING_RECEIVE_MANY, this.#site.handle, scratch.bytes(this.#batchBytes), maxRecords);
      },
      take: (n, { out }) => {
        const used = out[0]!;
        if (used <= n * frameBytes(SHORT_BYTES)) return this.#sound(splitFrames(scratch.look(used), n, true));
        return this.#sound(splitFrames(scratch.give(used), n));
      },
      keep: () => {
        scratch = this.#waitingScratch;
      },
      detail: consumerTaken,
    };
  }

  #receiveInto(maxRecords: number, into: Bytes): Job<Uint8Array<ArrayBuffer>[]> {
    const bytes = checkBytes(into, 'into', this.#site.backend.memory, this.#place('ring_receive_many'));
    const { length } = bytes;
    return {
      syscall: 'ring_receive_many',
      form: 'receiveMany',
      fill: (request) => {
        put(request, Op.RING_RECEIVE_MANY, this.#site.handle, checkUnchanged(bytes, length), maxRecords);
      },
      take: (n, { out }) => this.#sound(splitFrames(checkUnchanged(bytes, length).subarray(0, out[0]!), n)),
      check: () => void checkUnchanged(bytes, length),
      detail: (errno) =>
        errno === Errno.EMSGSIZE ? `not one record fits ${length} bytes, each with 4 bytes in front` : consumerTaken(errno),
    };
  }

  /** What a batch was split into. */
  #sound(records: Uint8Array<ArrayBuffer>[] | undefined): Uint8Array<ArrayBuffer>[] {
    if (records !== undefined) return records;
    throw this.#site.fault(
      Errno.EUCLEAN,
      'ring_receive_many',
      'a length was written over while the batch was copied; it is lost',
    );
  }

  claim(length: number): Job<RingSlot> {
    checkU32(length, 'length');
    this.#checkLength(length, 'ring_claim');
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

  #place(syscall: string) {
    return { syscall, path: this.#site.name };
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

  /** As many records from `first` on as fit; all are checked before the first one goes. */
  #join(records: readonly (Bytes | string)[], first: number): Uint8Array {
    // One for all calls: at most one batch is with the backend at a time.
    this.#batch ??= new Batch(this.#batchBytes);
    const batch = this.#batch;
    const { memory } = this.#site.backend;
    let i = first;
    batch.begin();
    while (i < records.length && batch.add(this.#record(records[i]!, memory, 'ring_send_many', i))) i++;
    if (first === 0) this.#check(records, i);
    return batch.bytes;
  }

  #check(records: readonly (Bytes | string)[], from: number): void {
    for (let i = from; i < records.length; i++) this.#record(records[i]!, this.#site.backend.memory, 'ring_send_many', i);
  }

  /** @param index its place in a batch */
  #record(data: Bytes | string, memory: ArrayBufferLike | undefined, syscall: string, index?: number): Uint8Array {
    const bytes = isPlainBytes(data, memory)
      ? data
      : checkData(data, index === undefined ? 'data' : `records[${index}]`, memory, this.#place(syscall));
    if (bytes.length > this.#recordBytes) this.#checkLength(bytes.length, syscall);
    return bytes;
  }

  #checkLength(length: number, syscall: string): void {
    this.#site.checkOpen(syscall);
    if (length <= this.#recordBytes) return;
    throw this.#site.fault(Errno.EMSGSIZE, syscall, `${length} bytes, the ring takes records of up to ${this.#recordBytes}`);
  }
}
