import { Errno } from '../backend/abi.gen.js';
import { forgetAbort, onAbort } from './aborts.js';
import { checkOptions, checkSignal, checkTimeout } from './check.js';
import { IpcError } from './error.js';
import type { Job } from './job.js';
import type { BlockOptions, WaitOptions } from './types.js';

/** The longest that setTimeout takes; beyond, it fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** How long a call may wait, checked. */
export interface Patience {
  /** Milliseconds; Infinity for ever. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

const FOREVER: Patience = { timeout: Number.POSITIVE_INFINITY, signal: undefined };

/** Reads a call's options; throws the signal's reason when it is aborted already, ENOTSUP where nothing could end the wait in time. */
export function patienceOf(options: WaitOptions | undefined): Patience {
  if (options === undefined) return FOREVER;
  checkOptions(options);
  const patience = { timeout: checkTimeout(options.timeout), signal: checkSignal(options.signal) };
  if (patience.signal?.aborted) throw patience.signal.reason;
  if (patience.timeout > 0 && patience.timeout < Number.POSITIVE_INFINITY && typeof setTimeout !== 'function')
    throw new IpcError(Errno.ENOTSUP, { syscall: 'timeout', detail: 'an AudioWorklet has no timers; use 0 or none' });
  return patience;
}

/** The same of a call that blocks, which no signal could reach. Milliseconds. */
export function timeoutOf(options: BlockOptions | undefined): number {
  if (options === undefined) return Number.POSITIVE_INFINITY;
  checkOptions(options);
  if ((options as WaitOptions).signal !== undefined)
    throw new TypeError('signal is not for a Sync form: while a thread blocks, nothing aborts; use timeout');
  return checkTimeout(options.timeout);
}

/** When a wait that starts now is over, on the clock of `performance.now()`, which a worklet lacks. */
export function deadlineOf(timeout: number): number {
  return timeout === Number.POSITIVE_INFINITY || timeout === 0 ? timeout : performance.now() + timeout;
}

/** Why a wait is to end before its time. */
export type Ending = { reason: unknown };

/** The only place that turns timeouts and AbortSignals into an end: `end` is called at most once, when the patience is over. */
export class Timer {
  readonly #patience: Patience;
  readonly #deadline: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #end: ((ending: Ending) => void) | undefined;

  constructor(patience: Patience, end: (ending: Ending) => void) {
    this.#patience = patience;
    this.#deadline = deadlineOf(patience.timeout);
    this.#end = end;
  }

  /** @param timedOut what a timeout ends with */
  start(timedOut: () => unknown): void {
    if (this.#patience.signal) onAbort(this.#patience.signal, this.#aborted);
    if (this.#deadline !== Number.POSITIVE_INFINITY) this.#startTimer(timedOut);
  }

  stop(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    if (this.#patience.signal) forgetAbort(this.#patience.signal, this.#aborted);
    this.#end = undefined;
  }

  #startTimer(timedOut: () => unknown): void {
    // Rounded up: Node's timers fire up to a millisecond early.
    const left = Math.min(Math.ceil(this.#deadline - performance.now()), LONGEST_TIMER_MS);
    this.#timer = setTimeout(() => {
      if (performance.now() < this.#deadline) this.#startTimer(timedOut);
      else this.#end?.({ reason: timedOut() });
    }, left);
    // Whether a wait keeps Node alive is its handle's to say.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  readonly #aborted = () => this.#end?.({ reason: this.#patience.signal?.reason });
}

/** One pending call. */
export class Wait<T> {
  /** Set once an end is wished for; the operation may still win. */
  ending: Ending | undefined;
  readonly timer: Timer;

  /** @param end has it end before its time */
  constructor(
    readonly job: Job<T>,
    patience: Patience,
    end: (wait: Wait<unknown>, ending: Ending) => void,
    readonly resolve: (value: T) => void,
    readonly reject: (reason: unknown) => void,
  ) {
    this.timer = new Timer(patience, (ending) => end(this as Wait<unknown>, ending));
  }
}
