/** What wasm stands on: why this engine, page or thread lacks it, as a phrase; undefined where it is there. */
import type { NodeProcess } from './start.js';

const HEADERS = 'Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp (or credentialless)';

interface Scope {
  isSecureContext?: boolean;
  crossOriginIsolated?: boolean;
  document?: unknown;
  parent?: unknown;
  navigator?: Navigator;
  origin?: string;
  AudioWorkletGlobalScope?: unknown;
  process?: NodeProcess;
}
const scope = globalThis as unknown as Scope;

export function sharedMemory(): string | undefined {
  if (typeof SharedArrayBuffer === 'function') return undefined;
  if (scope.isSecureContext === false) return 'there is no shared memory here: the page must come by https, or from localhost';
  if (scope.crossOriginIsolated !== false) return 'this engine has no SharedArrayBuffer';
  return scope.document !== undefined && scope.parent !== globalThis
    ? `there is no shared memory in this frame: it and each page around it need the headers ${HEADERS}, and its iframe allow="cross-origin-isolated"`
    : `there is no shared memory here: the page needs the headers ${HEADERS}`;
}

/** A module without content: a policy that refuses WebAssembly refuses it. */
const EMPTY = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

export function compiling(): string | undefined {
  if (typeof WebAssembly !== 'object') return 'this engine has no WebAssembly';
  try {
    new WebAssembly.Module(EMPTY);
    return undefined;
  } catch {
    return "the Content-Security-Policy forbids WebAssembly here: its script-src needs 'wasm-unsafe-eval'";
  }
}

export function waitAsync(): string | undefined {
  return typeof Atomics.waitAsync === 'function'
    ? undefined
    : 'this engine has no Atomics.waitAsync: give connect() or attach() a helper, as docs/browser.md says';
}

/** The only way to know is to try, on a word that ends the wait at once. */
export function blocking(): string | undefined {
  if (typeof SharedArrayBuffer !== 'function') return sharedMemory();
  if (scope.AudioWorkletGlobalScope !== undefined) return 'an AudioWorklet may not block: use the forms that try';
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    return undefined;
  } catch {
    return 'this thread may not block (the main thread of a page may not): use the forms that return a promise';
  }
}

/** Who tells others that this thread has ended: Node does of its workers, elsewhere a lock of the thread's. */
export function deaths(): string | undefined {
  if (scope.process?.getBuiltinModule !== undefined) return undefined;
  const untold = 'nobody is told when this thread ends without closing';
  if (scope.navigator?.locks === undefined) return `there are no Web Locks here: ${untold}`;
  return scope.origin === 'null' ? `a sandboxed frame may not use Web Locks: ${untold}` : undefined;
}

/** Whether a thread that looks again and again for a moment lets the others run. */
export function severalCores(): boolean {
  const os = scope.process?.getBuiltinModule?.('node:os') as { availableParallelism(): number } | undefined;
  return (os?.availableParallelism() ?? scope.navigator?.hardwareConcurrency ?? 1) > 1;
}
