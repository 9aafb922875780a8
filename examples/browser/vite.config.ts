import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/** Threads share memory only in a page that comes with these. */
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** `sluice` is this checkout's; in a project of yours npm has put it where Vite looks. */
const sluice = fileURLToPath(new URL('../../dist/api/browser.js', import.meta.url));

export default defineConfig({
  cacheDir: '../../build/vite-page',
  resolve: { alias: { sluice } },
  server: { headers },
  preview: { headers },
});
