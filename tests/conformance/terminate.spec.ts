/** A worker that blocks in a Sync form is terminated: at once, and nothing of it stays. */
import { type Ipc, IpcError } from 'sluice';
import { beforeEach, describe, expect, test } from 'vitest';
import { startAgent, type There } from './agents.js';
import { backend, fails, fresh, start } from './backends.js';
import { differs } from './divergences.js';
import { where } from './platform.js';

const ROUNDS = where === 'node' ? 20 : 2; // Chromium gives a blocked worker two seconds
const TOGETHER = where === 'node' ? 1 : 30;
let ipc: Ipc;
let name: string;
beforeEach(async () => {
  ipc = await start();
});

interface Form {
  kind: 'semaphore' | 'messageQueue' | 'fifo' | 'ring';
  block: (there: There, name: string) => unknown;
}
/** Each blocks for ever on what has that name. */
const forms: Record<string, Form> = {
  'semaphore.waitSync': {
    kind: 'semaphore',
    block: ({ ipc }, name) => ipc.semaphoreSync(name, { create: true }).waitSync(),
  },
  'queue.receiveSync': {
    kind: 'messageQueue',
    block: ({ ipc }, name) => ipc.messageQueueSync(name, { create: true }).receiveSync(),
  },
  'queue.receiveIntoSync': {
    kind: 'messageQueue',
    block: ({ ipc }, name) => ipc.messageQueueSync(name, { create: true }).receiveIntoSync(new Uint8Array(8192)),
  },
  'queue.sendSync': {
    kind: 'messageQueue',
    block: ({ ipc }, name) => {
      const queue = ipc.messageQueueSync(name, { create: true, maxMessages: 1 });
      while (queue.trySend('x'));
      queue.sendSync('x');
    },
  },
  'queue.notifySync': {
    kind: 'messageQueue',
    block: ({ ipc }, name) => {
      const queue = ipc.messageQueueSync(name, { create: true });
      while (queue.tryReceive());
      queue.notifySync();
    },
  },
  'reader.readSync': {
    kind: 'fifo',
    block: ({ ipc, kept }) => {
      kept.ends = ipc.pipeSync();
      kept.ends[0].readSync();
    },
  },
  'reader.readIntoSync': {
    kind: 'fifo',
    block: ({ ipc, kept }) => {
      kept.ends = ipc.pipeSync();
      kept.ends[0].readIntoSync(new Uint8Array(8));
    },
  },
  'writer.writeSync': {
    kind: 'fifo',
    block: ({ ipc, kept }) => {
      kept.ends = ipc.pipeSync({ capacityBytes: 4096 });
      kept.ends[1].writeSync(new Uint8Array(1e6));
    },
  },
  'ipc.fifoSync': { kind: 'fifo', block: ({ ipc }, name) => ipc.fifoSync(name, { access: 'read', create: true }) },
  'ring.receiveSync': {
    kind: 'ring',
    block: ({ ipc }, name) => ipc.ringSync(name, { create: true, capacityBytes: 4096 }).receiveSync(),
  },
  'ring.receiveIntoSync': {
    kind: 'ring',
    block: ({ ipc }, name) => ipc.ringSync(name, { create: true, capacityBytes: 4096 }).receiveIntoSync(new Uint8Array(4096)),
  },
  'ring.receiveManySync': {
    kind: 'ring',
    block: ({ ipc }, name) => ipc.ringSync(name, { create: true, capacityBytes: 4096 }).receiveManySync(3),
  },
  'ring.sendManySync': {
    kind: 'ring',
    block: ({ ipc }, name) => {
      const ring = ipc.ringSync(name, { create: true, capacityBytes: 4096 });
      for (;;) ring.sendManySync([new Uint8Array(100), new Uint8Array(100)]);
    },
  },
  ...(differs('claims')
    ? {}
    : {
        'ring.claimSync': {
          kind: 'ring',
          block: ({ ipc }, name) => {
            const ring = ipc.ringSync(name, { create: true, capacityBytes: 4096 });
            for (;;) ring.claimSync(100).commit();
          },
        },
        'ring.peekSync': {
          kind: 'ring',
          block: ({ ipc }, name) => ipc.ringSync(name, { create: true, capacityBytes: 4096 }).peekSync(),
        },
      }),
  'ring.sendSync': {
    kind: 'ring',
    block: ({ ipc }, name) => {
      const ring = ipc.ringSync(name, { create: true, capacityBytes: 4096 });
      for (;;) ring.sendSync(new Uint8Array(100));
    },
  },
};

/** What each leaves to the next: the object, and nobody at it. */
const leaves: Record<string, () => Promise<unknown>> = {
  'queue.notifySync': async () => {
    const queue = await ipc.messageQueue(name);
    await fails(() => queue.notify({ timeout: 0 }), 'EAGAIN');
    await queue.close();
  },
  'ipc.fifoSync': () => fails(() => ipc.fifo(name, { access: 'write', nonBlocking: true }), 'ENXIO'),
  'ring.receiveSync': async () => {
    const ring = await ipc.ring(name);
    expect(ring.tryReceive()).toBeUndefined();
    await ring.close();
  },
  'ring.sendSync': async () => {
    const ring = await ipc.ring(name);
    expect(ring.trySend(new Uint8Array(100))).toBe(false);
    await ring.close();
  },
};

/** The settling of a death comes a moment after its proof. */
async function eventually(check: () => Promise<unknown>): Promise<void> {
  for (let left = 200; ; left--) {
    try {
      await check();
      return;
    } catch (error) {
      if (left === 0 || !(error instanceof Error) || error instanceof IpcError) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

describe('terminated while blocked in', () => {
  test.each(Object.keys(forms))('%s', { timeout: 60_000 }, async (form) => {
    const { kind, block } = forms[form]!;
    name = fresh(kind);
    const took: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const agent = await startAgent(ipc, 'worker');
      agent.run(block, name).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 5 + round));
      const begun = performance.now();
      await agent.kill();
      took.push(performance.now() - begun);
    }
    took.sort((a, b) => a - b);
    console.log(
      `# ${backend} ${form}: terminate() settled, p50 ${took[ROUNDS >> 1]!.toFixed(1)} ms, most ${took.at(-1)!.toFixed(1)} ms`,
    );
    if (leaves[form]) await eventually(leaves[form]);
  });
});

/** Slots, desks and handles come back: a region has room for 256 agents at a time. */
test('three hundred die', { timeout: 120_000 }, async () => {
  name = fresh('semaphore');
  const semaphore = await ipc.semaphore(name, { create: true });
  for (let round = 0; round < 300; round += TOGETHER) {
    const agents = await Promise.all(Array.from({ length: TOGETHER }, () => startAgent(ipc, 'worker')));
    for (const agent of agents) agent.run(forms['semaphore.waitSync']!.block, name).catch(() => {});
    await Promise.all(agents.map((agent) => agent.kill()));
  }
  await semaphore.post();
  expect(await semaphore.getValue()).toBe(1);
});
