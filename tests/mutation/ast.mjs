/** clang's syntax tree of one C file, with each node's place in the sources. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const CLANG = ['-std=c11', '-D_GNU_SOURCE', '-DSLUICE_PORT_FAKE', '-Icore/include', '-Icore', '-fsyntax-only', '-w'];
const texts = new Map();

/** Offsets are bytes: one character each. */
export function textOf(file) {
  if (!texts.has(file)) texts.set(file, readFileSync(file, 'latin1'));
  return texts.get(file);
}

/** A place names its file only where that differs from the place told before. */
function fillInFiles(node, state) {
  if (typeof node.offset === 'number') {
    state.file = node.file ?? state.file;
    node.file = state.file;
  }
  for (const key of Object.keys(node))
    if (key !== 'includedFrom' && node[key] !== null && typeof node[key] === 'object') fillInFiles(node[key], state);
}

export function treeOf(file) {
  const json = execFileSync('clang-22', [...CLANG, '-Xclang', '-ast-dump=json', file], { maxBuffer: 2 ** 28 });
  const tree = JSON.parse(json.toString('latin1'));
  fillInFiles(tree, {});
  return tree;
}

/** Where the use of a macro ends: behind its name, or behind its arguments. */
function useEnds(text, at) {
  let end = at;
  while (/\w/.test(text[end])) end++;
  if (text[end] !== '(') return end;
  for (let depth = 0; ; end++) {
    if (text[end] === '(') depth++;
    if (text[end] === ')' && --depth === 0) return end + 1;
  }
}

/** What is an argument of a macro stands where it is written; what its body makes, where the macro is used. */
function placeOf(place) {
  if (!place.spellingLoc) return { file: place.file, start: place.offset, end: place.offset + place.tokLen };
  const { expansionLoc: use, spellingLoc: written } = place;
  const end = useEnds(textOf(use.file), use.offset);
  if (written.file === use.file && written.offset > use.offset && written.offset < end)
    return { file: use.file, start: written.offset, end: written.offset + written.tokLen };
  return { file: use.file, start: use.offset, end, macro: true };
}

/** { file, start, end }; macro: what a macro's body makes, all of it or a part. Undefined where it stands nowhere. */
export function rangeOf(node) {
  const { begin, end } = node.range ?? {};
  if (!(begin?.offset >= 0 || begin?.spellingLoc) || !(end?.offset >= 0 || end?.spellingLoc)) return undefined;
  const from = placeOf(begin);
  const to = placeOf(end);
  if (from.file !== to.file) return undefined;
  return { file: from.file, start: from.start, end: to.end, macro: from.macro && to.macro && from.start === to.start };
}

/** Without the parentheses and casts that nobody wrote. */
export function bare(node) {
  let it = node;
  while (['ImplicitCastExpr', 'ParenExpr', 'ConstantExpr'].includes(it.kind)) it = it.inner[0];
  return it;
}

export const calleeOf = (node) => bare(node.inner[0]).referencedDecl?.name;
export const typeOf = (node) => node.type?.desugaredQualType ?? node.type?.qualType ?? '';
