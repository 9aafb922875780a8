import type { Counter } from './counter.js';
import { HASH_SEED, hashByte, hashBytes, Tally } from './tally.js';

/** How much of a file's start and of its end is looked at. */
const EDGE_BYTES = 64;

/** Checksums of each file's length and its first and last 64 bytes: next to no work, so that transport dominates. */
export class Checksums implements Counter {
  /** Each file's number, length and checksum is a key. */
  readonly tally = new Tally();
  readonly #key = new Uint8Array(12);
  readonly #words = new DataView(this.#key.buffer);
  readonly #tail = new Uint8Array(EDGE_BYTES);
  #hash = HASH_SEED;
  #length = 0;

  data(bytes: Uint8Array, from: number, to: number): void {
    for (let i = from; i < to && this.#length + i - from < EDGE_BYTES; i++) this.#hash = hashByte(this.#hash, bytes[i]!);
    const tail = this.#tail;
    const added = Math.min(to - from, EDGE_BYTES);
    if (added < EDGE_BYTES) tail.copyWithin(0, added);
    for (let i = EDGE_BYTES - added, at = to - added; i < EDGE_BYTES; i++) tail[i] = bytes[at++]!;
    this.#length += to - from;
  }

  end(file: number): void {
    const first = Math.max(0, EDGE_BYTES - this.#length);
    for (let i = first; i < EDGE_BYTES; i++) this.#hash = hashByte(this.#hash, this.#tail[i]!);
    this.#words.setUint32(0, file);
    this.#words.setUint32(4, this.#length);
    this.#words.setInt32(8, this.#hash);
    this.tally.add(this.#key, 0, this.#key.length, hashBytes(this.#key, 0, this.#key.length), 1);
    this.#hash = HASH_SEED;
    this.#length = 0;
  }
}
