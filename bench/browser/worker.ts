/** One end in a worker: what it has to do comes by its name; then it says so, and begins with the next message. */
import { attach, type HandleTicket, type IpcTicket, type MessageQueue, type Ring } from 'sluice';
import { type Ends, jobs } from './jobs.js';

export interface Tickets {
  ipc: IpcTicket;
  ring: HandleTicket;
  back: HandleTicket;
  queue: HandleTicket;
  port: MessagePort;
  word: Int32Array;
}
export interface Told {
  what: keyof typeof jobs;
  end: string;
  count: number;
}

const next = <T>() =>
  new Promise<T>((resolve) => {
    addEventListener('message', ({ data }) => resolve(data), { once: true });
  });

async function join({ ipc: ticket, ring, back, queue, port, word }: Tickets): Promise<Ends> {
  const ipc = await attach(ticket);
  const [there, answers, messages] = [await ipc.open(ring), await ipc.open(back), await ipc.open(queue)];
  return { ring: there as Ring, back: answers as Ring, queue: messages as MessageQueue, port, word };
}

const ends = await join(await next<Tickets>());
for (;;) {
  const order = next<Told>();
  postMessage('ready');
  const { what, end, count } = await order;
  postMessage(await jobs[what][end]!(ends, count));
}
