/** host.mjs THING SCENARIO: makes the ends, and has them all run once at each message. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { rolesOf, together } from '../roles.mjs';

const [thing, text] = process.argv.slice(2);
const scenario = JSON.parse(text);
const { open } = await import(`../things/${thing}.mjs`);
const roles = rolesOf(scenario);
const tickets = await open(scenario, roles);

/** One that stays in this thread, or a worker: what runs it once. */
async function begin({ role, count }, index) {
  const { ticket, transfer } = tickets[index];
  if (index === 0 && scenario.main) {
    const { runner } = await import('./end.mjs');
    return runner({ thing, role, count, ticket, scenario });
  }
  const workerData = { thing, role, count, index, ticket, scenario };
  const worker = new Worker(new URL('end.mjs', import.meta.url), { workerData, transferList: transfer });
  await once(worker, 'message');
  return async () => {
    worker.postMessage('run');
    const [found] = await once(worker, 'message');
    return found;
  };
}

const ends = await Promise.all(roles.map(begin));

process.on('message', async () => {
  const before = process.cpuUsage();
  const found = together(await Promise.all(ends.map((run) => run())), scenario);
  const { user, system } = process.cpuUsage(before);
  process.send({ ...found, cpuSeconds: (user + system) / 1e6, rssBytes: process.memoryUsage.rss() });
});
process.on('disconnect', () => process.exit());
process.send('ready');
