/** Pipes as Node's streams. */
import { once } from 'node:events';
import { finished, pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { Ipc } from 'sluice';
import { toDuplex, toReadable, toWritable } from 'sluice/node';
import { beforeEach, expect, test } from 'vitest';
import { becomes, fails, fresh, pattern, same, start, waits } from '../backends.js';

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
  const told = new Promise((done) => writable.write(pattern(10_000), done));
  await waits(once(writable, 'drain'));
  writable.destroy();
  await once(writable, 'close');
  expect(await told).toMatchObject({ code: 'ERR_STREAM_DESTROYED' });
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

test('what destroy() gives up is not called written', async () => {
  const [, writer] = await ipc.pipe({ capacityBytes: 4096 });
  const writable = toWritable(writer);
  await new Promise((done) => writable.write(pattern(4096), done));
  const told = ['in the pipe', 'behind it'].map((text) => new Promise((done) => writable.write(text, done)));
  await waits(told[0]!);
  writable.destroy();
  expect(await Promise.all(told)).toMatchObject([{ code: 'ERR_STREAM_DESTROYED' }, { code: 'ERR_STREAM_DESTROYED' }]);
  await becomes(() => writer.closed, true);
});

test('a write that its reader cuts short fails, though a part went', async () => {
  const [reader, writer] = await ipc.pipe({ capacityBytes: 4096 });
  const writable = toWritable(writer);
  const failed = once(writable, 'error');
  const told = new Promise((done) => writable.write(pattern(20_000), done));
  await waits(told);
  await reader.close();
  expect(await told).toMatchObject({ code: 'EPIPE' });
  expect((await failed)[0]).toMatchObject({ code: 'EPIPE' });
});

test('a signal ends it, one that was aborted before too', async () => {
  for (const before of [true, false]) {
    const [reader, writer] = await ipc.pipe();
    const over = new AbortController();
    if (before) over.abort();
    const [readable, writable] = [toReadable(reader, { signal: over.signal }), toWritable(writer, { signal: over.signal })];
    const ended = [finished(readable), finished(writable)].map((each) => expect(each).rejects.toThrow(/abort/));
    over.abort();
    await Promise.all(ended);
    await becomes(() => reader.closed && writer.closed, true);
  }
});

test('highWaterMark 0 reads nothing ahead', async () => {
  const [reader, writer] = await ipc.pipe();
  const readable = toReadable(reader, { highWaterMark: 0 });
  await writer.write('all of it');
  await waits(new Promise(() => {}));
  expect((await reader.attributes()).readableBytes).toBe(9);
  await writer.close();
  expect((await everything(readable)).toString()).toBe('all of it');
});

test('of a FIFO that was opened nonBlocking it waits all the same', async () => {
  const path = fresh('fifo');
  const reader = await ipc.fifo(path, { access: 'read', create: true, nonBlocking: true, capacityBytes: 4096 });
  const writable = toWritable(await ipc.fifo(path, { access: 'write', nonBlocking: true }));
  const sent = pattern(200_000);
  writable.end(sent);
  await waits(once(writable, 'finish'));
  same(await everything(toReadable(reader)), sent);
});

test('a duplex that may not be half-open ends with what it reads', async () => {
  const [[here, there], [far, near]] = [await ipc.pipe(), await ipc.pipe()];
  const duplex = toDuplex(here, near, { allowHalfOpen: false });
  await there.close();
  duplex.resume();
  await finished(duplex);
  expect(await far.read()).toHaveLength(0);
});

test('what pipes are not is refused, and their ends are as they were', async () => {
  const [reader, writer] = await ipc.pipe();
  for (const mode of ['objectMode', 'writableObjectMode'])
    expect(() => toWritable(writer, { [mode]: true })).toThrow(`${mode} is not for pipes: they carry bytes`);
  expect(() => toReadable(undefined as never)).toThrow(/^reader must be a PipeReader, not undefined/);
  expect(() => toWritable(reader as never)).toThrow(/^writer must be a PipeWriter, not an object \(PipeReader\)/);
  expect(() => toDuplex(reader, {} as never)).toThrow(TypeError);
  expect(() => toReadable(reader, 5 as never)).toThrow(/^options must be an object/);
  expect(() => toReadable(reader, { signal: 5 as never })).toThrow(TypeError);
  expect([reader.closed, writer.closed]).toEqual([false, false]);
  const readable = toReadable(reader, { read() {}, destroy() {} } as never);
  toWritable(writer, { decodeStrings: false } as never).write('6f757273', 'hex');
  expect((await once(readable, 'data'))[0].toString()).toBe('ours');
  readable.destroy();
  await becomes(() => reader.closed, true);
});
