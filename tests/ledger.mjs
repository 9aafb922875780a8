/**
 * What the long forms of the tests have done so far, on all machines: tests/ledger.json, one line a run.
 *
 *   ledger.mjs                    prints the sums
 *   ledger.mjs NAME SEED COUNT    writes down a run that found nothing; the same seed again counts once
 *
 * SEED@BOUND is a run that was cut short at BOUND, or 'complete', or came to its end with 'few' preemptions: it replaces what an earlier
 * one of that seed had come to.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('ledger.json', import.meta.url));
export const read = () => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {});

function write(ledger) {
  const names = Object.keys(ledger).sort();
  const runs = (name) => Object.keys(ledger[name]).map((seed) => `    ${JSON.stringify(seed)}: ${ledger[name][seed]}`);
  const parts = names.map((name) => `  ${JSON.stringify(name)}: {\n${runs(name).join(',\n')}\n  }`);
  writeFileSync(file, `{\n${parts.join(',\n')}\n}\n`);
}

function add(name, seed, count) {
  if (!name || !/^\d+(@(\d+|complete|few))?$/.test(seed) || !(Number(count) > 0))
    throw new Error('ledger.mjs NAME SEED[@BOUND] COUNT: numbers, and something that was done');
  const ledger = read();
  const runs = Object.entries(ledger[name] ?? {}).filter(([key]) => key.split('@')[0] !== seed.split('@')[0]);
  const before = ledger[name]?.[seed] ?? 0;
  ledger[name] = { ...Object.fromEntries(runs), [seed]: Math.max(before, Number(count)) };
  write(ledger);
}

function print() {
  for (const [name, runs] of Object.entries(read())) {
    const sum = Object.values(runs).reduce((a, b) => a + b, 0);
    const complete = Object.keys(runs).filter((seed) => seed.endsWith('@complete')).length;
    console.log(
      `${name}: ${sum.toLocaleString('en')} in ${Object.keys(runs).length} runs${complete ? `, ${complete} of them complete` : ''}`,
    );
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [name, seed, count] = process.argv.slice(2);
  if (name) add(name, seed, count);
  else print();
}
