import { Define, Limit, RequestAt } from '../abi.gen.js';
import type { Request } from '../backend.js';
import { encode } from '../utf8.js';

/**
 * What an agent needs in the memory beside the region: its owner's word, its view of the
 * region, one request, a name, and the rest is its stack. Desks lie in front of the region, one a slot; pages that nobody
 * touches cost nothing.
 */
export const DESK_BYTES = 16384;
const FIRST = 1024;
const AGENTS = Limit.AGENTS;
/** In front of the desks, 32-bit words: the region's number (4 of them), how many lives have begun, a count that changes when one comes. */
export const WORDS = { region: 0, lives: 16, arrivals: 32 } as const;
const At = { owner: 0, frozen: 8, view: 64, request: 64 + Define.VIEW_BYTES, place: 448, name: 512 } as const;

/** Where the core thinks that the caller's bytes lie, a multiple of 8; their place modulo 8 is added. */
const CALLER = 64;
const NONE: Uint8Array = new Uint8Array(0);

/** Where the region starts, behind the desks. */
export const REGION_AT = FIRST + AGENTS * DESK_BYTES;

const ownersAt = (index: number): number => FIRST + index * DESK_BYTES + At.owner;
/** A desk's first two words are one: who has it, and the proof of that (Life.hold), 0 as long as there is none. */
const pair = (owner: number, proof: number): bigint => (BigInt(proof) << 32n) | BigInt(owner);

/** Whoever plays sound makes no garbage: there a copy takes no view. */
const quiet = typeof (globalThis as { AudioWorkletGlobalScope?: unknown }).AudioWorkletGlobalScope === 'function';

/** Bytes that are copied faster one by one: `set` takes 17 ns before its first, a view 30 more. */
const FEW = 16;

/** `length` bytes of `from`, from `start` on, to `at`. */
export function copy(to: Uint8Array, at: number, from: Uint8Array, start: number, length: number): void {
  if (quiet || length <= FEW) for (let i = 0; i < length; i++) to[at + i] = from[start + i]!;
  else to.set(length === from.length ? from : from.subarray(start, start + length), at);
}

export class Desk {
  readonly view: number;
  readonly request: number;
  /** Room for a struct sluice_ring_place. */
  readonly place: number;
  readonly stackTop: number;
  readonly #memory: Uint8Array;
  readonly #owner: BigInt64Array;
  /** The request that is before the core: `core/include/sluice.h`. */
  readonly #words: Int32Array;
  readonly #frozen: Int32Array;
  readonly #name: number;
  /** The bytes of the request that is before the core, and where it thinks that they are. */
  #bytes = NONE;
  #bytesAt = CALLER;

  private constructor(buffer: ArrayBufferLike, index: number) {
    const at = FIRST + index * DESK_BYTES;
    this.#memory = new Uint8Array(buffer);
    this.#owner = new BigInt64Array(buffer, at + At.owner, 1);
    this.#words = new Int32Array(buffer, at + At.request, RequestAt.bytes$ / 4);
    this.#frozen = new Int32Array(buffer, at + At.frozen, 1);
    this.freeze(false);
    this.#name = at + At.name;
    this.view = at + At.view;
    this.request = at + At.request;
    this.place = at + At.place;
    this.stackTop = at + DESK_BYTES;
    this.#words[RequestAt.name / 4] = this.#name;
  }

  /** Takes a free desk for this owner; undefined when there is none. */
  static claim(buffer: ArrayBufferLike, owner: number, proof: number): Desk | undefined {
    const words = new BigInt64Array(buffer);
    for (let index = 0; index < AGENTS; index++)
      if (Atomics.compareExchange(words, ownersAt(index) / 8, 0n, pair(owner, proof)) === 0n) return new Desk(buffer, index);
    return undefined;
  }

  /** Frees the desks of an owner that is dead. */
  static clear(buffer: ArrayBufferLike, owner: number): void {
    const words = new BigInt64Array(buffer);
    for (let index = 0; index < AGENTS; index++) {
      const word = Atomics.load(words, ownersAt(index) / 8);
      if (Number(word & 0xffffffffn) === owner) Atomics.compareExchange(words, ownersAt(index) / 8, word, 0n);
    }
  }

  /** The owners whose page is frozen. */
  static frozen(buffer: ArrayBufferLike): Set<number> {
    const words = new Int32Array(buffer);
    const all = Array.from({ length: AGENTS }, (_, index) => ownersAt(index) / 4);
    return new Set(all.filter((at) => Atomics.load(words, at + At.frozen / 4) !== 0).map((at) => Atomics.load(words, at)));
  }

  /** The proofs that are shown. */
  static proofs(buffer: ArrayBufferLike): number[] {
    const words = new Int32Array(buffer);
    const all = Array.from({ length: AGENTS }, (_, index) => Atomics.load(words, ownersAt(index) / 4 + 1));
    return all.filter((proof) => proof !== 0);
  }

