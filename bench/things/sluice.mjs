/** What every thing of ours shares: a region, two objects in it, a ticket of each for every end. */
import { attach, connect } from 'sluice';

const CHANNELS = 2;

/** @param make (ipc, channel) one object, or several */
export async function openAll({ reach, namespace }, roles, sizeBytes, make) {
  const ipc = await connect({ reach, namespace, sizeBytes });
  const objects = [];
  for (let i = 0; i < CHANNELS; i++) objects.push(await make(ipc, i));
  const tickets = await Promise.all(objects.map((each) => Promise.all([each].flat().map((one) => one.ticket()))));
  return roles.map(() => ({ ticket: { ipc: ipc.ticket(), tickets }, transfer: [] }));
}

/** The objects of each channel. */
export async function joinAll({ ipc: ticket, tickets }) {
  const ipc = await attach(ticket);
  return Promise.all(tickets.map((channel) => Promise.all(channel.map((one) => ipc.open(one)))));
}

/** Bytes of a region for both channels, with something to spare. */
export function regionBytes(dataBytes) {
  return Math.ceil((CHANNELS * 2 * dataBytes + (8 << 20)) / 65536) * 65536;
}
