import type { Counter } from './counter.js';

/**
 * Files on their way through a byte stream: frames of u32 file number, u32 length with the highest bit set in a
 * file's last frame, that many bytes, and padding: engines copy what is aligned, into shared memory and out of it,
 * seven times as fast. Small files share a write, large ones take several frames.
 */
export const HEAD_BYTES = 8;
const LAST = 2 ** 31;
/** The file number of a frame that says: no more files. */
export const END = 2 ** 32 - 1;
/** What is written and read at once. */
export const CHUNK_BYTES = 65536;

/** Bytes of padding behind so many. */
const paddingAfter = (length: number): number => -length & 7;

export const frameBytes = (length: number): number => HEAD_BYTES + length + paddingAfter(length);

export function writeHead(view: DataView, at: number, file: number, length: number, last: boolean): void {
  view.setUint32(at, file);
  view.setUint32(at + 4, last ? length + LAST : length);
}

/** Takes frames apart again, wherever the pieces that come were cut. */
export class Unpacker {
  frames = 0;
  bytes = 0;
  /** Files that ended. */
  files = 0;
  /** Whether there are no more. */
  ended = false;
  readonly #counter: Counter;
  readonly #head = new Uint8Array(HEAD_BYTES);
  readonly #words = new DataView(this.#head.buffer);
  #headBytes = 0;
  #left = 0;
  #padding = 0;

  constructor(counter: Counter) {
    this.#counter = counter;
  }

  push(piece: Uint8Array, end: number): void {
    for (let at = 0; at < end; ) {
      if (this.#headBytes < HEAD_BYTES) {
        while (this.#headBytes < HEAD_BYTES && at < end) this.#head[this.#headBytes++] = piece[at++]!;
        if (this.#headBytes < HEAD_BYTES) return;
        this.#left = this.#words.getUint32(4) & ~LAST;
        this.#padding = paddingAfter(this.#left);
        if (this.#words.getUint32(0) !== END) this.frames++;
      }
      const length = Math.min(this.#left, end - at);
      if (length > 0) this.#counter.data(piece, at, at + length);
      this.#left -= length;
      this.bytes += length;
      const skipped = Math.min(this.#padding, end - at - length);
      this.#padding -= skipped;
      at += length + skipped;
      if (this.#left + this.#padding === 0) this.#ended();
    }
  }

  #ended(): void {
    this.#headBytes = 0;
    if (this.#words.getUint32(4) < LAST) return;
    const file = this.#words.getUint32(0);
    if (file === END) {
      this.ended = true;
      return;
    }
    this.#counter.end(file);
    this.files++;
  }
}

/** What is sent behind the last file. */
export function endFrame(): Uint8Array {
  const frame = new Uint8Array(HEAD_BYTES);
  writeHead(new DataView(frame.buffer), 0, END, 0, true);
  return frame;
}
