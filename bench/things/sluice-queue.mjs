/** Our message queue. */
import { blocking, newMessage, summer } from '../works.mjs';
import { joinAll, openAll, regionBytes } from './sluice.mjs';

export function open({ bytes, capacity }, roles) {
  const options = { create: true, maxMessages: capacity, messageBytes: bytes };
  return openAll(roles, regionBytes(capacity * (bytes + 32)), (ipc, channel) => ipc.messageQueue(`/${channel}`, options));
}

export async function join(ticket, scenario) {
  const { priorities = 1 } = scenario;
  const queues = (await joinAll(ticket)).map(([queue]) => queue);
  const [message, into] = [newMessage(scenario), newMessage(scenario)];
  const sum = summer(scenario);
  const options = { priority: 0 };
  let turn = 0;
  const put = (channel) => {
    options.priority = turn++ % priorities;
    queues[channel].sendSync(message, options);
  };
  const get = (channel) => {
    queues[channel].receiveIntoSync(into);
    return sum(into);
  };
  return blocking(scenario, message, put, get);
}
