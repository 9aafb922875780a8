import { Define, Errno } from '../abi.gen.js';
import type { Request } from '../backend.js';
import type { Agent } from './start.js';

export const STALLED = Define.STALLED | 0;
export const unsettled = (n: number): boolean => n === -Errno.EAGAIN || n === STALLED;

function begin({ out }: Request): void {
  out[0] = out[1] = out[2] = out[3] = 0;
}

/** One request on its way through the core. */
export class Run {
  /** As the core names what it waits by; 0 while it has none. */
  waiter = 0;

  constructor(public request: Request) {
    begin(request);
  }

  /** Copies the request, which its caller may use for another call. */
  keep(): void {
    const { op, handle, args, out } = this.request;
    this.request = { op, handle, args: args.slice(), out: out.slice() };
  }
}

/** An agent's calls into the core. */
export class Calls {
  readonly #agent: Agent;

  constructor(agent: Agent) {
    this.#agent = agent;
  }

  /** One try that registers nothing. */
  try(request: Request): number {
    const { core, desk } = this.#agent;
    begin(request);
    desk.write(request, 0);
    const n = core.sluice_try(desk.view, desk.request);
    desk.read(request);
    return n;
  }

  /** The same of a request that is its bytes and its first argument. */
  quick(op: number, handle: number, bytes: Uint8Array, argument: number): number {
    const { core, desk } = this.#agent;
    desk.writeQuick(op, handle, bytes, argument);
    const n = core.sluice_try(desk.view, desk.request);
    desk.clear();
    return n;
  }

  /** As far as the core can go with it now. */
  advance(run: Run): number {
    const { core, desk } = this.#agent;
    desk.write(run.request, run.waiter);
    const n = core.sluice_advance(desk.view, desk.request);
    run.waiter = desk.read(run.request);
    return n;
  }

  /** False when it must be tried again after the next ring. */
  cancel(run: Run): boolean {
    const { core, desk } = this.#agent;
    desk.write(run.request, run.waiter);
    const n = core.sluice_cancel(desk.view, desk.request);
    run.waiter = desk.read(run.request);
    return n !== STALLED;
  }
}
