/** Waiting without blocking: released, cancelled, closed, in order, and nothing left behind. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { after, test } from 'node:test';
import { Agent, CREATE, descriptors, Errno, Op, READ, threads, until, utf8, WRITE, watchdog } from './harness.mjs';

const folder = mkdtempSync('/tmp/sluice-waits-');
after(() => rmSync(folder, { recursive: true }));

/** Runs with an agent of its own and asserts that its threads and descriptors are gone afterwards. */
function tidy(title, run) {
  test(title, watchdog, async (t) => {
    const before = [threads(), descriptors()];
    const agent = new Agent();
    try {
      await run(agent, t);
    } finally {
      agent.close();
    }
    await until(() => threads() <= before[0] && descriptors() <= before[1]);
  });
}

const room = () => new Uint8Array(64);

tidy('a semaphore posted later', async (agent) => {
  const handle = agent.semaphore();
  const wait = agent.submit(Op.SEM_WAIT, { handle });
  setTimeout(() => agent.attempt(Op.SEM_POST, { handle }), 10);
  assert.equal(await wait, 0);
  assert.equal(agent.attempt(Op.SEM_VALUE, { handle }), 0);
});

tidy('a message sent later, and room made later', async (agent) => {
  const handle = agent.queue(1, 64);
  const bytes = room();
  const receive = agent.submit(Op.MQ_RECEIVE, { handle, bytes });
  setTimeout(() => agent.attempt(Op.MQ_SEND, { handle, args: [7], bytes: 'hello' }), 10);
  assert.equal(await receive, 5);
  assert.equal(receive.out[0], 7);
  assert.equal(utf8(bytes.subarray(0, 5)), 'hello');
  assert.equal(await agent.submit(Op.MQ_SEND, { handle, bytes: 'one' }), 0);
  const send = agent.submit(Op.MQ_SEND, { handle, args: [3], bytes: 'two' });
  setTimeout(() => agent.attempt(Op.MQ_RECEIVE, { handle, bytes }), 10);
  assert.equal(await send, 0);
  assert.equal(agent.attempt(Op.MQ_RECEIVE, { handle, bytes }), 3);
  assert.equal(utf8(bytes.subarray(0, 3)), 'two');
});

tidy('a pipe both ways', async (agent) => {
  const [reader, writer] = agent.pipe(4096);
  const bytes = room();
  const read = agent.submit(Op.PIPE_READ, { handle: reader, bytes });
  setTimeout(() => agent.attempt(Op.PIPE_WRITE, { handle: writer, bytes: 'hello' }), 10);
  assert.equal(await read, 5);
  agent.attempt(Op.PIPE_WRITE, { handle: writer, bytes: new Uint8Array(4096) });
  const write = agent.submit(Op.PIPE_WRITE, { handle: writer, bytes: 'more' });
  setTimeout(() => agent.attempt(Op.PIPE_READ, { handle: reader, bytes: new Uint8Array(4096) }), 10);
  assert.equal(await write, 4);
  const last = agent.submit(Op.PIPE_READ, { handle: reader, bytes: new Uint8Array(4) });
  assert.equal(await last, 4);
  const end = agent.submit(Op.PIPE_READ, { handle: reader, bytes });
  setTimeout(() => agent.attempt(Op.CLOSE, { handle: writer }), 10);
  assert.equal(await end, 0);
});

tidy('a writer whose reader leaves', async (agent) => {
  const [reader, writer] = agent.pipe(4096);
  agent.attempt(Op.PIPE_WRITE, { handle: writer, bytes: new Uint8Array(4096) });
  const write = agent.submit(Op.PIPE_WRITE, { handle: writer, bytes: 'x' });
  setTimeout(() => agent.attempt(Op.CLOSE, { handle: reader }), 10);
  assert.equal(await write, -Errno.EPIPE);
});

tidy('waiters are served in the order they came', async (agent) => {
  const queue = agent.queue(4, 8);
  const [reader, writer] = agent.pipe();
  const order = [];
  const note = (key, bytes) => (n) => order.push(`${key}${utf8(bytes.subarray(0, n))}`);
  const all = [];
  for (let i = 0; i < 4; i++) {
    const one = new Uint8Array(8);
    const two = new Uint8Array(1);
    all.push(agent.submit(Op.MQ_RECEIVE, { handle: queue, bytes: one }).then(note(`q${i}`, one)));
    all.push(agent.submit(Op.PIPE_READ, { handle: reader, bytes: two }).then(note(`p${i}`, two)));
  }
  for (const letter of 'abcd') agent.attempt(Op.MQ_SEND, { handle: queue, bytes: letter });
  agent.attempt(Op.PIPE_WRITE, { handle: writer, bytes: 'abcd' });
  await Promise.all(all);
  assert.deepEqual(
    order.filter((each) => each[0] === 'q'),
    ['q0a', 'q1b', 'q2c', 'q3d'],
  );
  assert.deepEqual(
    order.filter((each) => each[0] === 'p'),
    ['p0a', 'p1b', 'p2c', 'p3d'],
  );
});

