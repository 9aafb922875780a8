import { checkUnchanged } from './check.js';

/** Batches of records as the waist has them: u32 length in the machine's order, bytes, padding to a multiple of 4. */
const HEAD_BYTES = 4;

/** Room that a record takes in a batch. */
export function frameBytes(length: number): number {
  return HEAD_BYTES + ((length + 3) & ~3);
}

/** As many of the records from `first` on as fit into `most` bytes, at least one. `lengths` are what they had at first. */
export function joinFrames(records: readonly Uint8Array[], lengths: readonly number[], first: number, most: number): Uint8Array {
  let end = first;
  let size = 0;
  while (end < records.length && (end === first || size + frameBytes(lengths[end]!) <= most)) size += frameBytes(lengths[end++]!);
  const joined = new Uint8Array(size);
  const heads = new Uint32Array(joined.buffer);
  for (let i = first, at = 0; i < end; at += frameBytes(lengths[i++]!)) {
    heads[at >> 2] = lengths[i]!;
    joined.set(checkUnchanged(records[i]!, lengths[i]!), at + HEAD_BYTES);
  }
  return joined;
}

/** The records of a batch, as views of it. */
export function splitFrames(batch: Uint8Array<ArrayBuffer>, count: number): Uint8Array<ArrayBuffer>[] {
  const heads = new Uint32Array(batch.buffer, batch.byteOffset, batch.byteLength >> 2);
  const records: Uint8Array<ArrayBuffer>[] = [];
  for (let i = 0, at = 0; i < count; i++) {
    const length = heads[at >> 2]!;
    records.push(batch.subarray(at + HEAD_BYTES, at + HEAD_BYTES + length));
    at += frameBytes(length);
  }
  return records;
}
