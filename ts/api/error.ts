import type { Errno } from '../backend/abi.gen.js';
import { errnoTexts } from '../backend/errno.gen.js';

/** The name of an error, as in errno(3). */
export type IpcErrorCode = keyof typeof Errno;

const byNumber = new Map(errnoTexts.map(([number, code, text]) => [number, { code: code as IpcErrorCode, text }]));

/** Where an error happened, and what a message should add to its general text. */
export interface ErrorPlace {
  syscall: string;
  path?: string | undefined;
  detail?: string | undefined;
}

/**
 * What a request can fail with. Wrong types are `TypeError`s, numbers that are no
 * u32 `RangeError`s, an abort rejects with the signal's reason; everything else is this. Two can come from any call:
 * `EUCLEAN`, the region is damaged there, or one pronounced dead has written there since; `ESRCH`, somebody has pronounced
 * this agent dead, and it can do nothing any more.
 */
export class IpcError extends Error {
  override readonly name = 'IpcError';
  /** `'EAGAIN'`, `'ETIMEDOUT'`, ...: errno(3). */
  readonly code: IpcErrorCode;
  /** Linux's number, negative, as in Node. */
  readonly errno: number;
  /** What was asked for: `'mq_send'`, `'sem_wait'`, ... */
  readonly syscall: string;
  /** The object's name, when it has one. */
  readonly path: string | undefined;

  /**
   * @param errno Linux's number of the error, of either sign
   * @param place what was asked for, of which object, and what was wrong with it
   */
  constructor(errno: number, place: ErrorPlace) {
    const number = Math.abs(errno);
    const { code, text } = byNumber.get(number) ?? { code: `E${number}` as IpcErrorCode, text: 'unexpected error of the system' };
    const path = place.path === undefined ? '' : ` '${place.path}'`;
    super(`${code}: ${text}${place.detail ? ` (${place.detail})` : ''}, ${place.syscall}${path}`);
    this.code = code;
    this.errno = -number;
    this.syscall = place.syscall;
    this.path = place.path;
  }
}
