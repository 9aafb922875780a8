/** A worker that counts the words of pieces until it is ended. */
import { attach, type IpcError, type Ring, type RingRecord } from 'sluice';
import { Words } from '../wordcount/words.js';
import { BATCH, COUNT_HEAD, Doing, type Order, PIECE_HEAD, Place, WORD_BYTES } from './records.js';
import { work } from './work.js';

work<Order>(count);

async function count({ ipc: ticket, pieces: from, counts: to, worker, board }: Order): Promise<void> {
  const ipc = await attach(ticket);
  const pieces = (await ipc.open(from)) as Ring;
  const place = new Place(board, worker);
  const outbox = new Outbox((await ipc.open(to)) as Ring, worker, place);
  place.owner = (await ipc.agents()).find(({ self }) => self)!.owner;
  const words = new Words();
  for (;;) {
    const record = place.unless(pieces.tryPeek(), Doing.waitsForPiece, () => pieces.peekSync());
    const { bytes } = record;
    place.piece = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
    place.doing = Doing.counts;
    words.tally.clear();
    words.data(bytes, PIECE_HEAD, bytes.length);
    words.end();
    words.tally.each((text, start, length, often) => outbox.add(place.piece, often, text, start, length));
    outbox.add(place.piece, words.tally.size, bytes, 0, 0);
    outbox.flush();
    release(record); // not before: should this worker be ended, the piece is another's
  }
}

/** Who died with the ring's lock may have to be settled first, by the page, which may be busy. */
function release(record: RingRecord): void {
  for (;;) {
    try {
      return void record.release();
    } catch (error) {
      if ((error as IpcError).code !== 'ETIMEDOUT') throw error;
    }
  }
}

/** Records on their way, as many at once as may be. */
class Outbox {
  readonly #counts: Ring;
  readonly #worker: number;
  readonly #place: Place;
  readonly #rooms = Array.from({ length: BATCH }, () => new Uint8Array(COUNT_HEAD + WORD_BYTES));
  readonly #views = this.#rooms.map(({ buffer }) => new DataView(buffer));
  #records: Uint8Array[] = [];

  constructor(counts: Ring, worker: number, place: Place) {
    this.#counts = counts;
    this.#worker = worker;
    this.#place = place;
  }

  add(piece: number, often: number, text: Uint8Array, start: number, length: number): void {
    const room = this.#rooms[this.#records.length]!;
    const view = this.#views[this.#records.length]!;
    view.setUint32(0, piece, true);
    view.setUint32(4, this.#worker, true);
    view.setUint32(8, often, true);
    for (let i = 0; i < length; i++) room[COUNT_HEAD + i] = text[start + i]!;
    if (this.#records.push(room.subarray(0, COUNT_HEAD + length)) === BATCH) this.flush();
  }

  flush(): void {
    for (let sent = 0; sent < this.#records.length; ) {
      const left = this.#records.slice(sent);
      sent += this.#place.unless(this.#counts.trySendMany(left), Doing.waitsForRoom, () => this.#counts.sendManySync(left));
    }
    this.#records = [];
  }
}
