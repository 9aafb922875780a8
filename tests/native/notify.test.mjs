/** mq_notify(3): one message at an empty queue, once, and nobody receiving. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { Agent, CREATE, dist, Errno, harness, Kind, Op, READ, sleep, unique, WRITE, watchdog } from './harness.mjs';

const room = () => new Uint8Array(64);

/** A queue of its own in `name`, unlinked afterwards. */
function withQueue(title, run) {
  test(title, watchdog, async () => {
    const agent = new Agent();
    const name = unique();
    const open = () => agent.attempt(Op.MQ_OPEN, { name, args: [CREATE | READ | WRITE, 0o600, 4, 64] });
    const handle = open();
    try {
      await run(agent, handle, open, name);
    } finally {
      agent.attempt(Op.UNLINK, { name, args: [Kind.MESSAGE_QUEUE] });
      agent.close();
    }
  });
}

withQueue('a message at the empty queue, once', async (agent, handle) => {
  const first = agent.submit(Op.MQ_NOTIFY, { handle });
  assert.equal(agent.attempt(Op.MQ_SEND, { handle, bytes: 'a' }), 0);
  assert.equal(await first, 0);
  const second = agent.submit(Op.MQ_NOTIFY, { handle });
  agent.attempt(Op.MQ_SEND, { handle, bytes: 'b' });
  await sleep(20);
  second.cancel();
  assert.equal(await second, -Errno.ECANCELED, 'the queue was not empty');
});

withQueue('attempted, it would have to wait', async (agent, handle) => {
  assert.equal(agent.attempt(Op.MQ_NOTIFY, { handle }), -Errno.EAGAIN);
  const wait = agent.submit(Op.MQ_NOTIFY, { handle });
  wait.cancel();
  assert.equal(await wait, -Errno.ECANCELED, 'and the attempt registered nothing');
});

withQueue('one registration only', async (agent, handle, open) => {
  const first = agent.submit(Op.MQ_NOTIFY, { handle });
  assert.equal(await agent.submit(Op.MQ_NOTIFY, { handle }), -Errno.EBUSY);
  assert.equal(await agent.submit(Op.MQ_NOTIFY, { handle: open() }), -Errno.EBUSY);
  assert.equal(agent.block(Op.MQ_NOTIFY, { handle }, 50), -Errno.EBUSY);
  first.cancel();
  assert.equal(await first, -Errno.ECANCELED);
  const again = agent.submit(Op.MQ_NOTIFY, { handle });
  agent.attempt(Op.MQ_SEND, { handle, bytes: 'a' });
  assert.equal(await again, 0);
});

withQueue('who receives gets the message, and no notification goes out', async (agent, handle) => {
  const notify = agent.submit(Op.MQ_NOTIFY, { handle });
  const receive = agent.submit(Op.MQ_RECEIVE, { handle, bytes: room() });
  await sleep(20); // until the receive is in the kernel
  agent.attempt(Op.MQ_SEND, { handle, bytes: 'a' });
  assert.equal(await receive, 1);
  agent.attempt(Op.MQ_SEND, { handle, bytes: 'b' });
  assert.equal(await notify, 0);
  assert.equal(agent.attempt(Op.MQ_RECEIVE, { handle, bytes: room() }), 1);
});

withQueue('closing another descriptor of the queue loses no notification', async (agent, handle, open) => {
  const notify = agent.submit(Op.MQ_NOTIFY, { handle });
  for (let i = 0; i < 5; i++) {
    assert.equal(agent.attempt(Op.CLOSE, { handle: open() }), 0);
    await sleep(5);
  }
  agent.attempt(Op.MQ_SEND, { handle, bytes: 'a' });
  assert.equal(await notify, 0);
});

withQueue('blocking', async (agent, handle, _open, name) => {
  assert.equal(agent.block(Op.MQ_NOTIFY, { handle }, 10), -Errno.ETIMEDOUT);
  const sender = new Worker(
    `const { workerData } = require('node:worker_threads');
     import(workerData.harness).then(async ({ Agent, Op, WRITE, sleep }) => {
       const agent = new Agent();
       const handle = agent.attempt(Op.MQ_OPEN, { name: workerData.name, args: [WRITE] });
       require('node:worker_threads').parentPort.postMessage(handle);
       await sleep(50);
       agent.attempt(Op.MQ_SEND, { handle, bytes: 'a' });
       agent.close();
     });`,
    { eval: true, workerData: { harness, name }, env: { ...process.env, SLUICE_DIST: dist } },
  );
  await new Promise((ready) => sender.once('message', ready));
  assert.equal(agent.block(Op.MQ_NOTIFY, { handle }), 0);
  await new Promise((gone) => sender.once('exit', gone));
});
