import type { Counter } from './counter.js';
import { HASH_SEED, hashByte, Tally } from './tally.js';

/** A longer run of letters counts as several words: so any word fits in any message. */
const MOST_BYTES = 64;

/** What each byte is in a word: ASCII letters in lower case, digits, and all of UTF-8's; 0: not part of one. */
const letters = Uint8Array.from({ length: 256 }, (_, byte) => {
  const char = String.fromCharCode(byte);
  if (byte >= 0x80 || /[0-9a-z]/.test(char)) return byte;
  return /[A-Z]/.test(char) ? byte + 32 : 0;
});

/** Counts words. One may begin in a chunk and end in the next: what it has so far is kept. */
export class Words implements Counter {
  readonly tally = new Tally();
  readonly #word = new Uint8Array(MOST_BYTES);
  #length = 0;
  #hash = HASH_SEED;

  data(bytes: Uint8Array, from: number, to: number): void {
    const word = this.#word;
    let length = this.#length;
    let hash = this.#hash;
    for (let i = from; i < to; i++) {
      const letter = letters[bytes[i]!]!;
      if (letter !== 0 && length < MOST_BYTES) {
        word[length++] = letter;
        hash = hashByte(hash, letter);
      } else if (length > 0) {
        this.tally.add(word, 0, length, hash, 1);
        length = 0;
        hash = HASH_SEED;
        if (letter !== 0) i--;
      }
    }
    this.#length = length;
    this.#hash = hash;
  }

  end(): void {
    if (this.#length > 0) this.tally.add(this.#word, 0, this.#length, this.#hash, 1);
    this.#length = 0;
    this.#hash = HASH_SEED;
  }
}
