/** The page of examples/browser, used as people do: files dropped, workers killed, by keyboard, on a phone, in the dark. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';

const root = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = `${root}build/example`;
const TEXT_BYTES = 32768;

/** As `make serve` does. */
export async function serveExample() {
  const server = await createServer({
    root: `${root}examples/browser`,
    logLevel: 'error',
    server: { host: '127.0.0.1', port: 0, hmr: false, watch: null },
  });
  await server.listen();
  return { url: `http://127.0.0.1:${server.httpServer.address().port}/`, close: () => server.close() };
}

export const textOf = (page, id) => page.$eval(id, (element) => element.textContent);
const numberOf = async (page, id) => Number((await textOf(page, id)).replaceAll(/\D/g, ''));

/** Until it says that one worker alone has counted the same. */
export async function counted(page, timeout = 60_000) {
  const ended = () => /alone comes|failed/.test(document.querySelector('#status').textContent);
  await page.waitForFunction(ended, { timeout, polling: 50 });
  const text = await textOf(page, '#status');
  assert.match(text, /One worker alone comes to the same counts\.$/);
  return text;
}

/** Files whose words lie across the ends of pieces and of what is read at once; each 'ab' is a word of its own. */
function filesOnEdges() {
  mkdirSync(FOLDER, { recursive: true });
  const files = {
    'empty.txt': ['', 0],
    'no-words.txt': [' \n'.repeat(TEXT_BYTES), 0],
    'one-long-run.txt': ['x'.repeat(40 * TEXT_BYTES + 65), (40 * TEXT_BYTES) / 64 + 2],
    'on-the-edge.txt': [`${'y'.repeat(63)} ${'ab '.repeat(11_000)}ab`, 11_002],
    'past-a-mebibyte.txt': ['abc '.repeat(300_000), 300_000],
  };
  for (const [name, [text]] of Object.entries(files)) writeFileSync(`${FOLDER}/${name}`, text);
  return {
    paths: Object.keys(files).map((name) => `${FOLDER}/${name}`),
    words: Object.values(files).reduce((sum, [, words]) => sum + words, 0),
  };
}

