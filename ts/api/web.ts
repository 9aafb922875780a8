import { WasmBackend } from '../backend/wasm/wasm.js';
import { attachSyncWith, attachWith, type Backends, capabilitiesOf, connectWith } from './connect.js';
import type { Ipc } from './ipc.js';
import type { AttachOptions, Capabilities, ConnectOptions, IpcTicket } from './types.js';

/** What an entry for browsers gives, without native code; `module` is the core where the caller brings none. */
export function web(module: () => Promise<WebAssembly.Module>) {
  const backends: Backends = { wasm: WasmBackend, native: undefined, module };
  return {
    connect: (options: ConnectOptions = {}): Promise<Ipc> => connectWith(backends, options),
    attach: (ticket: IpcTicket, options?: AttachOptions): Promise<Ipc> => attachWith(backends, ticket, options),
    attachSync: (ticket: IpcTicket, options?: AttachOptions): Ipc => attachSyncWith(backends, ticket, options),
    capabilities: (): Capabilities => capabilitiesOf(backends),
  };
}
