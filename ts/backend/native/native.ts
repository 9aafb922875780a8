import { Define, Errno, Op } from '../abi.gen.js';
import type { Backend, Request, Shortcut, Token, Traits } from '../backend.js';
import { explain } from './limits.js';
import { type Addon, loadAddon, whyMissing } from './load.js';

interface Pending {
  owner: NativeBackend;
  request: Request;
  settle: (n: number) => void;
}

/** Of one environment: its addon, and who waits for which token. */
interface Shared {
  pending: Map<Token, Pending>;
  users: number;
}

interface OpenOptions {
  /** Which mapped file: 1 to 64 of A-Z a-z 0-9 _ . - */
  namespace?: string | undefined;
  /** Its size, when it has to be made. */
  sizeBytes?: number | undefined;
}

interface NativeTicket {
  namespace: string;
  sizeBytes: number;
}

const DEFAULT_SIZE_BYTES = 16 * 1024 * 1024;

const OPENS_ONE = 1;
const OPENS_TWO = 2;
const CLOSES = 3;

/** What an operation does to the set of open handles. */
const effects = new Uint8Array(128);
effects[Op.SEM_OPEN] = effects[Op.MQ_OPEN] = effects[Op.FIFO_OPEN] = effects[Op.RING_OPEN] = effects[Op.OPEN_TICKET] = OPENS_ONE;
effects[Op.PIPE_OPEN] = OPENS_TWO;
effects[Op.CLOSE] = CLOSES;

const none = new Uint32Array(6);

/** An error of starting: its number and what was wrong. */
function startError(errno: number, message: string): Error {
  return Object.assign(new Error(message), { errno });
}

function started(n: number): void {
  if (n < 0) throw startError(-n, 'the addon could not start');
}

function checkTicket(ticket: unknown): NativeTicket {
  const { namespace, sizeBytes } = (ticket ?? {}) as Partial<NativeTicket>;
  if (typeof namespace !== 'string' || !/^[\w.-]{1,64}$/.test(namespace))
    throw startError(Errno.EINVAL, `the namespace must be 1 to 64 of A-Z a-z 0-9 _ . -, not ${JSON.stringify(namespace)}`);
  if (!Number.isInteger(sizeBytes) || sizeBytes! < 1 || sizeBytes! > Define.REGION_BYTES_MAX)
    throw startError(Errno.EINVAL, `the sizeBytes must be 1 to ${Define.REGION_BYTES_MAX}, not ${sizeBytes}`);
  return { namespace, sizeBytes: sizeBytes! };
}

/** Real Linux objects, by the addon. Several in one environment share it, each closes its own handles. */
export class NativeBackend implements Backend {
  readonly name = 'native';
  readonly traits: Traits = { sync: true, block: true, views: false, agent: 'process' };
  readonly memory = undefined;

  readonly #addon: Addon;
  readonly #shared: Shared;
  readonly #ticket: NativeTicket;
  readonly #space: number;
  readonly #handles = new Set<number>();
  #closed = false;

