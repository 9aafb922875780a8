import { MessageChannel } from 'node:worker_threads';
import { type BackendName, connect, type Ipc } from 'sluice';
import { MESSAGE_BYTES } from './counts.js';
import type { IpcOrder, PortOrder, Role, Task } from './order.js';

/** As many as any kernel's default limits allow. */
const MAX_MESSAGES = 10;
/**
 * Room for the longest files, so that the reader need not wait for one tokenizer while another one starves; the kernel
 * gives 1 MiB to anybody.
 */
const PIPE_BYTES: Record<BackendName, number> = { wasm: 4 * 2 ** 20, native: 2 ** 20 };
/** Of the region, beside the pipes. */
const OTHER_BYTES = 4 * 2 ** 20;

/** What lies between the stages of one run. */
export interface Wiring {
  ipc?: Ipc;
  /** For the stages that `rolesOf` names. */
  orders: (IpcOrder | PortOrder)[];
  /** Every stage has opened what it needs: no handle is held, and no name is left, for their sake. */
  settle(): Promise<void>;
}

/** Steps that give back what was taken; the last one goes first. */
export type Undo = (() => Promise<unknown>)[];

export function rolesOf({ tokenizers }: Task): Role[] {
  return ['reader', ...new Array<Role>(tokenizers).fill('tokenizer'), 'aggregator'];
}

export async function wireIpc(backend: BackendName, task: Task, undo: Undo): Promise<Wiring> {
  const capacityBytes = PIPE_BYTES[backend];
  const ipc = await connect({ backend, sizeBytes: OTHER_BYTES + task.tokenizers * capacityBytes });
  undo.push(() => ipc.close());
  const name = `/sluice-wordcount-${process.pid}`;
  const unlink = () => Promise.allSettled([ipc.unlink(name, 'messageQueue'), ipc.unlink(name, 'semaphore')]);
  undo.push(unlink);
  const sizes = { maxMessages: MAX_MESSAGES, messageBytes: MESSAGE_BYTES };
  const queue = await ipc.messageQueue(name, { create: true, exclusive: true, ...sizes });
  const slots = await ipc.semaphore(name, { create: true, exclusive: true, value: task.inFlight });
  const pipes = await Promise.all(Array.from({ length: task.tokenizers }, () => ipc.pipe({ capacityBytes })));
  const readers = await Promise.all(pipes.map(([reader]) => reader.ticket()));
  const writers = await Promise.all(pipes.map(([, writer]) => writer.ticket()));
  const shared = { task, ipc: ipc.ticket(), queue: name, slots: name };
  return {
    ipc,
    orders: [
      { ...shared, role: 'reader', pipes: writers },
      ...readers.map((reader): IpcOrder => ({ ...shared, role: 'tokenizer', pipes: [reader] })),
      { ...shared, role: 'aggregator', pipes: [] },
    ],
    settle: async () => {
      await unlink();
      for (const handle of [queue, slots, ...pipes.flat()]) await handle.close();
    },
  };
}

export function wirePorts(task: Task): Wiring {
  const chunks = Array.from({ length: task.tokenizers }, () => new MessageChannel());
  const counts = chunks.map(() => new MessageChannel());
  const slots = new MessageChannel();
  return {
    orders: [
      { task, role: 'reader', inputs: [slots.port2], outputs: chunks.map(({ port1 }) => port1) },
      ...chunks.map(({ port2 }, i): PortOrder => ({ task, role: 'tokenizer', inputs: [port2], outputs: [counts[i]!.port1] })),
      { task, role: 'aggregator', inputs: counts.map(({ port2 }) => port2), outputs: [slots.port1] },
    ],
    settle: async () => {},
  };
}
