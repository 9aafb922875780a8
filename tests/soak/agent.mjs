/** One side of the soak: sends or receives numbered messages in every form there is, and gives some calls up. */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { attachSync, connect } from 'sluice';

const task = isMainThread ? JSON.parse(process.argv[2]) : workerData;
const { kind, name, role, count } = task;
const ipc = isMainThread ? await connect({ backend: task.backend }) : attachSync(task.ticket);
const object = kind === 'queue' ? await ipc.messageQueue(name) : await ipc.ring(name);
const told = { count: 0, checksum: 0, timeouts: 0, aborts: 0, stops: 0 };
const message = new Uint32Array(16);
const bytes = new Uint8Array(message.buffer);
const nap = new Int32Array(new SharedArrayBuffer(4));

let state = task.seed | 0;
/** xorshift: 0 to `below` - 1. */
function random(below) {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
}

/** The message of a number: its words follow from it, so that any mix-up shows. */
function write(number) {
  for (let i = 0; i < 16; i++) message[i] = Math.imul(number + i, 2654435761) ^ i;
  message[0] = number;
}

/** Counts the message; false where it is not the next one. */
function pass(words) {
  let sum = told.checksum;
  for (let i = 0; i < 16; i++) sum = (Math.imul(sum, 31) + words[i]) | 0;
  told.checksum = sum;
  return words[0] === told.count++;
}

function check(data) {
  if (data.length !== 64) throw new Error(`message ${told.count} has ${data.length} bytes`);
  const words = new Uint32Array(data.buffer, data.byteOffset, 16);
  const expected = told.count;
  write(expected);
  if (!words.every((word, i) => word === message[i])) throw new Error(`message ${expected} is not what was sent: ${words[0]}`);
  pass(words);
}

const forms = {
  send: {
    sync: (options) => object.sendSync(bytes, options),
    async: (options) => object.send(bytes, options),
    attempt: () => object.trySend(bytes),
    done: () => pass(message),
  },
  receive: {
    sync: (options) => take(object.receiveSync(options)),
    async: async (options) => take(await object.receive(options)),
    attempt: () => take(object.tryReceive()),
    done: () => check(last),
  },
}[role];
let last;
function take(result) {
  last = result === undefined || kind === 'ring' ? result : result.data;
  return result !== undefined;
}

/** A timeout of 0 says that it would have to wait. */
const isTimeout = ({ code }) => code === 'ETIMEDOUT' || code === 'EAGAIN';

/** Whether the call went through; an abort and a timeout did not. */
async function given(options) {
  try {
    await forms.async(options);
    return true;
  } catch (error) {
    if (error === 'enough') told.aborts++;
    else if (isTimeout(error)) told.timeouts++;
    else throw error;
    return false;
  }
}

function blocked(options) {
  try {
    forms.sync(options);
    return true;
  } catch (error) {
    if (!isTimeout(error)) throw error;
    told.timeouts++;
    return false;
  }
}

async function aborted() {
  const controller = new AbortController();
  const outcome = given({ signal: controller.signal });
  for (let turns = random(4); turns > 0; turns--) await null;
  controller.abort('enough');
  return outcome;
}

/** One message in one of the forms; false when it has to be tried again. */
function step() {
  const die = random(10000);
  if (die === 0) {
    told.stops++;
    Atomics.wait(nap, 0, 0, 1 + random(5));
  }
  if (die < 20) return aborted();
  if (die < 40) return given({ timeout: random(3) / 10 });
  if (die < 300) return blocked({ timeout: random(3) / 10 });
  if (die < 1500) return forms.attempt() !== false;
  return blocked();
}

while (told.count < count) {
  if (role === 'send') write(told.count);
  const outcome = step();
  if (outcome === true || (outcome !== false && (await outcome))) forms.done();
}
await object.close();
await ipc.close();
const port = parentPort ?? { postMessage: (result) => process.send(result) };
port.postMessage({ ...told, checksum: (told.checksum >>> 0).toString(16) });
if (isMainThread) process.disconnect();
