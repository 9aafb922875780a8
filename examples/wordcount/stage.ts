/** One stage's entry: a worker thread or a process, told by a first message what it is, by a second to go. */
import { parentPort } from 'node:worker_threads';
import { attach } from 'sluice';
import { type FromStage, GO, type IpcOrder, type PortOrder, type Report } from './order.js';
import { openPortStage } from './ports.js';
import { openStage, type Progress } from './stages.js';

const PROGRESS_MS = 100;

/** Who started us; threads and processes differ in nothing else. */
interface Parent {
  /** Resolves when it has gone. */
  send(message: FromStage): Promise<void> | void;
  on(take: (message: unknown) => void): void;
}

const threadsParent = (port: NonNullable<typeof parentPort>): Parent => ({
  send: (message) => port.postMessage(message),
  on: (take) => port.on('message', take),
});

const processParent: Parent = {
  send: (message) => new Promise((resolve) => process.send!(message, () => resolve())),
  on: (take) => process.on('message', take),
};

const parent = parentPort ? threadsParent(parentPort) : processParent;
/** What the next word to go is for. */
let run: (() => Promise<Report>) | undefined;

function teller(wanted: boolean): Progress {
  let next = performance.now() + PROGRESS_MS;
  return (files) => {
    if (!wanted || performance.now() < next) return;
    next = performance.now() + PROGRESS_MS;
    parent.send({ progress: files });
  };
}

async function open(order: IpcOrder | PortOrder): Promise<() => Promise<Report>> {
  const progress = teller(order.task.progress);
  if (!('ipc' in order)) return openPortStage(order, progress);
  const ipc = await attach(order.ipc);
  const stage = openStage(ipc, order, progress);
  return async () => stage();
}

async function answer(message: unknown): Promise<'ready' | Report> {
  if (message === GO) return { ...(await run!()), residentBytes: process.resourceUsage().maxRSS * 1024 };
  run = await open(message as IpcOrder | PortOrder);
  return 'ready';
}

parent.on(async (message) => {
  try {
    await parent.send({ answer: await answer(message) });
  } catch (error) {
    await parent.send({ failed: (error as Error).stack ?? String(error) });
    process.exit(1);
  }
});
