/** mq_overview(7), mq_open(3), mq_send(3), mq_receive(3), mq_getattr(3), mq_notify(3), mq_unlink(3). */
import type { Ipc, MessageQueue, MessageQueueOptions } from 'sluice';
import { beforeEach, describe, expect, test } from 'vitest';
import { bytes, fails, failsSync, fresh, pattern, start, text, turn, waits } from './backends.js';
import { differs } from './divergences.js';

let ipc: Ipc;
beforeEach(async () => {
  ipc = await start();
});

const small = { create: true, maxMessages: 4, messageBytes: 64 };
const make = (options: MessageQueueOptions = {}): Promise<MessageQueue> =>
  ipc.messageQueue(fresh('messageQueue'), { ...small, ...options });

describe('opening', () => {
  test('has the attributes asked for', async () => {
    const queue = await make();
    expect(await queue.attributes()).toEqual({ maxMessages: 4, messageBytes: 64, currentMessages: 0 });
    expect([queue.maxMessages, queue.messageBytes]).toEqual([4, 64]);
  });

  test('10 messages of 8192 bytes unless told otherwise', async () => {
    const queue = await ipc.messageQueue(fresh('messageQueue'), { create: true });
    expect(await queue.attributes()).toEqual({ maxMessages: 10, messageBytes: 8192, currentMessages: 0 });
  });

  test('without create there must be one', async () => {
    await fails(() => ipc.messageQueue(fresh('messageQueue')), 'ENOENT');
  });

  test('exclusive refuses one that is there; else sizes of a second open are ignored', async () => {
    const queue = await make();
    await fails(() => ipc.messageQueue(queue.name!, { ...small, exclusive: true }), 'EEXIST');
    const second = await ipc.messageQueue(queue.name!, { create: true, maxMessages: 9, messageBytes: 9 });
    expect(second.messageBytes).toBe(64);
    await queue.send('one');
    expect((await second.attributes()).currentMessages).toBe(1);
  });

  test('access is kept to', async () => {
    const queue = await make();
    const reader = await ipc.messageQueue(queue.name!, { access: 'read' });
    const writer = await ipc.messageQueue(queue.name!, { access: 'write' });
    await fails(() => reader.send('no'), 'EBADF');
    await fails(() => writer.receive(), 'EBADF');
    await fails(() => writer.tryReceive(), 'EBADF');
    await writer.send('yes');
    expect(text((await reader.receive()).data)).toBe('yes');
  });

  test('sizes of 0 are refused, and the kernel its limit', async () => {
    await fails(() => make({ maxMessages: 0 }), 'EINVAL');
    await fails(() => make({ messageBytes: 0 }), 'EINVAL');
    const { name } = await make({ maxMessages: 3 });
    const there = await ipc.messageQueue(name!, { create: true, maxMessages: 0, messageBytes: 0 }); // not looked at: mq_open(3)
    expect((await there.attributes()).maxMessages).toBe(3);
    if (!differs('queueLimits')) return;
    const error = await fails(() => make({ maxMessages: 2 ** 20 }), 'EINVAL');
    expect(error.message).toMatch(/msg_max/);
  });
});

