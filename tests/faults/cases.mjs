/**
 * One environment's part of the faults: every scenario in every form, with every system call failing once at each place
 * where it is called, with each errno that it may have. Reports by `tell(line)`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, descriptors, Errno, harness, Kind, mapped, namespace, Op, threads } from '../native/harness.mjs';
import { loadAddon } from './addon.mjs';
import { errnos, numberOf } from './errnos.mjs';
import { scenarios, stands } from './scenarios.mjs';

const addon = loadAddon();
const names = Object.fromEntries(Object.entries(Errno).map(([name, number]) => [-number, name]));
const said = (n) => names[n] ?? n;
const attempt = { ask: (agent, [op, what]) => agent.attempt(op, what) };
const submit = (agent, [op, what]) => agent.submit(op, what);

/** How something is asked for, and what is done then. */
const forms = { attempt, block: { ask: (agent, [op, what]) => agent.block(op, what, 1000) }, submit: { ask: submit } };

/** ... when it has to wait. */
const waiting = {
  attempt,
  'block with a timeout': { ask: (agent, [op, what]) => agent.block(op, what, 2) },
  'submit, cancelled': { ask: submit, next: (agent, wait) => agent.backend.cancel(wait?.token ?? 0) },
  'submit, released': {
    ask: submit,
    async next(agent, _wait, { release }, made) {
      // the fault may have been the releaser's
      if ((await release(agent, made)) < 0 && (await release(agent, made)) < 0) throw new Error('was not released');
    },
  },
  'submit, closed': {
    ask: submit,
    next: (agent, wait, _scenario, { handle }) =>
      handle ? agent.attempt(Op.CLOSE, { handle }) : agent.backend.cancel(wait?.token ?? 0),
  },
  'submit, agent closed': { ask: submit, next: (agent) => agent.close(), last: true },
};

/** What it names is gone, or it is no ticket. */
const OF_TICKET = { ENOENT: ['ENOENT', 'ESTALE'], ENAMETOOLONG: ['ENAMETOOLONG', 'EINVAL'] };

/** What a failing call's errno may turn into, and why; else it stays what it is. */
const becomes = {
  // EAGAIN would say that it would have to wait
  thread_create: { EAGAIN: ['ENOMEM'], EPERM: ['ENOMEM'] },
  // of the mapped file: its name belongs to something else
  open: { ...OF_TICKET, ELOOP: ['ELOOP', 'EACCES'], EISDIR: ['EISDIR', 'EACCES'], ENXIO: ['ENXIO', 'EACCES'] },
  stat: OF_TICKET,
  lstat: OF_TICKET,
  sem_open: OF_TICKET,
  mq_open: OF_TICKET,
  // too much is locked: waiting would not help
  mmap: { EAGAIN: ['ENOMEM'] },
  mq_timedsend: { ETIMEDOUT: ['EAGAIN'] },
  mq_timedreceive: { ETIMEDOUT: ['EAGAIN'] },
};

/** Everything that must be the same before and after. */
function held() {
  const kept = addon.holds(mapped);
  return {
    ...kept,
    descriptors: descriptors(),
    threads: threads(),
    shm: readdirSync('/dev/shm').filter((each) => each.includes(`-${process.pid}`)).length,
  };
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const turn = () => new Promise(setImmediate);

const PATIENCE = 10_000;

/** Threads are gone a moment after they were joined. */
async function settled(before) {
  for (const end = performance.now() + PATIENCE; ; await turn()) {
    const now = held();
    if (same(now, before) || performance.now() > end) return now;
  }
}

function removeNames(list) {
  const agent = new Agent();
  for (const [kind, name] of list)
    if (kind === Kind.FIFO) rmSync(name, { force: true });
    else agent.attempt(Op.UNLINK, { name, args: [kind] });
  agent.close();
}

const watched = (promise, what) => {
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`${what} did not settle`)), PATIENCE);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

/** What shows of the object, its names and its handles. */
function look(scenario, agent, made) {
  const of = scenario.look?.(agent, made) ?? [];
  const there = (scenario.names?.(made) ?? []).map(([kind, name]) => stands(agent, kind, name));
  return [of, there, addon.holds().waits];
}

