/**
 * The three stages over Sluice. The same code in a worker thread (wasm) and in a process of its own (native): a
 * stage has its thread to itself and may block it, so it uses the Sync forms.
 */
import type { Ipc, MessageQueue, PipeReader, PipeWriter, Semaphore } from 'sluice';
import { counterFor } from './counter.js';
import { addCounts, dumpOf, Outbox } from './counts.js';
import { type Emit, feedFor } from './feed.js';
import { CHUNK_BYTES, endFrame, Unpacker } from './frames.js';
import type { IpcOrder, Report } from './order.js';
import { Tally } from './tally.js';

/** A control message overtakes the counts. */
const CONTROL = 1;

type Pass = () => Report;
export type Progress = (files: number) => void;

function openReader(ipc: Ipc, order: IpcOrder): Pass {
  const { task } = order;
  const slots = ipc.semaphoreSync(order.slots);
  const pipes = order.pipes.map((ticket) => ipc.openSync(ticket) as PipeWriter);
  const feed = feedFor(task, sendTo(pipes));
  return () => {
    const startedNs = process.hrtime.bigint();
    for (let file = 0; file < task.files.length; file++) {
      if (!slots.tryWait()) {
        feed.flush(); // or nobody would have anything to finish
        slots.waitSync();
      }
      feed.add(file);
    }
    feed.flush();
    for (const pipe of pipes) pipe.writeSync(endFrame());
    return { startedNs, messages: 0, bytes: 0 };
  };
}

/** The next file goes to whoever has the least left to read: nobody starves while another one's pipe is full. */
function sendTo(pipes: readonly PipeWriter[]): Emit {
  let turn = pipes[0]!;
  return (frames, whole) => {
    turn.writeSync(frames);
    if (!whole) return;
    const left = pipes.map((pipe) => pipe.attributesSync().readableBytes);
    turn = pipes[left.indexOf(Math.min(...left))]!;
  };
}

function openTokenizer(ipc: Ipc, order: IpcOrder): Pass {
  const input = ipc.openSync(order.pipes[0]!) as PipeReader;
  const queue = ipc.messageQueueSync(order.queue, { access: 'write' });
  return () => {
    const counter = counterFor(order.task.work);
    const frames = new Unpacker(counter);
    const outbox = new Outbox(counter.tally, order.task, (message) => queue.sendSync(message));
    const chunk = new Uint8Array(CHUNK_BYTES);
    while (!frames.ended) {
      const length = input.readIntoSync(chunk);
      if (length === 0) throw new Error('the reader has gone');
      frames.push(chunk, length);
      outbox.files = frames.files;
      outbox.counted();
    }
    outbox.flush();
    queue.sendSync(Uint32Array.of(outbox.sent), { priority: CONTROL });
    return { messages: frames.frames, bytes: frames.bytes };
  };
}

function openAggregator(ipc: Ipc, order: IpcOrder, progress: Progress): Pass {
  const queue = ipc.messageQueueSync(order.queue, { access: 'read' });
  const slots = ipc.semaphoreSync(order.slots);
  return () => {
    const { tally, messages } = aggregate(queue, slots, order.task.tokenizers, progress);
    return { endedNs: process.hrtime.bigint(), messages, bytes: 0, totals: dumpOf(tally) };
  };
}

/** Until every tokenizer has told how many messages it has sent, and all of them are here. */
function aggregate(queue: MessageQueue, slots: Semaphore, tokenizers: number, progress: Progress) {
  const tally = new Tally();
  const message = new Uint8Array(queue.messageBytes);
  let files = 0;
  let missing = 0;
  let messages = 0;
  for (let talking = tokenizers; talking > 0 || missing > 0; ) {
    const { length, priority } = queue.receiveIntoSync(message);
    messages++;
    if (priority === CONTROL) {
      missing += new DataView(message.buffer).getUint32(0, true);
      talking--;
      continue;
    }
    missing--;
    const ended = addCounts(message, length, tally);
    for (let i = 0; i < ended; i++) slots.postSync();
    files += ended;
    progress(files);
  }
  return { tally, messages };
}

const openers = { reader: openReader, tokenizer: openTokenizer, aggregator: openAggregator };

/** Opens what the stage needs; what it gives does the work, as often as it is called. */
export function openStage(ipc: Ipc, order: IpcOrder, progress: Progress): Pass {
  return openers[order.role](ipc, order, progress);
}
