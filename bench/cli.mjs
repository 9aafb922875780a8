#!/usr/bin/env node
/** `sluice bench`: what short.json holds, against MessagePort, on the machine of whoever runs it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { Presets, SingleBar } from 'cli-progress';
import { machine } from './manifest.mjs';
import { measure } from './measure.mjs';
import { interval, verdictOf } from './ratio.mjs';
import { labelOf, ratiosOf } from './sides.mjs';
import { summaryOf } from './summary.mjs';
import { range, rows } from './table.mjs';

const HELP = `sluice bench [--seconds N] [--json FILE]

Two workers of this Node exchange messages through Sluice (wasm) and through a MessagePort, in turns. The less else runs, the more is decided.

  --seconds N   about so long, 30 unless told; everything is measured at least twice
  --json FILE   the machine, every sample and what came of them
  --help        this
`;
const LIVES = 2;
const titles = {
  'threads sluice-ring': 'Sluice, ring',
  'threads sluice-queue': 'Sluice, queue',
  'threads sluice-records': 'Sluice, ring',
  'threads sluice-pipe': 'Sluice, pipe',
  'threads port': 'MessagePort',
};
const words = { pass: 'faster', fail: 'slower', undecided: 'not decided' };

function refuse(text) {
  console.error(`${text}\n\n${HELP}`);
  process.exit(2);
}

/** { seconds, json } */
function read() {
  const options = { seconds: { type: 'string', default: '30' }, json: { type: 'string' }, help: { type: 'boolean', short: 'h' } };
  let found;
  try {
    found = parseArgs({ options, allowPositionals: true });
  } catch (error) {
    refuse(error.message);
  }
  const { values, positionals } = found;
  if (values.help) {
    console.log(HELP);
    process.exit();
  }
  if (positionals.join() !== 'bench') refuse(`'${positionals.join(' ')}' is no command`);
  const seconds = Number(values.seconds);
  if (!(seconds > 0 && seconds < 1e6)) refuse(`--seconds ${values.seconds} is no number of seconds`);
  return { seconds, json: values.json };
}

async function run({ name, ours, theirs, scenario }, lifeMs, onRound) {
  const sides = [ours, theirs].map((engine) => ({ name, engine, scenario: { ...scenario, pinned: false } }));
  const measured = await measure(sides, { lives: LIVES, rounds: Number.POSITIVE_INFINITY, lifeMs, onRound });
  const [ourLabel, theirLabel] = sides.map(labelOf);
  const ratio = interval(ratiosOf({ ours: ourLabel, theirs: theirLabel }, measured));
  const summaries = measured.map((side) => ({ ...summaryOf(side), engine: titles[side.engine] }));
  return { name, sides: summaries, ratio, verdict: words[verdictOf(ratio, { least: 1 })] };
}

const { seconds, json } = read();
const works = JSON.parse(readFileSync(new URL('short.json', import.meta.url), 'utf8'));
const { version } = createRequire(import.meta.url)('sluice/package.json');
const manifest = { sluice: version, ...machine() };
console.log(`Sluice ${version}, Node ${manifest.node}, ${manifest.kernel}, ${manifest.processors} × ${manifest.processor}`);

const progress = new SingleBar({ format: '{bar} {percentage} % {name}', clearOnComplete: true }, Presets.shades_classic);
const workMs = (seconds * 1000) / works.length;
const results = [];
progress.start(works.length, 0, { name: '' });
for (const [done, work] of works.entries()) {
  const begun = performance.now();
  const tick = () => progress.update(done + Math.min(1, (performance.now() - begun) / workMs), work);
  tick();
  results.push(await run(work, workMs / LIVES, tick));
}
progress.stop();

for (const { name, sides, ratio, verdict } of results) {
  console.log(`\n${name}`);
  for (const line of rows(sides)) console.log(line);
  console.log(`  ${verdict}: ${range(ratio)} times as fast, ${sides[0].samples.length} rounds`);
}
if (json) writeFileSync(json, `${JSON.stringify({ manifest, results }, undefined, 1)}\n`);
