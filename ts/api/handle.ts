import { Op } from '../backend/abi.gen.js';
import { IpcError } from './error.js';
import { type Job, put } from './job.js';
import { readyJob } from './ready.js';
import type { Site } from './site.js';
import { asyncDispose, dispose, inspect } from './symbols.js';
import { toBase64 } from './ticket.js';
import type { BlockOptions, Direction, HandleKind, HandleTicket, WaitOptions } from './types.js';

const TICKET_BYTES = 512;

/** What an `Ipc` shares with the handles that it opened. */
export interface Home {
  readonly site: Site;
  readonly handles: Set<Handle>;
}

/** A lock was in the way, for as long as this thread may wait: not at all on a page's main thread. */
const metLock = (error: unknown): boolean => error instanceof IpcError && (error.code === 'ETIMEDOUT' || error.code === 'EAGAIN');

/** An open object: closes by itself with its `Ipc`, at the end of a `using` block, or by `close()`. */
export abstract class Handle<K extends HandleKind = HandleKind> implements Disposable, AsyncDisposable {
  /** What kind of object it is. */
  readonly kind: K;
  /** @internal */
  protected readonly site: Site;
  readonly #home: Home;
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(home: Home, site: Site, kind: K) {
    this.#home = home;
    this.site = site;
    this.kind = kind;
    // An open may still win while its Ipc closes.
    if (home.site.closed) site.closed = true;
    else home.handles.add(this);
  }

  /** The name that it was opened by; undefined for an anonymous object. */
  get name(): string | undefined {
    return this.site.name;
  }

  /** Whether `close()` was called, here or for the whole `Ipc`. */
  get closed(): boolean {
    return this.site.closed;
  }

  /**
   * Waits until a call would not have to: poll(2). `'read'`: there is a byte, a record, a message for which no receiver waits, the end of the pipe, a semaphore is
   * above 0. `'write'`: room for the longest message or record, for 4096 bytes of a pipe, or no reader is left. Nothing is
   * taken: another may be faster. Of a ring made for one it is not looked at whether another is that one.
   *
   * @throws IpcError ETIMEDOUT; EAGAIN `timeout` is 0; EBADF closed, or not open in that direction; EUCLEAN damaged; natively
   *   ENOTSUP a named semaphore, which poll(2) does not know; the signal's reason
   */
  async ready(direction: Direction, options?: WaitOptions): Promise<void> {
    await this.site.pass(readyJob(this.site, direction), options);
  }

  /** Whether it is at this moment. @throws IpcError EBADF; EUCLEAN; ENOTSUP as `ready`, or this backend has no try form */
  tryReady(direction: Direction): boolean {
    return this.site.try(readyJob(this.site, direction)) === true;
  }

  /** `ready()` that blocks this thread. @throws IpcError as `ready`; ENOTSUP this thread may not block */
  readySync(direction: Direction, options?: BlockOptions): void {
    this.site.block(readyJob(this.site, direction), options);
  }

  /**
   * Names this object for `ipc.open()` in another agent. Weak: it keeps no object and no pipe end alive.
   *
   * @returns plain data, for `postMessage` or JSON
   * @throws IpcError EBADF closed; ENOTSUP this object cannot be passed by the backend
   */
  async ticket(): Promise<HandleTicket<K>> {
    return this.site.now(this.#ticketJob());
  }

  /** `ticket()` that has it at once. Errors as there. */
  ticketSync(): HandleTicket<K> {
    return this.site.nowSync(this.#ticketJob());
  }

  /**
   * Closes the object for this agent: close(2), mq_close(3), sem_close(3). What is pending here rejects
   * with EBADF, and iterations end. Closing again does nothing.
   *
   * @throws IpcError EUCLEAN the object is damaged (it is closed all the same)
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /**
   * `close()` that is done when it returns. Errors as there; ETIMEDOUT an agent that is stopped or dead has its lock, EAGAIN
   * another has it at this moment and this thread may not wait: done later.
   */
  closeSync(): void {
    if (this.closed) return;
    this.shut();
    try {
      this.#home.site.nowSync(this.#closeJob());
    } catch (error) {
      if (metLock(error)) this.#release().catch(() => {});
      throw error;
    }
  }

  /** Lets Node end although calls are pending here. */
  unref(): this {
    this.site.keepAlive(false);
    return this;
  }

  /** A pending call keeps Node alive, as a socket's does: the default. */
  ref(): this {
    this.site.keepAlive(true);
    return this;
  }

  [dispose](): void {
    const { sync, block } = this.site.backend.traits;
    if (!sync || !block) {
      this.close().catch(() => {});
      return;
    }
    try {
      this.closeSync();
    } catch (error) {
      if (!metLock(error)) throw error; // it is done later
    }
  }

  async [asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @internal */
  [inspect](_depth: number, options: object, show: (value: unknown, options: object) => string): string {
    return `${this.constructor.name} ${show({ name: this.name, closed: this.closed }, options)}`;
  }

  /** @internal Rejects what is pending, and forgets the handle; the backend's side is the caller's. */
  shut(): true | Promise<unknown> {
    this.#home.handles.delete(this);
    return this.site.shut();
  }

  async #close(): Promise<void> {
    if (this.closed) return;
    const shut = this.shut();
    if (shut !== true) await shut;
    await this.#release();
  }

  async #release(): Promise<void> {
    if (!this.#home.site.closed) await this.#home.site.now(this.#closeJob());
  }

  #closeJob(): Job<void> {
    return { syscall: 'close', fill: (request) => put(request, Op.CLOSE, this.site.handle), take: () => undefined };
  }

  #ticketJob(): Job<HandleTicket<K>> {
    const { kind, name } = this;
    const backend = this.site.backend.name;
    const bytes = new Uint8Array(TICKET_BYTES);
    return {
      syscall: 'ticket',
      fill: (request) => put(request, Op.TICKET, this.site.handle, bytes),
      take: (n) => ({ kind, backend, ...(name === undefined ? {} : { name }), data: toBase64(bytes.subarray(0, n)) }),
    };
  }
}
