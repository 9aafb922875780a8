/**
 * terminate.mjs BACKEND SEED COUNT: workers on `wasm` are terminated, processes on `native` killed, COUNT of them, at random
 * moments of mixed operations, in small worlds one after the other. What they do follows from the seed (a world's is one more
 * than that of the world before, so `terminate.mjs BACKEND WORLD'S-SEED 25` runs it again), when they die does not.
 */
import { connect, IpcError } from 'sluice';
import { check, checkTokens, NOTES_BYTES, Notes, Record, sharedNotes, things, UNIT_BYTES, unitsOf } from './notes.mjs';
import { cleanUp, done, exit, folder, given, namespace, onFailure, start, unique } from './place.mjs';

const [backend, firstSeed, most] = given();
const A_WORLD = 25;
const [WATCHDOG, TOKENS] = [10_000, 2];
const all = { ended: 0, worlds: 0, taken: 0, lost: 0, inside: 0, tokens: 0, waits: [] };
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let now = { seed: firstSeed, lives: [] };

let state = 1;
/** xorshift: 0 to `below` - 1. */
function random(below) {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
}

class Life {
  alive = true;

  constructor({ seed, names, ipc }, number, role, duty) {
    Object.assign(this, { number, role, duty });
    this.peer = start(ipc, { seed, number, role, duty, names });
    this.record = new Record(this.peer.notes);
    this.gone = this.peer.gone.then(() => {
      this.alive = false;
    });
    this.gone.catch(fail);
  }

  /** Resolves once its death is proven. */
  async kill() {
    this.killed = true;
    await this.peer.kill();
    await this.gone;
  }

  get steps() {
    return this.record.get('steps');
  }
}

function fail(error) {
  console.log(`not ok ${error.message}\n# again: node tests/stress/terminate.mjs ${backend} ${now.seed} ${A_WORLD}`);
  for (const { number, role, duty, alive, steps } of now.lives.slice(1))
    if (alive) console.log(`# life ${number}, ${role} ${duty}: ${steps} steps`);
  if (!(error instanceof IpcError)) console.log(`# ${error.stack?.replaceAll('\n', '\n# ')}`);
  clean();
  exit(1);
}

async function until(condition, what) {
  for (const end = performance.now() + WATCHDOG; !condition(); await sleep(1)) {
    if (performance.now() > end) throw new Error(`${what()}: nothing in 10 s`);
    if (!now.closing) replaceFull(now);
  }
}

async function makeWorld(seed) {
  const ipc = await connect({ backend, namespace, sizeBytes: 1 << 20 });
  const id = `${unique}-${seed}`;
  const names = {
    queue: `/q-${id}`,
    bytes: `/b-${id}`,
    cells: `/c-${id}`,
    pool: `/p-${id}`,
    other: `/o-${id}`,
    stream: `${folder}/f-${id}`,
  };
  const cells = { capacityBytes: 256, recordBytes: UNIT_BYTES, producers: 'many', consumers: 'many' };
  const made = {
    queue: await ipc.messageQueue(names.queue, { create: true, maxMessages: 1 + random(8), messageBytes: UNIT_BYTES }),
    bytes: await ipc.ring(names.bytes, { create: true, capacityBytes: 1024 }),
    cells: await ipc.ring(names.cells, { create: true, ...cells }),
    pool: await ipc.semaphore(names.pool, { create: true, value: TOKENS }),
  };
  const ends = ['read', 'write'].map((access) => ipc.fifo(names.stream, { access, create: true, capacityBytes: 4096 }));
  [made.reader, made.writer] = await Promise.all(ends);
  return { seed, ipc, names, made, lives: [undefined], parent: new Notes(sharedNotes(new SharedArrayBuffer(NOTES_BYTES)).put) };
}

function spawn(world, role, duty) {
  const life = new Life(world, world.lives.length, role, duty);
  world.lives.push(life);
  return life;
}

/** Whoever has no room for more notes has left, and is followed by another. */
function replaceFull(world) {
  for (const life of world.lives.slice(1)) {
    if (life.alive || life.killed || life.followed) continue;
    life.followed = true;
    spawn(world, life.role, life.duty);
  }
}

/** Everybody alive who has begun comes to the end of an operation. */
async function everybodyMoves(world, since) {
  const before = world.lives.map((life) => life?.steps);
  for (const [number, steps] of before.entries()) {
    const life = world.lives[number];
    await until(
      () => !life?.alive || steps === 0 || life.steps !== steps,
      () => `life ${number}, a survivor`,
    );
    if (since !== undefined && life?.alive && steps > 0) all.waits.push(performance.now() - since);
  }
}

