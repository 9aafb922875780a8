/**
 * A pending wait keeps Node alive as a socket does; neither `Atomics.waitAsync` nor a
 * waiter thread of the addon would. One timer that never matters does it.
 */
interface NodeTimer {
  ref(): void;
  unref(): void;
}

const NEVER_MS = 2 ** 31 - 1;
export const inNode: boolean = typeof process !== 'undefined' && process.versions?.node !== undefined;
let waits = 0;
let timer: NodeTimer | undefined;

/** One wait more that the process must not end before. */
export function hold(): void {
  if (!inNode || waits++ > 0) return;
  timer ??= setInterval(() => {}, NEVER_MS) as unknown as NodeTimer;
  timer.ref();
}

/** Takes one `hold` back. */
export function release(): void {
  if (inNode && --waits === 0) timer?.unref();
}
