/**
 * Are the objects linearizable as workers on `wasm` see them, through the public API? Short rounds of calls in all
 * forms, a shared counter as the clock, judged by the one checker: workers.mjs SEED ROUNDS [KIND].
 */
import { spawn } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { connect } from 'sluice';

const seed = Number(process.argv[2] ?? 1);
const rounds = Number(process.argv[3] ?? 1000);
const checker = 'build/plain/tests/linear/check';

/** Specification and its parameters as the checker knows them, who plays, and how many steps each. */
const kinds = {
  semaphore: { spec: 'semaphore 1 0 0', members: 3, steps: 4 },
  messageQueue: { spec: 'queue 2 0 0', members: 3, steps: 4 },
  fifo: { spec: 'pipe 8 1 2', members: 3, steps: 3 },
  ring: { spec: 'ring-bytes 64 0 0', members: 2, steps: 5 },
  cells: { spec: 'ring-cells 3 0 0', members: 3, steps: 3 },
  names: { spec: 'names 0 0 0', members: 3, steps: 4 },
};

/** What one member wrote down, a list a round. */
function start(ipc, workerData) {
  const worker = new Worker(new URL('./worker.mjs', import.meta.url), { workerData });
  const logs = [];
  ipc.watch(worker);
  worker.on('message', (lines) => logs.push(lines));
  return new Promise((resolve, reject) => {
    worker.on('error', reject);
    worker.on('exit', (code) => (code === 0 ? resolve(logs) : reject(new Error(`a worker ended with ${code}`))));
  });
}

async function record(kind) {
  const { members, steps } = kinds[kind];
  const ipc = await connect();
  const shared = new Int32Array(new SharedArrayBuffer(8));
  const data = (member) => ({ ticket: ipc.ticket(), kind, member, members, steps, rounds, shared, seed: seed * 7919 + member });
  try {
    return await Promise.all(Array.from({ length: members }, (_, member) => start(ipc, data(member))));
  } finally {
    await ipc.close();
  }
}

function judge(kind, logs) {
  const check = spawn(checker, [`workers: ${kind}`], { stdio: ['pipe', 'inherit', 'inherit'] });
  check.stdin.on('error', () => {}); // it stops reading where it finds something
  for (let round = 0; round < rounds; round++)
    check.stdin.write(`history ${kinds[kind].spec}\n${logs.flatMap((log) => log[round]).join('\n')}\nend\n`);
  check.stdin.end();
  return new Promise((resolve) => check.on('close', resolve));
}

const only = process.argv[4];
for (const kind of Object.keys(kinds).filter((each) => !only || each === only)) {
  const code = await judge(kind, await record(kind));
  if (code === 0) continue;
  console.log(`# the same calls again: node tests/linear/workers.mjs ${seed} ${rounds} ${kind}`);
  process.exitCode = 1;
}
