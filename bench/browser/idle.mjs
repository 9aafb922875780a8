/** An idle page: processor time of the processes of its pages, with 1,000 pending awaits and without. Printed, not judged. */
import { readdirSync, readFileSync } from 'node:fs';
import { launch } from '../../tests/browser/launch.mjs';
import { openSite } from '../../tests/browser/site.mjs';
import { inTurns, interval } from '../ratio.mjs';

const [PAIRS, SETTLE_MS, MEASURE_MS, WAITS] = [7, 3000, 10_000, 1000];
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

const site = await openSite();
const browser = await launch('chromium');
const root = browser.process().pid;

/** What `look` finds of a process; `nothing` where it has ended meanwhile: the browser begins and ends them at any time. */
function of(nothing, look) {
  try {
    return look();
  } catch (error) {
    if (!['ENOENT', 'ESRCH'].includes(error.code)) throw error;
    return nothing;
  }
}

const read = (file) => of('0', () => readFileSync(file, 'utf8'));

/** The child processes of a process, and theirs. */
function below(pid) {
  return read(`/proc/${pid}/task/${pid}/children`)
    .split(' ')
    .filter(Number)
    .flatMap((child) => [child, ...below(child)]);
}

const isRenderer = (pid) => read(`/proc/${pid}/cmdline`).includes('--type=renderer');
const threadsOf = (pid) =>
  of([], () => readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}/schedstat`));

/** Nanoseconds of processor that the pages' processes have had, a thread's first number in its schedstat: the browser's own tidy up at any time. */
function spent() {
  const times = below(root).filter(isRenderer).flatMap(threadsOf).map(read);
  return times.reduce((sum, schedstat) => sum + Number.parseInt(schedstat, 10), 0);
}

async function wait(waits) {
  const { connect } = await import(new URL('dist/api/browser.js', location.href));
  const ipc = await connect();
  const semaphores = await Promise.all(Array.from({ length: 8 }, () => ipc.semaphore({})));
  for (let i = 0; i < waits; i++) void semaphores[i % 8].wait().catch(() => {});
  return (await Promise.all(semaphores.map((each) => each.getValue()))).length;
}

/** Milliseconds of processor a second. */
async function measure(waits) {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${site.port}/isolated/empty.html`);
  await page.evaluate(wait, waits);
  await sleep(SETTLE_MS);
  const before = spent();
  await sleep(MEASURE_MS);
  const used = (spent() - before) / 1e6 / (MEASURE_MS / 1000);
  await page.close();
  return used;
}

const found = await inTurns(
  PAIRS,
  () => measure(WAITS),
  () => measure(0),
);
const range = (side) => interval(found.map((pair) => pair[side])).map((value) => value.toFixed(2));
for (const [side, what] of [`${WAITS} pending awaits`, 'none'].entries()) {
  const [low, middle, high] = range(side);
  console.log(`# an idle page with ${what}: ${middle} ms of processor a second (${low} to ${high}, ${PAIRS} runs)`);
}
await browser.close();
await site.close();
