/** Ends of a Node that lives for several runs, so that what is measured is compiled code. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const host = fileURLToPath(new URL('host.mjs', import.meta.url));

/** @param reach what the ends are: `threads` or `processes` */
export async function startEnds(reach, thing, scenario) {
  const child = fork(host, [reach, thing, JSON.stringify(scenario)], { serialization: 'advanced' });
  const died = once(child, 'exit').then(([code]) => Promise.reject(new Error(`${thing}: the process ended with ${code}`)));
  died.catch(() => {}); // in stop() it is no error
  const answer = async () => {
    const [found] = await Promise.race([once(child, 'message'), died]);
    return found;
  };
  await answer();
  return {
    run() {
      child.send('run');
      return answer();
    },
    async stop() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}
