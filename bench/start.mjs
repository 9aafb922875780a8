/** What `import 'sluice'` and `connect()` cost in CPU: the median of 15 fresh processes, at most 12 ms. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const RUNS = 15;
const BAR_MS = 12;
const self = fileURLToPath(import.meta.url);

/** In a process of its own: milliseconds. */
async function once(backend) {
  const before = process.cpuUsage();
  const { connect } = await import('sluice');
  const ipc = await connect({ backend });
  const { user, system } = process.cpuUsage(before);
  await ipc.close();
  return (user + system) / 1000;
}

function judge(backend) {
  const run = () => Number(execFileSync(process.execPath, [self, backend], { encoding: 'utf8' }));
  const times = Array.from({ length: RUNS }, run).sort((a, b) => a - b);
  const median = times[RUNS >> 1];
  const range = `${times[0].toFixed(1)} to ${times[RUNS - 1].toFixed(1)}`;
  const verdict = median <= BAR_MS ? 'ok' : 'not ok';
  console.log(`${verdict} import and connect on ${backend}: ${median.toFixed(1)} ms of CPU (${range}), at most ${BAR_MS}`);
  if (median > BAR_MS) process.exitCode = 1;
}

if (process.argv[2]) console.log(await once(process.argv[2]));
else for (const backend of ['wasm', 'native']) judge(backend);
