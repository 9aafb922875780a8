/**
 * Millions of messages through one object, in order, none lost or doubled, while both sides stop, time out and abort
 * at random: `node tests/soak/soak.mjs BACKEND KIND COUNT [SEED]`; KIND is queue or ring.
 */
import { fork } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { connect } from 'sluice';

const [backend, kind, countText, seedText] = process.argv.slice(2);
const count = Number(countText);
const seed = Number(seedText ?? Date.now() % 1e9);
const name = `/sluice-soak-${process.pid}`;
const agent = new URL('./agent.mjs', import.meta.url);

/** Queues natively: as many messages as any kernel's default allows. */
const depth = backend === 'native' ? 10 : 256;
const make = {
  queue: (ipc) => ipc.messageQueue(name, { create: true, exclusive: true, maxMessages: depth, messageBytes: 64 }),
  ring: (ipc) => ipc.ring(name, { create: true, exclusive: true, capacityBytes: 1 << 14 }),
};

function start(ipc, role) {
  const data = { backend, kind, name, role, count, seed: seed + (role === 'send' ? 0 : 1) };
  const worker =
    backend === 'wasm'
      ? new Worker(agent, { workerData: { ...data, ticket: ipc.ticket() } })
      : fork(agent, [JSON.stringify(data)], { serialization: 'advanced' });
  if (backend === 'wasm') ipc.watch(worker);
  return new Promise((resolve, reject) => {
    let result;
    worker.on('message', (message) => {
      result = message;
    });
    worker.on('error', reject);
    worker.on('exit', (code) => (result ? resolve(result) : reject(new Error(`${role} ended with ${code}`))));
  });
}

const ipc = await connect({ backend });
const object = await make[kind](ipc);
try {
  const begun = performance.now();
  const [sent, received] = await Promise.all([start(ipc, 'send'), start(ipc, 'receive')]);
  const seconds = (performance.now() - begun) / 1000;
  const same = sent.checksum === received.checksum && sent.count === count && received.count === count;
  const given = (side) => `${side.timeouts} timeouts, ${side.aborts} aborts, ${side.stops} stops`;
  console.log(
    `${same ? 'ok' : 'not ok'} soak ${backend} ${kind}: ${received.count} of ${count} messages of 64 bytes in order, ` +
      `checksums ${sent.checksum} and ${received.checksum}, ${Math.round(count / seconds)} a second, seed ${seed}; ` +
      `sender ${given(sent)}; receiver ${given(received)}`,
  );
  process.exitCode = same ? 0 : 1;
} finally {
  await object.close();
  await ipc.unlink(name, kind === 'queue' ? 'messageQueue' : 'ring');
  await ipc.close();
}
