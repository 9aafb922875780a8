import { Errno, Flag, Op } from '../backend/abi.gen.js';
import { checkOptions, show } from './check.js';
import { IpcError } from './error.js';
import type { Handle } from './handle.js';
import { type Job, put } from './job.js';
import type { Site } from './site.js';
import type { Direction, WaitOptions } from './types.js';
import { deadlineOf, patienceOf } from './wait.js';

export function readyJob({ handle }: Site, direction: Direction): Job<true> {
  if (direction !== 'read' && direction !== 'write')
    throw new TypeError(`direction must be 'read' or 'write', not ${show(direction)}`);
  return {
    syscall: 'poll',
    form: 'ready',
    fill: (request) => put(request, Op.READY, handle, undefined, direction === 'read' ? Flag.READ : Flag.WRITE),
    take: () => true,
  };
}

/** A handle, and the direction in which it is to be ready. */
export type Watched = readonly [handle: Handle, direction: Direction];

function checkWatched(watched: readonly Watched[]): void {
  if (!Array.isArray(watched) || !watched.every((each) => Array.isArray(each) && typeof each[0]?.tryReady === 'function'))
    throw new TypeError(`select takes an array of [handle, 'read' or 'write'], not ${show(watched)}`);
  if (watched.length === 0) throw new IpcError(Errno.EINVAL, { syscall: 'poll', detail: 'nothing to wait for' });
}

export function trySelect<W extends Watched>(watched: readonly W[]): W[] {
  checkWatched(watched);
  return watched.filter(([handle, direction]) => handle.tryReady(direction));
}

/** Whoever is told first ends the waits of the others; it may be another's by then, and all wait again. */
export async function select<W extends Watched>(watched: readonly W[], options: WaitOptions = {}): Promise<W[]> {
  checkOptions(options);
  const { timeout, signal } = patienceOf(options);
  const deadline = deadlineOf(timeout);
  for (let left = timeout; ; left = Math.max(deadline - performance.now(), 0)) {
    const ready = trySelect(watched);
    if (ready.length > 0) return ready;
    await first(watched, left, signal);
  }
}

async function first(watched: readonly Watched[], timeout: number, signal: AbortSignal | undefined): Promise<void> {
  const over = new AbortController();
  const end = () => over.abort(signal?.reason);
  signal?.addEventListener('abort', end, { once: true });
  try {
    await Promise.race(watched.map(([handle, direction]) => handle.ready(direction, { timeout, signal: over.signal })));
  } finally {
    signal?.removeEventListener('abort', end);
    over.abort();
  }
}
