/** What a call came to, as text that is the same on both backends when it should be. */
import { createHash } from 'node:crypto';
import { IpcError, type Listed, type MessageQueue, type PipeReader, type PipeWriter, type Ring, type Semaphore } from 'sluice';

export type Opened = Semaphore | MessageQueue | PipeReader | PipeWriter | Ring;

function showBytes(bytes: Uint8Array): string {
  if (bytes.length <= 8) return `[${bytes}]`;
  return `${bytes.length} bytes ${createHash('sha1').update(bytes).digest('hex').slice(0, 8)}`;
}

/** An error's message differs where a backend explains its own limits. */
function showError(error: Error): string {
  return error instanceof IpcError ? `${error.code} of ${error.syscall}` : `${error.name}: ${error.message}`;
}

/** Who owns it is a user's number on native, a thread's on wasm. */
function showListed(all: Listed[]): string {
  return all
    .map(({ kind, name, mode }) => `${kind} ${name} 0${mode.toString(8)}`)
    .sort()
    .join(', ');
}

const isListed = (value: unknown[]): value is Listed[] => value.some((each) => (each as Partial<Listed>).owner !== undefined);

export function show(value: unknown): string {
  if (value instanceof Uint8Array) return showBytes(value);
  if (value instanceof Error) return showError(value);
  if (Array.isArray(value)) return isListed(value) ? showListed(value) : value.map(show).join(' and ');
  if (typeof value !== 'object' || value === null) return String(value);
  if ('closeSync' in value) return (value as Opened).kind;
  if ('kind' in value) return `ticket of a ${value.kind}`;
  return Object.entries(value)
    .map(([key, each]) => `${key} ${show(each)}`)
    .join(', ');
}