  private constructor(addon: Addon, ticket: NativeTicket) {
    this.#addon = addon;
    this.#ticket = ticket;
    this.#space = addon.space(ticket.namespace, ticket.sizeBytes);
    if (this.#space < 0) throw startError(-this.#space, `namespace ${ticket.namespace} was refused`);
    addon.shared ??= { pending: new Map(), users: 0 } satisfies Shared;
    this.#shared = addon.shared as Shared;
    if (this.#shared.users === 0) started(addon.open(settler(this.#shared)));
    this.#shared.users++;
  }

  /** Throws an `Error` that says why there is no native backend here. */
  static openSync(options: OpenOptions = {}): NativeBackend {
    const { namespace = 'default', sizeBytes = DEFAULT_SIZE_BYTES } = options;
    return new NativeBackend(loadAddon(), checkTicket({ namespace, sizeBytes }));
  }

  static async open(options: OpenOptions = {}): Promise<NativeBackend> {
    return NativeBackend.openSync(options);
  }

  /** Who attaches meets the others by the names of objects; the ticket only says in which namespace. */
  static async attach(ticket: unknown): Promise<NativeBackend> {
    return NativeBackend.attachSync(ticket);
  }

  static attachSync(ticket: unknown): NativeBackend {
    return new NativeBackend(loadAddon(), checkTicket(ticket));
  }

  /** Why it cannot work here, in one sentence; undefined when it can. */
  static missing(): string | undefined {
    return whyMissing();
  }

  attempt(request: Request): number {
    if (this.#closed) return -Errno.EBADF;
    this.#write(request);
    return this.#reply(request, this.#addon.attempt(request.bytes, request.name));
  }

  shortcut(op: number, handle: number): Shortcut {
    const addon = this.#addon;
    const { words } = addon;
    return {
      try: (bytes, argument) => {
        if (this.#closed) return -Errno.EBADF;
        words[0] = op;
        words[1] = handle;
        words[2] = argument;
        words[12] = this.#space;
        return addon.attempt(bytes);
      },
    };
  }

  get told(): number {
    return this.#addon.words[8]!;
  }

  block(request: Request, deadline: number): number {
    if (this.#closed) return -Errno.EBADF;
    this.#write(request);
    return this.#reply(request, this.#addon.block(request.bytes, request.name, deadline - performance.now()));
  }

  submit(request: Request, settle: (n: number) => void): Token {
    let token: number = -Errno.EBADF;
    if (!this.#closed) {
      this.#write(request);
      token = this.#addon.submit(request.bytes, request.name);
    }
    if (token > 0) this.#shared.pending.set(token, { owner: this, request, settle });
    else queueMicrotask(() => settle(token));
    return token;
  }

  cancel(token: Token): void {
    if (this.#shared.pending.get(token)?.owner === this) this.#addon.cancel(token);
  }

  /** The limit of the system that a refused request met, and how to raise it; undefined when it was none. */
  explain(request: Request, errno: number): string | undefined {
    return explain(request, errno, this.#ticket.namespace);
  }

  /** Plain JSON. */
  ticket(): NativeTicket {
    return { ...this.#ticket };
  }

  /** The kernel notices deaths itself. */
  watch(_worker: unknown): void {}

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const handle of this.#handles) this.#closeHandle(handle);
    this.#handles.clear();
    for (const [token, { owner }] of this.#shared.pending) if (owner === this) this.#addon.cancel(token);
    if (--this.#shared.users === 0) this.#addon.close();
  }

  /** Called with the result of a submitted request, its reply in the addon's words. */
  settled({ request, settle }: Pending, n: number): void {
    if (!this.#closed) settle(this.#reply(request, n));
    else settle(this.#afterClose(request, n));
  }

  #write({ op, handle, args }: Request): void {
    const words = this.#addon.words;
    words[0] = op;
    words[1] = handle;
    for (let i = 0; i < 6; i++) words[2 + i] = args[i]!;
    words[12] = this.#space;
  }

  #reply(request: Request, n: number): number {
    const { words } = this.#addon;
    const { out } = request;
    for (let i = 0; i < 4; i++) out[i] = words[8 + i]!;
    const effect = effects[request.op];
    if (effect && n >= 0) this.#note(effect, request, n);
    return n;
  }

  #note(effect: number, { handle, out }: Request, n: number): void {
    if (effect === CLOSES) this.#handles.delete(handle);
    else if (effect === OPENS_ONE) this.#handles.add(n);
    else this.#handles.add(out[0]!).add(out[1]!);
  }

  /** A message or count that was won is told all the same; a handle would belong to nobody. */
  #afterClose(request: Request, n: number): number {
    if (n >= 0 && effects[request.op]) {
      this.#reply(request, n);
      for (const handle of this.#handles) this.#closeHandle(handle);
      this.#handles.clear();
      return -Errno.EBADF;
    }
    if (n >= 0) return this.#reply(request, n);
    return n === -Errno.ECANCELED ? -Errno.EBADF : n;
  }

  #closeHandle(handle: number): void {
    this.#write({ op: Op.CLOSE, handle, args: none, out: none });
    this.#addon.attempt();
  }
}

function settler({ pending }: Shared): (token: number, n: number) => void {
  return (token, n) => {
    const waiting = pending.get(token);
    pending.delete(token);
    waiting?.owner.settled(waiting, n);
  };
}
