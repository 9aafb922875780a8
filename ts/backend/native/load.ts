import { fs, modules, url } from './builtins.js';

/** native/addon.c, told there. */
export interface Addon {
  /** Operation, handle, six arguments, four results, space. */
  readonly words: Uint32Array;
  open(settled: (token: number, n: number) => void): number;
  attempt(bytes?: Uint8Array, name?: string): number;
  block(bytes: Uint8Array | undefined, name: string | undefined, milliseconds: number): number;
  submit(bytes?: Uint8Array, name?: string): number;
  cancel(token: number): void;
  /** The number of a namespace's mapped file, which is made with so many bytes when it is first needed; or -errno. */
  space(namespace: string, sizeBytes: number): number;
  close(): void;
  /** What the backends of this environment have in common; of native.ts, also when that is loaded twice. */
  shared?: unknown;
}

/** So much of an ELF file holds the name of its loader. */
const HEADERS_BYTES = 4096;

/** A glibc binary crashes on musl, so it must be known before loading: Node's own file names its loader, /lib/ld-musl-... */
function libc(): 'glibc' | 'musl' {
  const { openSync, readSync, closeSync } = fs();
  const headers = new Uint8Array(HEADERS_BYTES);
  const file = openSync('/proc/self/exe', 'r'); // also when the file at execPath has been replaced
  try {
    readSync(file, headers);
  } finally {
    closeSync(file);
  }
  return Buffer.from(headers).includes('/ld-musl-') ? 'musl' : 'glibc';
}

/** Upwards from this file, wherever it was built to. */
function findPrebuild(platform: string): string | undefined {
  for (let folder = new URL('.', import.meta.url); ; folder = new URL('..', folder)) {
    const file = new URL(`prebuilds/${platform}/sluice.node`, folder);
    if (fs().existsSync(file)) return url().fileURLToPath(file);
    if (folder.pathname === '/') return undefined;
  }
}

type Found = { path: string } | { missing: string };

let loaded: Addon | undefined;

function find(): Found {
  if (typeof process !== 'object' || !process.versions?.node) return { missing: 'the native backend needs Node' };
  if (typeof process.getBuiltinModule !== 'function')
    return { missing: `the native backend needs Node 20.16, or 22.3 and later; this is ${process.versions.node}` };
  if (process.platform !== 'linux') return { missing: `the native backend is for Linux; this is ${process.platform}` };
  let platform: string;
  try {
    platform = `linux-${process.arch}-${libc()}`;
  } catch (error) {
    return { missing: `the native backend has to know this Node's C library: ${(error as Error).message}` };
  }
  const path = findPrebuild(platform);
  return path ? { path } : { missing: `this package has no native addon for ${platform} (prebuilds/${platform}/sluice.node)` };
}

/** Loads the addon, once. Why there is none here, in one sentence; undefined when there is one. */
export function whyMissing(): string | undefined {
  if (loaded !== undefined) return undefined;
  const found = find();
  if ('missing' in found) return found.missing;
  try {
    loaded = modules().createRequire(import.meta.url)(found.path) as Addon;
    return undefined;
  } catch (error) {
    return `the native addon could not be loaded: ${(error as Error).message}`;
  }
}

/** Throws an `Error` that says why it could not. */
export function loadAddon(): Addon {
  const missing = whyMissing();
  if (missing !== undefined) throw new Error(missing);
  return loaded!;
}
