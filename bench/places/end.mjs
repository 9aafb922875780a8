/** One end, in a worker of host.mjs, pinned to a processor; or in its main thread. */
import { execFileSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';

const now = () => performance.timeOrigin + performance.now();

/** What runs it once: from when to when, in milliseconds, and what it found. */
export async function runner({ thing, role, count, ticket, scenario }) {
  const { join } = await import(`../things/${thing}.mjs`);
  const works = await join(ticket, scenario);
  return async () => {
    const begun = now();
    const found = await works[role](count);
    return { begun, ended: now(), ...found };
  };
}

/** The thread that calls, sched_setaffinity(2). */
function pin(processor) {
  const id = readlinkSync('/proc/thread-self').split('/').pop();
  execFileSync('taskset', ['-p', '-c', `${processor}`, id], { stdio: 'ignore' });
}

if (!isMainThread) {
  const processors = availableParallelism(); // as all of them count: a thread that has one only is told one
  const run = await runner(workerData);
  if (workerData.scenario.pinned !== false) pin(workerData.index % processors);
  parentPort.on('message', async () => parentPort.postMessage(await run()));
  parentPort.postMessage('ready');
}
