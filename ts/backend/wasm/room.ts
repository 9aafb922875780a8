import { Errno, Op } from '../abi.gen.js';
import type { Request } from '../backend.js';

function asked({ op, args }: Request): string {
  switch (op) {
    case Op.SEM_OPEN:
      return 'a semaphore';
    case Op.MQ_OPEN:
      return `${args[2]} messages of ${args[3]} bytes`;
    case Op.PIPE_OPEN:
      return `a pipe of ${args[0]} bytes`;
    case Op.FIFO_OPEN:
      return `a FIFO of ${args[2]} bytes`;
    case Op.RING_OPEN:
      return `a ring of ${args[2]} bytes`;
    default:
      return 'this';
  }
}

/** What a full region says of itself. */
export function explainRoom(request: Request, errno: number, sizeBytes: number): string | undefined {
  if (errno !== Errno.ENOSPC && errno !== Errno.ENOMEM) return undefined;
  return `the region of ${sizeBytes} bytes has no room for ${asked(request)}: close or unlink others, or connect with a larger sizeBytes`;
}
