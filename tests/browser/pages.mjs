/**
 * Pages as a user's server gives them: with the headers that shared memory needs, without, in a frame; and what `connect()` says there.
 * Each test gets a fresh page of the server `site`: `/isolated/...` comes with the headers, `/bare/...` without.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { ISOLATION } from './serve.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** A name of this machine's that no browser takes for it. */
export const ELSEWHERE = 'sluice.test';
const TYPES = { js: 'text/javascript', wasm: 'application/wasm', html: 'text/html' };

/** The tree's files under either prefix; a path that ends in `.html` is an empty page, `?frame=PATH` with a frame. */
function answer(request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://site');
  const [, isolation, path] = pathname.match(/^\/(isolated|bare)\/(.*)$/) ?? [];
  const frame = searchParams.get('frame');
  const type = searchParams.get('type') ?? TYPES[path?.split('.').pop()] ?? 'text/plain';
  try {
    const body = path.endsWith('.html')
      ? `<!doctype html>${frame ? `<iframe src="${frame}"></iframe>` : ''}`
      : readFileSync(root + path);
    response.writeHead(200, { 'Content-Type': type, ...(isolation === 'isolated' && ISOLATION) }).end(body);
  } catch {
    response.writeHead(404).end();
  }
}

export async function openSite() {
  const server = createServer(answer);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: server.address().port, close: () => new Promise((resolve) => server.close(resolve)) };
}

/** In a page: what `connect(options)` comes to there, and what the page says of itself. */
async function tries(options) {
  const { connect, capabilities } = await import(new URL('dist/api/browser.js', location.href));
  const error = await connect(options).then(
    async (ipc) => void (await ipc.close()),
    ({ code, message }) => ({ code, message }),
  );
  return { error, says: capabilities() };
}

const HEADERS = /Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp/;

export const tests = {
  'with the headers it works': async (page, { port }) => {
    await page.goto(`http://127.0.0.1:${port}/isolated/page.html`);
    const { error, says } = await page.evaluate(tries);
    assert.equal(error, undefined);
    assert.equal(says.sharedMemory.available, true);
  },
  'without them connect() says which are missing': async (page, { port }) => {
    await page.goto(`http://127.0.0.1:${port}/bare/page.html`);
    const { error, says } = await page.evaluate(tries);
    assert.equal(error.code, 'ENOTSUP');
    assert.match(error.message, HEADERS);
    assert.match(says.sharedMemory.text, HEADERS);
    assert.match(says.text, /^wasm does not work here: there is no shared memory here.*; native does not work here/);
    assert.equal(says.wasm.available, false);
  },
  'a frame of a page without them is told what its surroundings need': async (page, { port }) => {
    await page.goto(`http://127.0.0.1:${port}/bare/page.html?frame=/isolated/page.html`);
    const frame = page.frames().find((each) => each !== page.mainFrame());
    const { error } = await frame.evaluate(tries);
    assert.equal(error.code, 'ENOTSUP');
    assert.match(error.message, /in this frame: it and each page around it.*allow="cross-origin-isolated"/);
    assert.match(error.message, HEADERS);
  },
  'a page from elsewhere that comes without TLS is told so': async (page, { port }) => {
    await page.goto(`http://${ELSEWHERE}:${port}/isolated/page.html`);
    const { error } = await page.evaluate(tries);
    assert.equal(error.code, 'ENOTSUP');
    assert.match(error.message, /https, or from localhost/);
  },
  'a module that is not there, or is none: the error names its address': async (page, { port }) => {
    const site = `http://127.0.0.1:${port}/isolated/`;
    await page.goto(`${site}page.html`);
    const of = async (wasm) => (await page.evaluate(tries, { wasm })).error;
    assert.equal(await of(`${site}build/sluice.wasm`), undefined);
    assert.equal(await of(`${site}build/sluice.wasm?type=text/plain`), undefined); // its bytes count
    const missing = await of(`${site}nowhere.wasm`);
    assert.equal(missing.code, 'ENOENT');
    assert.match(missing.message, /nowhere\.wasm answered 404/);
    const html = await of(`${site}page.html`);
    assert.equal(html.code, 'EINVAL');
    assert.match(html.message, /page\.html \(text\/html\) is no WebAssembly module/);
    const dead = await of('http://127.0.0.1:9/sluice.wasm');
    assert.equal(dead.code, 'ENOENT');
    assert.match(dead.message, /127\.0\.0\.1:9\/sluice\.wasm/);
  },
  'a size that the engine refuses is named': async (page, { port }) => {
    await page.goto(`http://127.0.0.1:${port}/isolated/page.html`);
    await page.evaluate(() => {
      const { Memory } = WebAssembly;
      WebAssembly.Memory = class extends Memory {
        constructor(size) {
          if (size.initial > 1000) throw new RangeError('could not allocate memory');
          super(size);
        }
      };
    });
    const { error } = await page.evaluate(tries, { sizeBytes: 1 << 30 });
    assert.equal(error.code, 'ENOMEM');
    assert.match(error.message, /1073741824.*could not allocate memory/);
  },
};
