/** The backend under test (SLUICE_BACKEND), and what every spec needs. One that cannot start fails its specs. */
import { attach, connect, type Ipc, IpcError, type IpcErrorCode, type NamedKind } from 'sluice';
import { afterEach, expect, onTestFinished } from 'vitest';
import { differs } from './divergences.js';
import { backend, folder, removeRegion, unique } from './platform.js';

export { backend };

/** Of the mapped file, where the backend has one. */
export const ownNamespace = `sluice-test-${unique}`;

interface Cleanup {
  ipc: Ipc;
  names: [string, NamedKind][];
}
let cleanups: Cleanup[] = [];
let serial = 0;

/** A fresh agent; closed after the test, with what it named. */
export async function start(): Promise<Ipc> {
  const ipc = await connect({ backend });
  cleanups.push({ ipc, names: [] });
  return ipc;
}

/** Another agent of the same region, in this thread. */
export async function another(ipc: Ipc): Promise<Ipc> {
  const other = await attach(ipc.ticket());
  cleanups.push({ ipc: other, names: [] });
  return other;
}

/** An agent of a region that nobody else uses meanwhile. */
export async function alone(): Promise<Ipc> {
  const ipc = await connect({ backend, namespace: ownNamespace });
  onTestFinished(async () => {
    await ipc.close();
    removeRegion(ownNamespace);
  });
  return ipc;
}

/** A name that nobody else has, unlinked after the test. */
export function fresh(kind: NamedKind): string {
  const base = `sluice-test-${unique}-${++serial}`;
  const name = kind === 'fifo' ? `${folder}/${base}` : `/${base}`;
  cleanups.at(-1)!.names.push([name, kind]);
  return name;
}

afterEach(async () => {
  const ended = cleanups.reverse();
  cleanups = [];
  for (const { ipc, names } of ended) {
    // The kernel's objects outlive an ipc that its test has closed.
    const cleaner = ipc.closed && backend === 'native' ? await connect({ backend }) : ipc;
    for (const [name, kind] of names) if (!cleaner.closed) await cleaner.unlink(name, kind).catch(() => {});
    await cleaner.close();
    await ipc.close();
  }
});

/** What a call failed with: an IpcError of this code that says all that it has to. */
export async function fails(call: () => unknown, code: IpcErrorCode): Promise<IpcError> {
  let error: unknown;
  try {
    const value = await call();
    expect.fail(`expected ${code}, but it gave ${value}`);
  } catch (caught) {
    error = caught;
  }
  if (!(error instanceof IpcError)) throw error;
  expect(error.code, error.message).toBe(code);
  expect(error.errno).toBeLessThan(0);
  expect(error.syscall).toMatch(/^\w+$/);
  expect(error.message).toContain(code);
  expect(error.message).toContain(error.syscall);
  return error;
}

/** The same of a Sync form of what can wait. */
export const failsSync = (call: () => unknown, code: IpcErrorCode): Promise<IpcError> =>
  fails(call, differs('mainThread') ? 'ENOTSUP' : code);

/** The same for TypeError and RangeError; `words` stand in its message. */
export async function refuses(call: () => unknown, kind: typeof TypeError | typeof RangeError, words: RegExp): Promise<void> {
  try {
    await call();
  } catch (error) {
    expect(error).toBeInstanceOf(kind);
    expect((error as Error).message).toMatch(words);
    return;
  }
  expect.fail(`expected a ${kind.name}`);
}

/** In the event loop's next turn; a timer's may be later. */
export function soon(call: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    call();
  };
  port2.postMessage(0);
}

export const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));

/** It is so, sooner or later: before the watchdog. */
export async function becomes(value: () => unknown, expected: unknown): Promise<void> {
  while (JSON.stringify(await value()) !== JSON.stringify(expected)) await turn();
}

/** It has not settled although everything had its turn. */
export async function waits(promise: Promise<unknown>): Promise<void> {
  const pending = Symbol('pending');
  promise.catch(() => {});
  await turn();
  expect(await Promise.race([promise, Promise.resolve(pending)]), 'it should wait').toBe(pending);
}

export const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
export const text = (data: Uint8Array): string => new TextDecoder().decode(data);

/** Bytes that differ from their neighbours. */
export function pattern(length: number, seed = 1): Uint8Array {
  const data = new Uint8Array(length);
  for (let i = 0; i < length; i++) data[i] = (seed + i * 31 + (i >> 8) * 7) & 255;
  return data;
}

/** One after the other. */
export function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** toEqual takes seconds for what is long. */
export function same(actual: Uint8Array, expected: Uint8Array): void {
  expect(actual.length).toBe(expected.length);
  expect(
    actual.findIndex((value, i) => value !== expected[i]),
    'the first byte that differs',
  ).toBe(-1);
}
