/** The package's entry in Node; browsers get browser.ts, which has the same and no native code. */
import { NativeBackend } from '../backend/native/native.js';
import { moduleInside } from '../backend/wasm/inside.js';
import { WasmBackend } from '../backend/wasm/wasm.js';
import { attachSyncWith, attachWith, type Backends, capabilitiesOf, connectWith } from './connect.js';
import type { Ipc } from './ipc.js';
import type { AttachOptions, Capabilities, ConnectOptions, IpcTicket } from './types.js';

export * from './exports.js';

const backends: Backends = { wasm: WasmBackend, native: NativeBackend, module: moduleInside };

/**
 * Starts. On `wasm` (default) this makes a region of its own, which other threads join by `attach(ipc.ticket())`;
 * on `native` (`{ reach: 'processes' }`) processes meet by the names of objects.
 *
 * @param options `backend`, `reach`, `sizeBytes` of the region, ...
 * @throws IpcError ENOTSUP the backend cannot work here, and why; EINVAL size; ENOMEM; EACCES; EMFILE
 */
export async function connect(options: ConnectOptions = {}): Promise<Ipc> {
  return connectWith(backends, options);
}

/**
 * Joins what another thread (or, on `native`, process) started.
 *
 * @param ticket what its `ipc.ticket()` gave, posted or (`native`) as JSON
 * @param options `helper`, for engines without `Atomics.waitAsync`
 * @throws IpcError EINVAL forged or damaged; ENOTSUP the backend cannot work here; EMFILE too many agents; TypeError no ticket
 */
export async function attach(ticket: IpcTicket, options?: AttachOptions): Promise<Ipc> {
  return attachWith(backends, ticket, options);
}

/** `attach()` that is done when it returns, for where nothing can be awaited. Errors as there. */
export function attachSync(ticket: IpcTicket, options?: AttachOptions): Ipc {
  return attachSyncWith(backends, ticket, options);
}

/** Which backends work here; and of those that do not, why. */
export function capabilities(): Capabilities {
  return capabilitiesOf(backends);
}
