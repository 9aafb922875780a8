/** `sluice/url`: browser.ts whose core is a file of its own, fetched. */
import { moduleFrom } from '../backend/wasm/source.js';
import { web } from './web.js';

export * from './exports.js';
export const { connect, attach, attachSync, capabilities } = web(() => moduleFrom(new URL('../sluice.wasm', import.meta.url)));
