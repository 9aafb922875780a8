/** The job on each backend, over postMessage, and plainly; fails when one of them counts something else. */
import { fork } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { listTexts } from './corpus.js';
import { help, type Options, readOptions } from './options.js';
import type { Task } from './order.js';
import { countPlainly, difference } from './plain.js';
import { Progress } from './progress.js';
import type { FromRun, Job, Outcome, RunOrder } from './run.js';
import { comparison, type Row, tableOf } from './table.js';

const checkout = fileURLToPath(new URL('../../..', import.meta.url));
const runFile = fileURLToPath(new URL('./run.js', import.meta.url));

function runJob(job: Job, task: Task, told: (files: number) => void): Promise<Outcome> {
  const child = fork(runFile, { serialization: 'advanced' });
  child.send({ job, task } satisfies RunOrder);
  return new Promise((resolve, reject) => {
    child.on('message', (message: FromRun) => {
      if ('progress' in message) told(message.progress);
      else if ('failed' in message) reject(new Error(`${job}: ${message.failed}`));
      else resolve(message.outcome);
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => reject(new Error(`${job} ended (${signal ?? `exit code ${code}`}) before it was done`)));
  });
}

function shuffled<T>(values: readonly T[]): T[] {
  return values
    .map((value) => ({ value, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);
}

async function runAll(options: Options, task: Task, check: (job: Job, outcome: Outcome) => void): Promise<Row[]> {
  const rows = options.jobs.map((name): Row & { name: Job } => ({ name, files: task.files.length, runs: [] }));
  const progress = new Progress();
  task.progress = progress.wanted;
  for (let round = 1; round <= options.pairs; round++) {
    for (const row of shuffled(rows)) {
      const where = `${row.name}, round ${round} of ${options.pairs}`;
      progress.show(where);
      const outcome = await runJob(row.name, task, (files) => progress.show(`${where}: ${files} of ${task.files.length} files`));
      progress.clear();
      check(row.name, outcome);
      row.runs.push(outcome);
    }
  }
  return rows;
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) return void process.stdout.write(help);
  const { work, tokenizers, inFlight, folder = checkout } = options;
  const since = Date.now();
  const files = listTexts(folder);
  if (files.length === 0) throw new Error(`${folder} has no text files`);
  const sizes = files.map((path) => statSync(path).size);
  countPlainly(work, files); // warms up, as the jobs do
  const plain = countPlainly(work, files);
  const keys = `${plain.tally.sum()} ${work === 'tokenize' ? 'words' : 'checksums'}, ${plain.tally.size} different`;
  console.log(`${work}: ${keys}; ${tokenizers} tokenizers, at most ${inFlight} files in flight`);
  const rows = await runAll(options, { work, files, sizes, tokenizers, inFlight, progress: false }, (job, { totals }) => {
    const wrong = difference(plain.tally, totals);
    if (wrong) throw new Error(`${job} counted something else: ${wrong}${changedSince(since, files)}`);
  });
  const residentBytes = process.resourceUsage().maxRSS * 1024;
  const alone: Row = { name: 'plain, one thread', files: files.length, runs: [{ ...plain, messages: 0, residentBytes }] };
  console.log(tableOf([...rows, alone]));
  for (const row of rows.slice(0, -1)) console.log(comparison(row, rows.at(-1)!));
  console.log('All totals are equal to the plain count.');
}

/** Files that changed while we ran, which explains a difference. */
function changedSince(since: number, files: readonly string[]): string {
  const names = files.filter((path) => (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? since) >= since);
  return names.length === 0 ? '' : ` (changed meanwhile: ${names.join(', ')})`;
}

main().catch((error: Error) => {
  console.error(`wordcount: ${error.message}`);
  process.exitCode = 1;
});
