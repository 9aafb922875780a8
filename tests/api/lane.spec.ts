/** What the façade itself does, on the fake backend: lanes, forms without `sync` or `block`, submits and cancels. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Ipc } from '../../dist/api/ipc.js';
import type { PipeReader } from '../../dist/api/pipeReader.js';
import type { PipeWriter } from '../../dist/api/pipeWriter.js';
import type { Semaphore } from '../../dist/api/semaphore.js';
import { Errno, Op } from '../../dist/backend/abi.gen.js';
import type { Request, Traits } from '../../dist/backend/backend.js';
import { FakeBackend, FakeWorld, ipcOf } from './fakeBackend.js';

const slow: Traits = { sync: false, block: false, views: false, agent: 'connection' };
const code = (error: unknown) => (error as { code?: string }).code;
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => 'resolved',
    (error) => code(error) ?? error,
  );

describe('a lock whose holder is stopped or dead', () => {
  /** Every CLOSE meets it, until it is free. */
  class Held extends FakeBackend {
    free = false;
    readonly patience: number[] = [];

    override attempt(request: Request): number {
      return request.op === Op.CLOSE && !this.free ? -Errno.EAGAIN : super.attempt(request);
    }

    override block(request: Request, deadline: number): number {
      this.patience.push(deadline - performance.now());
      return super.block(request, deadline);
    }
  }

  test('a Sync call that cannot wait gives up, and the handle is closed later', async () => {
    const backend = new Held();
    const ipc = ipcOf(backend);
    const [first, second] = [await ipc.semaphore({}), await ipc.semaphore({})];
    expect(() => first.closeSync()).toThrow(/ETIMEDOUT.*after 1000 ms/);
    second[Symbol.dispose]();
    expect([first.closed, second.closed]).toEqual([true, true]);
    for (const patience of backend.patience) expect(patience).toBeLessThanOrEqual(1000);
    expect([backend.patience.length, backend.pending]).toEqual([2, 2]);
    backend.free = true;
    backend.world.turn();
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(backend.pending).toBe(0);
  });

  test('nor does a thread that may not wait leave the handle open', async () => {
    const backend = new Held(undefined, { sync: true, block: false, views: true, agent: 'thread' });
    const semaphore = await ipcOf(backend).semaphore({});
    expect(() => semaphore.closeSync()).toThrow(/EAGAIN.*may not wait/);
    expect(backend.pending).toBe(1);
    backend.free = true;
    backend.world.turn();
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(backend.pending).toBe(0);
  });
});

describe('a backend that can do everything at once', () => {
  let backend: FakeBackend;
  let ipc: Ipc;
  let semaphore: Semaphore;
  beforeEach(async () => {
    backend = new FakeBackend();
    ipc = ipcOf(backend);
    semaphore = await ipc.semaphore({ value: 1 });
  });

  test('sees no submit for what need not wait', async () => {
    await semaphore.wait();
    await semaphore.post();
    expect(backend.submitted).toBe(0);
  });

  test('sees one request of a lane at a time', async () => {
    await semaphore.wait();
    const all = Array.from({ length: 1000 }, () => semaphore.wait());
    expect([backend.pending, backend.submitted]).toEqual([1, 1]);
    for (let i = 0; i < 1000; i++) semaphore.postSync();
    await Promise.all(all);
    expect(backend.pending).toBe(0);
  });

  test('sees the two directions of a pipe beside each other', async () => {
    const [reader, writer] = await ipc.pipe({ capacityBytes: 4096 });
    const [other, full] = await ipc.pipe({ capacityBytes: 4096 });
    full.tryWrite(new Uint8Array(4096));
    const all = [reader.read(), full.write('x')];
    expect(backend.pending).toBe(2);
    await writer.write('y');
    await other.read();
    await Promise.all(all);
  });

  test('is asked to cancel the head only; others just leave the queue', async () => {
    await semaphore.wait();
    const controller = new AbortController();
    const head = semaphore.wait();
    const queued = semaphore.wait({ signal: controller.signal });
    controller.abort('no');
    expect(await failure(queued)).toBe('no');
    expect(backend.submitted).toBe(1);
    await semaphore.post();
    await head;
  });

  test('a result that was won is not thrown away', async () => {
    const [reader, writer] = await ipc.pipe();
    const controller = new AbortController();
    const read = reader.read(10, { signal: controller.signal });
    // The fake takes the bytes now, and settles in a microtask: the abort comes between.
    writer.tryWrite('won');
    controller.abort('late');
    expect(new TextDecoder().decode(await read)).toBe('won');
  });

  test('one signal may end many waits without a warning', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on('warning', listen);
    await semaphore.wait();
    const controller = new AbortController();
    const all = Array.from({ length: 100 }, () => failure(semaphore.wait({ signal: controller.signal })));
    controller.abort('no');
    expect(new Set(await Promise.all(all))).toEqual(new Set(['no']));
    await new Promise((resolve) => setTimeout(resolve, 10));
    process.off('warning', listen);
    expect(warnings).toEqual([]);
  });

  test('what an open won while its ipc closed is closed', async () => {
    const path = '/tmp/fifo';
    const other = ipcOf(new FakeBackend(backend.world));
    const open = ipc.fifo(path, { access: 'read', create: true }).then(
      (reader) => reader.closed,
      (error) => code(error),
    );
    const peer = other.fifo(path, { access: 'write', create: true, timeout: 100 }).catch(() => {});
    await ipc.close();
    expect([true, 'EBADF']).toContain(await open);
    await peer;
  });
});

