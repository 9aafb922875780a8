// Two threads share a queue: the worker blocks, the main thread never does.
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { attachSync, connect } from 'sluice';

if (isMainThread) {
  const ipc = await connect();
  const jobs = await ipc.messageQueue('/jobs', { create: true });
  const worker = new Worker(new URL(import.meta.url), { workerData: ipc.ticket() });
  ipc.watch(worker); // its death gives back what it held

  await jobs.send('sooner or later');
  await jobs.send('at once', { priority: 5, timeout: 100 });
  await jobs.send('', { priority: 0 }); // an empty one: that was all
  worker.on('exit', () => ipc.close());
} else {
  const ipc = attachSync(workerData);
  const jobs = ipc.messageQueueSync('/jobs');
  for (;;) {
    const { data, priority } = jobs.receiveSync();
    if (data.length === 0) break;
    console.log(priority, new TextDecoder().decode(data));
  }
}
