import { Errno } from '../backend/abi.gen.js';
import type { Backend } from '../backend/backend.js';
import { checkOptions, checkWorker } from './check.js';
import type { Handle, Home } from './handle.js';
import type { Job } from './job.js';
import { listAgentsJob, listJob, unlinkJob } from './list.js';
import type { MessageQueue } from './messageQueue.js';
import { named, openFifo, openMessageQueue, openPipe, openRing, openSemaphore } from './open.js';
import { type Handles, openTicket } from './openTicket.js';
import type { PipeReader } from './pipeReader.js';
import type { PipeWriter } from './pipeWriter.js';
import { select, trySelect, type Watched } from './ready.js';
import type { Ring } from './ring.js';
import type { Semaphore } from './semaphore.js';
import { Site } from './site.js';
import { asyncDispose, dispose } from './symbols.js';
import type * as T from './types.js';

type FifoEnd<A> = A extends 'read' ? PipeReader : PipeWriter;

/** Opens and lists objects. Given by `connect()` and `attach()`; what it opened closes with it. */
export class Ipc implements Disposable, AsyncDisposable {
  readonly #home: Home;
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(backend: Backend) {
    this.#home = { site: new Site(backend, 0), handles: new Set<Handle>() };
  }

  /** `'wasm'` or `'native'`. */
  get backend(): T.BackendName {
    return this.#home.site.backend.name;
  }

  /** Whether `close()` was called. */
  get closed(): boolean {
    return this.#home.site.closed;
  }

