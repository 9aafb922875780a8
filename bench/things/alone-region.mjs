/** Makes a region, a queue in it, sends and receives a message, and closes all. */
import { connect } from 'sluice';
import { awaited } from './alone.mjs';

export { open } from './alone.mjs';

export const join = async (_, { bytes, sizeBytes }) =>
  awaited(async () => {
    const ipc = await connect({ sizeBytes });
    const queue = await ipc.messageQueue('/queue', { create: true, messageBytes: bytes });
    await queue.send(new Uint8Array(bytes));
    await queue.receive();
    await ipc.close();
  });
