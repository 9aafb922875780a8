/** Streams over two of the kernel's pipes, of the size that they have by themselves: Node cannot change it. */
import { execFileSync } from 'node:child_process';
import { constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { streaming } from './stream.mjs';

let folder;
/** Every end has them. */
export const joined = () => rmSync(folder, { recursive: true });

/** FIFOs, so that any process can have them; open here, so that nobody waits for the other's open. */
export async function open(_, roles) {
  if (roles.length !== 2) throw new Error('a stream has two ends');
  folder = mkdtempSync(joinPath(tmpdir(), 'sluice-bench-'));
  const paths = ['there', 'back'].map((name) => joinPath(folder, name));
  execFileSync('mkfifo', paths);
  for (const path of paths) openSync(path, 'r+');
  return [paths, paths.toReversed()].map(([writes, reads]) => ({ ticket: { writes, reads } }));
}

/** As `process.stdin` and `process.stdout` are where a shell has connected them. */
export async function join({ writes, reads }, scenario) {
  const open = (path, flag) => openSync(path, flag | constants.O_NONBLOCK);
  const reader = new Socket({ fd: open(reads, constants.O_RDONLY), writable: false });
  const writer = new Socket({ fd: open(writes, constants.O_WRONLY), readable: false });
  return streaming(scenario, reader, writer);
}
