/** Runs specs where it is loaded, a page or a worker, and tells of each test in a line. */

import { type File, startTests, type Task, type VitestRunner } from '@vitest/runner';
import { met } from '../conformance/divergences.js';

const WATCHDOG_MS = 10_000;

const config: VitestRunner['config'] = {
  root: '/',
  setupFiles: [],
  name: undefined,
  passWithNoTests: false,
  testNamePattern: undefined,
  allowOnly: false,
  sequence: { seed: 1, hooks: 'stack', setupFiles: 'list' },
  chaiConfig: undefined,
  maxConcurrency: 1,
  testTimeout: WATCHDOG_MS,
  hookTimeout: WATCHDOG_MS,
  retry: 0,
  includeTaskLocation: false,
  tags: [],
  tagsFilter: undefined,
  strictTags: false,
};

function nameOf(task: Task): string {
  const names: string[] = [];
  for (let at: Task | undefined = task; at && at !== task.file; at = at.suite) names.unshift(at.name);
  return `${task.file.name.replace(/^.*\//, '').replace('.spec.ts', '')}: ${names.join(': ')}`;
}

function lineOf(task: Task): string {
  if (task.mode !== 'run' && task.mode !== 'queued') return `ok ${nameOf(task)} # SKIP`;
  if (task.result?.state === 'pass') return `ok ${nameOf(task)}`;
  const why = (task.result?.errors ?? []).map(({ message, stack }) => `${message}\n${stack}`).join('\n');
  return `not ok ${nameOf(task)}\n${why.replace(/^/gm, '  ')}`;
}

export async function run(spec: string, tell: (line: string) => void): Promise<void> {
  const runner: VitestRunner = {
    config,
    importFile: (path) => import(/* @vite-ignore */ path),
    onAfterRunTask: (test) => tell(lineOf(test)),
  } as VitestRunner;
  for (const file of await startTests([spec], runner)) tellOthers(file, tell);
  for (const [what, reason] of met) tell(`# skipped, or otherwise here, for ${what}: ${reason}`);
}

/** A file that did not load, a hook that failed, tests that are skipped: the runner does not end them. */
function tellOthers(task: Task, tell: (line: string) => void): void {
  if (task.type === 'suite' && task.result?.state === 'fail' && task.result.errors?.length) tell(lineOf(task));
  if (task.type === 'suite') for (const each of (task as File).tasks) tellOthers(each, tell);
  else if (task.mode === 'skip') tell(lineOf(task));
}
