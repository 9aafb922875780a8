import { Errno, Op } from '../backend/abi.gen.js';
import { checkBytes, checkOptions, checkUnchanged, checkUsable, checkWithin, isBytes, show } from './check.js';
import { Batch, frameBytes, splitFrames } from './frames.js';
import { type Job, LATER, MORE, put } from './job.js';
import { consumerTaken, producerTaken, type RingLimits } from './ringLimits.js';
import { Scratch } from './scratch.js';
import type { Site } from './site.js';
import type { BatchOptions, Bytes } from './types.js';

/** Batches are put together in pieces of about this size. */
const BATCH_BYTES = 65536;
const MOST_RECORDS = 2 ** 32 - 1;
/** What engines keep in their own heap, where it costs a tenth of a buffer: records up to here get one each. */
const SHORT_BYTES = 64;

/** What a ring's calls ask of the backend that move many records at a time. */
export class RingBatches {
  readonly #site: Site;
  readonly #limits: RingLimits;
  readonly #batchBytes: number;
  /** To receive a batch: the longest record fits. */
  readonly #roomBytes: number;
  readonly #scratch = new Scratch();
  readonly #waitingScratch = new Scratch();
  #batch: Batch | undefined;

  constructor(limits: RingLimits, capacityBytes: number) {
    this.#site = limits.site;
    this.#limits = limits;
    this.#batchBytes = Math.min(capacityBytes, BATCH_BYTES);
    this.#roomBytes = Math.max(this.#batchBytes, frameBytes(limits.recordBytes));
  }

  sendMany(records: readonly (Bytes | string)[]): Job<number> {
    if (!Array.isArray(records)) throw new TypeError(`records must be an array, not ${show(records)}`);
    const all = this.#records(records);
    const { length } = all;
    let sent = 0;
    return {
      syscall: 'ring_send_many',
      form: 'sendMany',
      fill: (request) => {
        // An empty batch only looks whether the ring is there.
        if (length === 0) put(request, Op.RING_ATTRIBUTES, this.#site.handle);
        else put(request, Op.RING_SEND_MANY, this.#site.handle, this.#join(all, sent));
      },
      take: (n) => {
        sent = Math.min(sent + n, length); // the count of a batch over which a peer has written may be any
        return sent < length ? MORE : sent;
      },
      partial: () => (sent > 0 ? sent : LATER),
      detail: producerTaken,
    };
  }

  receiveMany(maxRecords: number, options?: BatchOptions): Job<Uint8Array<ArrayBuffer>[]> {
    checkWithin(maxRecords, 'maxRecords', 1, MOST_RECORDS, this.#limits.place('ring_receive_many'));
    if (options !== undefined) checkOptions(options);
    return options?.into === undefined ? this.#receiveBatch(maxRecords) : this.#receiveInto(maxRecords, options.into);
  }

  #receiveBatch(maxRecords: number): Job<Uint8Array<ArrayBuffer>[]> {
    let scratch = this.#scratch;
    return {
      syscall: 'ring_receive_many',
      form: 'receiveMany',
      fill: (request) => {
        put(request, Op.RING_RECEIVE_MANY, this.#site.handle, scratch.bytes(this.#roomBytes), maxRecords);
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
    const bytes = checkBytes(into, 'into', this.#site.backend.memory, this.#limits.place('ring_receive_many'));
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

  /** Each checked: the caller's own array where it is all bytes, which is not to be changed until the call settles. */
  #records(records: readonly (Bytes | string)[]): readonly Uint8Array[] {
    const { memory } = this.#site.backend;
    const most = this.#limits.recordBytes;
    let i = 0;
    for (; i < records.length; i++) {
      const each = records[i];
      if (!isBytes(each, memory) || each.length > most) break;
    }
    if (i === records.length) return records as readonly Uint8Array[];
    return records.map((each, at) => this.#limits.record(each, `records[${at}]`, 'ring_send_many'));
  }

  /** As many records from `first` on as fit. */
  #join(records: readonly Uint8Array[], first: number): Uint8Array {
    // One for all calls: at most one batch is with the backend at a time.
    this.#batch ??= new Batch(this.#batchBytes);
    const batch = this.#batch;
    batch.begin();
    for (let i = first; i < records.length; i++) {
      const record = records[i]!;
      if (record.length === 0) checkUsable(record, `records[${i}]`); // it may have been detached since
      if (!batch.add(record)) break;
    }
    return batch.bytes;
  }
}
