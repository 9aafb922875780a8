import { Errno } from '../backend/abi.gen.js';
import type { Backend, Request, Token } from '../backend/backend.js';
import { type Job, LATER, MORE, newRequest } from './job.js';
import type { Site } from './site.js';
import { nextTurn } from './turn.js';
import type { BlockOptions, WaitOptions } from './types.js';
import { deadlineOf, type Ending, type Patience, patienceOf, timeoutOf, Wait } from './wait.js';

/** Attempts in a row before a long call lets the event loop turn. */
const STEPS_A_TURN = 16;
/** For everything that settles before it returns; a lane has its own for what it submits. */
const shared = newRequest();
const BEHIND_PROMISE = 'a call of the same object that returned a promise is pending, and cannot settle while this thread blocks';

/**
 * One direction of an object. Its calls are done in the order they were made,
 * each with its own patience, and at most one is in the backend at a time: so
 * the first receive gets the first message, two long writes never mix, and a
 * thousand pending calls cost the backend one waiter.
 */
export class Lane {
  readonly #site: Site;
  readonly #backend: Backend;
  readonly #nonBlocking: boolean;
  readonly #idle: (() => void) | undefined;
  readonly #queue = new Set<Wait<unknown>>();
  #head: Wait<unknown> | undefined;
  #request: Request | undefined;
  /** Of the head's request; 0, which is none, while it lets others in between its steps. */
  #token: Token = 0;
  #emptied: (() => void) | undefined;
  readonly #attempt = (request: Request): number => this.#backend.attempt(request);

  /**
   * @param nonBlocking every call tries once, whatever its options say
   * @param idle called when the last call that waited has settled
   */
  constructor(site: Site, nonBlocking: boolean, idle?: () => void) {
    this.#site = site;
    this.#backend = site.backend;
    this.#nonBlocking = nonBlocking;
    this.#idle = idle;
  }

  /** Whether a call is pending. */
  get busy(): boolean {
    return this.#head !== undefined;
  }

