/** `sluice/node`: ends of pipes and FIFOs as Node's streams. https://nodejs.org/api/stream.html */
import { addAbortSignal, Duplex, type DuplexOptions, type Readable, type Writable } from 'node:stream';
import { checkOptions, show } from './check.js';
import type { PipeReader } from './pipeReader.js';
import type { PipeWriter } from './pipeWriter.js';
import { waiting, writeAll } from './streams.js';

/** What is read at once where the stream does not say. */
const CHUNK_BYTES = 65536;

/** What can be chosen of any of them; Node's documentation tells what each does. */
export type PipeStreamOptions = Pick<
  DuplexOptions,
  'autoDestroy' | 'defaultEncoding' | 'emitClose' | 'encoding' | 'highWaterMark' | 'signal'
>;
/** And of both at once. */
export type PipeDuplexOptions = PipeStreamOptions &
  Pick<DuplexOptions, 'allowHalfOpen' | 'readableHighWaterMark' | 'writableHighWaterMark'>;

/** What callbacks are told that can no longer be served, as Node tells them. */
const destroyed = () =>
  Object.assign(new Error('the stream was destroyed before this was written'), { code: 'ERR_STREAM_DESTROYED' });

/** Pipes carry bytes; what would change that is refused, and nobody's `read` or `destroy` takes the place of ours. */
function bytesOnly(options: PipeDuplexOptions): DuplexOptions {
  checkOptions(options);
  for (const mode of ['objectMode', 'readableObjectMode', 'writableObjectMode'])
    if ((options as Record<string, unknown>)[mode]) throw new TypeError(`${mode} is not for pipes: they carry bytes`);
  const { allowHalfOpen, autoDestroy, defaultEncoding, emitClose, encoding } = options;
  const { highWaterMark, readableHighWaterMark, writableHighWaterMark } = options;
  const marks = { highWaterMark, readableHighWaterMark, writableHighWaterMark };
  return { allowHalfOpen, autoDestroy, defaultEncoding, emitClose, encoding, ...marks } as DuplexOptions;
}

function checkEnd(end: unknown, kind: 'pipeReader' | 'pipeWriter'): void {
  if ((end as { kind?: unknown } | null | undefined)?.kind === kind) return;
  throw new TypeError(
    `${kind === 'pipeReader' ? 'reader must be a PipeReader' : 'writer must be a PipeWriter'}, not ${show(end)}`,
  );
}

/** Its ends close with it, and what waits is given up. */
class PipeDuplex extends Duplex {
  readonly #reader: PipeReader | undefined;
  readonly #writer: PipeWriter | undefined;
  readonly #over = new AbortController();

  constructor(reader: PipeReader | undefined, writer: PipeWriter | undefined, options: PipeDuplexOptions) {
    const sides = { readable: reader !== undefined, writable: writer !== undefined };
    super({ ...bytesOnly(options), ...sides });
    this.#reader = reader;
    this.#writer = writer;
    if (options.signal) addAbortSignal(options.signal, this); // it may destroy at once, which needs the fields
  }

  /** @param size what is to be read ahead, 0 where nothing is */
  override _read(size: number): void {
    const { signal } = this.#over;
    waiting(this.#reader!, 'read', { signal }, (options) => this.#reader!.read(size || CHUNK_BYTES, options)).then(
      ({ buffer, byteOffset, length }) => this.push(length === 0 ? null : Buffer.from(buffer, byteOffset, length)),
      (error) => this.destroy(error),
    );
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    const { signal } = this.#over;
    writeAll(this.#writer!, chunk, { signal }).then(() => done(), done);
  }

  override _final(done: (error?: Error) => void): void {
    this.#writer!.close().then(() => done(), done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#over.abort(error ?? destroyed());
    Promise.all([this.#reader?.close(), this.#writer?.close()]).then(
      () => done(error),
      (failed) => done(error ?? failed),
    );
  }
}

/**
 * What comes out of a pipe as a Readable; it stops reading when `highWaterMark` bytes lie there. It ends at the end of file, and errors as
 * `reader.read()` does, but waits also where the FIFO was opened `nonBlocking`. With it the reader is closed.
 *
 * @throws TypeError no reader; an option that pipes do not have
 */
export function toReadable(reader: PipeReader, options: PipeStreamOptions = {}): Readable {
  checkEnd(reader, 'pipeReader');
  return new PipeDuplex(reader, undefined, options);
}

/**
 * What goes into a pipe as a Writable. It errors as `writer.write()` does, EPIPE when no reader is left, but waits also where the FIFO was opened
 * `nonBlocking`. With it the writer is closed.
 *
 * @throws TypeError no writer; an option that pipes do not have
 */
export function toWritable(writer: PipeWriter, options: PipeStreamOptions = {}): Writable {
  checkEnd(writer, 'pipeWriter');
  return new PipeDuplex(undefined, writer, options);
}

/** The reader of one pipe and the writer of another as a Duplex, as of a socket. Errors as there. */
export function toDuplex(reader: PipeReader, writer: PipeWriter, options: PipeDuplexOptions = {}): Duplex {
  checkEnd(reader, 'pipeReader');
  checkEnd(writer, 'pipeWriter');
  return new PipeDuplex(reader, writer, options);
}
