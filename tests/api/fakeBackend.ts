/** A backend of one thread for the façade's unit tests: naive, and its traits can be chosen. */
import { Ipc } from '../../dist/api/ipc.js';
import { Errno, Flag, Kind, Op } from '../../dist/backend/abi.gen.js';
import type { Backend, Request, Token, Traits } from '../../dist/backend/backend.js';
import { FakePipe, FakeQueue, FakeRing, FakeSemaphore } from './fakeObjects.js';

type Thing = FakeSemaphore | FakeQueue | FakePipe | FakeRing;
interface Open {
  kind: number;
  name: string | undefined;
  thing: Thing;
  access: number;
}
interface Pending {
  request: Request;
  settle: (n: number) => void;
}
interface Entry {
  kind: number;
  name: string;
  mode: number;
  thing: Thing;
}

const AGAIN = -Errno.EAGAIN;
const MOST_NAME_BYTES = 255;
const REGION_BYTES = 16 << 20;

/** Everything that the agents of one fake share. */
export class FakeWorld {
  readonly named: Entry[] = [];
  readonly agents: FakeBackend[] = [];
  readonly issued = new Map<number, { open: Open; closed: () => boolean }>();
  lastTicket = 0;
  usedBytes = 0;

  find(kind: number, name: string): Entry | undefined {
    return this.named.find((entry) => entry.kind === kind && entry.name === name);
  }

  /** Whatever may go on does, in order; settled later, as the waist wants it. */
  turn(): void {
    for (const agent of this.agents) agent.retry();
  }
}

export class FakeBackend implements Backend {
  readonly name = 'wasm';
  readonly memory = new ArrayBuffer(1 << 17);
  /** How many requests were ever submitted, and are now. */
  submitted = 0;
  readonly #pending = new Map<Token, Pending>();
  readonly #open = new Map<number, Open>();
  #lastHandle = 0;
  #lastToken = 0;

  constructor(
    readonly world: FakeWorld = new FakeWorld(),
    readonly traits: Traits = { sync: true, block: true, views: true, agent: 'thread' },
  ) {
    world.agents.push(this);
  }

  get pending(): number {
    return this.#pending.size;
  }

  attempt(request: Request): number {
    const n = this.#run(request, request);
    if (n >= 0) this.world.turn();
    return n;
  }

  /** Nobody else runs meanwhile: what would have to wait times out. */
  block(request: Request, deadline: number): number {
    const n = this.attempt(request);
    if (n === AGAIN && deadline === Number.POSITIVE_INFINITY) throw new Error('the fake would block for ever');
    return n === AGAIN ? -Errno.ETIMEDOUT : n;
  }

  submit(request: Request, settle: (n: number) => void): Token {
    this.#pending.set(++this.#lastToken, { request, settle });
    this.submitted++;
    this.#count(request, 1);
    queueMicrotask(() => this.world.turn());
    return this.#lastToken;
  }

  cancel(token: Token): void {
    const { request } = this.#pending.get(token) ?? {};
    if (request) this.#settle(token, this.#withdrawn(request));
  }

  ticket(): unknown {
    return { fake: true };
  }

  watch(): void {}

  close(): void {
    for (const token of this.#pending.keys()) this.#settle(token, -Errno.EBADF);
    for (const handle of this.#open.keys()) this.#close(handle);
    this.world.turn();
  }

  retry(): void {
    for (const [token, { request }] of this.#pending) {
      const n = this.#run(request, token);
      if (n === AGAIN) continue;
      this.#settle(token, n);
      queueMicrotask(() => this.world.turn());
    }
  }

  #settle(token: Token, n: number): void {
    const { request, settle } = this.#pending.get(token)!;
    this.#pending.delete(token);
    this.#count(request, -1);
    queueMicrotask(() => settle(n));
  }

  /** A queue's notification wants to know whether somebody is receiving; a FIFO's open counts as an end while it waits. */
  #count(request: Request, change: number): void {
    const thing = this.#open.get(request.handle)?.thing;
    if (request.op === Op.MQ_RECEIVE && thing instanceof FakeQueue) thing.receivers += change;
    if (request.op !== Op.FIFO_OPEN) return;
    const fifo = this.world.find(Kind.FIFO, request.name!)?.thing as FakePipe | undefined;
    if (!fifo) return;
    if (request.args[0]! & Flag.READ) fifo.readers += change;
    else fifo.writers += change;
  }

