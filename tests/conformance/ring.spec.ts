/** Rings: the design's API; POSIX has none. */
import type { Ipc, Ring } from 'sluice';
import { beforeEach, describe, expect, test } from 'vitest';
import { bytes, fails, failsSync, fresh, pattern, soon, start, text, turn, waits } from './backends.js';
import { differs } from './divergences.js';

let ipc: Ipc;
beforeEach(async () => {
  ipc = await start();
});

const shapes = [
  { producers: 'one', consumers: 'one' },
  { producers: 'many', consumers: 'one', recordBytes: 256 },
  { producers: 'one', consumers: 'many', recordBytes: 256 },
  { producers: 'many', consumers: 'many', recordBytes: 256 },
] as const;
const make = (options = {}): Promise<Ring> => ipc.ring({ capacityBytes: 8192, ...options });

/** Fills it up; how many went. */
function fill(ring: Ring, record: Uint8Array): number {
  for (let count = 0; ; count++) if (!ring.trySend(record)) return count;
}

describe.each(shapes)('$producers to $consumers', (shape) => {
  test('records come out in order, as they went in', async () => {
    const ring = await make(shape);
    for (let round = 0; round < 50; round++) {
      const records = Array.from({ length: 7 }, (_, i) => pattern((round * 13 + i * 31) % 250, i));
      for (const record of records) await ring.send(record);
      for (const record of records) expect(await ring.receive()).toEqual(record);
    }
  });

  test.skipIf(differs('claims'))('a claim of a closed ring gives no room', async () => {
    const ring = await make(shape);
    await ring.send('x');
    const slot = await ring.claim(8);
    const record = await ring.peek();
    await ring.close();
    await fails(() => slot.bytes, 'EBADF');
    await fails(() => record.bytes, 'EBADF');
  });

  test('a ticket opens it with all that it can', async () => {
    const ring = await make(shape);
    const twin = (await ipc.open(await ring.ticket())) as Ring;
    await twin.send(pattern(200));
    expect(await twin.attributes()).toEqual(await ring.attributes());
    expect(await ring.receive()).toEqual(pattern(200));
  });

  test('a send waits for room, a receive for a record', async () => {
    const ring = await make(shape);
    const receive = ring.receive();
    await waits(receive);
    await ring.send('now');
    expect(text(await receive)).toBe('now');
    const count = fill(ring, pattern(200));
    expect(count).toBeGreaterThan(3);
    const send = ring.send(pattern(200, 9));
    await waits(send);
    for (let i = 0; i < count; i++) expect(await ring.receive()).toEqual(pattern(200));
    await send;
    expect(await ring.receive()).toEqual(pattern(200, 9));
    expect(ring.tryReceive()).toBeUndefined();
  });

  test('batches go and come many at a time', async () => {
    const ring = await make(shape);
    const records = Array.from({ length: 1000 }, (_, i) => pattern(i % 200, i));
    const sent = ring.sendMany(records);
    const got: Uint8Array[] = [];
    while (got.length < records.length) got.push(...(await ring.receiveMany(64)));
    expect(await sent).toBe(1000);
    expect(got).toEqual(records);
    expect(ring.tryReceiveMany(8)).toBeUndefined();
  });

  test('the records of a batch are private to who receives', async () => {
    const ring = await make(shape);
    for (const length of [8, 200]) {
      await ring.sendMany([pattern(length), pattern(length, 1)]);
      const got = await ring.receiveMany(8);
      expect(got.map(({ buffer }) => buffer.constructor)).toEqual([ArrayBuffer, ArrayBuffer]);
      await ring.sendMany([pattern(length, 2), pattern(length, 3)]);
      await ring.receiveMany(8);
      expect(got).toEqual([pattern(length), pattern(length, 1)]);
    }
  });

  test('a batch goes into the buffer that it is given, as far as that reaches', async () => {
    const ring = await make(shape);
    const sent = [pattern(5), pattern(0), pattern(64, 2), pattern(200, 3)];
    const room = new Uint8Array(1000);
    for (const into of [room.subarray(0, 84), room.subarray(3, 87), room]) {
      await ring.sendMany(sent);
      const got = await ring.receiveMany(8, { into });
      expect(got).toEqual(sent.slice(0, got.length));
      expect(got.length).toBe(into === room ? 4 : 3);
      expect(new Set(got.map(({ buffer }) => buffer))).toEqual(new Set([room.buffer]));
      while (ring.tryReceive());
    }
    await ring.send(pattern(9));
    const error = await fails(() => ring.receiveMany(8, { into: new Uint8Array(12) }), 'EMSGSIZE');
    expect(error.message).toMatch(/12 bytes/);
    expect(ring.tryReceiveMany(1, { into: room })).toEqual([pattern(9)]);
    const waiting = ring.receiveMany(8, { into: room });
    await waits(waiting);
    await ring.send(pattern(7));
    expect(await waiting).toEqual([pattern(7)]);
  });

  test.runIf(differs('claims'))('claims are refused, in each form', async () => {
    const ring = await make(shape);
    await ring.send('x');
    const claims = [() => ring.claim(8), () => ring.tryClaim(8), () => ring.claimSync(8)];
    const peeks = [() => ring.peek(), () => ring.tryPeek(), () => ring.peekSync()];
    for (const call of [...claims, ...peeks]) expect((await fails(call, 'ENOTSUP')).message).toMatch(/use send and receive/);
    expect(text(await ring.receive())).toBe('x');
  });

  test.skipIf(differs('claims'))('claims are filled in place, records read in place', async () => {
    const ring = await make(shape);
    const slot = await ring.claim(64);
    expect(slot.bytes.length).toBe(64);
    slot.bytes.set(pattern(48));
    slot.commit(48);
    expect((await ring.attributes()).currentRecords).toBe(1);
    const record = await ring.peek();
    expect(Uint8Array.from(record.bytes)).toEqual(pattern(48));
    record.release();
    expect(ring.tryPeek()).toBeUndefined();
    await fails(() => slot.commit(), 'EINVAL');
    await fails(() => slot.bytes, 'EINVAL');
    await fails(() => record.release(), 'EINVAL');
  });

  test.skipIf(differs('claims'))('an aborted claim leaves nothing', async () => {
    const ring = await make(shape);
    const slot = await ring.claim(64);
    slot.abort();
    await ring.send('after');
    expect(text(await ring.receive())).toBe('after');
    expect(ring.tryReceive()).toBeUndefined();
  });
});

