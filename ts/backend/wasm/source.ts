/** Where the core's module comes from. */
import { Errno } from '../abi.gen.js';
import { type NodeProcess, startError } from './start.js';

export type Source = WebAssembly.Module | BufferSource | URL | string;

interface Files {
  readFileSync(place: URL): BufferSource;
}

/** The caller's module, or what lies at the caller's address. */
export async function moduleFrom(wasm: Source): Promise<WebAssembly.Module> {
  if (wasm instanceof WebAssembly.Module) return wasm;
  if (typeof wasm === 'string' || wasm instanceof URL) return moduleAt(String(wasm));
  return compiled(wasm, 'wasm');
}

function compiled(bytes: BufferSource, what: string): Promise<WebAssembly.Module> {
  return WebAssembly.compile(bytes).catch((error: Error) => {
    if (error instanceof TypeError) throw new TypeError('wasm must be a WebAssembly.Module, its bytes, not shared, or a URL');
    throw startError(Errno.EINVAL, `${what} is no WebAssembly module: ${error.message}`);
  });
}

/** Node's fetch takes no file: URLs. */
async function moduleAt(place: string): Promise<WebAssembly.Module> {
  const files = (globalThis as { process?: NodeProcess }).process?.getBuiltinModule?.('node:fs') as Files | undefined;
  if (files !== undefined && place.startsWith('file:')) return compiled(files.readFileSync(new URL(place)), place);
  const lost = ({ message }: Error) => {
    throw startError(Errno.ENOENT, `${place} did not answer, or not to the end: ${message}`);
  };
  const answer = await fetch(place).catch(lost);
  if (!answer.ok) throw startError(Errno.ENOENT, `${place} answered ${answer.status} ${answer.statusText}`);
  return compiled(await answer.arrayBuffer().catch(lost), `${place} (${answer.headers.get('content-type')})`);
}
