/** equivalent.txt: the mutants that make no difference, a line each: its key, ` -- `, why. */
import { readFileSync } from 'node:fs';

const lines = readFileSync(new URL('equivalent.txt', import.meta.url), 'utf8').split('\n');
const entries = lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split(' -- '));

export const argued = new Map(entries);

/** Lines that name no mutant any more, or give no reason. */
export function stale(mutants) {
  const keys = new Set(mutants.map((each) => each.key));
  return entries.filter(([key, reason]) => !keys.has(key) || !reason).map(([key]) => key);
}
