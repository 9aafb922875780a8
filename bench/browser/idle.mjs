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

/** The child processes of a process, and theirs. */
function below(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  return children.flatMap((child) => [child, ...below(child)]);
}

/** Nanoseconds of processor that the pages' processes have had, a thread's first number in its schedstat: the browser's own tidy up at any time. */
function spent() {
  let sum = 0;
  for (const pid of below(root)) {
    if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--type=renderer')) continue;
    for (const thread of readdirSync(`/proc/${pid}/task`))
      sum += Number.parseInt(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8'), 10);
  }
  return sum;
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
const of = (side) => interval(found.map((pair) => pair[side])).map((value) => value.toFixed(2));
for (const [side, what] of [`${WAITS} pending awaits`, 'none'].entries()) {
  const [low, middle, high] = of(side);
  console.log(`# an idle page with ${what}: ${middle} ms of processor a second (${low} to ${high}, ${PAIRS} runs)`);
}
await browser.close();
await site.close();
