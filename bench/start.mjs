/** What `import 'sluice'` and `connect()` cost in CPU: the median of 15 fresh processes, at most 12 ms. */
import { execFileSync } from 'node:child_process';

const RUNS = 15;
const BAR_MS = 12;
const entry = import.meta.resolve('sluice');
const program = `
  const before = process.cpuUsage();
  const { connect } = await import('${entry}');
  const ipc = await connect({ backend: process.argv[1] });
  const { user, system } = process.cpuUsage(before);
  console.log((user + system) / 1000);
  await ipc.close();
`;

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

for (const backend of ['wasm', 'native']) {
  const run = () => Number(execFileSync(process.execPath, ['--input-type=module', '-e', program, backend], { encoding: 'utf8' }));
  const times = Array.from({ length: RUNS }, run);
  const middle = median(times);
  const fine = middle <= BAR_MS;
  const range = `${Math.min(...times).toFixed(1)} to ${Math.max(...times).toFixed(1)}`;
  console.log(
    `${fine ? 'ok' : 'not ok'} import and connect on ${backend}: ${middle.toFixed(1)} ms of CPU (${range}), at most ${BAR_MS}`,
  );
  if (!fine) process.exitCode = 1;
}
