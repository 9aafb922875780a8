/** Pipes as Node's streams. */
import { once } from 'node:events';
import { finished, pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { Ipc } from 'sluice';
import { toDuplex, toReadable, toWritable } from 'sluice/node';
import { beforeEach, expect, test } from 'vitest';
import { becomes, fails, pattern, same, start, waits } from '../backends.js';

let ipc: Ipc;
beforeEach(async () => {
  ipc = await start();
});

async function everything(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test('a pipeline through a pipe gives what went in; both ends are closed', async () => {
  const [reader, writer] = await ipc.pipe({ capacityBytes: 4096 });
  const sent = pattern(200_000);
  const zipped = pipeline([Buffer.from(sent)], createGzip(), toWritable(writer));
  const unzipped = toReadable(reader).pipe(createGunzip());
  same(await everything(unzipped), sent);
  await zipped;
  expect([reader.closed, writer.closed]).toEqual([true, true]);
});

test('highWaterMark: so much is read ahead, and no more; a write beyond it is told so', async () => {
  const [reader, writer] = await ipc.pipe({ capacityBytes: 4096 });
  const [readable, writable] = [toReadable(reader, { highWaterMark: 100 }), toWritable(writer, { highWaterMark: 5000 })];
  expect(writable.write(pattern(4096))).toBe(true);
  expect(writable.write(pattern(4096))).toBe(false);
  readable.once('readable', () => {});
  await once(readable, 'readable');
  await waits(new Promise(() => {}));
  expect(readable.readableLength).toBe(100);
  const drained = once(writable, 'drain');
  readable.resume();
  await drained;
  writable.end();
  await Promise.all([finished(readable), finished(writable)]);
});

test('destroy() gives a read up that waits, and closes the reader; the writer errors with EPIPE', async () => {
  const [reader, writer] = await ipc.pipe();
  const [readable, writable] = [toReadable(reader), toWritable(writer)];
  readable.resume();
  await waits(once(readable, 'data'));
  readable.destroy(new Error('enough'));
  await expect(finished(readable)).rejects.toThrow('enough');
  await becomes(() => reader.closed, true);
  writable.write('x');
  const [error] = await once(writable, 'error');
  expect(error).toMatchObject({ code: 'EPIPE' });
});

test('destroy() cuts a write that waits; the reader meets the end of what went', async () => {
  const [reader, writer] = await ipc.pipe({ capacityBytes: 4096 });
  const writable = toWritable(writer);
  writable.write(pattern(10_000));
  await waits(once(writable, 'drain'));
  writable.destroy();
  await once(writable, 'close');
  expect(writer.closed).toBe(true);
  same(await everything(toReadable(reader)), pattern(10_000).subarray(0, 4096));
});

test('a duplex is two pipes: half-open, then closed', async () => {
  const [[here, there], [far, near]] = [await ipc.pipe(), await ipc.pipe()];
  const duplex = toDuplex(here, near);
  duplex.end('a question');
  const asked: Buffer[] = [];
  for (let chunk = await far.read(); chunk.length > 0; chunk = await far.read()) asked.push(Buffer.from(chunk));
  expect(Buffer.concat(asked).toString()).toBe('a question');
  await there.write('an answer');
  await there.close();
  expect((await everything(duplex)).toString()).toBe('an answer');
  await finished(duplex);
  expect([here.closed, near.closed]).toEqual([true, true]);
});

test('an end that is closed otherwise errors the stream', async () => {
  const [reader] = await ipc.pipe();
  const readable = toReadable(reader);
  readable.resume();
  await waits(once(readable, 'data'));
  const failed = finished(readable);
  await reader.close();
  await fails(() => failed, 'EBADF');
});
