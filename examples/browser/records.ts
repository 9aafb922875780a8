/**
 * What goes through the two rings, and how. A piece of a file goes to whichever counter takes it first; each of its words
 * comes back in a record of its own. Whoever dies over a piece has not released it: it is in the ring again, another takes
 * it, and what the dead one had sent of it already counts for nothing.
 */
import type { HandleTicket, IpcTicket } from 'sluice';

/** A piece: its number (u32), then text. */
export const PIECE_HEAD = 4;
export const TEXT_BYTES = 32768;
/** A count: the piece (u32), the counter (u32), how often (u32), then the word. No word: that was all of the piece, so many different ones. */
export const COUNT_HEAD = 12;
export const WORD_BYTES = 64;
/** Records that go or come at once. */
export const BATCH = 128;
/** In the place of a piece: there are as many pieces as it says how often. */
export const ALL = 0xffffffff;

/** What each worker is told when it starts. */
export interface Order {
  ipc: IpcTicket;
  pieces: HandleTicket;
  counts: HandleTicket;
  news: HandleTicket;
  /** Its number: 0 adds up, the others count. None comes twice. */
  worker: number;
  board: Int32Array;
}

/** What the one who adds up tells, as JSON, through the queue of news. */
export interface News {
  pieces: number;
  words: number;
  different: number;
  /** Records that came. */
  records: number;
  /** How often one had begun to send a piece's counts, and another sent them, too: the first was killed over it. */
  again: number;
  top: [word: string, count: number][];
  /** Of all counts, once they are complete. */
  sum?: number;
}

/** The board: what each worker does at this moment, for the page to draw. */
export const Doing = { starting: 0, waitsForPiece: 1, counts: 2, waitsForRoom: 3, waitsForCounts: 4, adds: 5 } as const;
const FIELDS = 3; // what it does, which piece it has, its agent's owner
const PLACES = 1024; // of workers that are there at once, and many that were

export const makeBoard = () => new Int32Array(new SharedArrayBuffer(PLACES * FIELDS * 4));

export class Place {
  readonly #board: Int32Array;
  readonly #at: number;

  constructor(board: Int32Array, worker: number) {
    this.#board = board;
    this.#at = (worker % PLACES) * FIELDS;
  }

  get doing(): number {
    return Atomics.load(this.#board, this.#at);
  }
  set doing(what: number) {
    Atomics.store(this.#board, this.#at, what);
  }

  get piece(): number {
    return Atomics.load(this.#board, this.#at + 1);
  }
  set piece(number: number) {
    Atomics.store(this.#board, this.#at + 1, number);
  }

  get owner(): number {
    return Atomics.load(this.#board, this.#at + 2);
  }
  set owner(number: number) {
    Atomics.store(this.#board, this.#at + 2, number);
  }

  /** Tries; and where that would have to wait, says so while it waits. */
  unless<T>(now: T | undefined, what: number, wait: () => T): T {
    if (now !== undefined) return now;
    const before = this.doing;
    this.doing = what;
    const result = wait();
    this.doing = before;
    return result;
  }
}
