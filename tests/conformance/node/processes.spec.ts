/** Processes: what keeps one alive, and one that is stopped. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { places, startAgent } from '../agents.js';
import { alone, backend, becomes, fails, text } from '../backends.js';

describe('a process', () => {
  /** Runs a module that has `ipc`; what it printed, and how it ended. */
  async function run(body: string): Promise<string> {
    const source = `import { connect } from 'sluice';
      const ipc = await connect({ backend: '${backend}' });
      ${body}`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    const [code] = await once(child, 'close');
    return `${output}${code}`;
  }

  test('is kept alive by a pending wait', async () => {
    const late = "setTimeout(() => s.post(), 50).unref(); await s.wait(); console.log('posted'); await ipc.close();";
    expect(await run(`const s = await ipc.semaphore({}); ${late}`)).toBe('posted\n0');
  });

  test('ends when nothing is pending, or only on unref handles', async () => {
    expect(await run('await ipc.semaphore({});')).toBe('0');
    expect(await run("const s = (await ipc.semaphore({})).unref(); s.wait().catch(() => {}); console.log('end');")).toBe(
      'end\n0',
    );
    const [first, second] = ['s.wait({ timeout: 1e6 }).catch(() => {});', 's.unref();'];
    expect(await run(`const s = await ipc.semaphore({}); ${first} ${second} console.log('end');`)).toBe('end\n0');
  });
  test.runIf(places.includes('process'))('that is stopped is suspect, and its own all the same', async () => {
    const ipc = await alone();
    const ring = await ipc.ring({ capacityBytes: 4096 });
    const other = await startAgent(ipc, 'process');
    const { pid } = other.peer.process!;
    await other.run(
      async ({ ipc, kept }, ticket) => {
        kept.ring = await ipc.open(ticket);
        await kept.ring.send('first');
      },
      await ring.ticket(),
    );
    const suspects = () => ipc.agentsSync().filter(({ suspect }) => suspect);
    expect(suspects()).toEqual([]);
    process.kill(pid!, 'SIGSTOP');
    await becomes(suspects, [{ owner: pid, self: false, suspect: true }]);
    expect(text(await ring.receive())).toBe('first');
    await fails(() => ring.receive({ timeout: 50 }), 'ETIMEDOUT');
    await fails(() => ring.send('there is one producer', { timeout: 50 }), 'EBUSY');
    process.kill(pid!, 'SIGCONT');
    await becomes(suspects, []);
    await other.run(({ kept }) => kept.ring.send('second'));
    expect(text(await ring.receive())).toBe('second');
  });
});
