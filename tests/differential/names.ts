/** Names that nobody else has: two of each kind, one of the greatest length, and some that are refused. */
import { tmpdir } from 'node:os';
import type { NamedKind } from 'sluice';

export const PREFIX = `sluice-differential-${process.pid}-`;
export const namedKinds: readonly NamedKind[] = ['semaphore', 'messageQueue', 'fifo', 'ring'];

const [first, second] = [`${PREFIX}a`, `${PREFIX}b`];
const slashed = ['/'.concat(first), '/'.concat(second), '/'.concat(first.padEnd(251, 'x'))];
const refused = ['/'.concat(first.padEnd(252, 'x')), '/', '', first, `/${first}/x`];
const names = [...slashed, ...refused];
/** A FIFO's path is a key on one side, a file on the other: these are both. */
const paths = [first, second].map((each) => `${tmpdir()}/${each}`);

/** How many names there are, and how many of them may be taken. */
export const NAMES = names.length;
export const TAKEN = slashed.length;

export function nameOf(kind: NamedKind, which: number): string {
  return kind === 'fifo' ? paths[which % paths.length]! : names[which]!;
}
