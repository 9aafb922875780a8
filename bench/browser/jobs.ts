/**
 * What is measured, over Sluice and over ports, in the same shape: each end a function. The ends that wait for the other's
 * answer, or receive, give the milliseconds.
 */
import type { MessageQueue, Ring } from 'sluice';

export const RECORD_BYTES = 64;
const BATCH = 128;

export interface Ends {
  ring: Ring;
  back: Ring;
  queue: MessageQueue;
  port: MessagePort;
  word: Int32Array;
}

type Job = (ends: Ends, count: number) => Promise<number> | number;

const since = (start: number) => performance.now() - start;
const bytes = new Uint8Array(RECORD_BYTES);

/** Until a message was the last, as `take` says. */
const every = (port: MessagePort, take: (data: Uint8Array) => boolean) =>
  new Promise<void>((resolve) => {
    port.onmessage = ({ data }) => take(data) && resolve();
  });

/** There and back: who waits may look again for a moment before it sleeps. */
const roundTrip: Record<string, Job> = {
  'sluice asks, and awaits': async ({ ring, back }, count) => {
    const start = performance.now();
    for (let i = 0; i < count; i++) {
      await ring.send(bytes);
      await back.receive();
    }
    return since(start);
  },
  'sluice asks': ({ ring, back }, count) => {
    const answer = new Uint8Array(RECORD_BYTES);
    const start = performance.now();
    for (let i = 0; i < count; i++) {
      ring.sendSync(bytes);
      back.receiveIntoSync(answer);
    }
    return since(start);
  },
  'sluice answers': ({ ring, back }, count) => {
    const answer = new Uint8Array(RECORD_BYTES);
    for (let i = 0; i < count; i++) back.sendSync(answer.subarray(0, ring.receiveIntoSync(answer)));
    return 0;
  },
  'port asks': async ({ port }, count) => {
    const start = performance.now();
    let left = count;
    const all = every(port, () => {
      if (--left > 0) port.postMessage(bytes);
      return left === 0;
    });
    port.postMessage(bytes);
    await all;
    return since(start);
  },
  'port answers': async ({ port }, count) => {
    let left = count;
    await every(port, (data) => {
      port.postMessage(data);
      return --left === 0;
    });
    return 0;
  },
};

/** How long each end is busy before it sends, so that the other sleeps for certain; taken off again. */
const BUSY_MS = 0.3;

function busy(): void {
  const start = performance.now();
  while (performance.now() - start < BUSY_MS);
}

/** The same between two that are asleep; and with nothing but a word that both sleep on, which is the engine's own limit. */
const parkedTrip: Record<string, Job> = {
  'sluice asks, and awaits': async ({ ring, back }, count) => {
    const start = performance.now();
    for (let i = 0; i < count; i++) {
      busy();
      await ring.send(bytes);
      await back.receive();
    }
    return since(start) - 2 * BUSY_MS * count;
  },
  'sluice asks': ({ ring, back }, count) => {
    const answer = new Uint8Array(RECORD_BYTES);
    const start = performance.now();
    for (let i = 0; i < count; i++) {
      busy();
      ring.sendSync(bytes);
      back.receiveIntoSync(answer);
    }
    return since(start) - 2 * BUSY_MS * count;
  },
  'sluice answers': ({ ring, back }, count) => {
    const answer = new Uint8Array(RECORD_BYTES);
    for (let i = 0; i < count; i++) {
      const length = ring.receiveIntoSync(answer);
      busy();
      back.sendSync(answer.subarray(0, length));
    }
    return 0;
  },
  'port asks': async ({ port }, count) => {
    const start = performance.now();
    let left = count;
    const ask = () => {
      busy();
      port.postMessage(bytes);
    };
    const all = every(port, () => {
      if (--left > 0) ask();
      return left === 0;
    });
    ask();
    await all;
    return since(start) - 2 * BUSY_MS * count;
  },
  'port answers': async ({ port }, count) => {
    let left = count;
    await every(port, (data) => {
      busy();
      port.postMessage(data);
      return --left === 0;
    });
    return 0;
  },
  'word asks': ({ word }, count) => {
    const start = performance.now();
    for (const end = turn + 2 * count; turn < end; turn += 2) {
      busy();
      pass(word, turn + 1);
      Atomics.wait(word, 0, turn + 1);
    }
    return since(start) - 2 * BUSY_MS * count;
  },
  'word answers': ({ word }, count) => {
    for (const end = turn + 2 * count; turn < end; turn += 2) {
      Atomics.wait(word, 0, turn);
      busy();
      pass(word, turn + 2);
    }
    return 0;
  },
};

