/** Names: mq_overview(7), sem_overview(7), path_resolution(7). */
import type { Ipc, IpcErrorCode } from 'sluice';
import { beforeEach, describe, expect, test } from 'vitest';
import { fails, fresh, refuses, start } from './backends.js';
import { differs } from './divergences.js';
import { umask } from './platform.js';

let ipc: Ipc;
beforeEach(async () => {
  ipc = await start();
});

const openers = {
  semaphore: (name: string) => ipc.semaphore(name, { create: true }),
  messageQueue: (name: string) => ipc.messageQueue(name, { create: true }),
  ring: (name: string) => ipc.ring(name, { create: true }),
};
const long = 'x'.repeat(251);

/** What each page says of each bad name. */
const bad: [string, string, { messageQueue: IpcErrorCode; semaphore: IpcErrorCode }][] = [
  ['no slash', 'name', { messageQueue: 'EINVAL', semaphore: 'EINVAL' }],
  ['nothing', '', { messageQueue: 'EINVAL', semaphore: 'EINVAL' }],
  ['the slash only', '/', { messageQueue: 'ENOENT', semaphore: 'EINVAL' }],
  ['a second slash', '/a/b', { messageQueue: 'EACCES', semaphore: 'EINVAL' }],
  ['a second slash at the end', '/a/', { messageQueue: 'EACCES', semaphore: 'EINVAL' }],
  ['252 bytes', `/${long}x`, { messageQueue: 'ENAMETOOLONG', semaphore: 'ENAMETOOLONG' }],
  ['252 bytes of 251 letters', `/${'x'.repeat(250)}é`, { messageQueue: 'ENAMETOOLONG', semaphore: 'ENAMETOOLONG' }],
  ['a zero byte', '/a\0b', { messageQueue: 'EINVAL', semaphore: 'EINVAL' }],
  ['half a surrogate pair', '/\ud800', { messageQueue: 'EINVAL', semaphore: 'EINVAL' }],
];

describe.each(['semaphore', 'messageQueue', 'ring'] as const)('%s', (kind) => {
  test.each(bad)('with %s', async (_, name, codes) => {
    const code = kind === 'messageQueue' ? codes.messageQueue : codes.semaphore;
    const error = await fails(() => openers[kind](name), code);
    expect(error.message).toMatch(/slash|'\/'|zero byte|Unicode/);
    await fails(() => ipc.unlink(name, kind), code);
  });

  test('251 bytes are fine, in any letters', async () => {
    const stem = fresh(kind);
    for (const name of [stem.padEnd(252, 'x'), `${stem}-é-日本-🙂`, `${stem} with spaces`, `${stem}\\`]) {
      const object = await openers[kind](name);
      expect(object.name).toBe(name);
      const listed = (await ipc.list()).filter((each) => each.kind === kind).map((each) => each.name);
      expect(listed).toContain(name);
      await ipc.unlink(name, kind);
      await fails(() => ipc.unlink(name, kind), 'ENOENT');
    }
  });

  test('what is no string', async () => {
    for (const name of [42, null, true, Symbol('x'), () => {}]) {
      await refuses(() => openers[kind](name as unknown as string), TypeError, /name must be a string/);
      await refuses(() => ipc.unlink(name as unknown as string, kind), TypeError, /name must be a string/);
    }
  });
});

describe('fifo', () => {
  const open = (path: string) => ipc.fifo(path, { access: 'read', create: true, nonBlocking: true });

  test('bad paths', async () => {
    await fails(() => open(''), 'ENOENT');
    await fails(() => open('/tmp/a\0b'), 'EINVAL');
    await fails(() => open(`/tmp/${'x/'.repeat(2100)}`), 'ENAMETOOLONG');
    await fails(() => open(`/tmp/${'x'.repeat(300)}`), 'ENAMETOOLONG');
    await refuses(() => open(7 as unknown as string), TypeError, /name must be a string/);
  });

  test('a long path of short parts', async () => {
    const path = `/tmp/${'./'.repeat(200)}${fresh('fifo').slice('/tmp/'.length)}`;
    if (differs('fifoKeyShort')) await fails(() => open(path), 'ENAMETOOLONG');
    else expect((await open(path)).name).toBe(path);
  });
});

describe('unlink', () => {
  test('of a kind that has no names', async () => {
    await refuses(() => ipc.unlink('/x', 'pipe' as 'fifo'), TypeError, /kind must be one of .*messageQueue/);
    await refuses(() => ipc.unlink('/x', undefined as unknown as 'fifo'), TypeError, /kind/);
  });

  test('of what is not there names it', async () => {
    for (const kind of ['semaphore', 'messageQueue', 'ring', 'fifo'] as const) {
      const name = fresh(kind);
      expect((await fails(() => ipc.unlink(name, kind), 'ENOENT')).path).toBe(name);
      await fails(() => ipc.unlinkSync(name, kind), 'ENOENT');
    }
  });
});

describe('list', () => {
  test('tells kind, name and mode', async () => {
    const made = { semaphore: fresh('semaphore'), messageQueue: fresh('messageQueue'), ring: fresh('ring'), fifo: fresh('fifo') };
    await ipc.semaphore(made.semaphore, { create: true, mode: 0o640 });
    await ipc.messageQueue(made.messageQueue, { create: true });
    await ipc.ring(made.ring, { create: true });
    await ipc.fifo(made.fifo, { create: true, access: 'read', nonBlocking: true });
    for (const list of [await ipc.list(), ipc.listSync()]) {
      for (const [kind, name] of Object.entries(made)) {
        const found = list.filter((each) => each.kind === kind && each.name === name);
        expect(found.length, `${kind} ${name}`).toBe(1);
        expect(found[0]!.mode).toBe(kind === 'semaphore' ? 0o640 : 0o600);
        expect(found[0]!.owner).toBeTypeOf('number');
      }
    }
  });

  test('shows modes as they were asked for, less the umask where there is one', async () => {
    for (const kind of ['semaphore', 'messageQueue', 'ring'] as const) {
      const name = fresh(kind);
      await ipc[kind](name, { create: true, mode: 0o666 });
      const found = (await ipc.list()).find((each) => each.kind === kind && each.name === name);
      expect(found?.mode, kind).toBe(differs('umask') && kind !== 'ring' ? 0o666 & ~umask() : 0o666);
    }
  });

  test('shows a FIFO that was unlinked and made again, and names that begin with a dot', async () => {
    const path = fresh('fifo');
    await ipc.fifo(path, { access: 'read', create: true, nonBlocking: true });
    await ipc.unlink(path, 'fifo');
    await ipc.fifo(path, { access: 'read', create: true, nonBlocking: true });
    const queue = `/.${fresh('messageQueue').slice(1)}`;
    await ipc.messageQueue(queue, { create: true });
    const listed = await ipc.list();
    await ipc.unlink(queue, 'messageQueue');
    expect(listed.filter(({ name }) => name === path || name === queue).length).toBe(2);
  });

  test('pages through many', async () => {
    const names = Array.from({ length: 500 }, () => fresh('semaphore'));
    for (const name of names) await (await ipc.semaphore(name, { create: true })).close();
    const listed = new Set((await ipc.list()).map((each) => each.name));
    for (const name of names) expect(listed).toContain(name);
  });
});
