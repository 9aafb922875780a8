import { Flag, Op, RingPlaceAt } from '../abi.gen.js';
import type { Shortcut } from '../backend.js';
import { copy } from './desk.js';
import type { Agent } from './start.js';

/** V8 copies more than that byte by byte where the two places differ modulo 8: the core goes round by a third. */
const SHORT = 256;
const HEADER = 4;

const frameOf = (length: number): number => (length + HEADER + 3) & ~3;

/**
 * One side of a ring of bytes by its bytes (core/obj/ring_bytes.h): the only TypeScript that touches them. What is most of the work is
 * done here: a record in one piece, in room or among records that the core has seen. All else, and each first one, is the core's.
 *
 * Plain accesses do: what lies between `at` and `seen` is this side's alone, `seen` was written by this thread's last look (in the core,
 * [RNG1-R] and [RNG2-R]), and what follows the accesses here is the core's compare-and-swap, [RNG1-W] and [RNG2-W].
 */
abstract class Side implements Shortcut {
  readonly #agent: Agent;
  readonly #rest: Shortcut;
  readonly #handle: number;
  readonly #access: number;
  #asked = false;
  protected readonly words: Uint32Array;
  protected readonly memory: Uint8Array;
  /** Of the words, by their index. */
  protected at = 0;
  protected seen = 0;
  #peer = 0;
  #party = 0;
  #claim = 0;
  /** Nobody's: a party's number is a u32. */
  #ownParty = -1;
  protected bytesAt = 0;
  protected capacity = 0;
  protected longest = 0;

  /** @param rest what the core does */
  constructor(agent: Agent, handle: number, access: number, rest: Shortcut) {
    const { buffer } = agent.ticket.memory;
    this.#agent = agent;
    this.#handle = handle;
    this.#access = access;
    this.#rest = rest;
    this.words = new Uint32Array(buffer);
    this.memory = new Uint8Array(buffer);
  }

  again?: (bytes: Uint8Array, argument: number) => number;

  abstract try(bytes: Uint8Array): number;

  /** Whether the side is this handle's, and no claim is open: else the room is somebody else's. */
  protected usable(): boolean {
    const { words } = this;
    return words[this.#party] === this.#ownParty && (words[this.#claim]! & 1) === 0;
  }

  /** How far the other side is by now. [RNG1-R] [RNG2-R] */
  protected look(): number {
    const now = Atomics.load(this.words, this.#peer);
    this.words[this.seen] = now;
    return now;
  }

  protected publish(was: number, now: number): number {
    return this.#agent.core.sluice_ring_publish(this.#agent.desk.view, this.#handle, this.#access, was, now);
  }

  /** Through the core; once it has succeeded the side is this handle's, and its place does not change. */
  protected ask(bytes: Uint8Array): number {
    const n = this.#rest.try(bytes, 0);
    if (n >= 0 && !this.#asked) this.#meet();
    return n;
  }

  #meet(): void {
    const { core, desk } = this.#agent;
    this.#asked = true;
    if (core.sluice_ring_place(desk.view, this.#handle, this.#access, desk.place) !== 0) return;
    const told = (field: number): number => this.words[(desk.place + field) / 4]!;
    this.at = told(RingPlaceAt.at) / 4;
    this.#peer = told(RingPlaceAt.peer) / 4;
    this.seen = told(RingPlaceAt.seen) / 4;
    this.#party = told(RingPlaceAt.party) / 4;
    this.#claim = told(RingPlaceAt.claim) / 4;
    this.bytesAt = told(RingPlaceAt.bytes);
    this.capacity = told(RingPlaceAt.capacityBytes);
    this.longest = told(RingPlaceAt.recordBytes);
    this.#ownParty = told(RingPlaceAt.ownParty);
  }

  /** Whether a frame lies in one piece there, and its bytes can be copied to or from these at once. */
  protected fits(place: number, frame: number, bytes: Uint8Array): boolean {
    const inside = (place & 3) === 0 && place + frame <= this.capacity;
    return inside && (frame <= SHORT || ((this.bytesAt + place + HEADER - bytes.byteOffset) & 7) === 0);
  }
}

class Sends extends Side {
  try(bytes: Uint8Array): number {
    if (!this.usable()) return this.ask(bytes);
    const { words, capacity } = this;
    const { length } = bytes;
    const tail = words[this.at]!;
    const place = tail & (capacity - 1);
    const frame = frameOf(length);
    const end = (tail + frame) >>> 0;
    if (length > this.longest || !this.fits(place, frame, bytes)) return this.ask(bytes);
    if ((end - words[this.seen]!) >>> 0 > capacity && (end - this.look()) >>> 0 > capacity) return this.ask(bytes);
    const start = this.bytesAt + place;
    words[start >>> 2] = length;
    copy(this.memory, start + HEADER, bytes, 0, length);
    return this.publish(tail, end) === 0 ? 0 : this.ask(bytes);
  }
}

class Receives extends Side {
  try(bytes: Uint8Array): number {
    if (!this.usable()) return this.ask(bytes);
    const { words, capacity } = this;
    const head = words[this.at]!;
    let left = (words[this.seen]! - head) >>> 0;
    if (left === 0) left = (this.look() - head) >>> 0;
    if (left === 0 || left > capacity) return this.ask(bytes);
    const place = head & (capacity - 1);
    const start = this.bytesAt + place;
    const length = words[start >>> 2]!;
    const frame = frameOf(length);
    if (length > this.longest || length > bytes.length || frame > left || !this.fits(place, frame, bytes)) return this.ask(bytes);
    copy(bytes, 0, this.memory, start + HEADER, length);
    return this.publish(head, (head + frame) >>> 0) === 0 ? length : this.ask(bytes);
  }
}

/** Sends to a ring, or receives from it; `rest` does it by the core. */
export function ringSide(agent: Agent, op: number, handle: number, rest: Shortcut): Shortcut {
  return op === Op.RING_SEND ? new Sends(agent, handle, Flag.WRITE, rest) : new Receives(agent, handle, Flag.READ, rest);
}
