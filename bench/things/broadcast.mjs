/** A BroadcastChannel for each way: a message is copied, to whoever listens; it has no transfer lists. */
import { eventful, newMessage, summer } from '../works.mjs';

export async function open({ namespace }, roles) {
  if (roles.length !== 2) throw new Error('one end sends, one receives');
  const names = ['there', 'back'].map((name) => `${namespace}-${name}`);
  return [names, names.toReversed()].map(([writes, reads]) => ({ ticket: { writes, reads } }));
}

export async function join({ writes, reads }, scenario) {
  const [out, into] = [writes, reads].map((name) => new BroadcastChannel(name));
  const message = newMessage(scenario);
  const sum = summer(scenario);
  const listen = (handler) => {
    into.onmessage = ({ data }) => handler(sum(data));
  };
  return eventful(scenario, message, () => void out.postMessage(message), listen);
}
