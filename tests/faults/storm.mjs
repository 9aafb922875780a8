/**
 * Every blocking wait while signals rain on all threads: deadlines are kept, results are right, nothing ends early with
 * EINTR. Started with tests/faults/storm.c preloaded.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { Agent, CREATE, Errno, harness, Kind, mapped, Op, READ, unique, uniquePath, WRITE } from '../native/harness.mjs';

const ROUNDS = Number(process.argv[2] ?? 20);
const WAIT_MS = 30;
const agent = new Agent();
const room = () => new Uint8Array(64);
let failed = 0;

function check(what, condition) {
  if (!condition) failed++;
  console.log(`${condition ? 'ok' : 'not ok'} storm: ${what}`);
}

const comms = readdirSync('/proc/self/task').map((task) => readFileSync(`/proc/self/task/${task}/comm`, 'utf8').trim());
check('it rains', comms.includes('storm'));

const filled = (op, handle, bytes) => {
  for (let n = 0; n >= 0; n = agent.attempt(op, { handle, bytes }));
  return handle;
};
const fifoName = uniquePath();
agent.attempt(Op.CLOSE, { handle: agent.attempt(Op.FIFO_OPEN, { name: fifoName, args: [CREATE | READ | WRITE, 0o600] }) });

/** What waits: [operation, what it takes, who ends it], on objects of their own. */
const waits = {
  'semaphore wait': () => [Op.SEM_WAIT, { handle: agent.semaphore() }],
  'unnamed semaphore wait': () => [Op.SEM_WAIT, { handle: agent.unnamed() }],
  'queue receive': () => [Op.MQ_RECEIVE, { handle: agent.queue(1, 8), bytes: room() }],
  'queue send': () => [Op.MQ_SEND, { handle: filled(Op.MQ_SEND, agent.queue(1, 8), 'x'), bytes: 'x' }],
  'queue notify': () => [Op.MQ_NOTIFY, { handle: agent.queue(1, 8) }],
  'pipe read': () => [Op.PIPE_READ, { handle: agent.pipe()[0], bytes: room() }],
  'pipe write': () => [Op.PIPE_WRITE, { handle: filled(Op.PIPE_WRITE, agent.pipe()[1], new Uint8Array(4096)), bytes: 'x' }],
  'FIFO open to read': () => [Op.FIFO_OPEN, { name: fifoName, args: [READ] }],
  'FIFO open to write': () => [Op.FIFO_OPEN, { name: fifoName, args: [WRITE] }],
  'ring receive': () => [Op.RING_RECEIVE, { handle: agent.ring(''), bytes: room() }],
  'ring send': () => [Op.RING_SEND, { handle: filled(Op.RING_SEND, agent.ring('', 256), 'x'), bytes: 'x' }],
};

for (const [title, make] of Object.entries(waits)) {
  const [op, what] = make();
  let good = 0;
  for (let i = 0; i < ROUNDS; i++) {
    const begin = performance.now();
    const n = agent.block(op, what, WAIT_MS);
    // never before its time: a clock that is read twice may differ by its own grain
    if (n === -Errno.ETIMEDOUT && performance.now() - begin >= WAIT_MS - 1) good++;
    else console.log(`#   ${title}: ${n} after ${(performance.now() - begin).toFixed(3)} ms`);
  }
  check(`${title}: ${ROUNDS} timeouts, none early`, good === ROUNDS);
}

/** Another thread posts, sends and writes; this one blocks for each. */
const names = { sem: unique(), queue: unique() };
const sem = agent.attempt(Op.SEM_OPEN, { name: names.sem, args: [CREATE, 0o600, 0] });
const queue = agent.attempt(Op.MQ_OPEN, { name: names.queue, args: [CREATE | READ | WRITE, 0o600, 2, 8] });
const worker = new Worker(
  `const { workerData: { harness, names, rounds } } = require('node:worker_threads');
   import(harness).then(({ Agent, Op, READ, WRITE }) => {
     const agent = new Agent();
     const sem = agent.attempt(Op.SEM_OPEN, { name: names.sem });
     const queue = agent.attempt(Op.MQ_OPEN, { name: names.queue, args: [WRITE] });
     for (let i = 0; i < rounds; i++) {
       if (agent.attempt(Op.SEM_POST, { handle: sem }) !== 0) throw new Error('post');
       if (agent.block(Op.MQ_SEND, { handle: queue, bytes: String(i) }, 9000) !== 0) throw new Error('send');
     }
     agent.close();
   });`,
  { eval: true, workerData: { harness, names, rounds: ROUNDS * 50 } },
);
const gone = new Promise((done, fail) => worker.once('error', fail).once('exit', done));
let got = 0;
for (let i = 0; i < ROUNDS * 50; i++) {
  const bytes = room();
  const wait = i % 2 ? agent.block(Op.SEM_WAIT, { handle: sem }, 9000) : await agent.submit(Op.SEM_WAIT, { handle: sem });
  const take = { handle: queue, bytes };
  const n = i % 3 ? agent.block(Op.MQ_RECEIVE, take, 9000) : await agent.submit(Op.MQ_RECEIVE, take);
  if (wait === 0 && Buffer.from(bytes.subarray(0, Math.max(n, 0))).toString() === String(i)) got++;
  else console.log(`#   round ${i}: ${wait}, ${n}`);
}
await gone;
check(`${ROUNDS * 50} posts and messages from another thread, each once and in order`, got === ROUNDS * 50);
agent.attempt(Op.UNLINK, { name: names.sem, args: [Kind.SEMAPHORE] });
agent.attempt(Op.UNLINK, { name: names.queue, args: [Kind.MESSAGE_QUEUE] });
agent.close();
rmSync(fifoName, { force: true });
rmSync(mapped, { force: true });
process.exitCode = failed ? 1 : 0;
