/** A server of files of this tree, with headers that each address chooses: what a user's server would send. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const TYPES = { js: 'text/javascript', wasm: 'application/wasm', html: 'text/html' };

export const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};
/** Nothing inline, no eval, nothing from elsewhere. */
const STRICT = {
  'Content-Security-Policy': "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; img-src data:",
};

/** The same that refuses WebAssembly. */
const REFUSING = { 'Content-Security-Policy': STRICT['Content-Security-Policy'].replace(" 'wasm-unsafe-eval'", '') };
/** What a frame without an origin of its own may load. */
const FOR_ALL = { 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin' };

/**
 * By the first part of an address: `/isolated/...` has the headers that shared memory needs, `/bare/...` has none, `/strict/...` and
 * `/refusing/...` a policy, too, `/open/...` may be loaded from anywhere.
 */
const HEADERS = {
  isolated: ISOLATION,
  bare: {},
  strict: { ...ISOLATION, ...STRICT },
  refusing: { ...ISOLATION, ...REFUSING },
  open: { ...ISOLATION, ...FOR_ALL },
};

/** The tree's files behind that; `empty.html` is an empty page, `?frame=PATH` with a frame, `&sandbox=...`; `?type=` overrides the content type, `?cut` ends before its end. */
function answer(request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://site');
  const [, kind, path] = pathname.match(/^\/(\w+)\/(.*)$/) ?? [];
  const type = searchParams.get('type') ?? TYPES[path?.split('.').pop()] ?? 'text/plain';
  const frame = searchParams.get('frame');
  const sandbox = searchParams.has('sandbox') ? `sandbox="${searchParams.get('sandbox')}" allow="cross-origin-isolated"` : '';
  try {
    const body =
      path === 'empty.html'
        ? `<!doctype html>${frame ? `<iframe ${sandbox} src="${frame}"></iframe>` : ''}`
        : readFileSync(root + path);
    response.writeHead(200, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body), ...HEADERS[kind] });
    if (searchParams.has('cut')) response.write(body.subarray(0, 100), () => response.destroy());
    else response.end(body);
  } catch {
    response.writeHead(404).end();
  }
}

export async function openSite() {
  const server = createServer(answer);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: server.address().port, close: () => new Promise((resolve) => server.close(resolve)) };
}
