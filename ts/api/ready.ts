import { Errno, Flag, Op } from '../backend/abi.gen.js';
import { show } from './check.js';
import { IpcError } from './error.js';
import type { Handle } from './handle.js';
import { type Job, put } from './job.js';
import type { Site } from './site.js';
import type { Direction, WaitOptions } from './types.js';
import { type Ending, patienceOf, Timer } from './wait.js';

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

/** An AbortSignal as far as calls look at one; where there is no AbortController, too. */
class Over extends EventTarget {
  aborted = false;
  reason: unknown;

  end(reason?: unknown): void {
    this.aborted = true;
    this.reason = reason;
    this.dispatchEvent(new Event('abort'));
  }
}

const fault = (errno: number, detail?: string) => new IpcError(errno, { syscall: 'poll', detail });

/** Whoever is told first ends the waits of the others. What was ready may be another's by then: all wait again, for the rest of the time. */
export async function select<W extends Watched>(watched: readonly W[], options?: WaitOptions): Promise<W[]> {
  const patience = patienceOf(options);
  let ready = trySelect(watched);
  if (ready.length > 0) return ready;
  if (patience.timeout === 0) throw fault(Errno.EAGAIN);
  let round = new Over();
  let ending: Ending | undefined;
  const timer = new Timer(patience, (why) => {
    ending = why;
    round.end(why.reason);
  });
  timer.start(() => fault(Errno.ETIMEDOUT, `after ${patience.timeout} ms`));
  try {
    for (; ready.length === 0; ready = trySelect(watched)) {
      if (ending) throw ending.reason;
      round = new Over();
      const signal = round as unknown as AbortSignal;
      await Promise.race(watched.map(([handle, direction]) => handle.ready(direction, { signal }))).finally(() => round.end());
    }
    return ready;
  } finally {
    timer.stop();
  }
}
