/** In a page what host.mjs is in Node. */
import { rolesOf, together } from '../roles.mjs';
import { runner } from '../runner.mjs';

function inWorker(task, transfer = []) {
  const worker = new Worker(new URL('./worker.mjs', import.meta.url), { type: 'module' });
  const answer = () =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
    });
  const run = () => {
    const found = answer();
    worker.postMessage('run');
    return found;
  };
  const ready = answer().then(() => run);
  worker.postMessage(task, transfer);
  return ready;
}

/** What chromium.mjs calls first; then it calls `run`. */
globalThis.begin = async (thing, given) => {
  const scenario = { ...given, reach: 'threads', namespace: 'bench' };
  const { open, joined } = await import(`../things/${thing}.mjs`);
  const roles = rolesOf(scenario);
  const tickets = await open(scenario, roles);
  const begin = (role, index) => {
    const { ticket, transfer } = tickets[index];
    const task = { ...role, thing, scenario, ticket };
    return index === 0 && scenario.main ? runner(task, {}) : inWorker(task, transfer);
  };
  const ends = await Promise.all(roles.map(begin));
  await joined?.();
  globalThis.run = async () => {
    const found = await Promise.all(ends.toReversed().map((run) => run()));
    const { seconds, latenciesNs } = together(found, scenario);
    return { seconds, latenciesNs: latenciesNs && [...latenciesNs] };
  };
};
