import { Kind, ListedAt, Op } from '../backend/abi.gen.js';
import { type Job, MORE, put } from './job.js';
import type { Listed, NamedKind } from './types.js';

const PAGE_BYTES = 16384;

const names = new Map<number, NamedKind>([
  [Kind.SEMAPHORE, 'semaphore'],
  [Kind.MESSAGE_QUEUE, 'messageQueue'],
  [Kind.FIFO, 'fifo'],
  [Kind.RING, 'ring'],
]);

/** The waist's number of a kind that has names; undefined for everything else. */
export function namedKind(kind: unknown): number | undefined {
  for (const [number, name] of names) if (name === kind) return number;
  return undefined;
}

export const namedKinds: readonly NamedKind[] = [...names.values()];

/** One page: records of struct sluice_listed, each followed by its name and padding. */
function* readPage(page: Uint8Array): Generator<Listed> {
  const words = new DataView(page.buffer, page.byteOffset, page.byteLength);
  const decoder = new TextDecoder();
  for (let at = 0; at < page.length; ) {
    const [kind, mode, owner, length] = [ListedAt.kind, ListedAt.mode, ListedAt.owner, ListedAt.nameBytes].map((field) =>
      words.getUint32(at + field, true),
    ) as [number, number, number, number];
    const start = at + ListedAt.bytes$;
    at = start + ((length + 3) & ~3);
    const name = names.get(kind);
    if (name !== undefined) yield { kind: name, name: decoder.decode(page.slice(start, start + length)), mode, owner };
  }
}

/** Every named object, page by page. */
export function listJob(): Job<Listed[]> {
  const page = new Uint8Array(PAGE_BYTES);
  const listed: Listed[] = [];
  let cursor = 0;
  return {
    syscall: 'list',
    fill: (request) => put(request, Op.LIST, 0, page, cursor),
    take: (n, { out }) => {
      listed.push(...readPage(page.subarray(0, n)));
      cursor = out[0]!;
      return cursor === 0 ? listed : MORE;
    },
  };
}
