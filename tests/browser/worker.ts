import { run } from './run.js';

self.onmessage = async ({ data: spec }) => {
  await run(spec, (line) => self.postMessage(line));
  self.postMessage('done');
};
