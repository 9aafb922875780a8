/** Each bar of bars.json: what the ratios of its two sides' times say is judged. check.mjs [WORDS]. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { groupsOf, programsOf } from './bars.mjs';
import { measure } from './measure.mjs';
import { judge, median } from './ratio.mjs';
import { labelOf, nsEach, ratiosOf } from './sides.mjs';

const words = process.argv.slice(2).join(' ');

function passes(program) {
  const [name, ...args] = program.split(' ');
  return spawnSync(process.execPath, [fileURLToPath(new URL(name, import.meta.url)), ...args], { stdio: 'inherit' }).status === 0;
}

for (const program of programsOf(words)) if (!passes(program)) process.exitCode = 1;
for (const { sides, bars } of groupsOf(words)) {
  const measured = await measure(sides);
  for (const side of measured) console.log(`# ${labelOf(side)}: ${median(nsEach(side)).toFixed(1)} ns each`);
  for (const bar of bars) if (!judge(bar.what, ratiosOf(bar, measured), bar.least)) process.exitCode = 1;
}
