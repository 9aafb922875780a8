/**
 * The package in small applications, made by the bundlers that people use as these come, and run in Chromium under a strict
 * Content-Security-Policy: run.mjs [WORDS]. The package stands in build/bundlers/node_modules as npm would put it there.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import * as esbuild from 'esbuild';
import { rollup } from 'rollup';
import * as vite from 'vite';
import webpack from 'webpack';
import { launch, tryPage } from '../browser/launch.mjs';
import { ISOLATION, openSite } from '../browser/site.mjs';

const [words = ''] = process.argv.slice(2);
const HOME = `${process.cwd()}/build/bundlers`;
const FILES = ['index.html', 'main.js', 'worker.js'];

/** An application whose core is inside, and one that fetches it. */
function layOut() {
  rmSync(HOME, { recursive: true, force: true });
  mkdirSync(`${HOME}/node_modules/sluice`, { recursive: true });
  for (const each of ['package.json', 'dist']) cpSync(each, `${HOME}/node_modules/sluice/${each}`, { recursive: true });
  for (const [app, entry] of Object.entries({ inside: 'sluice', url: 'sluice/url' })) {
    mkdirSync(`${HOME}/${app}`);
    for (const file of FILES) {
      const text = readFileSync(`tests/bundlers/app/${file}`, 'utf8');
      writeFileSync(`${HOME}/${app}/${file}`, text.replace("from 'sluice'", `from '${entry}'`));
    }
  }
}

/** Each builds `app` into `out`. Rollup and esbuild take each worker for an entry of its own, and leave its address as it is. */
const bundlers = {
  'webpack 5': async (app, out) => {
    const stats = await new Promise((resolve, reject) => {
      const options = { mode: 'production', context: app, entry: './main.js', output: { path: out } };
      webpack(options, (error, stats) => (error ? reject(error) : resolve(stats)));
    });
    assert.equal(stats.hasErrors(), false, stats.toString());
  },
  'Vite 8': (app, out) =>
    vite.build({ root: app, base: './', configFile: false, logLevel: 'error', build: { outDir: out, emptyOutDir: true } }),
  Rollup: async (app, out) => {
    const bundle = await rollup({
      input: [`${app}/main.js`, `${app}/worker.js`],
      plugins: [nodeResolve({ browser: true })],
    });
    await bundle.write({ dir: out, format: 'es' });
  },
  esbuild: (app, out) =>
    esbuild.build({
      entryPoints: [`${app}/main.js`, `${app}/worker.js`],
      bundle: true,
      format: 'esm',
      outdir: out,
      minify: true,
      logLevel: 'error',
    }),
};

async function runs(page, url) {
  const failed = new Promise((_, reject) => page.on('pageerror', reject));
  await page.goto(url);
  const title = page.waitForFunction("document.title.includes(': ') && document.title", { timeout: 10_000 });
  const said = await (await Promise.race([title, failed])).jsonValue();
  assert.match(said, /^done: 5 7 5; wasm works here; native does not work here: browsers have no native backend\.$/);
}

/** A bundler that does not emit the file of a `new URL()` leaves it to be put where the address points: beside the folder. */
function built(name, app) {
  return async (page, { port }) => {
    const out = `${HOME}/out/${name.replace(' ', '')}-${app}/app`;
    await bundlers[name](`${HOME}/${app}`, out);
    if (name !== 'Vite 8') cpSync(`${HOME}/${app}/index.html`, `${out}/index.html`);
    if (app === 'url' && (name === 'Rollup' || name === 'esbuild')) cpSync('dist/sluice.wasm', `${out}/../sluice.wasm`);
    await runs(page, `http://127.0.0.1:${port}/strict/${out.slice(process.cwd().length + 1)}/index.html`);
  };
}

async function viteServes(page, app) {
  const server = await vite.createServer({
    root: `${HOME}/${app}`,
    configFile: false,
    logLevel: 'error',
    server: { host: '127.0.0.1', port: 0, headers: ISOLATION, hmr: false, watch: null },
  });
  await server.listen();
  try {
    await runs(page, `http://127.0.0.1:${server.httpServer.address().port}/`);
  } finally {
    await server.close();
  }
}

layOut();
const browser = await launch('chromium');
const site = await openSite();
const tests = Object.fromEntries(
  Object.keys(bundlers).flatMap((name) =>
    ['inside', 'url'].map((app) => [`${name}, core ${app === 'url' ? 'fetched' : 'inside'}`, built(name, app)]),
  ),
);
tests['Vite 8 as it serves, core inside'] = (page) => viteServes(page, 'inside');
tests['Vite 8 as it serves, core fetched'] = (page) => viteServes(page, 'url');
for (const [what, test] of Object.entries(tests))
  if (what.includes(words)) await tryPage(browser, `bundlers: ${what}`, (page) => test(page, site));
await site.close();
await browser.close();
