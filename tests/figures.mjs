/**
 * Writes what the suites printed last into docs/reliability.md, between its two marks: figures.mjs. A row whose suite has not
 * run here stays as it is. Of each row: the suite, and what is to be taken from its output.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { read } from './ledger.mjs';

const [BEGIN, END] = ['<!-- written by `make figures` -->', '<!-- end of figures -->'];
const document = 'docs/reliability.md';
const big = (n) => Number(n).toLocaleString('en');

/** The sums, over all lines that match, of each group. */
function sums(text, pattern) {
  const found = [...text.matchAll(pattern)];
  return found.length > 0 && found[0].slice(1).map((_, i) => big(found.reduce((sum, match) => sum + Number(match[i + 1]), 0)));
}

const summed = (pattern, tell) => (text) => {
  const numbers = sums(text, pattern);
  return numbers && [tell(...numbers)];
};

/** One figure a line that matches. */
const each = (pattern, tell) => (text) => [...text.matchAll(pattern)].map((match) => tell(...match.slice(1)));

const kills = (name) =>
  each(
    new RegExp(`^# ${name}, seed (\\d+), .*\\n(?:.*\\n)*?ok (.*)\\n(?:# survivors' waits after the proof[^:]*: (.*)\\n)?`, 'gm'),
    (seed, text, waits) => `seed ${seed}: ${text}${waits ? `; survivors' waits ${waits}` : ''}`,
  );

const rows = [
  [
    'the event, every schedule',
    'pairs',
    each(
      /^ok event: (.*?): complete, (\d+) schedules .*?, (\d+) states, \d\.\de\+(\d+) ways/gm,
      (what, n, states, power) =>
        `${what}: ${states > 0 ? `${big(states)} states for 10^${Number(power)} schedules` : big(n)}, complete`,
    ),
  ],
  ['SPIN', 'model', summed(/^ok SPIN .*: (\d+) states/gm, (n) => `${n} states in all configurations`)],
  [
    'death at every store',
    'deaths',
    summed(/^# (\d+) deaths and double deaths/gm, (n) => `${n} deaths, and double deaths of recoveries`),
  ],
  [
    'false proofs of death',
    'deaths',
    summed(
      /; (\d+) false proofs, (\d+) of them exact, (\d+) told, (\d+) with/g,
      (n, exact, told, late) => `${n}: ${exact} exact, ${told} told, ${late} with one late store`,
    ),
  ],
  [
    '... with a successor',
    'deaths',
    summed(
      /^ok late: (\d+) false proofs with a successor: (\d+) exact, (\d+) told/gm,
      (n, exact, told) => `${n}: ${exact} exact, ${told} told`,
    ),
  ],
  [
    'pairs, triples, fours',
    'pairs',
    summed(
      /^ok schedules: (\d+) to their end, (\d+) more cut short, (\d+) random walks/gm,
      (n, cut, walks) => `${n} schedules to their end, ${cut} more cut short; ${walks} random walks`,
    ),
  ],
  ...['pairs', 'triples', 'fours'].map((what) => [
    `of the ${what} complete`,
    'pairs',
    summed(
      new RegExp(`^ok ${what}: .*: (\\d+) programs, (\\d+) of them complete, (\\d+) more`, 'gm'),
      (all, complete, few) => `${complete} of ${all}${few === '0' ? '' : `; ${few} more with three preemptions`}`,
    ),
  ]),
  [
    'what was complete stands for',
    'pairs',
    each(/stands for (\d)\.\d+e\+(\d+)$/gm, (_, power) => `10^${Number(power)} schedules`),
  ],
  ['a stale load', 'weak', summed(/^ok schedules: (\d+) to their end/gm, (n) => `${n} schedules`)],
  [
    'linearizable: threads, workers',
    'linear',
    summed(
      /^ok linear: (?:threads|workers).*: (\d+) histories, (\d+) operations/gm,
      (n, calls) => `${n} histories, ${calls} calls`,
    ),
  ],
  [
    'hostile bytes',
    'fuzz',
    (text) => {
      const all = [...text.matchAll(/^ok hostile: (\d+) histories .*, (\d+) damaged regions, at most (\d+) steps/gm)];
      if (all.length === 0) return [];
      const [histories, times] = [1, 2].map((i) => big(all.reduce((sum, match) => sum + Number(match[i]), 0)));
      const most = Math.max(...all.map((match) => Number(match[3])));
      return [`${times} damaged regions in ${histories} histories, at most ${big(most)} steps a call`];
    },
  ],
  ['double fetch', 'fuzz', summed(/^# (\d+) cases: (\d+) reads/gm, (n, reads) => `${reads} reads, ${n} cases`)],
  ['faults in the core', 'faults-core', summed(/^# (\d+) faults in the core/gm, (n) => `${n}, plain and under ASan`)],
  ['faults of the system', 'faults', summed(/^# (\d+) faults$/gm, (n) => n)],
  [
    'against the kernel',
    'differential',
    summed(/# \w+: (\d+) sequences, (\d+) calls/g, (n, calls) => `${n} sequences, ${calls} calls`),
  ],
  ['processes killed', 'torture', kills('kills')],
  ['processes stopped', 'torture', kills('stops')],
  ['workers terminated', 'torture', kills('terminate')],
  ['workers terminated in Chromium', 'torture', kills('chromium')],
  ['processes killed, through the API', 'torture', kills('processes')],
  ['branches of the core', 'coverage', each(/^branches: (.*)/gm, (text) => text)],
  ['mutants', 'mutants', each(/^(?:not )?ok mutants: (.*)/gm, (text) => text)],
];

/** The table as it stands: what -> its line. */
function standing(text) {
  const lines = text.split('\n').filter((line) => line.startsWith('| '));
  return new Map(lines.map((line) => [line.split(' | ')[0].slice(2), line]));
}

function lineOf([what, suite, take], old) {
  const [log, result] = ['log', 'json'].map((kind) => `build/results/${suite}.${kind}`);
  if (!existsSync(log) || !existsSync(result)) return old.get(what);
  const figures = take(readFileSync(log, 'utf8'));
  if (!figures || figures.length === 0) return old.get(what);
  const { failed, commit } = JSON.parse(readFileSync(result, 'utf8'));
  return `| ${what} | ${figures.join('<br>')} | ${commit}${failed > 0 ? `, ${failed} failed` : ''} |`;
}

function added() {
  return Object.entries(read()).map(([name, runs]) => {
    const count = Object.values(runs).reduce((a, b) => a + b, 0);
    return `| added up: ${name} | ${big(count)} in ${big(Object.keys(runs).length)} runs | |`;
  });
}

const text = readFileSync(document, 'utf8');
const [before, rest] = text.split(BEGIN);
const [table, after] = rest.split(END);
const old = standing(table);
const lines = rows.map((row) => lineOf(row, old)).filter(Boolean);
const head = ['| what | figures | commit |', '|---|---|---|'];
writeFileSync(document, `${before}${BEGIN}\n\n${[...head, ...lines, ...added()].join('\n')}\n\n${END}${after}`);
