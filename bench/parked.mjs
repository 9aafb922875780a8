/**
 * What parked waits cost: parked.mjs [BACKEND] [WAITS] [QUEUES]. After 2 s of settling, 10 s of nothing happening:
 * processor time, and wake-ups (voluntary context switches) of every thread of this process, which is one agent.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'sluice';

// V8 tidies a heap seconds after it was filled, on its own threads (see --trace-gc): that is no cost of waiting.
const FLAG = '--no-memory-reducer';
if (!process.execArgv.includes(FLAG)) {
  const { status } = spawnSync(process.execPath, [FLAG, ...process.argv.slice(1)], { stdio: 'inherit' });
  process.exit(status ?? 1);
}

const [backend = 'native', waits = '1000', queues = '8'] = process.argv.slice(2);
const [SETTLE_MS, MEASURE_MS] = [2000, 10_000];
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** Of each thread, its name and how often it has gone to sleep. */
function switches() {
  const tasks = readdirSync('/proc/self/task').map((id) => {
    const status = readFileSync(`/proc/self/task/${id}/status`, 'utf8');
    return [id, { name: /^Name:\t(.*)$/m.exec(status)[1], count: Number(/^voluntary_ctxt_switches:\t(\d+)$/m.exec(status)[1]) }];
  });
  return new Map(tasks);
}

const ipc = await connect({ backend });
const open = (_, i) => ipc.messageQueue(`/parked-${process.pid}-${i}`, { create: true, maxMessages: 4, messageBytes: 16 });
const all = await Promise.all(Array.from({ length: Number(queues) }, open));
for (const queue of all) await ipc.unlink(queue.name, 'messageQueue');
const leave = new AbortController();
const parked = Array.from({ length: Number(waits) }, (_, i) => all[i % all.length].receive({ signal: leave.signal }));
const ended = Promise.allSettled(parked);

await sleep(SETTLE_MS);
const [before, cpu, start] = [switches(), process.cpuUsage(), performance.now()];
await sleep(MEASURE_MS);
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage(cpu);
const after = switches();

const woken = [...after].map(([id, { name, count }]) => ({ name, count: count - (before.get(id)?.count ?? 0) }));
const total = woken.reduce((sum, { count }) => sum + count, 0);
for (const queue of all) await queue.send('x');
await Promise.all(parked.slice(0, all.length)); // the first of each queue is the one that is served
leave.abort();
const results = await ended;
await ipc.close();

console.log(`${backend}: ${waits} receives parked on ${queues} queues, ${after.size} threads, ${seconds.toFixed(1)} s`);
const verdict = (fine) => (fine ? 'ok' : 'not ok');
const percent = ((user + system) / 1e6 / seconds) * 100;
console.log(`${verdict(percent <= 0.1)} processor ${percent.toFixed(3)} %, at most 0.1`);
console.log(`${verdict(total / seconds <= 2)} wake-ups ${(total / seconds).toFixed(2)} /s, at most 2 an agent; this is one`);
for (const { name, count } of woken) if (count > 0) console.log(`    ${name}: ${count}`);
const served = results.filter(({ status }) => status === 'fulfilled').length;
console.log(`${served === all.length ? 'ok' : 'not ok'} ${served} were served, ${results.length - served} left by abort`);
process.exitCode = served === all.length && percent <= 0.1 && total / seconds <= 2 ? 0 : 1;
