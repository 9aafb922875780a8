/** In Chromium, against MessagePort in the same page: run.mjs [WORDS]. */
import { launch } from '../../tests/browser/launch.mjs';
import { serve } from '../../tests/browser/serve.mjs';
import { inTurns, judge, median } from '../ratio.mjs';

const [words = ''] = process.argv.slice(2);
const PAIRS = 31;

const awaits = { inPage: true, first: 'sluice asks, and awaits' };
/** Ours takes so many times less time, at least; without a bar it is there for comparison. */
const cases = [
  { what: 'page and worker, a round trip', job: 'roundTrip', count: 1000, bar: 1, ...awaits },
  { what: 'page and worker, a round trip, both asleep', job: 'parkedTrip', count: 100, bar: 1, ...awaits },
  { what: 'two workers, a round trip', job: 'roundTrip', count: 2000, bar: 3, first: 'sluice asks' },
  { what: 'two workers, a round trip, both asleep', job: 'parkedTrip', count: 100, bar: 3, first: 'sluice asks' },
  { what: 'two workers, a round trip, both asleep, Atomics.wait alone', job: 'parkedTrip', count: 100, first: 'word asks' },
  { what: 'two workers, messages of 64 bytes through a queue', job: 'messages', count: 50_000, bar: 3, first: 'sluice sends' },
  { what: 'two workers, batches of 128 through a ring', job: 'batches', count: 4000, bar: 2, first: 'sluice sends' },
];
const opposite = { asks: 'answers', sends: 'receives' };

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
  const [, verb] = ours.match(/(asks|sends)/);
  const measure = (first) =>
    page.evaluate((...given) => globalThis.measure(...given), job, [first, `${first.split(' ')[0]} ${opposite[verb]}`], count);
  const sluice = () => measure(ours);
  const port = () => measure(`port ${verb}`);
  await inTurns(2, sluice, port); // warms up
  const found = await inTurns(PAIRS, sluice, port);
  const each = (side) => ((median(found.map((times) => times[side])) * 1000) / count).toFixed(2);
  console.log(`# ${what}: ${each(0)} µs each, MessagePort ${each(1)}`);
  const ratios = found.map(([a, b]) => b / a);
  if (bar === undefined) console.log(`# ${what}: ${median(ratios).toFixed(2)}`);
  else passed = judge(what, ratios, bar) && passed;
  await page.close();
}
await browser.close();
await server.close();
if (!passed) process.exitCode = 1;
