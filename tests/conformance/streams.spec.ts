/** The Streams standard (https://streams.spec.whatwg.org) over pipes, FIFOs, queues and rings. */
import type { Ipc } from 'sluice';
import { beforeEach, describe, expect, test } from 'vitest';
import { bytes, fails, fresh, joined, pattern, same, start, text, waits } from './backends.js';

let ipc: Ipc;
beforeEach(async () => {
  ipc = await start();
});

const queueOf = (maxMessages = 4) => ipc.messageQueue(fresh('messageQueue'), { create: true, maxMessages, messageBytes: 64 });

async function all<T>(stream: ReadableStream<T>): Promise<T[]> {
  const chunks: T[] = [];
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) chunks.push(next.value);
  return chunks;
}

describe('a pipe', () => {
  test('is read to its end, which closes the stream and the reader', async () => {
    const [reader, writer] = await ipc.pipe({ capacityBytes: 4096 });
    const sent = pattern(100_000);
    const written = writer.write(sent).then(() => writer.close());
    same(joined(...(await all(reader.readable))), sent);
    await written;
    expect(reader.closed).toBe(true);
    expect(reader.readable).toBe(reader.readable);
  });

  test('takes nothing before it is asked for', async () => {
    const [reader, writer] = await ipc.pipe();
    const { readable } = reader;
    await writer.write('all of it');
    await waits(new Promise(() => {}));
    expect((await reader.attributes()).readableBytes).toBe(9);
    expect(text((await readable.getReader().read()).value!)).toBe('all of it');
  });

  test('fills buffers that a BYOB reader brings, of any view', async () => {
    const [reader, writer] = await ipc.pipe();
    const byob = reader.readable.getReader({ mode: 'byob' });
    await writer.write(bytes(1, 2, 3, 4, 5, 6));
    const first = await byob.read(new Uint8Array(new ArrayBuffer(16), 4, 4));
    expect([first.done, [...first.value!], first.value!.byteOffset]).toEqual([false, [1, 2, 3, 4], 4]);
    const view = await byob.read(new DataView(new ArrayBuffer(8)));
    expect([view.value!.byteLength, view.value!.getUint8(1)]).toEqual([2, 6]);
    const waiting = byob.read(new Uint8Array(8));
    await waits(waiting);
    await writer.write(bytes(7));
    expect([...(await waiting).value!]).toEqual([7]);
    const last = byob.read(new Uint8Array(8));
    await writer.close();
    const { done, value } = await last;
    expect([done, value?.byteLength]).toEqual([true, 0]);
  });

  test('tees, and pipes through', async () => {
    const [reader, writer] = await ipc.pipe();
    const [one, other] = reader.readable.tee();
    await writer.write('to both');
    await writer.close();
    const decoded = await Promise.all([one, other].map(async (each) => text(joined(...(await all(each))))));
    expect(decoded).toEqual(['to both', 'to both']);
  });

  test('cancelling ends a read that waits, and closes the reader: the writer meets EPIPE', async () => {
    const [reader, writer] = await ipc.pipe();
    const stream = reader.readable.getReader();
    const read = stream.read();
    await waits(read);
    await stream.cancel('enough');
    expect(await read).toEqual({ done: true, value: undefined });
    expect(reader.closed).toBe(true);
    await fails(() => writer.write('x'), 'EPIPE');
  });

  test('closing the reader errors the stream', async () => {
    const [reader] = await ipc.pipe();
    const stream = reader.readable.getReader();
    const read = stream.read();
    await waits(read);
    await reader.close();
    await fails(() => read, 'EBADF');
    await fails(() => stream.closed, 'EBADF');
  });

  test('is written to, whole, with back-pressure; its close closes the writer', async () => {
    const [reader, writer] = await ipc.pipe({ capacityBytes: 4096 });
    const stream = writer.writable.getWriter();
    expect(stream.desiredSize).toBe(1);
    const sent = pattern(20_000);
    const written = [stream.write(sent), stream.write('and text')];
    expect(stream.desiredSize).toBe(-1);
    await waits(stream.ready);
    written.push(stream.close());
    same(joined(...(await all(reader.readable))), joined(sent, new TextEncoder().encode('and text')));
    await Promise.all(written);
    expect(writer.closed).toBe(true);
  });

  test('aborting cuts a write that waits, and closes the writer: the reader meets the end', async () => {
    const [reader, writer] = await ipc.pipe({ capacityBytes: 4096 });
    const stream = writer.writable.getWriter();
    const writes = [stream.write(pattern(10_000)), stream.write('never')];
    await waits(writes[0]!);
    const aborted = stream.abort('no');
    await expect(writes[1]).rejects.toBe('no');
    await aborted;
    await Promise.allSettled(writes);
    expect(writer.closed).toBe(true);
    same(joined(...(await all(reader.readable))), pattern(10_000).subarray(0, 4096));
  });

  test('without a reader the writable errors with EPIPE', async () => {
    const [reader, writer] = await ipc.pipe();
    const stream = writer.writable.getWriter();
    stream.closed.catch(() => {});
    await reader.close();
    await fails(() => stream.write('x'), 'EPIPE');
    await fails(() => stream.closed, 'EPIPE');
  });

  test('a chunk that is no bytes errors it, and ends the pipe: nobody else could', async () => {
    const [reader, writer] = await ipc.pipe();
    const stream = writer.writable.getWriter();
    stream.closed.catch(() => {});
    await stream.write('good');
    await expect(stream.write(5 as never)).rejects.toThrow(/^chunk must be a string, an ArrayBuffer.*not 5/);
    expect(writer.closed).toBe(true);
    expect(text(joined(...(await all(reader.readable))))).toBe('good');
  });

  test('a write that its reader cuts short errors, though a part went', async () => {
    const [reader, writer] = await ipc.pipe({ capacityBytes: 4096 });
    const stream = writer.writable.getWriter();
    stream.closed.catch(() => {});
    const written = stream.write(pattern(20_000));
    await waits(written);
    await reader.close();
    await fails(() => written, 'EPIPE');
    expect(writer.closed).toBe(true);
  });

  test('a read of wider elements that the end of file cuts errors, and closes the reader', async () => {
    const [reader, writer] = await ipc.pipe();
    const byob = reader.readable.getReader({ mode: 'byob' });
    byob.closed.catch(() => {});
    await writer.write(bytes(1, 2, 3));
    await writer.close();
    expect([...(await byob.read(new Uint16Array(4))).value!]).toEqual([0x0201]);
    await expect(byob.read(new Uint16Array(4))).rejects.toThrow(TypeError);
    expect(reader.closed).toBe(true);
  });

  test('of a tee one branch that is cancelled leaves the other all', async () => {
    const [reader, writer] = await ipc.pipe();
    const [one, other] = reader.readable.tee();
    const cancelled = one.cancel('enough');
    await writer.write('all of it');
    await writer.close();
    expect(text(joined(...(await all(other))))).toBe('all of it');
    await cancelled;
  });

  test('pipeTo leaves open what it is told to', async () => {
    const [first, last] = [await ipc.pipe(), await ipc.pipe()];
    await first[1].write('and on');
    await first[1].close();
    await first[0].readable.pipeTo(last[1].writable, { preventClose: true });
    expect(last[1].closed).toBe(false);
    await last[1].close();
    expect(text(joined(...(await all(last[0].readable))))).toBe('and on');
    const [source, sink] = [await ipc.pipe(), await ipc.pipe()];
    const over = new AbortController();
    const piped = source[0].readable.pipeTo(sink[1].writable, { signal: over.signal });
    await waits(piped);
    over.abort('enough');
    await expect(piped).rejects.toBe('enough');
    expect([source[0].closed, sink[1].closed]).toEqual([true, true]);
  });

  test('pipeTo carries its end and its errors', async () => {
    const [first, last] = [await ipc.pipe({ capacityBytes: 4096 }), await ipc.pipe({ capacityBytes: 4096 })];
    const piped = first[0].readable.pipeTo(last[1].writable);
    const sent = pattern(50_000);
    const written = first[1].write(sent).then(() => first[1].close());
    same(joined(...(await all(last[0].readable))), sent);
    await Promise.all([piped, written]);
    expect([first[0].closed, last[1].closed]).toEqual([true, true]);
    const [from, to] = [await ipc.pipe(), await ipc.pipe()];
    const broken = from[0].readable.pipeTo(to[1].writable);
    await to[0].close();
    await from[1].write('nobody reads it');
    await fails(() => broken, 'EPIPE');
    expect(from[0].closed).toBe(true); // the error has cancelled it
  });
});

