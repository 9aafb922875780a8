/** A command is a function, so that it means something in whatever state earlier ones left: shrinking takes them out. */
import fc from 'fast-check';
import type { BlockOptions, HandleKind, WaitOptions } from 'sluice';
import { NAMES } from './names.js';
import type { Opened } from './show.js';
import type { Agent, Plan, Slot, World } from './world.js';

/** undefined where it means nothing now. */
export type Command = (world: World) => Plan | undefined;

/** The three forms of what may wait. */
export interface Forms {
  call(options: WaitOptions): unknown;
  attempt(): unknown;
  block(options: BlockOptions): unknown;
}

const uses = {
  'x()': ({ call }: Forms, signal: AbortSignal) => call({ signal }),
  'tryX()': ({ attempt }: Forms) => attempt(),
  'x(0)': ({ call }: Forms, signal: AbortSignal) => call({ signal, timeout: 0 }),
  'xSync(0)': ({ block }: Forms) => block({ timeout: 0 }),
  'x(1 ms)': ({ call }: Forms, signal: AbortSignal) => call({ signal, timeout: 1 }),
  'xSync(1 ms)': ({ block }: Forms) => block({ timeout: 1 }),
} as const;
export type Form = keyof typeof uses;

export const pick = fc.nat(5);
/** One name most often, so that many have the same object; a second, seldom another. */
export const which = fc.oneof(
  { weight: 15, arbitrary: fc.constantFrom(0, 0, 0, 1) },
  { weight: 1, arbitrary: fc.nat(NAMES - 1) },
);
export const agent: fc.Arbitrary<Agent> = fc.constantFrom(0, 0, 1);
export const flag = fc.boolean();
/** `x()` most often; the brief ones cost a millisecond each. */
export const form: fc.Arbitrary<Form> = fc.oneof(
  { weight: 16, arbitrary: fc.constant('x()' as const) },
  { weight: 9, arbitrary: fc.constantFrom<Form>('tryX()', 'x(0)', 'xSync(0)') },
  { weight: 1, arbitrary: fc.constantFrom<Form>('x(1 ms)', 'xSync(1 ms)') },
);

/** For what goes in several steps: how many of them in a millisecond is chance. */
export const formOfMany = form.filter((each) => each !== 'x(1 ms)');

/** Handles of a kind that are open, and the one that was closed last. */
export function slotsOf(world: World, kinds: readonly HandleKind[]): Slot[] {
  const all = world.slots.filter(({ kind }) => kinds.includes(kind));
  const closed = all.filter((slot) => slot.closed).slice(-1);
  return [...all.filter((slot) => !slot.closed), ...closed];
}

export function choose<T>(all: readonly T[], number: number): T | undefined {
  return all[number % all.length];
}

/** Whether several calls wait for what goes in several steps: how much each gets is chance. */
export function severalReceive({ pending }: World, { object, kind }: Slot): boolean {
  const receives = pending.filter(({ plan }) => plan.slot?.object === object && (kind === 'ring' || plan.slot.kind !== kind));
  return receives.length > 1;
}

const label = (slot: Slot): string => `${slot.kind} ${slot.id}${slot.agent ? ' of the other agent' : ''}`;

/** A call of a handle that may wait. */
export function waiting<H extends Opened>(
  world: World,
  slot: Slot,
  form: Form,
  what: string,
  forms: (handle: H, number: number) => Forms,
): Plan {
  const { number } = world;
  return {
    text: `${label(slot)}: ${what}, ${form}`,
    slot,
    ...(form === 'x()' ? {} : { ends: [number] }),
    run: (side, signal) => uses[form](forms(side.handles.get(slot.id) as H, number), signal),
  };
}

/** A call of a handle that cannot wait. */
export function asking<H extends Opened>(world: World, slot: Slot, what: string, run: (handle: H) => unknown): Plan {
  return { text: `${label(slot)}: ${what}`, slot, ends: [world.number], run: (side) => run(side.handles.get(slot.id) as H) };
}

/** Bytes that tell which call sent them. */
export function bytesOf(number: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (number * 37 + i * 31 + (i >> 8) * 7) & 255;
  return bytes;
}
