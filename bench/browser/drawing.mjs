/** The page of examples/browser while its workers count: frames a second; and what drawing costs them, against the same page that draws nothing. */
import { counted, serveExample, textOf } from '../../tests/browser/example.mjs';
import { launch } from '../../tests/browser/launch.mjs';
import { inTurns, interval, judge } from '../ratio.mjs';

const [PAIRS, LEAST_FRAMES, LEAST_MESSAGES] = [15, 30, 200_000];

/** Before the page's own script: no frame ever comes. */
const drawNothing = () => {
  globalThis.requestAnimationFrame = () => 0;
};
const isOver = () => / a second\.|failed/.test(document.querySelector('#status').textContent);
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

const example = await serveExample();
const browser = await launch('chromium');

/** { rate, frames }: messages a second; frames a second, the least that the page showed, looked at twice a second. */
async function run(draws) {
  const page = await browser.newPage();
  if (!draws) await page.evaluateOnNewDocument(drawNothing);
  await page.goto(example.url);
  await page.evaluate(() => document.querySelector('#sample').click());
  await sleep(1500); // the first second's count is not whole
  let frames = Number.POSITIVE_INFINITY;
  for (; !(await page.evaluate(isOver)); await sleep(500)) frames = Math.min(frames, Number(await textOf(page, '#frames')));
  const [, rate] = (await counted(page)).match(/([\d,]+) messages a second/);
  await page.close();
  if (draws && !Number.isFinite(frames)) throw new Error('the job was over before its frames were looked at');
  return { rate: Number(rate.replaceAll(',', '')), frames };
}

await run(true); // warms up
const found = await inTurns(
  PAIRS,
  () => run(true),
  () => run(false),
);
await browser.close();
await example.close();

const say = (good, text) => {
  console.log(`${good ? 'ok' : 'not ok'} ${text}`);
  if (!good) process.exitCode = 1;
};
const of = (values) => {
  const [low, middle, high] = interval(values).map((value) => Math.round(value).toLocaleString('en'));
  return `${middle} (${low} to ${high}, ${values.length} runs)`;
};
const [frames, rates] = [found.map(([on]) => on.frames), found.map(([on]) => on.rate)];
say(interval(frames)[0] >= LEAST_FRAMES, `a page that draws: frames a second ${of(frames)}, at least ${LEAST_FRAMES}`);
say(interval(rates)[0] >= LEAST_MESSAGES, `... messages a second ${of(rates)}, at least ${LEAST_MESSAGES.toLocaleString('en')}`);
const ratios = found.map(([on, off]) => on.rate / off.rate);
if (!judge('... their rate, against a page that draws nothing', ratios, 0.9)) process.exitCode = 1;
