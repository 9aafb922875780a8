/**
 * Schedules, the long form: long.mjs SEED MINUTES. First pairs to their end: in `make test` a few of the longest stop before. Then three
 * and four at once, a part of each program (one state, one first operation) in turn, with up to 10^3 schedules a program, then with
 * 10^4, 10^5 those where some program has not come to its end with three preemptions; then random walks from SEED on, which count
 * apart. What tests/ledger.json has already is left out; no part begins after MINUTES. What found nothing is written down; the first
 * finding stops it all.
 */
import { execFileSync, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { read } from '../ledger.mjs';

const [seed, minutes] = process.argv.slice(2).map(Number);
const PROGRAMS = ['sem', 'mqueue', 'pipe', 'ring', 'registry'];
const PAIRS = 9e4;
const BOUNDS = [1e3, 1e4, 1e5];
const NAMES = { 2: 'pairs', 3: 'triples', 4: 'fours' };
const WALKS = 2000; // of each program in a part
const until = Date.now() + minutes * 60_000;
let failed = false;

/** What stands in the ledger: the part's number, and how many schedules a program it had, or that all came to their end. */
const known = new Map(Object.keys(read().schedules ?? {}).map((key) => key.split('@')));
const has = (id, bound) => ['complete', 'few'].includes(known.get(id)) || Number(known.get(id)) >= bound;
const note = (name, key, count) => count > 0 && execFileSync('node', ['tests/ledger.mjs', name, key, String(count)]);

const FOUND =
  /^ok .* (\d+) programs, (\d+) of them complete, (\d+) more with three preemptions, (\d+) schedules \((\d+) redundant\)/m;

/** What the program says of a part, and what it has counted; '' when there is no such part. */
function run(name, args) {
  return new Promise((resolve) => {
    const child = spawn(`build/fake/tests/model/pairs_${name}`, args.map(String), { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    child.on('close', (code) => {
      const [programs, complete, few, all, redundant] = (text.match(FOUND) ?? []).slice(1).map(Number);
      const [, walks] = text.match(/^ok .* (\d+) random walks/m) ?? [];
      if (code !== 0) text += `not ok pairs_${name} ${args.join(' ')} ended with ${code}\n`;
      resolve({ text, good: code === 0, programs, complete, few, searched: all - redundant, walks });
    });
  });
}

/** How far a part has come, in all programs, and in how many. */
function noteSearch(id, agents, bound, { programs, complete, few, searched }) {
  const what = NAMES[agents];
  const far = complete === programs ? 'complete' : complete + few === programs ? 'few' : bound;
  note('schedules', `${id}@${far}`, searched);
  note(what, id, programs);
  note(`${what}, complete`, id, complete);
  note(`${what}, three preemptions`, id, complete + few);
}

/** A part's number in the ledger tells which it is: program, agents, part; of walks, the seed besides. False: there is no such part. */
async function part({ index, agents, bound, walk }, number) {
  const place = (index + 1) * 10000 + agents * 1000 + number;
  const id = String(walk ? walk * 100000 + place : place);
  if (has(id, bound)) return true;
  const found = await run(PROGRAMS[index], [agents, bound, walk, number]);
  process.stdout.write(found.text);
  if (!found.good) failed = true;
  else if (walk) note('random walks', id, found.walks);
  else if (found.text !== '') noteSearch(id, agents, bound, found);
  return found.text !== '';
}

/** A part of each family in turn, so that whatever time there is goes to all. A family has ended where it has no further part. */
function* parts() {
  const of = (agents) => [...PROGRAMS.keys()].map((index) => ({ agents, index }));
  function* round(families, bound, walk) {
    const going = new Set(families);
    for (let number = 0; going.size > 0; number++)
      for (const family of going) yield { ...family, bound, walk, number, end: () => going.delete(family) };
  }
  const more = [...of(3), ...of(4)];
  yield* round(of(2), PAIRS, 0);
  for (const bound of BOUNDS) yield* round(more, bound, 0);
  for (let walk = seed; ; walk++) yield* round(more, WALKS, walk);
}

const all = parts();

async function worker() {
  while (!failed && Date.now() < until) {
    const { number, end, ...family } = all.next().value;
    if (!(await part(family, number))) end();
  }
}

await Promise.all(Array.from({ length: availableParallelism() }, worker));
process.exitCode = failed ? 1 : 0;
