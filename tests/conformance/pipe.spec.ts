/** pipe(7), pipe(2), read(2), write(2). */
import type { Ipc, PipeReader, PipeWriter } from 'sluice';
import { beforeEach, describe, expect, test } from 'vitest';
import { bytes, fails, failsSync, joined, pattern, same, start, text, waits } from './backends.js';
import { differs } from './divergences.js';

const CAPACITY = 65536;
const PIPE_BUF = 4096;
let ipc: Ipc;
let reader: PipeReader;
let writer: PipeWriter;
beforeEach(async () => {
  ipc = await start();
  [reader, writer] = await ipc.pipe({ capacityBytes: CAPACITY });
});

async function readAll(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of reader) chunks.push(chunk);
  return joined(...chunks);
}

describe('bytes', () => {
  test('come out as they went in, in whatever pieces', async () => {
    expect(await writer.write(pattern(1000))).toBe(1000);
    expect(await writer.write('and text: é')).toBe(12);
    expect(await reader.read(300)).toEqual(pattern(1000).subarray(0, 300));
    const rest = joined(await reader.read(700), await reader.read());
    expect(rest.subarray(0, 700)).toEqual(pattern(1000).subarray(300));
    expect(text(rest.subarray(700))).toBe('and text: é');
  });

  test('readInto fills the buffer given', async () => {
    await writer.write(bytes(1, 2, 3, 4, 5));
    const buffer = new Uint8Array(3);
    expect(await reader.readInto(buffer)).toBe(3);
    expect(buffer).toEqual(bytes(1, 2, 3));
    expect(reader.tryReadInto(buffer)).toBe(2);
    expect(buffer).toEqual(bytes(4, 5, 3));
    expect(reader.tryReadInto(buffer)).toBeUndefined();
  });

  test('are private to their reader', async () => {
    await writer.write(pattern(100));
    const first = await reader.read(100);
    await writer.write(pattern(100, 7));
    await reader.read(100);
    expect(first).toEqual(pattern(100));
    expect(first.buffer).toBeInstanceOf(ArrayBuffer);
  });

  test('writing nothing gives 0, reading nothing is refused', async () => {
    expect(await writer.write(new Uint8Array(0))).toBe(0);
    await fails(() => reader.read(0), 'EINVAL');
    await fails(() => reader.readInto(new Uint8Array(0)), 'EINVAL');
    expect(reader.tryRead()).toBeUndefined();
  });

  test('attributes tell how many wait', async () => {
    await writer.write(pattern(123));
    const attributes = await reader.attributes();
    expect(attributes.readableBytes).toBe(123);
    expect(attributes.capacityBytes).toBeGreaterThanOrEqual(CAPACITY);
    expect(writer.attributesSync()).toEqual(attributes);
  });
});

