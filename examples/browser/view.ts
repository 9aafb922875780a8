/** What the page shows of a job, drawn as often as one sees. */
import type { IpcError, RingAttributes } from 'sluice';
import type { Job, Member } from './job.js';
import { Doing } from './records.js';

/** Drawing takes processor time that the workers want, too: fill levels move, texts change as fast as one reads. */
const FRAME_MS = 31;
const TEXT_MS = 100;
const HISTORY_MS = 10_000;
const RATE_MS = 1_000;

const sentences = {
  [Doing.starting]: 'starts',
  [Doing.waitsForPiece]: 'waits for a piece',
  [Doing.counts]: 'counts piece',
  [Doing.waitsForRoom]: 'waits for room among the counts, with piece',
  [Doing.waitsForCounts]: 'waits for counts',
  [Doing.adds]: 'adds up',
} as const;
const waiting: readonly number[] = [Doing.waitsForPiece, Doing.waitsForRoom, Doing.waitsForCounts];
const withPiece: readonly number[] = [Doing.counts, Doing.waitsForRoom];

export const find = <E extends HTMLElement>(id: string) => document.getElementById(id) as E;

/** Touches the page only where something is new. */
function write(element: HTMLElement, text: string, waits = false): void {
  if (element.textContent !== text) element.textContent = text;
  element.classList.toggle('waits', waits);
}

function writeDoing(element: HTMLElement, { place }: Member): void {
  const doing = place.doing as keyof typeof sentences;
  const piece = withPiece.includes(doing) ? ` ${place.piece}` : '';
  write(element, sentences[doing] + piece, waiting.includes(doing));
}

/** The job has ended while its rings were looked at. */
function ended(error: IpcError): void {
  if (error.code !== 'EBADF') throw error;
}

/** How often something happened, a second, of late. */
class Rate {
  readonly #marks: { at: number; count: number }[] = [];

  add(count: number, at: number): number {
    this.#marks.push({ at, count });
    while (at - this.#marks[0]!.at > RATE_MS) this.#marks.shift();
    const first = this.#marks[0]!;
    return at === first.at ? 0 : ((count - first.count) * 1000) / (at - first.at);
  }
}

interface Moment {
  at: number;
  pieces: number;
  counts: number;
}

export class View {
  readonly #job: Job;
  readonly #allPieces: () => number;
  readonly #records = new Rate();
  readonly #frames = new Rate();
  readonly #history = new History();
  readonly #crew = new Map<number, { item: HTMLLIElement; doing: HTMLSpanElement }>();
  #drawn = 0;
  #frameDue = 0;
  #textDue = 0;
  #over = false;

  /** @param allPieces how many pieces there will be, as far as one knows */
  constructor(job: Job, allPieces: () => number) {
    this.#job = job;
    this.#allPieces = allPieces;
    find('crew').replaceChildren();
    this.#next();
  }

  /** Draws once more, and no more. */
  async end(): Promise<void> {
    this.#over = true;
    for (const button of find('crew').querySelectorAll('button')) button.disabled = true;
    await this.#draw(performance.now()).catch(() => {}); // what fails here has failed the job, which says so
  }

  #next(): void {
    requestAnimationFrame(async (at) => {
      if (this.#over) return;
      if (at >= this.#frameDue) {
        this.#frameDue = Math.max(at, this.#frameDue + FRAME_MS);
        await this.#draw(at).catch(ended);
      }
      this.#next();
    });
  }

  async #draw(at: number): Promise<void> {
    const job = this.#job;
    const [pieces, counts] = await Promise.all([job.pieces.attributes(), job.counts.attributes()]);
    this.#drawn++;
    find<HTMLMeterElement>('pieces-fill').value = fill(pieces);
    find<HTMLMeterElement>('counts-fill').value = fill(counts);
    const textIsDue = at >= this.#textDue || this.#over;
    if (textIsDue) this.#history.fit();
    this.#history.draw({ at, pieces: fill(pieces), counts: fill(counts) });
    if (!textIsDue) return;
    this.#textDue = at + TEXT_MS;
    write(find('pieces-text'), `${pieces.currentRecords} in the ring`);
    write(find('counts-text'), `${counts.currentRecords} in the ring`);
    this.#drawActors();
    this.#drawFigures(at);
  }

  #drawActors(): void {
    const job = this.#job;
    const page = job.waits ? 'waits for room among the pieces' : `has sent ${job.sent} pieces`;
    write(find('page-doing'), page, job.waits);
    writeDoing(find('totals-doing'), job.totals);
    for (const [worker, { item }] of this.#crew) {
      if (job.counters.has(worker)) continue;
      item.remove();
      this.#crew.delete(worker);
    }
    for (const member of job.counters.values()) writeDoing(this.#rowOf(member).doing, member);
  }

