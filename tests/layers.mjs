/** The house's rules: includes and imports go down only, machines show in core/port only, files stay small. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const floors = ['core/port', 'core/prim', 'core/obj', 'core/reg', 'core/api'];
const MOST_LINES = { c: 400, h: 400, ts: 250 };
/** Entries name the backends that they carry; everything else in ts/api knows none. */
const entries = ['ts/api/index.ts', 'ts/api/web.ts', 'ts/api/browser.ts', 'ts/api/url.ts'];
const waist = ['ts/backend/backend.ts', 'ts/backend/abi.gen.ts', 'ts/backend/errno.gen.ts', 'ts/backend/utf8.ts'];

const problems = [];
const files = ['core', 'native', 'ts'].filter(existsSync).flatMap((root) =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.([ch]|ts)$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name)),
);
const exists = new Set(files);
const floor = (path) => floors.findIndex((each) => path.startsWith(`${each}/`));

function included(file, name) {
  return [join(dirname(file), name), join('core', name), join('core/include', name)]
    .map(normalize)
    .find((path) => exists.has(path));
}

function checkIncludes(file, text) {
  for (const [, name] of text.matchAll(/^\s*#\s*include "([^"]+)"/gm)) {
    const target = included(file, name);
    if (!target || target.startsWith('core/include/')) continue;
    if (target.startsWith('native/') && !file.startsWith('native/')) problems.push(`${file} includes ${name}, which is above it`);
    if (floor(file) >= 0 && floor(target) > floor(file)) problems.push(`${file} includes ${name}, which is above it`);
    if (file.startsWith('core/include/') && floor(target) > 0) problems.push(`${file} includes ${name}, which is above it`);
  }
}

function checkMachine(file, text) {
  if (file.startsWith('core/port/') || !file.startsWith('core/')) return;
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
  const found = /__(?:wasm|linux|EMSCRIPTEN|APPLE)\w*__|\b_WIN32\b|\bvolatile\b|__sync_\w+|__atomic_\w+|atomic_thread_fence/.exec(
    code,
  );
  if (found) problems.push(`${file}: ${found[0]} belongs into core/port`);
}

/** What a TypeScript file may import, by the room it is in. */
function mayImport(file, target) {
  if (file.startsWith('ts/api/')) {
    return target.startsWith('ts/api/') || waist.includes(target) || (entries.includes(file) && target.startsWith('ts/backend/'));
  }
  if (/^ts\/backend\/(wasm|native)\//.test(file)) return target.startsWith(`${dirname(file)}/`) || waist.includes(target);
  return dirname(target) === dirname(file);
}

function checkImports(file, text) {
  for (const [, name] of text.matchAll(/(?:\bfrom|\bimport\(|^import)\s*['"](\.[^'"]+)['"]/gm)) {
    const target = normalize(join(dirname(file), name.replace(/\.js$/, '.ts')));
    if (!mayImport(file, target)) problems.push(`${file} imports ${name}`);
  }
}

function checkSize(file, text) {
  const most = MOST_LINES[file.split('.').pop()];
  const lines = text.split('\n').length - 1;
  if (lines > most && !file.includes('.gen.')) problems.push(`${file} has ${lines} lines, more than ${most}: it is two ideas`);
}

/** Each labelled edge has both its ends in the code, and a row in the memory model whose names are there. */
function checkLabels() {
  const core = files
    .filter((file) => file.startsWith('core/'))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  const ends = new Map();
  for (const [, label, end] of core.matchAll(/\[([A-Z]+\d)-([WRSP])\]/g)) ends.set(label, (ends.get(label) ?? '') + end);
  const rows = new Map();
  for (const [row, label] of readFileSync('docs/memory-model.md', 'utf8').matchAll(/^\| ([A-Z]+\d) \|.*$/gm))
    rows.set(label, row);
  for (const [label, found] of ends) {
    if (!/W.*R|R.*W|S.*P|P.*S/.test(found)) problems.push(`the edge ${label} has one end only: ${found}`);
    if (!rows.has(label)) problems.push(`the edge ${label} has no row in docs/memory-model.md`);
  }
  for (const [label, row] of rows) {
    if (!ends.has(label)) problems.push(`docs/memory-model.md has a row ${label}, core has no such edge`);
    for (const [, name] of row.matchAll(/`(\w+)`/g))
      if (!new RegExp(`\\b(sluice__)?${name}\\b`).test(core))
        problems.push(`docs/memory-model.md, ${label}: there is no ${name} in core`);
  }
}

for (const file of files) {
  const text = readFileSync(file, 'utf8');
  checkSize(file, text);
  if (file.endsWith('.ts')) checkImports(file, text);
  else {
    checkIncludes(file, text);
    checkMachine(file, text);
  }
}
checkLabels();
for (const problem of problems) console.log(`not ok ${problem}`);
if (problems.length === 0) console.log(`ok ${files.length} files keep the house's rules`);
process.exitCode = problems.length === 0 ? 0 : 1;
