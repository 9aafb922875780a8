/** fifo(7), mkfifo(3), open(2). */
import type { Ipc } from 'sluice';
import { beforeEach, describe, expect, test } from 'vitest';
import { fails, failsSync, fresh, pattern, start, text, waits } from './backends.js';
import { differs } from './divergences.js';

let ipc: Ipc;
beforeEach(async () => {
  ipc = await start();
});

const reading = { access: 'read', create: true } as const;
const writing = { access: 'write', create: true } as const;

describe('opening', () => {
  test('each end waits for the other', async () => {
    const path = fresh('fifo');
    const open = ipc.fifo(path, reading);
    await waits(open);
    const [reader, writer] = await Promise.all([open, ipc.fifo(path, writing)]);
    expect([reader.kind, writer.kind, reader.name]).toEqual(['pipeReader', 'pipeWriter', path]);
    await writer.write('through');
    expect(text(await reader.read())).toBe('through');
  });

  test('the writer may come first', async () => {
    const path = fresh('fifo');
    const open = ipc.fifo(path, writing);
    await waits(open);
    const reader = await ipc.fifo(path, { access: 'read' });
    await (await open).write('x');
    expect(text(await reader.read())).toBe('x');
  });

  test('several opens at once are all let in by one peer', async () => {
    const path = fresh('fifo');
    const opens = [0, 1, 2].map(() => ipc.fifo(path, writing));
    await waits(opens[0]!);
    await ipc.fifo(path, { access: 'read' });
    await Promise.all(opens);
  });

  test('nonBlocking: a reader need not wait, a writer fails', async () => {
    const path = fresh('fifo');
    await fails(() => ipc.fifo(path, { ...writing, nonBlocking: true }), 'ENXIO');
    const reader = await ipc.fifo(path, { ...reading, nonBlocking: true });
    const writer = await ipc.fifo(path, { ...writing, nonBlocking: true });
    await fails(() => reader.read(), 'EAGAIN');
    expect(await writer.write(pattern(1 << 20))).toBeLessThan(1 << 20);
    await fails(() => writer.write('full'), 'EAGAIN');
  });

  test('needs one, or create; exclusive refuses one that is there', async () => {
    const path = fresh('fifo');
    await fails(() => ipc.fifo(path, { access: 'read' }), 'ENOENT');
    await ipc.fifo(path, { ...reading, nonBlocking: true });
    const error = await fails(() => ipc.fifo(path, { ...reading, exclusive: true }), 'EEXIST');
    expect(error.path).toBe(path);
  });

  test('exclusive waits in the FIFO that it has made itself', async () => {
    for (const access of ['read', 'write'] as const) {
      const options = { access, create: true, exclusive: true } as const;
      const path = fresh('fifo');
      const open = ipc.fifo(path, options);
      await waits(open);
      await Promise.all([open, ipc.fifo(path, { access: access === 'read' ? 'write' : 'read' })]);
      await failsSync(() => ipc.fifoSync(fresh('fifo'), { ...options, timeout: 5 }), 'ETIMEDOUT');
    }
  });

  test('an attempt that fails leaves no FIFO behind', async () => {
    const path = fresh('fifo');
    await fails(() => ipc.fifo(path, { ...writing, timeout: 0 }), 'EAGAIN');
    await fails(() => ipc.fifo(path, { access: 'read', nonBlocking: true }), 'ENOENT');
  });

  test.skipIf(differs('mainThread'))('a wait that is over before it begins has made the FIFO all the same', async () => {
    const path = fresh('fifo');
    await fails(() => ipc.fifoSync(path, { ...reading, timeout: 1e-9 }), 'ETIMEDOUT');
    await fails(() => ipc.fifoSync(path, { ...reading, exclusive: true, timeout: 5 }), 'EEXIST');
  });

  test('times out and aborts', async () => {
    const path = fresh('fifo');
    await fails(() => ipc.fifo(path, { ...reading, timeout: 5 }), 'ETIMEDOUT');
    await fails(() => ipc.fifo(path, { ...reading, timeout: 0 }), 'EAGAIN');
    await failsSync(() => ipc.fifoSync(path, { ...writing, timeout: 5 }), 'ETIMEDOUT');
    const controller = new AbortController();
    const open = ipc.fifo(path, { ...writing, signal: controller.signal });
    await waits(open);
    controller.abort('no');
    await expect(open).rejects.toBe('no');
    await fails(() => ipc.fifo(path, { ...writing, nonBlocking: true }), 'ENXIO');
  });

  test('resolves when its peer was there, though an abort comes a moment later', async () => {
    const path = fresh('fifo');
    const controller = new AbortController();
    const opening = ipc.fifo(path, { ...writing, signal: controller.signal });
    await waits(opening);
    const reader = ipc.fifo(path, { access: 'read' });
    controller.abort('too late');
    await (await opening).write('x');
    expect(text(await (await reader).read())).toBe('x');
  });

  test('half aborted, half let in', async () => {
    const paths = Array.from({ length: 32 }, () => fresh('fifo'));
    const controller = new AbortController();
    const opens = paths.map((path, i) => ipc.fifo(path, { ...reading, ...(i % 2 ? { signal: controller.signal } : {}) }));
    await waits(opens[0]!);
    controller.abort('no');
    const writers = await Promise.all(paths.filter((_, i) => i % 2 === 0).map((path) => ipc.fifo(path, writing)));
    const results = await Promise.allSettled(opens);
    expect(writers.length).toBe(16);
    for (const [i, { status }] of results.entries()) expect(status).toBe(i % 2 ? 'rejected' : 'fulfilled');
  });
});

describe('ends', () => {
  test('end of file when the last writer closed; a new one opens it again', async () => {
    const path = fresh('fifo');
    const [reader, first] = await Promise.all([ipc.fifo(path, reading), ipc.fifo(path, writing)]);
    const second = await ipc.fifo(path, writing);
    await first.close();
    await second.write('one');
    expect(text(await reader.read())).toBe('one');
    await second.close();
    expect((await reader.read()).length).toBe(0);
    const third = await ipc.fifo(path, writing);
    await third.write('two');
    expect(text(await reader.read())).toBe('two');
  });

  test('EPIPE when the last reader closed', async () => {
    const path = fresh('fifo');
    const [reader, writer] = await Promise.all([ipc.fifo(path, reading), ipc.fifo(path, writing)]);
    await reader.close();
    await fails(() => writer.write('x'), 'EPIPE');
  });

  test('bytes of nobody are gone: fifo(7) keeps none', async () => {
    const path = fresh('fifo');
    const [reader, writer] = await Promise.all([ipc.fifo(path, reading), ipc.fifo(path, writing)]);
    await writer.write('lost');
    await Promise.all([reader.close(), writer.close()]);
    const [again, other] = await Promise.all([ipc.fifo(path, reading), ipc.fifo(path, writing)]);
    await other.write('kept');
    expect(text(await again.read())).toBe('kept');
  });

  test('unlinking takes the name, not the pipe', async () => {
    const path = fresh('fifo');
    const [reader, writer] = await Promise.all([ipc.fifo(path, reading), ipc.fifo(path, writing)]);
    await ipc.unlink(path, 'fifo');
    await fails(() => ipc.fifo(path, { access: 'read' }), 'ENOENT');
    await writer.write('still');
    expect(text(await reader.read())).toBe('still');
  });
});
