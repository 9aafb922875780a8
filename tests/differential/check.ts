/** Runs sequences of one kind on both backends at once; a failure is made shorter, and says how to replay it. */
import fc from 'fast-check';
import { test } from 'vitest';
import { type Kind, kinds, type Sequence } from './sequences.js';
import { World } from './world.js';

const { DIFFERENTIAL_SEED = '1', DIFFERENTIAL_TIMES = '1', DIFFERENTIAL_PATH } = process.env;
const WATCHDOG_MS = 10_000;
/** Where one has been found, to make it shorter should not take all day. */
const SHRINKING_MS = 1000;

/** What counts of a file's mode is what was asked for. */
process.umask(0);

class Runs {
  steps = 0;
  #watchdog = WATCHDOG_MS;

  async run({ unit, commands }: Sequence): Promise<void> {
    const world = await World.start(unit, this.#watchdog);
    try {
      for (const command of commands) this.steps += Number(await world.step(command));
      await world.end();
    } catch (error) {
      this.#watchdog = SHRINKING_MS;
      await world.end().catch(() => {});
      throw new Error(`${(error as Error).message}\n${world.history.join('\n')}`);
    }
  }
}

/** Registers the test of one kind: so many sequences, or the one that is to be replayed. */
export function differential(kind: Kind, count: number): void {
  const seed = Number(DIFFERENTIAL_SEED);
  const replay = DIFFERENTIAL_PATH ? { path: DIFFERENTIAL_PATH, endOnFailure: true } : {};
  const numRuns = count * Number(DIFFERENTIAL_TIMES);
  const property = (runs: Runs) => fc.asyncProperty(kinds[kind], (sequence) => runs.run(sequence));
  test(`${numRuns} sequences on wasm and on the kernel agree`, { timeout: 0 }, async () => {
    const runs = new Runs();
    const details = await fc.check(property(runs), { seed, numRuns, ...replay });
    if (!details.failed) {
      console.log(`# ${kind}: ${details.numRuns} sequences, ${runs.steps} calls`);
      return;
    }
    const again = `DIFFERENTIAL_SEED=${seed} DIFFERENTIAL_PATH=${details.counterexamplePath} make test-differential KIND=${kind}`;
    const found = `sequence ${details.numRuns}, made shorter ${details.numShrinks} times`;
    throw new Error(`${(details.errorInstance as Error).message}\n${found}; to replay: ${again}`);
  });
}
