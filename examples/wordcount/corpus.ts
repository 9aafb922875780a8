import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** What git and builds write while we run. */
const SKIPPED = new Set(['.git', 'build', '.vite']);
const LOOKED_AT_BYTES = 1024;

/** A file is text when there is no NUL in its first KiB. */
function isText(path: string, buffer: Buffer): boolean {
  const fd = openSync(path, 'r');
  try {
    const length = readSync(fd, buffer, 0, LOOKED_AT_BYTES, 0);
    return !buffer.subarray(0, length).includes(0);
  } finally {
    closeSync(fd);
  }
}

/** The text files of a folder and all below it, always in the same order; links are not followed. */
export function listTexts(root: string): string[] {
  const buffer = Buffer.alloc(LOOKED_AT_BYTES);
  const files: string[] = [];
  const walk = (folder: string) => {
    const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !SKIPPED.has(entry.name)) walk(path);
      else if (entry.isFile() && isText(path, buffer)) files.push(path);
    }
  };
  walk(root);
  return files;
}
