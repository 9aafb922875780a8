import { Desk, WORDS } from './desk.js';
import type { Listener } from './listener.js';
import type { NodeProcess } from './start.js';

/**
 * Web Locks, where there are any: a worklet has none, nor has an opaque origin, which refuses each request. Node tells of a worker's exit
 * itself, and its locks outlive one that blocks.
 */
export function lockManager(): LockManager | undefined {
  const { navigator, process } = globalThis as { navigator?: Navigator; process?: NodeProcess };
  return process?.getBuiltinModule === undefined ? navigator?.locks : undefined;
}

function nameOf(words: Int32Array, number: number | string): string {
  const region = words.subarray(WORDS.region, WORDS.region + 4).join(' ');
  return `sluice ${region} ${number}`;
}

/** Whether such a life holds its lock, as far as that is to be seen from here: a frame may share the memory, and not the locks. */
function isHeld(locks: LockManager, name: string): Promise<boolean> {
  return locks.request(name, { mode: 'shared', ifAvailable: true }, (lock) => lock === null).catch(() => false);
}

/**
 * What a desk says of its agent's life, beside its number: whether its lock is where the region's maker has his. Who is there, too, and is granted
 * that lock has the proof of its end.
 */
const HOME = 1;
const proofOf = (number: number, home: boolean): number => number * 2 + (home ? HOME : 0);
const numberOf = (proof: number): number => proof >> 1;

/**
 * The life of one agent, whose end others are told of: it has a number of its own in the region, and its thread holds a Web Lock of
 * that name as long as it runs, terminated or not. Who is granted the same lock has the engine's proof.
 */
export class Life {
  readonly number: number;
  readonly #words: Int32Array;
  #release = () => {};
  #ended = false;

  /** @param locks where there are any */
  constructor(
    buffer: ArrayBufferLike,
    readonly locks: LockManager | undefined,
  ) {
    this.#words = new Int32Array(buffer);
    this.number = Atomics.add(this.#words, WORDS.lives, 1) + 1;
  }

  /**
   * Resolves when the lock is held, with what the desk is to say from then on; 0 where there are no locks.
   *
   * @param first it makes the region
   */
  async hold(first = false): Promise<number> {
    const { locks } = this;
    const held = locks !== undefined && (await this.#lock(locks));
    const home = held && (first || (await this.#isHome(locks)));
    return held && !this.#ended ? proofOf(this.number, home) : 0;
  }

  #lock(locks: LockManager): Promise<boolean> {
    return new Promise((resolve) => {
      const held = () => {
        resolve(true);
        return this.#ended ? undefined : new Promise<void>((release) => (this.#release = release));
      };
      locks.request(nameOf(this.#words, this.number), held).catch(() => resolve(false));
    });
  }

  /** Whether it sees the lock of one who is: so all of them see each other's. */
  async #isHome(locks: LockManager): Promise<boolean> {
    for (const proof of Desk.proofs(this.#words.buffer))
      if (proof & HOME && (await isHeld(locks, nameOf(this.#words, numberOf(proof))))) return true;
    return false;
  }

  end(): void {
    this.#ended = true;
    this.#release();
  }
}

/** One for all agents that a thread has in a region: they end together. */
const mourners = new Set<Mourner>();

/** Waits for the ends of all others that are attached to a region, and of those that come. */
export class Mourner {
  readonly #words: Int32Array;
  readonly #locks: LockManager;
  readonly #listener: Listener;
  /** The lives of this thread, and how each is told of the death of an owner. */
  readonly #members = new Map<number, (owner: number) => void>();
  readonly #watched = new Set<number>();
  readonly #closing = new AbortController();

  private constructor(words: Int32Array, locks: LockManager, listener: Listener) {
    this.#words = words;
    this.#locks = locks;
    this.#listener = listener;
    mourners.add(this);
    this.#listen().catch(() => {}); // what fails is the helper, of which those who wait are told
  }

  static #of(buffer: ArrayBufferLike, locks: LockManager): Mourner | undefined {
    const name = nameOf(new Int32Array(buffer), 0);
    return [...mourners].find((each) => each.#locks === locks && nameOf(each.#words, 0) === name);
  }

  /** @param died told of each death */
  static join(
    buffer: ArrayBufferLike,
    locks: LockManager,
    own: number,
    listen: () => Listener,
    died: (owner: number) => void,
  ): void {
    const mourner = Mourner.#of(buffer, locks) ?? new Mourner(new Int32Array(buffer), locks, listen());
    mourner.#members.set(own, died);
  }

  static leave(buffer: ArrayBufferLike, locks: LockManager, own: number): void {
    const mourner = Mourner.#of(buffer, locks);
    if (mourner === undefined) return;
    mourner.#members.delete(own);
    if (mourner.#members.size > 0) return;
    mourners.delete(mourner);
    mourner.#closing.abort();
    Desk.announce(buffer);
    mourner.#listener.end();
  }

  async #listen(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      const arrivals = Atomics.load(this.#words, WORDS.arrivals);
      this.#look();
      await this.#listener.next(this.#words, WORDS.arrivals, arrivals);
    }
  }

  /** Watches every life that is shown: each had its lock before. */
  #look(): void {
    const shown = Desk.proofs(this.#words.buffer);
    const isHome = shown.some((proof) => proof & HOME && this.#members.has(numberOf(proof)));
    for (const proof of shown) {
      const number = numberOf(proof);
      if (this.#members.has(number) || this.#watched.has(number)) continue;
      if (isHome && proof & HOME) this.#watch(number);
      else void this.#watchIfHeld(number);
    }
  }

  /** Of one that may be elsewhere: only who was seen alive can be seen to have ended. */
  async #watchIfHeld(number: number): Promise<void> {
    if (await isHeld(this.#locks, nameOf(this.#words, number))) this.#watch(number);
  }

  /** One that sleeps, and is granted the lock, keeps it: so all share it. It rejects when nobody waits for it any more. */
  #watch(number: number): void {
    if (this.#watched.has(number) || this.#closing.signal.aborted) return;
    this.#watched.add(number);
    this.#locks
      .request(nameOf(this.#words, number), { mode: 'shared', signal: this.#closing.signal }, () => this.#ended(number))
      .catch(() => {});
  }

  #ended(number: number): void {
    this.#watched.delete(number);
    const owner = Desk.ownerOf(this.#words.buffer, (proof) => numberOf(proof) === number);
    if (owner !== 0) for (const tell of this.#members.values()) tell(owner);
  }
}
