/**
 * Tells TypeScript what the C headers say.
 *
 *   node wasm/gen.mjs            writes ts/backend/abi.gen.ts and errno.gen.ts
 *   node wasm/gen.mjs --check    fails when one of them is stale
 *   node wasm/gen.mjs --asserts  prints C that holds a compiler to the offsets
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { readHeaders } from './headers.mjs';

const headers = readHeaders();
const MADE = '// Made from core/include by `make gen`; edit the headers instead.\n';
const made = { 'abi.gen.ts': typescript, 'errno.gen.ts': errnoTexts };

/** open_flags -> OpenFlags, but the shorter name where one is established. */
const shorter = { open_flags: 'Flag', limits: 'Limit' };
const pascal = (name) => name.replace(/(?:^|_)(\w)/g, (_, letter) => letter.toUpperCase());
const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());

/** Numbers are put in where they are used: a page does not pay for the tables. */
function block(name, entries, doc) {
  const lines = entries.map(([key, value]) => `  ${key} = ${value},`);
  return `/** ${doc} */\nexport const enum ${name} {\n${lines.join('\n')}\n}\n`;
}

/** Drops what all members have in common: SLUICE_KIND_PIPE -> PIPE. */
function members(name, values) {
  const own = `SLUICE_${name.toUpperCase()}_`;
  const short = (key) => key.replace(Object.keys(values).every((each) => each.startsWith(own)) ? own : 'SLUICE_', '');
  return Object.entries(values).map(([key, value]) => [short(key), value]);
}

function layouts() {
  return Object.entries(headers.structs).map(([name, { tag, fields, bytes }]) => {
    const named = fields.filter((field) => !/^spare/.test(field.name)).map((field) => [camel(field.name), field.at]);
    const short = name.replace('sluice_', '');
    return block(`${pascal(short)}At`, [...named, ['bytes$', bytes]], `Offsets in ${tag} ${name}, and its size.`);
  });
}

function typescript() {
  return [
    MADE,
    block(
      'Op',
      headers.ops.map(({ key, number }) => [key, number]),
      'Every request, see sluice_ops.def.',
    ),
    ...Object.entries(headers.enums).map(([name, values]) =>
      block(shorter[name] ?? pascal(name), members(name, values), `enum sluice_${name}`),
    ),
    block('Define', members('define', headers.defines), 'Constants of sluice_abi.h.'),
    block(
      'Errno',
      headers.errnos.map(({ key, number }) => [key, number]),
      "Linux's numbers; a request gives them negated.",
    ),
    ...layouts(),
  ].join('\n');
}

/** In a file of its own, which stays when the numbers are gone from the code. */
function errnoTexts() {
  const texts = headers.errnos.map(({ key, number, text }) => `  [${number}, '${key}', ${JSON.stringify(text)}],`);
  return `${MADE}
/** Number, name and text of each errno. */
export const errnoTexts: readonly (readonly [number, string, string])[] = [\n${texts.join('\n')}\n];\n`;
}

function asserts() {
  const lines = ['#include "sluice_abi.h"', '#include <stddef.h>'];
  for (const [name, { tag, fields, bytes, pointer }] of Object.entries(headers.structs)) {
    if (pointer) lines.push('#ifdef __wasm__');
    for (const field of fields)
      lines.push(`_Static_assert(offsetof(${tag} ${name}, ${field.name}) == ${field.at}, "${name}.${field.name}");`);
    lines.push(`_Static_assert(sizeof(${tag} ${name}) == ${bytes}, "${name}");`);
    if (pointer) lines.push('#endif');
  }
  return `${lines.join('\n')}\n`;
}

const placeOf = (file) => new URL(`../ts/backend/${file}`, import.meta.url);

function check(file, text) {
  let old = '';
  try {
    old = readFileSync(placeOf(file), 'utf8');
  } catch {}
  if (old === text) return;
  console.error(`ts/backend/${file} is stale: the headers in core/include changed. Run \`make gen\`.`);
  process.exitCode = 1;
}

if (process.argv.includes('--asserts')) process.stdout.write(asserts());
else
  for (const [file, text] of Object.entries(made))
    if (process.argv.includes('--check')) check(file, text());
    else writeFileSync(placeOf(file), text());