  /**
   * What `attach()` needs in another worker (or, on `native`, process): to be posted; plain JSON on `native`.
   *
   * @throws IpcError EBADF closed
   */
  ticket(): T.IpcTicket {
    this.#home.site.checkOpen('ticket');
    return { backend: this.backend, data: this.#home.site.backend.ticket() };
  }

  /**
   * Notices the end of a worker, so that what it held is given back: in Node nothing else does on `wasm`; on `native` the kernel
   * tells. It does so as long as this `Ipc` is open: let the one watch that lives longest.
   *
   * @param worker a Worker of `node:worker_threads`; the end of one of the web is noticed without it, by its Web Lock
   * @throws IpcError EBADF closed; ESRCH the worker has ended already
   */
  watch(worker: { postMessage(message: unknown): void }): void {
    const { site } = this.#home;
    site.checkOpen('watch');
    if (checkWorker(worker).threadId === -1)
      throw site.fault(Errno.ESRCH, 'watch', 'the worker has ended already: watch it before');
    site.backend.watch(worker);
  }

  /**
   * Opens a semaphore by name, sem_open(3), or makes an anonymous one, sem_init(3): `semaphore({ value: 1 })`.
   *
   * @param name `'/'` and 1 to 251 bytes
   * @throws IpcError EINVAL name, value or options; ENAMETOOLONG; ENOENT; EEXIST; EACCES; ENOSPC, ENOMEM no room;
   *   EMFILE, ENFILE too many; EBADF closed
   */
  async semaphore(...args: [name: string, options?: T.SemaphoreOptions] | [options: T.SemaphoreOptions]): Promise<Semaphore> {
    return this.#home.site.now(named(this.#home, args, openSemaphore));
  }

  /** `semaphore()` that has it at once. Errors as there; ENOTSUP this backend has no Sync form; ETIMEDOUT a lock was held for 1 s. */
  semaphoreSync(...args: [name: string, options?: T.SemaphoreOptions] | [options: T.SemaphoreOptions]): Semaphore {
    return this.#home.site.nowSync(named(this.#home, args, openSemaphore));
  }

  /**
   * Opens a message queue: mq_open(3).
   *
   * @param name `'/'` and 1 to 251 bytes
   * @throws IpcError EINVAL no slash, or sizes refused; ENOENT; EEXIST; EACCES; ENAMETOOLONG; ENOSPC, ENOMEM no room;
   *   EMFILE, ENFILE too many; EBADF closed
   */
  async messageQueue(name: string, options: T.MessageQueueOptions = {}): Promise<MessageQueue> {
    return this.#home.site.now(openMessageQueue(this.#home, name, options));
  }

  /** `messageQueue()` that has it at once. Errors as there; ENOTSUP this backend has no Sync form; ETIMEDOUT a lock was held for 1 s. */
  messageQueueSync(name: string, options: T.MessageQueueOptions = {}): MessageQueue {
    return this.#home.site.nowSync(openMessageQueue(this.#home, name, options));
  }

  /**
   * Makes a pipe: pipe(2).
   *
   * @throws IpcError EINVAL capacity; EMFILE, ENFILE; ENOMEM, ENOSPC no room; EPERM capacity above the user's limit; EBADF
   */
  async pipe(options: T.PipeOptions = {}): Promise<[PipeReader, PipeWriter]> {
    return this.#home.site.now(openPipe(this.#home, options));
  }

  /** `pipe()` that has it at once. Errors as there; ENOTSUP this backend has no Sync form; ETIMEDOUT a lock was held for 1 s. */
  pipeSync(options: T.PipeOptions = {}): [PipeReader, PipeWriter] {
    return this.#home.site.nowSync(openPipe(this.#home, options));
  }

  /**
   * Opens a FIFO, waiting for its other end as open(2) does: fifo(7), mkfifo(3).
   *
   * @param path a path; on wasm a key of the region
   * @param options `access` is needed; `timeout` in milliseconds; `signal`
   * @throws IpcError ENXIO `nonBlocking`, to write, and no reader; ETIMEDOUT; EAGAIN `timeout` is 0; ENOENT; EEXIST; EACCES;
   *   ENAMETOOLONG; ENOTDIR; EINVAL; ENOMEM, ENOSPC no room; EMFILE, ENFILE; EBADF; the signal's reason
   */
  async fifo<A extends 'read' | 'write'>(path: string, options: T.FifoOptions<A> & T.WaitOptions): Promise<FifoEnd<A>> {
    return this.#home.site.pass(this.#fifoJob(path, options), options) as Promise<FifoEnd<A>>;
  }

  /** `fifo()` that blocks this thread. Errors as there; ENOTSUP this thread may not block. */
  fifoSync<A extends 'read' | 'write'>(path: string, options: T.FifoOptions<A> & T.BlockOptions): FifoEnd<A> {
    return this.#home.site.block(this.#fifoJob(path, options), options) as FifoEnd<A>;
  }

  /**
   * Opens a ring by name, or makes an anonymous one: `ring({ capacityBytes: 1 << 20 })`.
   *
   * @param name `'/'` and 1 to 251 bytes
   * @throws IpcError EINVAL name, sizes or options; ENAMETOOLONG; ENOENT; EEXIST; EACCES; ENOSPC no room; EMFILE; EBADF closed
   */
  async ring(...args: [name: string, options?: T.RingOptions] | [options: T.RingOptions]): Promise<Ring> {
    return this.#home.site.now(named(this.#home, args, openRing));
  }

  /** `ring()` that has it at once. Errors as there; ENOTSUP this backend has no Sync form; ETIMEDOUT a lock was held for 1 s. */
  ringSync(...args: [name: string, options?: T.RingOptions] | [options: T.RingOptions]): Ring {
    return this.#home.site.nowSync(named(this.#home, args, openRing));
  }

  /**
   * Opens what another agent's `handle.ticket()` names.
   *
   * @throws IpcError ESTALE it is gone; ENXIO to write to a FIFO, and no reader; EINVAL forged, damaged or of another backend;
   *   EACCES; ENOSPC, ENOMEM no room; EMFILE, ENFILE too many; EBADF; TypeError no ticket
   */
  async open<K extends T.HandleKind>(ticket: T.HandleTicket<K>): Promise<Handles[K]> {
    return this.#home.site.now(openTicket(this.#home, ticket));
  }

  /** `open()` that has it at once. Errors as there; ENOTSUP this backend has no Sync form; ETIMEDOUT a lock was held for 1 s. */
  openSync<K extends T.HandleKind>(ticket: T.HandleTicket<K>): Handles[K] {
    return this.#home.site.nowSync(openTicket(this.#home, ticket));
  }

  /** The named objects: ipcs(1). @throws IpcError EBADF; EUCLEAN; natively EACCES, ENOMEM, EMFILE, ENFILE */
  async list(): Promise<T.Listed[]> {
    return this.#home.site.now(listJob());
  }

  /** `list()` that has them at once. Errors as there; ENOTSUP this backend has no Sync form; ETIMEDOUT a lock was held for 1 s. */
  listSync(): T.Listed[] {
    return this.#home.site.nowSync(listJob());
  }

  /**
   * The agents that are attached to this region, `self` among them; natively, to the mapped file of rings and unnamed
   * semaphores: none as long as nobody has used one; who is stopped, by proc_pid_stat(5). @throws IpcError EBADF; EUCLEAN;
   * natively EACCES the file is not this user's alone; ENOMEM; EMFILE, ENFILE no descriptor left, or no place for an agent more
   */
  async agents(): Promise<T.Agent[]> {
    return this.#home.site.now(listAgentsJob());
  }

  /** `agents()` that has them at once. Errors as there; ENOTSUP this backend has no Sync form. */
  agentsSync(): T.Agent[] {
    return this.#home.site.nowSync(listAgentsJob());
  }

  /**
   * Takes a name away; who has the object open keeps it: mq_unlink(3), sem_unlink(3), unlink(2).
   *
   * @throws IpcError ENOENT; EACCES; EINVAL, ENAMETOOLONG the name; EBADF
   */
  async unlink(name: string, kind: T.NamedKind): Promise<void> {
    return this.#home.site.now(unlinkJob(name, kind));
  }

  /** `unlink()` that is done when it returns. Errors as there; ENOTSUP this backend has no Sync form; ETIMEDOUT a lock was held for 1 s. */
  unlinkSync(name: string, kind: T.NamedKind): void {
    this.#home.site.nowSync(unlinkJob(name, kind));
  }

  /**
   * Waits until at least one of several handles is ready: poll(2). They may be of different kinds, and of different `Ipc`s.
   *
   * @param watched `[handle, 'read']` or `[handle, 'write']`, any number; see `handle.ready()`
   * @returns those of them that are ready, in their order
   * @throws IpcError as `ready`; EINVAL none was given
   */
  select<W extends Watched>(watched: readonly W[], options?: T.WaitOptions): Promise<W[]> {
    return select(watched, options);
  }

  /** Those that are ready at this moment, perhaps none. @throws IpcError as `tryReady`; EINVAL none was given */
  trySelect<W extends Watched>(watched: readonly W[]): W[] {
    return trySelect(watched);
  }

  /** Closes every handle and leaves; what is pending rejects with EBADF. Closing again does nothing. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.closed) return;
    await Promise.all(this.#shut());
    this.#home.site.backend.close();
  }

  /** `close()` that is done when it returns. */
  closeSync(): void {
    if (!this.closed) this.#shut();
    this.#home.site.backend.close(); // a close() may be on its way
  }

  [dispose](): void {
    this.closeSync();
  }

  async [asyncDispose](): Promise<void> {
    await this.close();
  }

  #shut(): (true | Promise<unknown>)[] {
    return [...this.#home.handles, this.#home.site].map((each) => each.shut());
  }

  #fifoJob(path: string, options: T.FifoOptions): Job<PipeReader | PipeWriter> {
    checkOptions(options);
    return openFifo(this.#home, path, options);
  }
}
