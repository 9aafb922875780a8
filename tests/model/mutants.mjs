/**
 * Are the checkers awake? Each mutant is one mistake in a copy of the core (or of a SPIN model), and each
 * checker that claims to find it must find it. Run by `make model-mutants`, which has built the unchanged core.
 *
 *   node tests/model/mutants.mjs [words of names]
 */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { models } from './models.table.mjs';
import { mutants } from './mutants.table.mjs';
import { weakened } from './weakened.table.mjs';

const PORTED = ['prim', 'obj', 'reg', 'api', 'port/fake'];
const modelOf = (mutant) => `tests/model/${mutant.model?.of ?? 'event'}.pml`;
const SECONDS = 600;
// For mutants that only a stale load shows: how a checker runs then (stale.h, pairs_all.h).
const [STALE, MOST] = ['1', '50000'];
let failed = 0;

/** The text with that one place changed; undefined when the place is not there exactly once. */
function edited(path, find, replace) {
  const parts = readFileSync(path, 'utf8').split(find);
  return parts.length === 2 ? parts.join(replace) : undefined;
}

function edits(mutant) {
  const { file, find, replace, also, model } = mutant;
  return [file && { file, find, replace }, also, model && { file: modelOf(mutant), ...model }].filter(Boolean);
}

function sources() {
  const all = PORTED.flatMap((folder) => readdirSync(`core/${folder}`).map((name) => `core/${folder}/${name}`));
  return all.filter((path) => path.endsWith('.c'));
}

/** Builds a checker over the copy of the core in `home`; what did not change has been built by make. */
function build(home, checker, changed) {
  const flags = [
    '-std=c11',
    '-O2',
    '-g',
    '-w',
    '-D_GNU_SOURCE',
    '-DSLUICE_PORT_FAKE',
    `-I${home}/core/include`,
    `-I${home}/core`,
  ];
  const linear = readdirSync('build/fake/tests/linear').filter((name) => name.endsWith('.o'));
  const objects = sources().map((file) => {
    const object = `${changed.includes(file) ? home : 'build/fake'}/${file.replace(/\.c$/, '.o')}`;
    if (!existsSync(object)) execFileSync('cc', [...flags, '-c', `${home}/${file}`, '-o', object]);
    return object;
  });
  execFileSync('cc', [
    '-pthread',
    `build/fake/tests/model/${checker}.o`,
    ...linear.map((name) => `build/fake/tests/linear/${name}`),
    ...objects,
    '-o',
    `${home}/${checker}`,
  ]);
  return `${home}/${checker}`;
}

/** Runs until the first failure that is a finding, and says where; undefined when there is none. */
function findingOf(command, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, ...env },
    });
    const end = () => {
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {}
    };
    const timer = setTimeout(end, SECONDS * 1000);
    let text = '';
    let finding;
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      finding ??= text.match(/^not ok (?!.*(incomplete|not complete|never reached|ended with)).*\n/m)?.[0];
      if (finding) end();
    });
    child.on('close', () => {
      clearTimeout(timer);
      resolve(finding && where(finding, text));
    });
  });
}

/** event: `not ok event: PROGRAM: HOW, N schedules`; deaths: `not ok deaths: ROW: ...`, after rows with N cases; SPIN: `not ok SPIN CONFIGURATION: ...`. */
function where(finding, text) {
  const [, checker, place] = finding.match(/^not ok (\w+):? ([^:]*)/);
  const schedules = finding.match(/(\d+) schedules/)?.[1];
  const cases = [...text.matchAll(/(\d+) cases/g)].reduce((sum, match) => sum + Number(match[1]), 0);
  const after = schedules ? ` after ${schedules} schedules` : checker === 'deaths' ? ` after more than ${cases} cases` : '';
  return `${checker} (${place})${after}`;
}

function prepare(mutant, home) {
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  cpSync('core', `${home}/core`, { recursive: true });
  cpSync(modelOf(mutant), `${home}/${modelOf(mutant)}`);
  for (const edit of edits(mutant)) {
    const text = edited(`${home}/${edit.file}`, edit.find, edit.replace);
    if (text === undefined) return `stale: ${edit.file} has another text there`;
    writeFileSync(`${home}/${edit.file}`, text);
  }
  return undefined;
}

async function found(mutant, checker, home) {
  if (checker === 'spin') return findingOf('tests/model/spin', [`${home}/${modelOf(mutant)}`, `${home}/spin`]);
  const changed = edits(mutant).map((edit) => edit.file);
  const [program, ...args] = checker.split(' ');
  return findingOf(build(home, program, changed), args, mutant.stale && { STALE, MOST });
}

async function check(mutant) {
  const home = `build/mutants/${mutant.name.replace(/\W+/g, '-')}`;
  const stale = prepare(mutant, home);
  if (stale) return report(false, mutant, stale);
  if (mutant.equivalent) return console.log(`# mutant ${mutant.name}: makes no difference, ${mutant.equivalent}`);
  const places = [];
  for (const checker of mutant.foundBy) {
    const place = await found(mutant, checker, home);
    if (place === undefined) return report(false, mutant, `not found by ${checker}`);
    places.push(place);
  }
  return report(places.length > 0, mutant, `found by ${places.join(', ')}`);
}

function report(good, mutant, text) {
  if (!good) failed++;
  console.log(`${good ? 'ok' : 'not ok'} mutant ${mutant.name}: ${text}`);
}

const words = process.argv.slice(2);
const queue = [...mutants, ...weakened, ...models].filter((mutant) => words.every((word) => mutant.name.includes(word)));
const worker = async () => {
  for (let next = queue.shift(); next; next = queue.shift()) await check(next);
};
await Promise.all([worker(), worker()]);
process.exitCode = failed === 0 ? 0 : 1;
