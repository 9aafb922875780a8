/** Workers that end while they wait: at once, with nothing left behind. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { descriptors, dist, harness, patient, percentile, sleep, threads, until, watchdog } from './harness.mjs';

const ROUNDS = 15;

/** The waits, as source for a worker: each gives an operation and what it takes. */
const forms = {
  sem_unnamed: 'agent => [Op.SEM_WAIT, { handle: agent.unnamed() }]',
  ring_receive: 'agent => [Op.RING_RECEIVE, { handle: agent.ring(), bytes: new Uint8Array(64) }]',
  ring_send: `agent => { const what = { handle: agent.ring(), bytes: new Uint8Array(64) };
    while (agent.attempt(Op.RING_SEND, what) === 0); return [Op.RING_SEND, what]; }`,
  sem_wait: 'agent => [Op.SEM_WAIT, { handle: agent.semaphore() }]',
  mq_receive: 'agent => [Op.MQ_RECEIVE, { handle: agent.queue(1, 8), bytes: new Uint8Array(8) }]',
  mq_send: `agent => { const handle = agent.queue(1, 8); agent.attempt(Op.MQ_SEND, { handle, bytes: 'x' });
    return [Op.MQ_SEND, { handle, bytes: 'x' }]; }`,
  mq_notify: 'agent => [Op.MQ_NOTIFY, { handle: agent.queue(1, 8) }]',
  read: 'agent => [Op.PIPE_READ, { handle: agent.pipe()[0], bytes: new Uint8Array(8) }]',
  write: `agent => { const [, handle] = agent.pipe(4096); agent.attempt(Op.PIPE_WRITE, { handle, bytes: new Uint8Array(4096) });
    return [Op.PIPE_WRITE, { handle, bytes: 'x' }]; }`,
  fifo_reader: 'agent => [Op.FIFO_OPEN, { name: uniquePath(), args: [CREATE | READ, 0o600] }]',
  fifo_writer: 'agent => [Op.FIFO_OPEN, { name: uniquePath(), args: [CREATE | WRITE, 0o600] }]',
};

function script(form, rest) {
  return `import(${JSON.stringify(harness)}).then(async (all) => {
    const { Agent, Op, CREATE, READ, WRITE, Kind, uniquePath } = all;
    const { parentPort } = require('node:worker_threads');
    const agent = new Agent();
    const [op, what] = (${forms[form]})(agent);
    ${rest}
  })`;
}

const options = { eval: true, env: { ...process.env, SLUICE_DIST: dist } };
const clean = `if (what.name) setTimeout(() => require('node:fs').unlinkSync(what.name), 0);`;
const blocking = (form) =>
  script(form, `parentPort.postMessage(what.name); agent.block(op, what); parentPort.postMessage('came back');`);
const waiting = (form) =>
  script(
    form,
    `for (let i = 0; i < 3; i++) agent.submit(op, what); parentPort.postMessage(what.name); setInterval(() => {}, 1e6);`,
  );

/** Starts a worker, waits until it is ready, and removes what FIFO it made at the end. */
async function started(source) {
  const worker = new Worker(source, options);
  const failed = new Promise((_, fail) => worker.once('error', fail));
  const name = await Promise.race([failed, new Promise((done) => worker.once('message', done))]);
  worker.on('message', () => assert.fail('the wait came back'));
  return { worker, name };
}

async function remove(name) {
  if (name) (await import('node:fs')).rmSync(name, { force: true });
}

/** Terminates `ROUNDS` workers that run `source`, each after `disturb`: how long each took, in milliseconds. */
async function terminations(source, rounds = ROUNDS, disturb = async () => {}) {
  const took = [];
  for (let i = 0; i < rounds; i++) {
    const { worker, name } = await started(source);
    await sleep(i % 8);
    await disturb(worker);
    const start = performance.now();
    await worker.terminate();
    took.push(performance.now() - start);
    await remove(name);
  }
  return took;
}

const told = (took) => `p50 ${percentile(took, 0.5).toFixed(1)} ms, p99 ${percentile(took, 0.99).toFixed(1)} ms`;

for (const form of Object.keys(forms)) {
  test(`terminated while blocked in ${form}`, patient, async (t) => {
    await terminations(blocking(form), 1); // what a first worker leaves for ever is not ours
    const before = [threads(), descriptors()];
    t.diagnostic(told(await terminations(blocking(form))));
    await until(() => threads() <= before[0] && descriptors() <= before[1]);
  });

  test(`terminated with pending ${form}`, patient, async (t) => {
    await terminations(waiting(form), 1);
    const before = [threads(), descriptors()];
    t.diagnostic(told(await terminations(waiting(form), 10)));
    await until(() => threads() <= before[0] && descriptors() <= before[1]);
  });
}

test('terminated while blocked and its loop is full of other things', patient, async (t) => {
  const disturb = async (worker) => {
    for (let i = 0; i < 100; i++) worker.postMessage(i);
    await sleep(5);
    for (let i = 0; i < 100; i++) worker.postMessage(i);
  };
  t.diagnostic(told(await terminations(blocking('sem_wait'), 20, disturb)));
});

// Node joins this with the termination into one ring of the worker's loop, which has come and gone by then.
const hidden = 'getHeapStatistics' in Worker.prototype ? patient : { skip: 'this Node has no such request that is safe' };
test('terminated while blocked, after a request that hides the ring', hidden, async (t) => {
  const disturb = async (worker) => {
    worker.getHeapStatistics().catch(() => {});
    await sleep(50);
  };
  t.diagnostic(told(await terminations(blocking('mq_receive'), 5, disturb)));
});

/** Runs a program in a process of its own: its exit code or signal. */
function exitOf(source) {
  const child = spawn(process.execPath, ['-e', source], { env: options.env, stdio: ['ignore', 'inherit', 'inherit'] });
  return new Promise((done) => child.once('exit', (code, signal) => done(signal ?? code)));
}

const here = (form, rest) => script(form, rest).replace("const { parentPort } = require('node:worker_threads');", '');

for (const form of Object.keys(forms)) {
  test(`a process that ends with pending ${form}`, watchdog, async () => {
    const submit = `for (let i = 0; i < 3; i++) agent.submit(op, what);`;
    assert.equal(await exitOf(here(form, `${submit} ${clean} setTimeout(() => process.exit(7), 20);`)), 7, 'by process.exit()');
    // The harness keeps Node alive while it waits; the tokens alone do not.
    const idle = `${submit} ${clean} globalThis.clearInterval = clearInterval; process.exitCode = 8;`;
    const unheld = here(form, idle).replace(
      `const agent = new Agent();`,
      `globalThis.setInterval = () => {}; const agent = new Agent();`,
    );
    assert.equal(await exitOf(unheld), 8, 'by having nothing to do');
  });
}

test('a process that exits while a worker of it is blocked', watchdog, async () => {
  const source = `const { Worker } = require('node:worker_threads');
    const worker = new Worker(${JSON.stringify(blocking('sem_wait'))}, { eval: true });
    worker.once('message', () => setTimeout(() => process.exit(9), 20));`;
  assert.equal(await exitOf(source), 9);
});
