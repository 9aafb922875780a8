/** poll(2): ready() of each kind in each direction, and select() of several. */
import type { Handle, Ipc } from 'sluice';
import { beforeEach, describe, expect, test } from 'vitest';
import { startAgent } from './agents.js';
import { backend, bytes, fails, failsSync, fresh, refuses, start, waits } from './backends.js';
import { where } from './platform.js';

let ipc: Ipc;
beforeEach(async () => {
  ipc = await start();
});

interface Kind {
  name: string;
  /** Whose `'read'` and `'write'` are to be ready; empty. */
  make(): Promise<{ taker: Handle; giver: Handle; take(): unknown; give(): unknown; most: number }>;
}

const kinds: Kind[] = [
  {
    name: 'queue',
    async make() {
      const queue = await ipc.messageQueue(fresh('messageQueue'), { create: true, maxMessages: 2, messageBytes: 16 });
      return { taker: queue, giver: queue, take: () => queue.tryReceive(), give: () => queue.trySend('x'), most: 2 };
    },
  },
  {
    name: 'pipe',
    async make() {
      const [taker, giver] = await ipc.pipe({ capacityBytes: 4096 });
      return { taker, giver, take: () => taker.tryRead(4096), give: () => giver.tryWrite(bytes(...Array(4096).keys())), most: 1 };
    },
  },
  {
    name: 'FIFO',
    async make() {
      const path = fresh('fifo');
      const [taker, giver] = await Promise.all([
        ipc.fifo(path, { access: 'read', create: true, capacityBytes: 4096 }),
        ipc.fifo(path, { access: 'write', create: true, capacityBytes: 4096 }),
      ]);
      return { taker, giver, take: () => taker.tryRead(4096), give: () => giver.tryWrite(bytes(...Array(4096).keys())), most: 1 };
    },
  },
  {
    name: 'ring of bytes',
    async make() {
      const ring = await ipc.ring({ capacityBytes: 256 });
      const { recordBytes } = await ring.attributes();
      return {
        taker: ring,
        giver: ring,
        take: () => ring.tryReceive(),
        give: () => ring.trySend(new Uint8Array(recordBytes)),
        most: 2,
      };
    },
  },
  {
    name: 'ring of cells',
    async make() {
      const ring = await ipc.ring({ capacityBytes: 32, recordBytes: 16, producers: 'many', consumers: 'many' });
      return { taker: ring, giver: ring, take: () => ring.tryReceive(), give: () => ring.trySend('x'), most: 2 };
    },
  },
  {
    name: 'semaphore without a name',
    async make() {
      const semaphore = await ipc.semaphore({});
      return { taker: semaphore, giver: semaphore, take: () => semaphore.tryWait(), give: () => semaphore.post(), most: 3 };
    },
  },
];

describe.each(kinds)('$name', ({ make }) => {
  test('to take: when there is something, and it stays there', async () => {
    const { taker, take, give } = await make();
    expect(taker.tryReady('read')).toBe(false);
    await fails(() => taker.ready('read', { timeout: 0 }), 'EAGAIN');
    await fails(() => taker.ready('read', { timeout: 5 }), 'ETIMEDOUT');
    const ready = [taker.ready('read'), taker.ready('read')];
    await waits(ready[0]!);
    await give();
    await Promise.all(ready);
    expect(taker.tryReady('read')).toBe(true);
    expect(take()).toBeTruthy();
    expect(taker.tryReady('read')).toBe(false);
  });

  test('to put: when there is room', async () => {
    const { giver, take, give, most } = await make();
    let given = 0;
    for (; given < 3 && giver.tryReady('write'); given++) expect(await give()).not.toBe(false);
    expect(given).toBeGreaterThan(0);
    expect(given).toBeLessThanOrEqual(most);
    if (given === 3) return; // a semaphore is never full
    expect(await give()).toBeFalsy();
    const ready = giver.ready('write');
    await waits(ready);
    take();
    await ready;
  });

  test('one direction does not wait for the other, an abort ends one of them', async () => {
    const { taker, giver, give } = await make();
    const controller = new AbortController();
    const aborted = taker.ready('read', { signal: controller.signal });
    const stays = taker.ready('read');
    await giver.ready('write');
    await waits(aborted);
    controller.abort('no');
    await expect(aborted).rejects.toBe('no');
    await waits(stays);
    await give();
    await stays;
  });

  test('blocks, where a thread may', async () => {
    const { taker, giver, give } = await make();
    if (where === 'page') return failsSync(() => taker.readySync('read'), 'ENOTSUP').then(() => {});
    await failsSync(() => taker.readySync('read', { timeout: 5 }), 'ETIMEDOUT');
    giver.readySync('write');
    await give();
    taker.readySync('read');
  });

  test('closing rejects what waits', async () => {
    const { taker } = await make();
    const ready = taker.ready('read');
    await waits(ready);
    await taker.close();
    await fails(() => ready, 'EBADF');
    await fails(() => taker.ready('read'), 'EBADF');
  });
});

