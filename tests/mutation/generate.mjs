/**
 * Makes a copy of core/ that has every mistake in it (mutation.h), and mutants.json, which tells them: generate.mjs FOLDER.
 * A mistake is known by its function, its line's text and what it changes, not by its line's number.
 */
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { rangeOf, textOf, treeOf } from './ast.mjs';
import { visitFunction } from './points.mjs';

const home = process.argv[2];
const folders = ['prim', 'obj', 'reg', 'api'].map((name) => `core/${name}`);
const sources = folders.flatMap((folder) => readdirSync(folder).map((name) => `${folder}/${name}`));

/** Every function with a body, once; with the functions whose names it uses. */
function functionsOf(trees) {
  const functions = new Map();
  for (const node of trees.flatMap((tree) => tree.inner)) {
    const place = node.kind === 'FunctionDecl' && node.inner?.some((each) => each.kind === 'CompoundStmt') && rangeOf(node);
    if (place && sources.includes(place.file))
      functions.set(`${place.file} ${node.name}`, { node, file: place.file, name: node.name, uses: usesOf(node) });
  }
  return [...functions.values()];
}

function usesOf(node, uses = new Set()) {
  if (node.referencedDecl?.kind === 'FunctionDecl') uses.add(node.referencedDecl.name);
  for (const each of node.inner ?? []) usesOf(each, uses);
  return uses;
}

/** sluice__x_valid, and what nobody else uses: checks that only tests make. */
function onlyForTests(functions) {
  const only = new Set(functions.filter((fn) => /_valid$/.test(fn.name)));
  const users = (fn) =>
    functions.filter((each) => each !== fn && each.uses.has(fn.name) && (each.file === fn.file || !isStatic(fn)));
  for (let before = -1; before !== only.size; ) {
    before = only.size;
    for (const fn of functions) if (users(fn).length > 0 && users(fn).every((each) => only.has(each))) only.add(fn);
  }
  return only;
}

const isStatic = (fn) => fn.node.storageClass === 'static' && fn.file.endsWith('.c');

const mutants = [];
const edits = new Map(sources.map((file) => [file, new Map()]));

function numberOf({ file, start, end, name, before, after, fn }) {
  const text = textOf(file);
  const line = text.slice(0, start).split('\n').length;
  const source = text
    .split('\n')
    [line - 1].trim()
    .replace(/\s*\/\*.*/, '');
  const key = `${file} ${fn.name}: ${source} [${name}: ${before.replace(/\s+/g, ' ').trim()} -> ${after}]`;
  const again = mutants.filter((each) => each.key.replace(/ #\d+$/, '') === key).length;
  mutants.push({ id: mutants.length + 1, class: name, file, line, start, end, key: again ? `${key} #${again + 1}` : key });
  return mutants.length;
}

function addEdit(edit) {
  const all = edits.get(edit.file);
  all.set(`${edit.at} ${edit.kind} ${edit.turn} ${edit.text}`, edit);
}

function edited(file) {
  const all = [...edits.get(file).values()].sort((a, b) => a.at - b.at || a.kind - b.kind || a.turn - b.turn);
  const text = textOf(file);
  let made = '';
  let at = 0;
  for (const edit of all) {
    if (edit.at < at) throw new Error(`${file}: edits meet at ${edit.at}: ${edit.text}`);
    made += text.slice(at, edit.at) + edit.text;
    at = edit.until ?? edit.at;
  }
  return made + text.slice(at);
}

const trees = sources.filter((file) => file.endsWith('.c')).map(treeOf);
const functions = functionsOf(trees);
const left = onlyForTests(functions);
for (const fn of functions) if (!left.has(fn)) visitFunction(fn, numberOf, addEdit);

rmSync(`${home}/core`, { recursive: true, force: true });
mkdirSync(home, { recursive: true });
cpSync('core', `${home}/core`, { recursive: true });
for (const file of sources) writeFileSync(`${home}/${file}`, edited(file), 'latin1');
writeFileSync(`${home}/mutants.json`, JSON.stringify(mutants, null, 1));
const names = [...left].map((fn) => fn.name).join(' ');
console.log(
  `${mutants.length} mutants in ${functions.length - left.size} functions; left out, as tests alone use them: ${names}`,
);
