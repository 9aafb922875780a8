import { Errno, Kind } from '../backend/abi.gen.js';
import { show } from './check.js';
import { IpcError } from './error.js';
import type { HandleKind, HandleTicket } from './types.js';

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** A pipe's ends and a FIFO's are the same to their holders. */
const kinds: Record<HandleKind, readonly number[]> = {
  semaphore: [Kind.SEMAPHORE],
  messageQueue: [Kind.MESSAGE_QUEUE],
  pipeReader: [Kind.PIPE, Kind.FIFO],
  pipeWriter: [Kind.PIPE, Kind.FIFO],
  ring: [Kind.RING],
};

/** Base64 without `btoa`, which audio worklets lack. */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const word = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const left = Math.min(bytes.length - i, 3);
    for (let k = 0; k < 4; k++) text += k <= left ? DIGITS[(word >> (18 - 6 * k)) & 63] : '=';
  }
  return text;
}

/** undefined where it is not exactly what `toBase64` gives. */
export function fromBase64(text: string): Uint8Array | undefined {
  const bytes: number[] = [];
  for (let i = 0; i < text.length; i += 4) {
    let word = 0;
    for (let k = 0; k < 4; k++) word = (word << 6) | Math.max(0, DIGITS.indexOf(text[i + k] ?? 'A'));
    bytes.push((word >> 16) & 255, (word >> 8) & 255, word & 255);
  }
  const padding = /={0,2}$/.exec(text)![0].length;
  const result = Uint8Array.from(bytes.slice(0, bytes.length - padding));
  return toBase64(result) === text ? result : undefined;
}

function refuse(detail: string): never {
  throw new IpcError(Errno.EINVAL, { syscall: 'open_ticket', detail });
}

/** Reads a ticket: TypeError where it is none, EINVAL where it is a bad one. */
export function readTicket<K extends HandleKind>(
  value: HandleTicket<K>,
  backend: string,
): { kind: K; name: string | undefined; data: Uint8Array } {
  const ticket = value as HandleTicket<K> | null;
  if (typeof ticket !== 'object' || ticket === null || typeof ticket.kind !== 'string' || typeof ticket.data !== 'string') {
    throw new TypeError(`ticket must be what a handle's ticket() gave, not ${show(value)}`);
  }
  if (!Object.hasOwn(kinds, ticket.kind))
    refuse(`the ticket's kind is ${show(ticket.kind)}, known are ${Object.keys(kinds).join(', ')}`);
  if (ticket.backend !== backend) refuse(`the ticket is for the backend ${JSON.stringify(ticket.backend)}, this is '${backend}'`);
  const data = fromBase64(ticket.data);
  if (data === undefined || data.length === 0) refuse("the ticket's data is damaged");
  return { kind: ticket.kind, name: typeof ticket.name === 'string' ? ticket.name : undefined, data };
}

/** Whether an object of the backend's kind is what the ticket says. */
export function isKind(kind: HandleKind, number: number): boolean {
  return kinds[kind].includes(number);
}