describe('order', () => {
  test('higher priorities first, and first in first out within one', async () => {
    const queue = await make();
    await queue.send('a1', { priority: 1 });
    await queue.send('b9', { priority: 9 });
    await queue.send('c1', { priority: 1 });
    await queue.send('d9', { priority: 9 });
    const got = [];
    for (let i = 0; i < 4; i++) got.push(await queue.receive());
    expect(got.map(({ data, priority }) => `${text(data)} ${priority}`)).toEqual(['b9 9', 'd9 9', 'a1 1', 'c1 1']);
  });

  test('priorities are 0 to 32767, 0 unless told otherwise', async () => {
    const queue = await make();
    await queue.send('low');
    await queue.send('high', { priority: 32767 });
    expect((await queue.receive()).priority).toBe(32767);
    expect((await queue.receive()).priority).toBe(0);
    await fails(() => queue.send('x', { priority: 32768 }), 'EINVAL');
    expect((await queue.attributes()).currentMessages).toBe(0);
  });

  test('the same in every form, again and again from one buffer into another', async () => {
    const queue = await make({ maxMessages: 8 });
    const [record, into] = [new Uint8Array(2), new Uint8Array(64)];
    const priorities = [0, 32767, 31, 32, 1024, 1023, 0, 31];
    for (let round = 0; round < 3; round++) {
      for (const [i, priority] of priorities.entries()) {
        record[0] = i;
        if (i % 2 === 0) await queue.send(record, { priority, timeout: undefined });
        else expect(queue.trySend(record, { priority })).toBe(true);
      }
      expect(queue.trySend(record)).toBe(false);
      const got = [];
      for (let i = 0; i < priorities.length; i++) {
        const { length, priority } = i % 2 === 0 ? queue.tryReceiveInto(into)! : await queue.receiveInto(into);
        expect(length).toBe(2);
        got.push([into[0], priority]);
      }
      expect(queue.tryReceiveInto(into)).toBeUndefined();
      expect(got.map(([i]) => i)).toEqual([1, 4, 5, 3, 2, 7, 0, 6]);
      expect(got.map(([, priority]) => priority)).toEqual([32767, 1024, 1023, 32, 31, 31, 0, 0]);
    }
  });

  test('no call overtakes one that waits, nor comes after close()', async () => {
    const queue = await make({ maxMessages: 1 });
    const [record, into] = [bytes(1, 2), new Uint8Array(64)];
    const waiting = queue.receive();
    expect(queue.trySend(record, { priority: 3 })).toBe(true);
    expect(queue.tryReceiveInto(into)).toBeUndefined();
    const second = queue.receiveInto(into);
    expect(await waiting).toEqual({ data: record, priority: 3 });
    await queue.send(record);
    expect(await second).toEqual({ length: 2, priority: 0 });
    await queue.send(record);
    const last = queue.send(bytes(9));
    expect(queue.trySend(record)).toBe(false);
    await queue.receiveInto(into);
    await last;
    const closed = queue.close();
    await fails(async () => queue.trySend(record), 'EBADF');
    await fails(async () => queue.tryReceiveInto(into), 'EBADF');
    await closed;
  });

  test('pending receives get the messages in their order', async () => {
    const queue = await make();
    const all = [0, 1, 2, 3, 4, 5].map(() => queue.receive());
    for (let i = 0; i < all.length; i++) await queue.send(bytes(i));
    expect((await Promise.all(all)).map(({ data }) => data[0])).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('pending sends go in their order', async () => {
    const queue = await make({ maxMessages: 1 });
    const all = [0, 1, 2, 3].map((i) => queue.send(bytes(i)));
    const got = [];
    for (let i = 0; i < 4; i++) got.push((await queue.receive()).data[0]);
    await Promise.all(all);
    expect(got).toEqual([0, 1, 2, 3]);
  });
});

describe('messages', () => {
  test('of any length up to the limit, of nothing too', async () => {
    const queue = await make();
    for (const length of [0, 1, 3, 63, 64]) {
      await queue.send(pattern(length));
      expect((await queue.receive()).data).toEqual(pattern(length));
    }
  });

  test('longer ones are refused, with both lengths', async () => {
    const queue = await make();
    const error = await fails(() => queue.send(pattern(65)), 'EMSGSIZE');
    expect(error.message).toMatch(/65 bytes.*64/);
    expect((await queue.attributes()).currentMessages).toBe(0);
  });

  test('are private to their receiver', async () => {
    const queue = await make();
    const sent = pattern(60);
    await queue.send(sent);
    sent.fill(0);
    const { data } = await queue.receive();
    expect(data.buffer).toBeInstanceOf(ArrayBuffer);
    await queue.send(pattern(60, 9));
    await queue.receive();
    expect(data).toEqual(pattern(60));
  });

  test('are as they were when sent, though the send had to wait', async () => {
    const queue = await make({ maxMessages: 1 });
    await queue.send('first');
    const sent = bytes(1, 2, 3);
    const send = queue.send(sent);
    await waits(send);
    sent.fill(9);
    structuredClone(sent, { transfer: [sent.buffer] });
    await queue.receive();
    await send;
    expect((await queue.receive()).data).toEqual(bytes(1, 2, 3));
  });

  test('come in every kind of view, and as text', async () => {
    const queue = await make();
    const { buffer } = bytes(1, 2, 3, 4);
    const sources = [buffer, new DataView(buffer, 1, 2), new Uint16Array(buffer), new TextEncoder().encode('é'), 'é'];
    const expected = [bytes(1, 2, 3, 4), bytes(2, 3), bytes(1, 2, 3, 4), bytes(195, 169), bytes(195, 169)];
    for (const [i, source] of sources.entries()) {
      await queue.send(source as Uint8Array);
      expect((await queue.receive()).data).toEqual(expected[i]);
    }
  });

  test('receiveInto fills the buffer given', async () => {
    const queue = await make();
    await queue.send('hello', { priority: 3 });
    const buffer = new Uint8Array(64);
    expect(await queue.receiveInto(buffer)).toEqual({ length: 5, priority: 3 });
    expect(text(buffer.subarray(0, 5))).toBe('hello');
    await queue.send('again');
    const error = await fails(() => queue.receiveInto(new Uint8Array(63)), 'EMSGSIZE');
    expect(error.message).toMatch(/63.*64/);
    expect((await queue.attributes()).currentMessages).toBe(1);
    expect(queue.tryReceiveInto(buffer)).toEqual({ length: 5, priority: 0 });
    expect(queue.tryReceiveInto(buffer)).toBeUndefined();
  });
});

describe('full and empty', () => {
  test('a send waits for room, a receive for a message', async () => {
    const queue = await make({ maxMessages: 1 });
    const receive = queue.receive();
    await waits(receive);
    await queue.send('1');
    expect(text((await receive).data)).toBe('1');
    await queue.send('2');
    const send = queue.send('3');
    await waits(send);
    await queue.receive();
    await send;
  });

  test('the try forms tell', async () => {
    const queue = await make({ maxMessages: 1 });
    expect(queue.tryReceive()).toBeUndefined();
    expect(queue.trySend('1', { priority: 2 })).toBe(true);
    expect(queue.trySend('2')).toBe(false);
    expect(queue.tryReceive()).toEqual({ data: bytes(49), priority: 2 });
  });

  test.skipIf(differs('mainThread'))('the Sync forms too', async () => {
    const queue = await make({ maxMessages: 1 });
    await fails(() => queue.receiveSync({ timeout: 5 }), 'ETIMEDOUT');
    queue.sendSync('1');
    await fails(() => queue.sendSync('2', { timeout: 5 }), 'ETIMEDOUT');
    expect(text(queue.receiveSync().data)).toBe('1');
    expect(queue.attributesSync().currentMessages).toBe(0);
  });

  test('nonBlocking fails instead of waiting', async () => {
    const queue = await make({ nonBlocking: true, maxMessages: 1 });
    await fails(() => queue.receive(), 'EAGAIN');
    await fails(() => queue.receive({ timeout: 1000 }), 'EAGAIN');
    await queue.send('1');
    await fails(() => queue.send('2'), 'EAGAIN');
    await failsSync(() => queue.sendSync('2'), 'EAGAIN');
  });

  test('timeouts and aborts leave the queue as it was', async () => {
    const queue = await make({ maxMessages: 1 });
    await fails(() => queue.receive({ timeout: 5 }), 'ETIMEDOUT');
    await fails(() => queue.receive({ timeout: 0 }), 'EAGAIN');
    await expect(queue.receive({ signal: AbortSignal.abort('no') })).rejects.toBe('no');
    await queue.send('1');
    await fails(() => queue.send('2', { timeout: 5 }), 'ETIMEDOUT');
    const controller = new AbortController();
    const send = queue.send('3', { signal: controller.signal });
    controller.abort('no');
    await expect(send).rejects.toBe('no');
    expect(text((await queue.receive()).data)).toBe('1');
    expect(queue.tryReceive()).toBeUndefined();
  });

  test('a message and an abort together: nothing is lost', async () => {
    const queue = await make();
    let got = 0;
    for (let i = 0; i < 200; i++) {
      const controller = new AbortController();
      const receive = queue.receive({ signal: controller.signal });
      if (i % 3 === 0) await null;
      await queue.send(bytes(i & 255));
      if (i % 2) await null;
      controller.abort('late');
      await receive.then(
        ({ data }) => expect([data[0], ++got]).toEqual([i & 255, got]),
        (reason) => expect(reason).toBe('late'),
      );
      for (let left = queue.tryReceive(); left; left = queue.tryReceive()) got++;
    }
    expect(got).toBe(200);
  });
});

describe('notify', () => {
  test('once, when a message reaches the empty queue', async () => {
    const queue = await make();
    const notified = queue.notify();
    await waits(notified);
    await queue.send('1');
    await notified;
    await queue.send('2');
    const again = queue.notify();
    await waits(again);
    await queue.send('3');
    await waits(again);
    while (queue.tryReceive());
    await queue.send('4');
    await again;
  });

  test('of what comes after a message that a waiting receiver got, though he has not run yet', async () => {
    const queue = await make();
    const received = queue.receive();
    const notified = queue.notify();
    await waits(received);
    expect([queue.trySend('1'), queue.trySend('2')]).toEqual([true, true]);
    expect(text((await received).data)).toBe('1');
    await notified;
    expect(text((await queue.receive()).data)).toBe('2');
  });

  test('not while somebody is receiving', async () => {
    const queue = await make();
    const notified = queue.notify();
    const receive = queue.receive();
    await waits(receive);
    await queue.send('for the receiver');
    await receive;
    await waits(notified);
    await queue.send('for the other');
    await notified;
  });

  test('not of the message that one of two receivers gets while the other gives up', async () => {
    const queue = await make();
    const twin = await ipc.messageQueue(queue.name!); // receives of one handle stand in line before they come to the queue
    const notified = queue.notify();
    const [first, second] = [new AbortController(), new AbortController()];
    const received = [queue.receive({ signal: first.signal }), twin.receive({ signal: second.signal })];
    await waits(received[1]!);
    queue.trySend('for one of them');
    first.abort('no'); // the message may be his already
    expect(text((await Promise.any(received)).data)).toBe('for one of them');
    await waits(notified);
    second.abort('no');
    await Promise.allSettled(received);
    await queue.send('for who registered');
    await notified;
  });

  test('also when another handle of the queue is closed meanwhile', async () => {
    const queue = await make();
    const other = await ipc.messageQueue(queue.name!);
    const notified = queue.notify();
    await waits(notified);
    other.closeSync();
    queue.trySend('right after it');
    await notified;
  });

  test('resolves when it was told, though an abort comes a moment later', async () => {
    const queue = await make();
    const controller = new AbortController();
    const notified = queue.notify({ signal: controller.signal });
    await waits(notified);
    queue.trySend('told');
    controller.abort('too late');
    await notified;
  });

  test('an attempt tells that another is registered, and registers nothing', async () => {
    const queue = await make();
    await fails(() => queue.notify({ timeout: 0 }), 'EAGAIN');
    await failsSync(() => queue.notifySync({ timeout: 0 }), 'EAGAIN');
    const notified = queue.notify();
    await waits(notified);
    await fails(() => queue.notify({ timeout: 0 }), 'EBUSY');
    await failsSync(() => queue.notifySync({ timeout: 0 }), 'EBUSY');
    await queue.send('1');
    await notified;
  });

  test('one at a time, free again after an abort', async () => {
    const queue = await make();
    const other = await ipc.messageQueue(queue.name!);
    const controller = new AbortController();
    const first = queue.notify({ signal: controller.signal });
    await waits(first);
    await fails(() => other.notify(), 'EBUSY');
    await fails(() => queue.notify(), 'EBUSY');
    controller.abort('no');
    await expect(first).rejects.toBe('no');
    const second = other.notify();
    await waits(second);
    await queue.send('1');
    await second;
  });
});

describe('life', () => {
  test('messages stay when everybody closed, until unlinked', async () => {
    const queue = await make();
    await queue.send('kept');
    await queue.close();
    const again = await ipc.messageQueue(queue.name!);
    expect(text((await again.receive()).data)).toBe('kept');
  });

  test('unlinking takes the name, not the queue', async () => {
    const queue = await make();
    await ipc.unlink(queue.name!, 'messageQueue');
    await fails(() => ipc.messageQueue(queue.name!), 'ENOENT');
    await queue.send('still');
    expect(text((await queue.receive()).data)).toBe('still');
  });

  test('iteration receives until close', async () => {
    const queue = await make();
    const got: string[] = [];
    const loop = (async () => {
      for await (const { data } of queue) got.push(text(data));
    })();
    for (const word of ['a', 'b', 'c', 'd', 'e', 'f']) await queue.send(word);
    while (got.length < 6) await turn();
    await queue.close();
    await loop;
    expect(got.join('')).toBe('abcdef');
  });

  test('breaking out of an iteration loses nothing', async () => {
    const queue = await make();
    await queue.send('1');
    await queue.send('2');
    for await (const { data } of queue) {
      expect(text(data)).toBe('1');
      break;
    }
    expect(text((await queue.receive()).data)).toBe('2');
  });
});
