import { Define, Errno, Op } from '../abi.gen.js';
import type { Request } from '../backend.js';
import { roomAfter, roomFor } from './desk.js';
import type { Agent } from './start.js';

export const STALLED = Define.STALLED | 0;
export const unsettled = (n: number): boolean => n === -Errno.EAGAIN || n === STALLED;

const ALIGN = 8;

/** One request on its way through the core. */
export class Run {
  /** As the core names what it waits by; 0 while it has none. */
  waiter = 0;
  /** What the open gave, until there is room for the requests of what it opened. */
  opened = -1;

  constructor(public request: Request) {
    const { out } = request;
    out[0] = out[1] = out[2] = out[3] = 0;
  }

  /** Copies the request, which its caller may use for another call. */
  keep(): void {
    const { op, handle, args, out } = this.request;
    this.request = { op, handle, args: args.slice(), out: out.slice() };
  }
}

/** An agent's calls into the core: bytes go through a room of its own in the region. */
export class Calls {
  readonly #agent: Agent;
  #room = 0;
  #roomBytes = 0;

  constructor(agent: Agent) {
    this.#agent = agent;
  }

  /** One try that registers nothing. */
  try(request: Request): number {
    const n = this.#go(new Run(request), 'sluice_try');
    return n === STALLED ? -Errno.EAGAIN : n;
  }

  /** As far as the core can go with it now. */
  advance(run: Run): number {
    return this.#go(run, 'sluice_advance');
  }

  /** False when it must be tried again after the next ring. */
  cancel(run: Run): boolean {
    const { core, desk } = this.#agent;
    if (run.opened >= 0) return this.#close(run) !== STALLED;
    desk.write(run.request, run.waiter, 0);
    const n = core.sluice_cancel(desk.view, desk.request);
    run.waiter = desk.read(run.request, 0, 0);
    return n !== STALLED;
  }

  #go(run: Run, entry: 'sluice_try' | 'sluice_advance'): number {
    const { request } = run;
    const n = run.opened >= 0 ? run.opened : this.#reserve(roomFor(request)) || this.#enter(run, entry);
    if (n < 0) return n;
    const room = this.#reserve(roomAfter(request));
    if (room === 0) return n;
    // There is an object, but as yet no room to use it.
    run.opened = n;
    return room === STALLED ? room : this.#close(run) || room;
  }

  #enter(run: Run, entry: 'sluice_try' | 'sluice_advance'): number {
    const { core, desk } = this.#agent;
    const { request } = run;
    // V8 copies byte by byte between places that differ modulo 8 where one is shared.
    const room = request.bytes === undefined ? 0 : this.#room + (request.bytes.byteOffset & (ALIGN - 1));
    desk.write(request, run.waiter, room);
    desk.fill(request, room);
    const n = core[entry](desk.view, desk.request);
    run.waiter = desk.read(request, n, room);
    return n;
  }

  /** Room for so many bytes, wherever they start modulo 8: 0, or why there is none. */
  #reserve(bytes: number): number {
    if (bytes === 0 || bytes + ALIGN <= this.#roomBytes) return 0;
    const { core, desk } = this.#agent;
    const n = core.sluice_reserve(desk.view, bytes + ALIGN);
    this.#roomBytes = n === 0 ? bytes + ALIGN : 0;
    this.#room = core.sluice_desk(desk.view) >>> 0;
    return n;
  }

  /** Closes what was opened; what is closed already does no harm. 0 or STALLED. */
  #close({ request: { op, out }, opened }: Run): number {
    const handles = op === Op.PIPE_OPEN ? [out[0]!, out[1]!] : [opened];
    const closings = handles.map(
      (handle) => new Run({ op: Op.CLOSE, handle, args: new Uint32Array(6), out: new Uint32Array(4) }),
    );
    return closings.some((run) => this.#enter(run, 'sluice_advance') === STALLED) ? STALLED : 0;
  }
}
