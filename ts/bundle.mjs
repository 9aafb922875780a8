/**
 * An entry for Node in one file: ESM loading costs more a module than all of our code. Without comments, but line for line,
 * since Node prints the line that threw. The licences of packages that it took in stand beside it. bundle.mjs ENTRY FILE
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { rolldown } from 'rolldown';

const [input, file] = process.argv.slice(2);
const bundle = await rolldown({ input, platform: 'node' });
const { output } = await bundle.write({ file, format: 'esm', comments: false });

const folders = output[0].moduleIds.map((id) => /^.*\/node_modules\/(@[^/]+\/)?[^/]+/.exec(id)?.[0]);
const texts = [...new Set(folders)].filter(Boolean).map((folder) => {
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const licence = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  return `${name} ${version}\n\n${readFileSync(join(folder, licence), 'utf8')}`;
});
if (texts.length > 0) writeFileSync(join(dirname(file), 'LICENSES.txt'), texts.join('\n'));
