/** One end, pinned, in a worker or a process of host.mjs's: the first message says which; each other one runs it. */
import { parentPort } from 'node:worker_threads';
import { runner } from '../runner.mjs';
import { metered, pin } from './processor.mjs';

const host = parentPort ?? process;
const post = (message) => (parentPort ? parentPort.postMessage(message) : process.send(message));

host.once('message', async (task) => {
  const run = await runner(task);
  if (task.scenario.pinned !== false) pin(task.processor);
  const once = parentPort ? run : () => metered(run); // a worker's process is the host's
  host.on('message', async (message) => message === 'run' && post(await once())); // the others are between the ends
  post('ready');
});
if (!parentPort) process.on('disconnect', () => process.exit());
