import { Op } from '../backend/abi.gen.js';
import { checkBytes, checkUnchanged, checkWithin, lengthIn } from './check.js';
import { Handle, type Home } from './handle.js';
import { type Job, orUndefined, put } from './job.js';
import type { Lane } from './lane.js';
import { pipeAttributes } from './pipeWriter.js';
import { Quick } from './quick.js';
import { Scratch } from './scratch.js';
import type { Site } from './site.js';
import { readableBytes, untilClosed } from './streams.js';
import type { BlockOptions, Bytes, PipeAttributes, WaitOptions } from './types.js';

const CHUNK_BYTES = 65536;
const MOST_BYTES = 2 ** 32 - 1;

/** The end of a pipe or FIFO that bytes come out of: pipe(7), fifo(7). Opened by `ipc.pipe()` or `ipc.fifo()`. */
export class PipeReader extends Handle<'pipeReader'> {
  readonly #capacityBytes: number;
  readonly #reads: Lane;
  readonly #readInto: Quick<Bytes, number>;
  readonly #scratch = new Scratch();
  readonly #waitingScratch = new Scratch();
  #readable: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;

  /** @internal */
  constructor(home: Home, site: Site, capacityBytes: number) {
    super(home, site, 'pipeReader');
    this.#capacityBytes = capacityBytes;
    this.#reads = site.lane();
    this.#readInto = new Quick(site, this.#reads, Op.PIPE_READ, (buffer) => this.#intoJob(buffer));
  }

  /**
   * Reads what is there, waiting while there is nothing: read(2).
   *
   * @param maxBytes most bytes, at least 1; 65536 unless told otherwise
   * @returns 1 to `maxBytes` bytes, private to the caller; empty at end of file, when no writer is left
   * @throws IpcError EINVAL `maxBytes` is 0; ETIMEDOUT; EAGAIN `timeout` is 0 or the FIFO was opened `nonBlocking`, and
   *   there is nothing; EBADF closed; EUCLEAN damaged; the signal's reason
   */
  async read(maxBytes: number = CHUNK_BYTES, options?: WaitOptions): Promise<Uint8Array<ArrayBuffer>> {
    return this.#reads.call(this.#readJob(maxBytes), options);
  }

  /**
   * Reads what is there.
   *
   * @returns undefined where it would have to wait; empty at end of file
   * @throws IpcError EINVAL; EBADF; EUCLEAN; ENOTSUP this backend has no try form
   */
  tryRead(maxBytes: number = CHUNK_BYTES): Uint8Array<ArrayBuffer> | undefined {
    return orUndefined(this.#reads.try(this.#readJob(maxBytes)));
  }

  /**
   * `read()` that blocks this thread. Errors as there; ENOTSUP this thread may not block;
   * EDEADLK a call that returned a promise is pending before it, and could not settle.
   */
  readSync(maxBytes: number = CHUNK_BYTES, options?: BlockOptions): Uint8Array<ArrayBuffer> {
    return this.#reads.block(this.#readJob(maxBytes), options);
  }

  /**
   * `read()` into the caller's buffer.
   *
   * @param buffer at least one byte long; not to be touched until the call settles: a TypeError where it was detached
   * @returns how many bytes were read, 0 at end of file
   * @throws IpcError as `read`; EINVAL the buffer is empty
   */
  async readInto(buffer: Bytes, options?: WaitOptions): Promise<number> {
    return this.#readInto.call(buffer, options);
  }

  /** `tryRead()` into the caller's buffer. Errors as there. */
  tryReadInto(buffer: Bytes): number | undefined {
    return orUndefined(this.#readInto.try(buffer));
  }

  /**
   * `readInto()` that blocks this thread. Errors as there; ENOTSUP this thread may not block;
   * EDEADLK a call that returned a promise is pending before it, and could not settle.
   */
  readIntoSync(buffer: Bytes, options?: BlockOptions): number {
    return this.#readInto.block(buffer, options);
  }

  /**
   * Capacity, and how much waits to be read at this moment: F_GETPIPE_SZ of fcntl(2), FIONREAD.
   *
   * @throws IpcError EBADF; EUCLEAN
   */
  async attributes(): Promise<PipeAttributes> {
    return this.site.now(pipeAttributes(this.site));
  }

  /** `attributes()` that has them at once. Errors as there; ENOTSUP this backend has no Sync form. */
  attributesSync(): PipeAttributes {
    return this.site.nowSync(pipeAttributes(this.site));
  }

  /** Reads chunks until the end of file or `close()`. */
  [Symbol.asyncIterator](): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
    return untilClosed(this, async () => {
      const chunk = await this.read();
      return chunk.length > 0 ? chunk : undefined;
    });
  }

  /**
   * The bytes as a byte stream, for readers with and without buffers of their own; it reads nothing ahead. It ends at the end of file,
   * and errors as `read` does, but waits also where the FIFO was opened `nonBlocking`; with its end, an error, or when it is cancelled, the
   * reader is closed. What a read has taken when it is cancelled is lost.
   */
  get readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    this.#readable ??= readableBytes(
      this,
      () => this.read(),
      (buffer) => this.readInto(buffer),
    );
    return this.#readable;
  }

  #readJob(maxBytes: number): Job<Uint8Array<ArrayBuffer>> {
    checkWithin(maxBytes, 'maxBytes', 1, MOST_BYTES, { syscall: 'read', path: this.name });
    // No read gives more than the pipe holds.
    const length = Math.min(maxBytes, Math.max(this.#capacityBytes, CHUNK_BYTES));
    let scratch = this.#scratch;
    return {
      syscall: 'read',
      form: 'read',
      fill: (request) => put(request, Op.PIPE_READ, this.site.handle, scratch.bytes(length)),
      take: (n) => scratch.give(n),
      keep: () => {
        scratch = this.#waitingScratch;
      },
    };
  }

  #intoJob(buffer: Bytes): Job<number> {
    const place = { syscall: 'read', path: this.name };
    const bytes = checkBytes(buffer, 'buffer', this.site.backend.memory, place);
    const { length } = bytes;
    checkWithin(length, 'the length of buffer', 1, MOST_BYTES, place);
    return {
      syscall: 'read',
      form: 'readInto',
      fill: (request) => put(request, Op.PIPE_READ, this.site.handle, checkUnchanged(bytes, length)),
      take: (n) => lengthIn(bytes, length, n),
      check: () => void checkUnchanged(bytes, length),
    };
  }
}
