import { Job } from './job.js';
import { TEXT_BYTES } from './records.js';
import { madeUp } from './sample.js';
import { find, View } from './view.js';

const SAMPLE_MIB = 64;

const say = (text: string) => {
  find('status').textContent = text;
};

/** The same files, counted by one worker alone. */
function countPlainly(files: readonly File[]): Promise<{ words: number; sum: number }> {
  const worker = new Worker(new URL('./plain.ts', import.meta.url), { type: 'module' });
  worker.postMessage(files);
  const counted = new Promise<{ words: number; sum: number }>((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  });
  return counted.finally(() => worker.terminate());
}

/** A job's end: all is counted, or a worker has failed. */
async function runJob(files: readonly File[], failed: Promise<never>, job: Job): Promise<void> {
  const began = performance.now();
  const news = await Promise.race([job.run(files), failed]);
  const seconds = (performance.now() - began) / 1000;
  const rate = Math.round(news.records / seconds).toLocaleString();
  const counted = `${news.words.toLocaleString()} words in ${seconds.toFixed(1)} s, ${rate} messages a second`;
  say(`${counted}. Now one worker counts them alone ...`);
  const plain = await countPlainly(files);
  if (plain.words !== news.words || plain.sum !== news.sum) throw new Error(`one worker alone counts ${plain.words} words`);
  say(`${counted}. One worker alone comes to the same counts.`);
}

/** Pieces end between words: a few more than that. */
const piecesOf = (files: readonly File[]) => files.reduce((sum, { size }) => sum + Math.ceil(size / TEXT_BYTES), 0);

/** As many as the field allows, whatever was typed there. */
const countersWanted = () => Math.min(16, Math.max(1, Math.trunc(find<HTMLInputElement>('counters').valueAsNumber) || 1));

async function begin(files: readonly File[]): Promise<void> {
  const focus = document.activeElement as HTMLElement;
  const controls = document.querySelectorAll<HTMLInputElement>('#begin input, #begin button');
  for (const each of controls) each.disabled = true;
  say('Counting ...');
  const { promise: failed, reject } = failure();
  try {
    const job = await Job.start(countersWanted(), reject);
    const view = new View(job, () => Math.max(job.sent, piecesOf(files)));
    try {
      await runJob(files, failed, job);
    } finally {
      await view.end().finally(() => job.end());
    }
  } catch (error) {
    say(`It failed: ${(error as Error).message}`);
  } finally {
    for (const each of controls) each.disabled = false;
    if (document.activeElement === document.body) focus.focus();
  }
}

function failure() {
  let reject!: (error: Error) => void;
  const promise = new Promise<never>((_, refuse) => {
    reject = refuse;
  });
  promise.catch(() => {});
  return { promise, reject };
}

const busy = () => find<HTMLInputElement>('files').disabled;
/** Wherever it falls: the browser would leave the page for it. */
addEventListener('dragover', (event) => {
  event.preventDefault();
  find('drop').classList.toggle('over', !busy());
});
addEventListener('dragleave', () => find('drop').classList.remove('over'));
addEventListener('drop', (event) => {
  event.preventDefault();
  find('drop').classList.remove('over');
  const files = [...(event.dataTransfer?.files ?? [])];
  if (files.length > 0 && !busy()) void begin(files);
});
find<HTMLInputElement>('files').addEventListener('change', ({ target }) => {
  const input = target as HTMLInputElement;
  const files = [...(input.files ?? [])];
  input.value = ''; // the same files may be chosen again
  if (files.length > 0) void begin(files);
});
find('begin').addEventListener('submit', (event) => {
  event.preventDefault();
  void begin([madeUp(SAMPLE_MIB)]);
});
