/**
 * poll(2). A named semaphore the kernel's does not know, so none is asked. Who waits for it beside one who takes may be told
 * before or after that one: so nobody waits.
 */
import fc from 'fast-check';
import type { Handle, HandleKind } from 'sluice';
import { type Command, choose, form, pick, slotsOf, waiting } from './command.js';
import type { Opened } from './show.js';

export const ready = (...kinds: HandleKind[]): fc.Arbitrary<Command> =>
  fc
    .record({ pick, form: form.filter((each) => each !== 'x()'), direction: fc.constantFrom('read' as const, 'write' as const) })
    .map(({ pick, form, direction }) => (world) => {
      const slot = choose(slotsOf(world, kinds), pick);
      if (slot === undefined) return undefined;
      return waiting<Opened & Handle>(world, slot, form, `ready to ${direction}`, (handle) => ({
        call: (options) => handle.ready(direction, options).then(() => true),
        attempt: () => handle.tryReady(direction),
        block: (options) => {
          handle.readySync(direction, options);
          return true;
        },
      }));
    });
