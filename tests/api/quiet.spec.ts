/** In a worklet, which is to make no garbage: what `tryReceiveInto` allocates there. Node plays the worklet. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** Nothing that an engine allocates a call is smaller. */
const LEAST_OBJECT_BYTES = 12;
const RECORD_BYTES = 512;
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

beforeAll(() => {
  Object.assign(globalThis, { AudioWorkletGlobalScope: class {} });
});
afterAll(() => {
  Reflect.deleteProperty(globalThis, 'AudioWorkletGlobalScope');
});

/** Bytes a call, once the engine has compiled it. */
function allocated(calls: number, call: () => void): number {
  for (let i = 0; i < calls; i++) call();
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < calls; i++) call();
  return (process.memoryUsage().heapUsed - before) / calls;
}

test('a ring is read without allocating, full or empty', async () => {
  const { connect } = await import('../../dist/api/index.js');
  await using ipc = await connect({ sizeBytes: 1 << 26 });
  const ring = await ipc.ring({ capacityBytes: 1 << 25, recordBytes: RECORD_BYTES });
  const samples = new Uint8Array(RECORD_BYTES);
  expect(allocated(100_000, () => ring.tryReceiveInto(samples))).toBeLessThan(LEAST_OBJECT_BYTES);
  const record = Uint8Array.from({ length: RECORD_BYTES }, (_, i) => i * 7);
  let there = 0;
  while (ring.trySend(record)) there++;
  const bytes = allocated(Math.floor(there / 2), () => {
    if (ring.tryReceiveInto(samples) !== RECORD_BYTES) throw new Error('the ring is empty');
  });
  expect(bytes).toBeLessThan(LEAST_OBJECT_BYTES);
  expect(samples).toEqual(record);
});
