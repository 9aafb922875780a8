import { Bell, Errno, Op } from '../abi.gen.js';
import type { Request, Token } from '../backend.js';
import { type Calls, Run, STALLED, unsettled } from './calls.js';
import type { Listener } from './listener.js';
import { severalCores } from './runtime.js';
import { Spin } from './spin.js';
import type { Agent } from './start.js';

/** queueMicrotask, which an AudioWorklet lacks. */
const soon = (action: () => void): void => void Promise.resolve().then(action);

/** One submitted request. */
class Wait extends Run {
  constructor(
    request: Request,
    readonly settle: (n: number) => void,
    readonly token: Token,
  ) {
    super(request);
  }
}

/**
 * The waiting of one agent on its bell. At most one listener is out at a time, whatever the number of
 * requests, and it is never abandoned: what goes on being notified needs no time slices.
 */
export class Waits {
  readonly #listener: Listener;
  readonly #agent: Agent;
  readonly #calls: Calls;
  readonly #spin: Spin;
  readonly #words: Int32Array;
  readonly #bell: number;
  readonly #pending = new Map<Token, Wait>();
  readonly #hung = new Map<number, Wait>();
  readonly #stalled = new Set<Wait>();
  /** What met a held lock and is no request: true when done. */
  #retries: (() => boolean)[] = [];
  #lastToken = 0;
  #listening = false;
  #rounds = false;
  #closed = false;
  #deaf: string | undefined;
  #ended = false;

  constructor(agent: Agent, calls: Calls, listener: Listener) {
    this.#listener = listener;
    this.#agent = agent;
    this.#calls = calls;
    this.#spin = new Spin(severalCores());
    this.#words = new Int32Array(agent.ticket.memory.buffer);
    this.#bell = agent.core.sluice_bell(agent.desk.view) / 4;
  }