describe('ready', () => {
  test('does not take the turn of who waits', async () => {
    const queue = await ipc.messageQueue(fresh('messageQueue'), { create: true });
    const other = await startAgent(ipc, 'worker');
    const received = queue.receive();
    const ready = queue.ready('read');
    await waits(received);
    await waits(ready);
    await other.run(({ ipc }, name) => ipc.messageQueueSync(name).sendSync('x'), queue.name!);
    await received;
    await queue.send('y');
    await ready;
  });

  test('of a reader: at the end of file; of a writer: when no reader is left', async () => {
    const [reader, writer] = await ipc.pipe({ capacityBytes: 4096 });
    const end = reader.ready('read');
    await waits(end);
    await writer.close();
    await end;
    expect((await reader.read(1)).length).toBe(0);
    const [otherReader, otherWriter] = await ipc.pipe({ capacityBytes: 4096 });
    await otherWriter.write(new Uint8Array(4096));
    const broken = otherWriter.ready('write');
    await waits(broken);
    await otherReader.close();
    await broken;
    await fails(() => otherWriter.write('x'), 'EPIPE');
  });

  test('of a FIFO that no writer has come to: not its end', async () => {
    const path = fresh('fifo');
    const reader = await ipc.fifo(path, { access: 'read', create: true, nonBlocking: true });
    expect(reader.tryReady('read')).toBe(false);
    const writer = await ipc.fifo(path, { access: 'write' });
    expect(reader.tryReady('read')).toBe(false);
    await writer.close();
    await reader.ready('read');
  });

  test('a handle that is not open in that direction', async () => {
    const [reader, writer] = await ipc.pipe();
    await fails(() => reader.ready('write'), 'EBADF');
    await fails(() => writer.ready('read'), 'EBADF');
    await refuses(() => reader.ready('both' as 'read'), TypeError, /direction must be 'read' or 'write', not the string "both"/);
  });

  test('a named semaphore', async () => {
    const semaphore = await ipc.semaphore(fresh('semaphore'), { create: true, value: 1 });
    if (backend === 'wasm') expect(semaphore.tryReady('read')).toBe(true);
    else expect((await fails(() => semaphore.ready('read'), 'ENOTSUP')).message).toMatch(/no descriptor/);
  });
});

describe('select', () => {
  test('tells which of several are ready, of any kind', async () => {
    const all = await Promise.all(kinds.map(({ make }) => make()));
    const watched = all.map(({ taker }) => [taker, 'read'] as const);
    expect(ipc.trySelect(watched)).toEqual([]);
    for (const { give } of [all[1]!, all[3]!]) await give();
    expect(await ipc.select(watched)).toEqual([watched[1], watched[3]]);
    expect(ipc.trySelect(watched)).toEqual([watched[1], watched[3]]);
    all[1]!.take();
    all[3]!.take();
    for (const [i, { give, take }] of all.entries()) {
      const selected = ipc.select(watched);
      await waits(selected);
      await give();
      expect(await selected).toEqual([watched[i]]);
      take();
    }
  });

  test('both directions of one handle', async () => {
    const queue = await ipc.messageQueue(fresh('messageQueue'), { create: true, maxMessages: 1 });
    const watched = [
      [queue, 'read'],
      [queue, 'write'],
    ] as const;
    expect(await ipc.select(watched)).toEqual([watched[1]]);
    await queue.send('x');
    expect(await ipc.select(watched)).toEqual([watched[0]]);
  });

  test('times out, aborts, fails with one that fails; leaves nothing', async () => {
    const queue = await ipc.messageQueue(fresh('messageQueue'), { create: true });
    const ring = await ipc.ring({});
    const watched = [
      [queue, 'read'],
      [ring, 'read'],
    ] as const;
    await fails(() => ipc.select(watched, { timeout: 0 }), 'EAGAIN');
    await fails(() => ipc.select(watched, { timeout: 5 }), 'ETIMEDOUT');
    const controller = new AbortController();
    const aborted = ipc.select(watched, { signal: controller.signal });
    await waits(aborted);
    controller.abort('no');
    await expect(aborted).rejects.toBe('no');
    const closed = ipc.select(watched);
    await waits(closed);
    await ring.close();
    await fails(() => closed, 'EBADF');
    await fails(() => ipc.select(watched), 'EBADF');
    await queue.close();
  });

  test('many share a signal', async () => {
    const ring = await ipc.ring({});
    const controller = new AbortController();
    const all = Array.from({ length: 12 }, () => ipc.select([[ring, 'read']], { signal: controller.signal }));
    await waits(all[11]!);
    await ring.send('for who looks');
    await Promise.all(all);
  });

  test('not while a record is filled or read in place', async () => {
    const ring = await ipc.ring({ capacityBytes: 256 });
    if (backend === 'native') return fails(() => ring.claim(8), 'ENOTSUP').then(() => {});
    const slot = await ring.claim(8);
    expect(ring.tryReady('write')).toBe(false);
    const room = ring.ready('write');
    await waits(room);
    slot.commit();
    await room;
    const record = await ring.peek();
    const next = ring.ready('read');
    await waits(next);
    await ring.send('another');
    await waits(next);
    record.release();
    await next;
  });

  test('refuses nothing, and what is no handle', async () => {
    await fails(() => ipc.select([]), 'EINVAL');
    for (const wrong of [undefined, 'x', [1], [[{}, 'read']]])
      await refuses(() => ipc.select(wrong as never), TypeError, /select takes an array of \[handle, 'read' or 'write'\]/);
  });
});
