import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { Work } from './counter.js';
import type { Job } from './run.js';

export const help = `Counts the words of every text file of a folder, through three stages, and over postMessage beside it.

  node main.js [options] [folder]       folder: this checkout, with its node_modules

  --backend wasm|native|both   worker threads, processes, or one after the other (default wasm)
  --work tokenize|checksum     checksum: next to no work on files in memory, so that transport dominates
  --tokenizers N               stages that count (default: one a processor, at most 4; for checksum one less, since
                               the reader is as busy as they are)
  --in-flight N                most files between the reader and the aggregator (default 512)
  --pairs N                    rounds of all jobs, each in random order; medians are printed (default 1)
  --help
`;

export interface Options {
  folder: string | undefined;
  jobs: Job[];
  work: Work;
  tokenizers: number;
  inFlight: number;
  pairs: number;
}

const backends: Record<string, Job[]> = { wasm: ['wasm'], native: ['native'], both: ['wasm', 'native'] };
const works: Record<string, Work> = { tokenize: 'tokenize', checksum: 'checksum' };

function choice<T>(from: Record<string, T>, value: string, option: string): T {
  if (Object.hasOwn(from, value)) return from[value]!;
  throw new Error(`--${option} is ${value}, known are ${Object.keys(from).join(', ')}`);
}

function count(value: string, option: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number > 0 && number < 10_000) return number;
  throw new Error(`--${option} is ${value}, it must be a whole number from 1 to 9999`);
}

/** What is fastest, over Sluice and over postMessage. */
function tokenizersFor(work: Work): number {
  const processors = Math.min(availableParallelism(), 4);
  return work === 'checksum' ? Math.max(1, processors - 1) : processors;
}

/** undefined when help was asked for. */
export function readOptions(args: string[]): Options | undefined {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      backend: { type: 'string', default: 'wasm' },
      work: { type: 'string', default: 'tokenize' },
      tokenizers: { type: 'string' },
      'in-flight': { type: 'string', default: '512' },
      pairs: { type: 'string', default: '1' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return undefined;
  if (positionals.length > 1) throw new Error(`one folder at a time, not ${positionals.join(', ')}`);
  const work = choice(works, values.work, 'work');
  return {
    folder: positionals[0],
    jobs: [...choice(backends, values.backend, 'backend'), 'postMessage'],
    work,
    tokenizers: values.tokenizers === undefined ? tokenizersFor(work) : count(values.tokenizers, 'tokenizers'),
    inFlight: count(values['in-flight'], 'in-flight'),
    pairs: count(values.pairs, 'pairs'),
  };
}
