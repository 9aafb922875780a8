/** Batches of records as the waist has them: u32 length, bytes, padding to a multiple of 4. */
const HEAD_BYTES = 4;
const LITTLE_ENDIAN = true; // as the region is

/** Room that a record takes in a batch. */
export function frameBytes(length: number): number {
  return HEAD_BYTES + ((length + 3) & ~3);
}

/** Records put together, one batch after the other in the same room. */
export class Batch {
  #room: Uint8Array<ArrayBuffer>;
  #heads: Uint32Array;
  #end = 0;

  /** @param most bytes of a batch; a record that takes more makes one by itself */
  constructor(most: number) {
    const buffer = new ArrayBuffer((most + 3) & ~3);
    this.#heads = new Uint32Array(buffer);
    this.#room = new Uint8Array(buffer);
  }

  /** A new one. */
  begin(): void {
    this.#end = 0;
  }

  /** False where there is no room left for it. */
  add(record: Uint8Array): boolean {
    const at = this.#end;
    const end = at + frameBytes(record.length);
    if (end > this.#room.length) {
      if (at > 0) return false;
      this.#heads = new Uint32Array(end >> 2);
      this.#room = new Uint8Array(this.#heads.buffer as ArrayBuffer);
    }
    this.#heads[at >> 2] = record.length;
    this.#room.set(record, at + HEAD_BYTES);
    this.#end = end;
    return true;
  }

  /** What has been added, until the next one begins. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#room.subarray(0, this.#end);
  }
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
