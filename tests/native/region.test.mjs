/** The mapped file: made once and whole, refused when it is somebody else's doing, and repaired after deaths. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  Agent,
  CREATE,
  descriptors,
  Errno,
  mapped,
  namespace,
  Op,
  patient,
  READ,
  sleep,
  threads,
  unique,
  until,
  utf8,
  WRITE,
  watchdog,
} from './harness.mjs';

const RECORDS = 256;
const room = () => new Uint8Array(64);
const [role, ...rest] = process.argv.slice(2);

/** What this file does as a child: `parts[role]`. */
const parts = {
  async send(name, ...texts) {
    const agent = new Agent();
    const handle = agent.ring(name);
    for (const bytes of texts) assert.equal(await agent.submit(Op.RING_SEND, { handle, bytes }), 0);
    agent.close();
  },
  /** Holds the sending side of a ring for one, waits for something else, and says so. */
  async hold(name) {
    const agent = new Agent();
    const handle = agent.ring(name, 4096, 64, 0);
    assert.equal(agent.attempt(Op.RING_SEND, { handle, bytes: 'held' }), 0);
    const wait = agent.submit(Op.SEM_WAIT, { handle: agent.unnamed() });
    process.send('held');
    await wait;
  },
  /** Sends and receives as fast as it can, for ever, most of the time inside the ring's lock. */
  async hurry(name, sem) {
    const agent = new Agent();
    const handle = agent.ring(name, 65536, 60, 3);
    const semaphore = agent.attempt(Op.OPEN_TICKET, { bytes: Buffer.from(sem, 'base64') });
    const frames = new Uint32Array(RECORDS * 16).map((_, i) => (i % 16 === 0 ? 60 : i));
    const [batch, back] = [new Uint8Array(frames.buffer), new Uint8Array(frames.byteLength)];
    process.send('hurries');
    for (;;) {
      agent.attempt(Op.RING_SEND_MANY, { handle, bytes: batch });
      agent.attempt(Op.SEM_POST, { handle: semaphore });
      agent.attempt(Op.RING_RECEIVE_MANY, { handle, args: [RECORDS], bytes: back });
      agent.attempt(Op.SEM_WAIT, { handle: semaphore });
      agent.attempt(Op.CLOSE, { handle: agent.unnamed(1) });
    }
  },
};

const children = new Set();

function child(...args) {
  const made = fork(fileURLToPath(import.meta.url), args);
  children.add(made);
  const gone = once(made, 'exit');
  const early = gone.then(([code, signal]) => assert.fail(`the child ended with ${code ?? signal} and said nothing`));
  early.catch(() => {});
  return { kill: () => made.kill('SIGKILL'), said: () => Promise.race([once(made, 'message'), early]), gone, pid: made.pid };
}

/** Runs with a namespace of its own that has no file yet. */
function own(title, limit, run) {
  test(title, limit, async (t) => {
    rmSync(mapped, { force: true, recursive: true });
    const before = [threads(), descriptors()];
    const agent = new Agent();
    try {
      await run(agent, t);
    } finally {
      for (const each of children) each.kill('SIGKILL');
      children.clear();
      agent.close();
      rmSync(mapped, { force: true, recursive: true });
    }
    await until(() => threads() <= before[0] && descriptors() <= before[1]);
  });
}

/** Where agents of a process have their slots in the mapped file: `life` is incarnation << 32 | owner << 8 | LIVE. */
function lives(file, pid) {
  const words = new BigUint64Array(file.buffer, file.byteOffset, file.byteLength >> 3);
  const found = [];
  words.forEach((word, i) => {
    if ((word & 0xffffffffn) === BigInt((pid << 8) | 1) && word >> 32n > 0n && word >> 32n < 1000n) found.push(i * 8);
  });
  return found;
}

/** In the low byte of a life: proven to have ended, not yet settled. */
const DEAD = 2;

/** In the file: the lock of the names, and how much is free; in a slot, which lock its agent is at. */
const [NAMES, FREE_BYTES, SLOT_BYTES, LOCKING] = [200, 352, 640, 256];

/** In the file: the pid namespace that all who ever attached had in common. */
const NUMBERING = 24;

function poke(at, value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  const fd = openSync(mapped, 'r+');
  writeSync(fd, bytes, 0, 4, at);
  closeSync(fd);
}

