/** Writes what `make bench` found last into docs/performance.md, between its two marks. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { range, time } from './table.mjs';

const [BEGIN, END] = ['<!-- written by `make figures` -->', '<!-- end of figures -->'];
const document = 'docs/performance.md';
const results = 'bench/results/results.json';

const row = (cells) => `| ${cells.join(' | ')} |`;
const table = (head, rows) => [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

function about({ date, processors, processor, kernel, node, commit, dirty, load, loadAtEnd }) {
  const changed = dirty ? ', with changes' : '';
  return `${date.slice(0, 16).replace('T', ' ')} UTC, ${processors} × ${processor}, ${kernel}, Node ${node}, load ${load[0]} when it began, ${loadAtEnd[0]} when it ended, ${commit}${changed}.`;
}

function costs({ scenarios }, label) {
  const sides = scenarios.flatMap((scenario) => scenario.sides);
  return time(sides.find(({ name, engine }) => `${name}: ${engine}` === label).nsEach.median);
}

const barsOf = (all) =>
  table(
    ['work', 'ours', 'theirs', 'times as fast', 'at least', ''],
    all.bars.map((bar) => [bar.what, costs(all, bar.ours), costs(all, bar.theirs), range(bar.ratio), bar.least, bar.verdict]),
  );

/** The first and the last point of each line; what is not ours is there for comparison. */
const curvesOf = ({ curves }) =>
  table(
    ['cost against', 'engine', 'from', 'to', 'grew, times as much as', 'at most', ''],
    curves.flatMap(({ name, order, within, lines }) =>
      lines.map(({ engine, sides, growth, verdict }) => {
        const [from, to] = [sides.at(0), sides.at(-1)].map(({ x, nsEach }) => `${x}: ${time(nsEach.median)}`);
        return [name, engine, from, to, `${order}: ${range(growth)}`, verdict ? within : '', verdict ?? ''];
      }),
    ),
  );

const found = existsSync(results) && JSON.parse(readFileSync(results, 'utf8'));
if (!found || found.words) {
  console.log(`# ${document}: as it was, since make bench has not measured everything here`);
} else {
  const [before, rest] = readFileSync(document, 'utf8').split(BEGIN);
  const text = [about(found.manifest), barsOf(found), curvesOf(found)].join('\n\n');
  writeFileSync(document, `${before}${BEGIN}\n\n${text}\n\n${END}${rest.split(END)[1]}`);
}
