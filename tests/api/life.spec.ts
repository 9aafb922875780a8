/** Lives and their ends, over locks of the test's own: what shares the memory need not share the locks. */
import { afterEach, expect, test } from 'vitest';
import { Desk, REGION_AT } from '../../dist/backend/wasm/desk.js';
import { Life, Mourner } from '../../dist/backend/wasm/life.js';

type Callback = (lock: object | null) => unknown;
interface Held {
  mode: string;
  granted: () => Promise<unknown>;
}

/** As much of a LockManager as lives ask for. */
class Locks {
  readonly #queues = new Map<string, { held: Held[]; waiting: Held[] }>();

  request(name: string, options: object | Callback, callback = options as Callback): Promise<unknown> {
    const { mode = 'exclusive', ifAvailable = false } = options as { mode?: string; ifAvailable?: boolean };
    const queue = this.#queues.get(name) ?? { held: [], waiting: [] };
    this.#queues.set(name, queue);
    const free = queue.waiting.length === 0 && queue.held.every((each) => each.mode === 'shared' && mode === 'shared');
    if (ifAvailable && !free) return turn(1).then(() => callback(null));
    return new Promise((resolve) => {
      queue.waiting.push({ mode, granted: async () => resolve(await callback({})) });
      void this.#grant(name);
    });
  }

  async #grant(name: string): Promise<void> {
    const { held, waiting } = this.#queues.get(name)!;
    const [next] = waiting;
    if (next === undefined || (held.length > 0 && [next, ...held].some(({ mode }) => mode !== 'shared'))) return;
    held.push(waiting.shift()!);
    await next.granted();
    this.#drop(name, next);
  }

  #drop(name: string, which: Held): void {
    const { held } = this.#queues.get(name)!;
    if (held.includes(which)) held.splice(held.indexOf(which), 1);
    void this.#grant(name);
  }

  /** The thread of that life has ended. */
  end(number: number): void {
    for (const [name, { held }] of this.#queues)
      if (name.endsWith(` ${number}`)) for (const each of held.filter(({ mode }) => mode === 'exclusive')) this.#drop(name, each);
  }
}

const turn = (ms = 20) => new Promise((resolve) => setTimeout(resolve, ms));
const listener = () => ({
  next: async (words: Int32Array, at: number, value: number) => Atomics.waitAsync(words, at, value).value,
  end() {},
});
const leaving: (() => void)[] = [];
/** Who was told of whose end. */
let told: [string, string][] = [];
let names: string[] = [];

/** As attach() does it, in a thread of its own where it does not mourn; one that ends early does so before anybody is told that it shows. */
async function come(
  buffer: SharedArrayBuffer,
  locks: Locks,
  name: string,
  { first = false, mourns = true, endsEarly = false } = {},
) {
  const manager = locks as unknown as LockManager;
  const life = new Life(buffer, manager);
  const proof = await life.hold(first);
  const owner = life.number;
  names[owner] = name;
  const desk = Desk.claim(buffer, owner, proof)!;
  if (endsEarly) locks.end(owner);
  else Desk.announce(buffer);
  if (mourns) Mourner.join(buffer, manager, owner, listener, (dead) => told.push([name, names[dead]!]));
  const leave = () => {
    desk.leave(owner);
    life.end();
    if (mourns) Mourner.leave(buffer, manager, owner);
  };
  leaving.push(leave);
  return { leave, number: owner };
}

afterEach(() => {
  for (const leave of leaving.splice(0)) leave();
  [told, names] = [[], []];
});

test('who ends is told of, who leaves is not', async () => {
  const [region, page] = [new SharedArrayBuffer(REGION_AT), new Locks()];
  await come(region, page, 'maker', { first: true });
  const ends = await come(region, page, 'ends', { mourns: false });
  const leaves = await come(region, page, 'leaves', { mourns: false });
  await turn();
  leaves.leave();
  await turn();
  expect(told).toEqual([]);
  page.end(ends.number);
  await turn();
  expect(told.filter(([who]) => who === 'maker')).toEqual([['maker', 'ends']]);
});

test('who ended before anybody saw its lock held is told of, too', async () => {
  const [region, page] = [new SharedArrayBuffer(REGION_AT), new Locks()];
  await come(region, page, 'maker', { first: true });
  await turn();
  await come(region, page, 'gone', { mourns: false, endsEarly: true });
  await turn();
  await come(region, page, 'next');
  await turn();
  expect(told[0]).toEqual(['maker', 'gone']);
});

test('whose lock is not to be seen from here is nobody to tell of', async () => {
  const [region, page, frame] = [new SharedArrayBuffer(REGION_AT), new Locks(), new Locks()];
  const maker = await come(region, page, 'maker', { first: true });
  await come(region, frame, 'framed');
  await come(region, page, 'paged');
  await turn();
  expect(told).toEqual([]);
  maker.leave();
  await Promise.all([come(region, page, 'late, paged'), come(region, frame, 'late, framed')]);
  await turn();
  expect(told).toEqual([]);
});

test('two that come when all have left tell nothing of each other', async () => {
  const [region, page, frame] = [new SharedArrayBuffer(REGION_AT), new Locks(), new Locks()];
  (await come(region, page, 'maker', { first: true })).leave();
  const both = [come(region, page, 'paged'), come(region, frame, 'framed')];
  await Promise.all(both);
  await turn();
  expect(told).toEqual([]);
});

test('who came when all had left is told of, if somebody saw its lock held', async () => {
  const [region, page] = [new SharedArrayBuffer(REGION_AT), new Locks()];
  (await come(region, page, 'maker', { first: true })).leave();
  await come(region, page, 'stays');
  const ends = await come(region, page, 'ends', { mourns: false });
  await turn();
  expect(told).toEqual([]);
  page.end(ends.number);
  await turn();
  expect(told).toEqual([['stays', 'ends']]);
});
