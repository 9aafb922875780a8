/** select() on handles of the test's own: told, and when it looks there is nothing. */
import type { Handle } from 'sluice';
import { expect, test, vi } from 'vitest';
import { select } from '../../dist/api/ready.js';

/** Tells whoever waits when it is told to; what there is is another matter. */
class Fickle {
  there = false;
  waits = 0;
  readonly pending = new Set<object>();
  tell: () => void = () => {};
  tryReady = () => this.there;
  ready = (_: string, { signal }: { signal: AbortSignal }) =>
    new Promise<void>((resolve, reject) => {
      const wait = { resolve };
      this.waits++;
      this.pending.add(wait);
      this.tell = () => this.pending.delete(wait) && resolve();
      signal.addEventListener('abort', () => this.pending.delete(wait) && reject(signal.reason));
    });
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 2));
const one = (handle: Fickle) => [[handle as unknown as Handle, 'read']] as const;

test('who was told in vain waits again, and is told', async () => {
  const handle = new Fickle();
  const selected = select(one(handle));
  for (let i = 1; i < 4; i++) {
    await turn();
    expect(handle.waits).toBe(i);
    handle.tell();
  }
  await turn();
  handle.there = true;
  handle.tell();
  expect(await selected).toHaveLength(1);
});

test('an abort that comes as it was told in vain', async () => {
  const handle = new Fickle();
  const controller = new AbortController();
  const selected = select(one(handle), { signal: controller.signal });
  await turn();
  handle.tell();
  controller.abort('no');
  await expect(selected).rejects.toBe('no');
});

test('told in vain until the time is over: ETIMEDOUT, of the whole time', async () => {
  const handle = new Fickle();
  const selected = select(one(handle), { timeout: 20 }).catch((error) => error);
  const telling = setInterval(() => handle.tell(), 1);
  const error = await selected;
  clearInterval(telling);
  expect([error.code, error.message.includes('after 20 ms')]).toEqual(['ETIMEDOUT', true]);
});

test('where there is no AbortController', async () => {
  const { AbortController } = globalThis;
  Reflect.deleteProperty(globalThis, 'AbortController');
  try {
    const [first, second] = [new Fickle(), new Fickle()];
    const selected = select([...one(first), ...one(second)]);
    await turn();
    second.there = true;
    second.tell();
    expect(await selected).toHaveLength(1);
  } finally {
    globalThis.AbortController = AbortController;
  }
});

test('leaves no observer, no timer and no listener, however it ends', async () => {
  vi.useFakeTimers();
  try {
    const [first, second] = [new Fickle(), new Fickle()];
    const controller = new AbortController();
    const { signal } = controller;
    const listening = { added: 0, removed: 0 };
    vi.spyOn(signal, 'addEventListener').mockImplementation(() => void listening.added++);
    vi.spyOn(signal, 'removeEventListener').mockImplementation(() => void listening.removed++);
    const selected = select([...one(first), ...one(second)], { timeout: 1e6, signal });
    await vi.advanceTimersByTimeAsync(1);
    expect([first.pending.size, second.pending.size, vi.getTimerCount()]).toEqual([1, 1, 1]);
    first.there = true;
    first.tell();
    expect(await selected).toHaveLength(1);
    expect([first.pending.size, second.pending.size, vi.getTimerCount()]).toEqual([0, 0, 0]);
    expect(listening).toEqual({ added: 1, removed: 1 });
    const late = select(one(second), { timeout: 50 }).catch(({ code }) => code);
    await vi.advanceTimersByTimeAsync(60);
    expect([await late, second.pending.size, vi.getTimerCount()]).toEqual(['ETIMEDOUT', 0, 0]);
  } finally {
    vi.useRealTimers();
  }
});