describe('sizes', () => {
  test('attributes tell them, and what waits', async () => {
    const ring = await make();
    const { capacityBytes, recordBytes, currentRecords } = await ring.attributes();
    expect(capacityBytes).toBeGreaterThanOrEqual(8192);
    expect(recordBytes).toBeGreaterThan(0);
    expect(recordBytes).toBeLessThanOrEqual(capacityBytes);
    expect(currentRecords).toBe(0);
    await ring.send(pattern(10));
    expect(ring.attributesSync().currentRecords).toBe(1);
  });

  test('the longest record goes through, a longer one never', async () => {
    const ring = await make();
    const { recordBytes } = await ring.attributes();
    for (let i = 0; i < 5; i++) {
      await ring.send(pattern(recordBytes, i));
      expect(await ring.receive()).toEqual(pattern(recordBytes, i));
    }
    const error = await fails(() => ring.send(pattern(recordBytes + 1)), 'EMSGSIZE');
    expect(error.message).toContain(String(recordBytes));
    await fails(() => ring.sendMany([pattern(1), pattern(recordBytes + 1)]), 'EMSGSIZE');
    await fails(() => ring.claim(recordBytes + 1), 'EMSGSIZE');
    expect(ring.tryReceive()).toBeUndefined();
  });

  test('empty records are records', async () => {
    const ring = await make();
    await ring.send(new Uint8Array(0));
    await ring.send(bytes(7));
    expect((await ring.receive()).length).toBe(0);
    expect(await ring.receive()).toEqual(bytes(7));
  });

  test('an empty batch sends nothing', async () => {
    const ring = await make();
    expect(await ring.sendMany([])).toBe(0);
    expect(ring.trySendMany([])).toBe(0);
    await fails(() => ring.receiveMany(0), 'EINVAL');
  });

  test('receiveInto leaves a record that does not fit', async () => {
    const ring = await make();
    await ring.send(pattern(20));
    await fails(() => ring.receiveInto(new Uint8Array(19)), 'EMSGSIZE');
    const buffer = new Uint8Array(30);
    expect(await ring.receiveInto(buffer)).toBe(20);
    expect(buffer.subarray(0, 20)).toEqual(pattern(20));
    expect(ring.tryReceiveInto(buffer)).toBeUndefined();
  });
});

