/**
 * Runs one suite and writes down how many of its tests passed, and what it printed: run.mjs NAME COMMAND...
 * A test is a line `ok ...` or `not ok ...`, or stands in vitest's JSON report.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const [name, command, ...args] = process.argv.slice(2);
const report = `build/results/${name}.vitest`;
const vitest = command.endsWith('vitest') || args.some((word) => word.endsWith('vitest'));
const commit = spawnSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).stdout?.trim();
const count = { name, passed: 0, failed: 0, commit };

function countLines() {
  let rest = '';
  const log = createWriteStream(`build/results/${name}.log`);
  return (chunk) => {
    process.stdout.write(chunk);
    log.write(chunk);
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      if (/^ok\b(?!.*# SKIP)/.test(line)) count.passed++;
      if (/^not ok\b/.test(line)) count.failed++;
    }
  };
}

function countReport() {
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const broken = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  count.passed += numPassedTests;
  count.failed += numFailedTests + broken.length;
}

function finish(code) {
  if (vitest && code !== null) {
    try {
      countReport();
    } catch {}
  }
  if (count.failed === 0 && (code !== 0 || count.passed === 0)) {
    console.error(code === 0 ? `${name}: no test ran` : `${name}: ended with ${code}`);
    count.failed = 1;
  }
  writeFileSync(`build/results/${name}.json`, JSON.stringify(count));
  console.log(`# ${name}: ${count.passed} passed, ${count.failed} failed`);
  process.exitCode = count.failed === 0 ? 0 : 1;
}

mkdirSync('build/results', { recursive: true });
rmSync(report, { force: true });
if (vitest) args.push('--reporter=default', '--reporter=json', `--outputFile.json=${report}`);
const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
child.stdout.setEncoding('utf8').on('data', countLines());
child.on('error', (error) => console.error(`${name}: ${error.message}`));
child.on('close', finish);
