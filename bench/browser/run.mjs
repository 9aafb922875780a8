/** In Chromium, against MessagePort in the same page: run.mjs [WORDS]. */
import { launch } from '../../tests/browser/launch.mjs';
import { serve } from '../../tests/browser/serve.mjs';
import { inTurns, judge, median } from '../ratio.mjs';

const [words = ''] = process.argv.slice(2);
const PAIRS = 31;

/** Ours takes so many times less time, at least. */
const cases = [
  {
    what: 'page and worker, a round trip, both asleep',
    job: 'roundTrip',
    inPage: true,
    count: 1000,
    bar: 1,
    first: 'sluice asks, and awaits',
  },
  { what: 'two workers, a round trip, both asleep', job: 'roundTrip', count: 2000, bar: 3, first: 'sluice asks' },
  { what: 'two workers, messages of 64 bytes through a queue', job: 'messages', count: 50_000, bar: 3, first: 'sluice sends' },
  { what: 'two workers, batches of 128 through a ring', job: 'batches', count: 4000, bar: 2, first: 'sluice sends' },
];
const second = { roundTrip: 'answers', messages: 'receives', batches: 'receives' };
const first = { roundTrip: 'asks', messages: 'sends', batches: 'sends' };

const server = await serve();
const browser = await launch('chromium');
let passed = true;
for (const { what, job, inPage = false, count, bar, first: ours } of cases.filter((each) => each.what.includes(words))) {
  const page = await browser.newPage();
  page.on('pageerror', (error) => {
    throw error;
  });
  await page.goto(`${server.url}/bench/browser/page.html`);
  await page.waitForFunction('globalThis.ready');
  await page.evaluate((inPage) => globalThis.begin(inPage), inPage);
  const measure = (ends) => page.evaluate((...given) => globalThis.measure(...given), job, ends, count);
  const sluice = () => measure([ours, `sluice ${second[job]}`]);
  const port = () => measure([`port ${first[job]}`, `port ${second[job]}`]);
  await inTurns(2, sluice, port); // warms up
  const found = await inTurns(PAIRS, sluice, port);
  const each = (side) => ((median(found.map((times) => times[side])) * 1000) / count).toFixed(2);
  console.log(`# ${what}: ${each(0)} µs each, MessagePort ${each(1)}`);
  passed =
    judge(
      what,
      found.map(([a, b]) => b / a),
      bar,
    ) && passed;
  await page.close();
}
await browser.close();
await server.close();
if (!passed) process.exitCode = 1;
