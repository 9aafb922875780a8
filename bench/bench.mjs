/** Everything that has a bar or a stated order, into bench/results/: results.json, which is the truth, and results.html. bench.mjs [WORDS]. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { comparisonsOf } from './bars.mjs';
import { curvesOf, measureLine } from './curves.mjs';
import { build, machine } from './manifest.mjs';
import { measure } from './measure.mjs';
import { htmlOf } from './page.mjs';
import { interval, tell, verdictOf } from './ratio.mjs';
import { ratiosOf } from './sides.mjs';
import { summaryOf } from './summary.mjs';
import { range, rows, time } from './table.mjs';

const words = process.argv.slice(2).join(' ');
const { LIVES = '3', ROUNDS = '5' } = process.env;
const options = { lives: Number(LIVES), rounds: Number(ROUNDS) };
const folder = new URL('results/', import.meta.url);
const results = { manifest: { ...machine(), ...build() }, words, options, scenarios: [], bars: [], curves: [] };

/** As it goes: what fails later takes nothing along. */
function save() {
  results.manifest.loadAtEnd = machine().load;
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL('results.json', folder), JSON.stringify(results, undefined, 1));
}

function say(verdict, text) {
  if (!tell(verdict, text)) process.exitCode = 1;
}

for (const { name, sides, bars } of comparisonsOf(words)) {
  const measured = await measure(sides, options);
  const summaries = measured.map(summaryOf);
  results.scenarios.push({ name, sides: summaries });
  console.log(`\n# ${name}`);
  for (const line of rows(summaries)) console.log(line);
  for (const { what, least, ...bar } of bars) {
    const ratio = interval(ratiosOf(bar, measured));
    const verdict = verdictOf(ratio, { least });
    results.bars.push({ what, ...bar, least, ratio, verdict });
    say(verdict, `${what}: ${range(ratio)}, at least ${least}`);
  }
  save();
}

for (const curve of curvesOf(words)) {
  const { name, x, order, within, ours, theirs } = curve;
  console.log(`\n# ${name}`);
  const lines = [];
  for (const engine of [...ours, ...theirs]) {
    const { sides, growth, verdict } = await measureLine(curve, engine, options);
    const line = { engine, sides: sides.map(summaryOf), growth, verdict };
    lines.push(line);
    console.log(`  ${engine}: ${line.sides.map((side) => `${side.x}: ${time(side.nsEach.median)}`).join(', ')}`);
    if (verdict) say(verdict, `${name}, ${engine}: ${order}, times ${range(growth)}, at most ${within}`);
  }
  results.curves.push({ name, x, order, within, lines });
  save();
}
writeFileSync(new URL('results.html', folder), await htmlOf(results));
console.log('\n# bench/results/results.json, results.html');
