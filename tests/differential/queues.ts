/** mq_overview(7). The kernel's limits are kept to: 10 messages, 8,192 bytes, 819,200 bytes a user. */
import fc from 'fast-check';
import type { MessageQueue } from 'sluice';
import { agent, asking, bytesOf, type Command, choose, flag, form, pick, slotsOf, waiting, which } from './command.js';
import { nameOf } from './names.js';
import type { Slot, World } from './world.js';

const MESSAGE_BYTES = 48;
const access = fc.constantFrom(undefined, undefined, undefined, 'read' as const, 'write' as const);
const mode = fc.constantFrom(0o600, 0o640, 0o666);
const maxMessages = fc.constantFrom(1, 1, 2, 3);
/**
 * Whether a send waits for the only place while somebody waits to be notified (now, or with one more such call): the kernel
 * hands the place on to the sender without a notification, see `notifiesHandedOn`.
 */
function handsOn(world: World, { id, object }: Slot, call: 'send' | 'notify'): boolean {
  const other = call === 'send' ? 'notify' : 'send';
  const { maxMessages } = world.wasm.handles.get(id) as MessageQueue;
  return maxMessages === 1 && world.pending.some(({ plan }) => plan.slot?.object === object && plan.text.includes(`: ${other}`));
}

const queueOf = (world: World, pick: number): Slot | undefined => choose(slotsOf(world, ['messageQueue']), pick);

export const open: fc.Arbitrary<Command> = fc
  .record({
    agent,
    which,
    access,
    create: fc.constantFrom(true, true, true, false),
    exclusive: fc.nat(7),
    mode,
    maxMessages,
    quick: fc.nat(5),
    sync: flag,
  })
  .map(({ agent, which, create, exclusive, mode, maxMessages, quick, sync, access }) => (world) => {
    const name = nameOf('messageQueue', which);
    const options = {
      mode,
      maxMessages,
      messageBytes: MESSAGE_BYTES,
      create,
      access,
      nonBlocking: quick === 5,
      exclusive: create && exclusive > 5,
    };
    return {
      text: `agent ${agent} opens queue ${name} ${JSON.stringify(options)}`,
      ends: [world.number],
      opens: [{ kind: 'messageQueue', agent, object: world.objectOf('messageQueue', name), access }],
      run: ({ ipcs }) => (sync ? ipcs[agent].messageQueueSync(name, options) : ipcs[agent].messageQueue(name, options)),
    };
  });

/** Now and then one that is refused. */
const length = fc.oneof(
  { weight: 20, arbitrary: fc.nat(MESSAGE_BYTES) },
  { weight: 1, arbitrary: fc.constant(MESSAGE_BYTES + 1) },
);
const priority = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom(0, 0, 1, 2, 33, 1024, 32767) },
  { weight: 1, arbitrary: fc.constant(32768) },
);

export const send: fc.Arbitrary<Command> = fc
  .record({ pick, form, length, priority })
  .map(({ pick, form, length, priority }) => (world) => {
    const slot = queueOf(world, pick);
    if (slot === undefined || handsOn(world, slot, 'send')) return undefined;
    return waiting<MessageQueue>(world, slot, form, `send ${length} bytes at ${priority}`, (queue, number) => {
      const bytes = bytesOf(number, length);
      return {
        call: (options) => queue.send(bytes, { ...options, priority }),
        attempt: () => queue.trySend(bytes, { priority }),
        block: (options) => queue.sendSync(bytes, { ...options, priority }),
      };
    });
  });

export const receive: fc.Arbitrary<Command> = fc.record({ pick, form }).map(({ pick, form }) => (world) => {
  const slot = queueOf(world, pick);
  if (slot === undefined) return undefined;
  return waiting<MessageQueue>(world, slot, form, 'receive', (queue) => ({
    call: (options) => queue.receive(options),
    attempt: () => queue.tryReceive(),
    block: (options) => queue.receiveSync(options),
  }));
});

export const receiveInto: fc.Arbitrary<Command> = fc
  .record({ pick, form, short: fc.nat(7) })
  .map(({ pick, form, short }) => (world) => {
    const slot = queueOf(world, pick);
    if (slot === undefined) return undefined;
    const room = short === 7 ? MESSAGE_BYTES - 1 : MESSAGE_BYTES;
    return waiting<MessageQueue>(world, slot, form, `receive into ${room} bytes`, (queue) => {
      const buffer = new Uint8Array(room);
      return {
        call: (options) => queue.receiveInto(buffer, options).then((got) => ({ ...got, buffer })),
        attempt: () => ({ ...queue.tryReceiveInto(buffer), buffer }),
        block: (options) => ({ ...queue.receiveIntoSync(buffer, options), buffer }),
      };
    });
  });

export const notify: fc.Arbitrary<Command> = fc
  .record({ pick, form: form.filter((each) => each !== 'tryX()') })
  .map(({ pick, form }) => (world) => {
    const slot = queueOf(world, pick);
    if (slot === undefined || handsOn(world, slot, 'notify')) return undefined;
    return waiting<MessageQueue>(world, slot, form, 'notify', (queue) => ({
      call: (options) => queue.notify(options),
      attempt: () => undefined,
      block: (options) => queue.notifySync(options),
    }));
  });

export const ask: fc.Arbitrary<Command> = fc.record({ pick, sync: flag }).map(({ pick, sync }) => (world) => {
  const slot = queueOf(world, pick);
  return slot && asking<MessageQueue>(world, slot, 'attributes', (queue) => (sync ? queue.attributesSync() : queue.attributes()));
});
