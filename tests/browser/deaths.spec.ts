/** Deaths of a page's workers, whom nothing but their Web Locks tells of. */
import { expect, test } from 'vitest';
import { startAgent } from '../conformance/agents.js';
import { fresh, start, turn } from '../conformance/backends.js';

test('is noticed though others sleep, and are first in line for its lock', { timeout: 20_000 }, async () => {
  const ipc = await start();
  const semaphore = await ipc.semaphore(fresh('semaphore'), { create: true });
  const sleepers = await Promise.all([0, 1, 2].map(() => startAgent(ipc, 'worker')));
  const other = await startAgent(ipc, 'worker');
  const slept = sleepers.map((agent) => agent.run(({ ipc }, name) => ipc.semaphoreSync(name).waitSync(), semaphore.name!));
  await turn();
  await other.kill();
  for (const _ of sleepers) await semaphore.post();
  await Promise.all(slept);
  expect(await semaphore.getValue()).toBe(0);
});

/** Both locks are the worker's, and go at its end: ours, and the one that proves it. */
test('is settled when its locks are released', { timeout: 60_000 }, async () => {
  const ipc = await start();
  const took: number[] = [];
  for (let round = 0; round < 30; round++) {
    const agent = await startAgent(ipc, 'worker');
    const lock = fresh('semaphore');
    await agent.run(
      (_, lock) =>
        new Promise<void>((held) => {
          navigator.locks.request(lock, () => {
            held();
            return new Promise(() => {});
          });
        }),
      lock,
    );
    const released = navigator.locks.request(lock, () => performance.now());
    await agent.kill();
    took.push(performance.now() - (await released));
  }
  took.sort((a, b) => a - b);
  console.log(`# settled after the lock's release: p50 ${took[15]!.toFixed(1)} ms, most ${took.at(-1)!.toFixed(1)} ms`);
});
