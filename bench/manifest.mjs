/** Where figures come from: the machine, and what was built with what. */
import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

/** The first line that a program prints, undefined where there is none. */
function lineOf(program, ...args) {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .split('\n')[0]
      .trim();
  } catch {}
}

export const machine = () => ({
  date: new Date().toISOString(),
  processor: cpus()[0]?.model,
  processors: availableParallelism(),
  memoryBytes: totalmem(),
  load: loadavg().map((load) => Number(load.toFixed(2))),
  kernel: `${type()} ${release()}`,
  node: process.version,
});

export const build = () => ({
  commit: lineOf('git', 'rev-parse', '--short', 'HEAD'),
  dirty: lineOf('git', 'status', '--porcelain') !== '',
  chromium: lineOf('chromium', '--version'),
  gcc: lineOf('gcc', '--version'),
  emcc: lineOf('emcc', '--version'),
});