/** One run: { n, calls, state, again }. `fault`: [call, nth, errno], which the asking is spared when it is 'idle'. */
async function run(scenario, form, fault) {
  const agent = new Agent();
  const made = scenario.make(agent);
  const ask = scenario.ask(made);
  const one = (n) => (scenario.opens && n > 0 ? 1 : n > 0 && scenario.shows ? scenario.shows(n, made) : n);
  try {
    addon.plan(...(Array.isArray(fault) ? fault : ['', 0, 0]));
    const wait = fault === 'idle' ? undefined : form.ask(agent, ask);
    await form.next?.(agent, wait, scenario, made);
    const n = one(await watched(wait, 'it'));
    const calls = addon.counts();
    addon.plan('', 0, 0);
    if (form.last) return { n, calls };
    const state = look(scenario, agent, made);
    // Once more, nothing in the way: as if nothing had been. What was closed stays closed.
    const again = one(await watched(forms.attempt.ask(agent, ask), 'again'));
    return { n, calls, state, again };
  } finally {
    addon.plan('', 0, 0);
    agent.close();
    removeNames(scenario.names?.(made) ?? []);
  }
}

/** Why the outcome of a faulty run is none that may be; undefined when it is. */
function wrong(result, call, errno, dry, idle, absent) {
  if (absent?.[call]?.includes(errno) && result.n === 0) return undefined;
  const allowed = becomes[call]?.[errno] ?? [errno];
  const good = result.n === dry.n ? dry : idle;
  if (result.n < 0 && !names[result.n]) return `gave errno ${-result.n}, which has no name`;
  if (good === idle && !allowed.some((each) => result.n === -numberOf(each))) return `gave ${said(result.n)}`;
  const how = good === dry ? 'went on' : 'failed';
  if (!same(result.state, good.state))
    return `${how}, but left ${JSON.stringify(result.state)}, not ${JSON.stringify(good.state)}`;
  if (result.again !== good.again)
    return `${how} with ${said(result.n)}, and again with ${said(result.again)}, not ${said(good.again)}`;
  return undefined;
}

async function one(scenario, form, [call, nth, errno], dry, idle, before) {
  let result;
  let problem;
  try {
    result = await run(scenario, form, [call, nth, numberOf(errno)]);
    problem = wrong(result, call, errno, dry, idle, scenario.absent);
  } catch (error) {
    problem = error.message;
  }
  addon.fresh();
  const now = await settled(before);
  const more = Object.keys(before).filter((each) => now[each] !== before[each]);
  const left = more.map((each) => `${each} ${before[each]}, then ${now[each]}`).join(', ');
  if (left) problem = `${problem ?? 'fine'}, and left behind: ${left}`;
  return { fired: result?.calls.fired ?? 0, problem };
}

/** What is held once all is over: a thread that still ends would make every comparison with it wrong. */
async function atRest() {
  for (let before = held(); ; ) {
    await sleep(20);
    const now = held();
    if (same(now, before)) return now;
    before = now;
  }
}

/** All faults of one scenario in one form. `only`: 'CALL NTH ERRNO'. */
async function cases(title, scenario, form, only, tell) {
  const problems = [];
  let count = 0;
  const clean = async (how) => {
    const result = await run(scenario, form, how);
    addon.fresh();
    return result;
  };
  await clean();
  const dry = await clean();
  const idle = await clean('idle');
  const before = await atRest();
  for (const [call, list] of Object.entries(errnos))
    for (let nth = 1; nth <= dry.calls[call]; nth++)
      for (const errno of [...list, ...(scenario.also?.[call] ?? [])]) {
        const key = `${call} ${nth} ${errno}`;
        if (only && only !== key) continue;
        const { fired, problem } = await one(scenario, form, [call, nth, errno], dry, idle, before);
        count += fired;
        if (problem) problems.push(`${key}: ${problem}`);
      }
  tell({ title, count, problems });
}

/** The same while another process is attached to the mapped file, whose end is watched. */
async function besideAnother(which, only, tell) {
  const source = `const { Agent } = await import(${JSON.stringify(harness)});
    console.log(new Agent().unnamed());
    process.stdin.resume();`;
  const env = { ...process.env, SLUICE_NAMESPACE: namespace };
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  for (const name of ['open: an unnamed semaphore', 'unnamed: wait at none', 'ring: receive from an empty one'])
    for (const [form, how] of Object.entries(scenarios[name].waits ? waiting : forms)) {
      const title = `${name}, by ${form}, beside another process`;
      if (title.includes(which)) await cases(title, scenarios[name], how, only, tell);
    }
  child.kill('SIGKILL');
  await once(child, 'exit');
}

export async function all(tell, pick = '') {
  const [which, only] = pick.split(' @ ');
  for (const [name, scenario] of Object.entries(scenarios))
    for (const [form, how] of Object.entries(scenario.waits ? waiting : forms)) {
      const title = `${name}, by ${form}`;
      if (title.includes(which)) await cases(title, scenario, how, only, tell);
    }
  await besideAnother(which, only, tell);
  rmSync(mapped, { force: true });
}
