/** One life: sends to or takes from everything there is, in every form, until it is told to leave or dies. */
import { bytesOf, MOST, Notes, STREAMS, things, UNIT_BYTES, unit, unitsOf } from './notes.mjs';
import { begin, end as leave, turn } from './place.mjs';

/** All when it lives. */
let [task, ipc, open, notes, leaving, hasty] = [];
let state;
/** xorshift: 0 to `below` - 1. */
function random(below) {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
}

/**
 * Who is hasty comes to its event loop seldom, and does nothing that might: some engines wait for that, up to two seconds, before they end a
 * worker, and so would never end one in a call.
 */
const HASTE_MS = 5000;

/** Whether there is somebody whose duty is the other side. */
let atDuty = true;
/** What blocks the thread has an end, so that it hears when it is to leave; other waits may last for ever. */
const soon = () => ({ timeout: random(20) / 10 });
const patient = () => (atDuty && random(4) ? { signal: leaving } : { ...soon(), signal: leaving });
const gaveUp = (error) => error === 'leave' || error?.code === 'ETIMEDOUT' || error?.code === 'EAGAIN';

/** The side of a ring that a dead one had is free once its death is settled. */
async function untilFree(call) {
  for (const end = performance.now() + 10_000; ; await new Promise((resolve) => setTimeout(resolve, 1))) {
    try {
      return await call();
    } catch (error) {
      if (error.code !== 'EBUSY' || performance.now() > end) throw error;
    }
  }
}

/** Notes that a call is on, which ends before it returns. */
function inside(call) {
  notes.set('inside', 1);
  try {
    return call();
  } finally {
    notes.set('inside', 0);
  }
}

/** What a call in one of the three forms gives; undefined where it gave up. */
async function given(object, form, ...args) {
  const which = random(hasty ? 2 : 5);
  try {
    if (which === 0) {
      const value = inside(() => object[`try${form[0].toUpperCase()}${form.slice(1)}`](...args));
      return value === false ? undefined : (value ?? undefined);
    }
    const more = form === 'send' && object === open.queue ? args.pop() : {};
    const value =
      which === 1
        ? inside(() => object[`${form}Sync`](...args, { ...more, ...soon() }))
        : await object[form](...args, { ...more, ...patient() });
    return value ?? true;
  } catch (error) {
    if (gaveUp(error)) return undefined;
    throw error;
  }
}

/** One side of the FIFO; the parent keeps both open. */
const stream = { writer: undefined, reader: undefined };
const end = (access) => ipc.fifoSync(task.names.stream, { access });

/** Notes what may arrive, calls, notes how much of it did. */
async function sending(thing, lane, count, call) {
  const about = (thing << 2) | lane;
  const sent = notes.get('sent', about);
  const units = Array.from({ length: count }, (_, i) => unit(task.number, thing, lane, sent + i));
  notes.set('sending', sent + count, about);
  const done = await call(units);
  notes.set('sent', sent + done, about);
  notes.set('sending', sent + done, about);
}

async function claimed(ring, units) {
  const slot = await given(ring, 'claim', UNIT_BYTES);
  if (slot === undefined) return 0;
  if (random(4) === 0) {
    slot.abort();
    return 0;
  }
  slot.bytes.set(bytesOf(units));
  slot.commit();
  return 1;
}

const send = {
  queue(thing) {
    const lane = random(STREAMS);
    const priority = [0, 5, 31, 1000][lane];
    return sending(thing, lane, 1, async (units) => ((await given(open.queue, 'send', bytesOf(units), { priority })) ? 1 : 0));
  },
  ring(thing) {
    const ring = open[things[thing]];
    const form = random(ipc.backend === 'wasm' ? 3 : 2);
    if (form === 0) return sending(thing, 0, 1, async (units) => ((await given(ring, 'send', bytesOf(units))) ? 1 : 0));
    if (form === 1)
      return sending(thing, 0, 1 + random(6), async (units) => {
        const records = units.map((each) => bytesOf([each]));
        return (await given(ring, 'sendMany', records)) ?? 0;
      });
    return sending(thing, 0, 1, (units) => claimed(ring, units));
  },
  stream(thing) {
    stream.writer ??= end('write');
    return sending(
      thing,
      0,
      1 + random(MOST),
      async (units) => ((await given(stream.writer, 'write', bytesOf(units))) ?? 0) / UNIT_BYTES,
    );
  },
};

