/** Several agents at once: worker threads everywhere, processes where the backend reaches them. */
import type { Ipc, PipeReader } from 'sluice';
import { beforeEach, describe, expect, test } from 'vitest';
import { places, startAgent } from './agents.js';
import { bytes, fails, fresh, start, text, waits } from './backends.js';

let ipc: Ipc;
beforeEach(async () => {
  ipc = await start();
});

describe.each(places)('a %s', (place) => {
  test('wakes us, and is woken', async () => {
    const agent = await startAgent(ipc, place);
    const [ping, pong] = [fresh('semaphore'), fresh('semaphore')];
    const [here, back] = [await ipc.semaphore(ping, { create: true }), await ipc.semaphore(pong, { create: true })];
    const answer = agent.run(
      async ({ ipc }, ping, pong) => {
        const [first, second] = [await ipc.semaphore(ping), await ipc.semaphore(pong)];
        for (let i = 0; i < 500; i++) {
          await first.wait();
          await second.post();
        }
        return 'done';
      },
      ping,
      pong,
    );
    for (let i = 0; i < 500; i++) {
      await here.post();
      await back.wait();
    }
    expect(await answer).toBe('done');
  });

  test('blocks in a Sync call until we let it', async () => {
    const agent = await startAgent(ipc, place);
    const [ping, pong] = [fresh('semaphore'), fresh('semaphore')];
    const [here, back] = [await ipc.semaphore(ping, { create: true }), await ipc.semaphore(pong, { create: true })];
    const answer = agent.run(
      ({ ipc }, ping, pong) => {
        const [first, second] = [ipc.semaphoreSync(ping), ipc.semaphoreSync(pong)];
        for (let i = 0; i < 500; i++) {
          first.waitSync();
          second.postSync();
        }
        return 'done';
      },
      ping,
      pong,
    );
    for (let i = 0; i < 500; i++) {
      await here.post();
      await back.wait();
    }
    expect(await answer).toBe('done');
  });

  test('sends messages in order, each sender its own', async () => {
    const agents = await Promise.all([0, 1, 2].map(() => startAgent(ipc, place)));
    const queue = await ipc.messageQueue(fresh('messageQueue'), { create: true, maxMessages: 5, messageBytes: 8 });
    const COUNT = 300;
    const sent = agents.map((agent, who) =>
      agent.run(
        async ({ ipc }, name, who, count) => {
          const queue = await ipc.messageQueue(name, { access: 'write' });
          for (let i = 0; i < count; i++) await queue.send(Uint8Array.of(who, i & 255, i >> 8));
        },
        queue.name!,
        who,
        COUNT,
      ),
    );
    const next = [0, 0, 0];
    for (let i = 0; i < 3 * COUNT; i++) {
      const { data } = await queue.receive();
      expect(data[1]! | (data[2]! << 8)).toBe(next[data[0]!]!++);
    }
    await Promise.all(sent);
    expect(queue.tryReceive()).toBeUndefined();
  });

  test('streams megabytes through a FIFO', async () => {
    const agent = await startAgent(ipc, place);
    const path = fresh('fifo');
    const BYTES = 8 << 20;
    const written = agent.run(
      async ({ ipc }, path, total) => {
        const writer = await ipc.fifo(path, { access: 'write', create: true });
        const data = new Uint8Array(total);
        for (let i = 0; i < total; i++) data[i] = (i * 31 + (i >> 8) * 7) & 255;
        const count = await writer.write(data);
        await writer.close();
        return count;
      },
      path,
      BYTES,
    );
    const reader = await ipc.fifo(path, { access: 'read', create: true });
    let at = 0;
    let wrong = 0;
    for await (const chunk of reader) {
      for (const value of chunk) if (value !== ((at * 31 + (at++ >> 8) * 7) & 255)) wrong++;
    }
    expect([await written, at, wrong]).toEqual([BYTES, BYTES, 0]);
  });

  test('gets an anonymous pipe by ticket', async () => {
    const agent = await startAgent(ipc, place);
    const [reader, writer] = await ipc.pipe();
    await agent.run(
      async ({ ipc, kept }, ticket) => {
        kept.writer = await ipc.open(ticket);
        await kept.writer.write('from there');
      },
      await writer.ticket(),
    );
    expect(text(await reader.read())).toBe('from there');
    await writer.close();
    const read = reader.read();
    await waits(read);
    await agent.run(({ kept }) => kept.writer.close());
    expect((await read).length).toBe(0);
  });

  test('sends records through a ring', async () => {
    const agent = await startAgent(ipc, place);
    const ring = await ipc.ring(fresh('ring'), { create: true, capacityBytes: 16384 });
    const sent = agent.run(async ({ ipc }, name) => {
      const ring = await ipc.ring(name);
      const records = Array.from({ length: 3000 }, (_, i) => new Uint8Array(4 + (i % 100)).fill(i & 255));
      for (let i = 0; i < 1500; i++) await ring.send(records[i]!);
      return ring.sendMany(records.slice(1500));
    }, ring.name!);
    let count = 0;
    while (count < 3000) {
      for (const record of await ring.receiveMany(64)) {
        expect([record.length, record[0]]).toEqual([4 + (count % 100), count & 255]);
        count++;
      }
    }
    expect(await sent).toBe(1500);
  });

  test('does not get a side of a ring that is ours until we give it up', async () => {
    const agent = await startAgent(ipc, place);
    const name = fresh('ring');
    const ring = await ipc.ring(name, { create: true });
    await ring.send('first');
    const refused = await agent.run(async ({ ipc, kept }, name) => {
      kept.ring = await ipc.ring(name);
      const calls = [
        () => kept.ring.send('x'),
        () => kept.ring.sendMany(['x']),
        () => kept.ring.send('x', { timeout: 10_000 }),
        () => kept.ring.sendSync('x'),
      ];
      return Promise.all(
        calls.map((call) =>
          Promise.resolve()
            .then(call)
            .catch((error) => `${error.code} ${error.message}`),
        ),
      );
    }, name);
    for (const text of refused) expect(text).toMatch(/^EBUSY .*made for one producer, .* producers: 'many'/);
    const record = await agent.run(async ({ kept }) => (await kept.ring.receive()).length);
    expect(record).toBe(5);
    expect((await fails(() => ring.receive(), 'EBUSY')).message).toMatch(/made for one consumer/);
    await ring.close();
    await agent.run(({ kept }) => kept.ring.send('second'));
    await agent.kill();
    const heir = await ipc.ring(name);
    expect(text(await heir.receive())).toBe('second');
    await heir.send('third');
  });

  test('that dies closes its pipe ends, and leaves counts and messages', async () => {
    const agent = await startAgent(ipc, place);
    const [semaphore, queue] = [fresh('semaphore'), fresh('messageQueue')];
    const [reader, writer] = await ipc.pipe();
    await agent.run(
      async ({ ipc, kept }, semaphore, queue, ticket) => {
        kept.semaphore = await ipc.semaphore(semaphore, { create: true, value: 2 });
        await kept.semaphore.wait();
        kept.queue = await ipc.messageQueue(queue, { create: true });
        await kept.queue.send('left behind');
        kept.writer = await ipc.open(ticket);
        kept.waits = [kept.semaphore.wait(), kept.semaphore.wait()];
        await kept.waits[0];
      },
      semaphore,
      queue,
      await writer.ticket(),
    );
    await writer.close();
    const read = reader.read();
    await waits(read);
    await agent.kill();
    expect((await read).length).toBe(0);
    const mine = await ipc.semaphore(semaphore);
    expect(await mine.getValue()).toBe(0);
    await mine.post();
    await mine.wait();
    expect(text((await (await ipc.messageQueue(queue)).receive()).data)).toBe('left behind');
  });

  test('that dies blocked in a Sync call leaves nothing behind', async () => {
    const [reader, writer] = await ipc.pipe();
    const semaphore = await ipc.semaphore({});
    for (let i = 0; i < 3; i++) {
      const agent = await startAgent(ipc, place);
      const started = await ipc.semaphore({});
      const blocked = agent.run(
        async ({ ipc }, ticket, started, pipe) => {
          const semaphore = await ipc.open(ticket);
          await ipc.open(pipe);
          await ((await ipc.open(started)) as unknown as { post(): Promise<void> }).post();
          (semaphore as unknown as { waitSync(): void }).waitSync();
        },
        await semaphore.ticket(),
        await started.ticket(),
        await writer.ticket(),
      );
      blocked.catch(() => {});
      await started.wait();
      await agent.kill();
    }
    await semaphore.post();
    await semaphore.wait();
    await writer.close();
    expect((await reader.read()).length).toBe(0);
  });

  test('is refused a stale ticket', async () => {
    const agent = await startAgent(ipc, place);
    const [reader, writer] = await ipc.pipe();
    const ticket = await reader.ticket();
    await Promise.all([reader.close(), writer.close()]);
    await expect(agent.run(({ ipc }, ticket) => ipc.open(ticket), ticket)).rejects.toMatchObject({ code: 'ESTALE' });
    await fails(() => ipc.open(ticket), 'ESTALE');
  });

  test('may pass on what it got', async () => {
    const agent = await startAgent(ipc, place);
    const ticket = await agent.run(async ({ ipc, kept }) => {
      kept.pipe = await ipc.pipe();
      await kept.pipe[1].write(Uint8Array.of(1, 2, 3));
      return kept.pipe[0].ticket();
    });
    const reader = (await ipc.open(ticket as Parameters<Ipc['open']>[0])) as PipeReader;
    expect(await reader.read()).toEqual(bytes(1, 2, 3));
  });
});
