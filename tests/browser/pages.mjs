/**
 * Pages as a user's server gives them: with the headers that shared memory needs, without, in a frame; and what `connect()` says there.
 * Each test gets a fresh page, and the server of site.mjs.
 */
import assert from 'node:assert/strict';
import { ELSEWHERE } from './launch.mjs';

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
    await page.goto(`http://127.0.0.1:${port}/isolated/empty.html`);
    const { error, says } = await page.evaluate(tries);
    assert.equal(error, undefined);
    assert.equal(says.sharedMemory.available, true);
  },
  'without them connect() says which are missing': async (page, { port }) => {
    await page.goto(`http://127.0.0.1:${port}/bare/empty.html`);
    const { error, says } = await page.evaluate(tries);
    assert.equal(error.code, 'ENOTSUP');
    assert.match(error.message, HEADERS);
    assert.match(says.sharedMemory.text, HEADERS);
    assert.match(says.blocking.text, HEADERS);
    assert.match(says.text, /^wasm does not work here: there is no shared memory here.*; native does not work here/);
    assert.equal(says.wasm.available, false);
  },
  'a frame of a page without them is told what its surroundings need': async (page, { port }) => {
    await page.goto(`http://127.0.0.1:${port}/bare/empty.html?frame=/isolated/empty.html`);
    const frame = page.frames().find((each) => each !== page.mainFrame());
    const { error } = await frame.evaluate(tries);
    assert.equal(error.code, 'ENOTSUP');
    assert.match(error.message, /in this frame: it and each page around it.*allow="cross-origin-isolated"/);
    assert.match(error.message, HEADERS);
  },
  'a page from elsewhere that comes without TLS is told so': async (page, { port }) => {
    await page.goto(`http://${ELSEWHERE}:${port}/isolated/empty.html`);
    const { error } = await page.evaluate(tries);
    assert.equal(error.code, 'ENOTSUP');
    assert.match(error.message, /https, or from localhost/);
  },
  'a module that is not there, or is none: the error names its address': async (page, { port }) => {
    const site = `http://127.0.0.1:${port}/isolated/`;
    await page.goto(`${site}empty.html`);
    const of = async (wasm) => (await page.evaluate(tries, { wasm })).error;
    assert.equal(await of(`${site}build/sluice.wasm`), undefined);
    assert.equal(await of(`${site}build/sluice.wasm?type=text/plain`), undefined); // its bytes count
    const missing = await of(`${site}nowhere.wasm`);
    assert.equal(missing.code, 'ENOENT');
    assert.match(missing.message, /nowhere\.wasm answered 404/);
    const html = await of(`${site}empty.html`);
    assert.equal(html.code, 'EINVAL');
    assert.match(html.message, /empty\.html \(text\/html\) is no WebAssembly module/);
    const dead = await of('http://127.0.0.1:9/sluice.wasm');
    assert.equal(dead.code, 'ENOENT');
    assert.match(dead.message, /127\.0\.0\.1:9\/sluice\.wasm/);
  },
  'a size that the engine refuses is named': async (page, { port }) => {
    await page.goto(`http://127.0.0.1:${port}/isolated/empty.html`);
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
  'an AudioWorklet joins at once, and plays what a ring brings': async (page, { port }) => {
    await page.goto(`http://127.0.0.1:${port}/isolated/empty.html`);
    const { told, played } = await page.evaluate(async () => {
      const { connect } = await import(new URL('dist/api/browser.js', location.href));
      const ipc = await connect();
      const ring = await ipc.ring('/samples', { create: true });
      for (let block = 0; block < 10; block++)
        await ring.send(Float32Array.from({ length: 128 }, (_, i) => (block * 128 + i) / 2048));
      const context = new OfflineAudioContext(1, 128 * 12, 48_000);
      await context.audioWorklet.addModule('tests/browser/worklet.js');
      const node = new AudioWorkletNode(context, 'from-ring', { processorOptions: { ticket: ipc.ticket(), ring: '/samples' } });
      node.onprocessorerror = ({ message }) => console.log(`the processor: ${message}`);
      const told = [];
      const both = new Promise((resolve) => (node.port.onmessage = ({ data }) => told.push(data) === 2 && resolve(told.sort())));
      node.connect(context.destination);
      return { told: await both, played: [...(await context.startRendering()).getChannelData(0)] };
    });
    assert.equal(told[0], '1 ready');
    assert.match(told[1], /ENOTSUP.*no timers; use 0 or none/);
    assert.deepEqual(played, [...Array.from({ length: 1280 }, (_, i) => i / 2048), ...Array(256).fill(0)]);
  },
  'an engine without Atomics.waitAsync needs a helper, and then waits as others do': async (page, { port }) => {
    await page.evaluateOnNewDocument(() => delete Atomics.waitAsync);
    await page.goto(`http://127.0.0.1:${port}/isolated/empty.html`);
    const { error } = await page.evaluate(tries);
    assert.equal(error.code, 'ENOTSUP');
    assert.match(error.message, /no Atomics\.waitAsync: give connect\(\) or attach\(\) a helper/);
    const told = await page.evaluate(async () => {
      const { attach, connect } = await import(new URL('dist/api/browser.js', location.href));
      const helpers = new Set();
      class Helper extends Worker {
        constructor() {
          super('dist/api/helper.js', { type: 'module' });
          helpers.add(this);
        }
        terminate() {
          helpers.delete(this);
          super.terminate();
        }
      }
      const helper = () => new Helper();
      const ipc = await connect({ helper });
      const other = await attach(ipc.ticket(), { helper });
      const semaphore = await ipc.semaphore('/s', { create: true });
      const waits = Array.from({ length: 100 }, () => semaphore.wait());
      const twin = await other.semaphore('/s');
      for (const _ of waits) await twin.post();
      await Promise.all(waits);
      const late = await semaphore.wait({ timeout: 5 }).catch(({ code }) => code);
      const started = helpers.size;
      await Promise.all([ipc.close(), other.close()]);
      return { late, started, left: helpers.size };
    });
    assert.equal(told.late, 'ETIMEDOUT');
    assert.ok(told.started >= 1 && told.started <= 4, `${told.started} helpers`);
    assert.equal(told.left, 0);
  },
};