async function everybodyHasBegun({ lives }) {
  for (const life of lives.slice(1))
    await until(
      () => !life.alive || life.steps > 0,
      () => `life ${life.number}, a new one`,
    );
}

/** What the dead may have had of the pool. */
async function replaceTokens(world, { record }) {
  for (let owed = record.get('waiting') - record.get('posts'); owed > 0; owed--) {
    world.parent.set('posting', world.parent.get('posts') + 1);
    await world.made.pool.post();
    world.parent.set('posts', world.parent.get('posting'));
  }
}

/** Whoever waited for the one thing it did waits until another has started. */
function isAlone(world, { role, duty }) {
  return !world.lives.some((life) => life?.alive && life.role === role && life.duty === duty && life.steps > 0);
}

async function killOne(world) {
  if (random(2)) await everybodyHasBegun(world);
  await sleep(random(8));
  const alive = world.lives.filter((life) => life?.alive);
  const victim = alive[random(alive.length)];
  for (const end = performance.now() + random(1000) / 1000; performance.now() < end; );
  if (!victim.alive) return;
  await victim.kill();
  const proven = performance.now();
  all.ended++;
  all.inside += victim.record.get('inside');
  await replaceTokens(world, victim);
  spawn(world, victim.role, victim.duty);
  await everybodyMoves(world, isAlone(world, victim) ? undefined : proven);
}

/** What nobody has taken, the parent takes. */
async function drain({ made }) {
  const units = [];
  const sources = [
    () => made.queue.tryReceive()?.data,
    () => made.bytes.tryReceive(),
    () => made.cells.tryReceive(),
    () => made.reader.tryRead(4096),
  ];
  for (const [thing, next] of sources.entries())
    for (let data = next(); data !== undefined; data = next()) units.push(...unitsOf(data, thing));
  return units;
}

async function audit(world) {
  const { ipc, made, names, lives } = world;
  const drained = await drain(world);
  const records = [{ get: (...what) => world.parent.get(...what), takes: () => drained }];
  for (const { record } of lives.slice(1)) {
    record.keep();
    records.push(record);
  }
  const { taken, lost } = check(records);
  checkTokens(records, TOKENS, await made.pool.getValue());
  all.taken += taken;
  all.lost += lost;
  for (const record of records) all.tokens += record.get('waits');
  await Promise.all(Object.values(made).map((each) => each.close()));
  for (const [what, kind] of [
    ['queue', 'messageQueue'],
    ['bytes', 'ring'],
    ['cells', 'ring'],
    ['pool', 'semaphore'],
    ['stream', 'fifo'],
  ])
    await ipc.unlink(names[what], kind);
  await ipc.unlink(names.other, 'messageQueue').catch(() => {});
}

async function runWorld(seed, count) {
  state = (seed * 2654435761) | 1;
  const world = await makeWorld(seed);
  now = world;
  const duty = [...things, 'pool'][random(5)];
  for (const role of ['send', 'take', 'send', 'take'])
    spawn(world, role, duty === 'bytes' && world.lives.length > 2 ? 'cells' : duty);
  for (const before = all.ended; all.ended - before < count; ) await killOne(world);
  world.closing = true;
  for (const life of world.lives.slice(1)) if (life.alive) life.peer.leave();
  await until(
    () => world.lives.every((life) => !life?.alive),
    () => 'whoever was told to leave',
  );
  const agents = await world.ipc.agents();
  if (agents.length !== 1) throw new Error(`${agents.length} agents are listed, all but one have ended`);
  await audit(world);
  await world.ipc.close();
  all.worlds++;
  clean();
}

function clean() {
  for (const { peer } of now.lives.slice(1)) peer.clean();
  cleanUp();
}

onFailure(fail);
for (let seed = firstSeed; all.ended < most; seed++) await runWorld(seed, Math.min(A_WORLD, most - all.ended)).catch(fail);
if (all.ended >= 100 && all.inside === 0) fail(new Error('nobody died inside a call'));
all.waits.sort((a, b) => a - b);
const wait = (part) => (all.waits[Math.floor((all.waits.length - 1) * part)] ?? 0).toFixed(1);
console.log(
  `ok ${all.ended} ${backend === 'wasm' ? 'workers terminated' : 'processes killed'} in ${all.worlds} worlds: ` +
    `${all.taken} units moved, none doubled, ${all.lost} in the hands of the dead and none else lost, ${all.tokens} tokens; ` +
    `${all.inside} died inside a call`,
);
console.log(
  `# survivors' waits after the proof, ${all.waits.length} of them: p50 ${wait(0.5)} ms, p99 ${wait(0.99)} ms, most ${wait(1)} ms`,
);
done();
