/** One run of the job, in a process of its own: so that its memory is its own, and nothing is warm from another. */
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Work } from './counter.js';
import { type Place, Stage } from './launch.js';
import { GO, type IpcOrder, type PortOrder, type Report, type Task } from './order.js';
import { rolesOf, type Undo, type Wiring, wireIpc, wirePorts } from './wiring.js';

export type Job = 'wasm' | 'native' | 'postMessage';

export interface RunOrder {
  job: Job;
  task: Task;
}

/** What one run came to. */
export interface Outcome {
  seconds: number;
  bytes: number;
  messages: number;
  residentBytes: number;
  totals: Uint8Array;
}

export type FromRun = { progress: number } | { outcome: Outcome } | { failed: string };

const INTERRUPTED = 130;
const FAIL_TOGETHER_MS = 100;
/** Passes over the files: engines compile what runs often, and only what is compiled is measured. */
interface Passes {
  warmUp: number;
  measured: number;
}
const passesOf: Record<Work, Passes> = { tokenize: { warmUp: 3, measured: 1 }, checksum: { warmUp: 60, measured: 40 } };

/** Orders the stages, and lets them pass over the files again and again. */
async function drive(stages: readonly Stage[], { orders, settle }: Wiring, { warmUp, measured }: Passes): Promise<Report[][]> {
  await Promise.all(stages.map((stage, i) => stage.ask(orders[i], portsOf(orders[i]!))));
  await settle();
  const passes: Report[][] = [];
  while (passes.length < warmUp + measured) passes.push(await Promise.all(stages.map((stage) => stage.ask<Report>(GO))));
  return passes.slice(warmUp);
}

const portsOf = (order: IpcOrder | PortOrder) => ('inputs' in order ? [...order.inputs, ...order.outputs] : []);

/** One pass, as the mean of those that are measured. */
function outcomeOf(passes: readonly Report[][], place: Place): Outcome {
  const mean = (of: (report: Report) => number) => passes.flat().reduce((sum, report) => sum + of(report), 0) / passes.length;
  const last = passes.at(-1)!;
  const elsewhere = place === 'process' ? last.reduce((sum, report) => sum + report.residentBytes!, 0) : 0;
  return {
    seconds: mean(({ startedNs, endedNs }) => Number((endedNs ?? 0n) - (startedNs ?? 0n)) / 1e9),
    bytes: mean((report) => report.bytes),
    messages: mean((report) => report.messages),
    residentBytes: process.resourceUsage().maxRSS * 1024 + elsewhere,
    totals: last.at(-1)!.totals!,
  };
}

async function run({ job, task }: RunOrder, tell: (files: number) => void): Promise<Outcome> {
  const place = job === 'native' ? 'process' : 'thread';
  const undo: Undo = [];
  const clear = async () => {
    for (let step = undo.pop(); step; step = undo.pop()) await step();
  };
  onInterrupt(clear);
  try {
    const wiring = job === 'postMessage' ? wirePorts(task) : await wireIpc(job, task, undo);
    const stages = rolesOf(task).map((role) => new Stage(place, role, tell));
    undo.push(() => Promise.all(stages.map((stage) => stage.end())));
    for (const { peer } of stages) if (peer instanceof Worker) wiring.ipc?.watch(peer);
    const passes = await drive(stages, wiring, passesOf[task.work]).catch((error) => failAll(stages, error));
    return outcomeOf(passes, place);
  } finally {
    await clear();
  }
}

/** Whoever fails first may only have lost its peer: says why each one did that does so soon. */
async function failAll(stages: readonly Stage[], first: Error): Promise<never> {
  await setTimeout(FAIL_TOGETHER_MS);
  const reasons = stages.flatMap(({ failure }) => failure?.message ?? []);
  throw reasons.length === 0 ? first : new Error(reasons.join('\n'));
}

/** A signal, or the end of who started us, ends the job: nothing stays behind. */
function onInterrupt(clear: () => Promise<void>): void {
  const interrupted = () => clear().finally(() => process.exit(INTERRUPTED));
  for (const event of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.once(event, interrupted);
}

/** Resolves when it has gone: what is still under way when the channel is cut is lost. */
const send = (message: FromRun) => new Promise<void>((resolve) => process.send!(message, () => resolve()));

process.once('message', async (order: RunOrder) => {
  try {
    const outcome = await run(order, (progress) => void send({ progress }));
    await send({ outcome });
  } catch (error) {
    await send({ failed: (error as Error).message });
    process.exitCode = 1;
  }
  process.exit();
});
