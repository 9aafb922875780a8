import { Errno, Flag, Limit, Op } from '../backend/abi.gen.js';
import type { Request } from '../backend/backend.js';
import { checkBoolean, checkOptions, checkU32, checkWithin, show } from './check.js';
import { type ErrorPlace, IpcError } from './error.js';
import type { Home } from './handle.js';
import { type Job, put } from './job.js';
import { MessageQueue } from './messageQueue.js';
import { checkObjectName, checkPath, checkQueueName } from './names.js';
import { PipeReader } from './pipeReader.js';
import { PipeWriter } from './pipeWriter.js';
import { Ring } from './ring.js';
import { Semaphore } from './semaphore.js';
import { Site } from './site.js';
import type {
  FifoOptions,
  MessageQueueOptions,
  NonBlockingOption,
  OpenOptions,
  PipeOptions,
  RingOptions,
  SemaphoreOptions,
} from './types.js';

const MOST = 2 ** 32 - 1;
const MODE = 0o600;
const MOST_MODE = 0o7777;
const MOST_RING = 2 ** 31;
const CAPACITY_BYTES = 65536;
const MAX_MESSAGES = 10;
const MESSAGE_BYTES = 8192;
const MANY = { producers: 1, consumers: 2 };

function flagsOf(options: OpenOptions & NonBlockingOption, place: ErrorPlace): number {
  checkOptions(options);
  const create = checkBoolean(options.create, 'create');
  const exclusive = checkBoolean(options.exclusive, 'exclusive');
  if (exclusive && !create) throw new IpcError(Errno.EINVAL, { ...place, detail: 'exclusive needs create' });
  const nonBlocking = checkBoolean(options.nonBlocking, 'nonBlocking');
  return (create ? Flag.CREATE : 0) | (exclusive ? Flag.EXCLUSIVE : 0) | (nonBlocking ? Flag.NONBLOCK : 0);
}

function modeOf({ mode = MODE }: OpenOptions, place: ErrorPlace): number {
  return checkWithin(mode, 'mode', 0, MOST_MODE, place);
}

function capacityOf({ capacityBytes = CAPACITY_BYTES }: PipeOptions, place: ErrorPlace): number {
  return checkWithin(capacityBytes, 'capacityBytes', 1, MOST, place);
}

function accessOf(access: unknown, both: boolean): number {
  if (access === 'read') return Flag.READ;
  if (access === 'write') return Flag.WRITE;
  if (access === undefined && both) return Flag.READ | Flag.WRITE;
  throw new TypeError(`access must be 'read' or 'write'${both ? ', or left out for both' : ''}, not ${show(access)}`);
}

function manyOf(value: unknown, what: 'producers' | 'consumers'): number {
  if (value === undefined || value === 'one') return 0;
  if (value === 'many') return MANY[what];
  throw new TypeError(`${what} must be 'one' or 'many', not ${show(value)}`);
}

/** A request's usual body, with the name behind it. */
function opening(request: Request, op: number, args: number[], name: string | undefined): void {
  put(request, op, 0);
  request.args.set(args);
  request.name = name;
}

export function openSemaphore(home: Home, name: string | undefined, options: SemaphoreOptions): Job<Semaphore> {
  const place = { syscall: name === undefined ? 'sem_init' : 'sem_open', path: name };
  if (name !== undefined) checkObjectName(name, place.syscall);
  const { value = 0 } = options;
  // sem_open(3): looked at where a new one is to be made; who wants no other is refused before
  if (options.exclusive) checkWithin(value, 'value', 0, Limit.SEM_VALUE_MAX, place);
  const args = [flagsOf(options, place), modeOf(options, place), checkU32(value, 'value', 0, Limit.SEM_VALUE_MAX)];
  const refused = value > Limit.SEM_VALUE_MAX ? `value is ${value}, allowed are 0 to ${Limit.SEM_VALUE_MAX}` : undefined;
  return {
    ...place,
    fill: (request) => opening(request, Op.SEM_OPEN, args, name),
    take: (n) => new Semaphore(home, new Site(home.site.backend, n, name)),
    detail: (errno) => (errno === Errno.EINVAL ? refused : undefined),
  };
}

