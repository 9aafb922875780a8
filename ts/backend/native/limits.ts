import { Errno, Op } from '../abi.gen.js';
import type { Request } from '../backend.js';
import { fs } from './builtins.js';

function read(path: string): string {
  try {
    return fs().readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** A number under /proc/sys; Infinity where it cannot be read. */
function sysctl(name: string): number {
  const text = read(`/proc/sys/${name.replaceAll('.', '/')}`);
  return text ? Number(text) : Number.POSITIVE_INFINITY;
}

/** A soft limit of this process, as getrlimit(2) has it. */
function rlimit(title: string): number {
  const [, soft] = new RegExp(`^${title}\\s+(\\S+)`, 'm').exec(read('/proc/self/limits')) ?? [];
  return soft === undefined || soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
}

const raise = (name: string, value: number) =>
  `raise it as root with \`sysctl ${name}=${value}\` (in a container: --sysctl ${name}=${value})`;

function beyond(what: string, asked: number, name: string): string | undefined {
  const most = sysctl(name);
  if (asked <= most) return undefined;
  return `${asked} ${what} were asked for, and ${name} allows ${most}: ${raise(name, asked)}`;
}

function descriptors(): string | undefined {
  const most = rlimit('Max open files');
  if (fs().readdirSync('/proc/self/fd').length < most - 1) return undefined;
  return `this process has ${most} descriptors open, all that RLIMIT_NOFILE allows: close some, or raise it with \`ulimit -n\``;
}

/** What a queue counts against RLIMIT_MSGQUEUE: its messages, and the kernel's record and tree node of each. */
function queueBytes(messages: number, messageBytes: number): number {
  return messages * (messageBytes + 48) + Math.min(messages, 32768) * 48;
}

function queueMemory(messages: number, messageBytes: number): string {
  const most = rlimit('Max msgqueue size');
  const asked = queueBytes(messages, messageBytes);
  return (
    `all message queues of a user may take ${most} bytes (RLIMIT_MSGQUEUE), and this one takes ${asked}: unlink others, ask for less, ` +
    'or raise it with `ulimit -q` (in a container: --ulimit msgqueue=BYTES; in a systemd unit: LimitMSGQUEUE=BYTES)'
  );
}

function explainQueue(args: Uint32Array, errno: number): string | undefined {
  const [, , messages = 0, messageBytes = 0] = args;
  if (errno === Errno.EMFILE) return descriptors() ?? queueMemory(messages, messageBytes);
  if (errno === Errno.ENOSPC) {
    const most = sysctl('fs.mqueue.queues_max');
    return `this system allows ${most} message queues (fs.mqueue.queues_max): unlink others, or ${raise('fs.mqueue.queues_max', most * 2)}`;
  }
  if (errno !== Errno.EINVAL) return undefined;
  return beyond('messages', messages, 'fs.mqueue.msg_max') ?? beyond('bytes a message', messageBytes, 'fs.mqueue.msgsize_max');
}

/** What F_SETPIPE_SZ takes, an int. */
const MOST_PIPE_BYTES = 2 ** 31 - 1;

function explainPipe(capacity: number, errno: number): string | undefined {
  if (errno === Errno.EINVAL && capacity > MOST_PIPE_BYTES)
    return `${capacity} bytes of capacity were asked for, a pipe has at most ${MOST_PIPE_BYTES}`;
  if (errno === Errno.EMFILE) return descriptors();
  if (errno === Errno.EBUSY) return `it holds more than ${capacity} bytes now: read some first`;
  if (errno !== Errno.EPERM) return undefined;
  return (
    beyond('bytes of capacity', capacity, 'fs.pipe-max-size') ??
    "this user's pipes take more pages than fs.pipe-user-pages-soft allows: close some, or raise it as root with `sysctl`"
  );
}

/** What the mapped file may have against it (native/region.c); rings and unnamed semaphores live there. */
function explainRegion(errno: number): string | undefined {
  const file = `/dev/shm/sluice-${process.geteuid?.() ?? 'UID'}-NAMESPACE`;
  switch (errno) {
    case Errno.EACCES:
      return `the mapped file ${file} must be a plain file of this user with mode 0600, and something else has its name`;
    case Errno.EUCLEAN:
      return `the mapped file ${file} is of another version or damaged: remove it when nobody uses it`;
    case Errno.ENOSPC:
      return `the mapped file ${file} or /dev/shm has no room left: close rings or unlink them, or take another namespace with a larger sizeBytes`;
    case Errno.EMFILE:
      return descriptors() ?? 'as many agents as there can be (256) have the mapped file open';
    default:
      return undefined;
  }
}

function explainSemaphore(number: number): string | undefined {
  if (number === Errno.ENOSPC || number === Errno.ENOMEM)
    return 'semaphores live in /dev/shm, which is full: unlink some, or mount it larger';
  return number === Errno.EMFILE ? descriptors() : undefined;
}

/** The limit that a refused request met and how to raise it, in one sentence; undefined when it was none that is known. */
export function explain(request: Request, errno: number): string | undefined {
  const number = Math.abs(errno);
  switch (request.op) {
    case Op.MQ_OPEN:
      return explainQueue(request.args, number);
    case Op.PIPE_OPEN:
      return explainPipe(request.args[0]!, number);
    case Op.FIFO_OPEN:
      return explainPipe(request.args[2]!, number);
    case Op.SEM_OPEN:
      return request.name === undefined ? explainRegion(number) : explainSemaphore(number);
    case Op.RING_OPEN:
      return explainRegion(number);
    default:
      return number === Errno.EMFILE ? descriptors() : undefined;
  }
}
