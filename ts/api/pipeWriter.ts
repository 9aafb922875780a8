import { Limit, Op } from '../backend/abi.gen.js';
import { checkData, checkUnchanged } from './check.js';
import { Handle, type Home } from './handle.js';
import { type Job, LATER, MORE, orUndefined, put } from './job.js';
import { Quick } from './quick.js';
import type { Site } from './site.js';
import { writableOf, writeAll } from './streams.js';
import type { BlockOptions, Bytes, PipeAttributes, WaitOptions } from './types.js';

/** Both ends tell the same. */
export function pipeAttributes(site: Site): Job<PipeAttributes> {
  return {
    syscall: 'fcntl',
    fill: (request) => put(request, Op.PIPE_ATTRIBUTES, site.handle),
    take: (_, { out }) => ({ capacityBytes: out[0]!, readableBytes: out[1]! }),
  };
}

/** The end of a pipe or FIFO that bytes go into: pipe(7), fifo(7). Opened by `ipc.pipe()` or `ipc.fifo()`. */
export class PipeWriter extends Handle<'pipeWriter'> {
  readonly #write: Quick<Bytes | string, number>;
  #writable: WritableStream<Bytes | string> | undefined;

  /** @internal */
  constructor(home: Home, site: Site) {
    super(home, site, 'pipeWriter');
    this.#write = new Quick(site, site.lane(), Op.PIPE_WRITE, (data) => this.#writeJob(data), Limit.PIPE_BUF);
  }

  /**
   * Writes all bytes, waiting while the pipe is full: write(2). Up to 4096 bytes go in one piece; of more,
   * parts may mix with what other agents write, never with other writes of this object.
   *
   * @param data bytes, not to be changed until the call settles, or text, which goes as UTF-8
   * @returns how many bytes went: all of them, or fewer when a timeout, an abort, `close()` or an error cut it short
   * @throws IpcError when not one byte went: EPIPE no reader is left; ETIMEDOUT; EAGAIN `timeout` is 0 or the FIFO was
   *   opened `nonBlocking`, and it is full; EBADF closed; EUCLEAN damaged; the signal's reason
   */
  async write(data: Bytes | string, options?: WaitOptions): Promise<number> {
    return this.#write.call(data, options);
  }

  /**
   * Writes what there is room for; up to 4096 bytes all or nothing.
   *
   * @returns how many bytes went; undefined where it would have to wait for the first
   * @throws IpcError EPIPE; EBADF; EUCLEAN; ENOTSUP this backend has no try form
   */
  tryWrite(data: Bytes | string): number | undefined {
    return orUndefined(this.#write.try(data));
  }

  /**
   * `write()` that blocks this thread. Errors as there; ENOTSUP this thread may not block;
   * EDEADLK a call that returned a promise is pending before it, and could not settle.
   */
  writeSync(data: Bytes | string, options?: BlockOptions): number {
    return this.#write.block(data, options);
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

  /**
   * A stream that writes each chunk, bytes or text. It errors as `write` does, EPIPE when no reader is left, but waits for room also where
   * the FIFO was opened `nonBlocking`. With its end, an error too, the writer is closed.
   */
  get writable(): WritableStream<Bytes | string> {
    this.#writable ??= writableOf(this, (chunk, options) =>
      writeAll(this, checkData(chunk, 'chunk', this.site.backend.memory, { syscall: 'write', path: this.name }), options),
    );
    return this.#writable;
  }

  #writeJob(data: Bytes | string): Job<number> {
    const { site } = this;
    const bytes = checkData(data, 'data', site.backend.memory, { syscall: 'write', path: this.name });
    const { length } = bytes;
    let written = 0;
    return {
      syscall: 'write',
      form: 'write',
      fill: (request) => {
        checkUnchanged(bytes, length);
        put(request, Op.PIPE_WRITE, site.handle, written === 0 ? bytes : bytes.subarray(written));
      },
      take: (n) => {
        written += n;
        return written < length ? MORE : written;
      },
      partial: () => (written > 0 ? written : LATER),
    };
  }
}
