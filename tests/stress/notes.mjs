/**
 * What each life, a worker or a process, notes of itself where its end does not reach, and what all notes must add up to.
 * A note stands before the call that it is about (what may be sent, what is being taken) or behind it.
 */

/** What units move through. */
export const things = ['queue', 'bytes', 'cells', 'stream'];
export const STREAMS = 4;
export const UNIT_BYTES = 16;
/** Units of one call at most, of any thing; and of a call that takes, of each. */
export const MOST = 64;
const TAKEN = { queue: 1, bytes: 6, cells: 6, stream: MOST };

const TAKES = 16384;
const At = {
  steps: 0,
  taking: 1,
  took: 2,
  waits: 3,
  waiting: 4,
  posts: 5,
  posting: 6,
  full: 7,
  sent: 8,
  sending: 24,
  inside: 40,
  takes: 41,
};
export const NOTES_BYTES = 4 * (At.takes + 2 * TAKES);

/** Notes in shared memory: how they are put down, and read. */
export function sharedNotes(buffer) {
  const words = new Int32Array(buffer);
  return {
    put: (at, value) => Atomics.store(words, at, value),
    read: (at) => Atomics.load(words, at),
    all: () => words,
  };
}

/** One's own; `put(at, value)` lays each down where it outlives its writer. */
export class Notes {
  #values = new Int32Array(NOTES_BYTES / 4);
  #put;

  constructor(put) {
    this.#put = put;
  }

  get(name, index = 0) {
    return this.#values[At[name] + index];
  }

  set(name, value, index = 0) {
    this.#values[At[name] + index] = value;
    this.#put(At[name] + index, value);
  }

  step() {
    this.set('steps', this.get('steps') + 1);
  }

  /** All units of one call count at once. */
  took(units) {
    let took = this.get('took');
    for (const { life, about, seq } of units) {
      this.set('takes', (life << 8) | about, 2 * took);
      this.set('takes', seq, 2 * took++ + 1);
    }
    this.set('took', took);
    this.set('taking', 0);
  }

  get isFull() {
    return this.get('took') + 2 * MOST > TAKES;
  }
}

/** Another's; `keep()` once that life has ended. */
export class Record {
  #notes;
  #values;

  constructor(notes) {
    this.#notes = notes;
  }

  get(name, index = 0) {
    const at = At[name] + index;
    return this.#values ? (this.#values[at] ?? 0) : this.#notes.read(at);
  }

  keep() {
    this.#values ??= this.#notes.all();
  }

  takes() {
    const values = this.#values;
    const one = (i) => ({
      life: values[At.takes + 2 * i] >> 8,
      about: values[At.takes + 2 * i] & 255,
      seq: values[At.takes + 2 * i + 1],
    });
    return Array.from({ length: this.get('took') }, (_, i) => one(i));
  }
}

const mix = (x) => Math.imul((x ^ (x >>> 15)) | 1, 0x2c1b3c6d) ^ (x >>> 12);

/** The unit of a sender's life; `about` is the thing and the stream. */
export function unit(life, thing, stream, seq) {
  const about = (thing << 2) | stream;
  return [life, about, seq, mix(life) ^ mix(about + 77) ^ mix(seq + 7777)];
}

export const bytesOf = (units) => new Uint8Array(Int32Array.from(units.flat()).buffer);

/** What was sent, or an error. */
export function unitsOf(data, thing) {
  if (data.length % UNIT_BYTES !== 0) throw new Error(`${data.length} bytes are no units`);
  const words = new Int32Array(Uint8Array.from(data).buffer);
  return Array.from({ length: words.length / 4 }, (_, i) => {
    const [life, about, seq, sum] = words.subarray(4 * i, 4 * i + 4);
    if (about >> 2 !== thing || unit(life, about >> 2, about & 3, seq)[3] !== sum)
      throw new Error(`not what was sent to ${things[thing]}: ${words.subarray(4 * i, 4 * i + 4)}`);
    return { life, about, seq };
  });
}

/**
 * Every unit that was sent has been taken once; those that nobody has were taken by who died while taking. `lives` are the
 * Records, by number. Where records may be read in place (`cells`) and go back, they come out of order.
 *
 * @returns how many units were taken, and how many of them by the dead
 */
export function check(lives) {
  const seen = new Map();
  let taken = 0;
  for (const [receiver, record] of lives.entries()) {
    const last = new Map();
    for (const { life, about, seq } of record?.takes() ?? []) {
      const [key, of] = [(life << 8) | about, lives[life]];
      if (!of || seq >= Math.max(of.get('sending', about), of.get('sent', about)))
        throw new Error(`life ${receiver} took unit ${seq} of life ${life}, ${things[about >> 2]}: it was never sent`);
      const times = seen.get(key) ?? new Set();
      if (times.has(seq)) throw new Error(`unit ${seq} of life ${life}, ${things[about >> 2]}: taken twice`);
      if (things[about >> 2] !== 'cells' && seq < (last.get(key) ?? 0))
        throw new Error(`unit ${seq} of life ${life}, ${things[about >> 2]}: after ${last.get(key)}`);
      seen.set(key, times.add(seq));
      last.set(key, seq);
      taken++;
    }
  }
  return { taken, lost: things.reduce((sum, _, thing) => sum + checkLosses(lives, seen, thing), 0) };
}

function checkLosses(lives, seen, thing) {
  const most = TAKEN[things[thing]] * lives.filter((record) => record?.get('taking') === thing + 1).length;
  let lost = 0;
  for (const [life, record] of lives.entries()) {
    for (let stream = 0; record && stream < STREAMS; stream++) {
      const about = (thing << 2) | stream;
      const times = seen.get((life << 8) | about);
      for (let seq = 0; seq < record.get('sent', about); seq++) lost += times?.has(seq) ? 0 : 1;
    }
  }
  if (lost > most) throw new Error(`${lost} units of ${things[thing]} were lost; ${most} could lie with the dead`);
  return lost;
}

/** The count of a semaphore that began with `first`. */
export function checkTokens(lives, first, value) {
  let [least, most] = [first, first];
  for (const record of lives) {
    if (!record) continue;
    const [waits, waiting, posts, posting] = ['waits', 'waiting', 'posts', 'posting'].map((name) => record.get(name));
    least += posts - Math.max(waits, waiting);
    most += Math.max(posts, posting) - waits;
  }
  if (value < least || value > most) throw new Error(`${value} tokens, where ${least} to ${most} should be`);
}
