/** The same count by one worker and nobody else: what the others' has to be. */
import { Words } from '../wordcount/words.js';
import { sumOf } from './sums.js';

addEventListener('message', async ({ data }: MessageEvent<readonly File[]>) => {
  const words = new Words();
  for (const file of data) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    words.data(bytes, 0, bytes.length);
    words.end();
  }
  postMessage({ words: words.tally.sum(), sum: sumOf(words.tally) });
});
