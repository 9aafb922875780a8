/** connect, attach, capabilities: what starts, and what says why it does not. */
import { attach, attachSync, capabilities, connect, type Ipc } from 'sluice';
import { describe, expect, test } from 'vitest';
import { startAgent } from './agents.js';
import { alone, backend, becomes, fails, refuses, start } from './backends.js';
import { differs } from './divergences.js';
import { where } from './platform.js';

// biome-ignore lint/suspicious/noExplicitAny: wrong types are the matter here
type Wrong = any;

describe('connect', () => {
  test('says which backend it has', async () => {
    const ipc = await start();
    expect(ipc.backend).toBe(backend);
    expect(capabilities()[backend as 'wasm' | 'native']).toMatchObject({ available: true });
  });

  test('says what it can do here, each in a sentence', async () => {
    const { text, ...each } = capabilities();
    for (const { text } of Object.values(each)) expect(text).toMatch(/^[A-Z].*\.$/);
    expect(text).toMatch(/^wasm works here; native (works|does not work) here.*\.$/);
    expect([each.sharedMemory.available, each.waitAsync.available, each.deaths.available]).toEqual([true, true, true]);
    expect(each.blocking.available).toBe(where !== 'page');
    if (where !== 'node') expect(each.native).toEqual({ available: false, text: 'Browsers have no native backend.' });
  });

  test('reaches threads by wasm, processes by native', async () => {
    const reach = backend === 'wasm' ? 'threads' : 'processes';
    const ipc = await connect({ reach });
    expect(ipc.backend).toBe(backend);
    await ipc.close();
  });

  test('refuses what it does not know', async () => {
    await refuses(() => connect({ backend: 'nats' as Wrong }), TypeError, /backend must be 'wasm' or 'native'/);
    await refuses(() => connect({ reach: 7 as Wrong }), TypeError, /reach must be/);
    await refuses(() => connect(5 as Wrong), TypeError, /options must be an object/);
    await refuses(() => connect({ sizeBytes: '1' as Wrong }), TypeError, /sizeBytes/);
    await refuses(() => connect({ sizeBytes: -1 }), RangeError, /sizeBytes/);
    await refuses(() => connect({ namespace: 1 as Wrong }), TypeError, /namespace/);
    expect((await fails(() => connect({ reach: 'tabs' as Wrong }), 'ENOTSUP')).message).toMatch(/threads.*processes/);
    await fails(() => connect({ backend: 'wasm', reach: 'processes' }), 'ENOTSUP');
    for (const size of [-1, 0.5, Number.NaN, 2 ** 32, Number.POSITIVE_INFINITY])
      await refuses(() => connect({ backend, sizeBytes: size }), RangeError, /sizeBytes must be a whole number/);
  });

  test('a region too small or too large', async () => {
    if (backend !== 'wasm') return;
    await fails(() => connect({ sizeBytes: 0 }), 'EINVAL');
    await fails(() => connect({ sizeBytes: 64 }), 'ENOSPC');
    await fails(() => connect({ sizeBytes: 2 ** 31 + 64 }), 'EINVAL');
  });

  test('closes with a using block', async () => {
    let seen: Ipc;
    {
      await using ipc = await connect({ backend: backend as 'wasm' });
      seen = ipc;
    }
    expect(seen.closed).toBe(true);
    await seen.close();
    seen.closeSync();
  });
});

