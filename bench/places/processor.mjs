/** Where an end of Node's runs, and what it takes. */
import { execFileSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';

/** The thread that calls, sched_setaffinity(2). */
export function pin(processor) {
  const id = readlinkSync('/proc/thread-self').split('/').pop();
  execFileSync('taskset', ['-p', '-c', `${processor}`, id], { stdio: 'ignore' });
}

/** What `run` finds, and what this process took meanwhile. */
export async function metered(run) {
  const before = process.cpuUsage();
  const found = await run();
  const { user, system } = process.cpuUsage(before);
  return { ...found, cpuSeconds: (user + system) / 1e6, rssBytes: process.memoryUsage.rss() };
}