tidy('a FIFO that is both ends waits for both', async (agent) => {
  const name = `${folder}/both`;
  const handle = agent.attempt(Op.FIFO_OPEN, { name, args: [CREATE | READ | WRITE, 0o600, 4096] });
  const bytes = room();
  const read = agent.submit(Op.PIPE_READ, { handle, bytes });
  agent.attempt(Op.PIPE_WRITE, { handle, bytes: 'x' });
  assert.equal(await read, 1);
  agent.attempt(Op.PIPE_WRITE, { handle, bytes: new Uint8Array(4096) });
  const write = agent.submit(Op.PIPE_WRITE, { handle, bytes: new Uint8Array(4096) });
  const drained = [];
  for (let i = 0; i < 2; i++) drained.push(await agent.submit(Op.PIPE_READ, { handle, bytes: new Uint8Array(4096) }));
  assert.equal(await write, 4096);
  assert.deepEqual(drained, [4096, 4096]);
});

tidy('each kind of wait can be cancelled, and only once', async (agent) => {
  const semaphore = agent.semaphore();
  const queue = agent.queue(1, 8);
  const [reader, writer] = agent.pipe();
  agent.attempt(Op.MQ_SEND, { handle: queue, bytes: 'full' });
  agent.attempt(Op.PIPE_WRITE, { handle: writer, bytes: new Uint8Array(4096) });
  const empty = agent.queue(1, 8);
  const [dry] = agent.pipe();
  const waits = [
    agent.submit(Op.SEM_WAIT, { handle: semaphore }),
    agent.submit(Op.SEM_WAIT, { handle: semaphore }),
    agent.submit(Op.MQ_SEND, { handle: queue, bytes: 'x' }),
    agent.submit(Op.MQ_RECEIVE, { handle: empty, bytes: room() }),
    agent.submit(Op.MQ_NOTIFY, { handle: empty }),
    agent.submit(Op.PIPE_READ, { handle: dry, bytes: room() }),
    agent.submit(Op.PIPE_WRITE, { handle: writer, bytes: 'x' }),
    agent.submit(Op.FIFO_OPEN, { name: `${folder}/c1`, args: [CREATE | READ, 0o600] }),
    agent.submit(Op.FIFO_OPEN, { name: `${folder}/c2`, args: [CREATE | WRITE, 0o600] }),
  ];
  for (const wait of waits) {
    wait.cancel();
    wait.cancel();
  }
  assert.deepEqual(await Promise.all(waits), Array(9).fill(-Errno.ECANCELED));
  for (const wait of waits) wait.cancel();
  agent.backend.cancel(0);
  agent.backend.cancel(0xffffffff);
  assert.equal(agent.attempt(Op.PIPE_READ, { handle: reader, bytes: new Uint8Array(5000) }), 4096);
});

tidy('closing a handle settles its waits with EBADF', async (agent) => {
  const semaphore = agent.semaphore();
  const queue = agent.queue(1, 8);
  const [reader] = agent.pipe();
  const waits = [
    agent.submit(Op.SEM_WAIT, { handle: semaphore }),
    agent.submit(Op.SEM_WAIT, { handle: semaphore }),
    agent.submit(Op.MQ_RECEIVE, { handle: queue, bytes: room() }),
    agent.submit(Op.MQ_NOTIFY, { handle: queue }),
    agent.submit(Op.PIPE_READ, { handle: reader, bytes: room() }),
  ];
  for (const handle of [semaphore, queue, reader]) assert.equal(agent.attempt(Op.CLOSE, { handle }), 0);
  assert.deepEqual(await Promise.all(waits), Array(5).fill(-Errno.EBADF));
});

