/** `process.send`, which connects a process with one that it forked and no others: so the first end is the one that forks. */
import { eventful, newMessage, summer } from '../works.mjs';

export const parent = true;

export async function open(_, roles) {
  if (roles.length !== 2) throw new Error('it has two ends');
  return roles.map(() => ({}));
}

/** Structured clone (`advanced`), since JSON has no bytes. */
export async function join(_, scenario, { other = process } = {}) {
  const message = newMessage(scenario);
  const sum = summer(scenario);
  const listen = (handler) => other.on('message', (data) => data instanceof Uint8Array && handler(sum(data)));
  return eventful(scenario, message, () => void other.send(message), listen);
}
