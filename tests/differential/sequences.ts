/** Which sequences there are: of each kind by itself, and of all. */
import fc from 'fast-check';
import type { Command } from './command.js';
import * as queues from './queues.js';
import { ready } from './ready.js';
import * as registry from './registry.js';
import * as rings from './rings.js';
import * as semaphores from './semaphores.js';
import * as streams from './streams.js';

const LONGEST = 40;
type Weighted = [weight: number, arbitrary: fc.Arbitrary<Command>];

export interface Sequence {
  /** Bytes of one unit of what goes through pipes. */
  unit: number;
  commands: Command[];
}

const endings: Weighted[] = [
  [3, registry.close],
  [3, registry.abort],
  [1, registry.leave],
];
const naming: Weighted[] = [
  [2, registry.ticket],
  [2, registry.openTicket],
  [1, registry.unlink],
  [1, registry.list],
];

const ofSemaphores: Weighted[] = [
  [2, semaphores.open],
  [1, semaphores.make],
  [7, semaphores.wait],
  [7, semaphores.ask],
  [1, semaphores.postTwice],
];
const ofQueues: Weighted[] = [
  [3, queues.open],
  [7, queues.send],
  [6, queues.receive],
  [2, queues.receiveInto],
  [2, queues.notify],
  [1, queues.ask],
  [2, ready('messageQueue')],
];
const ofPipes: Weighted[] = [
  [1, streams.pipe],
  [8, streams.write],
  [8, streams.read],
  [1, streams.ask],
  [2, ready('pipeReader', 'pipeWriter')],
];
const ofFifos: Weighted[] = [
  [8, streams.fifo],
  [1, streams.peep],
  [4, streams.write],
  [4, streams.read],
  [1, streams.ask],
  [2, ready('pipeReader', 'pipeWriter')],
];
const ofRings: Weighted[] = [
  [1, rings.open],
  [5, rings.send],
  [2, rings.sendMany],
  [5, rings.receive],
  [2, rings.receiveMany],
  [1, rings.ask],
  [2, ready('ring')],
];
const ofNames: Weighted[] = [
  [3, semaphores.open],
  [3, queues.open],
  [3, streams.fifo],
  [3, rings.open],
  [4, registry.unlink],
  [3, registry.list],
];

/** Pages, because the kernel's pipe counts in them (see `capacityPages`); or so little that none gets full. */
const unit = fc.constantFrom(4096, 17);

/** @param opening what most sequences begin with */
function sequences(opening: fc.Arbitrary<Command>[], weighted: Weighted[]): fc.Arbitrary<Sequence> {
  const all = [...weighted, ...endings, ...naming].map(([weight, arbitrary]) => ({ weight, arbitrary }));
  const rest = fc.array(fc.oneof(...all), { maxLength: LONGEST, size: 'max' });
  return fc
    .record({ unit, opened: fc.tuple(...opening), rest })
    .map(({ unit, opened, rest }) => ({ unit, commands: [...opened, ...rest] }));
}

const { open: semaphore } = semaphores;
const { open: queue } = queues;
const { open: ring } = rings;
const { fifo, pipe } = streams;

export const kinds = {
  semaphore: sequences([semaphore, semaphore], ofSemaphores),
  messageQueue: sequences([queue, queue], ofQueues),
  pipe: sequences([pipe], ofPipes),
  fifo: sequences([fifo, fifo, fifo], ofFifos),
  ring: sequences([ring, ring], ofRings),
  names: sequences([semaphore, queue], ofNames),
  all: sequences([semaphore, queue, pipe, fifo, fifo, ring], [...ofSemaphores, ...ofQueues, ...ofPipes, ...ofFifos, ...ofRings]),
};
export type Kind = keyof typeof kinds;