tidy('closing the backend settles everything with EBADF', async (agent) => {
  const waits = [
    agent.submit(Op.SEM_WAIT, { handle: agent.semaphore() }),
    agent.submit(Op.PIPE_READ, { handle: agent.pipe()[0], bytes: room() }),
    agent.submit(Op.FIFO_OPEN, { name: `${folder}/closing`, args: [CREATE | READ, 0o600] }),
  ];
  agent.close();
  assert.deepEqual(await Promise.all(waits), Array(3).fill(-Errno.EBADF));
  assert.equal(agent.attempt(Op.SEM_OPEN, { name: '/x' }), -Errno.EBADF);
  assert.equal(await agent.submit(Op.SEM_OPEN, { name: '/x' }), -Errno.EBADF);
});

tidy('two backends of one thread close separately', async (agent) => {
  const other = new Agent();
  const mine = agent.semaphore();
  const wait = agent.submit(Op.SEM_WAIT, { handle: mine });
  const gone = other.submit(Op.SEM_WAIT, { handle: other.semaphore() });
  other.close();
  assert.equal(await gone, -Errno.EBADF);
  agent.attempt(Op.SEM_POST, { handle: mine });
  assert.equal(await wait, 0);
});

tidy('an array whose memory was given away', async (agent) => {
  const [reader, writer] = agent.pipe();
  const queue = agent.queue(1, 8);
  const bytes = room();
  const other = room();
  const waits = [
    agent.submit(Op.PIPE_READ, { handle: reader, bytes }),
    agent.submit(Op.MQ_RECEIVE, { handle: queue, bytes: other }),
  ];
  structuredClone(bytes, { transfer: [bytes.buffer] });
  structuredClone(other, { transfer: [other.buffer] });
  agent.attempt(Op.PIPE_WRITE, { handle: writer, bytes: 'x' });
  agent.attempt(Op.MQ_SEND, { handle: queue, bytes: 'x' });
  assert.deepEqual(await Promise.all(waits), [-Errno.EINVAL, -Errno.EINVAL]);
});

tidy('32 semaphore waits and 32 FIFO opens at once, half of them cancelled', async (agent, t) => {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const semaphores = Array.from({ length: 32 }, () => agent.semaphore());
  const names = Array.from({ length: 32 }, (_, i) => `${folder}/many${i}`);
  const access = (i) => (i % 4 < 2 ? READ : WRITE);
  const waits = semaphores.map((handle) => agent.submit(Op.SEM_WAIT, { handle }));
  const opens = names.map((name, i) => agent.submit(Op.FIFO_OPEN, { name, args: [CREATE | access(i), 0o600] }));
  await new Promise((done) => setTimeout(done, 20));
  const peers = [];
  for (let i = 0; i < 32; i++) {
    if (i % 2) {
      waits[i].cancel();
      opens[i].cancel();
    } else {
      agent.attempt(Op.SEM_POST, { handle: semaphores[i] });
      peers.push(agent.submit(Op.FIFO_OPEN, { name: names[i], args: [READ + WRITE - access(i), 0o600] }));
    }
  }
  const results = await Promise.all([...waits, ...opens]);
  for (const [i, n] of results.entries()) {
    if (i % 2) assert.equal(n, -Errno.ECANCELED);
    else if (i < 32) assert.equal(n, 0);
    else assert.ok(n > 0);
  }
  for (const n of await Promise.all(peers)) assert.ok(n > 0);
  delay.disable();
  t.diagnostic(`longest delay of the event loop ${(delay.max / 1e6).toFixed(2)} ms`);
});

tidy('a thousand receives parked on eight queues cost nothing', async (agent, t) => {
  const queues = Array.from({ length: 8 }, () => agent.queue(2, 8));
  const waits = Array.from({ length: 1000 }, (_, i) => agent.submit(Op.MQ_RECEIVE, { handle: queues[i % 8], bytes: room() }));
  await new Promise((done) => setTimeout(done, 50));
  const before = process.cpuUsage();
  await new Promise((done) => setTimeout(done, 1000));
  const { user, system } = process.cpuUsage(before);
  t.diagnostic(`${threads()} threads, ${((user + system) / 1e4).toFixed(3)} % of a processor`);
  for (let i = 0; i < 8; i++) agent.attempt(Op.MQ_SEND, { handle: queues[i], bytes: `${i}` });
  assert.deepEqual(await Promise.all(waits.slice(0, 8)), Array(8).fill(1));
  for (const wait of waits.slice(8)) wait.cancel();
  assert.deepEqual(await Promise.all(waits.slice(8)), Array(992).fill(-Errno.ECANCELED));
});
