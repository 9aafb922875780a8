/** What rounds of measurements, taken in turns, say of a ratio: its median with a bootstrap interval of 95 %, against a bar. */
const RESAMPLES = 10_000;
const FEWEST = 6; // values whose range holds the median with 95 %

export const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** [low, middle, high] of what `statistic` finds in values drawn again and again. */
export function bootstrap(values, statistic, resamples = RESAMPLES) {
  if (values.length < FEWEST) return [Number.NEGATIVE_INFINITY, statistic(values), Number.POSITIVE_INFINITY];
  const pick = () => values[Math.floor(Math.random() * values.length)];
  const found = Array.from({ length: resamples }, () => statistic(values.map(pick))).sort((a, b) => a - b);
  return [found[Math.floor(resamples * 0.025)], statistic(values), found[Math.floor(resamples * 0.975)]];
}

/** [low, median, high] of the pairs' ratios. */
export const interval = (ratios) => bootstrap(ratios, median);

/** Decided is only what holds for all of the interval. */
export function verdictOf([low, , high], { least = 0, most = Number.POSITIVE_INFINITY }) {
  if (low >= least && high <= most) return 'pass';
  return high < least || low > most ? 'fail' : 'undecided';
}

/** `ok`, `not ok`, or # where nothing is decided. Returns whether it did not fail. */
export function tell(verdict, text) {
  console.log(`${{ pass: 'ok', fail: 'not ok', undecided: '#' }[verdict]} ${text}: ${verdict}`);
  return verdict !== 'fail';
}

export function judge(what, ratios, least) {
  const range = interval(ratios);
  const [low, middle, high] = range.map((ratio) => ratio.toFixed(2));
  return tell(verdictOf(range, { least }), `${what}: ${middle} (${low} to ${high}, ${ratios.length} pairs), at least ${least}`);
}

function shuffled(count) {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** `rounds` times all, each time in random order; of each round what they gave, side by side. */
export async function inTurns(rounds, ...runs) {
  const found = [];
  for (let i = 0; i < rounds; i++) {
    const round = [];
    for (const at of shuffled(runs.length)) round[at] = await runs[at]();
    found.push(round);
  }
  return found;
}
