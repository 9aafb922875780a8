/**
 * Pages as a user's server gives them: with the headers that shared memory needs, without, in a frame; and what `connect()` says there.
 * Each test gets a fresh page, and the server of site.mjs.
 */
import assert from 'node:assert/strict';
import { ELSEWHERE } from './launch.mjs';

/** In a page: what `connect(options)` comes to there, and what the page says of itself. */
async function tries(options, entry = 'browser') {
  const { connect, capabilities } = await import(new URL(`dist/api/${entry}.js`, location.href));
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
  'a policy that forbids WebAssembly is named, with what it lacks': async (page, { port }) => {
    await page.goto(`http://127.0.0.1:${port}/refusing/empty.html`);
    for (const entry of ['browser', 'url']) {
      const { error, says } = await page.evaluate(tries, {}, entry);
      assert.equal(error.code, 'ENOTSUP');
      assert.match(error.message, /Content-Security-Policy forbids WebAssembly here: its script-src needs 'wasm-unsafe-eval'/);
      assert.match(says.text, /^wasm does not work here: the Content-Security-Policy/);
    }
  },
  'an engine without WebAssembly is told of': async (page, { port }) => {
    await page.goto(`http://127.0.0.1:${port}/isolated/empty.html`);
    await page.evaluate(() => delete globalThis.WebAssembly);
    const { error, says } = await page.evaluate(tries);
    assert.equal(error.code, 'ENOTSUP');
    assert.match(error.message, /this engine has no WebAssembly/);
    assert.deepEqual([says.wasm.available, says.wasm.text], [false, 'This engine has no WebAssembly.']);
  },
  'a sandboxed frame works, and says that its end is not told': async (page, { port }) => {
    await page.goto(`http://127.0.0.1:${port}/open/empty.html?sandbox=allow-scripts&frame=/open/empty.html`);
    const frame = page.frames().find((each) => each !== page.mainFrame());
    const { error, says } = await frame.evaluate(tries);
    assert.equal(error, undefined);
    assert.deepEqual([says.wasm.available, says.deaths.available], [true, false]);
    assert.match(says.deaths.text, /^A sandboxed frame may not use Web Locks: nobody is told/);
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
    const cut = await of(`${site}build/sluice.wasm?cut`);
    assert.equal(cut.code, 'ENOENT');
    assert.match(cut.message, /sluice\.wasm\?cut did not answer, or not to the end/);
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
      const all = new Promise((resolve) => (node.port.onmessage = ({ data }) => told.push(data) === 3 && resolve(told.sort())));
      node.connect(context.destination);
      return { told: await all, played: [...(await context.startRendering()).getChannelData(0)] };
    });
    assert.equal(told[0], '1 ready');
    assert.match(told[1], /ENOTSUP.*no timers; use 0 or none/);
    assert.match(told[2], /ENOTSUP.*this thread may not block.*no worklet.*use receive\(\)/);
    assert.deepEqual(played, [...Array.from({ length: 1280 }, (_, i) => i / 2048), ...Array(256).fill(0)]);
  },
  'an engine without Atomics.waitAsync needs a helper, and then waits as others do': async (page, { port }) => {
    await page.evaluateOnNewDocument(() => delete Atomics.waitAsync);
    await page.goto(`http://127.0.0.1:${port}/isolated/empty.html`);
    const { error, says } = await page.evaluate(tries);
    assert.equal(error.code, 'ENOTSUP');
    assert.deepEqual([says.waitAsync.available, says.blocking.available, says.deaths.available], [false, false, true]);
    assert.match(says.waitAsync.text, /^This engine has no Atomics\.waitAsync/);
    assert.match(says.blocking.text, /^This thread may not block/);
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
  'a helper that fails, or is none: what would wait is refused, and says so': async (page, { port }) => {
    await page.evaluateOnNewDocument(() => delete Atomics.waitAsync);
    await page.goto(`http://127.0.0.1:${port}/isolated/empty.html`);
    const told = await page.evaluate(async () => {
      const { connect } = await import(new URL('dist/api/browser.js', location.href));
      const helpers = [() => new Worker('nowhere.js'), () => undefined, () => ({})];
      const told = [];
      for (const helper of helpers) {
        const ipc = await connect({ helper });
        const semaphore = await ipc.semaphore({ value: 1 });
        await semaphore.wait();
        const refused = [semaphore.wait(), semaphore.wait({ timeout: 1e4 })];
        for (const each of refused) told.push(await each.catch(({ code, message }) => `${code} ${message}`));
        told.push(await semaphore.wait().catch(({ code, message }) => `${code} ${message}`));
        await semaphore.post();
        await semaphore.wait();
        await ipc.close();
      }
      return told;
    });
    for (const text of told.slice(0, 3)) assert.match(text, /^ENOTSUP .*the helper ended: .*sluice\/helper/);
    for (const text of told.slice(3)) assert.match(text, /^ENOTSUP .*helper\(\) gave no worker/);
    assert.equal(told.length, 9);
  },
  'a ticket of another page does not arrive, and as JSON it is refused': async (page, { port }) => {
    await page.goto(`http://127.0.0.1:${port}/isolated/empty.html`);
    const other = await page.browser().newPage();
    await other.goto(`http://127.0.0.1:${port}/isolated/empty.html`);
    await other.evaluate(() => {
      const channel = new BroadcastChannel('tickets');
      globalThis.heard = new Promise((resolve) => {
        for (const event of ['message', 'messageerror']) channel.addEventListener(event, ({ data }) => resolve(data));
      });
    });
    const json = await page.evaluate(async () => {
      const { connect } = await import(new URL('dist/api/browser.js', location.href));
      const ticket = (await connect()).ticket();
      new BroadcastChannel('tickets').postMessage(ticket);
      return JSON.stringify(ticket);
    });
    assert.equal(await other.evaluate(() => globalThis.heard), null); // and no messageerror in Chromium, though the standard has it
    const error = await other.evaluate(async (json) => {
      const { attach } = await import(new URL('dist/api/browser.js', location.href));
      return attach(JSON.parse(json)).catch(({ code, message }) => ({ code, message }));
    }, json);
    assert.equal(error.code, 'EINVAL');
    assert.match(error.message, /lacks its module, its shared memory.*postMessage.*threads of its own program/);
    await other.close();
  },
  'the streams of a pipe go to a worker that knows nothing of it': async (page, { port }) => {
    await page.goto(`http://127.0.0.1:${port}/isolated/empty.html`);
    const told = await page.evaluate(async () => {
      const { connect } = await import(new URL('dist/api/browser.js', location.href));
      const ipc = await connect();
      const [[reader, writer], [back, answer]] = [await ipc.pipe(), await ipc.pipe()];
      const code = 'onmessage = ({ data: { from, to } }) => from.pipeTo(to).then(() => postMessage("ended"));';
      const worker = new Worker(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })));
      const ended = new Promise((resolve) => {
        worker.onmessage = resolve;
      });
      const streams = { from: reader.readable, to: answer.writable };
      worker.postMessage(streams, Object.values(streams));
      const sent = Uint8Array.from({ length: 300_000 }, (_, i) => i % 251);
      const writing = writer.write(sent).then(() => writer.close());
      let [length, same] = [0, true];
      for await (const chunk of back) {
        same &&= chunk.every((byte, i) => byte === sent[length + i]);
        length += chunk.length;
      }
      await Promise.all([writing, ended]);
      worker.terminate();
      return { length, same };
    });
    assert.deepEqual(told, { length: 300_000, same: true });
  },
  'workers that end while they attach leave nothing': async (page, { port }) => {
    await page.goto(`http://127.0.0.1:${port}/isolated/empty.html`);
    const told = await page.evaluate(async () => {
      const { connect } = await import(new URL('dist/api/browser.js', location.href));
      const ipc = await connect();
      const code = `import { attach } from '${new URL('dist/api/browser.js', location.href)}';
        onmessage = async ({ data }) => { postMessage(0); await attach(data); postMessage(1); };`;
      const url = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
      const ended = [0, 0];
      let attachMs = 100;
      for (let i = 0; i < 40; i++) {
        const worker = new Worker(url, { type: 'module' });
        const begun = new Promise((resolve) => {
          worker.onmessage = resolve;
        });
        worker.postMessage(ipc.ticket());
        await begun;
        const start = performance.now();
        let last = 0;
        const done = new Promise((resolve) => {
          worker.onmessage = () => {
            last = 1;
            resolve();
          };
        });
        await Promise.race([done, new Promise((resolve) => setTimeout(resolve, i === 0 ? 10_000 : Math.random() * attachMs))]);
        if (i === 0) attachMs = 2 * (performance.now() - start);
        worker.terminate();
        ended[last]++;
      }
      const start = performance.now();
      const agents = async () => (await ipc.agents()).length;
      while ((await agents()) > 1 && performance.now() - start < 10_000) await new Promise((resolve) => setTimeout(resolve, 10));
      return { ended, left: await agents() };
    });
    console.log(`# ${told.ended[0]} before they had attached, ${told.ended[1]} after`);
    assert.equal(told.left, 1);
    assert.ok(told.ended[0] > 0 && told.ended[1] > 0);
  },
};

