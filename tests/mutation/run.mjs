/**
 * Makes each mistake in turn and asks whoever would meet it, the quickest first, until one finds it. SAMPLE=n: of n at
 * random (SEED); CLASS=wake,cas: of those classes; WORDS: whose key has them; SLOWEST=s: only of checkers that take so
 * many seconds at most, so that the rest is a lower bound; JOBS at a time. What has been found out
 * stands in build/mutants/results.jsonl, so that a run may be cut short and go on.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { argued, stale } from './argued.mjs';
import { ask } from './ask.mjs';
import { checkers } from './checkers.mjs';
import { judge } from './judge.mjs';

const HOME = 'build/mutants';
const RESULTS = `${HOME}/results.jsonl`;
const { SAMPLE, SEED = '1', CLASS, WORDS = '', JOBS = '2', SLOWEST = 'Infinity' } = process.env;
const mutants = JSON.parse(readFileSync(`${HOME}/src/mutants.json`, 'utf8'));
const age = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0);

/** Which mistakes each checker meets when none is made, and how long it takes; not where it is known to take too long. */
async function measure(checker) {
  const file = `${HOME}/met/${checker.name.replace(/\W/g, '-')}`;
  const before = existsSync(`${file}.json`) ? JSON.parse(readFileSync(`${file}.json`, 'utf8')).seconds : 0;
  checker.seconds = before;
  if (before > Number(SLOWEST)) return;
  if (age(`${file}.json`) < age(checker.program)) {
    rmSync(file, { force: true });
    const { found, seconds } = await ask(checker, { env: { MUTANTS_MET: file }, seconds: 600 });
    if (found) throw new Error(`${checker.name} fails where no mistake is made: ${found}`);
    writeFileSync(`${file}.json`, JSON.stringify({ seconds }));
    checker.seconds = seconds;
  }
  checker.met = readFileSync(file);
}

/** What stands still, of earlier runs: a mistake stays found; one that is not has only been shown to these very programs. */
function earlier() {
  const lines = existsSync(RESULTS)
    ? readFileSync(RESULTS, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    : [];
  const newest = Math.max(...checkers.map((each) => age(each.program)));
  return new Map(lines.filter((line) => line.by || line.at > newest).map((line) => [line.key, line]));
}

/** The same numbers for the same seed (mulberry32). */
function shuffled(all, seed) {
  let state = seed;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return all
    .map((each) => [random(), each])
    .sort((a, b) => a[0] - b[0])
    .map(([, each]) => each);
}

function chosen() {
  const wanted = CLASS?.split(',');
  const those = mutants.filter((each) => (!wanted || wanted.includes(each.class)) && each.key.includes(WORDS));
  return SAMPLE ? shuffled(those, Number(SEED)).slice(0, Number(SAMPLE)) : those;
}

/** Who can meet it, and has not been asked before. */
const able = (mutant) =>
  checkers.filter(
    (each) =>
      each.seconds <= Number(SLOWEST) &&
      each.met[mutant.id] &&
      (!each.classes || each.classes.includes(mutant.class)) &&
      !known.get(mutant.key)?.met?.includes(each.name),
  );

async function findMistake(mutant) {
  const start = performance.now();
  const asked = able(mutant);
  for (const checker of asked) {
    const { found } = await ask(checker, { env: { MUTANT: String(mutant.id) }, seconds: Math.max(10, 10 * checker.seconds) });
    if (found) return { by: checker.name, found, ms: performance.now() - start };
  }
  const before = known.get(mutant.key)?.met ?? [];
  return { met: [...before, ...asked.map((each) => each.name)], ms: performance.now() - start };
}

mkdirSync(`${HOME}/met`, { recursive: true });
for (const checker of checkers) await measure(checker);
checkers.sort((a, b) => a.seconds - b.seconds);
const known = earlier();
const asked = chosen();
const queue = asked.filter((each) => !known.get(each.key)?.by && !argued.has(each.key) && able(each).length > 0);
if (SLOWEST !== 'Infinity') console.log(`# checkers of more than ${SLOWEST} s are left out: a lower bound`);
console.log(`# ${asked.length} of ${mutants.length} mutants; ${queue.length} to ask about`);

async function worker() {
  for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
    const result = { key: mutant.key, at: Date.now(), ...(await findMistake(mutant)) };
    known.set(mutant.key, result);
    appendFileSync(RESULTS, `${JSON.stringify(result)}\n`);
    if (!result.by) console.log(`# survives: ${mutant.file}:${mutant.line} ${mutant.key}`);
  }
}
await Promise.all(Array.from({ length: Number(JOBS) }, worker));
process.exitCode = judge({ asked, all: mutants, known, stale: stale(mutants), sample: SAMPLE !== undefined }) ? 0 : 1;
