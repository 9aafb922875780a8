import { Op } from '../backend/abi.gen.js';
import { Handle, type Home } from './handle.js';
import { LATER, orUndefined } from './job.js';
import type { Lane } from './lane.js';
import { Quick } from './quick.js';
import { RingBatches } from './ringBatches.js';
import { RingJobs } from './ringJobs.js';
import { RingLimits } from './ringLimits.js';
import type { RingRecord } from './ringRecord.js';
import type { RingSlot } from './ringSlot.js';
import type { Site } from './site.js';
import { readableOf, untilClosed, waiting, writableOf } from './streams.js';
import type { BatchOptions, BlockOptions, Bytes, RingAttributes, WaitOptions } from './types.js';

/**
 * Records of any length up to `attributes().recordBytes`, in order, through a ring of memory: the fastest
 * way between two agents. Opened by `ipc.ring()`; POSIX has none.
 */
export class Ring extends Handle<'ring'> {
  readonly #sends: Lane;
  readonly #receives: Lane;
  readonly #send: Quick<Bytes | string, void>;
  readonly #receiveInto: Quick<Bytes, number>;
  readonly #jobs: RingJobs;
  readonly #batches: RingBatches;
  #readable: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;
  #writable: WritableStream<Bytes | string> | undefined;

  /** @internal */
  constructor(home: Home, site: Site, capacityBytes: number, recordBytes: number) {
    super(home, site, 'ring');
    this.#sends = site.lane();
    this.#receives = site.lane();
    const limits = new RingLimits(site, recordBytes);
    const jobs = new RingJobs(limits);
    this.#jobs = jobs;
    this.#batches = new RingBatches(limits, capacityBytes);
    this.#send = new Quick(
      site,
      this.#sends,
      Op.RING_SEND,
      (data) => jobs.send(data),
      undefined,
      () => undefined,
    );
    this.#receiveInto = new Quick(site, this.#receives, Op.RING_RECEIVE, (buffer) => jobs.receiveInto(buffer));
  }

  /**
   * Sends one record, waiting while the ring is full.
   *
   * @param data bytes (copied), or text, which goes as UTF-8
   * @throws IpcError EMSGSIZE longer than `recordBytes`; ETIMEDOUT; EAGAIN `timeout` is 0 and it is full; EBUSY another
   *   agent sends and the ring was made for one; EBADF closed; EUCLEAN damaged; the signal's reason
   */
  async send(data: Bytes | string, options?: WaitOptions): Promise<void> {
    return this.#send.call(data, options);
  }

  /** Sends one record if there is room; false where it would have to wait. Errors as `send`; ENOTSUP no try form here. */
  trySend(data: Bytes | string): boolean {
    return this.#send.try(data) !== LATER;
  }

  /**
   * `send()` that blocks this thread. Errors as there; ENOTSUP this thread may not block;
   * EDEADLK a call that returned a promise is pending before it, and could not settle.
   */
  sendSync(data: Bytes | string, options?: BlockOptions): void {
    this.#send.block(data, options);
  }

  /**
   * Sends records in order, many at a time.
   *
   * @param records not to be changed until the call settles
   * @returns how many went: all of them, or fewer when a timeout, an abort, `close()` or an error cut it short
   * @throws IpcError as `send`, when not one went; EMSGSIZE (before any goes) when one is too long
   */
  async sendMany(records: readonly (Bytes | string)[], options?: WaitOptions): Promise<number> {
    return this.#sends.call(this.#batches.sendMany(records), options);
  }

  /** Sends what there is room for; undefined where the first would have to wait. Errors as `sendMany`; ENOTSUP. */
  trySendMany(records: readonly (Bytes | string)[]): number | undefined {
    return orUndefined(this.#sends.try(this.#batches.sendMany(records)));
  }

  /**
   * `sendMany()` that blocks this thread. Errors as there; ENOTSUP this thread may not block;
   * EDEADLK a call that returned a promise is pending before it, and could not settle.
   */
  sendManySync(records: readonly (Bytes | string)[], options?: BlockOptions): number {
    return this.#sends.block(this.#batches.sendMany(records), options);
  }

  /**
   * Takes the oldest record, waiting while there is none.
   *
   * @returns its bytes, private to the caller
   * @throws IpcError ETIMEDOUT; EAGAIN `timeout` is 0 and it is empty; EBUSY another agent receives and the ring was made
   *   for one; EBADF; EUCLEAN; the signal's reason
   */
  async receive(options?: WaitOptions): Promise<Uint8Array<ArrayBuffer>> {
    return this.#receives.call(this.#jobs.receive(), options);
  }

  /** Takes a record if there is one, else undefined. Errors as `receive`; ENOTSUP no try form here. */
  tryReceive(): Uint8Array<ArrayBuffer> | undefined {
    return orUndefined(this.#receives.try(this.#jobs.receive()));
  }

  /**
   * `receive()` that blocks this thread. Errors as there; ENOTSUP this thread may not block;
   * EDEADLK a call that returned a promise is pending before it, and could not settle.
   */
  receiveSync(options?: BlockOptions): Uint8Array<ArrayBuffer> {
    return this.#receives.block(this.#jobs.receive(), options);
  }

  /**
   * `receive()` into the caller's buffer.
   *
   * @param buffer not to be touched until the call settles: a TypeError where it was detached
   * @returns the record's length in bytes
   * @throws IpcError as `receive`; EMSGSIZE the record is longer than the buffer, and stays
   */
  async receiveInto(buffer: Bytes, options?: WaitOptions): Promise<number> {
    return this.#receiveInto.call(buffer, options);
  }

  /**
   * `tryReceive()` into the caller's buffer; into a `Uint8Array`, in an AudioWorklet, without allocating. Errors as `receiveInto`;
   * ENOTSUP no try form here.
   */
  tryReceiveInto(buffer: Bytes): number | undefined {
    return orUndefined(this.#receiveInto.try(buffer));
  }

  /**
   * `receiveInto()` that blocks this thread. Errors as there; ENOTSUP this thread may not block;
   * EDEADLK a call that returned a promise is pending before it, and could not settle.
   */
  receiveIntoSync(buffer: Bytes, options?: BlockOptions): number {
    return this.#receiveInto.block(buffer, options);
  }

  /**
   * Takes the records that are there, waiting while there is none.
   *
   * @param maxRecords most records, at least 1
   * @returns at least one, private to the caller; those of one call may share a buffer; with `into` they lie there
   * @throws IpcError EINVAL `maxRecords` is 0; EMSGSIZE not one fits `into`, and all stay; EUCLEAN also: they are lost; else as `receive`
   */
  async receiveMany(maxRecords: number, options?: WaitOptions & BatchOptions): Promise<Uint8Array<ArrayBuffer>[]> {
    return this.#receives.call(this.#batches.receiveMany(maxRecords, options), options);
  }

  /** Takes the records that are there, or undefined. Errors as `receiveMany`; ENOTSUP no try form here. */
  tryReceiveMany(maxRecords: number, options?: BatchOptions): Uint8Array<ArrayBuffer>[] | undefined {
    return orUndefined(this.#receives.try(this.#batches.receiveMany(maxRecords, options)));
  }

  /**
   * `receiveMany()` that blocks this thread. Errors as there; ENOTSUP this thread may not block;
   * EDEADLK a call that returned a promise is pending before it, and could not settle.
   */
  receiveManySync(maxRecords: number, options?: BlockOptions & BatchOptions): Uint8Array<ArrayBuffer>[] {
    return this.#receives.block(this.#batches.receiveMany(maxRecords, options), options);
  }

  /**
   * Room for one record, to be filled in place without a copy.
   *
   * @param length bytes, the most that the record will have
   * @throws IpcError as `send`; ENOTSUP on `native`, which has no memory to give views of
   */
  async claim(length: number, options?: WaitOptions): Promise<RingSlot> {
    return this.#sends.call(this.#jobs.claim(length), options);
  }

  /** Room if there is some, else undefined. Errors as `claim`. */
  tryClaim(length: number): RingSlot | undefined {
    return orUndefined(this.#sends.try(this.#jobs.claim(length)));
  }

  /**
   * `claim()` that blocks this thread. Errors as there; ENOTSUP this thread may not block;
   * EDEADLK a call that returned a promise is pending before it, and could not settle.
   */
  claimSync(length: number, options?: BlockOptions): RingSlot {
    return this.#sends.block(this.#jobs.claim(length), options);
  }

  /** The oldest record, to be read in place without a copy. Errors as `receive`; ENOTSUP as `claim`. */
  async peek(options?: WaitOptions): Promise<RingRecord> {
    return this.#receives.call(this.#jobs.peek(), options);
  }

  /** The oldest record if there is one, else undefined. Errors as `peek`. */
  tryPeek(): RingRecord | undefined {
    return orUndefined(this.#receives.try(this.#jobs.peek()));
  }

  /**
   * `peek()` that blocks this thread. Errors as there; ENOTSUP this thread may not block;
   * EDEADLK a call that returned a promise is pending before it, and could not settle.
   */
  peekSync(options?: BlockOptions): RingRecord {
    return this.#receives.block(this.#jobs.peek(), options);
  }

  /** Sizes, and what waits at this moment. @throws IpcError EBADF; EUCLEAN */
  async attributes(): Promise<RingAttributes> {
    return this.site.now(this.#jobs.attributes());
  }

  /** `attributes()` that has them at once. Errors as there; ENOTSUP this backend has no Sync form; ETIMEDOUT a lock was held for 1 s. */
  attributesSync(): RingAttributes {
    return this.site.nowSync(this.#jobs.attributes());
  }

  /** Receives until `close()`. */
  [Symbol.asyncIterator](): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
    return untilClosed(this, () => this.receive());
  }

  /**
   * The records as a stream, one for each read; it takes none ahead. It errors as `receive` does, but waits also where the ring was opened
   * `nonBlocking`; cancelling it, and an error, closes the ring for this agent. What a read has taken when it is cancelled is lost.
   */
  get readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    this.#readable ??= readableOf(this, () => this.receive());
    return this.#readable;
  }

  /**
   * A stream that sends each chunk as a record. It errors as `send` does, but waits also where the ring was opened `nonBlocking`; with its end,
   * an error too, the ring is closed for this agent.
   */
  get writable(): WritableStream<Bytes | string> {
    this.#writable ??= writableOf(this, (chunk, options) => waiting(this, 'write', options, (each) => this.send(chunk, each)));
    return this.#writable;
  }
}
