/** host.mjs PLACE THING SCENARIO: makes the ends, and has them all run once at each message. */
import { fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { rolesOf, together } from '../roles.mjs';
import { runner } from '../runner.mjs';
import { metered, pin } from './processor.mjs';

const [reach, thing, text] = process.argv.slice(2);
const namespace = `bench-${process.pid}`;
const scenario = { ...JSON.parse(text), reach, namespace };
const { open, joined, parent = false } = await import(`../things/${thing}.mjs`);
const roles = rolesOf(scenario);
const tickets = await open(scenario, roles);
const processors = availableParallelism(); // before the main thread is pinned: it would count one
const tasks = roles.map((each, index) => ({
  ...each,
  thing,
  scenario,
  ticket: tickets[index].ticket,
  processor: index % processors,
}));

const script = new URL('end.mjs', import.meta.url);
/** What has an end, and how it is told something. */
const ways = {
  threads() {
    const worker = new Worker(script);
    return { far: worker, post: (message, transfer) => worker.postMessage(message, transfer) };
  },
  processes() {
    const child = fork(fileURLToPath(script), { serialization: 'advanced' });
    process.on('exit', () => child.kill('SIGKILL')); // it may be asleep in a call
    return { far: child, post: (message) => child.send(message) };
  },
};

/** One elsewhere: `ready` gives what runs it once. */
function begin(task, index) {
  const { far, post } = ways[reach]();
  far.on('exit', (code) => process.exit(code || 1)); // none leaves before it is told to
  const answer = () =>
    new Promise((resolve) => {
      const hear = (message) => {
        if (message instanceof Uint8Array) return; // between the ends
        far.off('message', hear);
        resolve(message);
      };
      far.on('message', hear);
    });
  const run = () => {
    post('run');
    return answer();
  };
  const ready = answer().then(() => run);
  post(task, tickets[index].transfer);
  return { far, ready };
}

/** One in this thread. */
async function stay(task, far) {
  const run = await runner(task, { other: far });
  pin(task.processor);
  return run;
}

const here = parent || scenario.main ? 1 : 0;
const others = tasks.map((task, index) => (index < here ? undefined : begin(task, index)));
const [{ far }] = others.slice(here);
const ends = await Promise.all(others.map((other, index) => other?.ready ?? stay(tasks[index], far)));
await joined?.();
rmSync(`/dev/shm/sluice-${process.geteuid()}-${namespace}`, { force: true }); // what the native backend maps: the ends have it

/** The first one last: where it is in this thread, nobody else is told anything before it waits. */
const all = async () => together(await Promise.all(ends.toReversed().map((run) => run())), scenario);
/** Where it has an end of its own, or all. */
const measured = reach === 'threads' || here > 0 ? () => metered(all) : all;
process.on('message', async () => {
  const { endsCpuSeconds, endsRssBytes, cpuSeconds = 0, rssBytes = 0, ...found } = await measured();
  process.send({ ...found, cpuSeconds: cpuSeconds + endsCpuSeconds, rssBytes: rssBytes + endsRssBytes });
});
process.on('disconnect', () => process.exit());
process.send('ready');
