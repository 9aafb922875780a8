import { expect, test } from 'vitest';
import { Batch, frameBytes, splitFrames } from '../../dist/api/frames.js';

const record = (length: number) => Uint8Array.from({ length }, (_, i) => (i + length) & 255);

const joined = (records: Uint8Array[], batch = new Batch(1 << 16)): Uint8Array<ArrayBuffer> => {
  batch.begin();
  for (const each of records) expect(batch.add(each)).toBe(true);
  return batch.bytes;
};

test('batches split into what was joined', () => {
  const records = [0, 1, 2, 3, 4, 5, 63, 64, 65].map(record);
  const batch = joined(records);
  expect(batch.length).toBe(records.reduce((sum, { length }) => sum + frameBytes(length), 0));
  for (const own of [false, true]) {
    const split = splitFrames(batch, records.length, own)!;
    expect(split).toEqual(records);
    expect(split.every(({ buffer }) => (buffer === batch.buffer) !== own)).toBe(true);
  }
});

test('a batch ends where its room does, and the next one begins anew', () => {
  const batch = new Batch(47);
  expect(joined([record(10), record(10), record(12)], batch).length).toBe(48);
  expect(batch.add(record(0))).toBe(false);
  expect(joined([record(10), record(10)], batch).length).toBe(32);
  expect(batch.add(record(13))).toBe(false);
  expect(splitFrames(batch.bytes, 2)).toEqual([record(10), record(10)]);
});

test('a length that a peer wrote over leaves no record outside of the batch', () => {
  const batch = joined([record(5), record(8)]).slice();
  for (const [head, length] of [
    [0, 21],
    [0, 20],
    [0, 0xffffffff],
    [12, 9],
    [12, 0xffffffff],
  ] as const) {
    const damaged = batch.slice();
    new Uint32Array(damaged.buffer)[head / 4] = length;
    expect(splitFrames(damaged, 2)).toBeUndefined();
  }
  expect(splitFrames(batch, 3)).toBeUndefined();
  expect(splitFrames(batch, 2)).toEqual([record(5), record(8)]);
});