export function openMessageQueue(home: Home, name: string, options: MessageQueueOptions): Job<MessageQueue> {
  const place = { syscall: 'mq_open', path: checkQueueName(name, 'mq_open') };
  const flags = flagsOf(options, place) | accessOf(options.access, true);
  const { maxMessages = MAX_MESSAGES, messageBytes = MESSAGE_BYTES } = options;
  checkU32(maxMessages, 'maxMessages', 1);
  checkU32(messageBytes, 'messageBytes', 1);
  const args = [flags, modeOf(options, place), maxMessages, messageBytes];
  const none = maxMessages === 0 ? 'maxMessages' : messageBytes === 0 ? 'messageBytes' : undefined;
  const limits = `maxMessages ${maxMessages}, messageBytes ${messageBytes}; on Linux /proc/sys/fs/mqueue/msg_max and msgsize_max limit both, and root may raise them`;
  const refused = none ? `${none} is 0, allowed are 1 to ${MOST}` : limits;
  const full = `${maxMessages} messages of ${messageBytes} bytes; on Linux RLIMIT_MSGQUEUE limits the sum of a user's queues: ulimit -q`;
  return {
    ...place,
    fill: (request) => opening(request, Op.MQ_OPEN, args, name),
    take: (n, { out }) => {
      const site = new Site(home.site.backend, n, name, (flags & Flag.NONBLOCK) !== 0);
      return new MessageQueue(home, site, out[0]!, out[1]!);
    },
    detail: (errno) => (errno === Errno.EINVAL ? refused : errno === Errno.EMFILE ? full : undefined),
  };
}

export function openPipe(home: Home, options: PipeOptions): Job<[PipeReader, PipeWriter]> {
  checkOptions(options);
  const capacity = capacityOf(options, { syscall: 'pipe' });
  const { backend } = home.site;
  return {
    syscall: 'pipe',
    fill: (request) => opening(request, Op.PIPE_OPEN, [capacity], undefined),
    take: (_, { out }) => [
      new PipeReader(home, new Site(backend, out[0]!), out[2]!),
      new PipeWriter(home, new Site(backend, out[1]!)),
    ],
  };
}

export function openFifo(home: Home, path: string, options: FifoOptions): Job<PipeReader | PipeWriter> {
  const place = { syscall: 'open', path: checkPath(path, 'open') };
  const flags = flagsOf(options, place) | accessOf(options.access, false);
  const capacity = capacityOf(options, place);
  const args = [flags, modeOf(options, place), capacity];
  return {
    ...place,
    form: 'fifo',
    fill: (request) => opening(request, Op.FIFO_OPEN, args, path),
    take: (n, { out }) => {
      const site = new Site(home.site.backend, n, path, (flags & Flag.NONBLOCK) !== 0);
      return options.access === 'read' ? new PipeReader(home, site, out[0]!) : new PipeWriter(home, site);
    },
  };
}

export function openRing(home: Home, name: string | undefined, options: RingOptions): Job<Ring> {
  const place = { syscall: 'ring_open', path: name };
  if (name !== undefined) checkObjectName(name, 'ring_open');
  const flags = flagsOf(options, place) | Flag.READ | Flag.WRITE;
  const capacity = capacityOf(options, place);
  const record = options.recordBytes === undefined ? 0 : checkWithin(options.recordBytes, 'recordBytes', 1, MOST, place);
  const many = manyOf(options.producers, 'producers') | manyOf(options.consumers, 'consumers');
  const args = [flags, modeOf(options, place), capacity, record, many];
  const refused =
    many !== 0 && record === 0
      ? "with 'many' on a side recordBytes must be given: each record has a place of that size"
      : `capacityBytes ${capacity}, recordBytes ${record || 'not given'}: a ring has at most ${MOST_RING}, and room for two records`;
  return {
    ...place,
    fill: (request) => opening(request, Op.RING_OPEN, args, name),
    take: (n, { out }) => {
      const site = new Site(home.site.backend, n, name, (flags & Flag.NONBLOCK) !== 0);
      return new Ring(home, site, out[0]!, out[1]!);
    },
    detail: (errno) => (errno === Errno.EINVAL ? refused : undefined),
  };
}

/** An object by name, or, with options in the name's place, one without. */
export function named<O extends object, R>(
  home: Home,
  [first, options = {} as O]: [name: string, options?: O] | [options: O],
  open: (home: Home, name: string | undefined, options: O) => Job<R>,
): Job<R> {
  const hasName = typeof first !== 'object' || first === null;
  checkOptions(hasName ? options : first);
  if (hasName && typeof first !== 'string')
    throw new TypeError(`name must be a string, or options in its place for an object without a name; it is ${show(first)}`);
  return hasName ? open(home, first as string, options) : open(home, undefined, first as O);
}