async function peeked(ring, thing) {
  const record = await given(ring, 'peek');
  if (record === undefined) return undefined;
  const units = unitsOf(record.bytes, thing);
  record.release();
  return units;
}

const take = {
  async queue(thing) {
    const message = await given(open.queue, 'receive');
    return message && unitsOf(message.data, thing);
  },
  async ring(thing) {
    const ring = open[things[thing]];
    const form = random(ipc.backend === 'wasm' ? 3 : 2);
    if (form === 2) return peeked(ring, thing);
    const got = form === 0 ? await given(ring, 'receive') : await given(ring, 'receiveMany', 6);
    return got && (form === 0 ? unitsOf(got, thing) : got.flatMap((each) => unitsOf(each, thing)));
  },
  async stream(thing) {
    stream.reader ??= end('read');
    const data = await given(stream.reader, 'read', UNIT_BYTES * (1 + random(MOST)));
    return data && unitsOf(data, thing);
  },
};

const family = (thing) => (things[thing] === 'bytes' || things[thing] === 'cells' ? 'ring' : things[thing]);

async function move(thing, sends) {
  if (sends) return send[family(thing)](thing);
  notes.set('taking', thing + 1);
  notes.took((await take[family(thing)](thing)) ?? []);
}

async function useToken() {
  notes.set('waiting', notes.get('waits') + 1);
  if (!(await given(open.pool, 'wait'))) return notes.set('waiting', notes.get('waits'));
  notes.set('waits', notes.get('waiting'));
  notes.set('posting', notes.get('posts') + 1);
  if (hasty || random(2)) open.pool.postSync();
  else await open.pool.post();
  notes.set('posts', notes.get('posting'));
}

/** Names, handles, pipes that come and go. */
async function chore() {
  const semaphore = random(2) ? ipc.semaphoreSync({ value: 1 }) : await ipc.semaphore({ value: 1 });
  semaphore.waitSync();
  const [reader, writer] = ipc.pipeSync();
  writer.writeSync('in');
  if (reader.readSync(2).length !== 2) throw new Error('not what went in');
  await Promise.all([reader.close(), writer.close(), semaphore.close()]);
  const queue = await ipc.messageQueue(task.names.other, { create: true, maxMessages: 2, messageBytes: 16 });
  await queue.close();
  if (random(2))
    await ipc.unlink(task.names.other, 'messageQueue').catch((error) => error.code === 'ENOENT' || Promise.reject(error));
}

/** Whatever does not belong to one sender and one receiver. */
async function aside() {
  atDuty = false;
  await (random(4) === 0 ? useToken() : move([0, 2, 3][random(3)], random(2) === 0));
  atDuty = true;
}

/** No await outside of functions: V8 of Node 20 may end the process when a worker is terminated in a module that has one. */
async function live() {
  let put;
  ({ task, ipc, leaving, put, hasty } = await begin());
  const { seed, number, role, duty, names } = task;
  state = (seed ^ Math.imul(number + 1, 0x9e3779b1)) | 1;
  notes = new Notes(put);
  open = {
    queue: ipc.messageQueueSync(names.queue),
    bytes: ipc.ringSync(names.bytes),
    cells: ipc.ringSync(names.cells),
    pool: ipc.semaphoreSync(names.pool),
  };
  let turns = 0;
  while (!leaving.aborted && !notes.isFull) {
    const die = hasty ? 16 : random(16);
    if (random(20) === 0 && !hasty) await new Promise((resolve) => setTimeout(resolve, random(4)));
    if (die === 0) await chore();
    else if (die < 4) await aside();
    else if (duty === 'pool') await useToken();
    else await untilFree(() => move(things.indexOf(duty), role === 'send'));
    notes.step();
    if (!hasty || performance.now() > turns) await turn();
    if (performance.now() > turns) turns = performance.now() + HASTE_MS;
  }
  await ipc.close();
  leave();
}
live();
