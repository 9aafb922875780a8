/**
 * Every system call of the addon fails once, at every place, with every errno: native.mjs [PICK]
 *
 * PICK  part of a test's name; ` @ CALL NTH ERRNO` behind it takes one case of it
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

/** Faults that once did harm, each by itself. */
const found = {
  'without a thread for the monitor a wait ended with EAGAIN':
    'semaphore: wait at none, by submit, released @ thread_create 1 EAGAIN',
  'without memory for its handle a new queue stayed': 'open: a new queue, by attempt @ alloc 1 ENOMEM',
  'without memory for its handle a new semaphore stayed': 'open: a new semaphore, by attempt @ alloc 1 ENOMEM',
  'without memory for its handle a new ring stayed': 'open: a new ring, by attempt @ alloc 1 ENOMEM',
  'without memory for the handles an open said EMFILE': 'open: a new semaphore, by attempt @ alloc 2 ENOMEM',
  'a FIFO stayed whose open failed': 'fifo: a new one, both ends, by attempt @ open 1 EMFILE',
  'a mapping refused for now made the open wait': 'open: a new ring, by block @ mmap 1 EAGAIN',
  'a list left out what it could not look at': 'list: a semaphore, by attempt @ opendir 1 EMFILE',
  'a list ended early': 'list: a semaphore, by attempt @ readdir 1 EIO',
  'a ticket said ESTALE where no descriptor was left': 'open by ticket: a FIFO, by attempt @ open 1 EMFILE',
  'a ticket was written that nothing opens': 'ticket of a FIFO, by attempt @ open 1 EMFILE',
  'an agent attached whose death nobody could prove': 'open: an unnamed semaphore, by attempt @ stat 1 ENOMEM',
  'a quota had no name': 'fifo: a new one, both ends, by attempt @ mkfifo 1 EDQUOT',
};

async function main(pick) {
  let cases = 0;
  let failed = 0;
  const tell =
    (where) =>
    ({ title, count, problems }) => {
      cases += count;
      if (problems.length) failed++;
      console.log(`${problems.length ? 'not ok' : 'ok'} ${where}: ${title}: ${count} faults`);
      for (const each of problems.slice(0, 20)) console.log(`#   ${each}`);
      if (problems.length) console.log(`#   again: node tests/faults/native.mjs '${title} @ ${problems[0].split(':')[0]}'`);
    };
  const { all } = await import('./cases.mjs');
  await all(tell('main thread'), pick);
  for (const [what, each] of pick ? [] : Object.entries(found)) await all(tell(`found: ${what}`), each);
  const worker = new Worker(new URL(import.meta.url), { workerData: { pick } });
  worker.on('message', tell('worker'));
  const code = await new Promise((done, fail) => worker.once('error', fail).once('exit', done));
  console.log(`# ${cases} faults`);
  process.exitCode = failed || code ? 1 : 0;
}

if (isMainThread) {
  process.env.SLUICE_DIST ??= new URL('../../build/faults/dist', import.meta.url).pathname;
  await main(process.argv[2]);
} else {
  const { all } = await import('./cases.mjs');
  await all((line) => parentPort.postMessage(line), workerData.pick);
}
