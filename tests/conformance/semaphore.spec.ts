/** sem_overview(7), sem_open(3), sem_wait(3), sem_post(3), sem_getvalue(3), sem_unlink(3). */
import type { Ipc } from 'sluice';
import { beforeEach, describe, expect, test } from 'vitest';
import { fails, fresh, start, waits } from './backends.js';
import { differs } from './divergences.js';

const MOST = 2147483647;
let ipc: Ipc;
beforeEach(async () => {
  ipc = await start();
});

describe('opening', () => {
  test('create gives the value asked for, 0 unless told otherwise', async () => {
    expect(await (await ipc.semaphore(fresh('semaphore'), { create: true, value: 3 })).getValue()).toBe(3);
    expect(await (await ipc.semaphore(fresh('semaphore'), { create: true })).getValue()).toBe(0);
  });

  test('without create there must be one', async () => {
    const name = fresh('semaphore');
    const error = await fails(() => ipc.semaphore(name), 'ENOENT');
    expect(error.path).toBe(name);
  });

  test('exclusive refuses one that is there, create takes it as it is', async () => {
    const name = fresh('semaphore');
    const first = await ipc.semaphore(name, { create: true, exclusive: true, value: 2 });
    await fails(() => ipc.semaphore(name, { create: true, exclusive: true, value: 9 }), 'EEXIST');
    const second = await ipc.semaphore(name, { create: true, value: 9 });
    expect(await second.getValue()).toBe(2);
    expect(await (await ipc.semaphore(name, { create: true, value: MOST + 1 })).getValue()).toBe(2); // not looked at: sem_open(3)
    await fails(() => ipc.semaphore(name, { create: true, exclusive: true, value: MOST + 1 }), 'EINVAL');
    const error = await fails(() => ipc.semaphore(fresh('semaphore'), { create: true, value: MOST + 1 }), 'EINVAL');
    expect(error.message).toMatch(/value is 2147483648, allowed are 0 to 2147483647/);
    await second.post();
    expect(await first.getValue()).toBe(3);
  });

  test('the largest value is 2147483647', async () => {
    const semaphore = await ipc.semaphore({ value: MOST });
    expect(await semaphore.getValue()).toBe(MOST);
    await fails(() => semaphore.post(), 'EOVERFLOW');
    expect(await semaphore.getValue()).toBe(MOST);
    await fails(() => ipc.semaphore({ value: MOST + 1 }), 'EINVAL');
  });

  test('unnamed ones are each their own', async () => {
    const [first, second] = [await ipc.semaphore({ value: 1 }), await ipc.semaphore({ value: 1 })];
    await first.wait();
    expect(await second.getValue()).toBe(1);
    expect(first.name).toBeUndefined();
  });

  test('a queue of the same name is another object', async () => {
    const name = fresh('semaphore');
    await ipc.semaphore(name, { create: true });
    await fails(() => ipc.messageQueue(name), 'ENOENT');
  });
});

describe('waiting', () => {
  test('takes one at once while there are some', async () => {
    const semaphore = await ipc.semaphore({ value: 2 });
    await semaphore.wait();
    expect(semaphore.tryWait()).toBe(true);
    expect(semaphore.tryWait()).toBe(false);
    expect(await semaphore.getValue()).toBe(0);
  });

  test('waits for a post, and takes it', async () => {
    const semaphore = await ipc.semaphore({});
    const wait = semaphore.wait();
    await waits(wait);
    await semaphore.post();
    await wait;
    expect(await semaphore.getValue()).toBe(0);
  });

  test('waits of one handle go on in their order', async () => {
    const semaphore = await ipc.semaphore({});
    const order: number[] = [];
    const all = [0, 1, 2, 3].map((i) => semaphore.wait().then(() => order.push(i)));
    for (const _ of all) await semaphore.post();
    await Promise.all(all);
    expect(order).toEqual([0, 1, 2, 3]);
  });

  test('every post lets one wait go on, of whichever handle', async () => {
    const name = fresh('semaphore');
    const handles = await Promise.all(Array.from({ length: 8 }, () => ipc.semaphore(name, { create: true })));
    const all = handles.flatMap((handle) => Array.from({ length: 10 }, () => handle.wait()));
    await waits(all[0]!);
    for (let i = 0; i < all.length; i++) await handles[i % 8]!.post();
    await Promise.all(all);
    expect(await handles[0]!.getValue()).toBe(0);
  });

  test.skipIf(differs('mainThread'))('waitSync takes one that is there, or times out', async () => {
    const semaphore = await ipc.semaphore({ value: 1 });
    semaphore.waitSync();
    await fails(() => semaphore.waitSync({ timeout: 5 }), 'ETIMEDOUT');
    await fails(() => semaphore.waitSync({ timeout: 0 }), 'EAGAIN');
    semaphore.postSync();
    expect(semaphore.getValueSync()).toBe(1);
  });
});

