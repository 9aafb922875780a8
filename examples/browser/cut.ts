import { TEXT_BYTES, WORD_BYTES } from './records.js';

const READ_BYTES = 1 << 20;

/** Not part of a word: ASCII that is no letter and no digit. */
const between = (byte: number) => byte < 0x80 && !/[0-9A-Za-z]/.test(String.fromCharCode(byte));
const separators = Uint8Array.from({ length: 256 }, (_, byte) => (between(byte) ? 1 : 0));

/**
 * A file in pieces of at most TEXT_BYTES that end between words. A run of letters longer than that is cut where words are
 * cut anyway: each WORD_BYTES.
 */
export async function* cut(file: Blob): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.size; ) {
    const bytes = new Uint8Array(await file.slice(at, at + READ_BYTES).arrayBuffer());
    const last = at + bytes.length === file.size;
    let start = 0;
    while (bytes.length - start > TEXT_BYTES || (last && start < bytes.length)) {
      const end = pieceEnd(bytes, start);
      yield bytes.subarray(start, end);
      start = end;
    }
    at += start;
  }
}

function pieceEnd(bytes: Uint8Array, start: number): number {
  const most = start + TEXT_BYTES;
  if (most >= bytes.length) return bytes.length;
  let end = most;
  while (end > start && separators[bytes[end - 1]!] === 0) end--;
  return end > start ? end : most - (TEXT_BYTES % WORD_BYTES);
}
