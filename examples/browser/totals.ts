/** The worker that adds up what the counters send. */
import { attach, type MessageQueue, type Ring } from 'sluice';
import { hashBytes, Tally } from '../wordcount/tally.js';
import { ALL, BATCH, COUNT_HEAD, Doing, type News, type Order, Place } from './records.js';
import { sumOf, topOf } from './sums.js';
import { work } from './work.js';

const NEWS_MS = 100;

work<Order>(add);

async function add({ ipc: ticket, counts: from, news: to, worker, board }: Order): Promise<void> {
  const ipc = await attach(ticket);
  const counts = (await ipc.open(from)) as Ring;
  const news = (await ipc.open(to)) as MessageQueue;
  const place = new Place(board, worker);
  place.owner = (await ipc.agents()).find(({ self }) => self)!.owner;
  place.doing = Doing.adds;
  const totals = new Totals();
  for (let told = 0; !totals.complete; ) {
    const records = place.unless(counts.tryReceiveMany(BATCH), Doing.waitsForCounts, () => counts.receiveManySync(BATCH));
    for (const record of records) totals.take(record);
    if (performance.now() - told < NEWS_MS) continue;
    news.trySend(JSON.stringify(totals.news())); // the page may be late: the next has it all
    told = performance.now();
  }
  news.sendSync(JSON.stringify({ ...totals.news(), sum: sumOf(totals.tally) }));
}

class Totals {
  readonly tally = new Tally();
  /** What each counter has sent of the piece that it is at. */
  readonly #begun = new Map<number, { piece: number; tally: Tally }>();
  readonly #done = new Set<number>();
  #all = Number.POSITIVE_INFINITY;
  #words = 0;
  #records = 0;
  #again = 0;

  get complete(): boolean {
    return this.#done.size === this.#all;
  }

  take(record: Uint8Array): void {
    const view = new DataView(record.buffer, record.byteOffset);
    const [piece, worker, often] = [view.getUint32(0, true), view.getUint32(4, true), view.getUint32(8, true)];
    this.#records++;
    if (piece === ALL) this.#all = often;
    else if (record.length > COUNT_HEAD) this.#add(piece, worker, record, often);
    else this.#end(piece, worker, often);
  }

  news(): News {
    return {
      pieces: this.#done.size,
      words: this.#words,
      different: this.tally.size,
      records: this.#records,
      again: this.#again,
      top: topOf(this.tally, 12),
    };
  }

  #begin(piece: number, worker: number): Tally {
    const { tally } = this.#begun.get(worker) ?? { tally: new Tally() };
    tally.clear();
    this.#begun.set(worker, { piece, tally });
    return tally;
  }

  #add(piece: number, worker: number, record: Uint8Array, often: number): void {
    const begun = this.#begun.get(worker);
    const tally = begun?.piece === piece ? begun.tally : this.#begin(piece, worker);
    tally.add(record, COUNT_HEAD, record.length - COUNT_HEAD, hashBytes(record, COUNT_HEAD, record.length), often);
  }

  /** All of a piece is here: it counts once, whoever sent it, and whoever else had begun it. */
  #end(piece: number, worker: number, different: number): void {
    const begun = this.#begun.get(worker);
    const size = begun?.piece === piece ? begun.tally.size : 0;
    if (size !== different) throw new Error(`of piece ${piece} ${size} words came, not ${different}`);
    for (const [other, each] of this.#begun) if (other !== worker && each.piece === piece) this.#again++;
    if (!this.#done.has(piece) && size > 0)
      begun!.tally.each((bytes, start, length, often) => {
        this.tally.add(bytes, start, length, hashBytes(bytes, start, start + length), often);
        this.#words += often;
      });
    this.#done.add(piece);
  }
}
