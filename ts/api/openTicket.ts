import { Errno, Op } from '../backend/abi.gen.js';
import type { Home } from './handle.js';
import { type Job, put } from './job.js';
import { MessageQueue } from './messageQueue.js';
import { PipeReader } from './pipeReader.js';
import { PipeWriter } from './pipeWriter.js';
import { Ring } from './ring.js';
import { Semaphore } from './semaphore.js';
import { Site } from './site.js';
import { isKind, readTicket } from './ticket.js';
import type { HandleKind, HandleTicket } from './types.js';

/** What a ticket of each kind opens. */
export interface Handles {
  semaphore: Semaphore;
  messageQueue: MessageQueue;
  pipeReader: PipeReader;
  pipeWriter: PipeWriter;
  ring: Ring;
}

type Openers = { [K in HandleKind]: (home: Home, site: Site, a: number, b: number) => Handles[K] };

const openers: Openers = {
  semaphore: (home, site) => new Semaphore(home, site),
  messageQueue: (home, site, maxMessages, messageBytes) => new MessageQueue(home, site, maxMessages, messageBytes),
  pipeReader: (home, site, capacityBytes) => new PipeReader(home, site, capacityBytes),
  pipeWriter: (home, site) => new PipeWriter(home, site),
  ring: (home, site, capacityBytes, recordBytes) => new Ring(home, site, capacityBytes, recordBytes),
};

/** A handle of what another agent's ticket names. */
export function openTicket<K extends HandleKind>(home: Home, ticket: HandleTicket<K>): Job<Handles[K]> {
  const { site } = home;
  const { kind, name, data } = readTicket(ticket, site.backend.name);
  const closing = (handle: number): Job<void> => {
    return { syscall: 'close', fill: (request) => put(request, Op.CLOSE, handle), take: () => undefined };
  };
  return {
    syscall: 'open_ticket',
    fill: (request) => put(request, Op.OPEN_TICKET, 0, data),
    take: (n, { out }) => {
      if (isKind(kind, out[0]!)) return openers[kind](home, new Site(site.backend, n, name), out[1]!, out[2]!);
      Promise.resolve(site.now(closing(n))).catch(() => {});
      throw site.fault(Errno.EINVAL, 'open_ticket', `the ticket says ${kind}, the object is of another kind`);
    },
    detail: (errno) => (errno === Errno.EINVAL ? "the ticket's data is forged or damaged" : undefined),
  };
}
