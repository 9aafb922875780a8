/** The package's entry in browsers: index.ts without native code; the types are told there. */
import { WasmBackend } from '../backend/wasm/wasm.js';
import { attachSyncWith, attachWith, type Backends, capabilitiesOf, connectWith } from './connect.js';
import type { Ipc } from './ipc.js';
import type { Capabilities, ConnectOptions, IpcTicket } from './types.js';

export * from './exports.js';

const backends: Backends = { wasm: WasmBackend, native: undefined };

export const connect = (options: ConnectOptions = {}): Promise<Ipc> => connectWith(backends, options);
export const attach = (ticket: IpcTicket): Promise<Ipc> => attachWith(backends, ticket);
export const attachSync = (ticket: IpcTicket): Ipc => attachSyncWith(backends, ticket);
export const capabilities = (): Capabilities => capabilitiesOf(backends);
