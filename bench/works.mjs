/**
 * The works of one end: `send`, `receive`, `ask`, `answer`, each with a count. A message is `batch` records of `bytes` bytes, whose
 * first four are a number; who receives reads those.
 */

/** All records of a message, one behind the other. */
export function newMessage({ bytes, batch = 1 }) {
  return new Uint8Array(bytes * batch);
}

/** Numbers the records of a message from `first` on. */
export function numberer({ bytes, batch = 1 }, message) {
  const words = new Uint32Array(message.buffer);
  const stride = bytes / 4;
  return (first) => {
    for (let i = 0; i < batch; i++) words[i * stride] = first + i;
  };
}

export const firstOf = (record) => (record[0] | (record[1] << 8) | (record[2] << 16) | (record[3] << 24)) >>> 0;

/** Of records that lie one behind the other. */
export function summer({ bytes, batch = 1 }) {
  return (message) => {
    let sum = 0;
    for (let i = 0, at = 0; i < batch; i++, at += bytes)
      sum += (message[at] | (message[at + 1] << 8) | (message[at + 2] << 16) | (message[at + 3] << 24)) >>> 0;
    return sum;
  };
}

/** The same of a buffer of one's own, that messages are received into: by words, as numbers are put there. */
export function ownSummer({ bytes, batch = 1 }, message) {
  const words = new Uint32Array(message.buffer);
  const stride = bytes / 4;
  return () => {
    let sum = 0;
    for (let i = 0, at = 0; i < batch; i++, at += stride) sum += words[at];
    return sum;
  };
}

/** Keeps its processor for a moment, so that the other end sleeps. */
function busyFor(us) {
  if (us === 0) return;
  for (const end = performance.now() + us / 1000; performance.now() < end; );
}

/**
 * Where calls block.
 *
 * @param message what is numbered, then sent
 * @param put (channel) sends it, after which it may be changed
 * @param get (channel) receives one: the sum of the numbers in it
 */
export function blocking(scenario, message, put, get) {
  const { batch = 1, busyUs = 0 } = scenario;
  const number = numberer(scenario, message);
  return {
    send(count) {
      for (let i = 0; i < count; i += batch) {
        number(i);
        put(0);
      }
    },
    receive(count) {
      let sum = 0;
      for (let i = 0; i < count; i += batch) sum += get(0);
      return { sum };
    },
    ask(count) {
      const latenciesNs = new Uint32Array(count);
      let sum = 0;
      for (let i = 0; i < count; i++) {
        number(i);
        busyFor(busyUs);
        const begun = performance.now();
        put(0);
        sum += get(1);
        latenciesNs[i] = (performance.now() - begun) * 1e6 - busyUs * 1000;
      }
      return { sum, latenciesNs };
    },
    answer(count) {
      for (let i = 0; i < count; i++) {
        number(get(0));
        busyFor(busyUs);
        put(1);
      }
    },
  };
}

/** The first end's, in a thread that awaits: `put` and `get` as above, which give promises. */
export function awaiting(scenario, message, put, get) {
  const { batch = 1, busyUs = 0 } = scenario;
  const number = numberer(scenario, message);
  return {
    async send(count) {
      for (let i = 0; i < count; i += batch) {
        number(i);
        await put(0);
      }
    },
    async ask(count) {
      const latenciesNs = new Uint32Array(count);
      let sum = 0;
      for (let i = 0; i < count; i++) {
        number(i);
        busyFor(busyUs);
        const begun = performance.now();
        await put(0);
        sum += await get(1);
        latenciesNs[i] = (performance.now() - begun) * 1e6 - busyUs * 1000;
      }
      return { sum, latenciesNs };
    },
  };
}

/**
 * Where messages come as events.
 *
 * @param message what is numbered, then sent
 * @param put () sends it, after which it may be changed; gives a promise where more would not go for now
 * @param listen (handler) calls it with the sum of the numbers in each message that comes
 */
export function eventful(scenario, message, put, listen) {
  const { batch = 1, busyUs = 0 } = scenario;
  const number = numberer(scenario, message);
  let take;
  const early = []; // the other end was told first
  listen((sum) => (take ? take(sum) : early.push(sum)));
  /** Until so many have come: `next` is called with the sum of each, and whether there is more to come. */
  const each = (count, next) =>
    new Promise((resolve) => {
      let left = count;
      take = (sum) => {
        left -= batch;
        if (left <= 0) take = undefined;
        next(sum, left > 0);
        if (left <= 0) resolve();
      };
      for (const sum of early.splice(0)) take(sum);
    });
  const post = (first) => {
    number(first);
    busyFor(busyUs);
    put();
  };
  return {
    async send(count) {
      for (let i = 0; i < count; i += batch) {
        number(i);
        const room = put();
        if (room) await room;
      }
    },
    async receive(count) {
      let all = 0;
      await each(count, (sum) => {
        all += sum;
      });
      return { sum: all };
    },
    async ask(count) {
      const latenciesNs = new Uint32Array(count);
      let [all, i, begun] = [0, 0, 0];
      const next = () => {
        number(i);
        busyFor(busyUs);
        begun = performance.now();
        put();
      };
      const answered = each(count, (sum, more) => {
        latenciesNs[i++] = (performance.now() - begun) * 1e6 - busyUs * 1000;
        all += sum;
        if (more) next();
      });
      next();
      await answered;
      return { sum: all, latenciesNs };
    },
    async answer(count) {
      await each(count, (sum) => post(sum));
    },
  };
}
