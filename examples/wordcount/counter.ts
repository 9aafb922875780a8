import { Checksums } from './checksums.js';
import type { Tally } from './tally.js';
import { Words } from './words.js';

/** What is done to the files: the same code for every job and for the plain count, so that transport is what differs. */
export interface Counter {
  readonly tally: Tally;
  /** The next bytes of the file at hand. */
  data(bytes: Uint8Array, from: number, to: number): void;
  /** The file at hand, number `file` of the list, has no more. */
  end(file: number): void;
}

export type Work = 'tokenize' | 'checksum';

export function counterFor(work: Work): Counter {
  return work === 'tokenize' ? new Words() : new Checksums();
}
