/** Runs the specs here, or in a worker: ?place=worker&spec=/tests/conformance/ring.spec.ts */
import { serveAgent } from './agents.js';
import { run } from './run.js';

const query = new URLSearchParams(location.search);
const spec = query.get('spec')!;
const tell = (line: string) => console.log(line);

if (query.get('place') === 'worker') {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }) => (typeof data === 'string' ? tell(data) : serveAgent(data.agent));
  worker.onerror = ({ message }) => {
    tell(`not ok the worker: ${message}`);
    tell('done');
  };
  worker.postMessage(spec);
} else {
  await run(spec, tell);
  tell('done');
}
