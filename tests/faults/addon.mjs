/** The addon of build/faults, in which a system call fails on demand: tests/faults/fault.c. */
import { dist } from '../native/harness.mjs';

const { loadAddon } = await import(`${dist}/backend/native/load.js`);

export { loadAddon };
