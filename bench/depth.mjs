/** On wasm: what a send and a receive cost when 100,000 messages of 1,000 priorities wait, against 10 of 10. Printed, not judged. */
import { connect } from 'sluice';
import { median } from './ratio.mjs';

const [PAIRS, ROUNDS, PRIORITIES] = [15, 20_000, 32768];
const ipc = await connect({ sizeBytes: 64 << 20 });
const bytes = new Uint8Array(64);

async function filled(depth, priorities) {
  const queue = await ipc.messageQueue(`/depth-${depth}`, { create: true, maxMessages: depth + 1, messageBytes: 64 });
  const priority = () => Math.floor(Math.random() * priorities) * Math.floor(PRIORITIES / priorities);
  for (let i = 0; i < depth; i++) queue.trySend(bytes, { priority: priority() });
  return { queue, priority };
}

/** Nanoseconds a send and a receive. */
function measure({ queue, priority }) {
  const begun = performance.now();
  for (let i = 0; i < ROUNDS; i++) {
    queue.trySend(bytes, { priority: priority() });
    queue.tryReceiveInto(bytes);
  }
  return ((performance.now() - begun) * 1e6) / ROUNDS;
}

const [few, many] = [await filled(10, 10), await filled(100_000, 1000)];
const pairs = Array.from({ length: PAIRS }, () => [measure(few), measure(many)]);
const [a, b] = [0, 1].map((side) => median(pairs.map((pair) => pair[side])));
const ratio = median(pairs.map(([x, y]) => y / x));
console.log(
  `# wasm, a send and a receive: ${a.toFixed(0)} ns at 10 messages, ${b.toFixed(0)} ns at 100,000: ratio ${ratio.toFixed(2)}`,
);
await ipc.close();
