/** One end, in a worker of page.mjs's: the first message says which; each other one runs it. */
import { runner } from '../runner.mjs';

const first = new Promise((resolve) => {
  globalThis.onmessage = ({ data }) => resolve(data);
});
const run = await runner(await first);
globalThis.onmessage = async () => postMessage(await run());
postMessage('ready');
