/** Opens one of `objects` semaphores by its name, and closes it. */
import { connect } from 'sluice';
import { repeated } from './alone.mjs';

export { open } from './alone.mjs';

export async function join(_, { objects, sizeBytes }) {
  const ipc = await connect({ sizeBytes });
  const names = Array.from({ length: objects }, (_, i) => `/object-${i}`);
  for (const name of names) ipc.semaphoreSync(name, { create: true }).closeSync();
  return repeated(() => ipc.semaphoreSync(names[Math.floor(Math.random() * objects)]).closeSync());
}
