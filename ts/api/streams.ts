/** The Streams standard over what objects do one by one: https://streams.spec.whatwg.org. A stream's handle closes with it. */
import type { Handle } from './handle.js';
import type { PipeWriter } from './pipeWriter.js';
import { nextTurn } from './turn.js';
import type { Direction, WaitOptions } from './types.js';

type Chunk = Uint8Array<ArrayBuffer>;

/** Waits, where the handle was opened `nonBlocking` too: back-pressure is what a stream has in place of EAGAIN. */
export async function waiting<T>(
  handle: Handle,
  direction: Direction,
  options: WaitOptions,
  call: (options: WaitOptions) => Promise<T>,
): Promise<T> {
  for (;;) {
    if (options.signal?.aborted) throw options.signal.reason; // before the handle, which closes then, says so
    try {
      return await call(options);
    } catch (error) {
      if ((error as { code?: unknown } | null)?.code !== 'EAGAIN') throw error;
    }
    await handle.ready(direction, options);
    await new Promise<void>(nextTurn); // ready, but for a lock perhaps, whose holder may be stopped
  }
}

/** A stream that fails asks nothing more of what is behind it: the handle is closed here, or the other end would wait for ever. */
async function orClose<T>(handle: Handle, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    await handle.close().catch(() => {});
    throw error;
  }
}

/**
 * Nothing is taken before it is asked for: what lay in the stream's own queue would be lost to others.
 *
 * @param next waits for one chunk
 */
export function readableOf<T>(handle: Handle, next: () => Promise<T>): ReadableStream<T> {
  const take = () => waiting(handle, 'read', {}, next);
  const pull = async (controller: ReadableStreamDefaultController<T>) => controller.enqueue(await orClose(handle, take));
  return new ReadableStream<T>({ pull, cancel: () => handle.close() }, { highWaterMark: 0 });
}

/**
 * A byte stream: whoever brings a buffer has it filled. It closes at the end of file.
 *
 * @param read waits for a chunk, empty at the end; `readInto` for what goes into a buffer, 0 at the end
 */
export function readableBytes(
  handle: Handle,
  read: () => Promise<Chunk>,
  readInto: (buffer: ArrayBufferView) => Promise<number>,
): ReadableStream<Chunk> {
  const take = <T>(call: () => Promise<T>) => waiting(handle, 'read', {}, call);
  const fill = async (controller: ReadableByteStreamController) => {
    const { byobRequest } = controller;
    const chunk = byobRequest ? undefined : await take(read);
    const length = chunk?.length ?? (await take(() => readInto(byobRequest!.view!)));
    if (length === 0) {
      await handle.close();
      controller.close(); // throws where a part of an element was read
    }
    if (byobRequest) byobRequest.respond(length);
    else if (length > 0) controller.enqueue(chunk!);
  };
  const pull = (controller: ReadableByteStreamController) => orClose(handle, () => fill(controller));
  return new ReadableStream({ type: 'bytes', pull, cancel: () => handle.close() }) as ReadableStream<Chunk>;
}

/** @param put waits until there was room for a chunk */
export function writableOf<T>(handle: Handle, put: (chunk: T, options: WaitOptions) => Promise<unknown>): WritableStream<T> {
  const close = () => handle.close();
  const write = async (chunk: T, { signal }: WritableStreamDefaultController) =>
    void (await orClose(handle, () => put(chunk, { signal })));
  return new WritableStream<T>({ write, close, abort: close });
}

/** A write that was cut short goes on; where it was cut for good the rest says why. */
export async function writeAll(writer: PipeWriter, bytes: Uint8Array, options: WaitOptions): Promise<void> {
  for (let rest = bytes; rest.length > 0; )
    rest = rest.subarray(await waiting(writer, 'write', options, (each) => writer.write(rest, each)));
}

/** One after the other, until the handle is closed; `next` gives undefined at the end. */
export async function* untilClosed<T>(handle: Handle, next: () => Promise<T | undefined>): AsyncGenerator<T, void, void> {
  for (;;) {
    let value: T | undefined;
    try {
      value = await next();
    } catch (error) {
      if (handle.closed) return;
      throw error;
    }
    if (value === undefined) return;
    yield value;
  }
}
