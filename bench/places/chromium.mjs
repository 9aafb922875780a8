/**
 * Ends in workers of a page in Chromium, of a browser of its own, since a page that another covers is slowed down; with `main`, the first
 * in the page itself. A page cannot pin its threads: the scheduler has them where it likes. Its clock goes by steps of 5 µs, even
 * where it is isolated: latencies are that coarse. What processor and memory it takes is not told.
 */
import { launch } from '../../tests/browser/launch.mjs';
import { serve } from '../../tests/browser/serve.mjs';

export async function start(thing, scenario) {
  const server = await serve();
  const browser = await launch('chromium');
  const page = await browser.newPage();
  page.on('pageerror', (error) => {
    throw error;
  });
  await page.goto(`${server.url}/bench/places/page.html`);
  await page.waitForFunction('globalThis.begin');
  await page.evaluate((...given) => globalThis.begin(...given), thing, scenario);
  return {
    run: () => page.evaluate(() => globalThis.run()),
    async stop() {
      await browser.close();
      await server.close();
    },
  };
}
