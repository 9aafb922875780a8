import { closeSync, openSync, readSync } from 'node:fs';
import { CHUNK_BYTES } from './frames.js';
import type { Task } from './order.js';

/** A piece of a file, as postMessage carries it: without framing, its bytes in a transfer list. */
export interface Chunk {
  file: number;
  last: boolean;
  bytes: Uint8Array<ArrayBuffer>;
  /** How many of the bytes count. */
  length: number;
}

/** Gives a file's chunks to `send`. */
export type Pour = (file: number, send: (chunk: Chunk) => void) => void;

export function pourFor(task: Task): Pour {
  return task.work === 'checksum' ? pourFromMemory(task) : pourFromDisk(task);
}

/** Its own memory, which can be transferred, and which nobody fills with zeros first. */
const fresh = (length: number) => Buffer.allocUnsafeSlow(length) as Buffer<ArrayBuffer>;

/** Reads each file when its turn comes, straight into what is transferred. */
function pourFromDisk({ files, sizes }: Task): Pour {
  return (file, send) => {
    const fd = openSync(files[file]!, 'r');
    try {
      for (let last = false, left = sizes[file]!; !last; ) {
        const bytes = fresh(Math.min(CHUNK_BYTES, left + 1)); // one more than there is tells the end
        const length = readSync(fd, bytes, 0, bytes.length, null);
        left = Math.max(0, left - length);
        last = length < bytes.length;
        send({ file, last, bytes, length });
      }
    } finally {
      closeSync(fd);
    }
  };
}

/** Has read all files before the first one's turn. Each is transferred as it is: nothing is copied. */
function pourFromMemory({ files, sizes }: Task): Pour {
  const loaded = files.map((path, file) => {
    const bytes = fresh(sizes[file]!);
    const fd = openSync(path, 'r');
    readSync(fd, bytes);
    closeSync(fd);
    return bytes;
  });
  return (file, send) => send({ file, last: true, bytes: loaded[file]!, length: loaded[file]!.length });
}
