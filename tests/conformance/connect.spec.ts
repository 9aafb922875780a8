/** connect, attach, capabilities: what starts, and what says why it does not. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { attach, attachSync, capabilities, connect, type Ipc } from 'sluice';
import { describe, expect, onTestFinished, test } from 'vitest';
import { places, startAgent } from './agents.js';
import { backend, fails, fresh, refuses, start, text } from './backends.js';

// biome-ignore lint/suspicious/noExplicitAny: wrong types are the matter here
type Wrong = any;

describe('connect', () => {
  test('says which backend it has', async () => {
    const ipc = await start();
    expect(ipc.backend).toBe(backend);
    expect(capabilities()[backend as 'wasm' | 'native']).toMatchObject({ available: true });
    expect(capabilities().wasm.text).toMatch(/\.$/);
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

  test('the core from bytes, a module, a file', async () => {
    if (backend !== 'wasm') return;
    const file = new URL('../../build/sluice.wasm', import.meta.url);
    const bytes = readFileSync(file);
    for (const wasm of [bytes, new WebAssembly.Module(bytes), file, file.href]) {
      await using ipc = await connect({ wasm });
      expect(await (await ipc.semaphore({ value: 3 })).getValue()).toBe(3);
    }
    await refuses(() => connect({ wasm: new Uint8Array(8) }), WebAssembly.CompileError as Wrong, /./);
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
    for (const wrong of [7, null, undefined, {}, process, new EventTarget()]) {
      await refuses(() => ipc.watch(wrong as Wrong), TypeError, /worker must be a Worker/);
    }
  });

  test('watch leaves nothing at a worker when its ipc closes', async () => {
    const worker = new Worker('setInterval(() => {}, 1000)', { eval: true });
    const before = worker.listenerCount('exit');
    const ipc = await start();
    ipc.watch(worker);
    ipc.watch(worker);
    expect(worker.listenerCount('exit')).toBe(before + (backend === 'wasm' ? 1 : 0));
    await ipc.close();
    expect(worker.listenerCount('exit')).toBe(before);
    await worker.terminate();
  });

  test('a ticket is a copy', async () => {
    const ipc = await start();
    const { data } = ipc.ticket() as Wrong;
    data.sizeBytes = 64;
    await (await attach(ipc.ticket())).close();
  });

  // natively the kernel proves a death, and nobody can forge it here
  test.runIf(backend === 'wasm')('a worker that lives though its end was told is told so itself', async () => {
    const ipc = await start();
    const name = fresh('semaphore');
    const semaphore = await ipc.semaphore(name, { create: true });
    const worker = await startAgent(ipc, 'worker');
    await worker.run(({ ipc, kept }, name) => {
      kept.wait = ipc.semaphoreSync(name).wait();
      kept.wait.catch(() => {});
    }, name);
    (worker.peer as Worker).emit('exit', 0);
    const gone = { code: 'ESRCH', message: expect.stringContaining('connect or attach again') };
    await expect(worker.run(({ kept }) => kept.wait)).rejects.toMatchObject(gone);
    await expect(worker.run(({ ipc }, name) => ipc.semaphore(name), name)).rejects.toMatchObject(gone);
    await expect(worker.run(({ ipc }, name) => ipc.semaphoreSync(name), name)).rejects.toMatchObject(gone);
    await worker.run(({ ipc }) => ipc.close());
    await semaphore.post();
    expect(semaphore.tryWait()).toBe(true);
  });

  test('watch takes no worker that has ended', async () => {
    const ipc = await start();
    const worker = new Worker('', { eval: true });
    await once(worker, 'exit');
    await fails(() => ipc.watch(worker), 'ESRCH');
  });
});

describe('agents', () => {
  const namespace = `t${process.pid}`;
  const file = `/dev/shm/sluice-${process.geteuid!()}-${namespace}`;

  /** A region that nobody else uses meanwhile. */
  async function alone(): Promise<Ipc> {
    const ipc = await connect({ backend, namespace });
    onTestFinished(async () => {
      await ipc.close();
      rmSync(file, { force: true });
    });
    return ipc;
  }

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
    const seen = new Set((await ipc.agents()).map(({ owner }) => owner));
    expect(seen.has(backend === 'native' ? process.pid : (other.peer as Worker).threadId + 1)).toBe(true);
    await other.kill();
    await expect.poll(() => ipc.agentsSync().length).toBe(before);
  });

  test('none where nobody has used what is in the region', async () => {
    const ipc = await alone();
    expect((await ipc.agents()).map(({ self }) => self)).toEqual(backend === 'native' ? [] : [true]);
    await ipc.close();
    await fails(() => ipc.agents(), 'EBADF');
    await fails(() => ipc.agentsSync(), 'EBADF');
  });

  test.runIf(backend === 'native')('the error says what is wrong with the mapped file', async () => {
    const ipc = await alone();
    writeFileSync(file, new Uint8Array(65536), { mode: 0o644 });
    expect((await fails(() => ipc.agents(), 'EACCES')).message).toContain(`${file} must be a plain file`);
    chmodSync(file, 0o600);
    expect((await fails(() => ipc.agentsSync(), 'EUCLEAN')).message).toContain(`${file} is of another version or damaged`);
  });

  test.runIf(places.includes('process'))('a stopped process is suspect, and its own all the same', async () => {
    const ipc = await alone();
    const ring = await ipc.ring({ capacityBytes: 4096 });
    const other = await startAgent(ipc, 'process');
    const { pid } = other.peer as ChildProcess;
    await other.run(
      async ({ ipc, kept }, ticket) => {
        kept.ring = await ipc.open(ticket);
        await kept.ring.send('first');
      },
      await ring.ticket(),
    );
    const suspects = () => ipc.agentsSync().filter(({ suspect }) => suspect);
    expect(suspects()).toEqual([]);
    process.kill(pid!, 'SIGSTOP');
    await expect.poll(suspects).toEqual([{ owner: pid, self: false, suspect: true }]);
    expect(text(await ring.receive())).toBe('first');
    await fails(() => ring.receive({ timeout: 50 }), 'ETIMEDOUT');
    await fails(() => ring.send('there is one producer', { timeout: 50 }), 'EBUSY');
    process.kill(pid!, 'SIGCONT');
    await expect.poll(suspects).toEqual([]);
    await other.run(({ kept }) => kept.ring.send('second'));
    expect(text(await ring.receive())).toBe('second');
  });
});
