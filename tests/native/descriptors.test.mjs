/** Every descriptor is closed by exec(3), whatever opened it; and the kernel's limits are told with the way to raise them. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Agent, CREATE, dist, Errno, Kind, Op, READ, unique, uniquePath, WRITE, watchdog } from './harness.mjs';

const O_CLOEXEC = 0o2000000;
const opened = () => readdirSync('/proc/self/fd').map(Number);

/** Octal, as in open(2); undefined for one that is closed by now. */
function flagsOf(fd) {
  try {
    return Number.parseInt(/flags:\s*(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))[1], 8);
  } catch {
    return undefined;
  }
}

test('every descriptor is close-on-exec', watchdog, async (t) => {
  const before = new Set(opened().filter((fd) => flagsOf(fd) !== undefined));
  const agent = new Agent();
  t.after(() => agent.close());
  const names = [uniquePath(), uniquePath()];
  const queue = agent.queue(1, 8);
  const [reader, writer] = agent.pipe();
  const waits = [
    agent.submit(Op.SEM_WAIT, { handle: agent.semaphore() }),
    agent.submit(Op.MQ_NOTIFY, { handle: queue }),
    agent.submit(Op.PIPE_READ, { handle: reader, bytes: new Uint8Array(8) }),
    agent.submit(Op.FIFO_OPEN, { name: names[0], args: [CREATE | READ, 0o600] }),
  ];
  assert.ok((await agent.submit(Op.FIFO_OPEN, { name: names[1], args: [CREATE | READ | WRITE, 0o600] })) > 0);
  const ticket = new Uint8Array(512);
  const length = agent.attempt(Op.TICKET, { handle: writer, bytes: ticket });
  assert.ok(agent.attempt(Op.OPEN_TICKET, { bytes: ticket.subarray(0, length) }) > 0);
  const ours = opened().filter((fd) => !before.has(fd) && flagsOf(fd) !== undefined);
  // the queue, two pipe ends and one more by ticket, a FIFO, two epolls, an eventfd, the socket
  assert.ok(ours.length >= 9, `only ${ours.length} descriptors were opened`);
  for (const fd of ours) assert.ok(flagsOf(fd) & O_CLOEXEC, `descriptor ${fd} would be inherited`);
  agent.close();
  for (const wait of waits) assert.equal(await wait, -Errno.EBADF);
  for (const name of names) rmSync(name, { force: true });
});

test('a program that is started inherits none', watchdog, (t) => {
  const inherited = () => execFileSync('ls', ['/proc/self/fd'], { encoding: 'utf8' });
  const before = inherited();
  const agent = new Agent();
  t.after(() => agent.close());
  agent.queue(1, 8);
  agent.pipe();
  assert.equal(inherited(), before);
});

const limit = Number(readFileSync('/proc/sys/fs/mqueue/msg_max', 'utf8'));

test('one message more than the kernel allows: the error says which limit, and how to raise it', watchdog, async () => {
  const { connect } = await import(pathToFileURL(`${dist}/api/index.js`).href);
  const ipc = await connect({ backend: 'native' });
  const name = unique();
  const options = { create: true, messageBytes: 16 };
  await assert.rejects(ipc.messageQueue(name, { ...options, maxMessages: limit + 1 }), (error) => {
    assert.equal(error.code, 'EINVAL');
    assert.equal(error.syscall, 'mq_open');
    assert.equal(error.path, name);
    assert.match(error.message, new RegExp(`${limit + 1} messages were asked for.*fs\\.mqueue\\.msg_max allows ${limit}\\b`));
    assert.match(error.message, new RegExp(`sysctl fs\\.mqueue\\.msg_max=${limit + 1}`));
    return true;
  });
  await assert.rejects(ipc.messageQueue(name), { code: 'ENOENT' }, 'nothing was made');
  const queue = await ipc.messageQueue(name, { ...options, maxMessages: limit });
  assert.equal(queue.maxMessages, limit);
  await ipc.unlink(name, 'messageQueue');
  await ipc.close();
});

test('queues beyond what a user may have: the same', watchdog, () => {
  const agent = new Agent();
  const names = [];
  let n = 1;
  for (let i = 0; i < 300 && n > 0; i++) {
    const name = unique();
    const args = [CREATE | READ | WRITE, 0o600, limit, 8192];
    n = agent.attempt(Op.MQ_OPEN, { name, args });
    if (n > 0) names.push(name);
    else if (n === -Errno.EMFILE) {
      const request = { op: Op.MQ_OPEN, handle: 0, args: Uint32Array.from([...args, 0, 0]), out: new Uint32Array(4) };
      assert.match(agent.backend.explain(request, n), /RLIMIT_MSGQUEUE.*ulimit -q/);
    }
  }
  for (const name of names) agent.attempt(Op.UNLINK, { name, args: [Kind.MESSAGE_QUEUE] });
  assert.equal(n, -Errno.EMFILE);
  agent.close();
});

test('without a descriptor left everything that opens says so', watchdog, () => {
  const source = `
    import { openSync } from 'node:fs';
    import { connect } from '${pathToFileURL(`${dist}/node.js`)}';
    const ipc = await connect({ backend: 'native' });
    const all = [() => ipc.pipe(), () => ipc.semaphore('/sluice-none', { create: true }), () => ipc.semaphore({}), () => ipc.ring({}),
      () => ipc.messageQueue('/sluice-none', { create: true }), () => ipc.fifo('/tmp/sluice-none', { access: 'read', create: true })];
    try { for (;;) openSync('/dev/null'); } catch {}
    for (const open of all) console.log(await open().then(() => 'opened', (error) => error.name + ' ' + error.code + ' ' + error.message));
    process.exit();`;
  const run = `ulimit -n 64; exec ${process.execPath} --input-type=module -e "$0"`;
  const lines = execFileSync('bash', ['-c', run, source], { encoding: 'utf8' }).trim().split('\n');
  assert.equal(lines.length, 6);
  for (const line of lines) assert.match(line, /^IpcError EMFILE .*no descriptor left/);
});

test('a ticket of a pipe end that is closed opens no other end that got its descriptor', watchdog, (t) => {
  const agent = new Agent();
  t.after(() => agent.close());
  const ticketOf = (handle) => {
    const bytes = new Uint8Array(512);
    return bytes.subarray(0, agent.attempt(Op.TICKET, { handle, bytes }));
  };
  const open = (bytes) => agent.attempt(Op.OPEN_TICKET, { bytes });
  const [reader, writer] = agent.pipe();
  const [ofReader, ofWriter] = [ticketOf(reader), ticketOf(writer)];
  assert.ok(open(ofReader) > 0, 'a second reader, so that the pipe has one');
  assert.equal(agent.attempt(Op.CLOSE, { handle: reader }), 0);
  assert.ok(open(ofWriter) > 0, 'takes the lowest descriptor that is free: the reader had it');
  assert.equal(open(ofReader), -Errno.ESTALE);
});
