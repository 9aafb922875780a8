/** The package's entry in browsers: index.ts without native code; the types are told there. */
import { moduleInside } from '../backend/wasm/inside.js';
import { web } from './web.js';

export * from './exports.js';
export const { connect, attach, attachSync, capabilities } = web(moduleInside);