  submit(request: Request, settle: (n: number) => void): Token {
    const wait = new Wait(request, settle, ++this.#lastToken);
    this.#pending.set(wait.token, wait);
    const n = this.#closed ? -Errno.EBADF : this.#advance(wait);
    if (!unsettled(n)) soon(() => this.#settle(wait, n));
    else if (this.#deaf === undefined) this.#round();
    else this.cancel(wait.token, -Errno.ENOTSUP);
    return wait.token;
  }

  cancel(token: Token, n: number): void {
    const wait = this.#pending.get(token);
    if (wait === undefined || (wait.waiter === 0 && !this.#stalled.has(wait))) return; // settled, or won and about to be
    const last = this.#lastLook(wait, n);
    soon(() => this.#settle(wait, last));
  }

  /** What a request comes to whose wait is over: `otherwise`, unless what it has begun was met by its peer. */
  #lastLook(wait: Wait, otherwise: number): number {
    const { op } = wait.request;
    const n = op === Op.FIFO_OPEN || op === Op.MQ_NOTIFY ? this.#advance(wait) : -Errno.EAGAIN;
    if (!unsettled(n)) return n;
    this.#withdraw(wait);
    return otherwise;
  }

  /** One try, which builds and leaves nothing. */
  try(request: Request): number {
    if (this.#retries.length > 0) this.#tryAgain(); // a thread that only blocks or tries has no turn of its own for it
    return this.#calls.try(request);
  }

  quick(op: number, handle: number, bytes: Uint8Array, argument: number): number {
    if (this.#retries.length > 0) this.#tryAgain();
    return this.#calls.quick(op, handle, bytes, argument);
  }

  /** Before a wait without end: whether it is over in a moment. */
  again(look: () => number): number {
    return this.#spin.until(look, Number.POSITIVE_INFINITY);
  }

  /** Tries first: most calls need not wait, or not for long. */
  block(request: Request, deadline: number): number {
    let n = this.try(request);
    if (n === -Errno.EAGAIN) n = this.#spin.until(() => this.#calls.try(request), deadline);
    return n === -Errno.EAGAIN ? this.#blockUntil(request, deadline) : n;
  }

  /** Waits on this thread; what rings for others meanwhile is seen to afterwards. */
  #blockUntil(request: Request, deadline: number): number {
    const wait = new Wait(request, () => {}, 0);
    let n = this.#advance(wait);
    while (unsettled(n)) {
      if (!this.#sleep(deadline)) {
        n = this.#lastLook(wait, -Errno.ETIMEDOUT);
        break;
      }
      this.#agent.core.sluice_bell_answer(this.#agent.desk.view);
      this.#tryAgain();
      for (const other of this.#ready()) this.#stalled.add(other);
      n = this.#advance(wait);
    }
    if (this.#waiting()) soon(() => this.#round());
    return n;
  }

  /** Does it now, or each time a lock was freed, until it is done. */
  retry(step: () => boolean): void {
    if (step()) return;
    this.#retries.push(step);
    this.#round();
  }

  #tryAgain(): void {
    const left = this.#retries.filter((step) => !this.#ended && !step());
    this.#retries = this.#ended ? [] : left;
  }

  /** The desk is anybody's: nothing goes on there. A listener that is never notified would keep the memory. */
  end(): void {
    this.#ended = true;
    this.#retries = [];
    Atomics.notify(this.#words, this.#bell);
    this.#listener.end();
  }

  close(): void {
    this.#closed = true;
    for (const wait of this.#pending.values()) this.cancel(wait.token, -Errno.EBADF);
  }

  /** As far as the core can go with it now. */
  #advance(wait: Wait): number {
    this.#forget(wait);
    const n = this.#calls.advance(wait);
    if (wait.waiter !== 0) this.#hung.set(wait.waiter, wait);
    if (n === STALLED) this.#stalled.add(wait);
    return n;
  }

  #forget(wait: Wait): void {
    if (wait.waiter !== 0) this.#hung.delete(wait.waiter);
    this.#stalled.delete(wait);
  }

  #withdraw(wait: Wait): void {
    this.#forget(wait);
    if (this.#calls.cancel(wait)) return;
    wait.keep(); // its caller will have forgotten it by then
    this.retry(() => this.#calls.cancel(wait));
  }

  #settle(wait: Wait, n: number): void {
    if (this.#pending.delete(wait.token)) wait.settle(n);
  }

  /** Everything that was rung for, until the bell is armed and one listener is out. */
  #round(): void {
    const { core, desk } = this.#agent;
    if (this.#rounds || (this.#closed && this.#retries.length === 0)) return;
    this.#rounds = true;
    do {
      core.sluice_bell_answer(desk.view);
      for (const wait of this.#ready()) {
        const n = this.#advance(wait);
        if (!unsettled(n)) soon(() => this.#settle(wait, n));
      }
      this.#tryAgain();
    } while (this.#waiting() && !this.#arm());
    this.#rounds = false;
    if (this.#waiting()) this.#listen();
  }

  /** Whether it may sleep on the bell. One that was pronounced dead may not: everything goes on, and is told so. */
  #arm(): boolean {
    const n = this.#agent.core.sluice_bell_arm(this.#agent.desk.view);
    if (n < 0) for (const wait of this.#hung.values()) this.#stalled.add(wait);
    return n > 0;
  }

  #waiting(): boolean {
    return this.#hung.size > 0 || this.#stalled.size > 0 || this.#retries.length > 0;
  }

  /** What the core marked, and what met a held lock. */
  #ready(): Set<Wait> {
    const { core, desk } = this.#agent;
    const ready = new Set(this.#stalled);
    for (let waiter = core.sluice_ready(desk.view); waiter !== 0; waiter = core.sluice_ready(desk.view)) {
      const wait = this.#hung.get(waiter);
      if (wait !== undefined) ready.add(wait);
    }
    return ready;
  }

  #listen(): void {
    if (this.#listening) return;
    this.#listening = true;
    this.#listener.next(this.#words, this.#bell, Bell.ASLEEP).then(
      () => {
        this.#listening = false;
        this.#round();
      },
      ({ message }: Error) => this.#deafen(message),
    );
  }

  /** Nobody can be awaited any more: what waits, and what would have to from now on, is refused. */
  #deafen(why: string): void {
    this.#deaf = why;
    for (const { token } of this.#pending.values()) this.cancel(token, -Errno.ENOTSUP);
  }

  /** Why nothing can be awaited here; undefined as long as it can. */
  get deaf(): string | undefined {
    return this.#deaf;
  }

  /** Sleeps until the bell rings; false when the deadline has come. */
  #sleep(deadline: number): boolean {
    if (!this.#arm()) return true;
    const left = deadline - performance.now();
    return left > 0 && Atomics.wait(this.#words, this.#bell, Bell.ASLEEP, left) !== 'timed-out';
  }
}
