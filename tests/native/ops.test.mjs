/** Each operation does what its man page says, and answers wrong input with an errno. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Agent, CREATE, Errno, EXCLUSIVE, Kind, NONBLOCK, Op, READ, unique, utf8, WRITE, watchdog } from './harness.mjs';

const agent = new Agent();
let folder;
before(() => {
  folder = mkdtempSync('/tmp/sluice-ops-');
});
after(() => {
  agent.close();
  rmSync(folder, { recursive: true });
});

const room = (n = 64) => new Uint8Array(n);

test('semaphores count', watchdog, () => {
  const handle = agent.semaphore(2);
  assert.ok(handle > 0);
  assert.equal(agent.attempt(Op.SEM_VALUE, { handle }), 2);
  assert.equal(agent.attempt(Op.SEM_WAIT, { handle }), 0);
  assert.equal(agent.block(Op.SEM_WAIT, { handle }), 0);
  assert.equal(agent.attempt(Op.SEM_WAIT, { handle }), -Errno.EAGAIN);
  assert.equal(agent.block(Op.SEM_WAIT, { handle }, 5), -Errno.ETIMEDOUT);
  assert.equal(agent.block(Op.SEM_WAIT, { handle }, 0), -Errno.ETIMEDOUT);
  assert.equal(agent.attempt(Op.SEM_POST, { handle }), 0);
  assert.equal(agent.attempt(Op.SEM_VALUE, { handle }), 1);
});

test('a semaphore at its maximum overflows', watchdog, () => {
  const handle = agent.semaphore(0x7fffffff);
  assert.equal(agent.attempt(Op.SEM_POST, { handle }), -Errno.EOVERFLOW);
  assert.equal(agent.semaphore(0x80000000), -Errno.EINVAL);
});

test('opening semaphores: create, exclusive, mode, names', watchdog, () => {
  const name = unique();
  const open = (flags, given = name) => agent.attempt(Op.SEM_OPEN, { name: given, args: [flags, 0o640, 1] });
  assert.equal(open(0), -Errno.ENOENT);
  assert.ok(open(CREATE | EXCLUSIVE) > 0);
  assert.equal(open(CREATE | EXCLUSIVE), -Errno.EEXIST);
  assert.ok(open(CREATE) > 0);
  assert.equal(statSync(`/dev/shm/sem.${name.slice(1)}`).mode & 0o777, 0o640 & ~process.umask());
  assert.equal(agent.attempt(Op.UNLINK, { name, args: [Kind.SEMAPHORE] }), 0);
  assert.equal(agent.attempt(Op.UNLINK, { name, args: [Kind.SEMAPHORE] }), -Errno.ENOENT);
  for (const bad of ['/', 'x', '', '/a/b', '/a\0b']) assert.equal(open(CREATE, bad), -Errno.EINVAL, JSON.stringify(bad));
  assert.equal(open(CREATE, `/${'x'.repeat(252)}`), -Errno.ENAMETOOLONG);
  const longest = `/${'x'.repeat(251)}`;
  assert.ok(open(CREATE, longest) > 0);
  assert.equal(agent.attempt(Op.UNLINK, { name: longest, args: [Kind.SEMAPHORE] }), 0);
});

test('queues: order by priority, lengths, attributes', watchdog, () => {
  const handle = agent.queue(4, 16);
  assert.deepEqual([...agent.out.slice(0, 2)].length, 2);
  for (const [priority, bytes] of [
    [1, 'low'],
    [9, 'high'],
    [1, 'low2'],
    [0, ''],
  ])
    assert.equal(agent.attempt(Op.MQ_SEND, { handle, args: [priority], bytes }), 0);
  assert.equal(agent.attempt(Op.MQ_SEND, { handle, bytes: 'x' }), -Errno.EAGAIN);
  assert.equal(agent.block(Op.MQ_SEND, { handle, bytes: 'x' }, 5), -Errno.ETIMEDOUT);
  assert.equal(agent.attempt(Op.MQ_ATTRIBUTES, { handle }), 0);
  assert.deepEqual([...agent.out], [4, 16, 4, 0]);
  const got = [];
  for (let i = 0; i < 4; i++) {
    const bytes = room(16);
    const n = agent.block(Op.MQ_RECEIVE, { handle, bytes });
    got.push([agent.out[0], utf8(bytes.subarray(0, n))]);
  }
  assert.deepEqual(got, [
    [9, 'high'],
    [1, 'low'],
    [1, 'low2'],
    [0, ''],
  ]);
  assert.equal(agent.attempt(Op.MQ_RECEIVE, { handle, bytes: room(16) }), -Errno.EAGAIN);
  assert.equal(agent.block(Op.MQ_RECEIVE, { handle, bytes: room(16) }, 5), -Errno.ETIMEDOUT);
  assert.equal(agent.attempt(Op.MQ_RECEIVE, { handle, bytes: room(15) }), -Errno.EMSGSIZE);
  assert.equal(agent.attempt(Op.MQ_SEND, { handle, bytes: room(17) }), -Errno.EMSGSIZE);
  assert.equal(agent.attempt(Op.MQ_SEND, { handle, args: [32768], bytes: 'x' }), -Errno.EINVAL);
});

test('queues: access and opening', watchdog, () => {
  const name = unique();
  const open = (flags, given = name) => agent.attempt(Op.MQ_OPEN, { name: given, args: [flags, 0o600, 2, 16] });
  assert.equal(open(READ), -Errno.ENOENT);
  const both = open(CREATE | EXCLUSIVE | READ | WRITE);
  assert.ok(both > 0);
  assert.deepEqual([...agent.out.slice(0, 2)], [2, 16]);
  assert.equal(open(CREATE | EXCLUSIVE | READ), -Errno.EEXIST);
  const reader = open(READ);
  const writer = open(WRITE);
  assert.equal(agent.attempt(Op.MQ_SEND, { handle: reader, bytes: 'x' }), -Errno.EBADF);
  assert.equal(agent.attempt(Op.MQ_RECEIVE, { handle: writer, bytes: room() }), -Errno.EBADF);
  assert.equal(agent.attempt(Op.MQ_SEND, { handle: writer, bytes: 'x' }), 0);
  assert.equal(agent.attempt(Op.MQ_RECEIVE, { handle: reader, bytes: room() }), 1);
  assert.equal(open(0), -Errno.EINVAL);
  assert.equal(open(READ | WRITE | CREATE, '/a/b'), -Errno.EINVAL);
  assert.equal(agent.attempt(Op.UNLINK, { name, args: [Kind.MESSAGE_QUEUE] }), 0);
  assert.equal(agent.attempt(Op.UNLINK, { name, args: [Kind.MESSAGE_QUEUE] }), -Errno.ENOENT);
});

test('a limit that a queue meets is named', watchdog, () => {
  const asked = { name: unique(), args: [CREATE | READ | WRITE, 0o600, 100_000, 64] };
  const n = agent.attempt(Op.MQ_OPEN, asked);
  assert.ok(n < 0);
  const request = { op: Op.MQ_OPEN, handle: 0, args: Uint32Array.from([...asked.args, 0, 0]), out: new Uint32Array(4) };
  assert.match(agent.backend.explain(request, n), /fs\.mqueue\.msg_max|RLIMIT_MSGQUEUE/);
  request.args.set([10, 8192], 2);
  assert.match(agent.backend.explain(request, -Errno.EMFILE), /RLIMIT_MSGQUEUE.*ulimit -q/);
  assert.match(agent.backend.explain(request, -Errno.ENOSPC), /queues_max/);
  assert.equal(agent.backend.explain(request, -Errno.EACCES), undefined);
});

test('pipes: bytes, end of file, no reader', watchdog, () => {
  const [reader, writer] = agent.pipe(8192);
  assert.equal(agent.attempt(Op.PIPE_READ, { handle: reader, bytes: room() }), -Errno.EAGAIN);
  assert.equal(agent.block(Op.PIPE_READ, { handle: reader, bytes: room() }, 5), -Errno.ETIMEDOUT);
  assert.equal(agent.attempt(Op.PIPE_WRITE, { handle: writer, bytes: 'hello' }), 5);
  assert.equal(agent.attempt(Op.PIPE_ATTRIBUTES, { handle: reader }), 0);
  assert.deepEqual([...agent.out.slice(0, 2)], [8192, 5]);
  assert.equal(agent.block(Op.PIPE_READ, { handle: reader, bytes: room() }), 5);
  assert.equal(agent.attempt(Op.PIPE_WRITE, { handle: writer, bytes: room(10000) }), 8192);
  assert.equal(agent.attempt(Op.PIPE_WRITE, { handle: writer, bytes: 'x' }), -Errno.EAGAIN);
  assert.equal(agent.block(Op.PIPE_WRITE, { handle: writer, bytes: 'x' }, 5), -Errno.ETIMEDOUT);
  assert.equal(agent.attempt(Op.PIPE_READ, { handle: reader, bytes: room(10000) }), 8192);
  assert.equal(agent.attempt(Op.PIPE_READ, { handle: writer, bytes: room() }), -Errno.EBADF);
  assert.equal(agent.attempt(Op.CLOSE, { handle: writer }), 0);
  assert.equal(agent.attempt(Op.PIPE_READ, { handle: reader, bytes: room() }), 0);
  const [other, end] = agent.pipe();
  agent.attempt(Op.CLOSE, { handle: other });
  assert.equal(agent.attempt(Op.PIPE_WRITE, { handle: end, bytes: 'x' }), -Errno.EPIPE);
});

test('a write of up to PIPE_BUF goes wholly or not', watchdog, () => {
  const [reader, writer] = agent.pipe(8192);
  assert.equal(agent.attempt(Op.PIPE_WRITE, { handle: writer, bytes: room(5000) }), 5000);
  assert.equal(agent.attempt(Op.PIPE_WRITE, { handle: writer, bytes: room(4096) }), -Errno.EAGAIN);
  assert.equal(agent.attempt(Op.PIPE_READ, { handle: reader, bytes: room(4096) }), 4096);
  assert.equal(agent.attempt(Op.PIPE_WRITE, { handle: writer, bytes: room(4096) }), 4096);
});

test('FIFOs: ends, ENXIO, create, exclusive, what is no FIFO', watchdog, () => {
  const name = `${folder}/f`;
  const open = (flags, given = name, capacity = 0) =>
    agent.attempt(Op.FIFO_OPEN, { name: given, args: [flags, 0o600, capacity] });
  assert.equal(open(READ), -Errno.ENOENT);
  assert.equal(open(CREATE | READ), -Errno.EAGAIN);
  assert.equal(open(READ), -Errno.ENOENT, 'an attempt leaves nothing behind');
  const reader = open(CREATE | EXCLUSIVE | READ | NONBLOCK, name, 4096);
  assert.ok(reader > 0);
  assert.equal(agent.out[0], 4096);
  assert.equal(statSync(name).mode & 0o777, 0o600);
  assert.equal(open(CREATE | EXCLUSIVE | READ), -Errno.EEXIST);
  const writer = open(WRITE, name, 65536);
  assert.ok(writer > 0);
  assert.equal(agent.out[0], 65536);
  assert.ok(open(READ, name, 4096) > 0);
  assert.equal(agent.out[0], 65536, 'nobody makes it smaller');
  assert.equal(agent.attempt(Op.PIPE_WRITE, { handle: writer, bytes: 'fifo' }), 4);
  assert.equal(agent.attempt(Op.PIPE_READ, { handle: reader, bytes: room() }), 4);
  agent.attempt(Op.CLOSE, { handle: reader });
  assert.equal(open(CREATE | WRITE | NONBLOCK, `${folder}/g`), -Errno.ENXIO);
  assert.equal(open(WRITE, `${folder}/g`), -Errno.EAGAIN);
  assert.equal(open(READ, `${folder}/g`), -Errno.EAGAIN);
  assert.ok(open(READ | WRITE, `${folder}/g`) > 0);
  writeFileSync(`${folder}/plain`, '');
  symlinkSync(`${folder}/nowhere`, `${folder}/link`);
  assert.equal(open(CREATE | READ | NONBLOCK, `${folder}/plain`), -Errno.EINVAL);
  assert.equal(open(READ | NONBLOCK, folder), -Errno.EINVAL);
  assert.equal(open(READ, `${folder}/link`), -Errno.ENOENT);
  assert.equal(open(READ, `${folder}/plain/x`), -Errno.ENOTDIR);
  assert.equal(open(0), -Errno.EINVAL);
  assert.equal(agent.attempt(Op.FIFO_OPEN, { args: [READ] }), -Errno.EINVAL);
  assert.equal(open(READ, `/${'x'.repeat(5000)}`), -Errno.ENAMETOOLONG);
  assert.equal(agent.attempt(Op.UNLINK, { name: `${folder}/plain`, args: [Kind.FIFO] }), -Errno.EINVAL);
  assert.equal(agent.attempt(Op.UNLINK, { name, args: [Kind.FIFO] }), 0);
  assert.equal(agent.attempt(Op.UNLINK, { name, args: [Kind.FIFO] }), -Errno.ENOENT);
});

test('found: a FIFO that a submitted open had at once was not listed', watchdog, async () => {
  const name = `${folder}/listed`;
  assert.ok((await agent.submit(Op.FIFO_OPEN, { name, args: [CREATE | READ | WRITE, 0o600] })) > 0);
  const bytes = room(1 << 16);
  const n = agent.attempt(Op.LIST, { bytes });
  assert.ok(utf8(bytes.subarray(0, n)).includes(name));
});

test('handles: stale, closed, of another kind', watchdog, () => {
  const handle = agent.semaphore(1);
  const queue = agent.queue();
  assert.equal(agent.attempt(Op.CLOSE, { handle }), 0);
  assert.equal(agent.attempt(Op.CLOSE, { handle }), -Errno.EBADF);
  assert.equal(agent.attempt(Op.SEM_POST, { handle }), -Errno.EBADF);
  const next = agent.semaphore(1);
  assert.notEqual(next, handle);
  assert.equal(agent.attempt(Op.SEM_POST, { handle: queue }), -Errno.EBADF);
  assert.equal(agent.attempt(Op.MQ_SEND, { handle: next, bytes: '' }), -Errno.EBADF);
  for (const bad of [0, 1, 0x7fffffff, 0xffffffff, 0x80000000 + next])
    assert.equal(agent.attempt(Op.SEM_POST, { handle: bad }), -Errno.EBADF);
});

test('operations that are not there', watchdog, async () => {
  for (const op of [0, 15, 999, 0xffffffff]) {
    assert.equal(agent.attempt(op), -Errno.ENOSYS);
    assert.equal(agent.block(op), -Errno.ENOSYS);
    assert.equal(await agent.submit(op), -Errno.ENOSYS);
  }
  assert.equal(agent.attempt(Op.UNLINK, { name: '/x', args: [99] }), -Errno.EINVAL);
});

test('submitted, an operation gives the same as attempted', watchdog, async () => {
  const name = unique();
  const opened = agent.submit(Op.SEM_OPEN, { name, args: [CREATE, 0o600, 3] });
  const handle = await opened;
  assert.ok(handle > 0);
  assert.equal(await agent.submit(Op.SEM_WAIT, { handle }), 0);
  assert.equal(await agent.submit(Op.SEM_VALUE, { handle }), 2);
  assert.equal(await agent.submit(Op.UNLINK, { name, args: [Kind.SEMAPHORE] }), 0);
  assert.equal(await agent.submit(Op.SEM_WAIT, { handle: 12345 }), -Errno.EBADF);
  assert.equal(await agent.submit(Op.SEM_OPEN, { name: '/a/b', args: [CREATE] }), -Errno.EINVAL);
  assert.equal(await agent.submit(Op.FIFO_OPEN, { name: `${folder}/a\0b`, args: [READ] }), -Errno.EINVAL);
});

test('shared and offset arrays', watchdog, () => {
  const handle = agent.queue(4, 16);
  const shared = new Uint8Array(new SharedArrayBuffer(64), 8, 32);
  shared.set([1, 2, 3]);
  assert.equal(agent.attempt(Op.MQ_SEND, { handle, bytes: shared.subarray(0, 3) }), 0);
  const bytes = new Uint8Array(new ArrayBuffer(64), 10, 20);
  assert.equal(agent.attempt(Op.MQ_RECEIVE, { handle, bytes }), 3);
  assert.deepEqual([...bytes.subarray(0, 4)], [1, 2, 3, 0]);
  assert.equal(new Uint8Array(bytes.buffer)[9], 0);
});
