/** The same count by one worker and nobody else: what the others' has to be. */
import { Words } from '../wordcount/words.js';
import { cut } from './cut.js';
import { sumOf } from './sums.js';
import { work } from './work.js';

work<readonly File[]>(async (files) => {
  const words = new Words();
  for (const file of files) {
    for await (const bytes of cut(file)) words.data(bytes, 0, bytes.length);
    words.end();
  }
  postMessage({ words: words.tally.sum(), sum: sumOf(words.tally) });
});
