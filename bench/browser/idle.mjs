/** An idle page: processor time of all of the browser's processes, with 1,000 pending awaits and without. Printed, not judged. */
import { readdirSync, readFileSync } from 'node:fs';
import { launch } from '../../tests/browser/launch.mjs';
import { openSite } from '../../tests/browser/site.mjs';
import { inTurns, interval } from '../ratio.mjs';

const [PAIRS, SETTLE_MS, MEASURE_MS, WAITS] = [7, 3000, 10_000, 1000];
const TICKS_A_SECOND = 100; // sysconf(_SC_CLK_TCK) of Linux
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

const site = await openSite();
const browser = await launch('chromium');
const root = browser.process().pid;

/** Of every process below the browser's, in proc_pid_stat(5): parent, utime and stime. */
function ticks() {
  const all = new Map();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop().split(' ');
      all.set(Number(pid), { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) });
    } catch {} // it has ended
  }
  const below = (pid) => pid === root || (all.has(pid) && below(all.get(pid).parent));
  return [...all].filter(([pid]) => below(pid)).reduce((sum, [, { ticks }]) => sum + ticks, 0);
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
  const before = ticks();
  await sleep(MEASURE_MS);
  const used = ((ticks() - before) * 1000) / TICKS_A_SECOND / (MEASURE_MS / 1000);
  await page.close();
  return used;
}

const found = await inTurns(
  PAIRS,
  () => measure(WAITS),
  () => measure(0),
);
const of = (side) => interval(found.map((pair) => pair[side])).map((value) => value.toFixed(1));
for (const [side, what] of [`${WAITS} pending awaits`, 'none'].entries()) {
  const [low, middle, high] = of(side);
  console.log(`# an idle page with ${what}: ${middle} ms of processor a second (${low} to ${high}, ${PAIRS} runs)`);
}
await browser.close();
await site.close();
