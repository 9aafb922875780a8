/** What there is in a region, and taking its names away. */
import { AgentFlags, Kind, Limit, ListedAgentAt, ListedAt, Op } from '../backend/abi.gen.js';
import { decode } from '../backend/utf8.js';
import { show } from './check.js';
import { type Job, MORE, put } from './job.js';
import { checkObjectName, checkPath, checkQueueName } from './names.js';
import type { Agent, Listed, NamedKind } from './types.js';

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
function* readNames(page: Uint8Array): Generator<Listed> {
  const words = new DataView(page.buffer, page.byteOffset, page.byteLength);
  for (let at = 0; at < page.length; ) {
    const [kind, mode, owner, length] = [ListedAt.kind, ListedAt.mode, ListedAt.owner, ListedAt.nameBytes].map((field) =>
      words.getUint32(at + field, true),
    ) as [number, number, number, number];
    const start = at + ListedAt.bytes$;
    at = start + ((length + 3) & ~3);
    const name = names.get(kind);
    if (name !== undefined) yield { kind: name, name: decode(page.slice(start, start + length)), mode, owner };
  }
}

/** Every named object, page by page. */
export function listJob(): Job<Listed[]> {
  const page = new Uint8Array(PAGE_BYTES);
  const listed: Listed[] = [];
  let [cursor, place] = [0, 0];
  return {
    syscall: 'list',
    fill: (request) => put(request, Op.LIST, 0, page, cursor, place),
    take: (n, { out }) => {
      listed.push(...readNames(page.subarray(0, n)));
      [cursor, place] = [out[0]!, out[1]!];
      return cursor === 0 && place === 0 ? listed : MORE;
    },
  };
}

/** Records of struct sluice_listed_agent. */
function* readAgents(page: Uint8Array): Generator<Agent> {
  const words = new DataView(page.buffer, page.byteOffset, page.byteLength);
  for (let at = 0; at < page.length; at += ListedAgentAt.bytes$) {
    const flags = words.getUint32(at + ListedAgentAt.flags, true);
    yield {
      owner: words.getUint32(at + ListedAgentAt.owner, true),
      self: (flags & AgentFlags.AGENT_SELF) !== 0,
      suspect: (flags & AgentFlags.AGENT_SUSPECT) !== 0,
    };
  }
}

export function unlinkJob(name: string, kind: NamedKind): Job<void> {
  const number = namedKind(kind);
  if (number === undefined) throw new TypeError(`kind must be one of ${namedKinds.join(', ')}, not ${show(kind)}`);
  const check = { messageQueue: checkQueueName, fifo: checkPath, semaphore: checkObjectName, ring: checkObjectName }[kind];
  const syscall = { messageQueue: 'mq_unlink', fifo: 'unlink', semaphore: 'sem_unlink', ring: 'ring_unlink' }[kind];
  check(name, syscall);
  const fill: Job<void>['fill'] = (request) => {
    put(request, Op.UNLINK, 0, undefined, number);
    request.name = name;
  };
  return { syscall, path: name, fill, take: () => undefined };
}

/** Every agent. */
export function listAgentsJob(): Job<Agent[]> {
  const page = new Uint8Array(Limit.AGENTS * ListedAgentAt.bytes$);
  return {
    syscall: 'agents',
    fill: (request) => put(request, Op.AGENTS, 0, page),
    take: (n) => [...readAgents(page.subarray(0, n))],
  };
}
