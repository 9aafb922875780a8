/** `sluice/node`: ends of pipes and FIFOs as Node's streams. https://nodejs.org/api/stream.html */
import {
  Duplex,
  type DuplexOptions,
  type Readable,
  type ReadableOptions,
  type Writable,
  type WritableOptions,
} from 'node:stream';
import type { PipeReader } from './pipeReader.js';
import type { PipeWriter } from './pipeWriter.js';

type Options = Omit<DuplexOptions, 'read' | 'write' | 'writev' | 'final' | 'destroy' | 'construct'>;

/** Its ends close with it, and what waits is given up. */
class PipeDuplex extends Duplex {
  readonly #reader: PipeReader | undefined;
  readonly #writer: PipeWriter | undefined;
  readonly #over = new AbortController();

  constructor(reader: PipeReader | undefined, writer: PipeWriter | undefined, options: Options | undefined) {
    super({ ...options, readable: reader !== undefined, writable: writer !== undefined } as DuplexOptions);
    this.#reader = reader;
    this.#writer = writer;
  }

  override _read(size: number): void {
    this.#reader!.read(size, { signal: this.#over.signal }).then(
      ({ buffer, byteOffset, length }) => this.push(length === 0 ? null : Buffer.from(buffer, byteOffset, length)),
      (error) => this.destroy(error),
    );
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#writeAll(chunk).then(() => done(), done);
  }

  override _final(done: (error?: Error) => void): void {
    this.#writer!.close().then(() => done(), done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#over.abort(error);
    Promise.all([this.#reader?.close(), this.#writer?.close()]).then(
      () => done(error),
      (failed) => done(error ?? failed),
    );
  }

  /** What a signal or an error cut short goes on, or says why it cannot. */
  async #writeAll(chunk: Buffer): Promise<void> {
    for (let rest = chunk; rest.length > 0; )
      rest = rest.subarray(await this.#writer!.write(rest, { signal: this.#over.signal }));
  }
}

/**
 * What comes out of a pipe as a Readable; it reads ahead up to `highWaterMark` bytes. It ends at the end of file, and errors as
 * `reader.read()` does. With it the reader is closed.
 */
export function toReadable(reader: PipeReader, options?: ReadableOptions): Readable {
  return new PipeDuplex(reader, undefined, options);
}

/** What goes into a pipe as a Writable. It errors as `writer.write()` does, EPIPE when no reader is left. With it the writer is closed. */
export function toWritable(writer: PipeWriter, options?: WritableOptions): Writable {
  return new PipeDuplex(undefined, writer, options);
}

/** The reader of one pipe and the writer of another as a Duplex, as of a socket. */
export function toDuplex(reader: PipeReader, writer: PipeWriter, options?: Options): Duplex {
  return new PipeDuplex(reader, writer, options);
}
