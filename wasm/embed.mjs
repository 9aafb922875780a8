/** The module inside TypeScript, since not every bundler emits the file of a `new URL`: embed.mjs WASM TARGET. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const [source, target] = process.argv.slice(2);
const text = readFileSync(source).toString('base64');
mkdirSync(dirname(target), { recursive: true });
writeFileSync(
  target,
  `// Made from the core by \`make wasm\`.\n/** The core, in base64. */\nexport const moduleBase64: string =\n  '${text}';\n`,
);
