/**
 * Node's entry in one file: ESM loading costs more a module than all of our code. Without blanks and comments, but
 * with every name as it is, so that stack traces can be read. bundle.mjs ENTRY FILE
 */
import { rolldown } from 'rolldown';

const [input, file] = process.argv.slice(2);
const minify = { mangle: false, compress: false, codegen: { removeWhitespace: true } };
const bundle = await rolldown({ input, platform: 'node' });
await bundle.write({ file, format: 'esm', minify });
