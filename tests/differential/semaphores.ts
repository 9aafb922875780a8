/** sem_overview(7). */
import fc from 'fast-check';
import type { Semaphore } from 'sluice';
import { agent, asking, type Command, choose, flag, form, pick, slotsOf, waiting, which } from './command.js';
import { nameOf } from './names.js';
import type { Slot, World } from './world.js';

/** The largest there is, now and then. */
const first = fc.constantFrom(0, 0, 0, 1, 1, 2, 2, 2 ** 31 - 1);
const mode = fc.constantFrom(0o600, 0o640, 0o666);

export const open: fc.Arbitrary<Command> = fc
  .record({ agent, which, create: fc.constantFrom(true, true, false), exclusive: flag, value: first, mode, sync: flag })
  .map(({ agent, which, sync, create, exclusive, ...rest }) => (world) => {
    const name = nameOf('semaphore', which);
    const options = { ...rest, create, exclusive: create && exclusive };
    return {
      text: `agent ${agent} opens semaphore ${name} ${JSON.stringify(options)}`,
      ends: [world.number],
      opens: [{ kind: 'semaphore', agent, object: world.objectOf('semaphore', name), access: undefined }],
      run: ({ ipcs }) => (sync ? ipcs[agent].semaphoreSync(name, options) : ipcs[agent].semaphore(name, options)),
    };
  });

export const make: fc.Arbitrary<Command> = fc.record({ agent, value: fc.nat(2) }).map(({ agent, value }) => (world) => ({
  text: `agent ${agent} makes a semaphore of ${value}`,
  ends: [world.number],
  opens: [{ kind: 'semaphore', agent, object: `semaphore ${world.number}`, access: undefined }],
  run: ({ ipcs }) => ipcs[agent].semaphore({ value }),
}));

export const wait: fc.Arbitrary<Command> = fc.record({ pick, form }).map(({ pick, form }) => (world) => {
  const slot = choose(slotsOf(world, ['semaphore']), pick);
  if (slot === undefined) return undefined;
  return waiting<Semaphore>(world, slot, form, 'wait', (semaphore) => ({
    call: (options) => semaphore.wait(options),
    attempt: () => semaphore.tryWait(),
    block: (options) => semaphore.waitSync(options),
  }));
});

/**
 * Whether who was woken second may find nothing, since the first one's successor is faster: on native another call of its handle, on wasm
 * one of its agent behind another agent's. Who gets the unit is nobody's promise: sem_post(3p).
 */
function queues({ pending }: World, { object }: Slot): boolean {
  const waits = pending.flatMap(({ plan }) => (plan.slot?.object === object ? plan.slot : []));
  const turns = waits.filter(({ agent }, i) => agent !== waits[i - 1]?.agent);
  const agents = new Set(waits.map(({ agent }) => agent));
  return new Set(waits).size < waits.length || agents.size < turns.length;
}

/** Two that are let go on, before either can. */
export const postTwice: fc.Arbitrary<Command> = fc.record({ pick }).map(({ pick }) => (world) => {
  const slot = choose(slotsOf(world, ['semaphore']), pick);
  if (slot === undefined || queues(world, slot)) return undefined;
  return asking<Semaphore>(world, slot, 'post twice', (semaphore) => {
    semaphore.postSync();
    semaphore.postSync();
  });
});

export const ask: fc.Arbitrary<Command> = fc
  .record({ pick, what: fc.constantFrom('post', 'post', 'post', 'postSync', 'getValue', 'getValueSync') })
  .map(({ pick, what }) => (world) => {
    const slot = choose(slotsOf(world, ['semaphore']), pick);
    return slot && asking<Semaphore>(world, slot, what, (semaphore) => semaphore[what as 'post']());
  });