describe('ending early', () => {
  test('a timeout takes nothing', async () => {
    const semaphore = await ipc.semaphore({});
    const error = await fails(() => semaphore.wait({ timeout: 5 }), 'ETIMEDOUT');
    expect(error.message).toContain('5 ms');
    await semaphore.post();
    expect(await semaphore.getValue()).toBe(1);
  });

  test('a timeout of 0 is an attempt', async () => {
    const semaphore = await ipc.semaphore({ value: 1 });
    await semaphore.wait({ timeout: 0 });
    await fails(() => semaphore.wait({ timeout: 0 }), 'EAGAIN');
  });

  test('an abort rejects with its reason and takes nothing', async () => {
    const semaphore = await ipc.semaphore({});
    const controller = new AbortController();
    const wait = semaphore.wait({ signal: controller.signal });
    await waits(wait);
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(wait).rejects.toBe(reason);
    await semaphore.post();
    expect(await semaphore.getValue()).toBe(1);
  });

  test('a signal that is aborted already takes nothing though there is one', async () => {
    const semaphore = await ipc.semaphore({ value: 1 });
    await expect(semaphore.wait({ signal: AbortSignal.abort('no') })).rejects.toBe('no');
    expect(await semaphore.getValue()).toBe(1);
  });

  test('those behind an aborted wait go on', async () => {
    const semaphore = await ipc.semaphore({});
    const controller = new AbortController();
    const first = semaphore.wait({ signal: controller.signal });
    const second = semaphore.wait();
    const third = semaphore.wait({ timeout: 5 });
    await fails(() => third, 'ETIMEDOUT');
    controller.abort('gone');
    await expect(first).rejects.toBe('gone');
    await semaphore.post();
    await second;
  });

  test('post and abort together: one of them, and nothing lost', async () => {
    const semaphore = await ipc.semaphore({});
    let won = 0;
    for (let i = 0; i < 200; i++) {
      const controller = new AbortController();
      const wait = semaphore.wait({ signal: controller.signal });
      if (i % 3 === 0) await null;
      await (i % 2 ? semaphore.post() : undefined);
      controller.abort('late');
      await wait.then(
        () => won++,
        (reason) => expect(reason).toBe('late'),
      );
    }
    expect(won + (await semaphore.getValue())).toBe(100);
  });
});

describe('unlinking', () => {
  test('takes the name, not the object', async () => {
    const name = fresh('semaphore');
    const semaphore = await ipc.semaphore(name, { create: true, value: 1 });
    await ipc.unlink(name, 'semaphore');
    await fails(() => ipc.semaphore(name), 'ENOENT');
    await fails(() => ipc.unlink(name, 'semaphore'), 'ENOENT');
    await semaphore.wait();
    const next = await ipc.semaphore(name, { create: true, exclusive: true, value: 5 });
    expect(await next.getValue()).toBe(5);
    expect(await semaphore.getValue()).toBe(0);
  });

  test('counts stay when the last handle closes', async () => {
    const name = fresh('semaphore');
    const first = await ipc.semaphore(name, { create: true, value: 1 });
    await first.post();
    await first.close();
    expect(await (await ipc.semaphore(name)).getValue()).toBe(2);
  });
});
