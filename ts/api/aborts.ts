/**
 * One listener a signal, however many calls share it: Node warns of a leak at the eleventh, and
 * adding one to many costs more with each.
 */
class Aborts {
  readonly #signal: AbortSignal;
  readonly #calls = new Set<() => void>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(call: () => void): void {
    if (this.#calls.size === 0) this.#signal.addEventListener('abort', this.#fire, { once: true });
    this.#calls.add(call);
  }

  delete(call: () => void): void {
    if (this.#calls.delete(call) && this.#calls.size === 0) this.#signal.removeEventListener('abort', this.#fire);
  }

  readonly #fire = (): void => {
    const calls = [...this.#calls];
    this.#calls.clear();
    for (const call of calls) call();
  };
}

const known = new WeakMap<AbortSignal, Aborts>();

/** Calls back once when the signal aborts, unless forgotten before. */
export function onAbort(signal: AbortSignal, call: () => void): void {
  let aborts = known.get(signal);
  if (aborts === undefined) {
    aborts = new Aborts(signal);
    known.set(signal, aborts);
  }
  aborts.add(call);
}

export function forgetAbort(signal: AbortSignal, call: () => void): void {
  known.get(signal)?.delete(call);
}
