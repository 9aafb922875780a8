/** Words of one to four syllables, the same each time, some much more frequent than others. */
const SYLLABLES = ['lo', 'ka', 'ri', 'ten', 'mu', 'sel', 'va', 'dor', 'pi', 'nu', 'gra', 'shi', 'be', 'ol', 'fa', 'quen'];
const VOCABULARY = 2000;
const BLOCK_BYTES = 1 << 20;

function* numbers(): Generator<number, never> {
  for (let state = 1; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    yield (state >>> 0) / 2 ** 32;
  }
}

export function madeUp(mib: number): File {
  const random = numbers();
  const next = () => random.next().value;
  const word = () => Array.from({ length: 1 + Math.floor(next() * 4) }, () => SYLLABLES[Math.floor(next() * 16)]).join('');
  const vocabulary = Array.from({ length: VOCABULARY }, word);
  let block = '';
  while (block.length < BLOCK_BYTES) block += `${vocabulary[Math.floor(VOCABULARY * next() ** 2)]}${next() < 0.1 ? '.\n' : ' '}`;
  return new File(Array(mib).fill(`${block.slice(0, BLOCK_BYTES - 1)}\n`), 'made-up.txt');
}