  #withdrawn(request: Request): number {
    const thing = this.#open.get(request.handle)?.thing;
    if (request.op === Op.MQ_NOTIFY && thing instanceof FakeQueue) thing.notify = undefined;
    return -Errno.ECANCELED;
  }

  #give(kind: number, name: string | undefined, thing: Thing, access = 0): number {
    this.#open.set(++this.#lastHandle, { kind, name, thing, access });
    return this.#lastHandle;
  }

  #close(handle: number): number {
    const open = this.#open.get(handle);
    if (!open) return -Errno.EBADF;
    this.#open.delete(handle);
    if (open.thing instanceof FakeRing) this.world.usedBytes -= open.thing.capacity;
    if (open.thing instanceof FakePipe) {
      if (open.access & Flag.READ) open.thing.readers--;
      else open.thing.writers--;
      if (open.thing.readers + open.thing.writers === 0) open.thing.clear();
    }
    return 0;
  }

  /** Finds or makes what an open names: a thing, or -errno. */
  #named(kind: number, { name, args }: Request, make: () => Thing): Thing | number {
    if (name === undefined) return make();
    if (Buffer.byteLength(name) > MOST_NAME_BYTES) return -Errno.ENAMETOOLONG;
    const old = this.world.find(kind, name);
    if (old) return args[0]! & Flag.EXCLUSIVE ? -Errno.EEXIST : old.thing;
    if (!(args[0]! & Flag.CREATE)) return -Errno.ENOENT;
    const thing = make();
    this.world.named.push({ kind, name, mode: args[1]!, thing });
    return thing;
  }

  #run(request: Request, who: object | Token): number {
    const { op, handle, args, out, name } = request;
    if (op === Op.CLOSE) return this.#close(handle);
    if (op === Op.UNLINK) return this.#unlink(args[0]!, name!);
    if (op === Op.LIST) return this.#list(request);
    if (op === Op.TICKET) return this.#ticketOf(request);
    if (op === Op.OPEN_TICKET) return this.#openTicket(request);
    if (op === Op.SEM_OPEN) return this.#openSemaphore(request);
    if (op === Op.MQ_OPEN) return this.#openQueue(request);
    if (op === Op.PIPE_OPEN) return this.#openPipe(request);
    if (op === Op.FIFO_OPEN) return this.#openFifo(request, who);
    if (op === Op.RING_OPEN) return this.#openRing(request);
    const { thing, access } = this.#open.get(handle) ?? {};
    if (thing instanceof FakeSemaphore)
      return op === Op.SEM_WAIT ? thing.wait() : op === Op.SEM_POST ? thing.post() : thing.value;
    if (thing instanceof FakeQueue) return this.#queue(thing, request, access!, who);
    if (thing instanceof FakePipe) return this.#pipe(thing, request, access!);
    if (thing instanceof FakeRing) return this.#ring(thing, request, out);
    return -Errno.EBADF;
  }

  #openSemaphore(request: Request): number {
    const thing = this.#named(Kind.SEMAPHORE, request, () => new FakeSemaphore(request.args[2]!));
    return typeof thing === 'number' ? thing : this.#give(Kind.SEMAPHORE, request.name, thing);
  }

  #openQueue(request: Request): number {
    const { args, out, name } = request;
    const thing = this.#named(Kind.MESSAGE_QUEUE, request, () => new FakeQueue(args[2]!, args[3]!));
    if (typeof thing === 'number') return thing;
    out.set([(thing as FakeQueue).maxMessages, (thing as FakeQueue).messageBytes]);
    return this.#give(Kind.MESSAGE_QUEUE, name, thing, args[0]!);
  }

  #openPipe({ args, out }: Request): number {
    const pipe = new FakePipe(Math.max(4096, args[0]!));
    pipe.readers = pipe.writers = 1;
    out.set([
      this.#give(Kind.PIPE, undefined, pipe, Flag.READ),
      this.#give(Kind.PIPE, undefined, pipe, Flag.WRITE),
      pipe.capacity,
    ]);
    return 0;
  }

  /** A waiting open counts as an end already: the two of a pair wait for each other. */
  #openFifo(request: Request, who: object | Token): number {
    const { args, out, name } = request;
    const fifo = this.#named(Kind.FIFO, request, () => new FakePipe(Math.max(4096, args[2]!)));
    if (typeof fifo === 'number') return fifo;
    const pipe = fifo as FakePipe;
    const flags = args[0]!;
    const peers = flags & Flag.READ ? pipe.writers : pipe.readers;
    if (peers === 0 && flags & Flag.NONBLOCK && !(flags & Flag.READ)) return -Errno.ENXIO;
    if (peers === 0 && !(flags & Flag.NONBLOCK)) {
      // The first look made it; later ones meet it.
      if (typeof who === 'number') request.args[0] = flags & ~Flag.EXCLUSIVE;
      return this.#created(request);
    }
    if (flags & Flag.READ) pipe.readers++;
    else pipe.writers++;
    out[0] = pipe.capacity;
    return this.#give(Kind.FIFO, name, pipe, flags);
  }

  /** What an attempt made is taken back: the request is tried again. */
  #created(request: Request): number {
    const at = this.world.named.findIndex((entry) => entry.kind === Kind.FIFO && entry.name === request.name);
    const { thing } = this.world.named[at]!;
    const pipe = thing as FakePipe;
    const waits = [...this.#pending.values()].some((each) => each.request === request);
    if (!waits && pipe.readers + pipe.writers === 0 && request.args[0]! & Flag.EXCLUSIVE) this.world.named.splice(at, 1);
    return AGAIN;
  }

  #openRing(request: Request): number {
    const { args, out, name } = request;
    const make = () => new FakeRing(args[2]!, args[3]! || Math.floor(args[2]! / 4), new Uint8Array(this.memory));
    if (this.world.usedBytes + args[2]! > REGION_BYTES) return -Errno.ENOSPC;
    const thing = this.#named(Kind.RING, request, make);
    if (typeof thing === 'number') return thing;
    this.world.usedBytes += (thing as FakeRing).capacity;
    out.set([(thing as FakeRing).capacity, (thing as FakeRing).recordBytes, args[4]!]);
    return this.#give(Kind.RING, name, thing);
  }

  #queue(queue: FakeQueue, request: Request, access: number, who: object | Token): number {
    switch (request.op) {
      case Op.MQ_SEND:
        return access & Flag.WRITE ? queue.send(request) : -Errno.EBADF;
      case Op.MQ_RECEIVE:
        return access & Flag.READ ? queue.receive(request) : -Errno.EBADF;
      case Op.MQ_NOTIFY:
        if (typeof who !== 'number') return queue.notify ? -Errno.EBUSY : AGAIN;
        return queue.waitNotified(request);
      default:
        request.out.set([queue.maxMessages, queue.messageBytes, queue.messages.length]);
        return 0;
    }
  }

  #pipe(pipe: FakePipe, request: Request, access: number): number {
    if (request.op === Op.PIPE_READ) return access & Flag.READ ? pipe.read(request) : -Errno.EBADF;
    if (request.op === Op.PIPE_WRITE) return access & Flag.WRITE ? pipe.write(request) : -Errno.EBADF;
    request.out.set([pipe.capacity, pipe.readable]);
    return 0;
  }

  #ring(ring: FakeRing, request: Request, out: Uint32Array): number {
    switch (request.op) {
      case Op.RING_SEND:
        return ring.send(request.bytes!);
      case Op.RING_RECEIVE:
        return ring.receive(request);
      case Op.RING_SEND_MANY:
        return ring.sendMany(request);
      case Op.RING_RECEIVE_MANY:
        return ring.receiveMany(request);
      case Op.RING_CLAIM:
        return ring.claim(request);
      case Op.RING_COMMIT:
        return ring.commit(request);
      case Op.RING_ABORT:
        return ring.claims.delete(request.args[0]!) ? 0 : -Errno.EINVAL;
      case Op.RING_PEEK:
        return ring.peek(request);
      case Op.RING_RELEASE:
        return ring.records.shift() ? 0 : -Errno.EINVAL;
      default:
        out.set([ring.capacity, ring.recordBytes, ring.records.length, ring.used]);
        return 0;
    }
  }

  #unlink(kind: number, name: string): number {
    const at = this.world.named.findIndex((entry) => entry.kind === kind && entry.name === name);
    if (at < 0) return -Errno.ENOENT;
    this.world.named.splice(at, 1);
    return 0;
  }

  /** One record a page, so that paging is tried too. */
  #list({ args, bytes, out }: Request): number {
    const entry = this.world.named[args[0]!];
    out[0] = args[0]! + 1 < this.world.named.length ? args[0]! + 1 : 0;
    if (!entry) return 0;
    const name = Buffer.from(entry.name);
    const view = new DataView(bytes!.buffer, bytes!.byteOffset);
    for (const [i, word] of [entry.kind, entry.mode, 0, name.length].entries()) view.setUint32(i * 4, word, true);
    bytes!.set(name, 16);
    return 16 + ((name.length + 3) & ~3);
  }

  #ticketOf({ handle, bytes }: Request): number {
    const open = this.#open.get(handle);
    if (!open) return -Errno.EBADF;
    this.world.issued.set(++this.world.lastTicket, { open, closed: () => !this.#open.has(handle) });
    bytes!.set([70, 75, this.world.lastTicket]);
    return 3;
  }

  #openTicket({ bytes, out }: Request): number {
    const issued = bytes!.length === 3 && bytes![0] === 70 && bytes![1] === 75 ? this.world.issued.get(bytes![2]!) : undefined;
    if (!issued) return -Errno.EINVAL;
    const { open, closed } = issued;
    if (closed() && !open.name) return -Errno.ESTALE;
    out[0] = open.kind;
    if (open.thing instanceof FakeQueue) out.set([open.thing.maxMessages, open.thing.messageBytes], 1);
    if (open.thing instanceof FakeRing) out.set([open.thing.capacity, open.thing.recordBytes], 1);
    if (open.thing instanceof FakePipe) {
      out[1] = open.thing.capacity;
      if (open.access & Flag.READ) open.thing.readers++;
      else open.thing.writers++;
    }
    return this.#give(open.kind, open.name, open.thing, open.access);
  }
}

/** Its constructor is no part of the types. */
export const ipcOf = (backend: Backend): Ipc => new (Ipc as unknown as new (backend: Backend) => Ipc)(backend);
