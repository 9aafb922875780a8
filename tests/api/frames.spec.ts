import { expect, test } from 'vitest';
import { frameBytes, joinFrames, splitFrames } from '../../dist/api/frames.js';

const record = (length: number) => Uint8Array.from({ length }, (_, i) => (i + length) & 255);

const room = (bytes: number) => new Uint8Array(bytes);

test('batches split into what was joined', () => {
  const records = [0, 1, 2, 3, 4, 5, 63, 64, 65].map(record);
  const lengths = records.map(({ length }) => length);
  const batch = joinFrames(records, lengths, 0, room(1 << 16));
  expect(batch.length).toBe(lengths.reduce((sum, length) => sum + frameBytes(length), 0));
  for (const own of [false, true]) {
    const split = splitFrames(batch, records.length, own)!;
    expect(split).toEqual(records);
    expect(split.every(({ buffer }) => (buffer === batch.buffer) !== own)).toBe(true);
  }
});

test('a batch ends where the room does', () => {
  const records = [10, 10, 10].map(record);
  const lengths = [10, 10, 10];
  expect(joinFrames(records, lengths, 0, room(32)).length).toBe(32);
  expect(joinFrames(records, lengths, 1, room(31)).length).toBe(16);
  expect(joinFrames(records, lengths, 2, room(500)).length).toBe(16);
});

test('a length that a peer wrote over leaves no record outside of the batch', () => {
  const batch = joinFrames([record(5), record(8)], [5, 8], 0, room(100)).slice();
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