/** How long the frozen page stays so. */
const FROZEN_MS = Number(process.env.FROZEN_MS ?? 2000);

/** With what only Chromium's own protocol can do to a page: Firefox freezes none. */
export const chromiumTests = {
  'a page that is frozen is suspect, not dead: all goes on when it does': async (page, { port }) => {
    await page.goto(`http://127.0.0.1:${port}/isolated/empty.html`);
    const opened = page.browser().waitForTarget((target) => target.opener() === page.target());
    await page.evaluate(() => {
      globalThis.twin = open('empty.html');
    });
    const twin = await (await opened).page();
    await twin.waitForFunction(() => document.readyState === 'complete');
    await twin.evaluate(() => {
      addEventListener('message', async ({ data }) => {
        const { attach } = await import(new URL('dist/api/browser.js', location.href));
        const ipc = await attach(data);
        const [ring, semaphore] = [await ipc.ring('/r'), await ipc.semaphore('/s')];
        const slot = await ring.claim(8);
        slot.bytes.fill(7);
        document.addEventListener('resume', async () => {
          await semaphore.wait();
          slot.commit();
        });
        globalThis.ready = true;
      });
    });
    await page.evaluate(async () => {
      const { connect } = await import(new URL('dist/api/browser.js', location.href));
      globalThis.ipc = await connect();
      globalThis.ring = await ipc.ring('/r', { create: true });
      globalThis.semaphore = await ipc.semaphore('/s', { create: true });
      globalThis.twin.postMessage(ipc.ticket());
    });
    await twin.waitForFunction('globalThis.ready');
    const session = await twin.createCDPSession();
    const suspects = () => page.evaluate(async () => (await ipc.agents()).map(({ self, suspect }) => [self, suspect]));
    await session.send('Page.setWebLifecycleState', { state: 'frozen' });
    const failed = await page.evaluate(async (ms) => {
      const failure = ({ code }) => code;
      await semaphore.post();
      return [await ring.receive({ timeout: ms }).catch(failure), await ring.send('x').catch(failure)];
    }, FROZEN_MS);
    assert.deepEqual(failed, ['ETIMEDOUT', 'EBUSY']);
    assert.deepEqual((await suspects()).sort(), [
      [false, true],
      [true, false],
    ]);
    await session.send('Page.setWebLifecycleState', { state: 'active' });
    const record = await page.evaluate(async () => [...(await ring.receive({ timeout: 10_000 }))]);
    assert.deepEqual(record, Array(8).fill(7));
    assert.deepEqual((await suspects()).sort(), [
      [false, false],
      [true, false],
    ]);
    await twin.close();
  },
};
