import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { CHUNK_BYTES, frameBytes, HEAD_BYTES, writeHead } from './frames.js';
import type { Task } from './order.js';

/** Takes frames. `whole`: their last one is the last of its file, so what follows may go another way. */
export type Emit = (frames: Uint8Array, whole: boolean) => void;

/** Turns files into frames, one after the other. */
export interface Feed {
  add(file: number): void;
  /** Emits what was added and has not gone yet. */
  flush(): void;
}

export function feedFor({ work, files }: Task, emit: Emit): Feed {
  return work === 'checksum' ? new MemoryFeed(files, emit) : new DiskFeed(files, emit);
}

/** Where less is left, a new chunk begins. */
const LEAST_BYTES = 4096;

/** Reads each file when its turn comes, straight into the chunk that is to be sent. */
class DiskFeed implements Feed {
  readonly #files: readonly string[];
  readonly #emit: Emit;
  readonly #chunk = new Uint8Array(CHUNK_BYTES);
  readonly #heads = new DataView(this.#chunk.buffer);
  #used = 0;

  constructor(files: readonly string[], emit: Emit) {
    this.#files = files;
    this.#emit = emit;
  }

  add(file: number): void {
    const fd = openSync(this.#files[file]!, 'r');
    try {
      while (!this.#frame(file, fd)) this.#send(false);
    } finally {
      closeSync(fd);
    }
    if (CHUNK_BYTES - this.#used < HEAD_BYTES + LEAST_BYTES) this.#send(true);
  }

  flush(): void {
    if (this.#used > 0) this.#send(true);
  }

  /** Whether it was the file's last one. */
  #frame(file: number, fd: number): boolean {
    const at = this.#used + HEAD_BYTES;
    const room = CHUNK_BYTES - at;
    const length = readSync(fd, this.#chunk, at, room, null);
    writeHead(this.#heads, this.#used, file, length, length < room);
    this.#used += frameBytes(length);
    return length < room;
  }

  #send(whole: boolean): void {
    this.#emit(this.#chunk.subarray(0, this.#used), whole);
    this.#used = 0;
  }
}

/** Has read all files before the first one's turn. Their frames lie one behind the other: what is sent is not copied before. */
class MemoryFeed implements Feed {
  readonly #emit: Emit;
  readonly #frames: Uint8Array;
  /** Where each file's frame starts, and the last one ends. */
  readonly #starts: number[] = [0];
  #from = 0;
  #to = 0;

  constructor(files: readonly string[], emit: Emit) {
    this.#emit = emit;
    const loaded = files.map((path) => readFileSync(path));
    this.#frames = new Uint8Array(loaded.reduce((sum, bytes) => sum + frameBytes(bytes.length), 0));
    const heads = new DataView(this.#frames.buffer);
    loaded.forEach((bytes, file) => {
      const start = this.#starts[file]!;
      writeHead(heads, start, file, bytes.length, true);
      this.#frames.set(bytes, start + HEAD_BYTES);
      this.#starts.push(start + frameBytes(bytes.length));
    });
  }

  add(file: number): void {
    if (this.#from === this.#to) this.#from = this.#starts[file]!;
    this.#to = this.#starts[file + 1]!;
    if (this.#to - this.#from >= CHUNK_BYTES) this.flush();
  }

  flush(): void {
    if (this.#to > this.#from) this.#emit(this.#frames.subarray(this.#from, this.#to), true);
    this.#from = this.#to;
  }
}
