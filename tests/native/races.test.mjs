/** Cancelling against winning, many times: nothing is lost and nothing comes twice. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { Agent, CREATE, dist, Errno, harness, Kind, Op, patient, READ, unique, WRITE } from './harness.mjs';

const ROUNDS = 10_000;

/** Another thread that, each time it is permitted, does `op` on the named object a moment later. */
function peer(open, name, access, op) {
  const permits = unique();
  const worker = new Worker(
    `const { workerData, parentPort } = require('node:worker_threads');
     import(workerData.harness).then(({ Agent, Op, Kind }) => {
       const { open, name, access, op, permits, rounds } = workerData;
       const agent = new Agent();
       const handle = agent.attempt(open, { name, args: [access] });
       const permit = agent.attempt(Op.SEM_OPEN, { name: permits, args: [1, 0o600, 0] });
       const bytes = new Uint8Array(8);
       let sum = 0;
       parentPort.postMessage('ready');
       for (let i = 0; i < rounds; i++) {
         agent.block(Op.SEM_WAIT, { handle: permit });
         for (let spin = (i * 7919) % 40000; spin > 0; spin--);
         new DataView(bytes.buffer).setUint32(0, i);
         const n = agent.block(op, { handle, bytes });
         if (n < 0) throw new Error('the peer: ' + n);
         if (op === Op.MQ_RECEIVE && new DataView(bytes.buffer).getUint32(0) !== i) throw new Error('not in order');
       }
       agent.attempt(Op.UNLINK, { name: permits, args: [Kind.SEMAPHORE] });
       agent.close();
     });`,
    {
      eval: true,
      workerData: { harness, open, name, access, op, permits, rounds: ROUNDS },
      env: { ...process.env, SLUICE_DIST: dist },
    },
  );
  const failed = new Promise((_, fail) => worker.once('error', fail));
  const gone = new Promise((done) => worker.once('exit', done));
  return {
    permits,
    ready: Promise.race([failed, new Promise((done) => worker.once('message', done))]),
    gone: Promise.race([failed, gone]),
  };
}

/** Each round lets the peer go, waits, and cancels at about the same time; what was cancelled must still come. */
async function race(agent, peer, op, what, check) {
  await peer.ready;
  const permit = agent.attempt(Op.SEM_OPEN, { name: peer.permits });
  let won = 0;
  for (let i = 0; i < ROUNDS; i++) {
    const wait = agent.submit(op, what(i));
    agent.attempt(Op.SEM_POST, { handle: permit });
    if (i % 8 === 7) await new Promise((done) => setImmediate(done));
    for (let spin = (i * 104729) % 80000; spin > 0; spin--);
    wait.cancel();
    let n = await wait;
    if (n >= 0) won++;
    else assert.equal(n, -Errno.ECANCELED);
    if (n < 0) n = agent.block(op, what(i), 5000);
    check(i, n);
  }
  await peer.gone;
  return `${won} of ${ROUNDS} won against their cancelling`;
}

test('taking from a semaphore', patient, async (t) => {
  const agent = new Agent();
  t.after(() => agent.close());
  const name = unique();
  const handle = agent.attempt(Op.SEM_OPEN, { name, args: [CREATE, 0o600, 0] });
  const other = peer(Op.SEM_OPEN, name, 0, Op.SEM_POST);
  t.diagnostic(
    await race(
      agent,
      other,
      Op.SEM_WAIT,
      () => ({ handle }),
      (_, n) => assert.equal(n, 0),
    ),
  );
  assert.equal(agent.attempt(Op.SEM_VALUE, { handle }), 0, 'neither lost nor taken twice');
  agent.attempt(Op.UNLINK, { name, args: [Kind.SEMAPHORE] });
});

test('receiving from a queue', patient, async (t) => {
  const agent = new Agent();
  t.after(() => agent.close());
  const name = unique();
  const handle = agent.attempt(Op.MQ_OPEN, { name, args: [CREATE | READ | WRITE, 0o600, 2, 8] });
  const bytes = new Uint8Array(8);
  const other = peer(Op.MQ_OPEN, name, WRITE, Op.MQ_SEND);
  const check = (i, n) => {
    assert.equal(n, 8);
    assert.equal(new DataView(bytes.buffer).getUint32(0), i, 'each once and in order');
  };
  t.diagnostic(await race(agent, other, Op.MQ_RECEIVE, () => ({ handle, bytes }), check));
  assert.equal(agent.attempt(Op.MQ_RECEIVE, { handle, bytes }), -Errno.EAGAIN);
  agent.attempt(Op.UNLINK, { name, args: [Kind.MESSAGE_QUEUE] });
});

test('sending to a full queue', patient, async (t) => {
  const agent = new Agent();
  t.after(() => agent.close());
  const name = unique();
  const handle = agent.attempt(Op.MQ_OPEN, { name, args: [CREATE | READ | WRITE, 0o600, 1, 8] });
  const numbered = (i) => {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setUint32(0, i);
    return { handle, bytes };
  };
  agent.attempt(Op.MQ_SEND, numbered(0));
  const other = peer(Op.MQ_OPEN, name, READ, Op.MQ_RECEIVE);
  t.diagnostic(
    await race(
      agent,
      other,
      Op.MQ_SEND,
      (i) => numbered(i + 1),
      (_, n) => assert.equal(n, 0),
    ),
  );
  assert.equal(agent.attempt(Op.MQ_RECEIVE, { handle, bytes: new Uint8Array(8) }), 8);
  agent.attempt(Op.UNLINK, { name, args: [Kind.MESSAGE_QUEUE] });
});

test('reading from a pipe', patient, async (t) => {
  const agent = new Agent();
  t.after(() => agent.close());
  const name = `/tmp${unique()}`;
  const handle = agent.attempt(Op.FIFO_OPEN, { name, args: [CREATE | READ | WRITE, 0o600] });
  const bytes = new Uint8Array(8);
  const other = peer(Op.FIFO_OPEN, name, WRITE, Op.PIPE_WRITE);
  const check = (i, n) => {
    assert.equal(n, 8);
    assert.equal(new DataView(bytes.buffer).getUint32(0), i, 'each once and in order');
  };
  t.diagnostic(await race(agent, other, Op.PIPE_READ, () => ({ handle, bytes }), check));
  agent.attempt(Op.UNLINK, { name, args: [Kind.FIFO] });
});

test('a FIFO, opened again and again', patient, async (t) => {
  const agent = new Agent();
  t.after(() => agent.close());
  const name = `/tmp${unique()}`;
  const both = agent.attempt(Op.FIFO_OPEN, { name, args: [CREATE | READ | WRITE, 0o600] });
  agent.attempt(Op.CLOSE, { handle: both });
  let met = 0;
  for (let i = 0; i < 2000; i++) {
    const reader = agent.submit(Op.FIFO_OPEN, { name, args: [READ] });
    if (i % 3 === 0) await new Promise((done) => setImmediate(done));
    const writer = agent.submit(Op.FIFO_OPEN, { name, args: [WRITE] });
    if (i % 2) await new Promise((done) => setImmediate(done));
    reader.cancel();
    const r = await reader;
    if (r < 0) writer.cancel();
    const w = await writer;
    if (r > 0) assert.ok(w > 0, 'the reader was there');
    if (r > 0 && w > 0) met++;
    for (const handle of [r, w]) if (handle > 0) assert.equal(agent.attempt(Op.CLOSE, { handle }), 0);
  }
  t.diagnostic(`${met} of 2000 met`);
  agent.attempt(Op.UNLINK, { name, args: [Kind.FIFO] });
});
