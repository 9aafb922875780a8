/** Our ring; each record of a batch is sent as one of its own, and comes as a view of its own. */
import { blocking, firstOf, newMessage } from '../works.mjs';
import { joinAll, openAll, regionBytes } from './sluice.mjs';

const HEADER = 4;

export function open(scenario, roles) {
  const capacityBytes = scenario.capacity * (scenario.bytes + HEADER);
  return openAll(scenario, roles, regionBytes(capacityBytes), (ipc) => ipc.ring({ capacityBytes }));
}

export async function join(ticket, scenario) {
  const { bytes, batch } = scenario;
  const rings = (await joinAll(ticket)).map(([ring]) => ring);
  const message = newMessage(scenario);
  const records = Array.from({ length: batch }, (_, i) => message.subarray(i * bytes, (i + 1) * bytes));
  const into = new Uint8Array(batch * (bytes + HEADER));
  const put = (channel) => {
    for (let sent = 0; sent < batch; ) sent += rings[channel].sendManySync(sent === 0 ? records : records.slice(sent));
  };
  const get = (channel) => {
    let sum = 0;
    for (let got = 0; got < batch; ) {
      const some = rings[channel].receiveManySync(batch - got, { into });
      for (const record of some) sum += firstOf(record);
      got += some.length;
    }
    return sum;
  };
  return blocking(scenario, message, put, get);
}