/** The word's value, even where it is the asking end's turn; each end counts for itself. */
let turn = 0;

function pass(word: Int32Array, value: number): void {
  Atomics.store(word, 0, value);
  Atomics.notify(word, 0);
}

/** One way, a message each. */
const messages: Record<string, Job> = {
  'sluice sends': ({ queue }, count) => {
    for (let i = 0; i < count; i++) queue.sendSync(bytes);
    return 0;
  },
  'sluice receives': ({ queue }, count) => {
    const message = new Uint8Array(RECORD_BYTES);
    queue.receiveIntoSync(message);
    const start = performance.now();
    for (let i = 1; i < count; i++) queue.receiveIntoSync(message);
    return since(start);
  },
  'port sends': ({ port }, count) => {
    for (let i = 0; i < count; i++) port.postMessage(bytes);
    return 0;
  },
  'port receives': async ({ port }, count) => {
    let [left, start] = [count, 0];
    await every(port, () => {
      start ||= performance.now();
      return --left === 0;
    });
    return since(start);
  },
};

/** One way, in batches; the receiver looks at each record. */
const batches: Record<string, Job> = {
  'sluice sends': ({ ring }, count) => {
    const records = Array.from({ length: BATCH }, (_, i) => new Uint8Array(RECORD_BYTES).fill(i));
    for (let i = 0; i < count; i++)
      for (let sent = 0; sent < BATCH; ) sent += ring.sendManySync(sent === 0 ? records : records.slice(sent));
    return 0;
  },
  'sluice receives': ({ ring }, count) => {
    const into = new Uint8Array(BATCH * (4 + RECORD_BYTES));
    let sum = ring.receiveManySync(1)[0]![0]!;
    const start = performance.now();
    for (let left = count * BATCH - 1; left > 0; ) {
      const records = ring.receiveManySync(BATCH, { into });
      for (const record of records) sum += record[0]!;
      left -= records.length;
    }
    const time = since(start);
    checkSum(sum, count);
    return time;
  },
  'port sends': ({ port }, count) => {
    const records = Array.from({ length: BATCH }, (_, i) => new Uint8Array(RECORD_BYTES).fill(i));
    for (let i = 0; i < count; i++) {
      const all = new Uint8Array(BATCH * RECORD_BYTES);
      for (let at = 0; at < BATCH; at++) all.set(records[at]!, at * RECORD_BYTES);
      port.postMessage(all, [all.buffer]);
    }
    return 0;
  },
  'port receives': async ({ port }, count) => {
    let [left, start, sum] = [count, 0, 0];
    await every(port, (data) => {
      start ||= performance.now();
      for (let at = 0; at < data.length; at += RECORD_BYTES) sum += data.subarray(at, at + RECORD_BYTES)[0]!;
      return --left === 0;
    });
    const time = since(start);
    checkSum(sum, count);
    return time;
  },
};

function checkSum(sum: number, count: number): void {
  if (sum !== (count * BATCH * (BATCH - 1)) / 2) throw new Error(`a sum of ${sum}: records were lost or doubled`);
}

export const jobs = { roundTrip, parkedTrip, messages, batches };
