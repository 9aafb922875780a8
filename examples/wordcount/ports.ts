/**
 * The same three stages over postMessage: the same batches of counts and bound on files in flight. Chunks and counts
 * are in transfer lists, and go from thread to thread without passing through a third one.
 */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { type Chunk, type Pour, pourFor } from './chunks.js';
import { counterFor } from './counter.js';
import { addCounts, dumpOf, Outbox } from './counts.js';
import type { PortOrder, Report } from './order.js';
import { Shares } from './shares.js';
import type { Progress } from './stages.js';
import { Tally } from './tally.js';

type Pass = () => Promise<Report>;
const END = 'end';
/** How many messages of counts a tokenizer has sent. */
interface Sent {
  sent: number;
}

/**
 * Hands over what comes, and what has come meanwhile without another turn of the event loop.
 *
 * @param take says whether this was a pass's last message
 * @param dry nothing is left for the moment
 * @returns waits for the end of a pass
 */
function listen<M>(port: MessagePort, take: (message: M) => boolean, dry = () => {}): () => Promise<void> {
  let settle: { resolve(): void; reject(error: unknown): void };
  const begin = () =>
    new Promise<void>((resolve, reject) => {
      settle = { resolve, reject };
    });
  let passed = begin();
  port.on('message', (first: M) => {
    try {
      for (let next: { message: M } | undefined = { message: first }; next; next = receiveMessageOnPort(port)) {
        if (take(next.message)) settle.resolve();
      }
      dry();
    } catch (error) {
      settle.reject(error);
    }
  });
  return async () => {
    await passed;
    passed = begin();
  };
}

function openReader({ task, inputs, outputs }: PortOrder): Pass {
  const { length } = task.files;
  const shares = new Shares(outputs.length);
  let pour: Pour;
  let slots = task.inFlight;
  let file = length;
  const send = (chunk: Chunk) => {
    const port = outputs[shares.turn]!;
    shares.add(chunk.length, chunk.last);
    port.postMessage(chunk, [chunk.bytes.buffer]);
  };
  const pump = () => {
    if (file === length) return;
    for (; slots > 0 && file < length; slots--, file++) pour(file, send);
    if (file === length) for (const output of outputs) output.postMessage(END);
  };
  const passed = listen<number>(inputs[0]!, (ended) => {
    slots += ended;
    pump();
    return file === length && slots === task.inFlight;
  });
  return async () => {
    pour = pourFor(task);
    const startedNs = process.hrtime.bigint();
    file = 0;
    pump();
    await passed();
    return { startedNs, messages: 0, bytes: 0 };
  };
}

function openTokenizer({ task, inputs, outputs }: PortOrder): Pass {
  const [input, output] = [inputs[0]!, outputs[0]!];
  const counter = counterFor(task.work);
  const report = { messages: 0, bytes: 0 };
  const outbox = new Outbox(counter.tally, task, (message) => {
    const counts = message.slice();
    output.postMessage(counts, [counts.buffer]);
  });
  const take = (chunk: Chunk | typeof END) => {
    if (chunk === END) {
      outbox.flush();
      output.postMessage({ sent: outbox.sent } satisfies Sent);
      return true;
    }
    counter.data(chunk.bytes, 0, chunk.length);
    report.messages++;
    report.bytes += chunk.length;
    if (chunk.last) {
      counter.end(chunk.file);
      outbox.files++;
    }
    outbox.counted();
    return false;
  };
  const passed = listen(input, take);
  return async () => {
    await passed();
    const done = { ...report };
    report.messages = report.bytes = 0;
    return done;
  };
}

function openAggregator({ task, inputs, outputs }: PortOrder, progress: Progress): Pass {
  let tally = new Tally();
  let messages = 0;
  let files = 0;
  let told = 0;
  const tell = () => {
    if (files > told) outputs[0]!.postMessage(files - told);
    told = files;
  };
  const take = (message: Uint8Array | Sent) => {
    messages++;
    if (!(message instanceof Uint8Array)) return true; // the port is in order: all of its counts are here
    files += addCounts(message, message.length, tally);
    if (files - told > task.inFlight / 4) tell();
    progress(files);
    return false;
  };
  const passed = inputs.map((input) => listen(input, take, tell));
  return async () => {
    await Promise.all(passed.map((each) => each()));
    const report = { endedNs: process.hrtime.bigint(), messages, bytes: 0, totals: dumpOf(tally) };
    tally = new Tally();
    messages = files = told = 0;
    return report;
  };
}

const openers = { reader: openReader, tokenizer: openTokenizer, aggregator: openAggregator };

export function openPortStage(order: PortOrder, progress: Progress): Pass {
  return openers[order.role](order, progress);
}
