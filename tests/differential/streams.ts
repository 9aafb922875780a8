/** pipe(7) and fifo(7). */
import fc from 'fast-check';
import type { HandleKind, PipeReader, PipeWriter } from 'sluice';
import {
  agent,
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

const PAGE = 4096;
/** Of a FIFO always the same: see `fifoForgets`. */
const FIFO_PAGES = 16;

export const pipe: fc.Arbitrary<Command> = fc
  .record({ agent, pages: fc.constantFrom(1, 2, 3), sync: flag })
  .map(({ agent, pages, sync }) => (world) => {
    const capacityBytes = (world.unit === PAGE ? pages : FIFO_PAGES) * PAGE;
    const object = `pipe ${world.number}`;
    return {
      text: `agent ${agent} makes a pipe of ${capacityBytes} bytes`,
      ends: [world.number],
      opens: [
        { kind: 'pipeReader', agent, object, access: 'read' },
        { kind: 'pipeWriter', agent, object, access: 'write' },
      ],
      run: ({ ipcs }) => (sync ? ipcs[agent].pipeSync({ capacityBytes }) : ipcs[agent].pipe({ capacityBytes })),
    };
  });

export const fifo: fc.Arbitrary<Command> = fc
  .record({
    agent,
    which,
    access: fc.constantFrom('read' as const, 'write' as const),
    create: fc.constantFrom(true, true, true, false),
    exclusive: fc.nat(7),
    quick: fc.nat(3),
    form,
  })
  .map(({ agent, which, access, create, exclusive, quick, form }) => (world) => {
    const path = nameOf('fifo', which);
    const { number } = world;
    const given = { create, access, nonBlocking: quick === 3, exclusive: create && exclusive > 5 };
    return {
      text: `agent ${agent} opens FIFO ${path} ${JSON.stringify(given)}, ${form}`,
      agent,
      ...(form === 'x()' ? {} : { ends: [number] }),
      opens: [{ kind: access === 'read' ? 'pipeReader' : 'pipeWriter', agent, object: world.objectOf('fifo', path), access }],
      run: ({ ipcs }, signal) => {
        const timeout = { timeout: form.includes('0') ? 0 : 1 };
        if (form.startsWith('xSync')) return ipcs[agent].fifoSync(path, { ...given, ...timeout });
        return ipcs[agent].fifo(path, { ...given, signal, ...(form === 'x()' ? {} : timeout) });
      },
    };
  });

/** An end that opens and closes before who waits for it can look. */
export const peep: fc.Arbitrary<Command> = fc
  .record({ which, access: fc.constantFrom('read' as const, 'write' as const) })
  .map(({ which, access }) => (world) => {
    const path = nameOf('fifo', which);
    return {
      text: `agent 0 opens FIFO ${path} to ${access}, and closes it at once`,
      ends: [world.number],
      run: ({ ipcs: [ipc] }) => ipc.fifoSync(path, { access, nonBlocking: true }).closeSync(),
    };
  });

/** An end; undefined where another handle of the same end has a call waiting: see `turnsOfStreams`. */
function endOf(world: World, kind: HandleKind, pick: number): Slot | undefined {
  const slot = choose(slotsOf(world, [kind]), pick);
  const rival = world.pending.some(
    ({ plan }) => plan.slot !== slot && plan.slot?.kind === kind && plan.slot.object === slot?.object,
  );
  return rival ? undefined : slot;
}

export const write: fc.Arbitrary<Command> = fc
  .record({ pick, form: formOfMany, units: fc.nat(5) })
  .map(({ pick, form, units }) => (world) => {
    const slot = endOf(world, 'pipeWriter', pick);
    if (slot === undefined || (units > 1 && severalReceive(world, slot))) return undefined;
    const length = units * world.unit;
    return waiting<PipeWriter>(world, slot, form, `write ${length} bytes`, (writer, number) => {
      const bytes = bytesOf(number, length);
      return {
        call: (options) => writer.write(bytes, options),
        attempt: () => writer.tryWrite(bytes),
        block: (options) => writer.writeSync(bytes, options),
      };
    });
  });

export const read: fc.Arbitrary<Command> = fc
  .record({ pick, form, units: fc.nat(5), into: flag })
  .map(({ pick, form, units, into }) => (world) => {
    const slot = endOf(world, 'pipeReader', pick);
    if (slot === undefined) return undefined;
    const length = units * world.unit;
    return waiting<PipeReader>(world, slot, form, `read ${length} bytes${into ? ' into' : ''}`, (reader) => {
      const buffer = new Uint8Array(length);
      const given = (n: number | undefined) => (n === undefined ? n : buffer.subarray(0, n));
      if (into) {
        return {
          call: (options) => reader.readInto(buffer, options).then(given),
          attempt: () => given(reader.tryReadInto(buffer)),
          block: (options) => given(reader.readIntoSync(buffer, options)),
        };
      }
      return {
        call: (options) => reader.read(length, options),
        attempt: () => reader.tryRead(length),
        block: (options) => reader.readSync(length, options),
      };
    });
  });

export const ask: fc.Arbitrary<Command> = fc.record({ pick, sync: flag }).map(({ pick, sync }) => (world) => {
  const slot = choose(slotsOf(world, ['pipeReader', 'pipeWriter']), pick);
  return slot && asking<PipeReader>(world, slot, 'attributes', (end) => (sync ? end.attributesSync() : end.attributes()));
});
