import { readFileSync } from 'node:fs';
import { counterFor, type Work } from './counter.js';
import { addCounts } from './counts.js';
import { Tally } from './tally.js';

/** The same count by one thread: what every job's totals have to be. */
export function countPlainly(work: Work, files: readonly string[]): { tally: Tally; bytes: number; seconds: number } {
  const counter = counterFor(work);
  const loaded = work === 'checksum' ? files.map((path) => readFileSync(path)) : undefined;
  const start = performance.now();
  let bytes = 0;
  files.forEach((path, file) => {
    const data = loaded?.[file] ?? readFileSync(path);
    counter.data(data, 0, data.length);
    counter.end(file);
    bytes += data.length;
  });
  return { tally: counter.tally, bytes, seconds: (performance.now() - start) / 1000 };
}

/** Where a job's totals differ from the plain count; undefined when they do not. */
export function difference(plain: Tally, totals: Uint8Array): string | undefined {
  const job = new Tally();
  addCounts(totals, totals.length, job);
  if (job.size !== plain.size) return `${job.size} different keys, the plain count has ${plain.size}`;
  let wrong: string | undefined;
  plain.each((bytes, start, length, count) => {
    const counted = job.count(bytes, start, length);
    if (counted === count) return;
    wrong ??= `${JSON.stringify(Buffer.from(bytes.subarray(start, start + length)).toString())} came ${counted} times, in the plain count ${count}`;
  });
  return wrong;
}
