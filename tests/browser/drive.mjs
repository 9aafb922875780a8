/**
 * The conformance suite in a browser, on the page's main thread and in a worker: drive.mjs chromium|firefox [WORDS]. What is skipped
 * on a page differs there, `tests/conformance/divergences.ts` says why; `tests/conformance/node` is not for pages. Then pages.mjs and
 * example.mjs.
 */
import { readdirSync } from 'node:fs';
import { tests as exampleTests, serveExample } from './example.mjs';
import { launch, tryPage, untilDone } from './launch.mjs';
import { chromiumTests, tests } from './pages.mjs';
import { serve } from './serve.mjs';
import { openSite } from './site.mjs';

const WATCHDOG_MS = 300_000;
const [name, words = ''] = process.argv.slice(2);

/** A page of its own for each spec, as vitest has a process. */
const specs = ['tests/conformance', 'tests/browser'].flatMap((folder) =>
  readdirSync(folder).flatMap((file) => (file.endsWith('.spec.ts') && file.includes(words) ? [`/${folder}/${file}`] : [])),
);

async function runIn(browser, url, place, spec) {
  const page = await browser.newPage();
  const watchdog = setTimeout(() => {
    console.log(`not ok ${name}, ${place}: ${spec} has not ended`); // a Sync call that never returns stops every clock of its thread
    process.exit(1);
  }, WATCHDOG_MS);
  const done = untilDone(page, (text) => console.log(text.replace(/^(ok|not ok) /, `$1 ${name}, ${place}: `)));
  await page.goto(`${url}/tests/browser/page.html?place=${place}&spec=${spec}`);
  await done;
  clearTimeout(watchdog);
  await page.close();
}

/** In a browser of its own: both places go at once, and a page that another covers is slowed down. */
async function runAllIn(url, place) {
  const browser = await launch(name);
  for (const spec of specs) await runIn(browser, url, place, spec);
  await browser.close();
}

const server = await serve();
await Promise.all(['page', 'worker'].map((place) => runAllIn(server.url, place)));
await server.close();
const browser = await launch(name);
const site = await openSite();
const pages = name === 'chromium' ? { ...tests, ...chromiumTests } : tests;
for (const [what, test] of Object.entries(pages))
  if (`pages: ${what}`.includes(words)) await tryPage(browser, `${name}, pages: ${what}`, (page) => test(page, site));
await site.close();
const example = await serveExample();
for (const [what, test] of Object.entries(exampleTests))
  if (`example: ${what}`.includes(words)) await tryPage(browser, `${name}, example: ${what}`, (page) => test(page, example.url));
await example.close();
await browser.close();
