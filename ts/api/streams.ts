/** The Streams standard over what objects do one by one: https://streams.spec.whatwg.org. A stream's handle closes with it. */
import type { Handle } from './handle.js';
import type { WaitOptions } from './types.js';

type Chunk = Uint8Array<ArrayBuffer>;

/** What the source of a stream waits for, until that is cancelled. */
function untilCancelled(handle: Handle): { options: WaitOptions; cancel: (reason?: unknown) => Promise<void> } {
  const over = new AbortController();
  const cancel = (reason?: unknown) => {
    over.abort(reason);
    return handle.close();
  };
  return { options: { signal: over.signal }, cancel };
}

/**
 * Nothing is taken before it is asked for: what lay in the stream's own queue would be lost to others.
 *
 * @param take waits for one chunk
 */
export function readableOf<T>(handle: Handle, take: (options: WaitOptions) => Promise<T>): ReadableStream<T> {
  const { options, cancel } = untilCancelled(handle);
  const pull = async (controller: ReadableStreamDefaultController<T>) => controller.enqueue(await take(options));
  return new ReadableStream<T>({ pull, cancel }, { highWaterMark: 0 });
}

/**
 * A byte stream: whoever brings a buffer has it filled. It closes at the end of file.
 *
 * @param read waits for a chunk, empty at the end; `readInto` for what goes into a buffer, 0 at the end
 */
export function readableBytes(
  handle: Handle,
  read: (options: WaitOptions) => Promise<Chunk>,
  readInto: (buffer: ArrayBufferView, options: WaitOptions) => Promise<number>,
): ReadableStream<Chunk> {
  const { options, cancel } = untilCancelled(handle);
  const pull = async (controller: ReadableByteStreamController) => {
    const { byobRequest } = controller;
    const chunk = byobRequest ? undefined : await read(options);
    const length = chunk?.length ?? (await readInto(byobRequest!.view!, options));
    if (length === 0) controller.close();
    if (byobRequest) byobRequest.respond(length);
    else if (length > 0) controller.enqueue(chunk!);
    if (length === 0) await handle.close();
  };
  return new ReadableStream({ type: 'bytes', pull, cancel }) as ReadableStream<Chunk>;
}

/** @param put waits until there was room for a chunk */
export function writableOf<T>(handle: Handle, put: (chunk: T, options: WaitOptions) => Promise<unknown>): WritableStream<T> {
  const close = () => handle.close();
  const write = async (chunk: T, { signal }: WritableStreamDefaultController) => void (await put(chunk, { signal }));
  return new WritableStream<T>({ write, close, abort: close });
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
