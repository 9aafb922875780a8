/** Each bar of bars.json: what the ratios of its two sides' times say is judged. check.mjs [WORDS]. */
import { groupsOf, labelOf, nsEach, ratiosOf } from './bars.mjs';
import { measure } from './measure.mjs';
import { judge, median } from './ratio.mjs';

for (const { sides, bars } of groupsOf(process.argv.slice(2).join(' '))) {
  const measured = await measure(sides);
  for (const side of measured) console.log(`# ${labelOf(side)}: ${median(nsEach(side)).toFixed(1)} ns each`);
  for (const bar of bars) if (!judge(bar.what, ratiosOf(bar, measured), bar.least)) process.exitCode = 1;
}
