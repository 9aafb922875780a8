/** Whether the threads that wait for the kernel are all asleep: what wakes one does so before its system call returns. */
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';

const tasks = '/proc/self/task';
/** What was there before the addon has threads of its own: Node's. */
const foreign = new Set(readdirSync(tasks));
const files = new Map<string, number>();
const buffer = Buffer.alloc(4096);

function readStatus(id: string): string {
  try {
    let file = files.get(id);
    file ??= openSync(`${tasks}/${id}/status`, 'r');
    files.set(id, file);
    return buffer.toString('latin1', 0, readSync(file, buffer, 0, buffer.length, 0));
  } catch {
    return '';
  }
}

function forgetEnded(ids: string[]): void {
  for (const [id, file] of files) {
    if (ids.includes(id)) continue;
    files.delete(id);
    closeSync(file);
  }
}

/**
 * How often each thread has slept so far; undefined when one is awake. The same answer twice: all of them
 * slept all the time between, so whatever they had to tell was told before.
 */
export function sleepers(): string | undefined {
  const ids = readdirSync(tasks).filter((id) => !foreign.has(id));
  forgetEnded(ids);
  const counts: string[] = [];
  for (const id of ids) {
    const [, sleeps] = /^State:\tS[\s\S]*^voluntary_ctxt_switches:\t(\d+)/m.exec(readStatus(id)) ?? [];
    if (sleeps === undefined) return undefined;
    counts.push(`${id}:${sleeps}`);
  }
  return counts.join();
}
