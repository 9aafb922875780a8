/** What is refused: a typed error that names what was wrong and what is allowed, the object as it was before. */
import { connect, type Ipc, type MessageQueue, type PipeReader, type PipeWriter, type Ring, type Semaphore } from 'sluice';
import { beforeEach, describe, expect, test } from 'vitest';
import { backend, bytes, fails, fresh, ownNamespace, pattern, refuses, same, start, turn } from './backends.js';
import { differs } from './divergences.js';
import { elsewhere, removeRegion } from './platform.js';

let ipc: Ipc;
beforeEach(async () => {
  ipc = await start();
});

// biome-ignore lint/suspicious/noExplicitAny: wrong types are the matter here
type Wrong = any;

describe('numbers', () => {
  /** Each option that takes one. */
  const options: [string, (value: Wrong) => unknown][] = [
    ['maxMessages', (value) => ipc.messageQueue(fresh('messageQueue'), { create: true, maxMessages: value })],
    ['messageBytes', (value) => ipc.messageQueue(fresh('messageQueue'), { create: true, messageBytes: value })],
    ['mode', (value) => ipc.messageQueue(fresh('messageQueue'), { create: true, mode: value })],
    ['value', (value) => ipc.semaphore({ value })],
    ['capacityBytes', (value) => ipc.pipe({ capacityBytes: value })],
    ['capacityBytes', (value) => ipc.ring({ capacityBytes: value })],
    ['recordBytes', (value) => ipc.ring({ recordBytes: value })],
  ];

  const mostOf: Record<string, number> = { mode: 0o7777, value: 2 ** 31 - 1 };

  test.each(options)('%s that is none is a TypeError', async (name, open) => {
    for (const value of ['7', null, {}, true, 7n])
      await refuses(() => open(value), TypeError, new RegExp(`${name} must be a number`));
  });

  test.each(options)('%s that is no u32 is a RangeError', async (name, open) => {
    for (const value of [-1, Number.NaN, 1.5, 2 ** 32, Number.POSITIVE_INFINITY]) {
      await refuses(
        () => open(value),
        RangeError,
        new RegExp(`${name} must be a whole number from [01] to ${mostOf[name] ?? 2 ** 32 - 1}, not`),
      );
    }
  });

  test('sizes of 0 are EINVAL, and say what is allowed', async () => {
    for (const [name, open] of options) {
      if (name === 'mode' || name === 'value') continue;
      const error = await fails(() => open(0), 'EINVAL');
      expect(error.message).toMatch(new RegExp(`${name} is 0, allowed are 1 to`));
    }
    await fails(() => ipc.semaphore({ mode: 0o10000 }), 'EINVAL');
  });

  test('timeouts', async () => {
    const semaphore = await ipc.semaphore({});
    for (const timeout of ['1', null, {}])
      await refuses(() => semaphore.wait({ timeout } as Wrong), TypeError, /timeout must be a number/);
    for (const timeout of [-1, Number.NaN])
      await refuses(() => semaphore.wait({ timeout }), RangeError, /timeout must be 0 or more/);
    await refuses(() => semaphore.wait({ signal: {} } as Wrong), TypeError, /signal must be an AbortSignal/);
    await refuses(() => semaphore.wait(5 as Wrong), TypeError, /options must be an object/);
    const { signal } = new AbortController();
    if (differs('mainThread')) return;
    await refuses(() => semaphore.waitSync({ timeout: -1 }), RangeError, /timeout/);
    await refuses(() => semaphore.waitSync({ signal } as Wrong), TypeError, /signal is not for a Sync form/);
  });

  test('a timeout longer than a timer can be waits', async () => {
    const semaphore = await ipc.semaphore({});
    const wait = semaphore.wait({ timeout: 2 ** 40 });
    await semaphore.post();
    await wait;
  });

  test('priorities, lengths', async () => {
    const queue = await ipc.messageQueue(fresh('messageQueue'), { create: true });
    await refuses(() => queue.send('x', { priority: '1' } as Wrong), TypeError, /priority must be a number/);
    await refuses(() => queue.send('x', { priority: -1 }), RangeError, /priority must be a whole number from 0 to 32767, not -1/);
    expect((await fails(() => queue.send('x', { priority: 40000 }), 'EINVAL')).message).toMatch(/40000.*0 to 32767/);
    for (const data of ['x', Uint8Array.of(1)]) {
      for (const priority of ['1', 1.5, Number.NaN, -1, 2 ** 32, null] as Wrong[]) {
        await refuses(() => queue.send(data, { priority }), typeof priority === 'number' ? RangeError : TypeError, /priority/);
        await refuses(
          async () => queue.trySend(data, { priority }),
          typeof priority === 'number' ? RangeError : TypeError,
          /priority/,
        );
      }
      await fails(async () => queue.trySend(data, { priority: 32768 }), 'EINVAL');
      for (const wrong of [5, null] as Wrong[])
        await refuses(() => queue.send(data, wrong), TypeError, /options must be an object/);
      await refuses(() => queue.send(data, { timeout: -1 }), RangeError, /timeout/);
    }
    expect(queue.tryReceive()).toBeUndefined();
    const [reader] = await ipc.pipe();
    await refuses(() => reader.read('1' as Wrong), TypeError, /maxBytes must be a number/);
    await refuses(() => reader.read(1.5), RangeError, /maxBytes/);
    const ring = await ipc.ring({});
    await refuses(() => ring.claim(Number.NaN), RangeError, /length/);
    await refuses(() => ring.receiveMany(-1), RangeError, /maxRecords/);
  });
});

