/** Handles from open to close: what is pending, tickets, disposal, the process they keep alive. */
import { type Handle, type Ipc, IpcError, type MessageQueue, type PipeReader, type PipeWriter, type Semaphore } from 'sluice';
import { beforeEach, describe, expect, test } from 'vitest';
import { another, bytes, fails, fresh, start, text, waits } from './backends.js';
import { differs } from './divergences.js';

let ipc: Ipc;
beforeEach(async () => {
  ipc = await start();
});

/** Looked at from the start: a rejection that nobody awaits yet would end the process. */
const allFail = (pending: Promise<unknown>[]) => Promise.all(pending.map((each) => fails(() => each, 'EBADF')));

const makers: [string, () => Promise<Handle>][] = [
  ['semaphore', () => ipc.semaphore({})],
  ['messageQueue', () => ipc.messageQueue(fresh('messageQueue'), { create: true })],
  ['pipeReader', async () => (await ipc.pipe())[0]],
  ['pipeWriter', async () => (await ipc.pipe())[1]],
  ['ring', () => ipc.ring({})],
];

describe.each(makers)('%s', (kind, make) => {
  test('says what it is', async () => {
    const handle = await make();
    expect(handle.kind).toBe(kind);
    expect(handle.closed).toBe(false);
  });

  test('closes once; everything afterwards is EBADF', async () => {
    const handle = await make();
    await handle.close();
    await handle.close();
    handle.closeSync();
    expect(handle.closed).toBe(true);
    await fails(() => handle.ticket(), 'EBADF');
    await fails(() => handle.ticketSync(), 'EBADF');
    const methods = ['wait', 'post', 'getValue', 'receive', 'send', 'read', 'write', 'attributes', 'claim', 'peek', 'notify'];
    for (const name of methods) {
      const method = (handle as unknown as Record<string, ((...args: unknown[]) => unknown) | undefined>)[name];
      if (!method) continue;
      const error = await fails(() => method.call(handle, name === 'claim' ? 8 : name === 'read' ? 1 : 'data'), 'EBADF');
      expect(error.message).toContain('closed');
    }
  });

  test('closes at the end of a using block', async () => {
    const handle = await make();
    {
      using held = handle;
      expect(held.closed).toBe(false);
    }
    expect(handle.closed).toBe(true);
    const other = await make();
    {
      await using held = other;
      expect(held.closed).toBe(false);
    }
    expect(other.closed).toBe(true);
  });

  test('closes with its ipc', async () => {
    const handle = await make();
    await ipc.close();
    expect(handle.closed).toBe(true);
    await fails(() => handle.ticket(), 'EBADF');
    await handle.close();
  });

  test('a ticket opens it again, after JSON too', async () => {
    const handle = await make();
    const ticket = JSON.parse(JSON.stringify(await handle.ticket()));
    const twin = await ipc.open(ticket);
    expect([twin.kind, twin.name]).toEqual([handle.kind, handle.name]);
    await twin.close();
    expect(handle.closed).toBe(false);
  });
});

describe('pending calls', () => {
  test('reject with EBADF at close, in the backend or queued', async () => {
    const semaphore = await ipc.semaphore({});
    const all = [semaphore.wait(), semaphore.wait(), semaphore.wait({ timeout: 5000 })];
    const ended = allFail(all);
    await waits(all[0]!);
    await semaphore.close();
    await ended;
  });

  test('have rejected when any close has resolved', async () => {
    const semaphore = await ipc.semaphore({});
    const order: string[] = [];
    const wait = semaphore.wait().catch(() => order.push('wait'));
    await waits(wait);
    await Promise.all([1, 2].map(() => semaphore.close().then(() => order.push('close'))));
    expect(order).toEqual(['wait', 'close', 'close']);
  });

  test('reject at closeSync', async () => {
    const queue = await ipc.messageQueue(fresh('messageQueue'), { create: true });
    const receive = queue.receive();
    const ended = allFail([receive, queue.notify()]);
    await waits(receive);
    queue.closeSync();
    await ended;
  });

  test('reject when the ipc closes, opens included', async () => {
    const [reader] = await ipc.pipe();
    const all = [reader.read(), reader.read(), ipc.fifo(fresh('fifo'), { access: 'read', create: true })];
    const ended = allFail(all);
    await waits(all[2]!);
    await ipc.close();
    await ended;
    await fails(() => ipc.semaphore({}), 'EBADF');
    await fails(() => ipc.list(), 'EBADF');
    await fails(() => ipc.ticket(), 'EBADF');
    await fails(() => ipc.semaphoreSync({}), 'EBADF');
  });

  test('a long write cut short by close gives what went', async () => {
    const [, writer] = await ipc.pipe({ capacityBytes: 65536 });
    const write = writer.write(new Uint8Array(1 << 20));
    await waits(write);
    await writer.close();
    expect(await write).toBeGreaterThanOrEqual(65536);
  });

  test('an iteration just ends', async () => {
    const [reader] = await ipc.pipe();
    const seen: Uint8Array[] = [];
    const loop = (async () => {
      for await (const chunk of reader) seen.push(chunk);
    })();
    await waits(loop);
    await reader.close();
    await loop;
    expect(seen).toEqual([]);
  });

  test('an iteration fails with what its calls fail with', async () => {
    const name = fresh('messageQueue');
    const queue = await ipc.messageQueue(name, { create: true, nonBlocking: true });
    await fails(async () => {
      for await (const _ of queue);
    }, 'EAGAIN');
    expect(queue.closed).toBe(false);
    const path = fresh('fifo');
    const reader = await ipc.fifo(path, { access: 'read', create: true, nonBlocking: true });
    const writer = await ipc.fifo(path, { access: 'write' });
    await fails(async () => {
      for await (const _ of reader);
    }, 'EAGAIN');
    await writer.close();
  });

  test('closing one handle leaves others of the object alone', async () => {
    const name = fresh('semaphore');
    const first = await ipc.semaphore(name, { create: true });
    const second = await ipc.semaphore(name);
    const [lost, kept] = [first.wait(), second.wait()];
    await waits(kept);
    await first.close();
    await fails(() => lost, 'EBADF');
    await second.post();
    await kept;
  });
});

