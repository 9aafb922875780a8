import { Op } from '../backend/abi.gen.js';
import { Handle, type Home } from './handle.js';
import { type Job, LATER, put } from './job.js';
import type { Lane } from './lane.js';
import type { Site } from './site.js';
import type { BlockOptions, WaitOptions } from './types.js';

/** A counting semaphore: sem_overview(7). Opened by `ipc.semaphore()`. */
export class Semaphore extends Handle<'semaphore'> {
  readonly #waits: Lane;
  readonly #wait: Job<void>;
  readonly #post: Job<void>;
  readonly #value: Job<number>;

  /** @internal */
  constructor(home: Home, site: Site) {
    super(home, site, 'semaphore');
    const { handle } = site;
    this.#waits = site.lane();
    this.#wait = {
      syscall: 'sem_wait',
      form: 'wait',
      fill: (request) => put(request, Op.SEM_WAIT, handle),
      take: () => undefined,
    };
    this.#post = { syscall: 'sem_post', fill: (request) => put(request, Op.SEM_POST, handle), take: () => undefined };
    this.#value = { syscall: 'sem_getvalue', fill: (request) => put(request, Op.SEM_VALUE, handle), take: (n) => n };
  }

  /**
   * Takes one, waiting until there is one: sem_wait(3), sem_timedwait(3).
   *
   * @throws IpcError ETIMEDOUT; EAGAIN `timeout` is 0 and the value too; EBADF closed; EUCLEAN damaged; the signal's reason
   */
  async wait(options?: WaitOptions): Promise<void> {
    return this.#waits.call(this.#wait, options);
  }

  /**
   * Takes one if there is one: sem_trywait(3).
   *
   * @returns false where it would have to wait
   * @throws IpcError EBADF; EUCLEAN; ENOTSUP this backend has no try form
   */
  tryWait(): boolean {
    return this.#waits.try(this.#wait) !== LATER;
  }

  /**
   * Takes one, blocking this thread until there is one: sem_wait(3).
   *
   * @throws IpcError as `wait`; ENOTSUP this thread may not block; EDEADLK a `wait()` is pending before it, and could not settle
   */
  waitSync(options?: BlockOptions): void {
    this.#waits.block(this.#wait, options);
  }

  /**
   * Adds one, which may let one waiter go on: sem_post(3).
   *
   * @throws IpcError EOVERFLOW the value is 2147483647 already; EBADF; EUCLEAN
   */
  async post(): Promise<void> {
    return this.site.now(this.#post);
  }

  /** `post()` that is done when it returns. Errors as there; ENOTSUP this backend has no Sync form. */
  postSync(): void {
    this.site.nowSync(this.#post);
  }

  /**
   * What the value is at this moment: sem_getvalue(3); 0 while agents wait.
   *
   * @throws IpcError EBADF; EUCLEAN
   */
  async getValue(): Promise<number> {
    return this.site.now(this.#value);
  }

  /** `getValue()` that has it at once. Errors as there; ENOTSUP this backend has no Sync form. */
  getValueSync(): number {
    return this.site.nowSync(this.#value);
  }
}
