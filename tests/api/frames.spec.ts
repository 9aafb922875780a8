import { expect, test } from 'vitest';
import { frameBytes, joinFrames, splitFrames } from '../../dist/api/frames.js';

const record = (length: number) => Uint8Array.from({ length }, (_, i) => (i + length) & 255);

test('batches split into what was joined', () => {
  const records = [0, 1, 2, 3, 4, 5, 63, 64, 65].map(record);
  const lengths = records.map(({ length }) => length);
  const batch = joinFrames(records, lengths, 0, 1 << 16);
  expect(batch.length).toBe(lengths.reduce((sum, length) => sum + frameBytes(length), 0));
  expect(splitFrames(batch.slice(), records.length)).toEqual(records);
});

test('a batch ends where the room does, but holds one at least', () => {
  const records = [10, 10, 10].map(record);
  const lengths = [10, 10, 10];
  expect(joinFrames(records, lengths, 0, 32).length).toBe(32);
  expect(joinFrames(records, lengths, 1, 5).length).toBe(16);
  expect(joinFrames(records, lengths, 2, 500).length).toBe(16);
});