describe('attach', () => {
  test('joins, at once too', async () => {
    const ipc = await start();
    const semaphore = await ipc.semaphore({ value: 4 });
    for (const other of [await attach(ipc.ticket()), attachSync(ipc.ticket())]) {
      const twin = (await other.open(await semaphore.ticket())) as typeof semaphore;
      expect(await twin.getValue()).toBe(4);
      await other.close();
      await fails(() => twin.getValue(), 'EBADF');
    }
    expect(await semaphore.getValue()).toBe(4);
  });

  test('refuses what is no ticket, or a forged one', async () => {
    for (const ticket of [undefined, null, 7, {}, [], 'x', { backend: 'wasm' }]) {
      await refuses(() => attach(ticket as Wrong), TypeError, /ticket must be/);
      await refuses(() => attachSync(ticket as Wrong), TypeError, /ticket must be/);
    }
    await fails(() => attach({ backend: 'nats' as Wrong, data: {} }), 'EINVAL');
    if (backend === 'wasm') {
      for (const data of [{}, 5, { module: {}, memory: {}, sizeBytes: 1 }])
        await fails(() => attach({ backend: 'wasm', data }), 'EINVAL');
      const { data } = (await start()).ticket() as { data: Wrong };
      await fails(() => attach({ backend: 'wasm', data: { ...data, sizeBytes: 2 ** 40 } }), 'EINVAL');
      await fails(() => attach({ backend: 'wasm', data: { ...data, sizeBytes: -1 } }), 'EINVAL');
      const empty = new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
      for (let i = 0; i < 300; i++) await fails(() => attach({ backend: 'wasm', data: { ...data, module: empty } }), 'EINVAL');
      await (await attach({ backend: 'wasm', data })).close();
      const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
      await fails(() => attach({ backend: 'wasm', data: { ...data, memory } }), 'EINVAL');
    } else {
      const good = { namespace: 'default', sizeBytes: 1 << 20 };
      const wrong = [{}, 5, { ...good, namespace: '../x' }, { ...good, namespace: '' }, { ...good, namespace: 7 }];
      for (const data of [...wrong, { ...good, sizeBytes: 0 }, { ...good, sizeBytes: '1' }, { ...good, sizeBytes: 2 ** 40 }])
        await fails(() => attach({ backend: 'native', data }), 'EINVAL');
    }
  });

  test('a hundred agents come and go', async () => {
    const ipc = await start();
    for (let round = 0; round < 6; round++) {
      const others = await Promise.all(Array.from({ length: 100 }, () => attach(ipc.ticket())));
      await Promise.all(others.map((other) => other.close()));
    }
  });

  test('watch takes a worker', async () => {
    const ipc = await start();
    for (const wrong of [7, null, undefined, {}, console, new EventTarget()]) {
      await refuses(() => ipc.watch(wrong as Wrong), TypeError, /worker must be a Worker/);
    }
  });

  test('a ticket is a copy', async () => {
    const ipc = await start();
    const { data } = ipc.ticket() as Wrong;
    data.sizeBytes = 64;
    await (await attach(ipc.ticket())).close();
  });
});

describe('agents', () => {
  test('tells of each that is attached, of itself as such', async () => {
    const ipc = await alone();
    await ipc.semaphore({ value: 0 });
    const before = (await ipc.agents()).length;
    const other = await startAgent(ipc, 'worker');
    await other.run(async ({ ipc }) => void (await ipc.semaphore({ value: 0 })));
    for (const agents of [await ipc.agents(), ipc.agentsSync(), await other.run(({ ipc }) => ipc.agentsSync())]) {
      expect(agents.length).toBe(before + 1);
      expect(agents.filter(({ self }) => self).length).toBe(1);
      expect(agents.filter(({ suspect }) => suspect)).toEqual([]);
      for (const { owner } of agents) expect(owner).toBeGreaterThan(0);
    }
    await other.kill();
    await becomes(() => ipc.agentsSync().length, before);
  });

  test.skipIf(differs('agentsOfAThread'))('closeSync() is done when it returns, also while a close() is on its way', async () => {
    const ipc = await alone();
    await ipc.semaphore({ value: 0 });
    const other = await attach(ipc.ticket());
    const waiting = (await other.semaphore({ value: 0 })).wait();
    const before = ipc.agentsSync().length;
    const closed = other.close();
    const rejected = fails(() => waiting, 'EBADF');
    other.closeSync();
    expect(ipc.agentsSync().length).toBe(before - 1);
    await Promise.all([closed, rejected]);
  });

  test('none where nobody has used what is in the region', async () => {
    const ipc = await alone();
    expect((await ipc.agents()).map(({ self }) => self)).toEqual(backend === 'native' ? [] : [true]);
    await ipc.close();
    await fails(() => ipc.agents(), 'EBADF');
    await fails(() => ipc.agentsSync(), 'EBADF');
  });
});
