/** Rings: the same core on both sides, mapped and in wasm. All belong to one agent: see `agentsOfAThread`. */
import fc from 'fast-check';
import type { Ring } from 'sluice';
import {
  asking,
  bytesOf,
  type Command,
  choose,
  flag,
  form,
  formOfMany,
  pick,
  severalReceive,
  slotsOf,
  waiting,
  which,
} from './command.js';
import { nameOf } from './names.js';
import type { Slot, World } from './world.js';

const RECORD_BYTES = 700;
const side = fc.constantFrom('one' as const, 'many' as const);
const ringOf = (world: World, pick: number): Slot | undefined => choose(slotsOf(world, ['ring']), pick);

export const open: fc.Arbitrary<Command> = fc
  .record({
    which,
    anonymous: fc.nat(2),
    create: fc.constantFrom(true, true, false),
    exclusive: flag,
    producers: side,
    consumers: side,
    quick: fc.nat(5),
    sync: flag,
  })
  .map(({ which, anonymous, create, exclusive, quick, producers, consumers, sync }) => (world) => {
    const agent = 0;
    const shape = { producers, consumers, capacityBytes: 4096, recordBytes: RECORD_BYTES, nonBlocking: quick === 5 };
    const name = anonymous === 2 ? undefined : nameOf('ring', which);
    const options = name !== undefined ? { ...shape, create, exclusive: create && exclusive } : shape;
    const args: [string, object] | [object] = name !== undefined ? [name, options] : [options];
    return {
      text: `agent ${agent} opens ring ${name ?? ''} ${JSON.stringify(options)}`,
      ends: [world.number],
      opens: [
        {
          kind: 'ring',
          agent,
          object: name !== undefined ? world.objectOf('ring', name) : `ring ${world.number}`,
          access: undefined,
        },
      ],
      run: ({ ipcs }) => (sync ? ipcs[agent].ringSync(...args) : ipcs[agent].ring(...args)),
    };
  });

const length = fc.oneof({ weight: 20, arbitrary: fc.nat(RECORD_BYTES) }, { weight: 1, arbitrary: fc.constant(RECORD_BYTES + 1) });

export const send: fc.Arbitrary<Command> = fc.record({ pick, form, length }).map(({ pick, form, length }) => (world) => {
  const slot = ringOf(world, pick);
  if (slot === undefined) return undefined;
  return waiting<Ring>(world, slot, form, `send ${length} bytes`, (ring, number) => {
    const bytes = bytesOf(number, length);
    return {
      call: (options) => ring.send(bytes, options),
      attempt: () => ring.trySend(bytes),
      block: (options) => ring.sendSync(bytes, options),
    };
  });
});

export const sendMany: fc.Arbitrary<Command> = fc
  .record({ pick, form: formOfMany, lengths: fc.array(length, { maxLength: 9, size: 'max' }) })
  .map(({ pick, form, lengths }) => (world) => {
    const slot = ringOf(world, pick);
    if (slot === undefined || severalReceive(world, slot)) return undefined;
    return waiting<Ring>(world, slot, form, `send records of ${lengths} bytes`, (ring, number) => {
      const records = lengths.map((each, i) => bytesOf(number + i, each));
      return {
        call: (options) => ring.sendMany(records, options),
        attempt: () => ring.trySendMany(records),
        block: (options) => ring.sendManySync(records, options),
      };
    });
  });

export const receive: fc.Arbitrary<Command> = fc.record({ pick, form }).map(({ pick, form }) => (world) => {
  const slot = ringOf(world, pick);
  if (slot === undefined) return undefined;
  return waiting<Ring>(world, slot, form, 'receive', (ring) => ({
    call: (options) => ring.receive(options),
    attempt: () => ring.tryReceive(),
    block: (options) => ring.receiveSync(options),
  }));
});

export const receiveMany: fc.Arbitrary<Command> = fc
  .record({ pick, form, most: fc.nat(5) })
  .map(({ pick, form, most }) => (world) => {
    const slot = ringOf(world, pick);
    if (slot === undefined) return undefined;
    return waiting<Ring>(world, slot, form, `receive up to ${most} records`, (ring) => ({
      call: (options) => ring.receiveMany(most, options),
      attempt: () => ring.tryReceiveMany(most),
      block: (options) => ring.receiveManySync(most, options),
    }));
  });

export const ask: fc.Arbitrary<Command> = fc.record({ pick, sync: flag }).map(({ pick, sync }) => (world) => {
  const slot = ringOf(world, pick);
  return slot && asking<Ring>(world, slot, 'attributes', (ring) => (sync ? ring.attributesSync() : ring.attributes()));
});