  /** Tells all who mourn that somebody shows a proof, or listens no more. */
  static announce(buffer: ArrayBufferLike): void {
    const words = new Int32Array(buffer);
    Atomics.add(words, WORDS.arrivals, 1);
    Atomics.notify(words, WORDS.arrivals);
  }

  /** Who shows such a proof; 0: nobody any more. */
  static ownerOf(buffer: ArrayBufferLike, such: (proof: number) => boolean): number {
    const words = new BigInt64Array(buffer);
    for (let index = 0; index < AGENTS; index++) {
      const word = Atomics.load(words, ownersAt(index) / 8);
      if (such(Number(word >> 32n))) return Number(word & 0xffffffffn);
    }
    return 0;
  }

  /** Whether its owner's page is frozen, as far as that is told. */
  freeze(frozen: boolean): void {
    Atomics.store(this.#frozen, 0, frozen ? 1 : 0);
  }

  /** Its owner's life is proven from now on. */
  prove(owner: number, proof: number): void {
    Atomics.compareExchange(this.#owner, 0, pair(owner, 0), pair(owner, proof));
  }

  /** What it has is its own still, unless it was pronounced dead. */
  leave(owner: number): void {
    const word = Atomics.load(this.#owner, 0);
    if (Number(word & 0xffffffffn) === owner) Atomics.compareExchange(this.#owner, 0, word, 0n);
  }

  /** The core's `sluice_take`: bytes of the request, to its memory. They lie within both, or the core is broken. */
  readonly take = (to: number, caller: number, length: number): void => {
    copy(this.#memory, to >>> 0, this.#bytes, caller - this.#bytesAt, length);
  };

  /** The core's `sluice_give`: from its memory, to bytes of the request. */
  readonly give = (caller: number, from: number, length: number): void => {
    copy(this.#bytes, caller - this.#bytesAt, this.#memory, from >>> 0, length);
  };

  /** Puts a request before the core; `waiter` is what the core left there the last time, 0 at first. One line a word: a loop takes three times as long. */
  write({ op, handle, args, out, bytes = NONE, name }: Request, waiter: number): void {
    const words = this.#words;
    this.#bytes = bytes;
    this.#bytesAt = CALLER + (bytes.byteOffset & 7);
    words[RequestAt.op / 4] = op;
    words[RequestAt.handle / 4] = handle;
    words[RequestAt.args / 4] = args[0]!;
    words[RequestAt.args / 4 + 1] = args[1]!;
    words[RequestAt.args / 4 + 2] = args[2]!;
    words[RequestAt.args / 4 + 3] = args[3]!;
    words[RequestAt.args / 4 + 4] = args[4]!;
    words[RequestAt.args / 4 + 5] = args[5]!;
    words[RequestAt.out / 4] = out[0]!;
    words[RequestAt.out / 4 + 1] = out[1]!;
    words[RequestAt.out / 4 + 2] = out[2]!;
    words[RequestAt.out / 4 + 3] = out[3]!;
    words[RequestAt.waiter / 4] = waiter;
    words[RequestAt.length / 4] = bytes.length;
    words[RequestAt.bytes / 4] = this.#bytesAt;
    words[RequestAt.nameLength / 4] = name === undefined ? 0 : this.#writeName(name);
  }

  /** The same of one that is its bytes and its first argument, and has not begun: whatever stands in the other words. */
  writeQuick(op: number, handle: number, bytes: Uint8Array, argument: number): void {
    const words = this.#words;
    this.#bytes = bytes;
    this.#bytesAt = CALLER + (bytes.byteOffset & 7);
    words[RequestAt.op / 4] = op;
    words[RequestAt.handle / 4] = handle;
    words[RequestAt.args / 4] = argument;
    words[RequestAt.out / 4 + 3] = 0;
    words[RequestAt.waiter / 4] = 0;
    words[RequestAt.length / 4] = bytes.length;
    words[RequestAt.bytes / 4] = this.#bytesAt;
  }

  /** `out[0]` of the last request. */
  get told(): number {
    return this.#words[RequestAt.out / 4]!;
  }

  /** The caller's bytes are his own again. */
  clear(): void {
    this.#bytes = NONE;
  }

  /** What the core left there; `request` gets its reply. */
  read({ out }: Request): number {
    const words = this.#words;
    this.#bytes = NONE;
    out[0] = words[RequestAt.out / 4]!;
    out[1] = words[RequestAt.out / 4 + 1]!;
    out[2] = words[RequestAt.out / 4 + 2]!;
    out[3] = words[RequestAt.out / 4 + 3]!;
    return words[RequestAt.waiter / 4]!;
  }

  /** One byte more than a name may have still fits, so that the core refuses it rather than takes a shortened one. */
  #writeName(name: string): number {
    const bytes = encode(name).subarray(0, Limit.NAME_BYTES + 1);
    this.#memory.set(bytes, this.#name);
    return bytes.length;
  }
}
