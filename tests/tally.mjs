/** Adds up what the suites left in build/results: tally.mjs [EXIT CODE OF WHAT RAN THEM]. */
import { readdirSync, readFileSync } from 'node:fs';

const code = Number(process.argv[2] ?? 0);
let counts = [];
try {
  const names = readdirSync('build/results').filter((name) => name.endsWith('.json'));
  counts = names.map((name) => JSON.parse(readFileSync(`build/results/${name}`, 'utf8')));
} catch {}

let passed = 0;
let failed = 0;
for (const count of counts) {
  passed += count.passed;
  failed += count.failed;
  if (count.failed) console.log(`failed: ${count.name}`);
}
// What ended badly without a failed test did not get as far as testing.
if (failed === 0 && (code !== 0 || passed === 0)) failed = 1;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
