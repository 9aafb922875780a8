/**
 * Tells TypeScript what the C headers say.
 *
 *   node wasm/gen.mjs            writes ts/backend/abi.gen.ts
 *   node wasm/gen.mjs --check    fails when that file is stale
 *   node wasm/gen.mjs --asserts  prints C that holds a compiler to the offsets
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { readHeaders } from './headers.mjs';

const target = new URL('../ts/backend/abi.gen.ts', import.meta.url);
const headers = readHeaders();

/** open_flags -> OpenFlags, but the shorter name where one is established. */
const shorter = { open_flags: 'Flag', limits: 'Limit' };
const pascal = (name) => name.replace(/(?:^|_)(\w)/g, (_, letter) => letter.toUpperCase());
const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());

function block(name, entries, doc) {
  const lines = entries.map(([key, value]) => `  ${key}: ${value},`);
  return `/** ${doc} */\nexport const ${name} = {\n${lines.join('\n')}\n} as const;\n`;
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
  const texts = headers.errnos.map(({ key, number, text }) => `  [${number}, '${key}', ${JSON.stringify(text)}],`);
  return [
    '// Made from core/include by `make gen`; edit the headers instead.\n',
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
    `/** Number, name and text of each. */\nexport const errnoTexts: readonly (readonly [number, string, string])[] = [\n${texts.join('\n')}\n];\n`,
    ...layouts(),
  ].join('\n');
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

function check() {
  let old = '';
  try {
    old = readFileSync(target, 'utf8');
  } catch {}
  if (old === typescript()) return;
  console.error('ts/backend/abi.gen.ts is stale: the headers in core/include changed. Run `make gen`.');
  process.exitCode = 1;
}

if (process.argv.includes('--asserts')) process.stdout.write(asserts());
else if (process.argv.includes('--check')) check();
else writeFileSync(target, typescript());
