/** The module inside TypeScript, since not every bundler emits the file of a `new URL`: embed.mjs WASM TARGET. */
import { readFileSync, writeFileSync } from 'node:fs';

const [source, target] = process.argv.slice(2);
const text = readFileSync(source).toString('base64');
writeFileSync(target, `// Made from the core by \`make wasm\`.\n/** The core, in base64. */\nexport const moduleBase64 =\n  '${text}';\n`);