/** Makes the lock of the names that process's. */
function giveNames(pid) {
  const file = readFileSync(mapped);
  const [[first], [at]] = [lives(file, process.pid), lives(file, pid)];
  poke(at + LOCKING, NAMES);
  poke(NAMES + 4, file.readUInt32LE(at + 4));
  poke(NAMES, ((at - first) / SLOT_BYTES + 1) << 16);
}

/** Every slot but this process's own and the last one is some dead process's; it may not have told its start yet. */
function forgeAgents(pid, told = true) {
  const [AGENTS, STARTED] = [256, 8];
  const file = readFileSync(mapped);
  const [own] = lives(file, process.pid);
  for (let slot = 1; slot < AGENTS - 1; slot++) {
    file.writeBigUInt64LE((1n << 32n) | BigInt((pid << 8) | 1), own + slot * SLOT_BYTES);
    if (told) file.copy(file, own + slot * SLOT_BYTES + STARTED, own + STARTED, own + STARTED + 8);
    else file.writeBigUInt64LE(0n, own + slot * SLOT_BYTES + STARTED);
  }
  const fd = openSync(mapped, 'r+');
  writeSync(fd, file, own + SLOT_BYTES, (AGENTS - 2) * SLOT_BYTES, own + SLOT_BYTES);
  closeSync(fd);
}

