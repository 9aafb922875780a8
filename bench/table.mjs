/** Results as text: a bar of blocks for each engine, in the unit that fits. */
import { labelOf } from './sides.mjs';

const BLOCKS = 24;
const units = (names, value) => {
  const [, each, name] = names.find(([least]) => value >= least) ?? names.at(-1);
  const number = value / each;
  return `${number.toFixed(number < 10 ? 2 : number < 100 ? 1 : 0)} ${name}`;
};
const timeUnits = [[1e9, 1e9, 's'], [1e6, 1e6, 'ms'], [1e3, 1e3, 'µs'], [0, 1, 'ns']]; // biome-ignore format: a table
const countUnits = [[1e6, 1e6, 'M/s'], [1e3, 1e3, 'k/s'], [0, 1, '/s']]; // biome-ignore format: a table

export const time = (ns) => units(timeUnits, ns);
export const rate = (perSecond) => units(countUnits, perSecond);
export const megabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`;

/** A ratio with its interval. */
export const range = ([low, middle, high]) =>
  Number.isFinite(low) && low !== null ? `${middle.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})` : middle.toFixed(2);

/** Of [0, 1], to an eighth of a block. */
export function blocks(share) {
  const eighths = Math.max(1, Math.round(share * BLOCKS * 8));
  const part = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8];
  return ('█'.repeat(eighths >> 3) + part).padEnd(BLOCKS);
}

/** What tells sides apart: the engine, and the scenario where it differs. */
export const named = (sides) => sides.map((side) => (side.name === sides[0].name ? side.engine : labelOf(side)));

/** Sides of one scenario, the fastest with the longest bar. */
export function rows(sides) {
  const most = Math.max(...sides.map((side) => side.messagesPerSecond));
  const names = named(sides);
  const width = Math.max(...names.map((name) => name.length));
  return sides.map(({ messagesPerSecond, nsEach, latencyNs, cpuSecondsEach, rssBytes }, i) => {
    const spread = `${time(nsEach.median)} (${time(nsEach.q1)} to ${time(nsEach.q3)})`;
    const tail = latencyNs ? `, p50 ${time(latencyNs.p50)}, p99 ${time(latencyNs.p99)}, p99.9 ${time(latencyNs.p999)}` : '';
    const costs = rssBytes ? `; CPU ${time(cpuSecondsEach * 1e9)}, ${megabytes(rssBytes)}` : '';
    return `  ${names[i].padEnd(width)} ${blocks(messagesPerSecond / most)} ${rate(messagesPerSecond).padStart(9)}  ${spread}${tail}${costs}`;
  });
}
