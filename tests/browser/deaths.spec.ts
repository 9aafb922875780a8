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
