/** The forms of each operation: x() everywhere, tryX() and xSync() where the backend can. */
import type { Ipc } from 'sluice';
import { beforeEach, describe, expect, test } from 'vitest';
import { bytes, fails, failsSync, fresh, pattern, start, waits } from './backends.js';
import { differs } from './divergences.js';

let ipc: Ipc;
beforeEach(async () => {
  ipc = await start();
});

/** An operation that waits until `allow` let it go on. */
interface Waiting {
  name: string;
  make(): Promise<{
    call(options?: object): Promise<unknown>;
    attempt(): unknown;
    block(options: object): unknown;
    allow(): unknown;
  }>;
}

const queue = () => ipc.messageQueue(fresh('messageQueue'), { create: true, maxMessages: 1, messageBytes: 16 });

const operations: Waiting[] = [
  {
    name: 'semaphore.wait',
    async make() {
      const s = await ipc.semaphore({});
      return {
        call: (o) => s.wait(o),
        attempt: () => s.tryWait() || undefined,
        block: (o) => s.waitSync(o),
        allow: () => s.post(),
      };
    },
  },
  {
    name: 'queue.receive',
    async make() {
      const q = await queue();
      return {
        call: (o) => q.receive(o),
        attempt: () => q.tryReceive(),
        block: (o) => q.receiveSync(o),
        allow: () => q.send('x'),
      };
    },
  },
  {
    name: 'queue.receiveInto',
    async make() {
      const q = await queue();
      const buffer = new Uint8Array(16);
      return {
        call: (o) => q.receiveInto(buffer, o),
        attempt: () => q.tryReceiveInto(buffer),
        block: (o) => q.receiveIntoSync(buffer, o),
        allow: () => q.send('x'),
      };
    },
  },
  {
    name: 'queue.send',
    async make() {
      const q = await queue();
      await q.send('full');
      return {
        call: (o) => q.send('x', o),
        attempt: () => q.trySend('x') || undefined,
        block: (o) => q.sendSync('x', o),
        allow: () => q.receive(),
      };
    },
  },
  {
    name: 'reader.read',
    async make() {
      const [r, w] = await ipc.pipe();
      return {
        call: (o) => r.read(1, o),
        attempt: () => r.tryRead(1),
        block: (o) => r.readSync(1, o),
        allow: () => w.write('x'),
      };
    },
  },
  {
    name: 'reader.readInto',
    async make() {
      const [r, w] = await ipc.pipe();
      const buffer = new Uint8Array(1);
      return {
        call: (o) => r.readInto(buffer, o),
        attempt: () => r.tryReadInto(buffer),
        block: (o) => r.readIntoSync(buffer, o),
        allow: () => w.write('x'),
      };
    },
  },
  {
    name: 'writer.write',
    async make() {
      const [r, w] = await ipc.pipe();
      const { capacityBytes } = await w.attributes();
      await w.write(new Uint8Array(capacityBytes));
      const data = new Uint8Array(4096);
      return {
        call: (o) => w.write(data, o),
        attempt: () => w.tryWrite(data),
        block: (o) => w.writeSync(data, o),
        allow: () => r.read(4096),
      };
    },
  },
  {
    name: 'ring.receive',
    async make() {
      const r = await ipc.ring({});
      return {
        call: (o) => r.receive(o),
        attempt: () => r.tryReceive(),
        block: (o) => r.receiveSync(o),
        allow: () => r.send('x'),
      };
    },
  },
  {
    name: 'ring.receiveMany',
    async make() {
      const r = await ipc.ring({});
      return {
        call: (o) => r.receiveMany(1, o),
        attempt: () => r.tryReceiveMany(1),
        block: (o) => r.receiveManySync(1, o),
        allow: () => r.send('x'),
      };
    },
  },
  {
    name: 'ring.send',
    async make() {
      const r = await ipc.ring({ capacityBytes: 4096 });
      while (r.trySend(pattern(64)));
      return {
        call: (o) => r.send(pattern(64), o),
        attempt: () => r.trySend(pattern(64)) || undefined,
        block: (o) => r.sendSync(pattern(64), o),
        allow: () => r.receive(),
      };
    },
  },
];

describe.each(operations)('$name', ({ name, make }) => {
  test('waits until it may go on', async () => {
    const { call, allow } = await make();
    const pending = call();
    await waits(pending);
    await allow();
    await pending;
  });

  test('tryX tells where it would have to wait', async () => {
    const { attempt, allow } = await make();
    expect(attempt()).toBeUndefined();
    await allow();
    expect(attempt()).not.toBeUndefined();
  });

  test('xSync waits, or names the form to use', async () => {
    const { block, allow } = await make();
    await failsSync(() => block({ timeout: 5 }), 'ETIMEDOUT');
    await failsSync(() => block({ timeout: 0 }), 'EAGAIN');
    await allow();
    if (!differs('mainThread')) block({});
    else expect((await fails(() => block({}), 'ENOTSUP')).message).toMatch(new RegExp(`use ${name.split('.')[1]}\\(\\)`));
  });

  test('tryX does not overtake', async () => {
    const { call, attempt, allow } = await make();
    const first = call();
    const second = call({ timeout: 1000 });
    await waits(first);
    expect(attempt()).toBeUndefined();
    await fails(() => call({ timeout: 0 }), 'EAGAIN');
    await allow();
    await first;
    await waits(second);
    await allow();
    await second;
    await allow();
    expect(attempt()).not.toBeUndefined();
  });

  test('a thousand pending calls, some given up', async () => {
    const { call, allow } = await make();
    const controller = new AbortController();
    const calls = Array.from({ length: 1000 }, (_, i) => call(i % 10 === 0 ? {} : { signal: controller.signal }));
    const all = Promise.allSettled(calls);
    await waits(calls[0]!);
    controller.abort('no');
    for (let i = 0; i < 100; i++) {
      await allow();
      await calls[i * 10];
    }
    const settled = await all;
    expect(settled.filter(({ status }) => status === 'fulfilled').length).toBe(100);
  });

  test('an iteration of timeouts leaves it working', async () => {
    const { call, allow } = await make();
    await Promise.all(Array.from({ length: 20 }, (_, i) => fails(() => call({ timeout: 1 + (i % 5) }), 'ETIMEDOUT')));
    await allow();
    await call();
  });
});

test('what cannot wait has both forms, with the same answers', async () => {
  const semaphore = ipc.semaphoreSync({ value: 1 });
  await semaphore.post();
  semaphore.postSync();
  expect([await semaphore.getValue(), semaphore.getValueSync()]).toEqual([3, 3]);
  const name = fresh('messageQueue');
  const made = ipc.messageQueueSync(name, { create: true, maxMessages: 2, messageBytes: 8 });
  expect(made.attributesSync()).toEqual(await made.attributes());
  const [reader, writer] = ipc.pipeSync({ capacityBytes: 4096 });
  writer.tryWrite(bytes(1));
  expect(reader.tryRead()).toEqual(bytes(1));
  ipc.ringSync({ capacityBytes: 4096 }).closeSync();
  const twin = ipc.openSync(semaphore.ticketSync());
  expect(twin.kind).toBe('semaphore');
  twin.closeSync();
  ipc.unlinkSync(name, 'messageQueue');
  expect(ipc.listSync().map((each) => each.name)).not.toContain(name);
});
