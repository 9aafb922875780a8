/** Our message queue. */
import { blocking, newMessage, ownSummer } from '../works.mjs';
import { joinAll, openAll, regionBytes } from './sluice.mjs';

/** As deep as the kernel allows this user, where that is less than wished: as `c mqueue`. */
async function deepest(ipc, name, maxMessages, messageBytes) {
  try {
    return await ipc.messageQueue(name, { create: true, exclusive: true, maxMessages, messageBytes });
  } catch (error) {
    if (!['EINVAL', 'EMFILE'].includes(error.code) || maxMessages <= 1) throw error;
    return deepest(ipc, name, maxMessages >> 1, messageBytes);
  }
}

const unlinks = [];
/** Every end has them. */
export const joined = () => Promise.all(unlinks.map((unlink) => unlink()));

export function open(scenario, roles) {
  const { bytes, capacity, namespace } = scenario;
  return openAll(scenario, roles, regionBytes(capacity * (bytes + 32)), async (ipc, channel) => {
    const queue = await deepest(ipc, `/${namespace}-${channel}`, capacity, bytes);
    unlinks.push(() => ipc.unlink(queue.name, 'messageQueue'));
    return queue;
  });
}

export async function join(ticket, scenario) {
  const { priorities = 1 } = scenario;
  const queues = (await joinAll(ticket)).map(([queue]) => queue);
  const [message, into] = [newMessage(scenario), newMessage(scenario)];
  const sum = ownSummer(scenario, into);
  const options = { priority: 0 };
  let turn = 0;
  const put = (channel) => {
    options.priority = turn++ % priorities;
    queues[channel].sendSync(message, options);
  };
  const get = (channel) => {
    queues[channel].receiveIntoSync(into);
    return sum();
  };
  return blocking(scenario, message, put, get);
}
