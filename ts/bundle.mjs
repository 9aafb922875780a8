/**
 * Node's entry in one file: ESM loading costs more a module than all of our code. Without comments, but line for line,
 * since Node prints the line that threw. bundle.mjs ENTRY FILE
 */
import { rolldown } from 'rolldown';

const [input, file] = process.argv.slice(2);
const bundle = await rolldown({ input, platform: 'node' });
await bundle.write({ file, format: 'esm', comments: false });
