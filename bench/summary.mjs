/** What is told of a side that was measured; the samples are kept beside it. */

import { median } from './ratio.mjs';
import { nsEach } from './sides.mjs';

const quantile = (sorted, share) => sorted[Math.round((sorted.length - 1) * share)];

/** { min, q1, median, q3, max }. */
export function spreadOf(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const [min, q1, middle, q3, max] = [0, 0.25, 0.5, 0.75, 1].map((share) => quantile(sorted, share));
  return { min, q1, median: middle, q3, max };
}

function latenciesOf(histogram) {
  if (histogram.count === 0) return undefined;
  const [p50, p99, p999] = [50, 99, 99.9].map((share) => histogram.percentile(share));
  return { p50, p99, p999, max: histogram.max, count: histogram.count };
}

/** Times in nanoseconds a message, of a trip's latencies in nanoseconds each. */
export function summaryOf({ histogram, ...side }) {
  const spread = spreadOf(nsEach(side));
  const medianOf = (name) =>
    side.samples[0][name] === undefined ? undefined : median(side.samples.map((sample) => sample[name]));
  const cpuSeconds = medianOf('cpuSeconds'); // not every place tells
  return {
    ...side,
    nsEach: spread,
    messagesPerSecond: 1e9 / spread.median,
    latencyNs: latenciesOf(histogram),
    cpuSecondsEach: cpuSeconds && cpuSeconds / side.scenario.count,
    rssBytes: medianOf('rssBytes'),
  };
}
