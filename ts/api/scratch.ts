/**
 * Where something of unknown length is received. What is handed out is private
 * to its receiver: a copy of its length, or the buffer itself when it is filled well.
 * One for what settles at once, another for what waits in the backend, which may
 * write at any time.
 */
export class Scratch {
  #buffer: Uint8Array<ArrayBuffer> | undefined;

  /** At least room for `length` bytes; exactly that many. */
  bytes(length: number): Uint8Array<ArrayBuffer> {
    if (this.#buffer === undefined || this.#buffer.length < length) this.#buffer = new Uint8Array(length);
    return this.#buffer.length === length ? this.#buffer : this.#buffer.subarray(0, length);
  }

  /** The first `n` bytes, until the next call. */
  look(n: number): Uint8Array<ArrayBuffer> {
    return this.#buffer!.subarray(0, n);
  }

  /** The first `n` bytes, for good. */
  give(n: number): Uint8Array<ArrayBuffer> {
    const buffer = this.#buffer!;
    if (n * 2 <= buffer.length) return buffer.slice(0, n);
    this.#buffer = undefined;
    return buffer.subarray(0, n);
  }
}
