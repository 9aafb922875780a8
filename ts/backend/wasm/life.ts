import { Desk, WORDS } from './desk.js';
import type { Listener } from './listener.js';
import type { NodeProcess } from './start.js';

/**
 * Web Locks, where there are any: a worklet has none, nor has an opaque origin, which refuses each request. Node tells of a worker's exit
 * itself, and its locks outlive one that blocks.
 */
function locks(): LockManager | undefined {
  const { navigator, process } = globalThis as { navigator?: Navigator; process?: NodeProcess };
  return process?.getBuiltinModule === undefined ? navigator?.locks : undefined;
}

function nameOf(words: Int32Array, number: number): string {
  const region = words.subarray(WORDS.region, WORDS.region + 4).join(' ');
  return `sluice ${region} ${number}`;
}

/**
 * The life of one agent, whose end others are told of: it has a number of its own in the region, and its thread holds a Web Lock of
 * that name as long as it runs, terminated or not. Who is granted the same lock has the engine's proof.
 */
export class Life {
  readonly number: number;
  readonly #words: Int32Array;
  #release = () => {};
  #ended = false;

  constructor(buffer: ArrayBufferLike) {
    this.#words = new Int32Array(buffer);
    this.number = Atomics.add(this.#words, WORDS.lives, 1) + 1;
  }

  /** Resolves when the lock is held; false where there is none. */
  hold(): Promise<boolean> {
    return new Promise((resolve) => {
      const held = () => {
        resolve(!this.#ended);
        return this.#ended ? undefined : new Promise<void>((release) => (this.#release = release));
      };
      if (
        locks()
          ?.request(nameOf(this.#words, this.number), held)
          .catch(() => resolve(false)) === undefined
      )
        resolve(false);
    });
  }

  end(): void {
    this.#ended = true;
    this.#release();
  }
}

/** Waits for the ends of all others that are attached to a region, and of those that come. */
export class Mourner {
  readonly #words: Int32Array;
  readonly #own: number;
  readonly #listener: Listener;
  readonly #died: (owner: number) => void;
  readonly #watched = new Set<number>();
  /** Undefined where there are no locks, nor perhaps this class. */
  readonly #closing = locks() && new AbortController();

  constructor(buffer: ArrayBufferLike, own: number, listener: Listener, died: (owner: number) => void) {
    this.#listener = listener;
    this.#words = new Int32Array(buffer);
    this.#own = own;
    this.#died = died;
    if (this.#closing !== undefined) void this.#watchAll(this.#closing.signal);
  }

  close(): void {
    this.#closing?.abort();
    Mourner.announce(this.#words);
    this.#listener.end();
  }

  /** Somebody has come, or listens no more. */
  static announce(words: Int32Array): void {
    Atomics.add(words, WORDS.arrivals, 1);
    Atomics.notify(words, WORDS.arrivals);
  }

  async #watchAll(closing: AbortSignal): Promise<void> {
    while (!closing.aborted) {
      const arrivals = Atomics.load(this.#words, WORDS.arrivals);
      for (const number of Desk.lives(this.#words.buffer)) this.#watch(number, closing);
      await this.#listener.next(this.#words, WORDS.arrivals, arrivals);
    }
  }

  #watch(number: number, closing: AbortSignal): void {
    if (number === this.#own || this.#watched.has(number)) return;
    this.#watched.add(number);
    this.#ended(number, closing)
      .then(() => {
        this.#watched.delete(number);
        const owner = Desk.ownerOf(this.#words.buffer, number);
        if (owner !== 0) this.#died(owner);
      })
      .catch(() => {});
  }

  /**
   * Rejects when nobody waits for it any more, and where its lock is not to be seen: a frame may share the memory, and not the locks.
   * One that sleeps, and is granted the lock, keeps it: so all share it.
   */
  async #ended(number: number, closing: AbortSignal): Promise<void> {
    const name = nameOf(this.#words, number);
    const { held } = await locks()!.query();
    if (!held?.some((lock) => lock.name === name)) throw new Error('its life is proven elsewhere');
    await locks()!.request(name, { mode: 'shared', signal: closing }, () => {});
  }
}
