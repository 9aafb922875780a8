/** What pairs of measurements, taken in turns, say of a ratio: its median with a bootstrap interval of 95 %, against a bar. */
const RESAMPLES = 10_000;

export const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** [low, median, high] of the pairs' ratios. */
export function interval(ratios) {
  const pick = () => ratios[Math.floor(Math.random() * ratios.length)];
  const medians = Array.from({ length: RESAMPLES }, () => median(ratios.map(pick))).sort((a, b) => a - b);
  return [medians[Math.floor(RESAMPLES * 0.025)], median(ratios), medians[Math.floor(RESAMPLES * 0.975)]];
}

/**
 * `ok` where all of the interval is at the bar or above, `not ok` where all of it is below; between the two nothing is decided: #.
 * Returns whether it did not fail.
 */
export function judge(what, ratios, bar) {
  const [low, middle, high] = interval(ratios);
  const [word, verdict] = low >= bar ? ['ok', 'pass'] : high < bar ? ['not ok', 'fail'] : ['#', 'undecided'];
  const range = `${low.toFixed(2)} to ${high.toFixed(2)}, ${ratios.length} pairs`;
  console.log(`${word} ${what}: ${middle.toFixed(2)} (${range}), at least ${bar}: ${verdict}`);
  return verdict !== 'fail';
}

/** `pairs` times both, in random order; what they give, side by side. */
export async function inTurns(pairs, ours, theirs) {
  const found = [];
  for (let i = 0; i < pairs; i++) {
    if (Math.random() < 0.5) {
      const a = await ours();
      found.push([a, await theirs()]);
    } else {
      const b = await theirs();
      found.push([await ours(), b]);
    }
  }
  return found;
}
