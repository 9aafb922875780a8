import { Errno } from '../abi.gen.js';

/** For how long a thread that is about to sleep looks again: about what falling asleep and being woken would cost it and its peer. */
const SPIN_MS = 0.02;
/** At most so often: some clocks stand still for milliseconds. */
const TRIES = 1000;
/** After one that was in vain so many waits sleep at once: the peer is slow, or needs this very processor. */
const SKIPS = 16;

/** The looking again of one agent, before it sleeps. */
export class Spin {
  /** Waits that are to sleep at once. */
  #skips: number;

  /** @param severalCores on one the peer would get on no sooner than the spin is over */
  constructor(severalCores: boolean) {
    this.#skips = severalCores ? 0 : Number.POSITIVE_INFINITY;
  }

  /** Looks until there is an answer, and gives it; -EAGAIN where it is time to sleep. Not past `deadline`. */
  until(look: () => number, deadline: number): number {
    if (this.#skips > 0) {
      this.#skips--;
      return -Errno.EAGAIN;
    }
    const until = Math.min(deadline, performance.now() + SPIN_MS);
    for (let i = 0; i < TRIES && performance.now() < until; i++) {
      const n = look();
      if (n !== -Errno.EAGAIN) return n;
    }
    this.#skips = SKIPS;
    return -Errno.EAGAIN;
  }
}
