/** What ends a claim, where a lock is held and this thread may not wait for it: a page's main thread. */
import type { Ipc, Ring } from 'sluice';
import { expect, test } from 'vitest';
import { another, becomes, fails, start, text, turn } from '../conformance/backends.js';
import { differs } from '../conformance/divergences.js';

/** A ring's sizes, by which it is found in the region's memory: `struct sluice_ring`. */
const SIZES = { capacityBytes: 6 * 1237, recordBytes: 1237 };
const HEADER_WORDS = 32;
const AGENT_WORDS64 = 80;

/** That ring's lock, which whoever is in slot 1 may hold: he is found by the words that say so of slot 0 and of him. */
function lockOf(ipc: Ipc, { capacityBytes, recordBytes }: { capacityBytes: number; recordBytes: number }) {
  const { memory } = ipc.ticket().data as { memory: WebAssembly.Memory };
  const [words, words64] = [new Int32Array(memory.buffer), new BigInt64Array(memory.buffer)];
  const lives = (word = 0n) => (word & 0xffffn) >> 8n > 0n && (word & 0xffff00ffn) === 1n && word >> 32n !== 0n;
  const slot = words64.findIndex((word, i) => lives(word) && lives(words64[i + AGENT_WORDS64]));
  const ring = words.findIndex((word, i) => i % 16 === 0 && word === capacityBytes && words[i + 1] === recordBytes);
  expect(Math.min(slot, ring)).toBeGreaterThan(0);
  const lock = new BigInt64Array(memory.buffer, (ring - HEADER_WORDS) * 4, 1);
  return {
    hold: () => Atomics.or(lock, 0, ((words64[slot + AGENT_WORDS64]! >> 32n) << 32n) | (2n << 16n)),
    free: () => Atomics.and(lock, 0, 0xffffn),
  };
}

/** A ring with that many records, its lock, and another agent's handle of it, whose next call rings those who want the lock. */
async function ringWith(records: number) {
  const ipc = await start();
  const ring = await ipc.ring({ ...SIZES, producers: 'many', consumers: 'many' });
  const others = (await (await another(ipc)).open(await ring.ticket())) as Ring;
  for (let i = 0; i < records; i++) await ring.send(`record ${i}`);
  const lock = lockOf(ipc, await ring.attributes());
  const free = () => {
    lock.free();
    others.tryReceive();
  };
  return { ring, others, hold: lock.hold, free };
}

async function isPending(what: unknown): Promise<boolean> {
  await turn();
  return Promise.race([what, Promise.resolve('pending')]).then((first) => first === 'pending');
}

test.skipIf(differs('heldLocks'))('a commit beside a held lock is a promise, and comes once', async () => {
  const { ring, hold, free } = await ringWith(1);
  const slot = await ring.claim(8);
  slot.bytes.set(new TextEncoder().encode('in place'));
  hold();
  const done = slot.commit();
  expect(await isPending(done)).toBe(true);
  await fails(() => slot.commit(), 'EINVAL');
  await fails(() => slot.bytes, 'EINVAL');
  (slot as { [Symbol.dispose](): void })[Symbol.dispose]();
  free();
  await done;
  expect(text(await ring.receive())).toBe('in place');
});

test.skipIf(differs('heldLocks'))('an abort and a release beside a held lock are promises', async () => {
  const { ring, hold, free } = await ringWith(2);
  const [slot, record] = [await ring.claim(8), await ring.peek()];
  hold();
  const [aborted, released] = [slot.abort(), record.release()];
  expect(await isPending(aborted)).toBe(true);
  expect(await isPending(released)).toBe(true);
  await fails(() => record.release(), 'EINVAL');
  free();
  await Promise.all([aborted, released]);
  expect((await ring.attributes()).currentRecords).toBe(0);
});

test.skipIf(differs('heldLocks'))('a disposal beside a held lock comes about, or ends with the ring', async () => {
  const { ring, others, hold, free } = await ringWith(2);
  const [record, slot] = [await ring.peek(), await ring.claim(4)];
  hold();
  (record as { [Symbol.dispose](): void })[Symbol.dispose]();
  await turn();
  free();
  await becomes(async () => (await others.attributes()).currentRecords, 0);
  hold();
  (slot as { [Symbol.dispose](): void })[Symbol.dispose]();
  const closed = ring.close();
  await turn();
  free();
  await closed; // and nothing is rejected that nobody hears
});

test('a commit, an abort and a release beside nobody are done when they return', async () => {
  const { ring } = await ringWith(1);
  expect((await ring.claim(4)).abort()).toBeUndefined();
  expect((await ring.claim(4)).commit()).toBeUndefined();
  expect((await ring.peek()).release()).toBeUndefined();
  expect((await ring.attributes()).currentRecords).toBe(1);
});
