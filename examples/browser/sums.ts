import { hashBytes, type Tally } from '../wordcount/tally.js';

/** A number that differs when any count does, or nearly so. */
export function sumOf(tally: Tally): number {
  let sum = tally.size;
  tally.each((bytes, start, length, often) => {
    sum = (sum + Math.imul(hashBytes(bytes, start, start + length), often)) | 0;
  });
  return sum;
}

/** The words that came most often. */
export function topOf(tally: Tally, most: number): [string, number][] {
  const top: [word: Uint8Array, count: number][] = [];
  tally.each((bytes, start, length, often) => {
    if (top.length === most && often <= top.at(-1)![1]) return;
    const place = top.findIndex(([, count]) => count < often);
    top.splice(place < 0 ? top.length : place, 0, [bytes.subarray(start, start + length), often]);
    top.length = Math.min(top.length, most);
  });
  const text = new TextDecoder();
  return top.map(([word, often]) => [text.decode(word), often]);
}
