/** What a page pays, gzipped, by size-limit: no more than package.json allows. */
import { spawnSync } from 'node:child_process';

const { stdout, stderr } = spawnSync('node_modules/.bin/size-limit', ['--json'], { encoding: 'utf8' });
try {
  for (const { name, passed, size, sizeLimit } of JSON.parse(stdout))
    console.log(`${passed ? 'ok' : 'not ok'} ${name}: ${size} bytes gzipped, at most ${sizeLimit}`);
} catch {
  console.log(`not ok size-limit says no sizes\n${stderr}`);
}
