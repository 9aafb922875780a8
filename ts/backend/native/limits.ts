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

/** @param ceiling what the kernel lets root raise it to */
function beyond(what: string, asked: number, name: string, ceiling: number): string | undefined {
  const most = sysctl(name);
  if (asked <= most) return undefined;
  const advice = asked <= ceiling ? raise(name, asked) : `${ceiling} is the most that Linux can`;
  return `${asked} ${what} were asked for, and ${name} allows ${most}: ${advice}`;
}

/** How many are open; to look takes one, so where that fails there are as many as there may be. */
function openDescriptors(): number {
  try {
    return fs().readdirSync('/proc/self/fd').length;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

function descriptors(): string | undefined {
  const open = openDescriptors();
  if (open === Number.POSITIVE_INFINITY)
    return 'this process has no descriptor left: close some, or raise RLIMIT_NOFILE with `ulimit -n`';
  const most = rlimit('Max open files');
  if (open < most - 1) return undefined;
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

/** HARD_MSGMAX and HARD_MSGSIZEMAX: mq_overview(7). */
const MOST_MESSAGES = 65536;
const MOST_MESSAGE_BYTES = 16 * 1024 * 1024;

function explainQueue(args: Uint32Array, errno: number): string | undefined {
  const [, , messages = 0, messageBytes = 0] = args;
  if (errno === Errno.EMFILE) return descriptors() ?? queueMemory(messages, messageBytes);
  if (errno === Errno.ENOSPC) {
    const most = sysctl('fs.mqueue.queues_max');
    return `this system allows ${most} message queues (fs.mqueue.queues_max): unlink others, or ${raise('fs.mqueue.queues_max', most * 2)}`;
  }
  if (errno !== Errno.EINVAL) return undefined;
  return (
    beyond('messages', messages, 'fs.mqueue.msg_max', MOST_MESSAGES) ??
    beyond('bytes a message', messageBytes, 'fs.mqueue.msgsize_max', MOST_MESSAGE_BYTES)
  );
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
    beyond('bytes of capacity', capacity, 'fs.pipe-max-size', MOST_PIPE_BYTES) ??
    "this user's pipes take more pages than fs.pipe-user-pages-soft allows: close some, or raise it as root with `sysctl`"
  );
}

function full(file: string): string {
  const bytes = fs().statSync(file, { throwIfNoEntry: false })?.size;
  if (!bytes) return `/dev/shm has no room for the mapped file ${file}: mount it larger, or ask for a smaller sizeBytes`;
  return `the mapped file ${file} has ${bytes} bytes, and no room for it: close rings and semaphores or unlink them, take another namespace with a larger sizeBytes, or remove the file when nobody uses it`;
}

/** What the mapped file may have against it (native/region.c); rings and unnamed semaphores live there. */
function explainRegion(errno: number, namespace: string): string | undefined {
  const file = `/dev/shm/sluice-${process.geteuid!()}-${namespace}`;
  switch (errno) {
    case Errno.EACCES:
      return `the mapped file ${file} must be a plain file of this user with mode 0600, and something else has its name`;
    case Errno.EUCLEAN:
      return `the mapped file ${file} is of another version or damaged: remove it when nobody uses it`;
    case Errno.ENOSPC:
      return full(file);
    case Errno.ENOENT:
      return fs().existsSync('/dev/shm') ? undefined : `the mapped file ${file} needs a tmpfs at /dev/shm: mount one`;
    case Errno.EMFILE:
      return descriptors() ?? 'as many agents as there can be (255) have the mapped file open';
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
export function explain(request: Request, errno: number, namespace: string): string | undefined {
  const number = Math.abs(errno);
  switch (request.op) {
    case Op.MQ_OPEN:
      return explainQueue(request.args, number);
    case Op.PIPE_OPEN:
      return explainPipe(request.args[0]!, number);
    case Op.FIFO_OPEN:
      return explainPipe(request.args[2]!, number) ?? (number === Errno.EINVAL ? 'what has this path is no FIFO' : undefined);
    case Op.SEM_OPEN:
      return request.name === undefined ? explainRegion(number, namespace) : explainSemaphore(number);
    case Op.RING_OPEN:
    case Op.AGENTS:
      return explainRegion(number, namespace);
    case Op.READY:
      return number === Errno.ENOTSUP ? 'a named semaphore has no descriptor that poll(2) could wait for' : undefined;
    default:
      return number === Errno.EMFILE ? descriptors() : undefined;
  }
}
