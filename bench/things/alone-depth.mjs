/** A send and a receive of a queue in which `depth` messages wait, of random priorities. */
import { connect } from 'sluice';
import { repeated } from './alone.mjs';

export { open } from './alone.mjs';

const PRIORITIES = 32768;

export async function join(_, { bytes, depth, priorities }) {
  const ipc = await connect({ sizeBytes: 64 << 20 });
  const queue = await ipc.messageQueue('/depth', { create: true, maxMessages: depth + 1, messageBytes: bytes });
  const message = new Uint8Array(bytes);
  const options = { priority: 0 };
  const send = () => {
    options.priority = Math.floor(Math.random() * priorities) * Math.floor(PRIORITIES / priorities);
    queue.trySend(message, options);
  };
  for (let i = 0; i < depth; i++) send();
  return repeated(() => {
    send();
    queue.tryReceiveInto(message);
  });
}
