/** What the README shows runs, and the main job counts right on both backends. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

function check(what, action) {
  try {
    action();
    console.log(`ok ${what}`);
  } catch (error) {
    console.log(`not ok ${what}: ${error.stderr || error.message}`);
    process.exitCode = 1;
  }
}

const WATCHDOG_MS = 60_000;
const run = (...args) => execFileSync(process.execPath, args, { encoding: 'utf8', stdio: 'pipe', timeout: WATCHDOG_MS });
const same = (actual, expected) => {
  if (actual !== expected) throw new Error(`${actual} is not ${expected}`);
};

check('the README shows examples/first/first.mjs', () => {
  const [, shown] = /```js\n([\s\S]*?)```/.exec(readFileSync('README.md', 'utf8'));
  same(shown, readFileSync('examples/first/first.mjs', 'utf8'));
});
check("the README's calls work, on both backends", () => {
  const [, , calls] = readFileSync('README.md', 'utf8').match(/```js\n([\s\S]*?)```[\s\S]*?```js\n([\s\S]*?)```/);
  const names = 'await ipc.unlink("/r", "ring"); await ipc.unlink("/tmp/f", "fifo");';
  for (const backend of ['wasm', 'native']) {
    const whole = `import { connect } from 'sluice'; const ipc = await connect({ backend: '${backend}' });${calls}`;
    run('--input-type=module', '--eval', `${whole}; await opening; ${names} await ipc.close();`);
  }
});
check('it runs', () => {
  const lines = run('examples/first/first.mjs').trim().split('\n').sort();
  same(lines.join('|'), '0 sooner or later|5 at once');
});
for (const work of ['tokenize', 'checksum'])
  check(`the word count counts right, ${work}`, () => {
    const told = run('build/examples/wordcount/main.js', '--backend', 'both', '--work', work, 'ts');
    if (!told.includes('All totals are equal to the plain count')) throw new Error(told);
  });
