import { connect, type Ipc, type IpcError, type MessageQueue, type Ring } from 'sluice';
import { cut } from './cut.js';
import { ALL, COUNT_HEAD, makeBoard, type News, type Order, PIECE_HEAD, Place, TEXT_BYTES, WORD_BYTES } from './records.js';

const SETTLED_MS = 20; // between two looks
const PIECES_BYTES = 32 * TEXT_BYTES;
const COUNTS_BYTES = 256 * 1024;

/** One who was ended, until all that it had is the others'. */
interface Death {
  worker: number;
  at: number;
  settledAfter?: number;
}

/** A worker of the job, and its place on the board. */
export interface Member {
  worker: number;
  thread: Worker;
  place: Place;
}

/** One run: the files go in pieces through a ring to those who count, their counts through another to one who adds up. */
export class Job {
  readonly counters = new Map<number, Member>();
  readonly deaths: Death[] = [];
  news: News = { pieces: 0, words: 0, different: 0, records: 0, again: 0, top: [] };
  /** Pieces that went into the ring. */
  sent = 0;
  /** The page itself waits for room. */
  waits = false;
  readonly totals: Member;
  readonly #board = makeBoard();
  #hired = 0;
  #ended = false;

  private constructor(
    readonly ipc: Ipc,
    readonly pieces: Ring,
    readonly counts: Ring,
    readonly queue: MessageQueue,
    private readonly order: Omit<Order, 'worker' | 'board'>,
    private readonly failed: (error: Error) => void,
  ) {
    this.totals = this.#start(new Worker(new URL('./totals.ts', import.meta.url), { type: 'module' }), 0);
  }

  /** @throws IpcError what connect() says: a page without the two headers has no shared memory */
  static async start(counters: number, failed: (error: Error) => void): Promise<Job> {
    const ipc = await connect();
    try {
      return await Job.#make(ipc, counters, failed);
    } catch (error) {
      await ipc.close();
      throw error;
    }
  }

  static async #make(ipc: Ipc, counters: number, failed: (error: Error) => void): Promise<Job> {
    const pieces = await ipc.ring({ capacityBytes: PIECES_BYTES, recordBytes: PIECE_HEAD + TEXT_BYTES, consumers: 'many' });
    const counts = await ipc.ring({ capacityBytes: COUNTS_BYTES, recordBytes: COUNT_HEAD + WORD_BYTES, producers: 'many' });
    const queue = await ipc.messageQueue('/news', { create: true });
    const [toPieces, toCounts, toNews] = await Promise.all([pieces, counts, queue].map((each) => each.ticket()));
    const tickets = { ipc: ipc.ticket(), pieces: toPieces!, counts: toCounts!, news: toNews! };
    const job = new Job(ipc, pieces, counts, queue, tickets, failed);
    for (let i = 0; i < counters; i++) job.hire();
    return job;
  }

  /** One more who counts. */
  hire(): void {
    if (this.#ended) return;
    const worker = ++this.#hired;
    this.counters.set(worker, this.#start(new Worker(new URL('./counter.ts', import.meta.url), { type: 'module' }), worker));
  }

  /**
   * Ends one who counts wherever it is, and hires another. What it had comes back when its end is settled; until the browser
   * has really ended it, it may still go on.
   */
  kill(worker: number): void {
    const member = this.counters.get(worker);
    if (member === undefined) return;
    member.thread.terminate();
    this.counters.delete(worker);
    const death: Death = { worker, at: performance.now() };
    this.deaths.push(death);
    this.#watch(death, member.place.owner).catch(this.failed);
    this.hire();
  }

  /** Sends all files, and resolves when all is counted. */
  async run(files: readonly File[]): Promise<News> {
    const counted = this.#hear();
    for (const file of files) for await (const text of cut(file)) await this.#send(text);
    const all = new DataView(new ArrayBuffer(COUNT_HEAD));
    all.setUint32(0, ALL, true);
    all.setUint32(8, this.sent, true);
    await this.counts.send(new Uint8Array(all.buffer));
    return counted;
  }

  async end(): Promise<void> {
    this.#ended = true;
    for (const { thread } of [this.totals, ...this.counters.values()]) thread.terminate();
    this.counters.clear();
    await this.ipc.close();
  }

  #start(thread: Worker, worker: number): Member {
    thread.onerror = ({ message }) => this.failed(new Error(`worker ${worker}: ${message ?? 'its script did not load'}`));
    thread.postMessage({ ...this.order, worker, board: this.#board } satisfies Order);
    return { worker, thread, place: new Place(this.#board, worker) };
  }

  async #send(text: Uint8Array): Promise<void> {
    const length = PIECE_HEAD + text.length;
    this.waits = true;
    const slot = this.pieces.tryClaim(length) ?? (await this.pieces.claim(length));
    this.waits = false;
    new DataView(slot.bytes.buffer, slot.bytes.byteOffset).setUint32(0, this.sent, true);
    slot.bytes.set(text, PIECE_HEAD);
    await slot.commit();
    this.sent++;
  }

  async #hear(): Promise<News> {
    const text = new TextDecoder();
    for await (const { data } of this.queue) {
      this.news = JSON.parse(text.decode(data)) as News;
      if (this.news.sum !== undefined) break;
    }
    return this.news;
  }

  /** Until its agent is no more: then its piece is in the ring again. One that had not told its owner had none. */
  async #watch(death: Death, owner: number): Promise<void> {
    if (owner === 0) return;
    const there = async () => (await this.ipc.agents()).some((agent) => agent.owner === owner);
    try {
      while (await there()) await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
      death.settledAfter = performance.now() - death.at;
    } catch (error) {
      if ((error as IpcError).code !== 'EBADF') throw error; // the job has ended
    }
  }
}
