/** What the tests of the native backend share. They speak the waist, below the public classes. */
import { readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isMainThread, threadId } from 'node:worker_threads';

const root = resolve(new URL('.', import.meta.url).pathname, '../..');
export const dist = process.env.SLUICE_DIST ?? `${root}/dist`;
const load = (path) => import(pathToFileURL(`${dist}/backend/${path}`).href);
export const { NativeBackend } = await load('native/native.js');
export const { Op, Kind, Flag, Errno } = await load('abi.gen.js');
export const harness = import.meta.url;
export const require = createRequire(import.meta.url);

export const { CREATE, EXCLUSIVE, READ, WRITE, NONBLOCK } = Flag;
/** So long may a test take; what it measures by time it prints only. */
export const watchdog = { timeout: 10_000 };
export const patient = { timeout: 60_000 };

/** A mapped file of this test's own; its workers and children share it. */
export const namespace = process.env.SLUICE_NAMESPACE ?? `test-${process.pid}`;
export const mapped = `/dev/shm/sluice-${process.geteuid()}-${namespace}`;
if (isMainThread && !process.env.SLUICE_NAMESPACE) {
  process.env.SLUICE_NAMESPACE = namespace;
  process.on('exit', () => rmSync(mapped, { force: true, recursive: true }));
}

let serial = 0;
/** A name that nobody else uses; `kind` decides what it looks like. */
export const unique = () => `/sluice-${process.pid}-${threadId}-${serial++}`;
export const uniquePath = () => `/tmp${unique()}`;

const text = new TextEncoder();
export const utf8 = (bytes) => new TextDecoder().decode(bytes);

function request(op, { handle = 0, args = [], bytes, name } = {}) {
  const six = new Uint32Array(6);
  six.set(args);
  return { op, handle, args: six, bytes: typeof bytes === 'string' ? text.encode(bytes) : bytes, name, out: new Uint32Array(4) };
}

/** One backend; every call gives n, `out` has the reply of the last one that settled. */
export class Agent {
  out = new Uint32Array(4);

  constructor(options = {}) {
    this.backend = NativeBackend.openSync({ namespace, sizeBytes: 1 << 20, ...options });
  }

  attempt(op, what) {
    const r = request(op, what);
    const n = this.backend.attempt(r);
    this.out = r.out;
    return n;
  }

  block(op, what, milliseconds = Number.POSITIVE_INFINITY) {
    const r = request(op, what);
    const n = this.backend.block(r, performance.now() + milliseconds);
    this.out = r.out;
    return n;
  }

  /** A promise for n, with `token`, `cancel()` and, once settled, `out`. */
  submit(op, what) {
    const r = request(op, what);
    let inside = true;
    let times = 0;
    let settled;
    const promise = new Promise((done) => {
      settled = done;
    });
    // Tokens do not keep Node alive; that is for those above.
    const alive = setInterval(() => {}, 1e6);
    promise.token = this.backend.submit(r, (n) => {
      if (inside || times++ > 0) throw new Error('settled inside submit, or twice');
      clearInterval(alive);
      settled(n);
    });
    inside = false;
    promise.cancel = () => this.backend.cancel(promise.token);
    promise.out = r.out;
    return promise;
  }

  semaphore(value = 0, name = unique()) {
    const handle = this.attempt(Op.SEM_OPEN, { name, args: [CREATE | EXCLUSIVE, 0o600, value] });
    if (handle > 0) this.attempt(Op.UNLINK, { name, args: [Kind.SEMAPHORE] });
    return handle;
  }

  /** Without a name, hence in the mapped file. */
  unnamed(value = 0) {
    return this.attempt(Op.SEM_OPEN, { args: [0, 0o600, value] });
  }

  ring(name = unique(), capacity = 4096, record = 64, many = 3) {
    // an attempt may meet a lock that another process holds
    return this.block(Op.RING_OPEN, { name, args: [CREATE | READ | WRITE, 0o600, capacity, record, many] }, 10_000);
  }

  queue(messages = 4, bytes = 64, name = unique()) {
    const handle = this.attempt(Op.MQ_OPEN, { name, args: [CREATE | EXCLUSIVE | READ | WRITE, 0o600, messages, bytes] });
    if (handle > 0) this.attempt(Op.UNLINK, { name, args: [Kind.MESSAGE_QUEUE] });
    return handle;
  }

  /** [reader, writer] */
  pipe(capacity = 4096) {
    const n = this.attempt(Op.PIPE_OPEN, { args: [capacity] });
    if (n < 0) throw new Error(`PIPE_OPEN gave ${n}`);
    return [this.out[0], this.out[1]];
  }

  close() {
    this.backend.close();
  }
}

export const threads = () => readdirSync('/proc/self/task').length;
export const descriptors = () => readdirSync('/proc/self/fd').length;
export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** Waits until `condition` holds: for what the kernel does a moment later. */
export async function until(condition) {
  for (const end = performance.now() + watchdog.timeout; !condition(); await sleep(1))
    if (performance.now() > end) throw new Error(`never came true: ${condition}`);
}

export function percentile(values, part) {
  return [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))];
}
