import { Define, Limit, Op, RequestAt } from '../abi.gen.js';
import type { Request } from '../backend.js';

/**
 * What an agent needs in the memory beside the region: its owner's word, its view of the
 * region, one request, a name, and the rest is its stack. Desks lie in front of the region, one a slot; pages that nobody
 * touches cost nothing.
 */
export const DESK_BYTES = 16384;
const FIRST = 1024;
const At = { owner: 0, view: 64, request: 64 + Define.VIEW_BYTES, name: 384 } as const;

/** Where the region starts, behind the desks. */
export const regionAt = (agents: number): number => FIRST + agents * DESK_BYTES;

const encoder = new TextEncoder();

const TAKES = 1;
const GIVES = 2;
const IN_PIECES = 4;
const OPENS = 8;

/** Whose bytes go in, whose come out, whose go in pieces, and what opens. */
const facts = new Uint8Array(128);
for (const op of [Op.OPEN_TICKET, Op.MQ_SEND, Op.RING_SEND, Op.RING_SEND_MANY]) facts[op] = TAKES;
for (const op of [Op.LIST, Op.TICKET, Op.MQ_RECEIVE, Op.RING_RECEIVE, Op.RING_RECEIVE_MANY]) facts[op] = GIVES;
for (const op of [Op.MQ_OPEN, Op.RING_OPEN, Op.PIPE_OPEN, Op.FIFO_OPEN]) facts[op] = OPENS;
facts[Op.PIPE_WRITE] = TAKES | IN_PIECES;
facts[Op.PIPE_READ] = GIVES | IN_PIECES;
const is = (op: number, fact: number): boolean => (facts[op]! & fact) !== 0;

/** A pipe's bytes go in pieces of this at most. */
const PIECE_BYTES = 65536;

/** How much room a request's bytes need. */
export function roomFor({ op, bytes }: Request): number {
  const length = bytes === undefined ? 0 : bytes.length;
  return length > PIECE_BYTES && is(op, IN_PIECES) ? PIECE_BYTES : length;
}

/** How much the requests of what an open has opened will need at least. */
export function roomAfter({ op, out }: Request): number {
  if (!is(op, OPENS)) return 0;
  if (op === Op.MQ_OPEN) return out[1]!;
  if (op === Op.RING_OPEN) return Math.min(out[0]!, Math.max(out[1]!, PIECE_BYTES));
  return Math.min(out[op === Op.PIPE_OPEN ? 2 : 0]!, PIECE_BYTES);
}

export class Desk {
  readonly view: number;
  readonly request: number;
  readonly stackTop: number;
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #at: number;

  private constructor(buffer: ArrayBufferLike, index: number) {
    this.#at = FIRST + index * DESK_BYTES;
    this.#words = new Int32Array(buffer);
    this.#bytes = new Uint8Array(buffer);
    this.view = this.#at + At.view;
    this.request = this.#at + At.request;
    this.stackTop = this.#at + DESK_BYTES;
  }

  /** Takes a free desk for this owner; undefined when there is none. */
  static claim(buffer: ArrayBufferLike, agents: number, owner: number): Desk | undefined {
    const words = new Int32Array(buffer);
    for (let index = 0; index < agents; index++) {
      const at = (FIRST + index * DESK_BYTES + At.owner) / 4;
      if (Atomics.compareExchange(words, at, 0, owner) === 0) return new Desk(buffer, index);
    }
    return undefined;
  }

  /** Frees the desks of an owner that is dead. */
  static clear(buffer: ArrayBufferLike, agents: number, owner: number): void {
    const words = new Int32Array(buffer);
    for (let index = 0; index < agents; index++)
      Atomics.compareExchange(words, (FIRST + index * DESK_BYTES + At.owner) / 4, owner, 0);
  }

  leave(): void {
    Atomics.store(this.#words, (this.#at + At.owner) / 4, 0);
  }

  /**
   * Puts a request before the core; `waiter` is what the core left there the last time, 0 at first.
   *
   * @param room where the bytes are, or go: of this agent's own, and large enough
   */
  write(request: Request, waiter: number, room: number): void {
    const words = this.#words;
    const at = this.request / 4;
    words[at + RequestAt.op / 4] = request.op;
    words[at + RequestAt.handle / 4] = request.handle;
    for (let i = 0; i < 6; i++) words[at + RequestAt.args / 4 + i] = request.args[i]!;
    for (let i = 0; i < 4; i++) words[at + RequestAt.out / 4 + i] = request.out[i]!;
    words[at + RequestAt.waiter / 4] = waiter;
    words[at + RequestAt.length / 4] = roomFor(request);
    words[at + RequestAt.bytes / 4] = room;
    words[at + RequestAt.nameLength / 4] = request.name === undefined ? 0 : this.#writeName(request.name);
    words[at + RequestAt.name / 4] = this.#at + At.name;
  }

  /** Puts the bytes of a request that has some to give into the room. */
  fill({ op, bytes }: Request, room: number): void {
    if (bytes === undefined || bytes.length === 0 || !is(op, TAKES)) return; // detached ones are empty
    this.#bytes.set(bytes.length > PIECE_BYTES && is(op, IN_PIECES) ? bytes.subarray(0, PIECE_BYTES) : bytes, room);
  }

  /** What the core left there; `request` gets its reply, and the bytes of a result `n` > 0. */
  read(request: Request, n: number, room: number): number {
    const at = this.request / 4;
    for (let i = 0; i < 4; i++) request.out[i] = this.#words[at + RequestAt.out / 4 + i]!;
    if (n > 0 && is(request.op, GIVES)) {
      const length = request.op === Op.RING_RECEIVE_MANY ? request.out[0]! : n;
      request.bytes!.set(this.#bytes.subarray(room, room + length));
    }
    return this.#words[at + RequestAt.waiter / 4]!;
  }

  /** One byte more than a name may have still fits, so that the core refuses it rather than takes a shortened one. */
  #writeName(name: string): number {
    const bytes = encoder.encode(name).subarray(0, Limit.NAME_BYTES + 1);
    this.#bytes.set(bytes, this.#at + At.name);
    return bytes.length;
  }
}
