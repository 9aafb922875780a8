import type { Task } from './order.js';
import { hashBytes, type Tally } from './tally.js';

/**
 * Counts on their way: u32 number of files that ended, then for each key its length (u8), count (u32) and bytes.
 * More than a message holds is split; the files are told of in the last part, when all their counts are there.
 */
const HEAD_BYTES = 4;
const RECORD_BYTES = 5;
export const MESSAGE_BYTES = 4096;

/** Counts are sent once they have grown beyond this, or enough files have ended. */
const BATCH_BYTES = 8 * MESSAGE_BYTES;

/** Sends what a counter has counted. */
export class Outbox {
  /** Files that ended, ever. */
  files = 0;
  /** Messages, ever. */
  sent = 0;
  readonly #tally: Tally;
  readonly #mostFiles: number;
  readonly #send: (message: Uint8Array<ArrayBuffer>) => void;
  readonly #message = new Uint8Array(MESSAGE_BYTES);
  readonly #words = new DataView(this.#message.buffer);
  #told = 0;

  /**
   * What the counters keep back may not stop the reader: half of the files in flight, so that it sends the other half
   * while these are told of.
   *
   * @param send takes a message before it returns
   */
  constructor(tally: Tally, { inFlight, tokenizers }: Task, send: (message: Uint8Array<ArrayBuffer>) => void) {
    this.#tally = tally;
    this.#mostFiles = Math.max(1, Math.floor(inFlight / 2 / tokenizers));
    this.#send = send;
  }

  /** Something was counted. */
  counted(): void {
    if (this.#tally.keyBytes > BATCH_BYTES || this.files - this.#told >= this.#mostFiles) this.flush();
  }

  flush(): void {
    if (this.#told === this.files && this.#tally.size === 0) return;
    const message = this.#message;
    let used = HEAD_BYTES;
    this.#words.setUint32(0, 0);
    this.#tally.each((bytes, start, length, count) => {
      if (used + RECORD_BYTES + length > MESSAGE_BYTES) {
        this.#post(used);
        used = HEAD_BYTES;
      }
      this.#words.setUint8(used, length);
      this.#words.setUint32(used + 1, count);
      used += RECORD_BYTES;
      for (let i = 0; i < length; i++) message[used++] = bytes[start + i]!;
    });
    this.#words.setUint32(0, this.files - this.#told);
    this.#post(used);
    this.#told = this.files;
    this.#tally.clear();
  }

  #post(used: number): void {
    this.#send(this.#message.subarray(0, used));
    this.sent++;
  }
}

/** Adds a message's counts up; gives the number of files that ended. */
export function addCounts(message: Uint8Array, end: number, tally: Tally): number {
  const view = new DataView(message.buffer, message.byteOffset);
  for (let at = HEAD_BYTES; at < end; ) {
    const length = message[at]!;
    const start = at + RECORD_BYTES;
    tally.add(message, start, length, hashBytes(message, start, start + length), view.getUint32(at + 1));
    at = start + length;
  }
  return view.getUint32(0);
}

/** All of a tally as one message. */
export function dumpOf(tally: Tally): Uint8Array<ArrayBuffer> {
  const dump = new Uint8Array(HEAD_BYTES + tally.size * RECORD_BYTES + tally.keyBytes);
  const view = new DataView(dump.buffer);
  let used = HEAD_BYTES;
  tally.each((bytes, start, length, count) => {
    view.setUint8(used, length);
    view.setUint32(used + 1, count);
    dump.set(bytes.subarray(start, start + length), used + RECORD_BYTES);
    used += RECORD_BYTES + length;
  });
  return dump;
}
