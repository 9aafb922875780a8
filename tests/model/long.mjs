/**
 * Schedules, the long form: long.mjs SEED MINUTES. The parts of each program (one state, one first operation) that
 * tests/ledger.json does not have yet, each as a whole; then random walks from SEED on. No part begins after MINUTES. What found
 * nothing is written down; the first finding stops it all.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const [seed, minutes] = process.argv.slice(2).map(Number);
const PROGRAMS = ['sem', 'mqueue', 'pipe', 'ring'];
const WALKS = 2000; // of each program in a part
const until = Date.now() + minutes * 60_000;
const known = existsSync('tests/ledger.json') ? (JSON.parse(readFileSync('tests/ledger.json', 'utf8')).schedules ?? {}) : {};
let failed = false;

/** What the program says of a part, and how many schedules came to their end; '' when there is no such part. */
function run(name, args) {
  return new Promise((resolve) => {
    const child = spawn(`build/fake/tests/model/pairs_${name}`, args.map(String), { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    child.on('close', (code) => {
      const [, all, redundant] = text.match(/^ok .* (\d+) schedules \((\d+) redundant\)/m) ?? [0, 0, 0];
      if (code !== 0) text += `not ok pairs_${name} ${args.join(' ')} ended with ${code}\n`;
      resolve({ text, good: code === 0, count: all - redundant });
    });
  });
}

/** A part's number in the ledger tells which it is: program, agents, part; of walks, the seed besides. */
async function part(index, agents, number, walkSeed) {
  const place = (index + 1) * 10000 + agents * 1000 + number;
  const id = walkSeed ? walkSeed * 100000 + place : place;
  if (known[id]) return true;
  const { text, good, count } = await run(PROGRAMS[index], [agents, walkSeed ? WALKS : 0, walkSeed, number]);
  process.stdout.write(text);
  if (!good) failed = true;
  else if (text) execFileSync('node', ['tests/ledger.mjs', 'schedules', String(id), String(count)]);
  return text !== '';
}

function* families() {
  for (const agents of [2, 3, 4]) for (const index of PROGRAMS.keys()) yield [index, agents, 0];
  for (let i = 0; ; i++) for (const agents of [2, 3, 4]) for (const index of PROGRAMS.keys()) yield [index, agents, seed + i];
}

const all = families();
let family = all.next().value;
let next = 0;

async function worker() {
  while (!failed && Date.now() < until) {
    const mine = family;
    const there = await part(mine[0], mine[1], next++, mine[2]);
    if (there || family !== mine) continue;
    family = all.next().value;
    next = 0;
  }
}

await Promise.all(Array.from({ length: availableParallelism() }, worker));
process.exitCode = failed ? 1 : 0;