  /** The form that may wait. Throws what the call fails with at once. */
  call<T>(job: Job<T>, options?: WaitOptions): T | Promise<T> {
    this.#site.checkOpen(job.syscall);
    const patience = patienceOf(options);
    const once = patience.timeout === 0 || this.#nonBlocking;
    if (this.#head === undefined && this.#backend.traits.sync) {
      const value = this.#steps(job, once ? Number.POSITIVE_INFINITY : STEPS_A_TURN);
      if (value !== LATER) return value;
      if (once) return this.#cutShort(job, this.#site.jobFault(job, Errno.EAGAIN));
    }
    if (once && this.#head !== undefined) throw this.#site.jobFault(job, Errno.EAGAIN);
    return this.#wait(job, patience, once);
  }

  /** The form that never waits, and never overtakes; LATER where it would have to. */
  try<T>(job: Job<T>): T | typeof LATER {
    this.#site.checkOpen(job.syscall);
    if (!this.#backend.traits.sync) throw this.#site.unsupported(job, 'this backend knows no result at once', '{ timeout: 0 }');
    if (this.#head !== undefined) return LATER;
    const value = this.#steps(job, Number.POSITIVE_INFINITY);
    return value === LATER ? (job.partial?.() ?? LATER) : value;
  }

  /** The same without regard to order, for what cannot wait. */
  attempt<T>(job: Job<T>): T | typeof LATER {
    this.#site.checkOpen(job.syscall);
    return this.#backend.traits.sync ? this.#steps(job, STEPS_A_TURN) : LATER;
  }

  /** The form that blocks this thread. */
  block<T>(job: Job<T>, options?: BlockOptions): T {
    this.#site.checkOpen(job.syscall);
    if (!this.#backend.traits.block)
      throw this.#site.unsupported(job, 'this thread may not block: no worklet and no main thread of a page may', '');
    if (this.#head !== undefined) throw this.#site.jobFault(job, Errno.EDEADLK, BEHIND_PROMISE);
    const timeout = timeoutOf(options);
    const once = timeout === 0 || this.#nonBlocking;
    const deadline = once ? 0 : deadlineOf(timeout);
    for (;;) {
      const value = this.#step(job, once ? this.#attempt : (request) => this.#backend.block(request, deadline), timeout);
      if (value === LATER) return this.#cutShort(job, this.#site.jobFault(job, Errno.EAGAIN));
      if (value !== MORE) return value;
    }
  }

  /** Rejects what is pending with EBADF. True when nothing is left in the backend, else a promise for that. */
  shut(): true | Promise<void> {
    const all = this.#head === undefined ? [] : [...this.#queue, this.#head];
    for (const wait of all) this.#end(wait, { reason: this.#site.jobFault(wait.job, Errno.EBADF, this.#site.closedText) });
    if (this.#head === undefined) return true;
    return new Promise((resolve) => {
      this.#emptied = resolve;
    });
  }

  #steps<T>(job: Job<T>, most: number): T | typeof LATER {
    for (let i = 0; i < most; i++) {
      const value = this.#step(job, this.#attempt);
      if (value !== MORE) return value;
    }
    return LATER;
  }

  /** One request that settles before it returns. LATER: it would have to wait. Throws what the call fails with. */
  #step<T>(job: Job<T>, run: (request: Request) => number, timeout?: number): T | typeof MORE | typeof LATER {
    let n: number;
    try {
      job.fill(shared);
      n = run(shared);
      if (n === -Errno.EAGAIN) return LATER;
      if (n < 0) throw this.#site.refused(job, shared, n, timeout);
    } catch (error) {
      return this.#cutShort(job, error);
    } finally {
      shared.bytes = undefined;
    }
    return job.take(n, shared);
  }

  #wait<T>(job: Job<T>, patience: Patience, once: boolean): Promise<T> {
    job.keep?.();
    return new Promise<T>((resolve, reject) => {
      const wait = new Wait(job, patience, this.#end, resolve, reject) as Wait<unknown>;
      this.#site.waitBegan();
      wait.timer.start(() => this.#site.jobFault(job, Errno.ETIMEDOUT, `after ${patience.timeout} ms`));
      if (this.#head !== undefined) this.#queue.add(wait);
      else if (!this.#submit(wait)) this.#next();
      if (once) this.#end(wait, { reason: this.#site.jobFault(job, Errno.EAGAIN) });
    });
  }

  #submit(wait: Wait<unknown>): boolean {
    this.#head = wait;
    this.#request ??= newRequest();
    try {
      wait.job.fill(this.#request);
      this.#token = this.#backend.submit(this.#request, this.#settled);
      return true;
    } catch (error) {
      this.#head = undefined;
      this.#reject(wait, error);
      return false;
    }
  }

  /** The head's request has settled. */
  readonly #settled = (n: number): void => {
    const wait = this.#head!;
    this.#head = undefined;
    this.#request!.bytes = undefined;
    try {
      const value = n < 0 ? this.#settledFault(wait, n) : wait.job.take(n, this.#request!);
      if (n < 0) this.#reject(wait, value);
      else if (value === MORE) this.#pause(wait);
      else this.#resolve(wait, value);
    } catch (error) {
      this.#reject(wait, error);
    }
    this.#next();
  };

  #settledFault(wait: Wait<unknown>, n: number): unknown {
    if (n !== -Errno.ECANCELED) return this.#site.refused(wait.job, this.#request!, n);
    return wait.ending ? wait.ending.reason : this.#site.jobFault(wait.job, Errno.EBADF, this.#site.closedText);
  }

  /** Others may go in between. */
  #pause(wait: Wait<unknown>): void {
    this.#head = wait;
    this.#token = 0;
    nextTurn(() => {
      this.#head = undefined;
      if (wait.ending) this.#reject(wait, wait.ending.reason);
      else this.#begin(wait);
      this.#next();
    });
  }

  /** Takes a call as far as it goes at once, and submits the rest. */
  #begin(wait: Wait<unknown>): void {
    let value: unknown = LATER;
    try {
      if (this.#backend.traits.sync) value = this.#steps(wait.job, STEPS_A_TURN);
    } catch (error) {
      this.#reject(wait, error);
      return;
    }
    if (value === LATER) this.#submit(wait);
    else this.#resolve(wait, value);
  }

  #next(): void {
    while (this.#head === undefined) {
      const [wait] = this.#queue;
      if (wait === undefined) break;
      this.#queue.delete(wait);
      this.#begin(wait);
    }
    if (this.#head !== undefined) return;
    this.#emptied?.();
    this.#idle?.();
  }

  /** A wish for the head, which may have won already; a call that still queues just leaves. */
  readonly #end = (wait: Wait<unknown>, ending: Ending): void => {
    if (wait === this.#head) {
      wait.ending ??= ending;
      this.#backend.cancel(this.#token);
    } else if (this.#queue.delete(wait)) {
      this.#reject(wait, ending.reason);
    }
  };

  #resolve(wait: Wait<unknown>, value: unknown): void {
    wait.timer.stop();
    this.#site.waitEnded();
    wait.resolve(value);
  }

  /** Part of a long call may have gone already: then it resolves with that part, as write(2) does. */
  #reject(wait: Wait<unknown>, reason: unknown): void {
    wait.timer.stop();
    this.#site.waitEnded();
    const part = wait.job.partial?.() ?? LATER;
    if (part === LATER) wait.reject(reason);
    else wait.resolve(part);
  }

  #cutShort<T>(job: Job<T>, reason: unknown): T {
    const part = job.partial?.() ?? LATER;
    if (part !== LATER) return part;
    throw reason;
  }
}
