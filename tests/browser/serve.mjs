/** A server of the suite's pages, with the headers that shared memory needs. */
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { createServer } from 'vite';
import { ISOLATION } from './site.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const at = (path) => `${root}${path}`;
const bundled = at('build/browser/sluice.js');

/** The package in one file, as applications have it: loading its modules one by one takes a worker in Firefox half a second. */
async function bundle() {
  const all = await rolldown({ input: at('dist/api/browser.js') });
  await all.write({ file: bundled, format: 'esm' });
  await all.close();
}

/** Specs are served as they stand: what they import of Node's comes from `tests/browser` instead. */
export async function serve() {
  await bundle();
  const server = await createServer({
    root,
    configFile: false,
    logLevel: 'error',
    cacheDir: at('build/vite'),
    appType: 'mpa',
    server: { host: '127.0.0.1', port: 0, headers: ISOLATION, hmr: false, watch: null },
    optimizeDeps: { noDiscovery: true, include: ['@vitest/runner', '@vitest/expect', 'chai'] },
    resolve: {
      alias: [
        { find: 'vitest', replacement: at('tests/browser/vitest.ts') },
        { find: 'sluice', replacement: bundled },
        { find: /^\.\/place\.mjs$/, replacement: at('tests/browser/place.mjs') },
        { find: /^(\.|.*\/conformance)\/platform\.js$/, replacement: at('tests/browser/platform.ts') },
      ],
    },
  });
  await server.listen();
  return { url: `http://127.0.0.1:${server.httpServer.address().port}`, close: () => server.close() };
}
