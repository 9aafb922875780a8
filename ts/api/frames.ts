import { checkUnchanged } from './check.js';

/** Batches of records as the waist has them: u32 length, bytes, padding to a multiple of 4. */
const HEAD_BYTES = 4;
const LITTLE_ENDIAN = true; // as the region is

/** Room that a record takes in a batch. */
export function frameBytes(length: number): number {
  return HEAD_BYTES + ((length + 3) & ~3);
}

/**
 * Puts as many of the records from `first` on as fit into `room`, which has room for one at least. `lengths` are what they had at first.
 *
 * @returns the part of `room` that they take
 */
export function joinFrames(
  records: readonly Uint8Array[],
  lengths: readonly number[],
  first: number,
  room: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const heads = new Uint32Array(room.buffer, room.byteOffset, room.length >> 2);
  let at = 0;
  for (let i = first; i < records.length; i++) {
    const length = lengths[i]!;
    const end = at + frameBytes(length);
    if (end > room.length) break;
    heads[at >> 2] = length;
    room.set(checkUnchanged(records[i]!, length), at + HEAD_BYTES);
    at = end;
  }
  return room.subarray(0, at);
}

/**
 * The records of a batch, as views of it or, `own`, as copies; undefined where one would not lie within: a peer has written over a
 * length while it was copied.
 */
export function splitFrames(batch: Uint8Array, count: number, own = false): Uint8Array<ArrayBuffer>[] | undefined {
  const { byteOffset, length: end } = batch;
  const buffer = batch.buffer as ArrayBuffer;
  const heads = new DataView(buffer, byteOffset, end);
  const records = new Array<Uint8Array<ArrayBuffer>>(count);
  for (let i = 0, at = 0; i < count; i++) {
    const start = at + HEAD_BYTES;
    if (start > end) return undefined;
    const length = heads.getUint32(at, LITTLE_ENDIAN);
    if (length > end - start) return undefined;
    records[i] = own
      ? (batch.slice(start, start + length) as Uint8Array<ArrayBuffer>)
      : new Uint8Array(buffer, byteOffset + start, length);
    at += frameBytes(length);
  }
  return records;
}
