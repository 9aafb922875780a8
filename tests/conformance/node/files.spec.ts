/** Files that are not what they should be, and which a page does not have. */
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { connect, type Ipc } from 'sluice';
import { beforeEach, describe, expect, test } from 'vitest';
import { alone, backend, fails, fresh, ownNamespace, refuses, start } from '../backends.js';
import { differs } from '../divergences.js';
import { regionFile } from '../platform.js';

let ipc: Ipc;
beforeEach(async () => {
  ipc = await start();
});

describe('a FIFO', () => {
  const reading = { access: 'read', create: true } as const;

  test('is no other file, which is left alone', async () => {
    const [code, words] = differs('fifoIsFile') ? (['EINVAL', /is no FIFO/] as const) : (['ENOENT', /no object/] as const);
    const error = await fails(() => ipc.fifo(fileURLToPath(import.meta.url), { access: 'read' }), code);
    expect(error.message).toMatch(words);
  });

  test('only what is a FIFO opens as one', async () => {
    if (!differs('fifoIsFile')) return;
    const path = fresh('fifo');
    writeFileSync(path, 'a file');
    await fails(() => ipc.fifo(path, { access: 'read' }), 'EINVAL');
    rmSync(path);
    await fails(() => ipc.fifo(`${path}/none/fifo`, reading), 'ENOENT');
  });
});

describe('the core', () => {
  test('comes from bytes, a module, a file', async () => {
    if (backend !== 'wasm') return;
    const file = new URL('../../../build/sluice.wasm', import.meta.url);
    const bytes = readFileSync(file);
    for (const wasm of [bytes, new WebAssembly.Module(bytes), file, file.href]) {
      await using ipc = await connect({ wasm });
      expect(await (await ipc.semaphore({ value: 3 })).getValue()).toBe(3);
    }
    expect((await fails(() => connect({ wasm: new Uint8Array(8) }), 'EINVAL')).message).toMatch(/wasm is no WebAssembly module/);
    await refuses(() => connect({ wasm: {} }), TypeError, /wasm must be a WebAssembly.Module, its bytes, not shared, or a URL/);
  });
});

describe('the mapped file', () => {
  test.runIf(backend === 'native')('the error says what is wrong with it', async () => {
    const ipc = await alone();
    const file = regionFile(ownNamespace);
    writeFileSync(file, new Uint8Array(65536), { mode: 0o644 });
    expect((await fails(() => ipc.agents(), 'EACCES')).message).toContain(`${file} must be a plain file`);
    chmodSync(file, 0o600);
    expect((await fails(() => ipc.agentsSync(), 'EUCLEAN')).message).toContain(`${file} is of another version or damaged`);
  });
});
