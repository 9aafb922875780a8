/**
 * What the long forms of the tests have done so far, on all machines: tests/ledger.json, one line a run.
 *
 *   ledger.mjs                    prints the sums
 *   ledger.mjs NAME SEED COUNT    writes down a run that found nothing; the same seed again counts once
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('ledger.json', import.meta.url));
const ledger = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};

function write() {
  const names = Object.keys(ledger).sort();
  const runs = (name) => Object.keys(ledger[name]).map((seed) => `    ${JSON.stringify(seed)}: ${ledger[name][seed]}`);
  const parts = names.map((name) => `  ${JSON.stringify(name)}: {\n${runs(name).join(',\n')}\n  }`);
  writeFileSync(file, `{\n${parts.join(',\n')}\n}\n`);
}

function add(name, seed, count) {
  if (!name || !/^\d+$/.test(seed) || !(Number(count) > 0)) throw new Error('ledger.mjs NAME SEED COUNT: two numbers');
  ledger[name] ??= {};
  ledger[name][seed] = Math.max(ledger[name][seed] ?? 0, Number(count));
  write();
}

const [name, seed, count] = process.argv.slice(2);
if (name) add(name, seed, count);
else
  for (const each of Object.keys(ledger)) {
    const counts = Object.values(ledger[each]);
    console.log(`${each}: ${counts.reduce((a, b) => a + b, 0).toLocaleString('en')} in ${counts.length} runs`);
  }