  #rowOf({ worker }: Member) {
    const there = this.#crew.get(worker);
    if (there !== undefined) return there;
    const [item, doing, kill] = [document.createElement('li'), document.createElement('span'), document.createElement('button')];
    const name = document.createElement('h2');
    name.textContent = `Counter ${worker}`;
    kill.textContent = 'Kill';
    kill.setAttribute('aria-label', `Kill counter ${worker}`);
    kill.onclick = () => this.#kill(worker);
    item.append(name, kill, doing);
    find('crew').append(item);
    const row = { item, doing };
    this.#crew.set(worker, row);
    return row;
  }

  /** Who kills by keyboard goes on with the successor. */
  #kill(worker: number): void {
    this.#job.kill(worker);
    this.#drawActors();
    find('crew').querySelector<HTMLButtonElement>('li:last-child button')?.focus();
  }

  #drawFigures(at: number): void {
    const { news, deaths } = this.#job;
    find<HTMLProgressElement>('progress').value = news.pieces / Math.max(1, this.#allPieces());
    write(find('rate'), Math.round(this.#records.add(news.records, at)).toLocaleString());
    write(find('frames'), Math.round(this.#frames.add(this.#drawn, at)).toString());
    write(find('words'), news.words.toLocaleString());
    write(find('different'), news.different.toLocaleString());
    write(find('again'), news.again.toString());
    const settled = deaths.filter(({ settledAfter }) => settledAfter !== undefined).at(-1)?.settledAfter;
    write(find('killed'), `${deaths.length}${settled === undefined ? '' : `, settled in ${Math.round(settled)} ms`}`);
    drawTop(news.top);
  }
}

const fill = ({ currentBytes, capacityBytes }: RingAttributes) => currentBytes / capacityBytes;

function drawTop(top: readonly [string, number][]): void {
  const body = find<HTMLTableSectionElement>('top');
  top.forEach(([word, count], i) => {
    const row = body.rows[i] ?? body.insertRow();
    write(row.cells[0] ?? headOf(row), word);
    write(row.cells[1] ?? row.insertCell(), count.toLocaleString());
  });
  while (body.rows.length > top.length) body.deleteRow(-1);
}

function headOf(row: HTMLTableRowElement): HTMLTableCellElement {
  const head = document.createElement('th');
  head.scope = 'row';
  return row.appendChild(head);
}

/**
 * The curves of how full both rings were: what is there moves on, and each frame adds to it. To ask for colors and sizes costs as much as to draw:
 * `fit()` does, seldom.
 */
class History {
  readonly #canvas = find<HTMLCanvasElement>('history');
  readonly #context = this.#canvas.getContext('2d')!;
  #colors = { pieces: '', counts: '' };
  #last: Moment | undefined;
  /** Of a pixel, by which it has moved too little. */
  #owed = 0;

  fit(): void {
    const canvas = this.#canvas;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((length) => Math.round(length * devicePixelRatio));
    if (canvas.width !== width) canvas.width = width!;
    if (canvas.height !== height) canvas.height = height!;
    const colorOf = (name: string) => getComputedStyle(document.querySelector(`.key.${name}`)!).color;
    this.#colors = { pieces: colorOf('pieces'), counts: colorOf('counts') };
  }

  draw(now: Moment): void {
    const { width } = this.#canvas;
    const last = this.#last ?? now;
    const way = (width * (now.at - last.at)) / HISTORY_MS + this.#owed;
    const step = Math.floor(way);
    this.#owed = way - step;
    this.#context.globalCompositeOperation = 'copy';
    this.#context.drawImage(this.#canvas, -step, 0);
    this.#context.globalCompositeOperation = 'source-over';
    for (const name of ['pieces', 'counts'] as const) this.#drawStep(name, width - step, last, width, now);
    this.#last = now;
  }

  #drawStep(name: 'pieces' | 'counts', from: number, last: Moment, to: number, now: Moment): void {
    const context = this.#context;
    const thick = 2 * devicePixelRatio;
    const yOf = (moment: Moment) => (this.#canvas.height - 2 * thick) * (1 - moment[name]) + thick;
    context.lineWidth = thick;
    context.strokeStyle = this.#colors[name];
    context.beginPath();
    context.moveTo(from, yOf(last));
    context.lineTo(to, yOf(now));
    context.stroke();
  }
}
