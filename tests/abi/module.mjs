/** What build/sluice.wasm may import, export and contain. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const bytes = readFileSync('build/sluice.wasm');
const module = new WebAssembly.Module(bytes);
const START = 8;
const DATA = 11;
const DATA_COUNT = 12;
/** What a page fetches. */
const MOST_GZIPPED_BYTES = 20_000;

function say(passed, what, detail = '') {
  console.log(`${passed ? 'ok' : 'not ok'} ${what}${passed ? '' : `: ${detail}`}`);
  if (!passed) process.exitCode = 1;
}

function varuint(at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return [value, at];
  }
}

/** Ids of the sections that are not empty. */
function sections() {
  const found = new Set();
  for (let at = 8; at < bytes.length; ) {
    const id = bytes[at];
    const [length, start] = varuint(at + 1);
    if (id !== DATA && id !== DATA_COUNT) found.add(id);
    else if (varuint(start)[0] > 0) found.add(DATA);
    at = start + length;
  }
  return found;
}

const allowed = new Set(
  ['memory', '__memory_base', '__stack_pointer', 'sluice_take', 'sluice_give'].map((name) => `env.${name}`),
);
const imports = WebAssembly.Module.imports(module).map(({ module: from, name }) => `${from}.${name}`);
const extra = imports.filter((name) => !allowed.has(name));
say(extra.length === 0, 'imports', `${extra} are not allowed`);

const listed = readFileSync('wasm/exports.txt', 'utf8').match(/^[a-z]\w*/gm) ?? [];
const wanted = [...listed, '__wasm_call_ctors', 'emscripten_tls_init'].sort().join();
const exported = WebAssembly.Module.exports(module).map(({ name }) => name);
say(exported.sort().join() === wanted, 'exports', `${exported.join()} instead of ${wanted}`);

const present = sections();
say(!present.has(START), 'no start function', 'a creator that dies inside it hangs every later instantiation');
say(!present.has(DATA), 'no data segment', 'the module must go into any memory without writing to it');
const gzipped = gzipSync(bytes, { level: 9 }).length;
say(gzipped <= MOST_GZIPPED_BYTES, `${bytes.length} bytes, ${gzipped} gzipped`, `more than ${MOST_GZIPPED_BYTES} gzipped`);
