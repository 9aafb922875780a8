/**
 * Each bar of bars.json: two engines run one scenario in turns, and what the ratios of their times say is judged. check.mjs [WORDS].
 * An engine is a place and a thing there. Theirs may have a scenario of its own, of as many messages.
 * A bar that `runs` a program of this folder is judged there.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inTurns, judge, median } from './ratio.mjs';

const [LIVES, PAIRS] = [3, 5]; // so many processes of each, so many pairs in each
const read = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));
const [scenarios, bars] = [read('scenarios.json'), read('bars.json')];
const words = process.argv.slice(2).join(' ');

async function start(engine, scenario) {
  const [place, thing] = engine.split(' ');
  const { start } = await import(`./places/${place}.mjs`);
  return start(thing, scenario);
}

/** Of a round trip what each took, else the whole. */
const secondsOf = ({ seconds, latenciesNs }) => (latenciesNs ? latenciesNs.reduce((sum, ns) => sum + ns, 0) / 1e9 : seconds);

async function measure({ scenario: name, ours, theirs, theirScenario = name }) {
  const found = [];
  for (let life = 0; life < LIVES; life++) {
    const engines = [await start(ours, scenarios[name]), await start(theirs, scenarios[theirScenario])];
    const runs = engines.map((engine) => async () => secondsOf(await engine.run()));
    await inTurns(1, ...runs); // warms up
    found.push(...(await inTurns(PAIRS, ...runs)));
    for (const engine of engines) await engine.stop();
  }
  return found;
}

function passes(program) {
  const [name, ...args] = program.split(' ');
  return spawnSync(process.execPath, [fileURLToPath(new URL(name, import.meta.url)), ...args], { stdio: 'inherit' }).status === 0;
}

for (const { runs } of bars) if (runs?.includes(words) && !passes(runs)) process.exitCode = 1;
for (const bar of bars.filter(({ runs }) => !runs)) {
  const what = `${bar.scenario}: ${bar.ours} against ${[bar.theirs, bar.theirScenario].filter(Boolean).join(', ')}`;
  if (!what.includes(words)) continue;
  const found = await measure(bar);
  const each = (side) => `${((median(found.map((pair) => pair[side])) * 1e9) / scenarios[bar.scenario].count).toFixed(1)} ns`;
  console.log(`# ${what}: ${each(0)} each, ${each(1)}`);
  const ratios = found.map(([a, b]) => b / a);
  if (!judge(what, ratios, bar.least)) process.exitCode = 1;
}
