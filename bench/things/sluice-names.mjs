/** Opening by name: `objects` semaphores in a region of 256 MiB, opened and closed in an order that no cache foresees. What is not there throws. */
import { attach, connect } from 'sluice';

const REGION_BYTES = 256 << 20;
const STRIDE = 7919; // a prime
const nameOf = (i) => `/name-${i}`;

export async function open({ reach, namespace, objects }, roles) {
  const ipc = await connect({ reach, namespace, sizeBytes: REGION_BYTES });
  for (let i = 0; i < objects; i++) {
    const semaphore = await ipc.semaphore(nameOf(i), { create: true, exclusive: true });
    await semaphore.close();
  }
  return roles.map(() => ({ ticket: ipc.ticket() }));
}

export async function join(ticket, { objects }) {
  const ipc = await attach(ticket);
  const names = Array.from({ length: objects }, (_, i) => nameOf((i * STRIDE) % objects));
  return {
    open(count) {
      let sum = 0;
      for (let i = 0; i < count; i++) {
        ipc.semaphoreSync(names[i % objects]).closeSync();
        sum += i;
      }
      return { sum };
    },
  };
}
