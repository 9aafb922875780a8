/** ringbuf.js, as its README has it; it has no way to wait, so who finds it full or empty looks again. */
import { RingBuffer } from 'ringbuf.js';
import { blocking, newMessage } from '../works.mjs';

const CHANNELS = 2;

export async function open({ capacity }, roles) {
  const ticket = Array.from({ length: CHANNELS }, () => RingBuffer.getStorageForCapacity(capacity, Uint32Array));
  return roles.map(() => ({ ticket, transfer: [] }));
}

export async function join(ticket, scenario) {
  const { batch = 1, bytes } = scenario;
  if (bytes !== 4) throw new Error('records of 4 bytes, no others');
  const rings = ticket.map((storage) => new RingBuffer(storage, Uint32Array));
  const message = newMessage(scenario);
  const [out, into] = [new Uint32Array(message.buffer), new Uint32Array(batch)];
  const put = (channel) => {
    const ring = rings[channel];
    for (let done = ring.push(out); done < batch; ) done += ring.push(out, batch - done, done);
  };
  const get = (channel) => {
    const ring = rings[channel];
    for (let done = ring.pop(into); done < batch; ) done += ring.pop(into, batch - done, done);
    let sum = 0;
    for (let i = 0; i < batch; i++) sum += into[i];
    return sum;
  };
  return blocking(scenario, message, put, get);
}
