/** One agent in a worker or a process of its own: attaches by ticket, then runs the functions that it is sent. */
import { parentPort, workerData } from 'node:worker_threads';
import { attach } from 'sluice';

const port = parentPort ?? { on: (_, listener) => process.on('message', listener), postMessage: (data) => process.send(data) };
const ticket = workerData?.ticket ?? JSON.parse(process.argv[2]);
const ipc = await attach(ticket);
/** What the functions keep from one call to the next. */
const kept = {};

async function run({ id, source, args }) {
  try {
    const call = new Function(`return (${source})`)();
    port.postMessage({ id, value: await call({ ipc, kept, port }, ...args) });
  } catch (error) {
    port.postMessage({ id, error: { name: error?.name, message: error?.message ?? String(error), code: error?.code } });
  }
}

port.on('message', run);
port.postMessage({ id: 0, value: 'ready' });