describe('waiting', () => {
  test('a read waits for a write', async () => {
    const read = reader.read();
    await waits(read);
    await writer.write('now');
    expect(text(await read)).toBe('now');
  });

  test('a write waits for room', async () => {
    const { capacityBytes } = await writer.attributes();
    expect(await writer.write(pattern(capacityBytes))).toBe(capacityBytes);
    expect(writer.tryWrite('x')).toBeUndefined();
    const write = writer.write(pattern(PIPE_BUF));
    await waits(write);
    let got = 0;
    while (got < capacityBytes) got += (await reader.read(capacityBytes)).length;
    expect(await write).toBe(PIPE_BUF);
  });

  test('a write longer than the pipe goes through, in order', async () => {
    const data = pattern(10 * CAPACITY + 7);
    const write = writer.write(data).then(async (count) => {
      await writer.close();
      return count;
    });
    same(await readAll(), data);
    expect(await write).toBe(data.length);
  });

  test('two long writes of one writer do not mix', async () => {
    const [first, second] = [new Uint8Array(2 * CAPACITY).fill(1), new Uint8Array(2 * CAPACITY).fill(2)];
    const writes = Promise.all([writer.write(first), writer.write(second)]).then(() => writer.close());
    const all = await readAll();
    await writes;
    same(all, joined(first, second));
  });

  test('writes up to 4096 bytes go in one piece, whoever else writes', async () => {
    const { capacityBytes } = await writer.attributes();
    await writer.write(new Uint8Array(capacityBytes - PIPE_BUF));
    const other = (await ipc.open(await writer.ticket())) as PipeWriter;
    await writer.write(pattern(PIPE_BUF));
    const all = [1, 2, 3].flatMap((value) => [writer, other].map((each) => each.write(new Uint8Array(3000).fill(value))));
    let got = new Uint8Array(0);
    while (got.length < capacityBytes + 6 * 3000) got = joined(got, await reader.read(1000));
    await Promise.all(all);
    const pieces = got.subarray(capacityBytes);
    for (let i = 0; i < pieces.length; i += 3000) expect(new Set(pieces.subarray(i, i + 3000)).size).toBe(1);
  });

  test('pending reads get the bytes in their order', async () => {
    const reads = [0, 1, 2].map(() => reader.read(2));
    await waits(reads[0]!);
    await writer.write(bytes(1, 2, 3, 4, 5, 6));
    expect(await Promise.all(reads)).toEqual([bytes(1, 2), bytes(3, 4), bytes(5, 6)]);
  });

  test.skipIf(differs('mainThread'))('the Sync forms work', async () => {
    await fails(() => reader.readSync(10, { timeout: 5 }), 'ETIMEDOUT');
    expect(writer.writeSync('abc')).toBe(3);
    expect(text(reader.readSync(10))).toBe('abc');
    const count = writer.writeSync(pattern(3 * CAPACITY), { timeout: 5 });
    expect(count).toBeGreaterThanOrEqual(CAPACITY);
    expect(count).toBeLessThan(3 * CAPACITY);
    await fails(() => writer.writeSync('full', { timeout: 5 }), 'ETIMEDOUT');
    expect(reader.readIntoSync(new Uint8Array(10))).toBe(10);
  });
});

test.skipIf(differs('capacityPages'))('a writer that gives up lets the next one look', async () => {
  const twin = (await ipc.open(await writer.ticket())) as PipeWriter;
  while (writer.tryWrite(new Uint8Array(4096)));
  const controller = new AbortController();
  const large = writer.write(new Uint8Array(4096), { signal: controller.signal });
  const small = twin.write('x');
  await waits(small);
  await reader.read(1000);
  controller.abort('enough');
  await expect(large).rejects.toBe('enough');
  expect(await small).toBe(1);
});

test('no call overtakes one that waits, nor comes after close()', async () => {
  const [data, into] = [bytes(1, 2), new Uint8Array(64)];
  const waiting = reader.read();
  expect(await writer.write(data)).toBe(2);
  expect(reader.tryReadInto(into)).toBeUndefined();
  const second = reader.readInto(into);
  expect(await waiting).toEqual(data);
  expect(writer.tryWrite(data)).toBe(2);
  expect(await second).toBe(2);
  await writer.write(pattern(CAPACITY - 1));
  const last = writer.write(pattern(PIPE_BUF));
  await reader.readInto(into);
  expect(writer.tryWrite(data)).toBeUndefined();
  const drained = new Uint8Array(CAPACITY);
  let more = CAPACITY - 1 - into.length + PIPE_BUF;
  while (more > 0) more -= await reader.readInto(drained);
  expect(await last).toBe(PIPE_BUF);
  await Promise.all([writer.close(), reader.close()]);
  await fails(async () => writer.tryWrite(data), 'EBADF');
  await fails(async () => reader.tryReadInto(into), 'EBADF');
});

test('the Sync form does not overtake a pending call, and does not wait for it', async () => {
  const write = writer.write(pattern(2 * CAPACITY));
  await waits(write);
  await failsSync(() => writer.writeSync('x'), 'EDEADLK');
  const reading = readAll();
  expect(await write).toBe(2 * CAPACITY);
  await writer.close();
  same(await reading, pattern(2 * CAPACITY));
});

describe('the last end that closes', () => {
  test('tells every reader', async () => {
    const twin = (await ipc.open(await reader.ticket())) as PipeReader;
    const reads = [reader.read(), twin.read()];
    await waits(reads[0]!);
    await writer.close();
    for (const read of reads) expect((await read).length).toBe(0);
  });

  test('tells every writer', async () => {
    const twin = (await ipc.open(await writer.ticket())) as PipeWriter;
    while (writer.tryWrite(new Uint8Array(4096)));
    const writes = [writer.write('a'.repeat(4096)), twin.write('b'.repeat(4096))];
    const ended = Promise.all(writes.map((write) => fails(() => write, 'EPIPE')));
    await waits(writes[0]!);
    await reader.close();
    await ended;
  });
});