test('what is wrong with a batch is told at once, whoever sends before it', async () => {
  const ring = await make({ capacityBytes: 512 });
  fill(ring, pattern(64));
  const before = ring.sendMany([pattern(64, 1), pattern(64, 2)]);
  await waits(before);
  const { recordBytes } = await ring.attributes();
  for (const [wrong, error] of [
    [42 as never, TypeError],
    [pattern(recordBytes + 1), /EMSGSIZE/],
  ] as const) {
    expect(() => ring.trySendMany(['x', wrong])).toThrow(error);
    await expect(ring.sendMany(['x', wrong])).rejects.toThrow(error);
    await expect(ring.sendMany(['x', wrong], { timeout: 0 })).rejects.toThrow(error);
  }
  expect(ring.trySendMany(['x'])).toBeUndefined();
  while (ring.tryReceive());
  expect(await before).toBe(2);
});

test('a record that is detached while its batch waits fails the call, or cuts it short', async () => {
  const ring = await make({ capacityBytes: 512 });
  const batch = Array.from({ length: 12 }, (_, i) => pattern(60, i));
  const sent = ring.sendMany(batch);
  await waits(sent);
  structuredClone(batch[11], { transfer: [batch[11]!.buffer as ArrayBuffer] });
  const got: Uint8Array[] = [];
  for (let record = ring.tryReceive(); record; record = ring.tryReceive()) {
    got.push(record);
    await turn();
  }
  expect(await sent).toBe(got.length);
  expect(got).toEqual(Array.from({ length: got.length }, (_, i) => pattern(60, i)));
  expect(got.length).toBeLessThan(12);

  while (ring.trySend(pattern(60)));
  const before = ring.send(pattern(60));
  const record = pattern(60);
  const refused = ring.sendMany([record]);
  structuredClone(record, { transfer: [record.buffer as ArrayBuffer] });
  const failure = expect(refused).rejects.toThrow(/^records\[0\] is detached/);
  ring.tryReceive();
  await before;
  await failure;
});

/** Of 8 bytes, and up to 24. */
function resizableBuffer() {
  type Resizable = new (bytes: number, options: object) => ArrayBuffer & { resize(bytes: number): void };
  return new (ArrayBuffer as unknown as Resizable)(8, { maxByteLength: 24 });
}

test('views of every kind carry their bytes, again and again, as long as they are then', async () => {
  const ring = await ipc.ring({ capacityBytes: 4096 });
  const resizable = resizableBuffer();
  const views: ArrayBufferView[] = [
    new Uint8Array(7),
    new Uint8Array(40),
    new Uint32Array(3),
    new Float64Array(8),
    new DataView(new ArrayBuffer(11), 3),
  ];
  views.push(new Uint8Array(new SharedArrayBuffer(9)), new Uint8Array(resizable), new Uint16Array(resizable));
  for (let round = 0; round < 4; round++) {
    if (round === 2) resizable.resize(24);
    for (const view of views) {
      const all = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
      for (let i = 0; i < all.length; i++) all[i] = i * 7 + round;
      expect(ring.trySend(view as Uint8Array)).toBe(true);
      const back = new (view.constructor as Uint8ArrayConstructor)(new ArrayBuffer(64));
      for (let same = 0; same < 2; same++) {
        if (same === 1) await ring.send(view as Uint8Array);
        expect(ring.tryReceiveInto(back)).toBe(all.length);
        expect(new Uint8Array(back.buffer, 0, all.length)).toEqual(all.slice());
      }
    }
  }
});

test('a view of all of a buffer that grows carries what it is by then', async () => {
  const ring = await ipc.ring({ capacityBytes: 4096 });
  const buffer = resizableBuffer();
  for (const view of [new Uint16Array(buffer), new Uint8Array(buffer), new DataView(buffer)]) {
    for (const length of [8, 24, 16]) {
      buffer.resize(length);
      await ring.send(view);
      expect((await ring.receive()).length).toBe(length);
    }
  }
});

