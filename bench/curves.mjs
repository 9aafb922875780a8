/**
 * curves.json: cost against one number of a scenario, and the order in which it may grow. Between any two points it may grow as that
 * order does, `within` so many times: caches have their sizes, too.
 */
import { readFileSync } from 'node:fs';
import { measure } from './measure.mjs';
import { bootstrap, median, verdictOf } from './ratio.mjs';
import { nsEach } from './sides.mjs';

const RESAMPLES = 1000;
const orders = { 'O(1)': () => 1, 'O(log n)': Math.log2, 'O(n)': (n) => n };

/** Curves whose name has the words. */
export function curvesOf(words) {
  const all = JSON.parse(readFileSync(new URL('curves.json', import.meta.url), 'utf8'));
  return all.filter(({ name }) => name.includes(words));
}

/** The most that the cost grew between two points, against what its order allows. */
function growth(costs, xs, order) {
  let most = 0;
  for (let high = 1; high < xs.length; high++)
    for (let low = 0; low < high; low++) most = Math.max(most, costs[high] / costs[low] / (order(xs[high]) / order(xs[low])));
  return most;
}

/** The points of one engine, all in turns: { engine, sides, growth }, and of ours the verdict. */
export async function measureLine({ x, order, within, ours, scenario, points }, engine, options) {
  const sides = points.map((point) => ({ engine, x: point[x], scenario: { ...scenario, ...point } }));
  const measured = await measure(sides, options);
  const xs = measured.map((side) => side.x);
  const costs = measured.map(nsEach);
  const rounds = costs[0].map((_, round) => costs.map((cost) => cost[round]));
  const medians = (some) => xs.map((_, at) => median(some.map((round) => round[at])));
  const worst = (some) => growth(medians(some), xs, orders[order]);
  const range = bootstrap(rounds, worst, RESAMPLES);
  return {
    engine,
    sides: measured,
    growth: range,
    verdict: ours.includes(engine) ? verdictOf(range, { most: within }) : undefined,
  };
}