describe('words', () => {
  test('options', async () => {
    for (const open of ['messageQueue', 'semaphore', 'ring', 'fifo'] as const)
      for (const wrong of [5, null]) await refuses(() => ipc[open]('/x', wrong as Wrong), TypeError, /options must be an object/);
    await refuses(() => (ipc.semaphore as Wrong)(), TypeError, /name must be a string, or options/);
    await refuses(() => ipc.messageQueue('/x', { create: 1 } as Wrong), TypeError, /create must be true or false/);
    await refuses(() => ipc.messageQueue('/x', { access: 'rw' } as Wrong), TypeError, /access must be 'read' or 'write'/);
    await refuses(() => ipc.fifo('/tmp/x', {} as Wrong), TypeError, /access must be 'read' or 'write'/);
    await refuses(() => ipc.fifo('/tmp/x', undefined as Wrong), TypeError, /options must be an object/);
    await refuses(() => ipc.ring({ producers: 'two' } as Wrong), TypeError, /producers must be 'one' or 'many'/);
    await fails(() => ipc.semaphore(fresh('semaphore'), { exclusive: true }), 'EINVAL');
  });
});

describe('data', () => {
  let queue: MessageQueue;
  let reader: PipeReader;
  let writer: PipeWriter;
  let ring: Ring;
  beforeEach(async () => {
    queue = await ipc.messageQueue(fresh('messageQueue'), { create: true });
    [reader, writer] = await ipc.pipe();
    ring = await ipc.ring({});
  });

  const sinks: [string, (data: Wrong) => unknown][] = [
    ['queue.send', (data) => queue.send(data)],
    ['writer.write', (data) => writer.write(data)],
    ['ring.send', (data) => ring.send(data)],
    ['ring.sendMany', (data) => ring.sendMany([data])],
    ['queue.receiveInto', (data) => queue.receiveInto(data)],
    ['reader.readInto', (data) => reader.readInto(data)],
    ['ring.receiveInto', (data) => ring.receiveInto(data)],
  ];

  test.each(sinks)('%s takes no numbers, objects, nothing', async (_, sink) => {
    for (const data of [42, null, undefined, {}, [1, 2], true]) {
      await refuses(() => sink(data), TypeError, /must be (a string, )?an ArrayBuffer or a view of one/);
    }
  });

  test.each(sinks)('%s takes nothing detached', async (_, sink) => {
    const data = pattern(9000);
    structuredClone(data, { transfer: [data.buffer] });
    await refuses(() => sink(data), TypeError, /detached/);
    await refuses(() => sink(new DataView(new ArrayBuffer(8)).buffer.slice(0) && data.buffer), TypeError, /detached/);
  });

  test.each(sinks)('%s takes no view whose buffer was resized below it', async (_, sink) => {
    const buffer = new (ArrayBuffer as Wrong)(9000, { maxByteLength: 9000 });
    const data = new Uint8Array(buffer, 8500, 100);
    buffer.resize(8000);
    await refuses(() => sink(data), TypeError, /resized/);
  });

  test.skipIf(differs('claims')).each(sinks)('%s takes no view of the region itself', async (_, sink) => {
    const slot = await ring.claim(100);
    const error = await fails(() => sink(slot.bytes), 'EINVAL');
    expect(error.message).toMatch(/region/);
    slot.abort();
  });

  test('a buffer that a ring had before is looked at again', async () => {
    const forms: ((data: Wrong) => unknown)[] = [
      (data) => ring.send(data),
      (data) => ring.receiveInto(data),
      (data) => ring.trySend(data),
      (data) => ring.tryReceiveInto(data),
    ];
    for (const form of forms) {
      for (const view of [pattern(90), new Uint16Array(45), new DataView(new ArrayBuffer(90))]) {
        await ring.send(pattern(90));
        await form(view);
        await ring.send(pattern(90));
        structuredClone(view, { transfer: [view.buffer as ArrayBuffer] });
        await refuses(() => form(view), TypeError, /detached/);
        while (ring.tryReceive() !== undefined);
      }
      const buffer = new (ArrayBuffer as Wrong)(90, { maxByteLength: 90 });
      const views = [new Uint8Array(buffer, 80, 10), new Uint16Array(buffer, 80, 5)];
      for (const view of views) {
        await ring.send('ab');
        await form(view);
      }
      buffer.resize(85);
      for (const view of views) await refuses(() => form(view), TypeError, /resized/);
      while (ring.tryReceive() !== undefined);
    }
  });

  test('options are looked at also where the call need not wait', async () => {
    for (const timeout of [-1, Number.NaN]) {
      await refuses(() => ring.send('x', { timeout }), RangeError, /timeout must be 0 or more/);
      await ring.send('x');
      await refuses(() => ring.receiveInto(new Uint8Array(9), { timeout }), RangeError, /timeout must be 0 or more/);
    }
    const blocking = differs('mainThread') ? [] : [() => ring.sendSync(pattern(9), { timeout: -1 })];
    if (blocking.length > 0) blocking.push(() => void ring.receiveIntoSync(pattern(9), { timeout: -1 }));
    for (const call of blocking) await refuses(call, RangeError, /timeout must be 0 or more/);
    while (ring.tryReceive() !== undefined);
    await ring.send('x');
    const aborted = AbortSignal.abort('left');
    await expect(ring.receiveInto(new Uint8Array(9), { signal: aborted })).rejects.toBe('left');
    expect(ring.tryReceive()?.length).toBe(1);
  });

  const targets: [string, (data: Wrong, options?: object) => Promise<unknown>, () => Promise<unknown>, () => unknown, boolean][] =
    [
      [
        'queue.receiveInto',
        (d, o) => queue.receiveInto(d, o),
        () => queue.send('abc'),
        () => queue.tryReceive(),
        differs('detachedTakes'),
      ],
      ['reader.readInto', (d, o) => reader.readInto(d, o), () => writer.write('abc'), () => reader.tryRead(), false],
      ['ring.receiveInto', (d, o) => ring.receiveInto(d, o), () => ring.send('abc'), () => ring.tryReceive(), false],
      [
        'ring.receiveMany',
        (into, o) => ring.receiveMany(9, { ...o, into }),
        () => ring.send('abc'),
        () => ring.tryReceive(),
        false,
      ],
    ];

  test('into is a buffer, or nothing', async () => {
    for (const into of [42, null, {}, 'text'] as Wrong[])
      await refuses(() => ring.receiveMany(9, { into }), TypeError, /into must be an ArrayBuffer or a view of one/);
    await refuses(() => ring.tryReceiveMany(9, 5 as Wrong), TypeError, /options must be an object/);
    const into = new Uint8Array(90);
    structuredClone(into, { transfer: [into.buffer] });
    await refuses(() => ring.receiveManySync(9, { into }), TypeError, /into is detached/);
    await ring.send('x');
    expect((await ring.receiveMany(9, { into: undefined })).length).toBe(1);
  });

  test.each(targets)('%s whose buffer goes away while it waits fails, and takes nothing', async (_, take, give, look, lost) => {
    const target = pattern(9000);
    const taken = take(target);
    const failed = refuses(() => taken, TypeError, /detached/);
    await Promise.resolve();
    structuredClone(target, { transfer: [target.buffer] });
    await give();
    await failed;
    expect(look() === undefined).toBe(lost);
  });

  test.each(targets)('%s whose buffer goes away settles all the same: timeout, abort, close', async (_, take) => {
    const gone = async (options: object): Promise<Promise<unknown>> => {
      const target = pattern(9000);
      const taken = take(target, options);
      taken.catch(() => {});
      await Promise.resolve();
      structuredClone(target, { transfer: [target.buffer] });
      return taken;
    };
    await fails(async () => gone({ timeout: 5 }), 'ETIMEDOUT');
    const controller = new AbortController();
    const aborted = gone({ signal: controller.signal });
    await turn();
    controller.abort('no');
    await expect(aborted).rejects.toBe('no');
    const closed = gone({});
    await turn();
    await Promise.all([queue, reader, ring].map((handle) => handle.close()));
    await fails(() => closed, 'EBADF');
  });

  test('a Uint8Array that lies of its length is taken as it is', async () => {
    class Lies extends Uint8Array {
      override get length(): number {
        return 8;
      }
    }
    const small = await ipc.messageQueue(fresh('messageQueue'), { create: true, maxMessages: 2, messageBytes: 8 });
    await fails(() => small.send(new Lies(20000)), 'EMSGSIZE');
    const worse = Object.setPrototypeOf(pattern(4000), Object.create(Uint8Array.prototype, { length: { value: 4 } }));
    const narrow = await ipc.ring({ capacityBytes: 256 });
    const behind = await ipc.semaphore({ value: 3 });
    for (const send of [() => narrow.send(worse), () => narrow.sendMany([worse])]) await send().catch(() => {});
    while (narrow.tryReceive());
    expect(await behind.getValue()).toBe(3);
    const target = new Lies(20000);
    await queue.send('abc');
    await queue.receiveInto(target);
    expect(Array.from(target.subarray(0, 3))).toEqual([97, 98, 99]);
    expect((await queue.attributes()).currentMessages).toBe(0);
  });

  // a page's worker has no realm but its own
  test.skipIf(differs('realms'))('a buffer of another realm is one', async () => {
    await queue.send(elsewhere('new Uint8Array([1, 2, 3]).buffer') as ArrayBuffer);
    expect(Array.from((await queue.receive()).data)).toEqual([1, 2, 3]);
  });

  test('a buffer that is written may go away while the call waits', async () => {
    const { capacityBytes } = await writer.attributes();
    const source = pattern(2 * capacityBytes);
    const write = writer.write(source);
    await Promise.resolve();
    structuredClone(source, { transfer: [source.buffer] });
    let read = 0;
    for (let chunk = reader.tryRead(); chunk?.length; chunk = reader.tryRead()) read += chunk.length;
    expect(read).toBeGreaterThan(0);
    expect(await write).toBeGreaterThanOrEqual(read);
    await writer.write('whole');
  });

  test('with a signal that is aborted already nothing is taken, sent or made', async () => {
    const signal = AbortSignal.abort('before');
    await Promise.all([queue.send('x'), writer.write('x'), ring.send('x')]);
    const path = fresh('fifo');
    const calls = [
      () => queue.receive({ signal }),
      () => queue.receiveInto(new Uint8Array(9000), { signal }),
      () => queue.send('y', { signal }),
      () => queue.notify({ signal }),
      () => reader.read(9, { signal }),
      () => reader.readInto(new Uint8Array(9), { signal }),
      () => writer.write('y', { signal }),
      () => ring.receive({ signal }),
      () => ring.receiveMany(9, { signal }),
      () => ring.send('y', { signal }),
      () => ring.sendMany(['y'], { signal }),
      () => ipc.fifo(path, { access: 'read', create: true, signal }),
    ];
    for (const call of calls) await expect(call()).rejects.toBe('before');
    expect([(await queue.attributes()).currentMessages, (await ring.attributes()).currentRecords]).toEqual([1, 1]);
    expect((await writer.attributes()).readableBytes).toBe(1);
    await fails(() => ipc.fifo(path, { access: 'read', nonBlocking: true }), 'ENOENT');
  });

  test("a ring with 'many' on a side needs recordBytes, one that is too large says what is allowed", async () => {
    const error = await fails(() => ipc.ring({ producers: 'many' }), 'EINVAL');
    expect(error.message).toMatch(/recordBytes must be given/);
    const large = await fails(() => ipc.ring({ capacityBytes: 2 ** 32 - 1 }), 'EINVAL');
    expect(large.message).toMatch(/capacityBytes 4294967295, .* at most 2147483648/);
  });

  test('records is an array', async () => {
    await refuses(() => ring.sendMany('abc' as Wrong), TypeError, /records must be an array/);
    await refuses(() => ring.sendMany([bytes(1), 7 as Wrong]), TypeError, /records\[1\]/);
    expect(ring.tryReceive()).toBeUndefined();
  });
});