/** Each text's contrast to what lies behind it, as WCAG 2 has it: at least 4.5. */
function paleTexts() {
  const channels = (color) => color.match(/[\d.]+/g).map(Number);
  const light = (channel) => (channel / 255 <= 0.04045 ? channel / 255 / 12.92 : ((channel / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * light(r) + 0.7152 * light(g) + 0.0722 * light(b);
  const behind = (element) => {
    const color = channels(getComputedStyle(element).backgroundColor);
    return color[3] === 0 && element.parentElement ? behind(element.parentElement) : color;
  };
  const contrast = (element) => {
    const [a, b] = [luminance(channels(getComputedStyle(element).color)), luminance(behind(element))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  };
  const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '');
  const texts = [...document.querySelectorAll('main *')].filter((element) => hasText(element) && !element.disabled);
  if (texts.length < 20) return [`only ${texts.length} texts`];
  return texts.filter((element) => contrast(element) < 4.5).map((element) => `${element.tagName} ${element.textContent}`);
}

async function press(page, selector, key) {
  const focused = () => page.evaluate((wanted) => document.activeElement.matches(wanted), selector);
  for (let i = 0; i < 20 && !(await focused()); i++) await page.keyboard.press('Tab');
  assert.ok(await focused(), `${selector} is not reached by Tab`);
  await page.keyboard.press(key);
}

/** Now one counter, now the other, at moments that have nothing to do with what they do. */
async function killNow(kills) {
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const status = () => document.querySelector('#status').textContent;
  for (let i = 0; i < kills; i++) {
    await sleep(100 + 50 * i);
    if (!status().startsWith('Counting')) throw new Error(`the job was over before kill ${i}: ${status()}`);
    document.querySelector(`#crew li:nth-child(${1 + (i % 2)}) button`).click();
  }
}

/** Before the page's own script: every counter gets a ticket that opens nothing. */
function forgeTickets() {
  const { postMessage } = Worker.prototype;
  Worker.prototype.postMessage = function (order) {
    postMessage.call(this, order.worker > 0 ? { ...order, pieces: { ...order.pieces, data: [1] } } : order);
  };
}

/** Each takes a page and the address. */
export const tests = {
  'files are counted, and come to what they hold': async (page, url) => {
    const { paths, words } = filesOnEdges();
    await page.goto(url);
    await (await page.$('#files')).uploadFile(...paths);
    await counted(page);
    assert.equal(await numberOf(page, '#words'), words);
  },
  'files are dropped, and counted': async (page, url) => {
    await page.goto(url);
    await page.evaluate(() => {
      const dataTransfer = new DataTransfer();
      for (const text of ['one two', 'three']) dataTransfer.items.add(new File([text], `${text}.txt`));
      const event = (type) => new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true });
      const target = document.querySelector('#drop');
      if (target.dispatchEvent(event('dragover'))) throw new Error('the browser would open what is dropped');
      target.dispatchEvent(event('drop'));
    });
    await counted(page);
    assert.equal(await numberOf(page, '#words'), 3);
  },
  'workers are killed, and the counts are right all the same': async (page, url) => {
    const KILLS = 6;
    await page.goto(url);
    await page.click('#sample');
    await page.waitForSelector('#crew li:nth-child(2)');
    await page.evaluate(killNow, KILLS);
    console.log(`# ${await counted(page)}`);
    console.log(`# killed: ${await textOf(page, '#killed')}; counted again: ${await textOf(page, '#again')}`);
    assert.match(await textOf(page, '#killed'), new RegExp(`^${KILLS}\\b`));
  },
  'a job is begun, and a worker killed, by keyboard': async (page, url) => {
    await page.goto(url);
    await press(page, '#sample', 'Enter');
    await page.waitForSelector('#crew button');
    await press(page, '#crew button', ' ');
    assert.ok(await page.evaluate(() => document.activeElement.matches('#crew button')), 'the focus is at the successor');
    await counted(page);
    assert.match(await textOf(page, '#killed'), /^1\b/);
  },
  'it is legible in the light and in the dark, and as wide as a phone': async (page, url) => {
    await page.goto(url);
    await page.click('#sample');
    await page.waitForSelector('#crew li:nth-child(2)');
    for (const scheme of ['light', 'dark', '']) {
      await page.evaluate((scheme) => {
        document.documentElement.style.colorScheme = scheme; // instead of what the user prefers
      }, scheme);
      assert.deepEqual(await page.evaluate(paleTexts), [], scheme);
    }
    await page.setViewport({ width: 360, height: 740 });
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 360, 'nothing sticks out');
    await page.setViewport({ width: 1000, height: 1000 });
    await page.waitForFunction(() => document.querySelector('#progress').value > 0.4, { timeout: 60_000 });
    await page.screenshot({ path: `${FOLDER}/page.png` });
    await counted(page);
  },
  'a worker that fails is told of, and another job may begin': async (page, url) => {
    await page.evaluateOnNewDocument(forgeTickets);
    await page.goto(url);
    await page.click('#sample');
    await page.waitForFunction(() => document.querySelector('#status').textContent.startsWith('It failed'));
    assert.match(await textOf(page, '#status'), /It failed: worker \d: .*(TypeError|IpcError|EINVAL|ticket)/);
    assert.ok(await page.$eval('#sample', (button) => !button.disabled));
    assert.equal(await page.$eval('#crew', (crew) => crew.querySelectorAll('button:enabled').length), 0);
  },
  'where nothing can be shared it says why': async (page, url) => {
    await page.evaluateOnNewDocument(() => {
      delete globalThis.SharedArrayBuffer;
    });
    await page.goto(url);
    await page.click('#sample');
    await page.waitForFunction(() => document.querySelector('#status').textContent.startsWith('It failed'));
    assert.match(await textOf(page, '#status'), /Cross-Origin-Opener-Policy|no SharedArrayBuffer/);
  },
};
