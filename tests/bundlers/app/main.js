/** A worker counts the letters of words that it gets through a queue, and answers through a ring. */
import { capabilities, connect } from 'sluice';

const WORDS = ['every', 'bundler', 'works'];

async function run() {
  const ipc = await connect();
  const words = await ipc.messageQueue('/words', { create: true });
  const lengths = await ipc.ring('/lengths', { create: true });
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  worker.postMessage(ipc.ticket());
  for (const word of WORDS) await words.send(word);
  const got = [];
  while (got.length < WORDS.length) got.push((await lengths.receive({ timeout: 10_000 }))[0]);
  await ipc.close();
  return `${got.join(' ')}; ${capabilities().text}`;
}

run().then(
  (text) => (document.title = `done: ${text}`),
  (error) => (document.title = `failed: ${error.stack}`),
);
