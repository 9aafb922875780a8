/** Our ring without a copy: a record's number is written, and read, where the record lies; the rest of it is left as it is. */
import { blocking, firstOf, newMessage } from '../works.mjs';
import { joinAll, openAll, regionBytes } from './sluice.mjs';

const HEADER = 4;

/** A capacity is rounded up to a power of two, which no number of frames fills: each lap ends with a gap that is stepped over. */
export function open(scenario, roles) {
  const capacityBytes = scenario.capacity * (scenario.bytes + HEADER);
  return openAll(scenario, roles, regionBytes(capacityBytes), (ipc) => ipc.ring({ capacityBytes }));
}

export async function join(ticket, scenario) {
  const { bytes } = scenario;
  const rings = (await joinAll(ticket)).map(([ring]) => ring);
  const number = newMessage({ bytes: 4 });
  const put = (channel) => {
    const slot = rings[channel].claimSync(bytes);
    slot.bytes.set(number);
    slot.commit();
  };
  const get = (channel) => {
    const record = rings[channel].peekSync();
    const sum = firstOf(record.bytes);
    record.release();
    return sum;
  };
  return blocking({ ...scenario, bytes: 4 }, number, put, get);
}