describe('a FIFO', () => {
  test('opened nonBlocking waits as a stream all the same', async () => {
    const path = fresh('fifo');
    const reader = await ipc.fifo(path, { access: 'read', create: true, nonBlocking: true, capacityBytes: 4096 });
    const writer = await ipc.fifo(path, { access: 'write', nonBlocking: true });
    await fails(() => reader.read(), 'EAGAIN');
    const stream = writer.writable.getWriter();
    const sent = pattern(200_000);
    const written = stream.write(sent).then(() => stream.close());
    await waits(written);
    const chunks = all(reader.readable);
    same(joined(...(await chunks)), sent);
    await written;
  });
});

describe('a queue', () => {
  test('gives a message for each read, and none ahead', async () => {
    const queue = await queueOf();
    const stream = queue.readable.getReader();
    await queue.send('1');
    await queue.send('2', { priority: 3 });
    await waits(new Promise(() => {}));
    expect((await queue.attributes()).currentMessages).toBe(2);
    const { value } = await stream.read();
    expect([text(value!.data), value!.priority]).toEqual(['2', 3]);
    expect((await queue.attributes()).currentMessages).toBe(1);
    await stream.cancel();
    expect(queue.closed).toBe(true);
  });

  test('a read that waits and is cancelled takes nothing from others', async () => {
    const queue = await queueOf();
    const twin = await ipc.messageQueue(queue.name!);
    const stream = queue.readable.getReader();
    const read = stream.read();
    await waits(read);
    await stream.cancel();
    await twin.send('for the other');
    expect(text((await twin.receive()).data)).toBe('for the other');
    expect((await read).done).toBe(true);
  });

  test('takes bytes, text, messages with their priority; waits while it is full', async () => {
    const queue = await queueOf(3);
    const stream = queue.writable.getWriter();
    await stream.write(bytes(65));
    await stream.write({ data: 'urgent', priority: 9 });
    await stream.write('B');
    const waiting = stream.write('C');
    await waits(waiting);
    const taken: string[] = [];
    for (let i = 0; i < 4; i++) taken.push(text((await queue.receive()).data));
    expect(taken).toEqual(['urgent', 'A', 'B', 'C']);
    await waiting;
    stream.closed.catch(() => {});
    await fails(() => stream.write('x'.repeat(65)), 'EMSGSIZE');
    await fails(() => stream.closed, 'EMSGSIZE');
    expect(queue.closed).toBe(true);
  });

  test('aborting gives a send up that waits, and closes it', async () => {
    const queue = await queueOf(1);
    const stream = queue.writable.getWriter();
    await stream.write('full');
    const written = stream.write('never');
    await waits(written);
    const refused = expect(written).rejects.toBe('enough');
    await stream.abort('enough');
    await refused;
    expect(queue.closed).toBe(true);
  });

  test('null is no chunk', async () => {
    const stream = (await queueOf()).writable.getWriter();
    stream.closed.catch(() => {});
    await expect(stream.write(null as never)).rejects.toThrow(/^data must be a string, an ArrayBuffer.*not null/);
  });

  test('opened nonBlocking waits as a stream, both ways', async () => {
    const { name } = await queueOf(1);
    const [from, to] = [
      await ipc.messageQueue(name!, { nonBlocking: true }),
      await ipc.messageQueue(name!, { nonBlocking: true }),
    ];
    await fails(() => from.receive(), 'EAGAIN');
    const stream = to.writable.getWriter();
    const written = [stream.write('1'), stream.write('2'), stream.write('3')];
    await waits(written[1]!);
    const reader = from.readable.getReader();
    const got: string[] = [];
    for (let i = 0; i < 3; i++) got.push(text((await reader.read()).value!.data));
    expect(got).toEqual(['1', '2', '3']);
    await Promise.all(written);
    const last = reader.read();
    await waits(last);
    await stream.write('4');
    expect(text((await last).value!.data)).toBe('4');
  });
});