describe('tickets', () => {
  test('bring anonymous objects to another agent', async () => {
    const other = await another(ipc);
    expect(other.backend).toBe(ipc.backend);
    const semaphore = await ipc.semaphore({});
    const there = (await other.open(await semaphore.ticket())) as Semaphore;
    const wait = there.wait();
    await waits(wait);
    await semaphore.post();
    await wait;
    const [reader, writer] = await ipc.pipe();
    const farWriter = (await other.open(await writer.ticket())) as PipeWriter;
    await writer.close();
    await farWriter.write('hello');
    expect(text(await reader.read())).toBe('hello');
    await other.close();
    expect((await reader.read()).length).toBe(0);
  });

  test("of a FIFO's writer need a reader, as open(2) does", async () => {
    const path = fresh('fifo');
    const [reader, writer] = await Promise.all([
      ipc.fifo(path, { access: 'read', create: true }),
      ipc.fifo(path, { access: 'write', create: true }),
    ]);
    const ticket = await writer.ticket();
    await (await ipc.open(ticket)).close();
    await reader.close();
    await fails(() => ipc.open(ticket), 'ENXIO');
  });

  test("of a pipe's writer need none", async () => {
    const [reader, writer] = await ipc.pipe();
    await reader.close();
    const twin = await ipc.open(await writer.ticket());
    await fails(() => twin.write('x'), 'EPIPE');
  });

  test('are stale when another object has taken the name', async () => {
    const opens = {
      semaphore: (name: string) => ipc.semaphore(name, { create: true }),
      messageQueue: (name: string) => ipc.messageQueue(name, { create: true, maxMessages: 1, messageBytes: 8 }),
    };
    for (const kind of ['semaphore', 'messageQueue'] as const) {
      const name = fresh(kind);
      const first = await opens[kind](name);
      const ticket = await first.ticket();
      await (await ipc.open(ticket)).close();
      await first.close();
      await ipc.unlink(name, kind);
      await fails(() => ipc.open(ticket), 'ESTALE');
      await opens[kind](name);
      await fails(() => ipc.open(ticket), 'ESTALE');
    }
  });

  test.skipIf(differs('ticketsOfEnds'))("open a FIFO's end for who waits for it in open", async () => {
    const path = fresh('fifo');
    const reader = await ipc.fifo(path, { access: 'read', create: true, nonBlocking: true });
    const writer = await ipc.fifo(path, { access: 'write' });
    const ticket = await writer.ticket();
    await writer.close();
    await reader.close();
    const open = ipc.fifo(path, { access: 'read' });
    await waits(open);
    const twin = (await ipc.open(ticket)) as PipeWriter;
    await twin.write('in');
    expect(text(await (await open).read())).toBe('in');
  });

  test('keep no pipe end open', async () => {
    const [reader, writer] = await ipc.pipe();
    await writer.ticket();
    const read = reader.read();
    await waits(read);
    await writer.close();
    expect((await read).length).toBe(0);
  });

  test('are good for a queue and its limits', async () => {
    const queue = await ipc.messageQueue(fresh('messageQueue'), { create: true, maxMessages: 3, messageBytes: 32 });
    const twin = (await ipc.open(await queue.ticket())) as MessageQueue;
    expect([twin.maxMessages, twin.messageBytes]).toEqual([3, 32]);
    await queue.send(bytes(1));
    expect((await twin.receive()).data).toEqual(bytes(1));
    const reader = (await ipc.open(await (await ipc.pipe())[0].ticket())) as PipeReader;
    expect(reader.kind).toBe('pipeReader');
  });
});

test('an error is an IpcError with all its parts', async () => {
  const error = await fails(() => ipc.semaphore('/none-such'), 'ENOENT');
  expect(error).toBeInstanceOf(IpcError);
  expect(error).toMatchObject({ name: 'IpcError', code: 'ENOENT', errno: -2, syscall: 'sem_open', path: '/none-such' });
});
