/** Runs engines in turns. An engine is a place and a thing there; a side is an engine and the scenario that it runs. */
import { createHistogram } from 'node:perf_hooks';
import { inTurns } from './ratio.mjs';

async function start({ engine, scenario }) {
  const [place, thing] = engine.split(' ');
  const { start } = await import(`./places/${place}.mjs`);
  return start(thing, scenario);
}

/** Of a round trip what each took, else the whole. */
const secondsOf = ({ seconds, latenciesNs }) => (latenciesNs ? latenciesNs.reduce((sum, ns) => sum + ns, 0) / 1e9 : seconds);

/** A run, with its latencies taken into the histogram: a sample. */
function take(found, histogram) {
  for (const ns of found.latenciesNs ?? []) histogram.record(Math.max(1, ns)); // it counts from 1 on
  return { seconds: secondsOf(found), cpuSeconds: found.cpuSeconds, rssBytes: found.rssBytes };
}

/**
 * `lives` times new processes of every side; in each, after a run that warms up, `rounds` rounds in random order, fewer where a life's
 * time is over. For each side its samples, round by round, and the latencies of all.
 */
export async function measure(sides, { lives = 3, rounds = 5, lifeMs = Number.POSITIVE_INFINITY, onRound = () => {} } = {}) {
  const all = sides.map((side) => ({ ...side, samples: [], histogram: createHistogram() }));
  for (let life = 0; life < lives; life++) {
    const end = performance.now() + lifeMs;
    const engines = [];
    for (const side of sides) engines.push(await start(side));
    const runs = engines.map((engine) => () => engine.run());
    await inTurns(1, ...runs);
    for (let round = 0; round < rounds && (round === 0 || performance.now() < end); round++) {
      const [found] = await inTurns(1, ...runs);
      for (const [i, side] of all.entries()) side.samples.push(take(found[i], side.histogram));
      onRound();
    }
    for (const engine of engines) await engine.stop();
  }
  return all;
}