test('no call overtakes one that waits, nor comes after close()', async () => {
  const ring = await ipc.ring({ capacityBytes: 4096 });
  const [record, into] = [Uint8Array.of(1, 2), new Uint8Array(4)];
  await ring.send(record);
  await ring.receiveInto(into);
  const waiting = ring.receive();
  expect(ring.trySend(record)).toBe(true);
  expect(ring.tryReceiveInto(into)).toBeUndefined();
  const second = ring.receiveInto(into);
  expect(ring.trySend(Uint8Array.of(3))).toBe(true);
  expect(await waiting).toEqual(record);
  expect(await second).toBe(1);
  const cut = fails(() => ring.receive(), 'EBADF');
  const closed = ring.close();
  await fails(async () => ring.trySend(record), 'EBADF');
  await fails(async () => ring.tryReceiveInto(into), 'EBADF');
  await Promise.all([cut, closed]);
});

test('a long batch lets the event loop turn', async () => {
  const ring = await ipc.ring({ capacityBytes: 1 << 23, recordBytes: 256 });
  const batch = Array.from({ length: 20_000 }, () => new Uint8Array(200));
  const order: string[] = [];
  soon(() => order.push('turn'));
  await ring.sendMany(batch).then(() => order.push('sent'));
  expect(order[0]).toBe('turn');
});

test('an abort between the steps of a long batch gives how many went', async () => {
  const ring = await ipc.ring({ capacityBytes: 1 << 23, recordBytes: 256 });
  const controller = new AbortController();
  const batch = Array.from({ length: 20_000 }, () => new Uint8Array(200));
  const sending = ring.sendMany(batch, { signal: controller.signal });
  soon(() => controller.abort('enough'));
  const sent = await sending;
  expect(sent).toBeGreaterThan(0);
  expect(sent).toBeLessThan(batch.length);
  expect((await ring.attributes()).currentRecords).toBe(sent);
});

describe('ending early', () => {
  test('timeouts and aborts leave the ring as it was', async () => {
    const ring = await make();
    await fails(() => ring.receive({ timeout: 5 }), 'ETIMEDOUT');
    await fails(() => ring.receive({ timeout: 0 }), 'EAGAIN');
    await failsSync(() => ring.receiveSync({ timeout: 5 }), 'ETIMEDOUT');
    const controller = new AbortController();
    const receive = ring.receive({ signal: controller.signal });
    controller.abort('no');
    await expect(receive).rejects.toBe('no');
    const count = fill(ring, pattern(100));
    await fails(() => ring.send(pattern(100), { timeout: 5 }), 'ETIMEDOUT');
    await failsSync(() => ring.sendSync(pattern(100), { timeout: 5 }), 'ETIMEDOUT');
    for (let i = 0; i < count; i++) expect(await ring.receive()).toEqual(pattern(100));
    expect(ring.tryReceive()).toBeUndefined();
  });

  test('a batch cut short gives how many went', async () => {
    const ring = await make();
    const records = Array.from({ length: 1000 }, () => pattern(100));
    const count = await ring.sendMany(records, { timeout: 5 });
    expect(count).toBeGreaterThan(10);
    expect(count).toBeLessThan(1000);
    await fails(() => ring.sendMany(records, { timeout: 5 }), 'ETIMEDOUT');
    expect(ring.trySendMany(records)).toBeUndefined();
    let got = 0;
    for (let batch = ring.tryReceiveMany(50); batch; batch = ring.tryReceiveMany(50)) got += batch.length;
    expect(got).toBe(count);
  });
});

describe('names', () => {
  test('open the same ring', async () => {
    const name = fresh('ring');
    await fails(() => ipc.ring(name), 'ENOENT');
    const first = await ipc.ring(name, { create: true, exclusive: true, capacityBytes: 4096 });
    await fails(() => ipc.ring(name, { create: true, exclusive: true }), 'EEXIST');
    const second = await ipc.ring(name);
    expect(await second.attributes()).toEqual(await first.attributes());
    await first.send('x');
    expect(text(await second.receive())).toBe('x');
    await ipc.unlink(name, 'ring');
    await fails(() => ipc.ring(name), 'ENOENT');
    await first.send('y');
    expect(text(await second.receive())).toBe('y');
  });

  test('iteration receives until close', async () => {
    const ring = await make();
    const got: string[] = [];
    const loop = (async () => {
      for await (const record of ring) got.push(text(record));
    })();
    await ring.sendMany(['a', 'b', 'c']);
    while (got.length < 3) await turn();
    await ring.close();
    await loop;
    expect(got.join('')).toBe('abc');
  });
});
