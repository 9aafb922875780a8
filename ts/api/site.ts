import { Errno } from '../backend/abi.gen.js';
import type { Backend, Request } from '../backend/backend.js';
import * as alive from './alive.js';
import { IpcError } from './error.js';
import { type Job, LATER } from './job.js';
import { Lane } from './lane.js';
import type { BlockOptions, WaitOptions } from './types.js';

/** What ESRCH says of the agent that calls. */
const PRONOUNCED_DEAD = 'this agent was pronounced dead, though it lives: connect or attach again';

/** What makes a blocking call in Node wait in vain most often. */
const WHILE_BLOCKED = alive.inNode ? '; while a thread blocks, no worker that it created starts, and none is seen to exit' : '';

/**
 * Who holds a lock for so many milliseconds is stopped or dead; and the proof of a worker's death cannot come while its
 * parent blocks.
 */
const LOCK_PATIENCE: BlockOptions = { timeout: 1000 };

/** What one open object (or the `Ipc` itself) and its calls have in common. */
export class Site {
  closed = false;
  readonly #lanes = new Set<Lane>();
  readonly #hasty: Lane;
  #waits = 0;
  #keepsAlive = true;

  /**
   * @param backend who completes the requests
   * @param handle the backend's number of the object; 0 for the `Ipc`
   * @param name the object's name, when it has one
   * @param nonBlocking every call tries once
   */
  constructor(
    readonly backend: Backend,
    readonly handle: number,
    readonly name?: string,
    readonly nonBlocking = false,
  ) {
    this.#hasty = new Lane(this, false);
  }

  /** What EBADF adds. */
  get closedText(): string {
    return this.handle === 0 ? 'the Ipc was closed' : 'it was closed';
  }

  fault(errno: number, syscall: string, detail?: string): IpcError {
    return new IpcError(errno, { syscall, path: this.name, detail });
  }

  jobFault(job: Job<unknown>, errno: number, detail?: string): IpcError {
    return this.#fault(errno, job, job.detail?.(errno) ?? detail);
  }

  /** What the backend answered; limits of its system are its own to explain. Throws what the job's check does. */
  refused(job: Job<unknown>, request: Request, n: number, blockedMs?: number): IpcError {
    job.check?.();
    return this.#fault(-n, job, this.backend.explain?.(request, -n) ?? job.detail?.(-n) ?? this.#otherwise(-n, blockedMs));
  }

  #otherwise(errno: number, blockedMs: number | undefined): string | undefined {
    if (errno === Errno.ESRCH) return PRONOUNCED_DEAD;
    return errno === Errno.ETIMEDOUT && blockedMs !== undefined ? `after ${blockedMs} ms${WHILE_BLOCKED}` : undefined;
  }

  /** Of what can wait, in a form that does not work here. */
  unsupported(job: Job<unknown>, why: string, args: string): IpcError {
    return this.#fault(Errno.ENOTSUP, job, `${why}; use ${job.form}(${args})`);
  }

  #fault(errno: number, job: Job<unknown>, detail: string | undefined): IpcError {
    return new IpcError(errno, { syscall: job.syscall, path: job.path ?? this.name, detail });
  }

  checkOpen(syscall: string): void {
    if (this.closed) throw this.fault(Errno.EBADF, syscall, this.closedText);
  }

  /** A lane for one direction of the object. */
  lane(): Lane {
    const lane = new Lane(this, this.nonBlocking);
    this.#lanes.add(lane);
    return lane;
  }

  /** A call that may wait and need not queue behind others. */
  pass<T>(job: Job<T>, options?: WaitOptions): T | Promise<T> {
    const lane = new Lane(this, false, () => this.#lanes.delete(lane));
    this.#lanes.add(lane);
    try {
      return lane.call(job, options);
    } finally {
      if (!lane.busy) this.#lanes.delete(lane);
    }
  }

  /** A call that cannot wait: only a lock that another agent holds at this moment delays it. */
  now<T>(job: Job<T>): T | Promise<T> {
    const value = this.#hasty.attempt(job);
    return value === LATER ? this.pass(job) : value;
  }

  /** The same, done when it returns. */
  nowSync<T>(job: Job<T>): T {
    const value = this.#hasty.attempt(job);
    if (value !== LATER) return value;
    if (this.backend.traits.block || !this.backend.traits.sync) return this.#hasty.block(job, LOCK_PATIENCE);
    throw this.fault(Errno.EAGAIN, job.syscall, 'another agent is in the middle of it, and this thread may not wait');
  }

  /** A call that cannot wait: done when it returns where this thread may wait for a lock, else perhaps a promise. */
  nowOrSoon<T>(job: Job<T>): T | Promise<T> {
    return this.backend.traits.block ? this.nowSync(job) : this.now(job);
  }

  /** A call that does not wait, without regard to order; LATER where it would have to. */
  try<T>(job: Job<T>): T | typeof LATER {
    return this.#hasty.try(job);
  }

  /** A call that waits on this thread, without regard to order. */
  block<T>(job: Job<T>, options?: BlockOptions): T {
    return this.#hasty.block(job, options);
  }

  /** Rejects what is pending with EBADF. True when nothing is left in the backend, else a promise for that. */
  shut(): true | Promise<unknown> {
    this.closed = true;
    const left = [...this.#lanes].map((lane) => lane.shut()).filter((each) => each !== true);
    return left.length === 0 ? true : Promise.all(left);
  }

  waitBegan(): void {
    if (this.#waits++ === 0 && this.#keepsAlive) alive.hold();
  }

  waitEnded(): void {
    if (--this.#waits === 0 && this.#keepsAlive) alive.release();
  }

  keepAlive(wanted: boolean): void {
    if (wanted === this.#keepsAlive) return;
    this.#keepsAlive = wanted;
    if (this.#waits === 0) return;
    if (wanted) alive.hold();
    else alive.release();
  }
}
