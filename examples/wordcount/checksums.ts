import type { Counter } from './counter.js';
import { HASH_SEED, hashBytes, Tally } from './tally.js';

/** How much of a file's start and of its end is looked at. */
const EDGE_BYTES = 64;

/** Checksums of each file's length and its first and last 64 bytes: next to no work, so that transport dominates. */
export class Checksums implements Counter {
  /** Each file's number, length and checksum is a key. */
  readonly tally = new Tally();
  readonly #key = new Uint8Array(12);
  readonly #keyWords = new DataView(this.#key.buffer);
  /** The file's start, then its end; zeros where it is shorter. */
  readonly #edges = new Uint8Array(2 * EDGE_BYTES);
  readonly #edgeWords = new Int32Array(this.#edges.buffer);
  #length = 0;

  data(bytes: Uint8Array, from: number, to: number): void {
    const edges = this.#edges;
    for (let i = from, at = this.#length; i < to && at < EDGE_BYTES; ) edges[at++] = bytes[i++]!;
    const added = Math.min(to - from, EDGE_BYTES);
    if (added < EDGE_BYTES) edges.copyWithin(EDGE_BYTES, EDGE_BYTES + added);
    for (let i = to - added, at = 2 * EDGE_BYTES - added; i < to; ) edges[at++] = bytes[i++]!;
    this.#length += to - from;
  }

  end(file: number): void {
    this.#keyWords.setUint32(0, file);
    this.#keyWords.setUint32(4, this.#length);
    this.#keyWords.setInt32(8, hashWords(this.#edgeWords));
    this.tally.add(this.#key, 0, this.#key.length, hashBytes(this.#key, 0, this.#key.length), 1);
    this.#edges.fill(0);
    this.#length = 0;
  }
}

/** Four bytes at a time; the shift lets high bits reach low ones. */
function hashWords(words: Int32Array): number {
  let hash = HASH_SEED;
  for (let i = 0; i < words.length; i++) {
    hash = Math.imul(hash ^ words[i]!, 0x01000193);
    hash ^= hash >>> 15;
  }
  return hash;
}
