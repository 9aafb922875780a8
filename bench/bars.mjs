/** bars.json: which sides are measured together, and what they have to show. */
import { readFileSync } from 'node:fs';

const read = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));

/** One side of a bar is an engine, or { scenario, engine } where it runs another scenario than the bar's. */
function sideOf(bar, side, scenarios) {
  const { scenario: name, engine } = typeof side === 'string' ? { scenario: bar.scenario, engine: side } : side;
  return { name, engine, scenario: scenarios[name] };
}

export const labelOf = ({ name, engine }) => `${name}: ${engine}`;

/** Bars whose text has the words, by scenario, so that all of its engines run in turns: { sides, bars }. */
export function groupsOf(words) {
  const [scenarios, groups] = [read('scenarios.json'), new Map()];
  for (const bar of read('bars.json')) {
    const [ours, theirs] = [bar.ours, bar.theirs].map((side) => sideOf(bar, side, scenarios));
    const what = `${labelOf(ours)} against ${ours.name === theirs.name ? theirs.engine : labelOf(theirs)}`;
    if (!what.includes(words)) continue;
    const { sides, bars } = groups.get(ours.name) ?? { sides: new Map(), bars: [] };
    for (const side of [ours, theirs]) sides.set(labelOf(side), side);
    bars.push({ what, ours: labelOf(ours), theirs: labelOf(theirs), least: bar.least });
    groups.set(ours.name, { sides, bars });
  }
  return [...groups].map(([name, { sides, bars }]) => ({ name, sides: [...sides.values()], bars }));
}

/** Nanoseconds a message, of each sample. */
export const nsEach = ({ samples, scenario }) => samples.map(({ seconds }) => (seconds * 1e9) / scenario.count);

/** How many times as fast ours was, a message each, round by round. */
export function ratiosOf({ ours, theirs }, measured) {
  const [a, b] = [ours, theirs].map((label) => nsEach(measured.find((side) => labelOf(side) === label)));
  return a.map((ns, round) => b[round] / ns);
}
