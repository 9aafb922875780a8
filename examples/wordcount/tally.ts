const STRIDE = 4;
const FIRST_SLOTS = 4096;

/** What an entry is made of, as indices of its four words. */
const At = { start: 0, length: 1, hash: 2, count: 3 } as const;

/** Hash of no bytes; each byte goes in by `hashByte`. */
export const HASH_SEED = 0x811c9dc5 | 0;
export const hashByte = (hash: number, byte: number): number => Math.imul(hash ^ byte, 0x01000193);

export function hashBytes(bytes: Uint8Array, from: number, to: number): number {
  let hash = HASH_SEED;
  for (let i = from; i < to; i++) hash = hashByte(hash, bytes[i]!);
  return hash;
}

/** What `Tally.each` tells of an entry: its bytes lie in `bytes`. */
export type Visit = (bytes: Uint8Array, start: number, length: number, count: number) => void;

/**
 * How often each key came, a key being up to 255 bytes. A hash table over bytes: no strings
 * are made, so that counting is cheap and what moves the counts is what shows.
 */
export class Tally {
  /** Number of different keys. */
  size = 0;
  /** Bytes of all keys. */
  keyBytes = 0;
  #slots = new Int32Array(FIRST_SLOTS); // entry + 1, 0: free
  #entries = new Int32Array(FIRST_SLOTS * STRIDE);
  #bytes = new Uint8Array(FIRST_SLOTS * 8);

  /** Adds `count` to the key bytes[start..start + length], whose hash the caller has computed on its way. */
  add(bytes: Uint8Array, start: number, length: number, hash: number, count: number): void {
    const mask = this.#slots.length - 1;
    for (let slot = (hash ^ (hash >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot]!;
      if (entry === 0) {
        this.#insert(slot, bytes, start, length, hash, count);
        return;
      }
      const at = (entry - 1) * STRIDE;
      if (this.#entries[at + At.hash] === hash && this.#same(at, bytes, start, length)) {
        this.#entries[at + At.count]! += count;
        return;
      }
    }
  }

  /** Every entry, in the order of their first coming. */
  each(visit: Visit): void {
    for (let at = 0; at < this.size * STRIDE; at += STRIDE) {
      visit(this.#bytes, this.#entries[at]!, this.#entries[at + At.length]!, this.#entries[at + At.count]!);
    }
  }

  /** 0 where it never came. */
  count(bytes: Uint8Array, start: number, length: number): number {
    const hash = hashBytes(bytes, start, start + length);
    const mask = this.#slots.length - 1;
    for (let slot = (hash ^ (hash >>> 15)) & mask; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const at = (this.#slots[slot]! - 1) * STRIDE;
      if (this.#entries[at + At.hash] === hash && this.#same(at, bytes, start, length)) return this.#entries[at + At.count]!;
    }
    return 0;
  }

  /** All counts together. */
  sum(): number {
    let sum = 0;
    this.each((_bytes, _start, _length, count) => {
      sum += count;
    });
    return sum;
  }

  clear(): void {
    this.#slots.fill(0);
    this.size = 0;
    this.keyBytes = 0;
  }

  #same(at: number, bytes: Uint8Array, start: number, length: number): boolean {
    if (this.#entries[at + At.length] !== length) return false;
    const own = this.#entries[at]!;
    for (let i = 0; i < length; i++) if (this.#bytes[own + i] !== bytes[start + i]) return false;
    return true;
  }

  #insert(slot: number, bytes: Uint8Array, start: number, length: number, hash: number, count: number): void {
    if (this.keyBytes + length > this.#bytes.length) this.#bytes = doubled(this.#bytes, Uint8Array);
    this.#slots[slot] = ++this.size;
    const at = (this.size - 1) * STRIDE;
    this.#entries[at] = this.keyBytes;
    this.#entries[at + At.length] = length;
    this.#entries[at + At.hash] = hash;
    this.#entries[at + At.count] = count;
    for (let i = 0; i < length; i++) this.#bytes[this.keyBytes + i] = bytes[start + i]!;
    this.keyBytes += length;
    if (this.size * 2 > this.#slots.length) this.#grow();
  }

  #grow(): void {
    const mask = this.#slots.length * 2 - 1;
    this.#slots = new Int32Array(mask + 1);
    this.#entries = doubled(this.#entries, Int32Array);
    for (let entry = 1; entry <= this.size; entry++) {
      const hash = this.#entries[(entry - 1) * STRIDE + At.hash]!;
      let slot = (hash ^ (hash >>> 15)) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = entry;
    }
  }
}

function doubled<A extends Uint8Array | Int32Array>(array: A, make: new (length: number) => A): A {
  const larger = new make(array.length * 2);
  larger.set(array);
  return larger;
}
