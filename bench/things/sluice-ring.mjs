/** Our ring; a message is one record, its batch and all. A main thread awaits. */
import { awaiting, blocking, newMessage, ownSummer, summer } from '../works.mjs';
import { joinAll, openAll, regionBytes } from './sluice.mjs';

/** `many`: as for many ends, though there is one of each side. */
export function open(scenario, roles) {
  const { bytes, batch = 1, capacity, producers = 1, consumers = 1, many = 0 } = scenario;
  const side = (ends) => (many || ends > 1 ? 'many' : 'one');
  const sides = { producers: side(producers), consumers: side(consumers) };
  const recordBytes = Object.values(sides).includes('many') ? bytes * batch : undefined;
  const capacityBytes = (capacity / batch) * (bytes * batch + 4);
  return openAll(scenario, roles, regionBytes(capacityBytes), (ipc) => ipc.ring({ capacityBytes, recordBytes, ...sides }));
}

export async function join(ticket, scenario, main) {
  const rings = (await joinAll(ticket)).map(([ring]) => ring);
  const [message, into] = [newMessage(scenario), newMessage(scenario)];
  if (main) {
    const sum = summer(scenario);
    const send = (channel) => rings[channel].send(message);
    return awaiting(scenario, message, send, async (channel) => sum(await rings[channel].receive()));
  }
  const sum = ownSummer(scenario, into);
  const put = (channel) => rings[channel].sendSync(message);
  const get = (channel) => {
    rings[channel].receiveIntoSync(into);
    return sum();
  };
  return blocking(scenario, message, put, get);
}
