/** A MessagePort: a message is copied; a batch of them is one array, whose buffer is transferred. */
import { eventful, newMessage, summer } from '../works.mjs';

export async function open(_, roles) {
  if (roles.length !== 2) throw new Error('a port has two ends');
  const { port1, port2 } = new MessageChannel();
  return [port1, port2].map((port) => ({ ticket: port, transfer: [port] }));
}

export async function join(port, scenario) {
  const { batch = 1 } = scenario;
  const message = newMessage(scenario);
  const sum = summer(scenario);
  const put = () => {
    if (batch === 1) return port.postMessage(message);
    const copy = message.slice();
    port.postMessage(copy, [copy.buffer]);
  };
  const listen = (handler) => {
    port.onmessage = handler && (({ data }) => handler(sum(data)));
  };
  return eventful(scenario, message, put, listen);
}
