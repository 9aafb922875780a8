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

/** One for all agents that a thread has in a region: they end together. */
const mourners = new Map<string, Mourner>();

/** Waits for the ends of all others that are attached to a region, and of those that come. */
export class Mourner {
  readonly #words: Int32Array;
  readonly #listener: Listener;
  /** The lives of this thread, and how each is told of the death of an owner. */
  readonly #members = new Map<number, (owner: number) => void>();
  readonly #watched = new Set<number>();
  readonly #closing = new AbortController();

  private constructor(words: Int32Array, listener: Listener) {
    this.#words = words;
    this.#listener = listener;
    void this.#watchAll();
  }

  /** @param died told of each death, where there are locks to tell of any */
  static join(buffer: ArrayBufferLike, own: number, listen: () => Listener, died: (owner: number) => void): void {
    const words = new Int32Array(buffer);
    const key = nameOf(words, 0);
    if (locks() === undefined) return;
    const mourner = mourners.get(key) ?? new Mourner(words, listen());
    mourners.set(key, mourner);
    mourner.#members.set(own, died);
  }

  static leave(buffer: ArrayBufferLike, own: number): void {
    const words = new Int32Array(buffer);
    const key = nameOf(words, 0);
    const mourner = mourners.get(key);
    if (mourner === undefined) return;
    mourner.#members.delete(own);
    if (mourner.#members.size > 0) return;
    mourners.delete(key);
    mourner.#closing.abort();
    Mourner.announce(words);
    mourner.#listener.end();
  }

  /** Somebody has come, or listens no more. */
  static announce(words: Int32Array): void {
    Atomics.add(words, WORDS.arrivals, 1);
    Atomics.notify(words, WORDS.arrivals);
  }

  async #watchAll(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      const arrivals = Atomics.load(this.#words, WORDS.arrivals);
      const { held } = await locks()!.query();
      const names = new Set(held?.map(({ name }) => name));
      for (const number of Desk.lives(this.#words.buffer)) if (names.has(nameOf(this.#words, number))) this.#watch(number);
      await this.#listener.next(this.#words, WORDS.arrivals, arrivals);
    }
  }

  /**
   * Of a life whose lock is seen held: a frame may share the memory, and not the locks. One that sleeps, and is granted the lock, keeps
   * it: so all share it. It rejects when nobody waits for it any more.
   */
  #watch(number: number): void {
    if (this.#members.has(number) || this.#watched.has(number)) return;
    this.#watched.add(number);
    locks()!
      .request(nameOf(this.#words, number), { mode: 'shared', signal: this.#closing.signal }, () => this.#ended(number))
      .catch(() => {});
  }

  #ended(number: number): void {
    this.#watched.delete(number);
    const owner = Desk.ownerOf(this.#words.buffer, number);
    const [tell] = this.#members.values();
    if (owner !== 0) tell?.(owner);
  }
}
