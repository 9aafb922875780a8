/** What is ready, through the Sync forms of the native backend, against the same system calls from a C loop. Printed, not judged. */
import { execFileSync } from 'node:child_process';
import { connect } from 'sluice';
import { median } from './ratio.mjs';

const [ROUNDS, CALLS] = [15, 100_000];
const ipc = await connect({ backend: 'native' });
const bytes = new Uint8Array(64);
const queue = await ipc.messageQueue(`/calls-${process.pid}`, { create: true, maxMessages: 4, messageBytes: 64 });
const semaphore = await ipc.semaphore(`/calls-${process.pid}`, { create: true });
await Promise.all([ipc.unlink(queue.name, 'messageQueue'), ipc.unlink(semaphore.name, 'semaphore')]);
const [reader, writer] = await ipc.pipe();

const pairs = {
  queue: () => {
    queue.sendSync(bytes);
    queue.receiveIntoSync(bytes);
  },
  semaphore: () => {
    semaphore.postSync();
    semaphore.waitSync();
  },
  pipe: () => {
    writer.writeSync(bytes);
    reader.readIntoSync(bytes);
  },
};

/** Pairs of calls a second. */
function rate(pair) {
  const begun = performance.now();
  for (let i = 0; i < CALLS; i++) pair();
  return (CALLS * 1000) / (performance.now() - begun);
}

const rateInC = (name) => Number(execFileSync('build/plain/bench/c/calls', [name, `${CALLS}`]));

for (const [name, pair] of Object.entries(pairs)) {
  rate(pair); // warms up
  const rounds = Array.from({ length: ROUNDS }, () => [rate(pair), rateInC(name)]);
  const [ours, inC] = [0, 1].map((side) => median(rounds.map((round) => round[side])));
  const ratio = median(rounds.map(([a, b]) => a / b));
  console.log(`# native, ${name}: ${Math.round(ours)} pairs of calls/s, C ${Math.round(inC)}: ratio ${ratio.toFixed(2)}`);
}
await ipc.close();
