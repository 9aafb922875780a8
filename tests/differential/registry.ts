/** Names, tickets, endings: what all kinds have. */
import fc from 'fast-check';
import { attach, type HandleKind, type Listed, type NamedKind } from 'sluice';
import { agent, type Command, choose, flag, pick, slotsOf, which } from './command.js';
import { namedKinds, nameOf, PREFIX } from './names.js';
import type { Slot, World } from './world.js';

const kinds: readonly HandleKind[] = ['semaphore', 'messageQueue', 'pipeReader', 'pipeWriter', 'ring'];
const numbers = (calls: World['pending']): number[] => calls.map(({ number }) => number);

export const close: fc.Arbitrary<Command> = fc.record({ pick: fc.nat(30), sync: flag }).map(({ pick, sync }) => (world) => {
  const slot = choose(slotsOf(world, kinds), pick);
  if (slot === undefined) return undefined;
  slot.closed = true;
  return {
    text: `${slot.kind} ${slot.id}: close${sync ? 'Sync' : ''}`,
    ends: [world.number, ...numbers(world.pending.filter(({ plan }) => plan.slot === slot))],
    run: ({ handles }) => (sync ? handles.get(slot.id)!.closeSync() : handles.get(slot.id)!.close()),
  };
});

export const ticket: fc.Arbitrary<Command> = fc.record({ pick: fc.nat(30), sync: flag }).map(({ pick, sync }) => (world) => {
  const slot = choose(slotsOf(world, kinds), pick);
  if (slot === undefined) return undefined;
  return {
    text: `${slot.kind} ${slot.id}: ticket`,
    ends: [world.number],
    ticketOf: slot,
    run: ({ handles }) => (sync ? handles.get(slot.id)!.ticketSync() : handles.get(slot.id)!.ticket()),
  };
});

/** What is open here. */
function openObjects(world: World): Set<string> {
  return new Set(world.slots.filter(({ closed }) => !closed).map(({ object }) => object));
}

/** Whether both know a ticket as good, or as stale: see `ticketsByName` and `ticketsOfEnds`. */
function isSure(world: World, { kind, object, closed }: Slot): boolean {
  const [named, name] = object.split(' ') as [NamedKind, string];
  if (kind === 'pipeReader' || kind === 'pipeWriter') return !closed;
  if (kind === 'ring' || !name.startsWith('/')) return true;
  return object === world.objectOf(named, name) || !openObjects(world).has(object);
}

export const openTicket: fc.Arbitrary<Command> = fc
  .record({ pick, other: agent, sync: flag })
  .map(({ pick, other, sync }) => (world) => {
    const ticket = choose(world.tickets, pick);
    if (ticket === undefined || !isSure(world, ticket.of)) return undefined;
    const { kind, object, access } = ticket.of;
    const agent = kind === 'ring' ? 0 : other;
    return {
      text: `agent ${agent} opens ticket ${ticket.id} of ${kind} ${ticket.of.id}`,
      ends: [world.number],
      opens: [{ kind, agent, object, access }],
      run: ({ ipcs, tickets }) =>
        sync ? ipcs[agent].openSync(tickets.get(ticket.id)!) : ipcs[agent].open(tickets.get(ticket.id)!),
    };
  });

export const unlink: fc.Arbitrary<Command> = fc
  .record({ kind: fc.constantFrom(...namedKinds), which, agent, sync: flag })
  .map(({ kind, which, agent, sync }) => (world) => {
    const name = nameOf(kind, which);
    return {
      text: `agent ${agent} unlinks ${kind} ${name}`,
      ends: [world.number],
      unlinks: `${kind} ${name}`,
      run: ({ ipcs }) => (sync ? ipcs[agent].unlinkSync(name, kind) : ipcs[agent].unlink(name, kind)),
    };
  });

/** Queues and FIFOs as far as they are open here: see `listUnmountedQueues` and `listForeignFifos`. */
export const list: fc.Arbitrary<Command> = fc.record({ agent, sync: flag }).map(({ agent, sync }) => (world) => {
  const open = openObjects(world);
  const certain = ({ kind, name }: Listed): boolean =>
    name.includes(PREFIX) && (kind === 'semaphore' || kind === 'ring' || open.has(world.objectOf(kind, name)));
  return {
    text: `agent ${agent} lists`,
    ends: [world.number],
    run: ({ ipcs }) => (sync ? ipcs[agent].listSync().filter(certain) : ipcs[agent].list().then((all) => all.filter(certain))),
  };
});

export const abort: fc.Arbitrary<Command> = fc.record({ pick }).map(({ pick }) => (world) => {
  const call = choose(world.pending, pick);
  if (call === undefined) return undefined;
  return {
    text: `abort ${call.number}`,
    ends: [world.number, call.number],
    run: ({ calls }) => calls.get(call.number)!.controller.abort(`abort of ${call.number}`),
  };
});

/** Whether several handles of an object wait: their order may change when an agent ends, see `turnsAfterEnd`. */
function severalWait({ pending }: World): boolean {
  const slots = new Set(pending.flatMap(({ plan }) => plan.slot ?? []));
  const objects = [...slots].filter(({ agent }) => agent === 0).map(({ object }) => object);
  return new Set(objects).size < objects.length;
}

/** The other agent closes with all that it has, and another one comes in its place. */
export const leave: fc.Arbitrary<Command> = fc.record({ sync: flag }).map(({ sync }) => (world) => {
  if (severalWait(world)) return undefined;
  const his = world.pending.filter(({ plan }) => (plan.slot?.agent ?? plan.agent) === 1);
  for (const slot of world.slots) if (slot.agent === 1) slot.closed = true;
  return {
    text: 'the other agent leaves, another comes',
    ends: [world.number, ...numbers(his)],
    run: async ({ ipcs }) => {
      if (sync) ipcs[1].closeSync();
      else await ipcs[1].close();
      ipcs[1] = await attach(ipcs[0].ticket());
    },
  };
});
