/** A MessagePort: a message is copied; of a batch each record is put into one array, whose buffer is transferred, and is a view of its own there. */
import { eventful, firstOf, newMessage, summer } from '../works.mjs';

export async function open(_, roles) {
  if (roles.length !== 2) throw new Error('a port has two ends');
  const { port1, port2 } = new MessageChannel();
  return [port1, port2].map((port) => ({ ticket: port, transfer: [port] }));
}

export async function join(port, scenario) {
  const { bytes, batch = 1 } = scenario;
  const message = newMessage(scenario);
  const sum = batch === 1 ? summer(scenario) : sumOfViews;
  const records = Array.from({ length: batch }, (_, i) => message.subarray(i * bytes, (i + 1) * bytes));

  function sumOfViews(data) {
    let all = 0;
    for (let at = 0; at < data.length; at += bytes) all += firstOf(data.subarray(at, at + bytes));
    return all;
  }

  const put = () => {
    if (batch === 1) return port.postMessage(message);
    const all = new Uint8Array(bytes * batch);
    for (let i = 0; i < batch; i++) all.set(records[i], i * bytes);
    port.postMessage(all, [all.buffer]);
  };
  const listen = (handler) => {
    port.onmessage = ({ data }) => handler(sum(data));
  };
  return eventful(scenario, message, put, listen);
}