describe('a ring', () => {
  test('carries records, as they are, through a transform', async () => {
    const [from, to] = [await ipc.ring({ capacityBytes: 256 }), await ipc.ring({ capacityBytes: 256 })];
    const doubled = new TransformStream<Uint8Array, Uint8Array>({
      transform: (record, controller) => controller.enqueue(record.map((each) => each * 2)),
    });
    const piped = from.readable.pipeThrough(doubled).pipeTo(to.writable);
    piped.catch(() => {});
    const received: number[][] = [];
    for (let i = 0; i < 40; i++) {
      await from.send(bytes(i, 1));
      received.push([...(await to.receive())]);
    }
    expect(received).toEqual(Array.from({ length: 40 }, (_, i) => [2 * i, 2]));
    await from.close();
    await fails(() => piped, 'EBADF');
  });

  test('opened nonBlocking waits as a stream; aborting gives up a send, cancelling a read, that waits', async () => {
    const ring = await ipc.ring(fresh('ring'), { create: true, capacityBytes: 256, nonBlocking: true });
    const [stream, reader] = [ring.writable.getWriter(), ring.readable.getReader()];
    const read = reader.read();
    await waits(read);
    for (let i = 0; i < 40; i++) {
      const written = stream.write(pattern(100, i));
      if (i > 0) same((await reader.read()).value!, pattern(100, i));
      else same((await read).value!, pattern(100, 0));
      await written;
    }
    const last = reader.read();
    await waits(last);
    await reader.cancel();
    expect((await last).done).toBe(true);
    const full = await ipc.ring({ capacityBytes: 256 });
    const writes = full.writable.getWriter();
    while (full.trySend(pattern(100)));
    const refused = expect(writes.write(pattern(100))).rejects.toBe('enough');
    await waits(new Promise(() => {}));
    await writes.abort('enough');
    await refused;
    expect(full.closed).toBe(true);
  });
});
