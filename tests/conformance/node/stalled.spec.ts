/** What met a lock that another agent held goes on when that is free. wasm: natively the kernel's own locks are there. */
import { connect, type Ipc } from 'sluice';
import { expect, test } from 'vitest';
import { startAgent } from '../agents.js';
import { another, backend, becomes, fresh, start, turn, waits } from '../backends.js';

/** A queue's sizes, by which it is found in the region's memory: `struct sluice_mqueue`. */
const SIZES = { maxMessages: 7, messageBytes: 1237 };
const HEADER_WORDS = 32;
const RECEIVERS = 5;
/** Whoever is in slot 1 holds the lock; he is found by the words that say so of slot 0 and of him: incarnation, owner, alive. */
const AGENT_WORDS64 = 80;
function heldBySecond(words: BigInt64Array): bigint {
  const lives = (word: bigint) => (word & 0xffffffffn) === ((1n << 8n) | 1n) && word >> 32n !== 0n;
  const at = words.findIndex((word, i) => lives(word) && lives(words[i + AGENT_WORDS64] ?? 0n));
  return ((words[at + AGENT_WORDS64]! >> 32n) << 32n) | (2n << 16n);
}

/** That queue's lock, and how many the core counts as receivers. */
function look(ipc: Ipc) {
  const { memory } = ipc.ticket().data as { memory: WebAssembly.Memory };
  const words = new Int32Array(memory.buffer);
  const at = words.findIndex((word, i) => i % 16 === 0 && word === SIZES.maxMessages && words[i + 1] === SIZES.messageBytes);
  const lock = new BigInt64Array(memory.buffer, (at - HEADER_WORDS) * 4, 1);
  return {
    hold: () => Atomics.or(lock, 0, heldBySecond(new BigInt64Array(memory.buffer))),
    free: () => Atomics.and(lock, 0, 0xffffn),
    receivers: () => Atomics.load(words, at + RECEIVERS),
  };
}

test.runIf(backend === 'wasm')('a receive that gave up beside a held lock is taken back though its thread blocks', async () => {
  const ipc = await start();
  await another(ipc); // who holds the lock
  const queue = await ipc.messageQueue(fresh('messageQueue'), { create: true, ...SIZES });
  const names = [queue.name!, fresh('semaphore'), fresh('semaphore')];
  const [gaveUp, end] = await Promise.all(names.slice(1).map((name) => ipc.semaphore(name, { create: true })));
  const { hold, free, receivers } = look(ipc);
  const notified = queue.notify();
  const worker = await startAgent(ipc, 'worker');
  const blocked = worker.run(({ ipc }, [queue, gaveUp, end]: string[]) => {
    try {
      ipc.messageQueueSync(queue!).receiveSync({ timeout: 500 });
    } catch (error) {
      ipc.semaphoreSync(gaveUp!).postSync();
      ipc.semaphoreSync(end!).waitSync();
      return (error as { code: string }).code;
    }
    return 'a message';
  }, names);
  await becomes(receivers, 1);
  hold();
  await gaveUp!.wait();
  expect(queue.trySend('not now')).toBe(false);
  await waits(notified);
  free();
  queue.trySend('for who registered');
  await notified;
  expect(receivers()).toBe(0);
  await end!.post();
  expect(await blocked).toBe('ETIMEDOUT');
});

type Call = (view: number, ...rest: number[]) => number;

/** `connect()`, whose agent's calls to the core are told of, before and after. */
async function connectSeen(before: (name: string) => void, after: (name: string, n: number) => void): Promise<Ipc> {
  const { Instance } = WebAssembly;
  const wrapped = (name: string, call: Call): Call => {
    return (...args) => {
      before(name);
      const n = call(...args);
      after(name, n);
      return n;
    };
  };
  class Seen {
    readonly exports: Record<string, Call>;
    constructor(module: WebAssembly.Module, imports: WebAssembly.Imports) {
      const real = Object.entries(new Instance(module, imports).exports as Record<string, Call>);
      this.exports = Object.fromEntries(real.map(([name, call]) => [name, wrapped(name, call)]));
    }
  }
  WebAssembly.Instance = Seen as unknown as typeof Instance;
  try {
    return await connect({ backend: 'wasm' });
  } finally {
    WebAssembly.Instance = Instance;
  }
}

/** Its receive can never be taken back; it leaves all the same, when it tries for that time. */
test.runIf(backend === 'wasm').each([1, 2])('who has left, at attempt %i, does nothing any more', async (attempt) => {
  let [left, attempts] = [false, 0];
  let lock = { hold: () => 0n, free: () => 0n };
  const late: string[] = [];
  const ipc = await connectSeen(
    (name) => {
      if (left) late.push(name);
      if (name === 'sluice_cancel') lock.hold();
      if (name === 'sluice_detach' && ++attempts === attempt) lock.free();
    },
    (name, n) => {
      left ||= name === 'sluice_detach' && n === 0;
    },
  );
  const other = await another(ipc); // who holds the lock, and then does not
  const queue = await ipc.messageQueue(fresh('messageQueue'), { create: true, ...SIZES });
  const twin = await other.messageQueue(queue.name!);
  const received = queue.receive();
  await waits(received);
  lock = look(ipc);
  const closed = ipc.close();
  await expect(received).rejects.toMatchObject({ code: 'EBADF' });
  await closed;
  lock.free();
  twin.trySend('rings who wants the lock');
  await becomes(() => left, true);
  await turn();
  expect(late).toEqual([]);
});
