/** tests/stress/terminate.mjs in a page: terminate.mjs BROWSER SEED COUNT. */
import { launch, untilDone } from './launch.mjs';
import { serve } from './serve.mjs';

const [name, seed, count] = process.argv.slice(2);
const server = await serve();
const browser = await launch(name);
const page = await browser.newPage();
let failed = false;
const ended = untilDone(page, (text) => {
  console.log(text);
  failed ||= text.startsWith('not ok');
});
await page.goto(`${server.url}/tests/browser/terminate.html?seed=${seed}&count=${count}`);
await ended;
await browser.close();
await server.close();
if (failed) process.exitCode = 1;
