/** Awaits what comes while `waits` others are pending, on 8 semaphores. */
import { connect } from 'sluice';
import { awaited } from './alone.mjs';

export { open } from './alone.mjs';

const OTHERS = 8;

export async function join(_, { waits }) {
  const ipc = await connect();
  const others = await Promise.all(Array.from({ length: OTHERS }, () => ipc.semaphore({})));
  for (let i = 0; i < waits; i++) void others[i % OTHERS].wait().catch(() => {});
  const own = await ipc.semaphore({});
  return awaited(() => {
    const waiting = own.wait();
    own.postSync();
    return waiting;
  });
}
