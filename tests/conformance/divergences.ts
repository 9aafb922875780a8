/**
 * Every intended difference between the backends, with its reason. Specs ask here; there is no other place for an `if`.
 * The sequences of `tests/differential` steer clear of them, and say where.
 */
import { backend, where } from './platform.js';

interface Divergence {
  on: 'wasm' | 'native' | 'page' | 'worker';
  reason: string;
}

const divergences = {
  queueLimits: {
    on: 'native',
    reason: 'the kernel limits messages, their bytes and their sum a user; the region has its own size only',
  },
  fifoIsFile: {
    on: 'native',
    reason: 'a FIFO is a file: directories of its path must exist, and other files may be in its way; on wasm its path is a key',
  },
  fifoKeyShort: {
    on: 'wasm',
    reason: 'a path is a name of the region, which take 255 bytes; the kernel takes 255 a component and 4095 in all',
  },
  capacityPages: {
    on: 'native',
    reason: "the kernel's pipe holds a number of pages, and a part of a page that a small write left may stay unused",
  },
  listForeignFifos: {
    on: 'wasm',
    reason: 'the region knows its FIFOs; the kernel has no list of them, so only those opened here are listed',
  },
  listUnmountedQueues: {
    on: 'native',
    reason: 'the kernel lists queues where /dev/mqueue is mounted; elsewhere only those opened here are listed',
  },
  umask: {
    on: 'native',
    reason: 'the modes of what is made are masked, as the man pages have it; threads have no umask of their own',
  },
  ticketsByName: {
    on: 'native',
    reason:
      "a queue's or semaphore's ticket is its name and what that meant: once unlinked it is stale, though others have it open",
  },
  ticketsOfEnds: {
    on: 'native',
    reason: "a pipe's end has no number but its descriptor's: the ticket is stale when the handle that gave it is closed",
  },
  agentsOfAThread: {
    on: 'native',
    reason: 'all that a thread connects shares one agent of the mapped file: to a ring made for one they are one',
  },
  notifiesHandedOn: {
    on: 'native',
    reason:
      'a receive hands the place in a full queue of one message on to the sender that waits, without a notification: it was never empty',
  },
  turnsAfterEnd: {
    on: 'wasm',
    reason:
      "who of several handles that wait is served first is nobody's promise: mq_receive(3p); their order may change when an agent ends",
  },
  turnsOfStreams: {
    on: 'native',
    reason: 'pipe(7) tells no order of handles that wait for one end: epoll serves the latest first, the region the first',
  },
  fifoForgets: {
    on: 'native',
    reason: "the kernel's FIFO forgets its capacity when nobody has it open; in the region it keeps what it was made with",
  },
  mainThread: {
    on: 'page',
    reason: "a page's main thread may not sleep: each Sync form of what can wait says ENOTSUP there, and names the form to use",
  },
  heldLocks: {
    on: 'worker',
    reason: 'it sleeps until a held lock is free; promises of commits and releases are for threads that may not',
  },
  realms: {
    on: 'worker',
    reason: 'it has no frame, and so no other realm whose objects it could meet',
  },
  claims: {
    on: 'native',
    reason: 'the mapped file is no memory that JavaScript could have a view of',
  },
  detachedTakes: {
    on: 'native',
    reason: 'the kernel has handed the message over before its buffer turns out to be gone; the region is looked at first',
  },
} satisfies Record<string, Divergence>;

/** The reasons of those that were met, for who skips by them. */
export const met = new Map<string, string>();

/** Whether the backend under test differs in this. */
export function differs(what: keyof typeof divergences): boolean {
  const { on, reason } = divergences[what];
  if (on !== backend && on !== where) return false;
  met.set(what, reason);
  return true;
}
