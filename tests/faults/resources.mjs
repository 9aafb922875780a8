/**
 * The same work ten times, on both backends: descriptors, threads, names, agents and waits as before, and memory that does
 * not grow with the rounds. A leak of 100 bytes an operation would be seen.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const root = new URL('../../', import.meta.url).pathname;
const { attach, connect } = await import(pathToFileURL(`${root}dist/node.js`));
const ROUNDS = 10;
const OPERATIONS = Number(process.argv[2] ?? 10_000);
const LEAK_BYTES = 100;
let serial = 0;

async function held(ipc) {
  const mine = (each) => each.includes(`-${process.pid}`);
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    threads: readdirSync('/proc/self/task').length,
    agents: (await ipc.agents()).length,
    names: readdirSync('/dev/shm').filter(mine).length + readdirSync('/tmp').filter(mine).length,
  };
}

/** Memory that is really there, without the shared one. */
function residentBytes() {
  for (let i = 0; i < 3; i++) globalThis.gc();
  const anonymous = /^RssAnon:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(anonymous[1]) * 1024;
}

/** Each kind opened, used, waited for with a timeout and an abort, closed and unlinked. */
async function work(ipc, count) {
  const one = new Uint8Array(8);
  for (let i = 0; i < count / 40; i++) {
    const id = `sluice-${process.pid}-${serial++}`;
    const other = await attach(ipc.ticket());
    const sem = await ipc.semaphore(`/${id}`, { create: true });
    const queue = await ipc.messageQueue(`/${id}`, { create: true, maxMessages: 2, messageBytes: 8 });
    const ring = await ipc.ring(`/${id}`, { create: true, capacityBytes: 1024 });
    const [reader, writer] = await ipc.pipe({ capacityBytes: 4096 });
    for (let n = 0; n < 5; n++) {
      await Promise.all([sem.wait(), sem.post()]);
      await Promise.all([queue.receive(), queue.send(one)]);
      await Promise.all([ring.receive(), ring.send(one)]);
      await Promise.all([reader.read(8), writer.write(one)]);
    }
    const abort = new AbortController();
    const late = [sem.wait({ timeout: 0 }), ring.receive({ signal: abort.signal }), queue.receive({ signal: abort.signal })];
    abort.abort();
    await Promise.allSettled(late);
    await (await other.semaphore(`/${id}`)).post();
    await other.close();
    for (const each of [sem, queue, ring, reader, writer]) await each.close();
    for (const kind of ['semaphore', 'messageQueue', 'ring']) await ipc.unlink(`/${id}`, kind);
  }
}

async function settled(ipc, before) {
  for (const end = performance.now() + 10_000; performance.now() < end; await sleep(20)) {
    const now = await held(ipc);
    if (JSON.stringify(now) === JSON.stringify(before)) return now;
  }
  return held(ipc);
}

for (const backend of ['wasm', 'native']) {
  const namespace = backend === 'native' ? { namespace: `test-${process.pid}` } : {};
  const ipc = await connect({ backend, ...namespace });
  const round = () => work(ipc, OPERATIONS);
  await round();
  await round();
  await sleep(1200); // idle threads go after a second
  const before = await held(ipc);
  const bytes = residentBytes();
  for (let i = 0; i < ROUNDS; i++) await round();
  const after = await settled(ipc, before);
  const same = JSON.stringify(after) === JSON.stringify(before);
  console.log(`${same ? 'ok' : 'not ok'} resources: ${backend}: ${JSON.stringify(before)}, then ${JSON.stringify(after)}`);
  const grown = residentBytes() - bytes;
  const most = ROUNDS * OPERATIONS * LEAK_BYTES;
  const fine = grown < most;
  const told = `${(grown / 1024).toFixed(0)} KiB in ${ROUNDS * OPERATIONS} operations; a leak of ${LEAK_BYTES} bytes each: ${most / 1024} KiB`;
  console.log(`${fine ? 'ok' : 'not ok'} resources: ${backend}: memory grew by ${told}`);
  if (!same || !fine) process.exitCode = 1;
  await ipc.close();
}
rmSync(`/dev/shm/sluice-${process.geteuid()}-test-${process.pid}`, { force: true });
