/** Our pipe: a message is so many bytes of its stream. */
import { blocking, newMessage, ownSummer } from '../works.mjs';
import { joinAll, openAll, regionBytes } from './sluice.mjs';

export function open(scenario, roles) {
  const capacityBytes = scenario.bytes * scenario.capacity;
  return openAll(scenario, roles, regionBytes(capacityBytes), (ipc) => ipc.pipe({ capacityBytes }));
}

export async function join(ticket, scenario) {
  const pipes = await joinAll(ticket);
  const [message, into] = [newMessage(scenario), newMessage(scenario)];
  const sum = ownSummer(scenario, into);
  const put = (channel) => pipes[channel][1].writeSync(message);
  const get = (channel) => {
    const [reader] = pipes[channel];
    for (let got = 0; got < into.length; ) got += reader.readIntoSync(got === 0 ? into : into.subarray(got));
    return sum();
  };
  return blocking(scenario, message, put, get);
}