describe('ending early', () => {
  test('a long write cut short gives what went', async () => {
    const controller = new AbortController();
    const write = writer.write(pattern(5 * CAPACITY), { signal: controller.signal });
    await waits(write);
    controller.abort('enough');
    const count = await write;
    expect(count).toBeGreaterThanOrEqual(CAPACITY);
    expect(count).toBeLessThan(5 * CAPACITY);
    await fails(() => writer.write('more', { timeout: 5 }), 'ETIMEDOUT');
    const got: Uint8Array[] = [];
    for (let chunk = reader.tryRead(); chunk; chunk = reader.tryRead()) got.push(chunk);
    same(joined(...got), pattern(5 * CAPACITY).subarray(0, count));
  });

  test('a timeout does so too, and a timeout of 0', async () => {
    const count = await writer.write(pattern(5 * CAPACITY), { timeout: 5 });
    expect(count).toBeGreaterThanOrEqual(CAPACITY);
    await fails(() => writer.write('more', { timeout: 0 }), 'EAGAIN');
    await reader.read();
    const part = await writer.write(pattern(5 * CAPACITY), { timeout: 0 });
    expect(part).toBeGreaterThan(0);
    expect(part).toBeLessThan(5 * CAPACITY);
  });

  test('one that moved nothing rejects, and those behind it go on', async () => {
    const { capacityBytes } = await writer.attributes();
    await writer.write(new Uint8Array(capacityBytes));
    const controller = new AbortController();
    const first = writer.write('first', { signal: controller.signal });
    const second = writer.write('second');
    controller.abort('no');
    await expect(first).rejects.toBe('no');
    let got = new Uint8Array(0);
    while (got.length < capacityBytes + 6) got = joined(got, await reader.read());
    expect(await second).toBe(6);
    expect(text(got.subarray(capacityBytes))).toBe('second');
  });

  test('reads time out and abort without taking anything', async () => {
    await fails(() => reader.read(10, { timeout: 5 }), 'ETIMEDOUT');
    await fails(() => reader.read(10, { timeout: 0 }), 'EAGAIN');
    const controller = new AbortController();
    const read = reader.read(10, { signal: controller.signal });
    controller.abort('no');
    await expect(read).rejects.toBe('no');
    await writer.write('still here');
    expect(text(await reader.read())).toBe('still here');
  });
});

describe('ends', () => {
  test('end of file comes when the last writer closed, after the bytes', async () => {
    await writer.write('last words');
    await writer.close();
    expect(text(await reader.read())).toBe('last words');
    expect((await reader.read()).length).toBe(0);
    expect(reader.tryRead()?.length).toBe(0);
    expect(await reader.readInto(new Uint8Array(4))).toBe(0);
  });

  test('a waiting read sees it too', async () => {
    const read = reader.read();
    await waits(read);
    await writer.close();
    expect((await read).length).toBe(0);
  });

  test('EPIPE when the last reader closed, also for a write that waits', async () => {
    const { capacityBytes } = await writer.attributes();
    await writer.write(new Uint8Array(capacityBytes));
    const write = writer.write('waits');
    await waits(write);
    await reader.close();
    await fails(() => write, 'EPIPE');
    await fails(() => writer.write('x'), 'EPIPE');
    await fails(() => writer.tryWrite('x'), 'EPIPE');
    await failsSync(() => writer.writeSync('x'), 'EPIPE');
  });

  test('a long write whose reader leaves gives what went', async () => {
    const write = writer.write(pattern(5 * CAPACITY));
    await waits(write);
    await reader.close();
    expect(await write).toBeGreaterThanOrEqual(CAPACITY);
    await fails(() => writer.write('x'), 'EPIPE');
  });

  test('a second writer keeps the file open', async () => {
    const other = (await ipc.open(await writer.ticket())) as PipeWriter;
    await writer.close();
    const read = reader.read();
    await waits(read);
    await other.write('me');
    expect(text(await read)).toBe('me');
    await other.close();
    expect((await reader.read()).length).toBe(0);
  });
});