async function main() {
  await child('none').gone; // what a first child process leaves in Node for ever is not ours
  own('its last slot stays free for whoever buries the dead', watchdog, async (agent) => {
    assert.ok(agent.unnamed(1) > 0);
    const { gone, pid } = child('none');
    await gone;
    forgeAgents(process.pid);
    assert.notDeepEqual(await child('send', unique(), 'x').gone, [0, null], 'all others live: EMFILE');
    forgeAgents(pid);
    assert.deepEqual(await child('send', unique(), 'x').gone, [0, null], 'all others are dead');
    assert.equal(lives(readFileSync(mapped), pid).length, 0);
  });
  own('who died before it told its start is dead only where process numbers mean the same to all', watchdog, async (agent) => {
    assert.ok(agent.unnamed(1) > 0);
    const { gone, pid } = child('none');
    await gone;
    forgeAgents(pid, false);
    const numbering = readFileSync(mapped).readUInt32LE(NUMBERING);
    poke(NUMBERING, 0xffffffff);
    assert.notDeepEqual(await child('send', unique(), 'x').gone, [0, null], 'it may live, under that number, elsewhere: EMFILE');
    poke(NUMBERING, numbering);
    assert.deepEqual(await child('send', unique(), 'x').gone, [0, null], 'all others are dead');
    assert.equal(lives(readFileSync(mapped), pid).length, 0);
  });
  own('a creation that gave up leaves nothing behind', patient, async (agent) => {
    const freeBytes = () => readFileSync(mapped).readUInt32LE(FREE_BYTES);
    assert.ok(agent.unnamed(1) > 0);
    const { pid, said, kill, gone } = child('hold', unique());
    await said();
    const before = freeBytes();
    giveNames(pid);
    const what = { args: [CREATE | READ | WRITE, 0o600, 65536, 64, 3] };
    assert.equal(agent.block(Op.RING_OPEN, what, 50), -Errno.ETIMEDOUT);
    assert.equal(freeBytes(), before);
    const cancelled = agent.submit(Op.RING_OPEN, what);
    cancelled.cancel();
    assert.equal(await cancelled, -Errno.ECANCELED);
    assert.equal(freeBytes(), before);
    kill();
    await gone;
  });
  own('a list waits for the lock of the names', patient, async (agent) => {
    const name = unique();
    assert.ok(agent.unnamed(1) > 0);
    const { pid, said, kill, gone } = child('hold', name);
    await said();
    giveNames(pid);
    const bytes = new Uint8Array(4096);
    const second = { bytes, args: [0, 1] };
    assert.ok(agent.attempt(Op.LIST, { bytes }) >= 0, 'the kernel has its own locks');
    assert.deepEqual([...agent.out.subarray(0, 2)], [0, 1]);
    assert.equal(agent.attempt(Op.LIST, second), -Errno.EAGAIN);
    assert.equal(agent.block(Op.LIST, second, 50), -Errno.ETIMEDOUT);
    const listed = agent.submit(Op.LIST, second);
    kill();
    await gone;
    assert.ok(utf8(bytes.subarray(0, await listed)).includes(name));
    assert.deepEqual([...listed.out.subarray(0, 2)], [0, 0]);
  });
  own('who was pronounced dead while it waits can close all the same', watchdog, async (agent) => {
    const waits = agent.submit(Op.SEM_WAIT, { handle: agent.unnamed() });
    const [life] = lives(readFileSync(mapped), process.pid);
    poke(life, (process.pid << 8) | DEAD);
    agent.close();
    assert.equal(await waits, -Errno.EBADF);
  });
  own('made when it is first needed, for this user alone', watchdog, (agent) => {
    agent.semaphore();
    assert.throws(() => statSync(mapped), { code: 'ENOENT' });
    assert.equal(agent.attempt(Op.RING_OPEN, { name: unique() }), -Errno.ENOENT);
    assert.throws(() => statSync(mapped), { code: 'ENOENT' }, 'looking for what is not there makes nothing');
    assert.ok(agent.unnamed(1) > 0);
    const { mode, size, uid, nlink } = statSync(mapped);
    assert.deepEqual([mode & 0o7777, size, uid, nlink], [0o600, 1 << 20, process.geteuid(), 1]);
    const left = readdirSync('/dev/shm').filter((name) => name.includes(namespace));
    assert.equal(left.length, 1, 'and nothing beside it');
  });

  own('whoever comes first makes it, and all meet in it', patient, async (agent) => {
    const name = unique();
    const children = Array.from({ length: 8 }, (_, i) => child('send', name, `${i}`, `${i}`));
    assert.deepEqual(await Promise.all(children.map(({ gone }) => gone)), Array(8).fill([0, null]));
    const handle = agent.ring(name);
    const got = [];
    const bytes = room();
    for (let n = 1; n > 0; ) {
      n = agent.attempt(Op.RING_RECEIVE, { handle, bytes });
      if (n > 0) got.push(utf8(bytes.subarray(0, n)));
    }
    assert.deepEqual(got.sort(), [...'0011223344556677']);
  });

  own('another namespace is another file, and tickets do not pass', watchdog, (agent) => {
    const other = new Agent({ namespace: `${namespace}-2` });
    try {
      const name = unique();
      assert.ok(agent.ring(name) > 0);
      const [here, there] = [agent.unnamed(1), other.unnamed(2)];
      assert.equal(other.attempt(Op.RING_OPEN, { name, args: [READ | WRITE] }), -Errno.ENOENT);
      const ticket = room();
      const bytes = ticket.subarray(0, agent.attempt(Op.TICKET, { handle: here, bytes: ticket }));
      assert.ok(agent.attempt(Op.OPEN_TICKET, { bytes }) > 0);
      assert.equal(other.attempt(Op.OPEN_TICKET, { bytes }), -Errno.ESTALE);
      assert.equal(other.attempt(Op.OPEN_TICKET, { bytes: bytes.subarray(0, 12) }), -Errno.EINVAL);
      assert.equal(other.attempt(Op.SEM_VALUE, { handle: there }), 2);
    } finally {
      other.close();
      rmSync(`${mapped}-2`, { force: true });
    }
    for (const bad of ['', '../x', 'a/b', 'a\0b', 'x'.repeat(65), 'é'])
      assert.throws(() => new Agent({ namespace: bad }), { errno: Errno.EINVAL }, JSON.stringify(bad));
  });

  const squatters = {
    'a link to another file': () => symlinkSync('/tmp/none', mapped),
    'a folder': () => mkdirSync(mapped),
    'a file that others may read': () => {
      writeFileSync(mapped, Buffer.alloc(1 << 20));
      chmodSync(mapped, 0o644);
    },
    'a file with a second name': () => {
      writeFileSync(mapped, Buffer.alloc(1 << 20), { mode: 0o600 });
      linkSync(mapped, `${mapped}-2`);
    },
  };
  for (const [what, make] of Object.entries(squatters)) {
    own(`refused: ${what}`, watchdog, (agent) => {
      make();
      assert.equal(agent.unnamed(), -Errno.EACCES);
      assert.equal(agent.ring(), -Errno.EACCES);
      rmSync(`${mapped}-2`, { force: true });
      rmSync(mapped, { recursive: true });
      assert.ok(agent.unnamed() > 0, 'and works once that is gone');
    });
  }

  own('refused: what is no region', watchdog, (agent) => {
    for (const bytes of [0, 64, 1 << 20]) {
      rmSync(mapped, { force: true });
      writeFileSync(mapped, Buffer.alloc(bytes), { mode: 0o600 });
      assert.equal(agent.unnamed(), -Errno.EUCLEAN, `${bytes} bytes`);
      assert.ok(readFileSync(mapped).equals(Buffer.alloc(bytes)), 'and left as it is');
    }
    rmSync(mapped);
    const made = new Agent();
    assert.ok(made.unnamed() > 0);
    made.close();
  });

  own('refused: a region that was cut short', watchdog, async (agent) => {
    const [exit] = await child('send', unique(), 'x').gone;
    assert.equal(exit, 0);
    truncateSync(mapped, 8192);
    assert.equal(agent.unnamed(), -Errno.EUCLEAN);
  });

  own('a ring whose only sender was killed is free for the next', watchdog, async (agent) => {
    const name = unique();
    const handle = agent.ring(name, 4096, 64, 0);
    const holder = child('hold', name);
    await holder.said();
    assert.equal(agent.attempt(Op.RING_SEND, { handle, bytes: 'mine' }), -Errno.EBUSY, 'it lives');
    const bytes = room();
    assert.equal(await agent.submit(Op.RING_RECEIVE, { handle, bytes }), 4);
    const wait = agent.submit(Op.RING_RECEIVE, { handle, bytes });
    holder.kill();
    await holder.gone;
    assert.equal(agent.attempt(Op.RING_SEND, { handle, bytes: 'mine' }), 0);
    assert.equal(await wait, 4);
    assert.equal(utf8(bytes.subarray(0, 4)), 'mine');
  });

  own('a stopped process keeps what it has', watchdog, async (agent) => {
    const name = unique();
    const handle = agent.ring(name, 4096, 64, 0);
    const holder = child('hold', name);
    await holder.said();
    process.kill(holder.pid, 'SIGSTOP');
    await sleep(20);
    assert.equal(agent.attempt(Op.RING_SEND, { handle, bytes: 'mine' }), -Errno.EBUSY);
    assert.equal(agent.block(Op.RING_SEND, { handle, bytes: 'mine' }, 50), -Errno.EBUSY);
    holder.kill();
    await holder.gone;
    assert.equal(agent.block(Op.RING_SEND, { handle, bytes: 'mine' }, 50), 0);
  });

  own('processes killed in the middle of anything: the others go on', patient, async (agent, t) => {
    const name = unique();
    const handle = agent.ring(name, 65536, 60, 3);
    const semaphore = agent.unnamed(0);
    const ticket = room();
    const length = agent.attempt(Op.TICKET, { handle: semaphore, bytes: ticket });
    const sem = Buffer.from(ticket.subarray(0, length)).toString('base64');
    let turns = 0;
    const bytes = room();
    /** Each of these has to come to an end, whoever died where. */
    const turn = async () => {
      const sent = agent.submit(Op.RING_SEND, { handle, bytes: 'mine' });
      let n = await agent.submit(Op.RING_RECEIVE, { handle, bytes });
      while (n >= 0) n = agent.attempt(Op.RING_RECEIVE, { handle, bytes });
      assert.equal(n, -Errno.EAGAIN);
      assert.equal(await sent, 0);
      agent.attempt(Op.SEM_POST, { handle: semaphore });
      assert.equal(await agent.submit(Op.SEM_WAIT, { handle: semaphore }), 0);
      turns++;
    };
    for (let i = 0; i < 30; i++) {
      const both = [child('hurry', name, sem), child('hurry', name, sem)];
      await Promise.all(both.map((each) => each.said()));
      for (const each of both) {
        const end = performance.now() + (i % 7);
        while (performance.now() < end) await turn();
        each.kill();
        await each.gone;
        await turn();
      }
    }
    t.diagnostic(`60 processes killed, ${turns} turns`);
  });
}

if (role in parts) await parts[role](...rest);
else if (role === undefined) await main();
