/** The page of examples/browser while its workers count: frames a second; and what drawing costs them, against the same page that draws nothing. */
import { counted, serveExample } from '../../tests/browser/example.mjs';
import { launch } from '../../tests/browser/launch.mjs';
import { inTurns, interval, judge } from '../ratio.mjs';

const [PAIRS, LEAST_FRAMES, LEAST_MESSAGES] = [15, 30, 200_000];

/** Before the page's own script: frames are counted, or never come. */
function countFrames(draws) {
  const frame = globalThis.requestAnimationFrame.bind(globalThis);
  globalThis.frames_ = 0;
  globalThis.requestAnimationFrame = (draw) => (draws ? frame(draw) : 0);
  const count = () => frame(() => count(++globalThis.frames_));
  count();
}

const example = await serveExample();
const browser = await launch('chromium');

/** { rate, frames }: messages a second, as the page tells it; frames a second of the job's time. */
async function run(draws) {
  const page = await browser.newPage();
  await page.evaluateOnNewDocument(countFrames, draws);
  await page.goto(example.url);
  await page.evaluate(() => document.querySelector('#sample').click());
  await page.waitForFunction(() => document.querySelector('#status').textContent.startsWith('Counting'));
  const [begun, before] = [performance.now(), await page.evaluate('frames_')];
  await page.waitForFunction(() => / a second\./.test(document.querySelector('#status').textContent), {
    timeout: 60_000,
    polling: 20,
  });
  const frames = ((await page.evaluate('frames_')) - before) / ((performance.now() - begun) / 1000);
  const [, rate] = (await counted(page)).match(/([\d,]+) messages a second/);
  await page.close();
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
