/** Engines of bench/c: each run is a program of its own, whose ends are processes. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const program = 'build/bench/peer';
const MOST_OUTPUT = 64 << 20;

/** `main` means nothing to it: a process has one thread. */
export async function start(thing, { shape, main: _, ...numbers }) {
  const settings = Object.entries(numbers).map(([name, value]) => `${name}=${value}`);
  return {
    async run() {
      const { stdout } = await run(program, [thing, shape, ...settings], { maxBuffer: MOST_OUTPUT });
      return JSON.parse(stdout);
    },
    async stop() {},
  };
}
