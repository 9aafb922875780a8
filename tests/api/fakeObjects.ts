/** Naive objects for the façade's unit tests: one thread, no limits but their own. Each gives >= 0 or -errno. */
import { Errno } from '../../dist/backend/abi.gen.js';
import type { Request } from '../../dist/backend/backend.js';

const AGAIN = -Errno.EAGAIN;
const PIPE_BUF = 4096;
const HEAD = 4;

export class FakeSemaphore {
  constructor(public value: number) {}

  wait(): number {
    if (this.value === 0) return AGAIN;
    this.value--;
    return 0;
  }

  post(): number {
    if (this.value >= 0x7fffffff) return -Errno.EOVERFLOW;
    this.value++;
    return 0;
  }
}

export class FakeQueue {
  readonly messages: { data: Uint8Array; priority: number }[] = [];
  notify: object | undefined;
  receivers = 0;
  notified = false;

  constructor(
    readonly maxMessages: number,
    readonly messageBytes: number,
  ) {}

  send({ args, bytes }: Request): number {
    if (bytes!.length > this.messageBytes) return -Errno.EMSGSIZE;
    if (this.messages.length === this.maxMessages) return AGAIN;
    if (this.messages.length === 0 && this.receivers === 0 && this.notify) this.notified = true;
    const priority = args[0]!;
    const at = this.messages.findIndex((message) => message.priority < priority);
    this.messages.splice(at < 0 ? this.messages.length : at, 0, { data: bytes!.slice(), priority });
    return 0;
  }

  receive({ bytes, out }: Request): number {
    if (bytes!.length < this.messageBytes) return -Errno.EMSGSIZE;
    const message = this.messages.shift();
    if (!message) return AGAIN;
    bytes!.set(message.data);
    out[0] = message.priority;
    return message.data.length;
  }

  /** One registration at a time; it stays the waiter's until the message came. */
  waitNotified(who: object): number {
    if (this.notify && this.notify !== who) return -Errno.EBUSY;
    this.notify = who;
    if (!this.notified) return AGAIN;
    this.notify = undefined;
    this.notified = false;
    return 0;
  }
}

export class FakePipe {
  #bytes = new Uint8Array(0);
  readers = 0;
  writers = 0;

  constructor(readonly capacity: number) {}

  get readable(): number {
    return this.#bytes.length;
  }

  clear(): void {
    this.#bytes = new Uint8Array(0);
  }

  read({ bytes }: Request): number {
    if (this.#bytes.length === 0) return this.writers === 0 ? 0 : AGAIN;
    const n = Math.min(bytes!.length, this.#bytes.length);
    if (n > 0) bytes!.set(this.#bytes.subarray(0, n));
    this.#bytes = this.#bytes.slice(n);
    return n;
  }

  write({ bytes }: Request): number {
    if (bytes!.length === 0) return 0;
    if (this.readers === 0) return -Errno.EPIPE;
    const room = this.capacity - this.#bytes.length;
    if (room === 0 || (bytes!.length <= PIPE_BUF && bytes!.length > room)) return AGAIN;
    const n = Math.min(room, bytes!.length);
    const joined = new Uint8Array(this.#bytes.length + n);
    joined.set(this.#bytes);
    joined.set(bytes!.subarray(0, n), this.#bytes.length);
    this.#bytes = joined;
    return n;
  }
}

/** Records in an array; claims lie one behind the other in `memory`. */
export class FakeRing {
  readonly records: Uint8Array[] = [];
  readonly claims = new Map<number, { at: number; length: number }>();
  #lastClaim = 0;

  constructor(
    readonly capacity: number,
    readonly recordBytes: number,
    readonly memory: Uint8Array,
  ) {}

  get used(): number {
    return this.records.reduce((sum, record) => sum + record.length, 0);
  }

  send(bytes: Uint8Array): number {
    if (bytes.length > this.recordBytes) return -Errno.EMSGSIZE;
    if (this.used + bytes.length > this.capacity) return AGAIN;
    this.records.push(bytes.slice());
    return 0;
  }

  sendMany({ bytes }: Request): number {
    const view = new DataView(bytes!.buffer, bytes!.byteOffset, bytes!.byteLength);
    let sent = 0;
    for (let at = 0; at < bytes!.length; sent++) {
      const length = view.getUint32(at, true);
      const n = this.send(bytes!.subarray(at + HEAD, at + HEAD + length));
      if (n < 0) return sent > 0 ? sent : n;
      at += HEAD + ((length + 3) & ~3);
    }
    return sent;
  }

  receive({ bytes }: Request): number {
    const record = this.records[0];
    if (!record) return AGAIN;
    if (record.length > bytes!.length) return -Errno.EMSGSIZE;
    bytes!.set(this.records.shift()!);
    return record.length;
  }

  receiveMany({ args, bytes, out }: Request): number {
    const view = new DataView(bytes!.buffer, bytes!.byteOffset, bytes!.byteLength);
    let at = 0;
    let n = 0;
    for (let record = this.records[0]; record && n < args[0]!; record = this.records[0], n++) {
      const room = HEAD + ((record.length + 3) & ~3);
      if (at + room > bytes!.length) break;
      view.setUint32(at, record.length, true);
      bytes!.set(record, at + HEAD);
      at += room;
      this.records.shift();
    }
    out[0] = at;
    return n > 0 ? n : AGAIN;
  }

  claim({ args, out }: Request): number {
    const length = args[0]!;
    if (this.used + length > this.capacity) return AGAIN;
    this.claims.set(++this.#lastClaim, { at: 0, length });
    out[0] = 0;
    out[1] = length;
    return this.#lastClaim;
  }

  commit({ args }: Request): number {
    const claim = this.claims.get(args[0]!);
    if (!claim || args[1]! > claim.length) return -Errno.EINVAL;
    this.claims.delete(args[0]!);
    return this.send(this.memory.subarray(claim.at, claim.at + args[1]!));
  }

  peek({ out }: Request): number {
    const record = this.records[0];
    if (!record) return AGAIN;
    this.memory.set(record, this.memory.length / 2);
    out[0] = this.memory.length / 2;
    out[1] = record.length;
    return 1;
  }
}
