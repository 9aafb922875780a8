/** Results as one HTML file: each chart with the same figures in a table. */
import { curveChart, ratioChart, scenarioChart } from './chart.mjs';
import { megabytes, named, range, rate, time } from './table.mjs';

const escaped = (text) => `${text}`.replace(/[&<]/g, (each) => (each === '&' ? '&amp;' : '&lt;'));
const row = (cells, tag = 'td') => `<tr>${cells.map((cell) => `<${tag}>${escaped(cell ?? '')}</${tag}>`).join('')}</tr>`;
const table = (head, rows) => `<table>${row(head, 'th')}${rows.map((cells) => row(cells)).join('\n')}</table>`;

/** What a column shows of a side; one that has nothing for any is left out. */
const columns = {
  'messages/s': (side) => rate(side.messagesPerSecond),
  least: (side) => time(side.nsEach.min),
  quartile: (side) => time(side.nsEach.q1),
  median: (side) => time(side.nsEach.median),
  'third quartile': (side) => time(side.nsEach.q3),
  most: (side) => time(side.nsEach.max),
  p50: ({ latencyNs }) => latencyNs && time(latencyNs.p50),
  p99: ({ latencyNs }) => latencyNs && time(latencyNs.p99),
  'p99.9': ({ latencyNs }) => latencyNs && time(latencyNs.p999),
  'CPU each': ({ cpuSecondsEach }) => cpuSecondsEach && time(cpuSecondsEach * 1e9),
  memory: ({ rssBytes }) => rssBytes && megabytes(rssBytes),
};

/** Sides, each behind the cells that name it. */
function sideTable(head, names, sides) {
  const shown = Object.entries(columns).filter(([, cell]) => sides.some(cell));
  return table(
    [...head, ...shown.map(([name]) => name)],
    sides.map((side, i) => [...names[i], ...shown.map(([, cell]) => cell(side))]),
  );
}

const style = `:root{color-scheme:light dark}body{font:15px/1.45 system-ui,sans-serif;max-width:68rem;margin:2rem auto;padding:0 1rem}
svg{max-width:100%;height:auto}table{border-collapse:collapse;margin:1rem 0;display:block;overflow-x:auto}
td,th{padding:.15rem .6rem;text-align:right;border-bottom:1px solid color-mix(in srgb,currentColor 20%,transparent);white-space:nowrap}
td:first-child,th:first-child{text-align:left}`;

/** Each bar, as a ratio with its interval. */
async function barsPart(bars) {
  const rows = bars.map(({ what, ratio, least, verdict }) => [what, range(ratio), least, verdict]);
  return ['<h2>Bars</h2>', await ratioChart(bars), table(['work', 'ratio', 'at least', 'verdict'], rows)];
}

async function scenarioPart(scenario) {
  const names = named(scenario.sides).map((name) => [name]);
  return [await scenarioChart(scenario), sideTable(['engine'], names, scenario.sides)];
}

async function curvePart(curve) {
  const { lines, x, order, within } = curve;
  const judged = lines.filter(({ verdict }) => verdict);
  const said = judged.map(({ engine, growth, verdict }) => `${engine} grew ${range(growth)} times as much: ${verdict}`);
  const names = lines.flatMap(({ engine, sides }) => sides.map((side) => [engine, side.x]));
  const sides = lines.flatMap((line) => line.sides);
  const stated = `<p>${escaped(`Stated: ${order}, within ${within}. ${said.join('; ')}.`)}</p>`;
  return [await curveChart(curve), stated, sideTable(['engine', x], names, sides)];
}

export async function htmlOf({ manifest, scenarios, bars, curves }) {
  const parts = [table(['manifest', ''], Object.entries(manifest))];
  if (bars.length > 0) parts.push(...(await barsPart(bars)));
  if (scenarios.length > 0) parts.push('<h2>Scenarios</h2>');
  for (const scenario of scenarios) parts.push(...(await scenarioPart(scenario)));
  if (curves.length > 0) parts.push('<h2>Curves</h2>');
  for (const curve of curves) parts.push(...(await curvePart(curve)));
  const head = `<meta charset="utf-8"><title>Sluice, measured</title><style>${style}</style>`;
  return `<!doctype html>\n<html lang="en">${head}\n<h1>Sluice, measured</h1>\n${parts.join('\n')}\n</html>\n`;
}
