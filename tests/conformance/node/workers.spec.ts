/** A worker's end, as Node tells of it. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { startAgent } from '../agents.js';
import { alone, backend, fails, fresh, start } from '../backends.js';

describe('watch', () => {
  test('leaves nothing at a worker when its ipc closes', async () => {
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
    worker.peer.worker!.emit('exit', 0);
    const gone = { code: 'ESRCH', message: expect.stringContaining('connect or attach again') };
    await expect(worker.run(({ kept }) => kept.wait)).rejects.toMatchObject(gone);
    await expect(worker.run(({ ipc }, name) => ipc.semaphore(name), name)).rejects.toMatchObject(gone);
    await expect(worker.run(({ ipc }, name) => ipc.semaphoreSync(name), name)).rejects.toMatchObject(gone);
    await worker.run(({ ipc }) => ipc.close());
    await semaphore.post();
    expect(semaphore.tryWait()).toBe(true);
  });

  test('takes no worker that has ended', async () => {
    const ipc = await start();
    const worker = new Worker('', { eval: true });
    await once(worker, 'exit');
    await fails(() => ipc.watch(worker), 'ESRCH');
  });
});

test('an agent bears the number of its thread, or process', async () => {
  const ipc = await alone();
  await ipc.semaphore({ value: 0 });
  const other = await startAgent(ipc, 'worker');
  await other.run(async ({ ipc }) => void (await ipc.semaphore({ value: 0 })));
  const owners = ipc.agentsSync().map(({ owner }) => owner);
  expect(owners).toContain(backend === 'native' ? process.pid : other.peer.worker!.threadId + 1);
});
