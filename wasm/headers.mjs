/**
 * Reads the C headers that both languages share: X-macros, enums, defines and
 * the structs of a region. It understands exactly what these headers use and
 * throws at anything else, so that nothing is told wrongly in silence.
 */
import { readFileSync } from 'node:fs';

const include = new URL('../core/include/', import.meta.url);
const read = (name) => readFileSync(new URL(name, include), 'utf8');
const uncommented = (text) => text.replace(/\/\*[\s\S]*?\*\//g, '');

/** Rows of an X-macro file: arrays of name, number and, for errno, text. */
export function rows(name) {
  return [...uncommented(read(name)).matchAll(/^X\((\w+), (\d+)(?:, "(.*)")?\)$/gm)].map(([, key, number, text]) => {
    return { key, number: Number(number), text };
  });
}

/** The value of a constant expression of numbers, names and + - * / << |. */
function evaluate(expression, constants) {
  const source = expression.replace(/\b0x[\da-f]+u?\b|\b\d+u?\b|[A-Za-z_]\w*/gi, (word) => {
    if (/^\d/.test(word)) return word.replace(/u$/i, '');
    if (!(word in constants)) throw new Error(`unknown constant ${word} in "${expression}"`);
    return String(constants[word]);
  });
  if (!/^[\s\da-fx+*/<|()-]+$/i.test(source)) throw new Error(`not a constant expression: "${expression}"`);
  return Function(`return Math.trunc(${source}) >>> 0`)();
}

function readEnums(text, constants) {
  const enums = {};
  for (const [, name, body] of text.matchAll(/^enum (?:sluice_)?(\w+) \{\n([^#}]*)\}/gm)) {
    let next = 0;
    enums[name] = {};
    for (const member of body.split(',').filter((part) => part.trim())) {
      const match = /^\s*(\w+)(?:\s*=\s*([\s\S]+?))?\s*$/.exec(member);
      if (!match) throw new Error(`enum ${name}: "${member}"`);
      const value = match[2] === undefined ? next : evaluate(match[2], constants);
      enums[name][match[1]] = constants[match[1]] = value;
      next = value + 1;
    }
  }
  return enums;
}

function readDefines(text, constants) {
  const defines = {};
  for (const [, name, value] of text.matchAll(/^#define (SLUICE_[A-Z0-9_]+) +(.+)$/gm)) {
    defines[name] = constants[name] = evaluate(value, constants);
  }
  return defines;
}

const words = {
  'struct sluice_au32': { bytes: 4, align: 4 },
  'struct sluice_au64': { bytes: 8, align: 8 },
  uint32_t: { bytes: 4, align: 4 },
  uint64_t: { bytes: 8, align: 8 },
  uint8_t: { bytes: 1, align: 1 },
  char: { bytes: 1, align: 1 },
  // wasm32's; structs that hold one never lie in a region
  'void *': { bytes: 4, align: 4, pointer: true },
};
const up = (value, align) => Math.ceil(value / align) * align;

/** Lays one struct or union out as every C compiler of wasm32 and x86-64 does; make abi has both confirm it. */
function layOut(name, body, types, constants, union) {
  const fields = [];
  let end = 0;
  let align = 1;
  let pointer = false;
  for (const line of body
    .replace(/\s+/g, ' ')
    .split(';')
    .filter((part) => part.trim())) {
    const match =
      /^\s*(?:_Alignas\((\w+)\) )?(?:const )?(void \*|(?:(?:struct|union) )?\w+(?= )) ?(\w+)((?:\[[^\]]*\])*)\s*$/.exec(line);
    const type = match && types[match[2]];
    if (!type) throw new Error(`${name}: cannot read "${line.trim()}"`);
    const own = Math.max(type.align, match[1] ? evaluate(match[1], constants) : 1);
    const counts = [...match[4].matchAll(/\[([^\]]*)\]/g)].map(([, size]) => (size === '' ? 0 : evaluate(size, constants)));
    const at = union ? 0 : up(end, own);
    fields.push({ name: match[3], at });
    end = Math.max(end, at + type.bytes * counts.reduce((product, count) => product * count, 1));
    align = Math.max(align, own);
    pointer ||= type.pointer === true;
  }
  return { fields, bytes: up(end, align), align, pointer };
}

function readStructs(text, constants) {
  const types = { ...words };
  const structs = {};
  for (const [, tag, name, body] of text.matchAll(/^(struct|union) (sluice_\w+) \{\n([\s\S]*?)^\};/gm)) {
    const laid = layOut(name, body, types, constants, tag === 'union');
    types[`${tag} ${name}`] = laid;
    structs[name] = { tag, ...laid };
  }
  return structs;
}

/** Everything the headers say. */
export function readHeaders() {
  const constants = {};
  const text = uncommented(`${read('sluice.h')}\n${read('sluice_abi.h')}`);
  const enums = readEnums(text, constants);
  const defines = readDefines(text, constants);
  return {
    ops: rows('sluice_ops.def'),
    errnos: rows('sluice_errno.def'),
    enums,
    defines,
    structs: readStructs(text, constants),
  };
}