describe('sizes whose product is beyond 64 bits', () => {
  test('are refused, and nothing else is touched', async () => {
    const name = fresh('messageQueue');
    const open = () => ipc.messageQueue(name, { create: true, maxMessages: 2 ** 32 - 16, messageBytes: 2 ** 32 - 1 });
    const error = await open().catch((caught) => caught);
    expect(['ENOSPC', 'EINVAL', 'ENOMEM']).toContain(error.code);
    const [r, w] = await ipc.pipe({ capacityBytes: 4096 });
    expect(w.tryWrite(pattern(4096))).toBe(4096);
    same(r.tryRead(4096)!, pattern(4096));
  });
});

describe('tickets', () => {
  const isNone = [undefined, null, 42, 'x', {}, [], { kind: 'semaphore' }, { kind: 1, data: 2 }];

  test('what is none', async () => {
    for (const ticket of isNone) await refuses(() => ipc.open(ticket as Wrong), TypeError, /ticket must be/);
  });

  test('forged and damaged ones', async () => {
    const semaphore: Semaphore = await ipc.semaphore({ value: 1 });
    const ticket = await semaphore.ticket();
    const { data } = ticket;
    const forged = [
      { ...ticket, kind: 'door' },
      { ...ticket, kind: 'toString' },
      { ...ticket, backend: 'nats' },
      { ...ticket, data: '' },
      { ...ticket, data: data.slice(0, -4) },
      { ...ticket, data: data.slice(0, 4) },
      { ...ticket, data: `${data}AAAA` },
      { ...ticket, data: `*${data.slice(1)}` },
      { ...ticket, data: 'A'.repeat(4000) },
      { ...ticket, kind: 'messageQueue' },
      { ...ticket, kind: 'ring' },
    ];
    const differ = forged.filter((each) => each.data !== data || each.kind !== ticket.kind || each.backend !== ticket.backend);
    for (const each of differ) await fails(() => ipc.open(each as Wrong), 'EINVAL');
    const random = pattern(64);
    for (let i = 0; i < 300; i++) {
      random[i % 64] = (random[i % 64]! * 5 + i) & 255;
      const noise = btoa(String.fromCharCode(...random.subarray(0, 1 + (i % 64))));
      const error = await ipc.open({ ...ticket, data: noise }).then(
        () => undefined,
        (reason) => reason,
      );
      expect(['EINVAL', 'ESTALE', 'ENOENT']).toContain(error?.code);
    }
    expect(await semaphore.getValue()).toBe(1);
  });

  test('of another region', async () => {
    const other = await connect({ backend, sizeBytes: 1 << 20, ...(backend === 'native' ? { namespace: ownNamespace } : {}) });
    const tickets = [await (await other.semaphore({ value: 9 })).ticket(), await (await other.ring({})).ticket()];
    await Promise.all([ipc.semaphore({ value: 1 }), ipc.ring({})]);
    for (const ticket of tickets) await fails(() => ipc.open(ticket), 'ESTALE');
    await other.close();
    removeRegion(ownNamespace);
  });

  test('of what is gone', async () => {
    const semaphore = await ipc.semaphore({ value: 1 });
    const ticket = await semaphore.ticket();
    await semaphore.close();
    await fails(() => ipc.open(ticket), 'ESTALE');
    const [reader, writer] = await ipc.pipe();
    const end = await reader.ticket();
    await reader.close();
    await writer.close();
    await fails(() => ipc.open(end), 'ESTALE');
  });
});

describe('limits', () => {
  test('a pipe beyond what there can be: the error names what was asked', async () => {
    const error = await ipc.pipe({ capacityBytes: 2 ** 31 }).catch((caught) => caught);
    expect(['EINVAL', 'ENOSPC']).toContain(error.code);
    expect(error.message).toMatch(/2147483648 bytes/);
  });

  test('a full region refuses the next object, and has room again', async () => {
    const rings: Ring[] = [];
    const error = await fails(async () => {
      for (let i = 0; i < 1000; i++) rings.push(await ipc.ring({ capacityBytes: 1 << 20 }));
    }, 'ENOSPC');
    expect(error.syscall).toBe('ring_open');
    expect(error.message).toMatch(/no room/);
    expect(error.message).toMatch(/sizeBytes/);
    expect(rings.length).toBeGreaterThan(5);
    await rings.pop()!.close();
    await ipc.ring({ capacityBytes: 1 << 20 });
  });
});