describe('a backend that can only complete', () => {
  let ipc: Ipc;
  let backend: FakeBackend;
  beforeEach(() => {
    backend = new FakeBackend(new FakeWorld(), slow);
    ipc = ipcOf(backend);
  });

  test('does the form with a promise', async () => {
    const queue = await ipc.messageQueue('/q', { create: true, maxMessages: 2, messageBytes: 8 });
    const receive = queue.receive();
    await queue.send('x');
    expect((await receive).data).toEqual(Uint8Array.of(120));
    expect((await queue.attributes()).currentMessages).toBe(0);
    expect((await ipc.list()).map(({ name }) => name)).toEqual(['/q']);
    await queue.close();
    await ipc.close();
  });

  test('a timeout of 0 is an attempt there too', async () => {
    const semaphore = await ipc.semaphore({ value: 1 });
    expect(await failure(semaphore.wait({ timeout: 0 }))).toBe('EAGAIN');
    await semaphore.wait();
    expect(await failure(semaphore.wait({ timeout: 0 }))).toBe('EAGAIN');
  });

  test('the other forms say which to use', async () => {
    const semaphore = await ipc.semaphore({ value: 1 });
    const ring = await ipc.ring({});
    expect(() => semaphore.tryWait()).toThrow(/ENOTSUP.*timeout: 0/);
    expect(() => semaphore.waitSync()).toThrow(/ENOTSUP.*use wait\(\)/);
    expect(() => semaphore.postSync()).toThrow(/ENOTSUP/);
    expect(() => ipc.semaphoreSync({})).toThrow(/ENOTSUP/);
    expect(() => ipc.fifoSync('/f', { access: 'read' })).toThrow(/ENOTSUP/);
    expect(await failure(ring.claim(8))).toBe('ENOTSUP');
    expect(await failure(ring.peek())).toBe('ENOTSUP');
  });

  test('long writes go piece by piece, and stop with what went', async () => {
    const [reader, writer] = (await ipc.pipe({ capacityBytes: 4096 })) as [PipeReader, PipeWriter];
    const write = writer.write(new Uint8Array(10000));
    let got = 0;
    while (got < 10000) got += (await reader.read(3000)).length;
    expect(await write).toBe(10000);
    const controller = new AbortController();
    const cut = writer.write(new Uint8Array(10000), { signal: controller.signal });
    await new Promise((resolve) => setTimeout(resolve, 5));
    controller.abort('no');
    expect(await cut).toBe(4096);
  });

  test('disposal closes, though not at once', async () => {
    const semaphore = await ipc.semaphore({});
    semaphore[Symbol.dispose]();
    expect(semaphore.closed).toBe(true);
  });
});

describe('a thread that may not sleep', () => {
  test('has try forms, and Sync forms of what cannot wait', async () => {
    const ipc = ipcOf(new FakeBackend(new FakeWorld(), { sync: true, block: false, views: true, agent: 'thread' }));
    const semaphore = ipc.semaphoreSync({ value: 1 });
    expect(semaphore.tryWait()).toBe(true);
    expect(() => semaphore.waitSync({ timeout: 1 })).toThrow(/ENOTSUP.*use wait\(\)/);
    semaphore.postSync();
    expect(semaphore.getValueSync()).toBe(1);
    semaphore.closeSync();
    ipc.closeSync();
  });
});
