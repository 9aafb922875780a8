/** bars.json: which sides are measured together, and what they have to show. */
import { readFileSync } from 'node:fs';
import { labelOf } from './sides.mjs';

const read = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));

const [all, scenarios] = [read('bars.json'), read('scenarios.json')];

/** An engine runs the bar's scenario, { scenario, engine } another one. */
function sideOf(bar, side) {
  const { scenario: name, engine } = typeof side === 'string' ? { scenario: bar.scenario, engine: side } : side;
  return { name, engine, scenario: scenarios[name] };
}

/** Programs of this folder that judge by themselves. */
export const programsOf = (words) => all.map(({ runs }) => runs).filter((runs) => runs?.includes(words));

/** Bars whose text has the words, by scenario, so that all of its engines run in turns: { name, sides, bars }. */
export function groupsOf(words) {
  const groups = new Map();
  for (const bar of all.filter(({ ours }) => ours)) {
    const [ours, theirs] = [bar.ours, bar.theirs].map((side) => sideOf(bar, side));
    const what = `${labelOf(ours)} against ${ours.name === theirs.name ? theirs.engine : labelOf(theirs)}`;
    if (!what.includes(words)) continue;
    const { sides, bars } = groups.get(ours.name) ?? { sides: new Map(), bars: [] };
    for (const side of [ours, theirs]) sides.set(labelOf(side), side);
    bars.push({ what, ours: labelOf(ours), theirs: labelOf(theirs), least: bar.least });
    groups.set(ours.name, { sides, bars });
  }
  return [...groups].map(([name, { sides, bars }]) => ({ name, sides: [...sides.values()], bars }));
}

/** The same, with those that run beside them for comparison: what has no bar, too. */
export function comparisonsOf(words) {
  const groups = groupsOf(words);
  for (const bar of all.filter(({ beside, scenario }) => beside && scenario.includes(words))) {
    const sides = bar.beside.map((side) => sideOf(bar, side));
    const group = groups.find(({ name }) => name === bar.scenario);
    if (group) group.sides.push(...sides);
    else groups.push({ name: bar.scenario, sides, bars: [] });
  }
  return groups;
}
